import { describe, expect, it } from 'vitest';
import { assessMigration, type MigrationMeasures } from '../../../../lib/domain/migrate-now/assess-migration.ts';
import { parseMigrationProfile } from '../../../../lib/domain/migrate-now/parse-migration-profile.ts';

const file = {
  name: 'support-bot',
  scope: { app: 'support-bot' },
  target_model: 'llama-3.3-70b',
  hardware: '2 x H100',
  replica_monthly_usd: 4657.4,
  ops_base_usd: 500,
  ops_per_replica_usd: 200,
  other_usd: 250,
  min_replicas: 2,
  a: 6.862785766e-5,
  b: 7.097362447e-5,
  c: 6.835685545e-8,
  peak_factor: 4,
  one_time_usd: 20_000,
  savings_probability: 0.9,
  gates: { privacy: 'allowed', quality: 'pass', expertise: 'pass', timeline: 'pass', capacity: 'pass' },
};
const profile = parseMigrationProfile(file);

/** 28 days of calls of 500 in and 300 out at $0.00425: $11,900 of 2,800,000 calls. */
const measures: MigrationMeasures = {
  day: '2026-11-20',
  complete: true,
  historyDays: 40,
  windowDays: 28,
  calls: 2_800_000n,
  unpricedCalls: 0n,
  costPicoUsd: 11_900_000_000_000_000n,
  inputTokens: 1_400_000_000n,
  outputTokens: 840_000_000n,
};

describe('assessMigration', () => {
  it('compares a month of 730 hours on both sides', () => {
    const assessment = assessMigration(profile, measures);
    // 11,900 x 730 / (24 x 28) = 12,927.0833...; 2 x (4,657.40 + 200) + 500 + 250 = 10,464.80.
    expect(assessment.apiMonthlyPicoUsd).toBe(12_927_083_333_333_333n);
    expect(assessment.selfMonthlyUsd).toBeCloseTo(10_464.8, 9);
    expect(assessment.savingsUsd).toBeCloseTo(2462.283333, 6);
    expect(assessment.savingsRatio).toBeCloseTo(0.19047478, 8);
    // 20,000 / 2,462.2833 = 8.12 months; 2,800,000 x 730 / 672 = 3,041,666.67 calls.
    expect(assessment.paybackMonths).toBeCloseTo(8.122542, 6);
    expect(assessment.requestsPerMonth).toBeCloseTo(3_041_666.667, 3);
    expect(assessment.replicas).toBe(2);
  });

  it('finds the break-even of the recorded calls and what reverses it', () => {
    const assessment = assessMigration(profile, measures);
    // 10,464.80 / 0.00425 = 2,462,305.88 calls, within the 13.3 million of two replicas.
    expect(assessment.firstRequests).toBeCloseTo(2_462_305.882, 2);
    expect(assessment.stableRequests).toBeCloseTo(2_462_305.882, 2);
    expect(assessment.reversingRequests).toBeCloseTo(2_462_305.882, 2);
  });

  it('rounds the month half to even at the picodollar', () => {
    const month = (costPicoUsd: bigint) => assessMigration(profile, { ...measures, costPicoUsd }).apiMonthlyPicoUsd;
    // 730 / 672 is 365 / 336, so 336 gives 365, 168 gives 182.5 and 504 gives 547.5.
    expect(month(336n)).toBe(365n);
    expect(month(168n)).toBe(182n);
    expect(month(504n)).toBe(548n);
  });

  it('hands the machine what it needs', () => {
    expect(assessMigration(profile, measures).migrateDay).toMatchObject({
      historyDays: 40,
      probability: 0.9,
      gates: 'pass',
      complete: true,
    });
  });

  it('fails the data gate when fewer than 95 % of the calls carry a price, and does not know it before 28 days', () => {
    const gate = (more: Partial<MigrationMeasures>) => assessMigration(profile, { ...measures, ...more }).gates.data;
    expect(gate({ unpricedCalls: 140_000n })).toBe('pass');
    expect(gate({ unpricedCalls: 140_001n })).toBe('fail');
    expect(gate({ historyDays: 27 })).toBe('unknown');
  });

  it('blocks on one unknown gate and fails on one failed', () => {
    const together = (gates: object) =>
      assessMigration(parseMigrationProfile({ ...file, gates: { ...file.gates, ...gates } }), measures).migrateDay
        .gates;
    expect(together({ capacity: 'unknown' })).toBe('unknown');
    expect(together({ capacity: 'unknown', quality: 'fail' })).toBe('fail');
  });

  it('keeps what privacy demands apart from the saving', () => {
    const judge = (privacy: string) =>
      assessMigration(parseMigrationProfile({ ...file, gates: { privacy } }), measures);
    expect(judge('mandatory')).toMatchObject({ mandate: 'migrate_required', gates: { privacy: 'pass' } });
    expect(judge('forbidden')).toMatchObject({ mandate: 'never', gates: { privacy: 'fail' } });
    expect(judge('allowed').mandate).toBeNull();
  });

  it('finds no case and no break-even in a scope without calls', () => {
    const none = { ...measures, calls: 0n, costPicoUsd: 0n, inputTokens: 0n, outputTokens: 0n };
    expect(assessMigration(profile, none)).toMatchObject({
      requestsPerMonth: 0,
      replicas: 2,
      savingsRatio: 0,
      paybackMonths: null,
      firstRequests: null,
      stableRequests: null,
      reversingRequests: null,
    });
  });

  it('sizes more replicas for more calls', () => {
    const million = 1_000_000n;
    // 6,671,444 calls a month fit one replica: 28 days of 20 million are 21.7 million a month, four replicas.
    const busy = { ...measures, calls: 20n * million, inputTokens: 10_000n * million, outputTokens: 6000n * million };
    expect(assessMigration(profile, busy).replicas).toBe(4);
  });

  it('names what nobody measured', () => {
    const { assumedInputs } = assessMigration(profile, measures);
    expect(assumedInputs).toEqual(
      expect.arrayContaining(['savings_probability', 'gates', 'peak_factor', 'rho (default)']),
    );
  });

  it('refuses a window without a day', () => {
    expect(() => assessMigration(profile, { ...measures, windowDays: 0 })).toThrow('no complete day');
  });
});
