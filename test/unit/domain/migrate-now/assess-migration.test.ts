import { describe, expect, it } from 'vitest';
import { assessSample, type SampleWindow } from '../../../helpers/migrate-fixtures.ts';

/** Everything typed but the calls: 2 x $4,857.40 + $750 = $10,464.80 a month with the two least replicas. */
const TYPED = {
  ...{ name: 'support-bot', scope: { app: 'support-bot' }, target_model: 'llama-3.3-70b', hardware: '2 x H100' },
  ...{ replica_monthly_usd: 4657.4, ops_base_usd: 500, ops_per_replica_usd: 200, other_usd: 250, min_replicas: 2 },
  ...{ a: 6.862785766e-5, b: 7.097362447e-5, c: 6.835685545e-8, peak_factor: 4, one_time_usd: 20_000 },
  gates: { privacy: 'allowed', quality: 'pass', expertise: 'pass', timeline: 'pass', capacity: 'pass' },
};

/** Nothing typed but what no catalog knows. */
const PUBLISHED = {
  ...{ name: 'support-bot', target_model: 'Llama-3.1-8B', hardware: 'lambda/gpu_1x_h100_sxm5' },
  gates: { privacy: 'allowed', expertise_level: 2, planned_life_months: 36 },
};

describe('assessMigration', () => {
  it('compares a month of 730 hours on both sides', () => {
    const { target } = assessSample(TYPED);
    // 11,900 x 730 / (24 x 28) = 12,927.0833; against 10,464.80; 20,000 / 2,462.2833 = 8.12 months.
    expect(target?.api.usd).toBeCloseTo(12_927.083333, 5);
    expect(target?.self.usd).toBeCloseTo(10_464.8, 6);
    expect(target?.savingsRatio).toBeCloseTo(0.19047478, 7);
    expect(target?.paybackMonths).toBeCloseTo(8.122542, 5);
    expect(target?.replicas).toBe(2);
    // 10,464.80 / 0.00425 = 2,462,305.88 calls, within what two replicas serve.
    expect(target?.breakEven.firstRequests).toBeCloseTo(2_462_305.882, 2);
    expect(target?.reversing?.belowRequestsPerMonth).toBeCloseTo(2_462_305.882, 2);
  });

  it('takes machine, price and service time from the reference, and sizes by the measured peak', () => {
    const { target, gates, lack } = assessSample(PUBLISHED, { costUsd: 20_000 });
    expect(lack).toBeNull();
    expect(target?.offer.hardware.id).toBe('lambda/gpu_1x_h100_sxm5');
    expect(target?.offer.target.serviceTime.rows.length).toBeGreaterThan(0);
    // The calls are the same in every minute.
    expect(target?.peakBusyReplicas).toBeCloseTo(target?.meanBusyReplicas ?? 0, 9);
    expect(gates).toMatchObject({ capacity: 'pass', expertise: 'pass', timeline: 'pass', data: 'pass' });
  });

  it('leaves out of the saving what the target cannot take', () => {
    const { target, lack, blockers } = assessSample(PUBLISHED, { inputTokens: 200_000 });
    expect(target).toBeNull();
    expect(lack).toBe('no_calls');
    expect(blockers.map(({ what }) => what)).toContain('savings_ratio');
  });

  it('is told the share of forecast volumes with which it stays above the leaving line, unless that is typed', () => {
    // At 12,927 a tenth is saved down to 0.8995 of the volume: two of the four.
    const ratios = [0.5, 0.8, 1, 1.2];
    expect(assessSample(TYPED, { ratios }).migrateDay.probability).toBeCloseTo(0.5, 9);
    expect(assessSample({ ...TYPED, savings_probability: 0.85 }, { ratios }).migrateDay.probability).toBe(0.85);
  });

  it('fails the data gate when fewer than 95 % of the calls carry a price, and does not know it before 28 days', () => {
    const gate = (window: SampleWindow) => assessSample(TYPED, window).gates.data;
    expect(gate({ unpricedCalls: 140_000 })).toBe('pass');
    expect(gate({ unpricedCalls: 140_028 })).toBe('fail');
    expect(gate({ historyDays: 27 })).toBe('unknown');
  });

  it('compares quality on one scale only, and takes a passed evaluation of the last 90 days', () => {
    const quality = (gates: object, window: SampleWindow = {}) =>
      assessSample({ ...PUBLISHED, gates: { ...PUBLISHED.gates, ...gates } }, window).gates.quality;
    expect(quality({}, { model: 'a model nobody scored' })).toBe('unknown');
    expect(quality({ evaluated_on: '2026-08-22' }, { model: 'a model nobody scored' })).toBe('pass');
    expect(quality({ evaluated_on: '2026-08-21' }, { model: 'a model nobody scored' })).toBe('unknown');
    expect(quality({ quality: 'fail' })).toBe('fail');
  });

  it('judges expertise and timeline by what is said of them', () => {
    const gates = (more: object) => assessSample({ ...PUBLISHED, gates: more }, { costUsd: 20_000 }).gates;
    expect(gates({ expertise_level: 1 }).expertise).toBe('fail');
    expect(gates({ expertise_level: 1, managed: true }).expertise).toBe('pass');
    expect(gates({}).expertise).toBe('unknown');
    expect(gates({ planned_life_months: 5 }).timeline).toBe('fail');
    expect(gates({}).timeline).toBe('unknown');
  });

  it('does not end at once what pays back too late for the plan', () => {
    const profile = { ...TYPED, gates: { ...TYPED.gates, timeline: undefined, planned_life_months: 11 } };
    // 8.12 months and 3 are more than 11: blocked, not failed.
    expect(assessSample(JSON.parse(JSON.stringify(profile))).gates.timeline).toBe('unknown');
  });

  it('blocks on one unknown gate and fails on one failed', () => {
    const together = (gates: object) =>
      assessSample({ ...TYPED, gates: { ...TYPED.gates, ...gates } }).migrateDay.gates;
    expect(together({ capacity: 'unknown' })).toBe('unknown');
    expect(together({ capacity: 'unknown', quality: 'fail' })).toBe('fail');
  });

  it('keeps what privacy demands apart from the saving', () => {
    const judge = (privacy: string) => assessSample({ ...TYPED, gates: { privacy } });
    expect(judge('mandatory')).toMatchObject({ mandate: 'migrate_required', gates: { privacy: 'pass' } });
    expect(judge('forbidden')).toMatchObject({ mandate: 'never', gates: { privacy: 'fail' } });
    expect(judge('allowed').mandate).toBeNull();
  });

  it('finds no case in a scope without calls', () => {
    expect(assessSample(TYPED, { calls: 0 })).toMatchObject({ target: null, lack: 'no_calls' });
  });

  it('names every bound and gate that keeps a day from qualifying', () => {
    const { blockers } = assessSample({ ...TYPED, gates: { ...TYPED.gates, quality: 'unknown' } }, { historyDays: 20 });
    expect(blockers.map(({ what }) => what)).toEqual([
      ...['history_days', 'savings_ratio', 'gate.quality', 'gate.data'],
    ]);
  });

  it('names what was typed as assumed', () => {
    const { assumed } = assessSample({ ...TYPED, savings_probability: 0.9 });
    expect(assumed).toEqual(expect.arrayContaining(['a probability of 0.9', 'gate quality as answered']));
    expect(assumed.join()).toContain('4657.4 USD a month for a replica');
  });

  it('takes a peak that was typed for one that nobody measured, until the capacity gate is answered', () => {
    const sized = { name: 'bot', target_model: 'Llama-3.1-8B', hardware: 'lambda/gpu_1x_h100_sxm5' };
    expect(assessSample(sized).gates.capacity).toBe('pass');
    const typed = assessSample({ ...sized, peak_factor: 4 });
    expect([typed.target?.isPeakMeasured, typed.gates.capacity]).toEqual([false, 'unknown']);
    expect(assessSample({ ...sized, peak_factor: 4, gates: { capacity: 'pass' } }).gates.capacity).toBe('pass');
  });

  it('pays the newest price of a machine, also where the profile names an older row', () => {
    const typed = { a: 0.000001, b: 0.000001, c: 0, context_tokens: 8_192 };
    const older = { name: 'bot', target_model: 'open-8b', hardware: 'aws/g5.xlarge/2025-11', ...typed };
    expect(assessSample(older).target?.offer.hardware.id).toBe('aws/g5.xlarge/2026-07-20');
  });
});
