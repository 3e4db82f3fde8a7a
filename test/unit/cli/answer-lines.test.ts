import { describe, expect, it } from 'vitest';
import { answerLines, LineError } from '../../../lib/cli/answer-lines.ts';

async function answerAll(
  chunks: readonly (string | Uint8Array)[],
  answer: (request: Readonly<Record<string, unknown>>) => object | Promise<object>,
): Promise<readonly unknown[]> {
  const out: string[] = [];
  const stdin = (async function* () {
    yield* chunks;
  })();
  expect(await answerLines({ stdin, out: (line) => out.push(line) }, answer)).toBe(0);
  return out.map((line) => JSON.parse(line));
}

const echo = (request: Readonly<Record<string, unknown>>) => ({ text: request['text'] });

describe('answerLines', () => {
  it('answers in the order of the lines, with the id of each', async () => {
    // The first answer takes longest; order is kept all the same.
    const slowFirst = async (request: Readonly<Record<string, unknown>>) => {
      for (let turn = 0; turn < (request['id'] === 'a' ? 5 : 0); turn++) await Promise.resolve();
      return {};
    };
    expect(await answerAll(['{"id":"a"}\n{"id":7}\n{}'], slowFirst)).toEqual([{ id: 'a' }, { id: 7 }, { id: null }]);
  });

  it('puts lines and characters together that chunks cut in two', async () => {
    const bytes = new TextEncoder().encode('{"id":1,"text":"é"}\r\n{"id":2,"text":"b"}');
    const cut = bytes.indexOf(0xc3) + 1;
    const chunks = [bytes.subarray(0, 3), bytes.subarray(3, cut), bytes.subarray(cut)];
    expect(await answerAll(chunks, echo)).toEqual([
      { id: 1, text: 'é' },
      { id: 2, text: 'b' },
    ]);
  });

  it('answers a bad line with its error and goes on', async () => {
    const answers = await answerAll(['nonsense\n\n[1]\n{"id":3,"bad":true}\n{"id":4}\n'], (request) => {
      if (request['bad'] === true) throw new LineError('too_bad', 'this one is bad');
      return { fine: true };
    });
    expect(answers).toEqual([
      { id: null, error: { code: 'invalid_json', message: 'the line is not JSON' } },
      { id: null, error: { code: 'invalid_request', message: 'expected a JSON object on the line' } },
      { id: 3, error: { code: 'too_bad', message: 'this one is bad' } },
      { id: 4, fine: true },
    ]);
  });

  it('echoes texts and numbers, which can be an id', async () => {
    const answers = await answerAll(['{"id":"a"}\n{"id":1.5}\n{"id":{"a":1}}\n{"id":[1]}\n'], () => ({}));
    expect(answers).toEqual([{ id: 'a' }, { id: 1.5 }, { id: null }, { id: null }]);
  });

  it('lets a defect of the program through', async () => {
    const broken = () => {
      throw new TypeError('defect');
    };
    await expect(answerAll(['{}'], broken)).rejects.toThrow('defect');
  });
});
