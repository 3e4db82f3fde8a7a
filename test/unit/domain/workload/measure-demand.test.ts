import { describe, expect, it } from 'vitest';
import { measureDemand } from '../../../../lib/domain/workload/measure-demand.ts';
import { mergeWorkload } from '../../../../lib/domain/workload/merge-workload.ts';
import { typedDemand } from '../../../../lib/domain/workload/typed-demand.ts';
import { digestDay, SATURDAY, workloadCall } from '../../../helpers/workload-calls.ts';

/** A millisecond per input token and a hundredth of a second per output token: 2 s for the usual call. */
const TARGET = {
  serviceTime: { inputTokenS: 0.001, outputTokenS: 0.01, contextTokenS: 0 },
  contextTokens: 8_192,
  kind: 'chat',
} as const;
const START_MS = SATURDAY.firstMinute * 60_000;
const measure = (calls: Parameters<typeof digestDay>[1], target = {}) =>
  measureDemand(mergeWorkload([digestDay(SATURDAY, calls)]), { ...TARGET, ...target });

describe('what a target can serve', () => {
  it('holds a call of exactly its window and not one of a token more', () => {
    const demand = measure([
      workloadCall({ inputTokens: 8_092, outputTokens: 100 }),
      workloadCall({ inputTokens: 8_093, outputTokens: 100 }),
      workloadCall({ inputTokens: 8_092, outputTokens: 101, costPicoUsd: 7n }),
    ]);
    expect(demand.servable).toMatchObject({ calls: 1, inputTokens: 8_092 });
    expect(demand.unservable.context).toMatchObject({ calls: 2, costPicoUsd: 10_000_000_007n });
  });

  it('counts each other call under the first reason alone', () => {
    const large = { inputTokens: 10_000 };
    const demand = measure([
      workloadCall({ ...large, kind: 'embedding', isMultimodal: true, isCovered: true }),
      workloadCall({ ...large, kind: 'measurement', isMultimodal: true }),
      workloadCall({ ...large, kind: 'embedding', isMultimodal: true }),
      workloadCall({ ...large, isMultimodal: true }),
      workloadCall(large),
      workloadCall(),
    ]);
    const { covered, measurement, kind, modality, context } = demand.unservable;
    const each = [covered, measurement, kind, modality, context, demand.servable];
    expect(each.map(({ calls }) => calls)).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('is not guessed where calls were not told apart at its window', () => {
    expect(() => measure([workloadCall({ inputTokens: 5_000 })], { contextTokens: 4_096 })).toThrow(
      'calls of 2026-03-28 between 100 and 8192 tokens were not told apart at 4096',
    );
    // Nothing lies between 100 and 8,192 here.
    expect(measure([workloadCall({ inputTokens: 0 })], { contextTokens: 4_096 }).servable.calls).toBe(1);
  });

  it('is told by model, the dearest first', () => {
    const { models } = measure([
      workloadCall({ model: 'cheap', costPicoUsd: 1n }),
      workloadCall({ model: 'dear', costPicoUsd: 5n, isUnpriced: true }),
      workloadCall({ model: 'cheap', costPicoUsd: 2n }),
    ]);
    expect(models).toMatchObject([
      { model: 'dear', calls: 1, costPicoUsd: 5n, unpricedCalls: 1 },
      { model: 'cheap', calls: 2, costPicoUsd: 3n, unpricedCalls: 0 },
    ]);
  });
});

describe('replicas that calls keep busy', () => {
  it('are those of the 99th percentile minute, idle minutes counted', () => {
    // 15 minutes with 90 calls of 2 s keep 3 replicas busy: 99 % of 1,440 minutes are 1,425.6, so that the 1,426th
    // decides, and 1,425 are idle.
    const calls = Array.from({ length: 15 * 90 }, (_, index) =>
      workloadCall({ timeMs: START_MS + (index % 15) * 60_000 }),
    );
    const demand = measure(calls);
    expect(demand.peakBusyReplicas).toBeCloseTo(3, 12);
    // 2,700 s of 86,400.
    expect(demand.meanBusyReplicas).toBeCloseTo(1 / 32, 12);
    expect(demand.peakFactor).toBeCloseTo(96, 9);
    expect(demand.hours[0]).toMatchObject({ calls: 1_350, minutes: 60 });
    expect(demand.hours[0]?.meanBusyReplicas).toBeCloseTo(0.75, 12);
  });

  it('are never fewer than the mean, however seldom the calls come', () => {
    const demand = measure(Array.from({ length: 864 }, () => workloadCall()));
    // All in one minute: the percentile is an idle one, but 1,728 s of 86,400 have to be worked all the same.
    expect(demand.peakBusyReplicas).toBeCloseTo(0.02, 12);
    expect(demand.peakFactor).toBe(1);
  });

  it('are none without days or calls', () => {
    const empty = { minutes: 0, meanBusyReplicas: 0, peakBusyReplicas: 0, peakFactor: 1, meanServiceS: 0, models: [] };
    expect(measureDemand({ days: [] }, TARGET)).toMatchObject({ ...empty, days: 0, hours: [] });
    expect(measure([])).toMatchObject({ ...empty, days: 1, minutes: 1_440, servable: { calls: 0, costPicoUsd: 0n } });
  });

  it('take longer when answers are longer', () => {
    // 1 s for the prompt, and 2 x 1 s for twice the answer.
    expect(measure([workloadCall()], { outputFactor: 2 }).serviceSeconds).toBeCloseTo(3, 12);
    // 0.001 x (1,000 x 200 + 200^2 / 2) = 220 s for the cache of keys and values.
    const serviceTime = { inputTokenS: 0, outputTokenS: 0, contextTokenS: 0.001 };
    expect(measure([workloadCall()], { outputFactor: 2, serviceTime }).serviceSeconds).toBeCloseTo(220, 9);
  });
});

describe('a typed profile', () => {
  const PROFILE = { requestsPerMonth: 1_314_000, inputTokens: 1_000, outputTokens: 100, costPicoUsd: 5n } as const;

  it('asks what its mean asks with a peak of four, which nobody measured', () => {
    // 1,314,000 x 2 s over 730 h of 3,600 s are one replica.
    const demand = typedDemand(PROFILE, TARGET);
    expect(demand).toMatchObject({ isPeakMeasured: false, days: 0, minutes: 43_800, peakFactor: 4, hours: [] });
    expect(demand.meanBusyReplicas).toBeCloseTo(1, 12);
    expect(demand.peakBusyReplicas).toBeCloseTo(4, 12);
    expect(demand.servable).toMatchObject({ calls: 1_314_000, costPicoUsd: 5n, unpricedCalls: 0 });
    expect(typedDemand({ ...PROFILE, peakFactor: 6 }, TARGET).peakBusyReplicas).toBeCloseTo(6, 12);
  });

  it('stays where it is when its calls do not fit or are of another kind', () => {
    const tooLong = typedDemand({ ...PROFILE, inputTokens: 8_093 }, TARGET);
    expect(tooLong).toMatchObject({
      servable: { calls: 0 },
      unservable: { context: { calls: 1_314_000 } },
      models: [],
    });
    expect(tooLong).toMatchObject({ meanBusyReplicas: 0, peakFactor: 1, meanServiceS: 0 });
    const other = typedDemand({ ...PROFILE, kind: 'embedding', costPicoUsd: null }, TARGET);
    expect(other.unservable.kind).toMatchObject({ calls: 1_314_000, unpricedCalls: 1_314_000, costPicoUsd: 0n });
  });
});
