import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SseReader } from '../../../../lib/client/measure/sse-reader.ts';

const read = (...pieces: readonly string[]): readonly string[] => {
  const reader = new SseReader();
  return [...pieces.flatMap((piece) => reader.push(new TextEncoder().encode(piece))), ...reader.end()];
};

describe('server-sent events', () => {
  it.each([
    ['line feeds', '\n'],
    ['carriage returns with line feeds', '\r\n'],
    ['carriage returns', '\r'],
  ])('end their lines with %s', (_name, end) => {
    expect(read(`data: a${end}${end}data: b${end}${end}`)).toEqual(['a', 'b']);
  });

  it('hold comments, names and numbers that are no data', () => {
    expect(read(': ping\n\nevent: message\nid: 7\nretry: 10\ndata: a\n\n:\n\n')).toEqual(['a']);
  });

  it('join several lines of data, and take one blank from the beginning of each', () => {
    expect(read('data: a\ndata:  b\ndata:c\ndata\n\n')).toEqual(['a\n b\nc\n']);
  });

  it('that lack the last empty line count all the same', () => {
    expect(read('data: a\n\ndata: b')).toEqual(['a', 'b']);
    expect(read('data: a\r')).toEqual(['a']);
  });

  it('of one line without an end cost no more the longer it gets', () => {
    const reader = new SseReader();
    // Read over from its beginning at each piece, it would come to a third of a trillion letters.
    const piece = new TextEncoder().encode('a'.repeat(1_600));
    reader.push(new TextEncoder().encode('data: '));
    for (let pieces = 0; pieces < 20_000; pieces++) reader.push(piece);
    expect(reader.end().map((data) => data.length)).toEqual([32_000_000]);
  });

  it('are the same in whatever pieces the bytes come', () => {
    const text = 'data: {"é":"漢字 🙂"}\r\n\r\n: ping\r\rdata: x\r\ndata: y\n\ndata: [DONE]\n\n';
    const bytes = new TextEncoder().encode(text);
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat({ max: bytes.length }), { maxLength: 12 }), (cuts) => {
        const reader = new SseReader();
        const at = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
        const events = at.slice(1).flatMap((end, index) => reader.push(bytes.subarray(at[index], end)));
        expect([...events, ...reader.end()]).toEqual(['{"é":"漢字 🙂"}', 'x\ny', '[DONE]']);
      }),
    );
  });
});
