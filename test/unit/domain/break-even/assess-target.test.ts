import { describe, expect, it } from 'vitest';
import { assessTarget } from '../../../../lib/domain/break-even/assess-target.ts';
import { measureTargetDemand, typeTargetDemand } from '../../../../lib/domain/break-even/target-demand.ts';
import type { Reference } from '../../../../lib/domain/reference/reference-rows.ts';
import type { TypedProfile } from '../../../../lib/domain/workload/typed-demand.ts';
import type { Workload } from '../../../../lib/domain/workload/workload.ts';
import {
  callAt,
  contextOf,
  flatRow,
  modelRow,
  offerOf,
  ownedRow,
  rentedRow,
  throughputRow,
  workloadOf,
} from '../../../helpers/break-even-fixtures.ts';

/** A thousand tokens in and out take a second; 730 x 3,600 calls a month keep one replica busy. */
const FULL_MONTH = 730 * 3_600;

const typed = (fields: Partial<TypedProfile>, rows: Partial<Reference> = {}, context = contextOf()) => {
  const offer = offerOf(rows, context);
  const calls = { requestsPerMonth: FULL_MONTH, inputTokens: 1_000, outputTokens: 1_000, peakFactor: 1 };
  return assessTarget(offer, typeTargetDemand({ ...calls, costPicoUsd: 10n ** 15n, ...fields }, offer.target), context);
};

const recorded = (workload: Workload, rows: Partial<Reference> = {}, context = contextOf()) => {
  const offer = offerOf(rows, context);
  return assessTarget(offer, measureTargetDemand(workload, offer.target), context);
};

const withPolicy = (policy: Partial<ReturnType<typeof contextOf>['policy']>) =>
  contextOf({ policy: { ...contextOf().policy, ...policy } });

describe('assessTarget', () => {
  it('sizes the fleet by the peak minute, not the mean', () => {
    // Six calls in each minute of the day's last quarter of an hour (1 % is 14.4 minutes), none else
    const calls = Array.from({ length: 15 * 360 }, (_, index) => callAt(1_425 + Math.floor(index / 360)));
    const row = recorded(workloadOf(calls));
    // 360 seconds of service in 60 are six replicas; 5,400 seconds in 86,400 a sixteenth of one
    expect(row).toMatchObject({ replicas: 6, peakBusyReplicas: 6, isPeakMeasured: true });
    expect(row.meanBusyReplicas).toBeCloseTo(0.0625, 9);
    expect(row.utilisationRatio).toBeCloseTo(0.0625 / 6, 9);
    expect(row.self.usd).toBeCloseTo(6 * 730, 9);
  });

  it('does not pay with the mean load of one GPU and a peak of six', () => {
    // One GPU costs $730 and would be full; the API charges $1,000 for the same calls.
    expect(typed({}).savingsUsd).toBeCloseTo(270, 6);
    const peaky = typed({ peakFactor: 6 });
    expect(peaky).toMatchObject({ replicas: 6, reversing: null, paybackMonths: null });
    expect(peaky.savingsUsd).toBeCloseTo(1_000 - 6 * 730, 6);
    expect(peaky.hybrid.shareRatio).toBe(0);
  });

  it('adds operations, other costs, spare replicas and machines that are not full', () => {
    const context = withPolicy({ opsBaseUsd: 500, opsPerReplicaUsd: 200, otherUsd: 140, spareReplicas: 1 });
    const row = typed(
      { peakFactor: 2 },
      { hardware: [rentedRow({ gpuCount: 4, vramGb: 320, hourlyUsd: 4 })] },
      context,
    );
    // Two replicas serve and one stands by, on one machine of four: 730 x 4 + 500 + 3 x 200 + 140
    expect(row).toMatchObject({ replicas: 2, spareReplicas: 1, machines: 1 });
    expect(row.self.usd).toBeCloseTo(2_920 + 500 + 600 + 140, 9);
  });

  it('shares calls evenly in a router, and tries all of them in a cascade', () => {
    // Ten replicas at the peak of ten, $7,300; the API charges $10,000.
    const row = typed({ requestsPerMonth: 10 * FULL_MONTH, costPicoUsd: 10n ** 16n });
    expect(row.replicas).toBe(10);
    const bills = (curve: typeof row.router) => curve.curve.map(({ monthlyUsd }) => Math.round(monthlyUsd));
    // Share 0.3: three replicas and $7,000 of the API
    expect(bills(row.router).slice(0, 4)).toEqual([10_000, 9_730, 9_460, 9_190]);
    expect(bills(row.cascade).slice(0, 4)).toEqual([10_000, 16_300, 15_300, 14_300]);
    expect(row.hybrid).toMatchObject({ shareRatio: 1, usd: row.self.usd });
  });

  it('finds a hybrid that is cheaper than both where a last replica would stand nearly idle', () => {
    // A peak of 1.05 replicas takes two of $730; the API charges $900: a share of 0.9 takes one and leaves $90.
    const row = typed({ requestsPerMonth: 1.05 * FULL_MONTH, costPicoUsd: 9n * 10n ** 14n });
    expect(row.self.usd).toBeCloseTo(1_460, 6);
    expect(row.hybrid).toMatchObject({ mode: 'router', shareRatio: 0.9 });
    expect(row.hybrid.usd).toBeCloseTo(730 + 90, 6);
  });

  it('follows the hours between the least and the standing fleet, billed by the hour', () => {
    // Three replicas busy in every minute of one hour, one call in each other hour
    const busy = Array.from({ length: 60 * 180 }, (_, index) => callAt(60 + Math.floor(index / 180)));
    const quiet = Array.from({ length: 23 }, (_, hour) => callAt((hour >= 1 ? hour + 1 : 0) * 60));
    const row = recorded(workloadOf([...busy, ...quiet]));
    expect(row.replicas).toBe(3);
    // (23 x 1 + 3) / 24 of $730
    expect(row.hourlyFleet).toMatchObject({ minReplicas: 1, maxReplicas: 3 });
    expect(row.hourlyFleet?.meanReplicas).toBeCloseTo(26 / 24, 9);
    expect(row.hourlyFleet?.monthlyUsd).toBeCloseTo((730 * 26) / 24, 6);
    // A spare replica stands by in every hour.
    const spared = recorded(workloadOf([...busy, ...quiet]), {}, withPolicy({ spareReplicas: 1 }));
    expect(spared.hourlyFleet?.monthlyUsd).toBeCloseTo((730 * 50) / 24, 6);
    expect(typed({}, { hardware: [ownedRow()] }).hourlyFleet).toBeNull();
  });

  it('counts bought machines once: as depreciation in the bill, or as a payback of cash', () => {
    const row = typed({}, { hardware: [ownedRow()] }, withPolicy({ oneTimeUsd: 400 }));
    // $100 depreciation and $73 power; $4,000 once against $1,000 - $73 a month
    expect(row.self.usd).toBeCloseTo(173, 9);
    expect(row.oneTimeUsd).toBe(4_000);
    expect(row.paybackMonths).toBeCloseTo(4_000 / 927, 9);
    // 36 months: 4,000 + 36 x 73; 36 x 1,000, less by 20 % each year: 12 x (1,000 + 800 + 640)
    expect(row.longRun.map(({ selfUsd }) => selfUsd)).toEqual([6_628, 6_628, 6_628]);
    expect(row.longRun.map(({ apiUsd }) => Math.round(apiUsd))).toEqual([36_000, 29_280, 21_000]);
  });

  it('buys machines again when their life ends, and more of them when the volume grows', () => {
    const short = typed({}, { hardware: [ownedRow({ lifeYears: 1, salvageUsd: 600 })] });
    // Three machines one after another, each $3,600 less $600
    expect(short.longRun[0]?.selfUsd).toBeCloseTo(9_000 + 36 * 73, 6);
    const growing = typed({}, { hardware: [ownedRow()] }, withPolicy({ growthMonthlyRatio: 0.05, horizonMonths: 2 }));
    // The second month's 1.05 replicas take a second machine.
    expect(growing.longRun[0]?.selfUsd).toBeCloseTo(2 * 3_600 + 73 + 146, 6);
    expect(growing.longRun[0]?.apiUsd).toBeCloseTo(2_050, 6);
  });

  it('says what would reverse it: fewer calls, or all a call costs per token out', () => {
    const row = typed({});
    // $730 at $1,000 for a month's calls
    expect(row.reversing?.belowRequestsPerMonth).toBeCloseTo(0.73 * FULL_MONTH, 3);
    expect(row.reversing?.belowUsdPerMillionOutput).toBeCloseTo((730 / (FULL_MONTH * 1_000)) * 1e6, 9);
    expect(row.breakEvenUtilisationRatio).toBeCloseTo(0.73, 9);
  });

  it('takes each assumption to its ends, the machine re-sized, and names the three that swing most', () => {
    const row = typed({}, { hardware: [rentedRow(), rentedRow({ id: 'dear', instance: 'dear', hourlyUsd: 3 })] });
    const bar = (name: string) => row.tornado.find((it) => it.name === name);
    // Half the price is $500 less $730; twice the length is twice the output's 80 % of the bill and two replicas (1.5 s)
    expect(bar('api_price')).toMatchObject({ atLow: -230, atHigh: 270, swing: 500 });
    expect(bar('output_length')?.atHigh).toBeCloseTo(1_800 - 2 * 730, 6);
    expect(bar('gpu_price')).toMatchObject({ low: 1, high: 3, atLow: 270, atHigh: 1_000 - 3 * 730 });
    // A load of 40 % aimed at takes three replicas; a peak twice as high two, one lower none less.
    expect(bar('utilisation')?.atLow).toBeCloseTo(1_000 - 3 * 730, 6);
    expect(bar('peak')?.atHigh).toBeCloseTo(1_000 - 2 * 730, 6);
    expect(bar('reserved_discount')?.atHigh).toBeCloseTo(1_000 - 0.6 * 730, 6);
    expect(row.tornado.map(({ swing }) => swing)).toEqual(row.tornado.map(({ swing }) => swing).sort((a, b) => b - a));
    expect(row.decidedBy).toEqual(row.tornado.slice(0, 3).map(({ name }) => name));
  });

  it('shows what spot machines would cost, and compares nothing with them', () => {
    const row = typed({}, { hardware: [rentedRow({ spotHourlyUsd: 0.5 })] });
    expect(row).toMatchObject({ self: { usd: 730 }, hybrid: { usd: 730 }, spotMonthlyUsd: 365 });
  });

  it('discounts for a commitment only what has a price without one', () => {
    const server = { hardware: [flatRow()], throughput: [throughputRow({ gpu: 'server', gpuCount: 0 })] };
    const bar = (row: ReturnType<typeof typed>, name: string) => row.tornado.find((it) => it.name === name);
    expect(bar(typed({}, server), 'reserved_discount')).toMatchObject({ low: 0, high: 0, swing: 0 });
    // Its own range instead, $50 to $100 a month
    expect(bar(typed({}, server), 'gpu_price')).toMatchObject({ atLow: 950, atHigh: 900 });
    const reserved = rentedRow({ hourlyUsd: null, reservedHourlyUsd: 1 });
    expect(bar(typed({}, { hardware: [reserved] }), 'reserved_discount')).toMatchObject({ swing: 0 });
  });

  it('gives a range and a probability from forecast volumes, the fleet re-sized for each', () => {
    const outlook = { ratios: [0.5, 0.8, 1, 1.2], lo80Ratio: 0.5, hi80Ratio: 1.2 };
    const context = { ...withPolicy({ minSavingsRatio: 0.2, minSavingsUsd: 50 }), outlook };
    const row = typed({}, {}, context);
    expect(row.api).toEqual({ usd: 1_000, lo80Usd: 500, hi80Usd: 1_200 });
    expect(row.self).toEqual({ usd: 730, lo80Usd: 730, hi80Usd: 1_460 });
    // Savings: -230; 70 of 800 (9 %); 270 of 1,000 (27 %); -260
    expect(row.probability).toBe(0.25);
    expect(typed({}).probability).toBeNull();
  });

  it('compares scores on one scale only, and prices a point only of what is good enough', () => {
    const score = (model: string, value: number, scale: string) => ({
      ...{ id: `${model} ${scale}`, model, score: value, scale, source: 'a test', asOf: null },
      ...({ checkedOn: '2026-01-01', standing: 'stated', note: null } as const),
    });
    const quality = [score('Small-8B', 60, 'A %'), score('Small-8B', 7, 'B /10'), score('today', 80, 'A %')];
    const judge = (asked: { scale: string; minScore: number } | null) => {
      const context = withPolicy({ quality: asked });
      return typed({ model: 'today' }, {}, { ...context, reference: { quality, models: [modelRow()] } });
    };
    const row = judge({ scale: 'A %', minScore: 60 });
    expect(row.qualityGate).toBe('pass');
    // A year of $730 over 60 points, of $1,000 over 80
    expect(
      row.quality.map(({ scale, selfUsdPerPoint, apiUsdPerPoint }) => [scale, selfUsdPerPoint, apiUsdPerPoint]),
    ).toEqual([
      ['A %', 146, 150],
      ['B /10', null, null],
    ]);
    expect(judge({ scale: 'A %', minScore: 61 })).toMatchObject({ qualityGate: 'fail' });
    expect(judge({ scale: 'A %', minScore: 61 }).quality[0]).toMatchObject({
      selfUsdPerPoint: null,
      apiUsdPerPoint: 150,
    });
    expect(judge({ scale: 'C %', minScore: 1 }).qualityGate).toBe('unknown');
    // Without a bound it is 60 against nine tenths of 80; scores of today's model that the target lacks say nothing.
    expect(judge(null)).toMatchObject({ qualityGate: 'fail' });
    quality.splice(2, 1, score('today', 66.6, 'A %'), score('today', 9, 'C /10'));
    expect(judge(null)).toMatchObject({ qualityGate: 'pass' });
    quality.push(score('today', 8, 'B /10'));
    expect(judge(null)).toMatchObject({ qualityGate: 'fail' });
    quality.splice(2);
    expect(judge(null)).toMatchObject({ qualityGate: 'unknown' });
  });

  it('prices an accepted answer where the ledger has qualities', () => {
    const row = typed({ requestsPerMonth: FULL_MONTH }, {}, contextOf({ acceptedRatio: 0.8 }));
    expect(row.accepted?.apiUsd).toBeCloseTo(1_000 / (0.8 * FULL_MONTH), 12);
    // At $730 as few as 73 % of 0.8 accepted cost as much each.
    expect(row.accepted?.evenRatio).toBeCloseTo(0.584, 9);
    expect(typed({}).accepted).toBeNull();
  });

  it('lets calls without a price be load and not saving, and counts them', () => {
    const row = recorded(workloadOf([callAt(1), callAt(2, { costPicoUsd: 0n, isUnpriced: true })]));
    expect(row.unpricedCalls).toBe(1);
    expect(row.requestsPerMonth).toBeCloseTo((2 * 730) / 24, 9);
    expect(row.api.usd).toBeCloseTo((0.01 * 730) / 24, 9);
  });

  it('leaves the bill of calls that it cannot serve out of everything but the rest', () => {
    const long = callAt(5, { inputTokens: 8_000, outputTokens: 193, costPicoUsd: 10n ** 12n });
    const image = callAt(6, { isMultimodal: true, costPicoUsd: 2n * 10n ** 12n });
    const embedding = callAt(7, { kind: 'embedding', costPicoUsd: 3n * 10n ** 12n });
    const fits = callAt(8, { inputTokens: 8_000, outputTokens: 192 });
    const covered = callAt(9, { isCovered: true, costPicoUsd: 4n * 10n ** 12n });
    const row = recorded(workloadOf([fits, long, image, embedding, covered]));
    expect(row.unservable).toEqual([
      { reason: 'covered', calls: 1, costPicoUsd: 4n * 10n ** 12n },
      { reason: 'kind', calls: 1, costPicoUsd: 3n * 10n ** 12n },
      { reason: 'modality', calls: 1, costPicoUsd: 2n * 10n ** 12n },
      { reason: 'context', calls: 1, costPicoUsd: 10n ** 12n },
    ]);
    expect(row.restMonthlyUsd).toBeCloseTo((10 * 730) / 24, 9);
    expect(row.api.usd).toBeCloseTo((0.01 * 730) / 24, 9);
  });

  it('refuses calls of which it can serve none', () => {
    expect(() => recorded(workloadOf([callAt(1, { kind: 'embedding' })]))).toThrow('can serve none');
  });
});
