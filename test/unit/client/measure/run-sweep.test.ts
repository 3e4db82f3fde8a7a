import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FailureKind } from '../../../../lib/client/measure/call-failure.ts';
import type { MeasuredCall } from '../../../../lib/client/measure/measure-call.ts';
import {
  countCalls,
  listLevels,
  runSweep,
  type Sweep,
  type SweepPlan,
} from '../../../../lib/client/measure/run-sweep.ts';
import { createSteppedClock } from '../../../helpers/model-endpoint.ts';

const measured = (kind: FailureKind | null = null): MeasuredCall => ({
  ...{ isStreaming: true, startEpochMs: 0, startMs: 0, endMs: 10, connection: null, ttftMs: 5, totalMs: 10 },
  failure: kind === null ? null : { kind, detail: null },
  ...{ tokens: null, reading: undefined, headers: {} },
});

/** Runs a sweep of calls that take a turn each; @returns it with the most calls that were under way at once. */
async function sweep(
  plan: SweepPlan,
  { kinds = [], endAfter = Number.POSITIVE_INFINITY }: { kinds?: (FailureKind | null)[]; endAfter?: number } = {},
): Promise<{ result: Sweep; most: number; told: number; made: number }> {
  const ending = new AbortController();
  const clock = createSteppedClock();
  let [inFlight, most, told, made] = [0, 0, 0, 0];
  const call = async (): Promise<MeasuredCall> => {
    inFlight += 1;
    made += 1;
    const kind = kinds[made - 1] ?? null;
    most = Math.max(most, inFlight);
    await turn();
    clock.advance(10);
    inFlight -= 1;
    return measured(kind);
  };
  const onCall = (): void => {
    told += 1;
    if (told >= endAfter) ending.abort();
  };
  const result = await runSweep(call, plan, { clock, signal: ending.signal, onCall });
  return { result, most, told, made };
}

describe('levels of concurrency', () => {
  it.each([
    [1, [1]],
    [2, [1, 2]],
    [6, [1, 2, 4, 6]],
    [8, [1, 2, 4, 8]],
  ])('up to %i double, and end with it', (highest, levels) => {
    expect(listLevels(highest)).toEqual(levels);
  });
});

describe('a sweep', () => {
  it('makes the calls it says, each told once, and never more at once than the level allows', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          concurrency: fc.integer({ min: 1, max: 9 }),
          requests: fc.integer({ min: 1, max: 7 }),
          hasCold: fc.boolean(),
        }),
        async (plan) => {
          const { result, most, told, made } = await sweep(plan);
          expect([made, told]).toEqual([countCalls(plan), countCalls(plan)]);
          expect(result.levels.map(({ concurrency }) => concurrency)).toEqual(listLevels(plan.concurrency));
          for (const { concurrency, calls, maxInFlight } of result.levels) {
            expect(maxInFlight).toBe(concurrency);
            expect(calls).toHaveLength(Math.max(concurrency, plan.requests));
          }
          expect(most).toBe(plan.concurrency);
          expect(result.stopped).toBeNull();
        },
      ),
      { numRuns: 30 },
    );
  });

  it('takes the cold call apart from all others', async () => {
    const { result } = await sweep({ concurrency: 2, requests: 3, hasCold: true }, { kinds: ['http_500'] });
    expect(result.cold?.failure?.kind).toBe('http_500');
    expect(result.levels.flatMap(({ calls }) => calls).every(({ failure }) => failure === null)).toBe(true);
  });

  it('has the time from the first start of a level to its last end', async () => {
    // 3 calls of 10 ms one after another.
    const { result } = await sweep({ concurrency: 1, requests: 3, hasCold: true });
    expect(result.levels[0]?.wallMs).toBe(30);
  });

  it.each(['refused', 'dns', 'tls', 'http_401', 'http_404'] as const)(
    'ends where the first call fails by %s, as all would',
    async (kind) => {
      const { result, made } = await sweep({ concurrency: 4, requests: 5, hasCold: true }, { kinds: [kind] });
      expect(result).toMatchObject({ stopped: 'lasting_failure', levels: [] });
      expect(made).toBe(1);
    },
  );

  it.each(['http_429', 'http_500', 'reset', 'timeout_answer'] as const)(
    'goes on where the first call fails by %s',
    async (kind) => {
      const { result, made } = await sweep({ concurrency: 1, requests: 5, hasCold: true }, { kinds: [kind] });
      expect(result.stopped).toBeNull();
      expect(made).toBe(6);
    },
  );

  it('that is ended keeps what was measured, and begins nothing more', async () => {
    const { result, made } = await sweep({ concurrency: 4, requests: 4, hasCold: true }, { endAfter: 7 });
    // The cold call, 4 one at a time, 2 side by side; the one that began when the first of them ended comes to its end.
    expect(result.stopped).toBe('interrupted');
    expect(result.levels.map(({ calls }) => calls.length)).toEqual([4, 3]);
    expect(made).toBe(8);
  });

  it('that is ended at once has nothing', async () => {
    const { result } = await sweep({ concurrency: 2, requests: 2, hasCold: true }, { endAfter: 1 });
    expect(result).toMatchObject({ levels: [], stopped: 'interrupted' });
    expect(result.cold).not.toBeNull();
  });
});
