import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeDay, encodeDay } from '../../lib/adapters/dynamodb/workload-codec.ts';
import { computeServiceTimeS } from '../../lib/domain/break-even/service-time.ts';
import { DayDigest } from '../../lib/domain/workload/day-digest.ts';
import type { UnservableReason } from '../../lib/domain/workload/demand.ts';
import { type DemandTarget, measureDemand } from '../../lib/domain/workload/measure-demand.ts';
import { mergeWorkload } from '../../lib/domain/workload/merge-workload.ts';
import type { WorkloadCall } from '../../lib/domain/workload/workload-call.ts';
import { digestDay, isOfDay, SATURDAY, SHORT_SUNDAY, workloadCalls } from '../helpers/workload-calls.ts';

const FRAMES = [SATURDAY, SHORT_SUNDAY];
const MINUTES = 1_440 + 1_380;

const seconds = fc.double({ min: 0, max: 0.01, noNaN: true });
const targets: fc.Arbitrary<DemandTarget> = fc.record({
  serviceTime: fc.record({
    inputTokenS: seconds,
    outputTokenS: seconds,
    contextTokenS: fc.double({ min: 0, max: 1e-7, noNaN: true }),
  }),
  contextTokens: fc.constantFrom(100, 8_192, 131_072, Number.POSITIVE_INFINITY),
  kind: fc.constantFrom('chat', 'embedding'),
  takesMultimodal: fc.boolean(),
  takesCovered: fc.boolean(),
  outputFactor: fc.constantFrom(1, 0.5, 2),
});

function whyNot(call: WorkloadCall, target: DemandTarget): UnservableReason | null {
  if (call.isCovered && !target.takesCovered) return 'covered';
  if (call.kind === 'measurement') return 'measurement';
  if (call.kind !== target.kind) return 'kind';
  if (call.isMultimodal && !target.takesMultimodal) return 'modality';
  return call.inputTokens + call.outputTokens > target.contextTokens ? 'context' : null;
}

/** Replicas busy in each minute, by walking through the calls. */
function walkMinutes(calls: readonly WorkloadCall[], { serviceTime, outputFactor = 1 }: DemandTarget): number[] {
  const busy = new Array<number>(MINUTES).fill(0);
  for (const { timeMs, inputTokens, outputTokens } of calls) {
    const minute = Math.floor(timeMs / 60_000) - SATURDAY.firstMinute;
    busy[minute] =
      (busy[minute] ?? 0) + computeServiceTimeS(serviceTime, inputTokens, outputTokens * outputFactor) / 60;
  }
  return busy;
}

const totalOf = (calls: readonly WorkloadCall[]) => ({
  calls: calls.length,
  costPicoUsd: calls.reduce((sum, { costPicoUsd }) => sum + costPicoUsd, 0n),
  unpricedCalls: calls.filter(({ isUnpriced }) => isUnpriced).length,
  inputTokens: calls.reduce((sum, { inputTokens }) => sum + inputTokens, 0),
});
const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
/** Within a billionth, or as little as rounding leaves of nothing. */
const expectNear = (value: number, expected: number) =>
  expect(Math.abs(value - expected)).toBeLessThanOrEqual(1e-9 * Math.abs(expected) + 1e-12);

describe('a digest', () => {
  it('is the same whatever the order of the calls', () => {
    fc.assert(
      fc.property(workloadCalls, fc.infiniteStream(fc.nat()), (calls, keys) => {
        const shuffled = calls.map((call) => [keys.next().value, call] as const).sort(([a], [b]) => a - b);
        for (const frame of FRAMES)
          expect(
            digestDay(
              frame,
              shuffled.map(([, call]) => call),
            ),
          ).toEqual(digestDay(frame, calls));
      }),
    );
  });

  it('of all calls is what digests of any parts of them add up to', () => {
    fc.assert(
      fc.property(workloadCalls, fc.nat(60), (calls, cut) => {
        const parts = [calls.slice(0, cut), calls.slice(cut)];
        const merged = mergeWorkload(parts.flatMap((part) => FRAMES.map((frame) => digestDay(frame, part))));
        expect(merged.days).toEqual(FRAMES.map((frame) => digestDay(frame, calls)));
        const resumed = new DayDigest(SATURDAY);
        resumed.addDigest(digestDay(SATURDAY, calls.slice(0, cut)));
        for (const call of calls.slice(cut)) if (isOfDay(SATURDAY, call)) resumed.add(call);
        expect(resumed.finish()).toEqual(digestDay(SATURDAY, calls));
      }),
    );
  });

  it('reads back as it was written', () => {
    const sums = { calls: 1n, unpricedCalls: 2n, costPicoUsd: 10n ** 20n, inputTokens: 3n, outputTokens: 4n };
    fc.assert(
      fc.property(workloadCalls, (calls) => {
        const stored = { digest: digestDay(SATURDAY, calls), sums, upTo: null, cursor: '17' };
        const text = JSON.stringify(encodeDay(stored));
        expect(decodeDay(JSON.parse(text))).toEqual(stored);
        expect(decodeDay({ ...JSON.parse(text), form: 1 })).toBeUndefined();
      }),
    );
  });
});

describe('the demand of a workload', () => {
  it('is that of its calls one by one, for any fit, window and kind', () => {
    fc.assert(
      fc.property(workloadCalls, targets, (calls, target) => {
        const demand = measureDemand(mergeWorkload(FRAMES.map((frame) => digestDay(frame, calls))), target);
        const served = calls.filter((call) => whyNot(call, target) === null);
        const busy = walkMinutes(served, target);
        expect(demand.servable).toMatchObject(totalOf(served));
        for (const reason of ['covered', 'measurement', 'kind', 'modality', 'context'] as const)
          expect(demand.unservable[reason]).toMatchObject(
            totalOf(calls.filter((call) => whyNot(call, target) === reason)),
          );
        expect(demand).toMatchObject({ days: 2, minutes: MINUTES, isPeakMeasured: true });
        const totalS = 60 * busy.reduce((sum, value) => sum + value, 0);
        expectNear(demand.serviceSeconds, totalS);
        expectNear(demand.meanServiceS, served.length === 0 ? 0 : totalS / served.length);
        expectNear(demand.meanBusyReplicas, meanOf(busy));
        // 99 % of 2,820 minutes are 2,791.8: the 2,792nd.
        const p99 = busy.toSorted((a, b) => a - b)[2_791] ?? 0;
        expectNear(demand.peakBusyReplicas, Math.max(p99, meanOf(busy)));
        expectNear(demand.peakFactor * demand.meanBusyReplicas, totalS === 0 ? 0 : demand.peakBusyReplicas);
        for (const [minute, value] of demand.busyByMinute.entries()) expectNear(value, busy[minute] ?? 0);
      }),
    );
  });

  it('is told by hours of the days and of the week that hold the same minutes', () => {
    fc.assert(
      fc.property(workloadCalls, targets, (calls, target) => {
        const demand = measureDemand(mergeWorkload(FRAMES.map((frame) => digestDay(frame, calls))), target);
        const busy = walkMinutes(
          calls.filter((call) => whyNot(call, target) === null),
          target,
        );
        expect(demand.hours).toHaveLength(24 + 23);
        for (const [index, hour] of demand.hours.entries()) {
          const ofHour = busy.slice(index * 60, index * 60 + 60);
          expect(hour).toMatchObject({ firstMinute: SATURDAY.firstMinute + index * 60, minutes: 60 });
          expectNear(hour.meanBusyReplicas, meanOf(ofHour));
          expectNear(hour.peakBusyReplicas, Math.max(...ofHour));
        }
        expect(demand.hours.reduce((sum, hour) => sum + hour.calls, 0)).toBe(demand.servable.calls);
        // Only Saturday, day 5 from Monday on, has the hours of a whole day.
        expect(demand.weekHours).toHaveLength(168);
        for (const [index, hour] of demand.weekHours.entries()) {
          const isSaturday = index >= 120 && index < 144;
          expect(hour).toMatchObject({ weekday: Math.floor(index / 24), hour: index % 24 });
          expect(hour.recordedHours).toBe(isSaturday ? 1 : 0);
          expectNear(
            hour.meanBusyReplicas,
            isSaturday ? meanOf(busy.slice((index - 120) * 60, (index - 119) * 60)) : 0,
          );
        }
      }),
    );
  });

  it('never falls when a call is added that the target can serve', () => {
    fc.assert(
      fc.property(
        workloadCalls.filter((calls) => calls.length > 0),
        targets,
        (calls, target) => {
          const measure = (some: readonly WorkloadCall[]) =>
            measureDemand(mergeWorkload(FRAMES.map((frame) => digestDay(frame, some))), target);
          const [more, less] = [measure(calls), measure(calls.slice(1))];
          expect(more.servable.calls).toBeGreaterThanOrEqual(less.servable.calls);
          expect(more.serviceSeconds).toBeGreaterThanOrEqual(less.serviceSeconds * (1 - 1e-12));
          expect(more.peakBusyReplicas).toBeGreaterThanOrEqual(less.peakBusyReplicas * (1 - 1e-12));
        },
      ),
    );
  });
});
