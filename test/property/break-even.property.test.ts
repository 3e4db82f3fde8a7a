import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assessTarget } from '../../lib/domain/break-even/assess-target.ts';
import type { BreakEvenPolicy } from '../../lib/domain/break-even/break-even-policy.ts';
import { compareTargets, findBestUsd, findMeanLengths } from '../../lib/domain/break-even/compare-targets.ts';
import type { TargetAssessment } from '../../lib/domain/break-even/target-assessment.ts';
import { measureTargetDemand, typeTargetDemand } from '../../lib/domain/break-even/target-demand.ts';
import type { WorkloadCall } from '../../lib/domain/workload/workload-call.ts';
import {
  callAt,
  contextOf,
  modelRow,
  offerOf,
  ownedRow,
  referenceOf,
  rentedRow,
  throughputRow,
  workloadOf,
} from '../helpers/break-even-fixtures.ts';

const policies: fc.Arbitrary<BreakEvenPolicy> = fc
  .record({
    utilisationRatio: fc.double({ min: 0.2, max: 1, noNaN: true }),
    minReplicas: fc.integer({ min: 1, max: 3 }),
    spareReplicas: fc.integer({ min: 0, max: 1 }),
    opsBaseUsd: fc.double({ min: 0, max: 2_000, noNaN: true }),
    opsPerReplicaUsd: fc.double({ min: 0, max: 300, noNaN: true }),
  })
  .map((policy) => ({ ...contextOf().policy, ...policy }));

/** A machine of one to four GPUs, each of which holds a replica, and a policy. */
const cases = fc.record({
  policy: policies,
  gpuCount: fc.integer({ min: 1, max: 4 }),
  hourlyUsd: fc.double({ min: 0.1, max: 8, noNaN: true }),
});

type Case = Parameters<Parameters<typeof cases.map>[0]>[0];

interface Volume {
  readonly requestsPerMonth: number;
  readonly unitUsd: number;
  readonly peakFactor: number;
}

const volumes: fc.Arbitrary<Volume> = fc.record({
  requestsPerMonth: fc.double({ min: 1e4, max: 3e7, noNaN: true }),
  unitUsd: fc.double({ min: 1e-5, max: 0.01, noNaN: true }),
  peakFactor: fc.double({ min: 1, max: 8, noNaN: true }),
});

function assess(
  { policy, gpuCount, hourlyUsd }: Case,
  { requestsPerMonth, unitUsd, peakFactor }: Volume,
): TargetAssessment {
  const context = contextOf({ policy });
  const offer = offerOf({ hardware: [rentedRow({ gpuCount, vramGb: 80 * gpuCount, hourlyUsd })] }, context);
  const costPicoUsd = BigInt(Math.round(requestsPerMonth * unitUsd * 1e9)) * 1_000n;
  const profile = { requestsPerMonth, inputTokens: 1_000, outputTokens: 1_000, peakFactor, costPicoUsd };
  return assessTarget(offer, typeTargetDemand(profile, offer.target), context);
}

/** Calls of one day: of two kinds, of sizes that fit a window of 8,192 tokens and that do not, some unpriced. */
const calls: fc.Arbitrary<WorkloadCall> = fc
  .record({
    minute: fc.integer({ min: 0, max: 1_439 }),
    kind: fc.constantFrom('chat' as const, 'chat' as const, 'embedding' as const),
    isMultimodal: fc.boolean(),
    isCovered: fc.boolean(),
    inputTokens: fc.integer({ min: 1, max: 10_000 }),
    outputTokens: fc.integer({ min: 0, max: 3_000 }),
    costUsd: fc.integer({ min: 0, max: 50 }),
  })
  .map(({ minute, costUsd, ...call }) => callAt(minute, { ...call, costPicoUsd: BigInt(costUsd) * 10n ** 10n }));

const REFERENCE = referenceOf({
  models: [
    modelRow(),
    modelRow({ id: 'Vectors', kind: 'embedding', paramsB: 1, contextTokens: 512 }),
    modelRow({ id: 'Windowless', contextTokens: null }),
  ],
  throughput: ['Small-8B', 'Vectors', 'Windowless'].map((model) => throughputRow({ model })),
  hardware: [rentedRow(), ownedRow()],
});

const compare = (recorded: readonly WorkloadCall[]) => {
  const workload = workloadOf(recorded);
  return compareTargets({
    reference: REFERENCE,
    context: contextOf(),
    lengths: findMeanLengths(workload),
    measure: (target) => measureTargetDemand(workload, target),
  });
};

describe('an assessed offer', () => {
  it('has equal bills at its break-even, and loses just below the first', () => {
    fc.assert(
      fc.property(cases, volumes, (offer, volume) => {
        const { firstRequests, stableRequests } = assess(offer, volume).breakEven;
        for (const requests of [firstRequests, stableRequests]) {
          if (requests === null || requests < 1_000) continue;
          // Just before the crossing, so that rounding does not add the step that begins there.
          const near = assess(offer, { ...volume, requestsPerMonth: requests * (1 - 1e-7) });
          expect(near.savingsUsd).toBeLessThan(0);
          expect(Math.abs(near.savingsUsd)).toBeLessThan(1e-3 * near.self.usd + 1e-3);
        }
      }),
    );
  });

  it('agrees with a walk over volumes on where it first pays', () => {
    fc.assert(
      fc.property(cases, volumes, (offer, volume) => {
        const { firstRequests, stableRequests } = assess(offer, volume).breakEven;
        for (let step = 1; step <= 40; step++) {
          const requestsPerMonth = volume.requestsPerMonth * 0.05 * step;
          const { savingsUsd, api } = assess(offer, { ...volume, requestsPerMonth });
          const isNear = [firstRequests, stableRequests].some(
            (crossing) => crossing !== null && Math.abs(crossing - requestsPerMonth) < 1e-4 * requestsPerMonth,
          );
          // A cent of rounding is neither a gain nor a loss.
          if (isNear || Math.abs(savingsUsd) < 1e-6 * api.usd + 0.01) continue;
          if (firstRequests === null || requestsPerMonth < firstRequests) expect(savingsUsd).toBeLessThan(0);
          if (stableRequests !== null && requestsPerMonth > stableRequests) expect(savingsUsd).toBeGreaterThan(0);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('never costs less self-hosted when the volume grows', () => {
    fc.assert(
      fc.property(cases, volumes, fc.double({ min: 1, max: 20, noNaN: true }), (offer, volume, factor) => {
        const more = { ...volume, requestsPerMonth: volume.requestsPerMonth * factor };
        expect(assess(offer, more).self.usd).toBeGreaterThanOrEqual(assess(offer, volume).self.usd * (1 - 1e-12));
      }),
    );
  });

  it('breaks even at a lower price of the API when the volume is a multiple, as the fixed part is shared by more', () => {
    fc.assert(
      fc.property(cases, volumes, fc.integer({ min: 2, max: 9 }), (offer, volume, factor) => {
        const evenUsd = ({ self, requestsPerMonth }: TargetAssessment) => self.usd / requestsPerMonth;
        const more = assess(offer, { ...volume, requestsPerMonth: volume.requestsPerMonth * factor });
        expect(evenUsd(more)).toBeLessThanOrEqual(evenUsd(assess(offer, volume)) * (1 + 1e-9));
      }),
    );
  });

  it('pays from fewer calls when a call costs more on the API', () => {
    fc.assert(
      fc.property(cases, volumes, fc.double({ min: 1, max: 5, noNaN: true }), (offer, volume, factor) => {
        const before = assess(offer, volume).breakEven.firstRequests ?? Number.POSITIVE_INFINITY;
        const after = assess(offer, { ...volume, unitUsd: volume.unitUsd * factor }).breakEven.firstRequests;
        // The API bill is rounded to a billionth of a dollar.
        expect(after ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(before * (1 + 1e-6) + 1);
      }),
    );
  });

  it('has a hybrid that is never dearer than the API or self-hosting alone', () => {
    fc.assert(
      fc.property(cases, volumes, (offer, volume) => {
        const { hybrid, api, self } = assess(offer, volume);
        expect(hybrid.usd).toBeLessThanOrEqual(Math.min(api.usd, self.usd) * (1 + 1e-12));
      }),
    );
  });

  it('costs no more hour by hour than standing still', () => {
    fc.assert(
      fc.property(cases, fc.array(calls, { minLength: 1, maxLength: 60 }), ({ policy, hourlyUsd }, recorded) => {
        const context = contextOf({ policy });
        const offer = offerOf({ hardware: [rentedRow({ hourlyUsd })] }, context);
        const demand = measureTargetDemand(workloadOf(recorded), offer.target);
        fc.pre(demand.asRecorded.servable.calls > 0);
        const { hourlyFleet, self } = assessTarget(offer, demand, context);
        expect(hourlyFleet?.monthlyUsd ?? Number.NaN).toBeLessThanOrEqual(self.usd * (1 + 1e-12));
      }),
    );
  });
});

describe('a comparison', () => {
  it('never has the bill of a call that a target cannot serve in a saving', () => {
    fc.assert(
      fc.property(
        fc.array(calls, { minLength: 1, maxLength: 40 }),
        fc.array(calls, { maxLength: 20 }),
        (kept, more) => {
          // Whatever else is recorded for other kinds, with images, too long or under a fixed price:
          const others = more.map((call, index): WorkloadCall => {
            const unservable = [
              { kind: 'image' },
              { kind: 'audio' },
              { inputTokens: 8_193 },
              { isCovered: true },
            ] as const;
            return { ...call, kind: 'chat', isMultimodal: index % 5 === 4, ...unservable[index % 5] };
          });
          const before = compare(kept).ranked;
          const after = compare([...kept, ...others]).ranked;
          for (const row of before) {
            const same = after.find(({ offer }) => offer.id === row.offer.id);
            for (const bill of ['api', 'self', 'hybrid', 'savingsUsd', 'breakEven', 'tornado', 'longRun'] as const)
              expect(same?.[bill]).toEqual(row[bill]);
            expect(same?.restMonthlyUsd).toBeGreaterThanOrEqual(row.restMonthlyUsd);
          }
        },
      ),
    );
  });

  it('accounts for every call: served by the target, or left with a reason', () => {
    fc.assert(
      fc.property(fc.array(calls, { minLength: 1, maxLength: 60 }), (recorded) => {
        const recordedUsd = recorded.reduce((sum, { costPicoUsd }) => sum + Number(costPicoUsd) / 1e12, 0);
        for (const { api, restMonthlyUsd, requestsPerMonth, unservable } of compare(recorded).ranked) {
          const left = unservable.reduce((sum, part) => sum + part.calls, 0);
          expect((requestsPerMonth * 24) / 730 + left).toBeCloseTo(recorded.length, 6);
          expect(api.usd + restMonthlyUsd).toBeCloseTo((recordedUsd * 730) / 24, 6);
        }
      }),
    );
  });

  it('never offers a model of embeddings for chats, nor a model of chats for embeddings', () => {
    fc.assert(
      fc.property(fc.array(calls, { minLength: 1, maxLength: 40 }), (recorded) => {
        for (const { offer, unservable, requestsPerMonth } of compare(recorded).ranked) {
          const ofKind = recorded.filter(({ kind }) => kind === offer.target.model.kind).length;
          expect((requestsPerMonth * 24) / 730).toBeLessThanOrEqual(ofKind + 1e-6);
          const otherKinds = recorded.filter(({ kind, isCovered }) => kind !== offer.target.model.kind && !isCovered);
          expect(unservable.find(({ reason }) => reason === 'kind')?.calls ?? 0).toBe(otherKinds.length);
        }
        const chats = recorded.map((call) => ({ ...call, kind: 'chat' as const }));
        const { ranked, notOffered } = compare(chats);
        expect(ranked.map(({ offer }) => offer.target.model.id)).not.toContain('Vectors');
        expect(notOffered).toContainEqual({ kind: 'target', id: 'Vectors/fp8/1xG1/vLLM', reason: 'no_calls' });
      }),
    );
  });

  it('is ranked by the lowest bill in all, and never offers a model whose window is not known', () => {
    fc.assert(
      fc.property(fc.array(calls, { minLength: 1, maxLength: 40 }), (recorded) => {
        const { ranked, notOffered } = compare(recorded);
        const bills = ranked.map(findBestUsd);
        for (const [index, bill] of bills.entries()) {
          expect(bill).toBeGreaterThanOrEqual((bills[index - 1] ?? 0) * (1 - 1e-8));
        }
        expect(notOffered).toContainEqual({
          ...{ kind: 'target', id: 'Windowless/fp8/1xG1/vLLM', reason: 'unknown_context_window' },
        });
      }),
    );
  });
});
