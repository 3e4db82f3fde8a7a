import fc from 'fast-check';
import { answerCalculation } from '../../lib/domain/calculators/calculators.ts';
import {
  count,
  fitRows,
  flag,
  goodDay,
  load,
  measured,
  migrateDay,
  migrateParams,
  ops,
  pairs,
  parts,
  paths,
  price,
  replicas,
  share,
  signed,
  someShare,
  someUsd,
  tokens,
  toMap,
  tornadoBase,
  tornadoRanges,
  unit,
  usd,
} from './calculator-values.ts';

/** Inputs of a calculator, as JSON. */
export type Sent = Readonly<Record<string, unknown>>;

/** Sound inputs of every calculator, edges among them. */
export const SOUND_INPUTS: Readonly<Record<string, fc.Arbitrary<Sent>>> = {
  api_monthly: fc
    .record({
      requests: count,
      tin: tokens,
      cached: share,
      tout: tokens,
      pin: price,
      pout: price,
      pcached: price,
      fixed: usd,
    })
    .map(({ cached, ...rest }) => ({ ...rest, cached: Math.floor(rest.tin * cached) })),
  flat_rate: fc.record({ requests: count, usd_per_request: unit }),
  price_unit_convert: fc.record({ usd_per_1k_chars: unit, chars_per_token: fc.integer({ min: 1, max: 8 }) }),
  universal_monthly_cost: fc.record({
    users: count,
    queries_per_user_per_day: fc.integer({ min: 0, max: 50 }),
    input_tokens: tokens,
    output_tokens: tokens,
    deployment: fc.constantFrom('api', 'open_source'),
    price_in: price,
    price_out: price,
    infrastructure: usd,
    operations: usd,
    usd_per_hour: price,
    ...ops,
  }),
  paper_breakeven_months: fc.record({
    capex: usd,
    electricity_monthly: usd,
    tokens_per_s: fc.integer({ min: 0, max: 5000 }),
    hours_per_day: fc.integer({ min: 0, max: 24 }),
    days_per_month: fc.integer({ min: 0, max: 31 }),
    share_input: share,
    pin: price,
    pout: price,
  }),
  finetune_training: fc.record({
    examples: count,
    tokens_per_example: tokens,
    epochs: replicas,
    usd_per_million: price,
  }),
  training_cost: fc.record({ tokens: count, epochs: replicas, usd_per_million: price }),
  rented_monthly: fc.record({
    instances: replicas,
    usd_per_hour: price,
    hours_per_month: fc.integer({ min: 0, max: 744 }),
    reserved_discount: share,
  }),
  rented_flat: fc.record({ gpus: replicas, usd_month_per_gpu: usd }),
  discounted_monthly: fc.record({ monthly_usd: usd, reserved_discount: share }),
  owned_monthly: fc.record({
    capex: usd,
    life_years: replicas,
    watts: fc.integer({ min: 0, max: 6000 }),
    hours_per_day: fc.integer({ min: 0, max: 24 }),
    days_per_month: fc.integer({ min: 0, max: 31 }),
    usd_per_kwh: share,
    maintenance: usd,
    n: fc.integer({ min: 0, max: 8 }),
    pue: share.map((extra) => 1 + extra),
  }),
  selfhost_formula: fc.record({
    ...ops,
    usd_per_hour: price,
    hours_per_month: fc.constantFrom(0, 720, 730),
    other: usd,
  }),
  ops_cost: fc.record(ops),
  selfhost_sum: fc.record(parts),
  selfhost_reserved: fc.record({ ...parts, reserved_discount: share }),
  hybrid_monthly: fc.record({ share_local: share, requests: count, api_unit: unit, api_fixed: usd, self_usd: usd }),
  electricity_monthly: fc.record({ gpus: replicas, kw_per_gpu: share, hours: count, usd_per_kwh: share }),
  weights_gb: fc.record({ params_b: usd, bits: fc.constantFrom(4, 8, 16, 32) }),
  usd_per_million_output: fc.record({ usd_per_hour: price, tokens_per_s: tokens, utilisation: share }),
  savings: fc.record({ api_usd: usd, self_usd: usd }),
  payback_months: fc.record({ one_time: usd, api_monthly: usd, self_cash_monthly: usd }),
  tco: fc.record({
    months: fc.integer({ min: 0, max: 60 }),
    api_variable: usd,
    api_fixed: usd,
    self_monthly: usd,
    one_time: usd,
    growth_monthly: share.map((growth) => growth / 10 - 0.05),
    api_decline_annual: share,
  }),
  month_end_from_paths: fc.record({ mtd: usd, remaining_paths: paths, budget: usd }),
  savings_probability: fc.record({ api_month_end_paths: paths, self_monthly: usd, min_pct: share, min_usd: usd }),
  tornado: fc.record({ base: tornadoBase, ranges: tornadoRanges }),
  breakeven_requests: fc.record({ self_fixed: usd, api_fixed: usd, api_unit: unit, self_unit: unit }),
  breakeven_tokens: fc.record({ self_fixed: usd, usd_per_1k_tokens: unit }),
  payback_requests: fc.record({ capex: usd, api_unit: unit, self_variable_unit: unit }),
  stepped_breakeven: fc.record({
    ...load,
    api_unit: unit,
    api_fixed: usd,
    rho: someShare,
    hours_per_month: fc.constantFrom(720, 730),
    throughput_key: fc.constant('some row'),
    min_replicas: replicas,
    replica_monthly: someUsd,
    ops_base: usd,
    ops_per_replica: usd,
    other: usd,
  }),
  capacity: fc.record({
    ...load,
    requests_per_month: count,
    target_utilisation: someShare,
    min_replicas: fc.integer({ min: 0, max: 4 }),
    usd_per_hour_per_replica: price,
    hours_per_month: fc.constantFrom(720, 730),
    throughput_key: fc.constant('some row'),
  }),
  fits: fc.record({ weights_gb: usd, vram_gb_total: usd, usable_share: share }),
  fit_service_time: fc.record({
    rows: fitRows,
    row_fields: fc.constant(['input_len', 'output_len', 'output_tokens_per_s_per_replica']),
  }),
  migrate_now: fc.record({
    days: fc.array(fc.oneof(migrateDay, { arbitrary: goodDay, weight: 3 }), { maxLength: 40 }),
    params: migrateParams,
  }),
  reduction: fc.record({ before: usd, after: usd }),
  combined_reduction: fc.record({ reductions: fc.array(share, { maxLength: 6 }) }),
  compression: fc.record({ share_compressed: share, ratio: someUsd }),
  ratio: fc.record({ a: signed, b: signed }),
  prompt_cache: fc.record({
    n: fc.integer({ min: 1, max: 200 }),
    prefix: tokens,
    dynamic: tokens,
    price,
    discount: share,
    write_premium: share,
  }),
  cache_hit: fc.record({
    hit_rate: share,
    api_variable_usd: usd,
    instances_removed: fc.integer({ min: 0, max: 8 }),
    usd_per_instance: usd,
    self_usd: usd,
  }),
  batching: fc.record({ single_ms: usd, batch_ms: usd, batch: fc.integer({ min: 1, max: 64 }) }),
  routing_savings: fc
    .array(fc.tuple(fc.integer({ min: 1, max: 100 }), unit), { minLength: 1, maxLength: 6 })
    .chain((routes) => fc.tuple(fc.constant(routes), unit))
    .map(([routes, baseline]) => {
      const total = routes.reduce((sum, [weight]) => sum + weight, 0);
      return {
        shares: routes.map(([weight]) => weight / total),
        usd_per_request: routes.map(([, cost]) => cost),
        baseline_usd_per_request: baseline,
      };
    }),
  implied_cost: fc.record({ annual_saving: usd, multiple: usd }),
  implied_tokens: fc.record({ tokens_per_s: usd, seconds: usd }),
  cost_per_quality_point: fc.record({ annual_usd: usd, score: fc.integer({ min: 0, max: 100 }) }),
  decision_tree: fc.record({
    privacy_critical: flag,
    queries_per_month: fc.oneof(count, fc.constantFrom(9999, 10_000, 50_000, 50_001)),
    timeline_months: fc.constantFrom(0, 2.9, 3, 7, 12, 12.1, 24),
    quality: fc.constantFrom('best', 'very_good', 'good_enough'),
    expertise: fc.constantFrom('none', 'some', 'strong'),
    budget: fc.constantFrom('limited_upfront', 'can_invest', 'very_limited'),
  }),
  finetune_decision: fc.record({
    requests_per_month: fc.oneof(count, fc.constantFrom(9999, 10_000, 100_000, 100_001, 1_000_000, 1_000_001)),
    base_accuracy: fc.oneof(share, fc.constantFrom(0.79, 0.8)),
    format_compliance: fc.oneof(share, fc.constantFrom(0.94, 0.95)),
    domain_task: flag,
    consistent_format: flag,
    privacy_required: flag,
  }),
  use_case_recommendation: fc.record({
    use_case: fc.constantFrom('dev_testing', 'low_volume', 'high_volume', 'latency_critical', 'privacy_required'),
    local: fc.option(measured),
    cloud: measured,
  }),
  scenario: fc.record({ scenario: fc.constantFrom('edge', 'production_web', 'cost_sensitive', 'dev_test') }),
  tradeoff_matrix: pairs.chain(([known, scores]) =>
    fc.record({
      scores: fc.constant(toMap(known, scores)),
      priorities: fc.subarray(known),
      priority_weight: fc.integer({ min: 0, max: 5 }),
      other_weight: fc.integer({ min: 0, max: 5 }),
      tie: fc.constantFrom('cloud', 'local', 'tie'),
    }),
  ),
  scoring_matrix: pairs.chain(([known, scores]) =>
    fc.record({
      factors: fc.constant(toMap(known, scores)),
      weights: fc
        .array(usd, { minLength: known.length, maxLength: known.length })
        .map((weights) => toMap(known, weights)),
    }),
  ),
  capability_rank: fc.record({
    models: fc
      .array(fc.record({ provider: fc.constantFrom('local', 'cloud'), score: fc.integer({ min: 1, max: 4 }) }))
      .map((models) => models.map((model, index) => ({ name: `m-${index}`, ...model }))),
    local_only: flag,
  }),
  gpu_count_by_users_legacy: fc.record({
    users: fc.array(
      fc.oneof(fc.integer({ min: 1, max: 12_000 }), fc.constantFrom(10, 50, 100, 150, 500, 1000, 10_000)),
    ),
  }),
  alert_thresholds: fc.record({
    cost_per_query: fc.array(share),
    gpu_util: fc.array(fc.oneof(share, fc.constantFrom(0.75, 0.85))),
    error_rate: fc.array(share),
    rate_limit: fc.array(fc.oneof(share, fc.constantFrom(0.8))),
  }),
};

/** The result of a calculator, whose fields tests know by name. */
export function calculate(fn: string, inputs: Sent) {
  // biome-ignore lint/suspicious/noExplicitAny: assertions judge the fields of each calculator.
  return answerCalculation({ fn, inputs }).result as Readonly<Record<string, any>>;
}

/** Inputs as laws read them: most are numbers; the others are looked at as what they are. */
export type LawInputs = Readonly<Record<string, number>> & { readonly deployment?: string };

/** Checks a law over sound inputs of a calculator and what it answers for them. */
export function holds(fn: string, law: (inputs: LawInputs, result: ReturnType<typeof calculate>) => void): void {
  const sound = SOUND_INPUTS[fn];
  if (sound === undefined) throw new Error(`no sound inputs of ${fn}`);
  fc.assert(fc.property(sound, (inputs) => law(inputs as LawInputs, calculate(fn, inputs))));
}
