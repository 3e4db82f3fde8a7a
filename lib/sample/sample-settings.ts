import { MIGRATION_APP, RUNAWAY_APP } from './company.ts';

/** A budget as `POST /v1/budgets` takes it. */
export interface SampleBudget {
  readonly name: string;
  /** Decimal text. */
  readonly amount_usd: string;
  readonly period: 'month';
  readonly filter: Readonly<Record<string, string>>;
  /** Whole percents, ascending. */
  readonly thresholds: readonly number[];
}

/**
 * Lists the sample's budgets. A sample of the default size spends about $3,200 a month, so the first one is crossed in
 * every whole month; the second one is crossed by the runaway hour alone in any month that holds it.
 */
export function sampleBudgets(): readonly SampleBudget[] {
  return [
    { name: 'company', amount_usd: '2500', period: 'month', filter: {}, thresholds: [50, 80, 100] },
    { name: RUNAWAY_APP, amount_usd: '250', period: 'month', filter: { app: RUNAWAY_APP }, thresholds: [80, 100] },
  ];
}

/**
 * Writes the migration profile of the workload that pays to move, in the shape of a profile file. All of it is typed-in
 * assumption, as in any such file: one A100-80GB rented at $1.64 an hour for 730 hours (RunPod's price in the SkyPilot
 * catalog), and service times of an 8-bit model with 3 billion active parameters that are set with room to spare.
 * At the default size the workload's API bill is about $2,500 a month against some $1,600, from its 28th day on.
 */
export function sampleMigrationProfile(): Readonly<Record<string, unknown>> {
  return {
    name: MIGRATION_APP,
    scope: { app: MIGRATION_APP },
    target_model: 'Qwen3-30B-A3B',
    // With the stretched window that its card names; longer documents stay where they are.
    context_tokens: 131_072,
    hardware: '1 x A100-80GB, rented',
    price_source: 'RunPod secure cloud, $1.64 an hour, SkyPilot catalog v8',
    replica_monthly_usd: 1197.2,
    ops_base_usd: 250,
    ops_per_replica_usd: 100,
    other_usd: 60,
    min_replicas: 1,
    a: 0.00008,
    b: 0.0004,
    c: 0.00000002,
    rho: 0.7,
    peak_factor: 4,
    one_time_usd: 4000,
    savings_probability: 0.85,
    gates: { privacy: 'allowed', quality: 'pass', expertise: 'pass', timeline: 'pass', capacity: 'pass' },
  };
}
