import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EMITTER_BOUNDS, EmitterChunks } from '../../../../lib/domain/sources/emitter-chunks.ts';
import { MAX_JUMP } from '../../../../lib/domain/sources/emitter-numbers.ts';

const START_MS = Date.UTC(2026, 0, 20, 12);
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const LATER_MS = START_MS + EMITTER_BOUNDS.settleMs;

/** Calls of one emitter in the order of their arrival, a minute apart; the day is that of the call's own time. */
function follow(sequences: readonly (number | readonly [number, number])[], chunks = new EmitterChunks([])) {
  for (const [index, entry] of sequences.entries()) {
    const [sequence, timeMs] = typeof entry === 'number' ? [entry, START_MS + entry] : entry;
    const day = new Date(timeMs).toISOString().slice(0, 10);
    chunks.take('pod-7', { sequence, day, timeMs, atMs: START_MS + index * MINUTE_MS, app: 'bot' });
  }
  return chunks;
}

const countOf = (chunks: EmitterChunks, atMs = LATER_MS + 60 * MINUTE_MS) =>
  chunks.missing(atMs).spans.reduce((sum, { count }) => sum + count, 0);

describe('the numbers of an emitter', () => {
  it('miss those between two that came, and none before the first or behind the last', () => {
    // 5, 6, 9: between them 7 and 8 are missing; 0 to 4 may never have been this ledger's.
    expect(countOf(follow([5, 6, 9]))).toBe(2);
  });

  it('miss nothing once late ones have come, in whatever order', () => {
    expect(countOf(follow([0, 9, 4, 5, 3, 8, 1, 7, 2, 6]))).toBe(0);
    // 0 and 9 enclose eight, of which 4 came.
    expect(countOf(follow([0, 9, 4]))).toBe(7);
    // The first that arrives is not the first that was sent: 3 and 4 lie between 2 and 5.
    expect(countOf(follow([5, 2]))).toBe(2);
  });

  it('miss nothing when the emitter counts from 0 again under its name, or jumps', () => {
    const restarted = START_MS + DAY_MS;
    expect(countOf(follow([1_000, 1_001, [0, restarted], [1, restarted + 1]]))).toBe(0);
    expect(countOf(follow([1, 2, 3, 1, 2, 3]))).toBe(0);
    expect(countOf(follow([1, MAX_JUMP + 3]))).toBe(0);
    expect(countOf(follow([1, MAX_JUMP + 2]))).toBe(MAX_JUMP);
  });

  it('are missed only when they had time to come', () => {
    const chunks = follow([0, 2]);
    // The hole was noticed with the second call, a minute after the first.
    expect(chunks.missing(LATER_MS + MINUTE_MS - 1)).toEqual({ spans: [], settlesAtMs: LATER_MS + MINUTE_MS });
    expect(chunks.missing(LATER_MS + MINUTE_MS)).toMatchObject({ spans: [{ count: 1 }], settlesAtMs: null });
  });

  it('are missed on every day between the two calls that enclose them', () => {
    const midnight = Date.UTC(2026, 0, 21);
    const chunks = follow([
      [0, midnight - 2],
      [5, midnight + DAY_MS],
      [3, midnight + 1],
    ]);
    expect(chunks.missing(LATER_MS + 60 * MINUTE_MS).spans).toEqual([
      { firstDay: '2026-01-20', lastDay: '2026-01-21', app: 'bot', count: 2 },
      { firstDay: '2026-01-21', lastDay: '2026-01-22', app: 'bot', count: 1 },
    ]);
  });

  it('miss nothing once all have come, however many messages overtook each other', () => {
    const chunks = new EmitterChunks([]);
    const calls = Array.from({ length: 600 }, (_, index) => index);
    // Messages of 10 calls, every second one first: 29 holes at once, and none in the end.
    const [even, odd] = [0, 10].map((rest) =>
      calls.filter((sequence) => sequence % 20 >= rest && sequence % 20 < rest + 10),
    );
    follow([0, ...(even ?? []), 599], chunks);
    chunks.joinGaps();
    follow(odd ?? [], chunks);
    expect(chunks.missing(LATER_MS + DAY_MS)).toEqual({ spans: [], settlesAtMs: null });
    expect(chunks.closed).toEqual([]);
  });

  it('grow together when there are more holes than are kept: what comes late still counts them down', () => {
    const bounds = { ...EMITTER_BOUNDS, maxGaps: 2 };
    const chunks = follow([0, 2, 4, 6, 60], new EmitterChunks([], bounds));
    chunks.joinGaps();
    // 1, 3, 5, and 53 between 6 and 60: those noticed a minute apart grow together from below, 1 to 3 and 1 to 5.
    expect([...chunks.all()][0]?.gaps).toMatchObject([
      { from: 1, to: 5, count: 3 },
      { from: 7, to: 59, count: 53 },
    ]);
    expect(countOf(chunks)).toBe(56);
    // Two of the three come, and one of the 53.
    expect(countOf(follow([1, 5, 30], chunks))).toBe(53);
    chunks.joinGaps();
    expect(countOf(chunks)).toBe(53);
    // Of 1 to 5 nobody knows which one is missing, so a number that somebody else reported first proves nothing.
    chunks.takeSpare('pod-7', { sequence: 2, day: '2026-01-20', timeMs: START_MS, atMs: START_MS, app: 'bot' });
    expect(countOf(chunks)).toBe(53);
    expect(countOf(follow([3], chunks))).toBe(52);
    expect(chunks.closed).toEqual([]);
  });

  it('grow together where most are, so that the holes of others stay apart', () => {
    const chunks = new EmitterChunks([], { ...EMITTER_BOUNDS, maxGaps: 5 });
    const call = (sequence: number) => ({ sequence, day: '2026-01-20', timeMs: START_MS, atMs: START_MS, app: null });
    for (const sequence of [0, 2, 4]) chunks.take('few', call(sequence));
    for (let sequence = 0; sequence <= 40; sequence += 2) chunks.take('many', call(sequence));
    chunks.joinGaps();
    // Five in all: the two of the first, and three of the other.
    expect([...chunks.all()].map(({ id, gaps }) => [id, gaps.length])).toEqual([
      ['few', 2],
      ['many', 3],
    ]);
    expect(countOf(chunks)).toBe(2 + 20);
  });

  it('are as many, whatever numbers come in whatever order and how few holes are kept', () => {
    const numbers = fc.uniqueArray(fc.nat(60), { minLength: 2 });
    fc.assert(
      fc.property(
        numbers,
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 2, max: 9 }),
        (order, maxGaps, maxOpenGaps) => {
          const chunks = new EmitterChunks([], { ...EMITTER_BOUNDS, maxGaps, maxOpenGaps });
          for (const [index, sequence] of order.entries()) {
            follow([sequence], chunks);
            if (index % 4 === 0) chunks.joinGaps();
          }
          const missing = Math.max(...order) - Math.min(...order) + 1 - order.length;
          expect(countOf(chunks)).toBe(missing);
        },
      ),
    );
  });
});

describe('a number whose call had been recorded before', () => {
  const spare = (sequence: number) => ({ sequence, day: '2026-01-20', timeMs: START_MS, atMs: START_MS, app: 'bot' });

  it('is not missing: another sender was quicker', () => {
    const chunks = follow([0, 1, 3, 4]);
    chunks.takeSpare('pod-7', spare(2));
    chunks.takeSpare('pod-7', spare(5));
    expect(countOf(follow([6], chunks))).toBe(0);
  });

  it('opens no hole below what is known, for it may be older than that', () => {
    const chunks = follow([100, 101]);
    chunks.takeSpare('pod-7', spare(5));
    chunks.takeSpare('pod-8', spare(5));
    chunks.takeSpare('pod-8', spare(50));
    expect(countOf(chunks)).toBe(0);
  });
});

describe('emitters that come and go', () => {
  const bounds = { ...EMITTER_BOUNDS, maxChunks: 2, maxPerChunk: 2 };
  const call = (sequence: number, atMs: number) => ({ sequence, day: '2026-01-20', timeMs: atMs, atMs, app: null });

  it('change only the chunks that they are in', () => {
    const chunks = new EmitterChunks([], bounds);
    for (const [index, id] of ['a', 'b', 'c'].entries()) chunks.take(id, call(0, START_MS + index));
    expect([...chunks.changed].map(([number, list]) => [number, list.map(({ id }) => id)])).toEqual([
      [0, ['a', 'b']],
      [1, ['c']],
    ]);
    chunks.markStored();
    chunks.take('c', call(1, START_MS + 9));
    expect([...chunks.changed.keys()]).toEqual([1]);
  });

  it('make room by who was silent longest, whose missing calls stay counted', () => {
    const chunks = new EmitterChunks([], bounds);
    chunks.take('a', call(0, START_MS));
    chunks.take('a', call(3, START_MS));
    for (const [index, id] of ['b', 'c', 'd', 'e'].entries()) chunks.take(id, call(0, LATER_MS + 1 + index));
    expect([...chunks.all()].map(({ id }) => id).sort()).toEqual(['b', 'c', 'd', 'e']);
    expect(chunks.closed).toMatchObject([{ count: 2 }]);
    // Next is the one who called first of those who did not call since.
    chunks.take('b', call(1, LATER_MS + 6));
    chunks.take('f', call(0, LATER_MS + 7));
    expect([...chunks.all()].map(({ id }) => id).sort()).toEqual(['b', 'd', 'e', 'f']);
  });

  it('make no room while their calls may be on their way, and count none of these when they must', () => {
    const chunks = new EmitterChunks([], bounds);
    for (const sequence of [0, 3]) chunks.take('a', call(sequence, START_MS));
    for (const [index, id] of ['b', 'c', 'd', 'e'].entries()) chunks.take(id, call(0, START_MS + 1 + index));
    expect([...chunks.all()].map(({ id }) => id).sort()).toEqual(['a', 'c', 'd', 'e']);
    for (const id of ['c', 'd', 'e']) chunks.take(id, call(2, START_MS + 9));
    chunks.take('f', call(0, START_MS + 10));
    expect([...chunks.all()].map(({ id }) => id).sort()).toEqual(['c', 'd', 'e', 'f']);
    expect(chunks.closed).toEqual([]);
  });

  it('are taken in quickly when there are many more of them than are kept', () => {
    const chunks = new EmitterChunks([]);
    for (let pod = 0; pod < 50_000; pod++) chunks.take(`pod-${pod}`, call(0, START_MS + pod));
    const kept = new Set([...chunks.all()].map(({ id }) => id));
    expect(kept.size).toBe(EMITTER_BOUNDS.maxChunks * EMITTER_BOUNDS.maxPerChunk);
    expect([
      kept.has('pod-49999'),
      kept.has(`pod-${50_000 - kept.size}`),
      kept.has(`pod-${49_999 - kept.size}`),
    ]).toEqual([true, true, false]);
  });

  it('are forgotten after days without a call, those that miss something after more than a month', () => {
    const chunks = new EmitterChunks([], EMITTER_BOUNDS);
    chunks.take('whole', call(0, START_MS));
    for (const sequence of [0, 2]) chunks.take('holed', call(sequence, START_MS));
    chunks.forget(START_MS + 3 * DAY_MS);
    expect([...chunks.all()]).toHaveLength(2);
    chunks.forget(START_MS + 3 * DAY_MS + 1);
    expect([...chunks.all()].map(({ id }) => id)).toEqual(['holed']);
    expect(chunks.closed).toEqual([]);
    chunks.forget(START_MS + 36 * DAY_MS + 1);
    expect([...chunks.all()]).toEqual([]);
    expect(chunks.closed).toMatchObject([{ count: 1 }]);
  });
});
