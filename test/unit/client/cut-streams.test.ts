import { describe, expect, it } from 'vitest';
import type { RecognisedReading } from '../../../lib/client/responses/read-response.ts';
import { readResponse } from '../../../lib/client/responses/read-response.ts';
import { toUsageEvent } from '../../../lib/client/responses/to-usage-event.ts';
import { loadResponses, type ResponseFixture, showUsage } from './all-responses.ts';

const streams = loadResponses().filter(({ isStream }) => isStream);
const MADE_MS = Date.parse('2026-09-01T00:00:00Z');

function read(fixture: ResponseFixture, chunks: readonly unknown[]): RecognisedReading | undefined {
  return readResponse(chunks, { adapter: fixture.adapter, provider: fixture.provider, model: fixture.model ?? null });
}

/** Tokens, images and all else that was counted; null where the usage is an issue. */
function sizeOf(reading: RecognisedReading): bigint | null {
  if (!reading.usage.ok) return null;
  return [...reading.usage.usage.counts.values()].reduce((sum, count) => sum + count, 0n);
}

describe.each(streams)('$name', (fixture) => {
  const { chunks } = fixture;

  it('says of no beginning that it was free', () => {
    const whole = read(fixture, chunks);
    for (let end = 1; end < chunks.length; end++) {
      const reading = read(fixture, chunks.slice(0, end));
      if (reading === undefined) continue;
      const size = sizeOf(reading);
      expect(size).not.toBe(0n);
      // Counts so far are never above those of the whole stream.
      if (size !== null && whole?.usage.ok) expect(size).toBeLessThanOrEqual(sizeOf(whole) ?? 0n);
      // What is counted as a call in order has all its counts.
      if (size !== null && reading.status === 'ok') expect(reading).toEqual(whole);
    }
  });

  it('reads the same when chunks are delivered again', () => {
    const whole = read(fixture, chunks);
    expect(
      read(
        fixture,
        chunks.flatMap((chunk) => [chunk, chunk]),
      ),
    ).toEqual(whole);
    expect(read(fixture, [...chunks, ...chunks])).toEqual(whole);
  });

  it('reads the same with pings and rubbish between its chunks', () => {
    const rubbish = [null, '[DONE]', 7, [], {}, { type: 'ping' }];
    expect(
      read(
        fixture,
        chunks.flatMap((chunk) => [...rubbish, chunk]),
      ),
    ).toEqual(read(fixture, chunks));
  });
});

it.each(streams.filter(({ expected }) => expected.final_chunk_alone))(
  '$name makes the same event by its end as by all of it, or none without an id',
  (fixture) => {
    const [whole, end] = [read(fixture, fixture.chunks), read(fixture, fixture.chunks.slice(-1))];
    if (whole === undefined || end === undefined) throw new Error('nobody reads it');
    expect(showUsage(end.usage)).toEqual(showUsage(whole.usage));
    const context = { timeMs: MADE_MS, model: 'm' };
    if (whole.responseId === null || end.responseId === null) {
      expect(() => toUsageEvent(end, context)).toThrow('id: the response has no id');
    } else expect(toUsageEvent(end, context)).toEqual(toUsageEvent(whole, context));
  },
);
