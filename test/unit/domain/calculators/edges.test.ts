import { describe, expect, it } from 'vitest';
import { answerCalculation } from '../../../../lib/domain/calculators/calculators.ts';
import { calculate } from '../../../helpers/calculator-inputs.ts';

describe('results that do not exist', () => {
  it.each([
    ['savings', { api_usd: 0, self_usd: 5 }, { savings_usd: -5, savings_pct_of_api: null, self_premium_pct: -1 }],
    ['savings', { api_usd: 5, self_usd: 0 }, { savings_usd: 5, savings_pct_of_api: 1, self_premium_pct: null }],
    ['payback_months', { one_time: 5, api_monthly: 7, self_cash_monthly: 7 }, { months: null }],
    ['payback_requests', { capex: 1, api_unit: 0.1, self_variable_unit: 0.1 }, { requests: null }],
    ['breakeven_tokens', { self_fixed: 50, usd_per_1k_tokens: 0 }, { tokens_per_month: null }],
    ['breakeven_tokens', { self_fixed: 0, usd_per_1k_tokens: 0 }, { tokens_per_month: 0 }],
    ['breakeven_requests', { self_fixed: 2, api_fixed: 1, api_unit: 0 }, { requests_per_month: null }],
    ['usd_per_million_output', { usd_per_hour: 3, tokens_per_s: 0, utilisation: 1 }, { usd_per_million: null }],
    ['cost_per_quality_point', { annual_usd: 3, score: 0 }, { usd_per_point: null }],
    ['implied_cost', { annual_saving: 3, multiple: 0 }, { implied_cost_usd: null }],
    ['ratio', { a: 3, b: 0 }, { ratio: null }],
    ['reduction', { before: 0, after: 0 }, { reduction_pct: null }],
    ['batching', { single_ms: 0, batch_ms: 0, batch: 1 }, { per_item_ms: 0, savings_pct: null }],
    ['scoring_matrix', { factors: { a: [1, 2] }, weights: { a: 0 } }, { open_source: null, api: null }],
    ['month_end_from_paths', { mtd: 1, remaining_paths: [2] }, { median: 3, p_exceed: null }],
  ])('%s(%j) are null', (fn, inputs, expected) => {
    expect(calculate(fn, inputs)).toMatchObject(expected);
  });

  it('an electricity bill as large as the API bill never pays back', () => {
    // 100 tokens/s x 3,600 x 10 h x 10 days = 36M tokens at 1 USD per 1M: 36 USD
    const inputs = {
      capex: 9,
      tokens_per_s: 100,
      hours_per_day: 10,
      days_per_month: 10,
      share_input: 1,
      pin: 1,
      pout: 9,
    };
    expect(calculate('paper_breakeven_months', { ...inputs, electricity_monthly: 36 })['months']).toBeNull();
    expect(calculate('paper_breakeven_months', { ...inputs, electricity_monthly: 33 })['months']).toBeCloseTo(3, 9);
  });
});

describe('ties', () => {
  it('fits: weights that fill the usable memory fit, though 0.6 x 3 is below 1.8 in binary fractions', () => {
    expect(0.6 * 3 < 1.8).toBe(true);
    expect(calculate('fits', { weights_gb: 1.8, vram_gb_total: 3, usable_share: 0.6 })['fits']).toBe(true);
    expect(calculate('fits', { weights_gb: 21.6, vram_gb_total: 24, usable_share: 0.9 })['fits']).toBe(true);
    expect(calculate('fits', { weights_gb: 21.600001, vram_gb_total: 24, usable_share: 0.9 })['fits']).toBe(false);
  });

  it('savings_probability: a path that saves exactly enough counts', () => {
    // 10 % of 1,010.10 is 101.01; in binary fractions 1,010.10 - 909.09 is a little less than that.
    const asked = { api_month_end_paths: [1010.1], min_pct: 0.1, min_usd: 100 };
    const at = (self: number) => calculate('savings_probability', { ...asked, self_monthly: self })['probability'];
    expect(1010.1 - 909.09 < 0.1 * 1010.1).toBe(true);
    expect(at(909.09)).toBe(1);
    expect(at(909.1)).toBe(0);
  });

  it('capacity: a load that fills three replicas exactly needs three', () => {
    // 0.1 s a call at 0.7 is 7 calls a second; 3 x 7 x 3,600 x 730 calls a month.
    const inputs = {
      tin: 1000,
      tout: 0,
      a: 1e-4,
      b: 0,
      c: 0,
      peak_factor: 1,
      target_utilisation: 0.7,
      min_replicas: 1,
    };
    const replicas = (requests: number) =>
      calculate('capacity', { ...inputs, requests_per_month: requests, usd_per_hour_per_replica: 1 })['replicas'];
    expect(replicas(3 * 7 * 3600 * 730)).toBe(3);
    expect(replicas(3 * 7 * 3600 * 730 + 1000)).toBe(4);
    expect(replicas(0)).toBe(1);
  });

  it('tornado: bars of one length stay in the order given', () => {
    const base = { requests: 1000, tin: 1000, tout: 1000, pin: 1, pout: 1, api_fixed: 0, a: 1e-6, b: 0, c: 0 };
    const rest = { rho: 0.7, peak_factor: 4, min_replicas: 1, usd_per_hour: 1, reserved_discount: 0 };
    const ops = { ops_base: 10, ops_per_replica: 0, other: 10 };
    const ranges = { other: [5, 15], pin: [1, 1], ops_base: [5, 15], rho: [0.5, 0.9] };
    const { order, rows } = calculate('tornado', { base: { ...base, ...rest, ...ops }, ranges });
    expect(order).toEqual(['other', 'ops_base', 'pin', 'rho']);
    expect(rows.map(({ swing }: { swing: number }) => swing)).toEqual([10, 10, 0, 0]);
  });

  it('tradeoff_matrix and use_case_recommendation: equal sums are what `tie` says, equal figures the cloud', () => {
    const weights = { priorities: ['cost'], priority_weight: 2, other_weight: 1 };
    // local 2 x 4 + 6 = 14, cloud 2 x 6 + 2 = 14
    const even = { scores: { cost: [4, 6], privacy: [6, 2] }, ...weights };
    for (const tie of ['cloud', 'local', 'tie']) {
      const expected = { local: 14, cloud: 14, margin: 0, recommendation: tie };
      expect(calculate('tradeoff_matrix', { ...even, tie })).toEqual(expected);
    }
    const same = { ttft_ms: 100, monthly_usd: 50 };
    const answers = ['low_volume', 'high_volume', 'latency_critical', 'dev_testing', 'privacy_required'].map(
      (use_case) => calculate('use_case_recommendation', { use_case, local: same, cloud: same }),
    );
    expect(answers.map(({ recommendation }) => recommendation)).toEqual(['cloud', 'cloud', 'cloud', 'local', 'local']);
    expect(answers.map(({ legacy }) => legacy)).toEqual(['cloud', 'local', 'local', 'local', 'local']);
  });
});

describe('the bounds of the decision tree', () => {
  const profile = { privacy_critical: false, quality: 'best', expertise: 'some', budget: 'very_limited' };
  const branchesAt = (queries_per_month: number, timeline_months: number) =>
    calculate('decision_tree', { ...profile, queries_per_month, timeline_months })['branches'];

  it('belong to the middle: 10,000 to 50,000 queries a month, 3 to 12 months', () => {
    const volumes = [9999, 10_000, 50_000, 50_001].map((queries) => branchesAt(queries, 6).volume);
    expect(volumes).toEqual(['api', 'evaluate', 'evaluate', 'open_source']);
    const timelines = [2.9, 3, 12, 12.1].map((months) => branchesAt(1, months).timeline);
    expect(timelines).toEqual(['api', 'hybrid', 'hybrid', 'open_source']);
    expect(branchesAt(1, 1)).toMatchObject({ quality: 'premium_api', expertise: 'hybrid', budget: 'budget' });
  });
});

describe('what is refused', () => {
  const refused = (fn: string, inputs: Record<string, unknown>) => expect(() => calculate(fn, inputs), fn);

  it('is named with the other input that it contradicts', () => {
    const call = { requests: 1, tin: 10, tout: 0, pin: 1, pout: 1 };
    refused('api_monthly', { ...call, cached: 11 }).toThrow(
      'inputs.cached: expected a number of at most `tin`, 10, not 11',
    );
    const routes = { usd_per_request: [1, 2], baseline_usd_per_request: 1 };
    refused('routing_savings', { ...routes, shares: [0.5, 0.4] }).toThrow(
      'inputs.shares: expected shares that sum to 1',
    );
    refused('routing_savings', { ...routes, shares: [1] }).toThrow('inputs.usd_per_request: expected 1 prices');
    const load = {
      requests_per_month: 1,
      peak_factor: 1,
      target_utilisation: 1,
      min_replicas: 1,
      usd_per_hour_per_replica: 1,
    };
    refused('capacity', { ...load, tin: 0, tout: 0, a: 1, b: 1, c: 1 }).toThrow('inputs.a, b, c');
    const matrix = { priorities: ['speed'], priority_weight: 2, other_weight: 1, tie: 'cloud' };
    refused('tradeoff_matrix', { ...matrix, scores: { cost: [1, 2] } }).toThrow(
      'inputs.priorities[0]: expected a criterion',
    );
    refused('scoring_matrix', { factors: { a: [1, 2] }, weights: {} }).toThrow('inputs.weights.a: expected the weight');
    refused('scoring_matrix', { factors: { a: [1, 2] }, weights: { a: 1, b: 1 } }).toThrow('inputs.weights.b');
  });

  it('names what one kind of deployment needs', () => {
    const asked = { users: 10, queries_per_user_per_day: 1, input_tokens: 1, output_tokens: 1 };
    const api = { deployment: 'api', price_in: 1, price_out: 1, infrastructure: 1, operations: 1 };
    const { operations: _left, ...without } = api;
    expect(calculate('universal_monthly_cost', { ...asked, ...api })['queries_per_month']).toBe(300);
    refused('universal_monthly_cost', { ...asked, ...without }).toThrow('inputs.operations: expected a number where');
    const own = { ...asked, deployment: 'open_source', instances: 1, usd_per_hour: 1, ops_base: 1 };
    refused('universal_monthly_cost', own).toThrow(
      'inputs.ops_per_instance: expected a number where `deployment` is open_source',
    );
  });

  it('names the parameter of a tornado that is none, or that a range takes where it cannot be', () => {
    const base = { requests: 1, tin: 10, tout: 1, pin: 1, pout: 1, api_fixed: 0, a: 1e-6, b: 0, c: 0, cached: 5 };
    const rest = { rho: 0.7, peak_factor: 4, min_replicas: 1, usd_per_hour: 1, reserved_discount: 0 };
    const all = { ...base, ...rest, ops_base: 1, ops_per_replica: 0, other: 1 };
    refused('tornado', { base: all, ranges: { speed: [1, 2] } }).toThrow(
      'inputs.ranges.speed: expected a parameter of',
    );
    refused('tornado', { base: all, ranges: { rho: [0.5, 1.5] } }).toThrow(
      'inputs.ranges.rho: expected each end a number',
    );
    refused('tornado', { base: all, ranges: { tin: [4, 20] } }).toThrow('inputs.ranges.cached');
    refused('tornado', { base: { ...all, cached: 11 }, ranges: {} }).toThrow('inputs.base.cached');
  });
});

describe('figures of the guides, computed right', () => {
  it('three T4 at 2,700 against prices of calls: 66,667, 51,667 reserved, 157,143 and 3.14M calls a month', () => {
    const at = (self_fixed: number, api_unit: number) =>
      Math.round(calculate('breakeven_requests', { self_fixed, api_fixed: 500, api_unit })['requests_per_month']);
    // 2,200 / 0.033, 1,705 / 0.033, 2,200 / 0.014, 2,200 / 0.0007
    expect([at(2700, 0.033), at(2205, 0.033), at(2700, 0.014), at(2700, 0.0007)]).toEqual([
      66_667, 51_667, 157_143, 3_142_857,
    ]);
  });

  const terms70 = { a: 6.862785766e-5, b: 7.097362447e-5, c: 6.835685545e-8, replica_monthly: 4657.4 };
  const terms8 = { a: 1.426355719e-5, b: 1.470564977e-5, c: 2.550336709e-8, replica_monthly: 2401.7 };
  const common = { rho: 0.7, peak_factor: 4, ops_per_replica: 200 };

  it('70B on two H100: never against a model of 0.15 and 0.60, at 886,281 calls against one of 3 and 15', () => {
    const small = {
      api_unit: 0.000255,
      api_fixed: 500,
      tin: 500,
      tout: 300,
      min_replicas: 2,
      ops_base: 500,
      other: 250,
    };
    const never = calculate('stepped_breakeven', { ...common, ...terms70, ...small });
    expect(never).toMatchObject({ first_requests_per_month: null, stable_requests_per_month: null });
    expect(Math.round(never['value_of_full_replica_usd'])).toBe(1701);
    // (2 x 4,857.40 + 2,250) / 0.0135
    const large = { api_unit: 0.0135, api_fixed: 0, tin: 2000, tout: 500, min_replicas: 2, ops_base: 2000, other: 250 };
    const found = calculate('stepped_breakeven', { ...common, ...terms70, ...large });
    expect(Math.round(found['first_requests_per_month'])).toBe(886_281);
  });

  it('8B on one H100 against 0.15 and 0.60: 15.9M calls, 11.1B tokens a month', () => {
    const asked = { api_unit: 0.000195, api_fixed: 0, tin: 500, tout: 200, min_replicas: 1, ops_base: 500, other: 0 };
    const found = calculate('stepped_breakeven', { ...common, ...terms8, ...asked });
    expect(found['first_requests_per_month'] / 1e6).toBeCloseTo(15.9, 1);
    expect(found['tokens_per_month_first'] / 1e9).toBeCloseTo(11.1, 1);
  });

  it('trade-offs: cloud by 6, cloud by 1, cloud by 5, local by 5', () => {
    const scores = {
      cost: [8, 8],
      latency: [9, 6],
      quality: [7, 10],
      privacy: [10, 5],
      scalability: [5, 10],
      simplicity: [6, 9],
    };
    const asked = [
      ['cost', 'simplicity'],
      ['privacy', 'quality'],
      ['scalability', 'latency'],
      ['latency', 'privacy'],
    ];
    const answers = asked.map((priorities) =>
      calculate('tradeoff_matrix', { scores, priorities, priority_weight: 2, other_weight: 1, tie: 'cloud' }),
    );
    expect(answers.map(({ recommendation, margin }) => [recommendation, margin])).toEqual([
      ['cloud', 6],
      // 45 + 10 + 7 = 62 against 48 + 5 + 10 = 63
      ['cloud', 1],
      // 45 + 5 + 9 = 59 against 48 + 10 + 6 = 64
      ['cloud', 5],
      ['local', 5],
    ]);
  });

  it('GPUs by users where the tables end, overlap or leave out a number', () => {
    const users = [1, 50, 51, 150, 151, 300, 301, 500, 501, 1001, 10_000];
    expect(calculate('gpu_count_by_users_legacy', { users })).toEqual({
      calculator: [null, 2, null, null, null, null, null, 8, null, null, 100],
      horizontal: [1, 1, 2, 2, 3, 3, 5, 5, [8, 10], null, null],
    });
  });

  it('three years of 1,980 and 500 a month, API prices halving: 59,580 against 79,380', () => {
    // 12 x 1,980 x (1 + 0.5 + 0.25) + 36 x 500; 36 x 2,205
    const inputs = { months: 36, api_variable: 1980, api_fixed: 500, self_monthly: 2205, one_time: 0 };
    const halved = calculate('tco', { ...inputs, api_decline_annual: 0.5 });
    expect(halved).toEqual({ api_usd: 59_580, self_usd: 79_380, savings_usd: -19_800 });
  });
});

describe('inputs that are large', () => {
  const steps = { api_fixed: 0, tin: 1, tout: 1, b: 0, c: 0, rho: 1, peak_factor: 1, ops_per_replica: 0, other: 0 };

  it('are answered where replicas are too many to be told from one more', () => {
    // One replica serves 3,600 x 730 = 2,628,000 calls and earns 2,628,000 USD; 1e300 USD of operations take 4e293 of them.
    const bills = { ...steps, a: 1, api_unit: 1, min_replicas: 1, replica_monthly: 0, ops_base: 1e300 };
    const found = calculate('stepped_breakeven', bills);
    expect(found['first_requests_per_month']).toBe(1e300);
    expect(found['stable_requests_per_month']).toBe(1e300);
    const many = calculate('stepped_breakeven', { ...bills, ops_base: 1, min_replicas: Number.MAX_SAFE_INTEGER });
    expect(many['first_requests_per_month']).toBe(1);
  });

  it('are weighed in one pass: 50,000 criteria, all of them preferred', () => {
    const names = Array.from({ length: 50_000 }, (_, index) => `criterion ${index}`);
    const scores = Object.fromEntries(names.map((name) => [name, [1, 2]]));
    const inputs = { scores, priorities: names, priority_weight: 2, other_weight: 1, tie: 'tie' };
    expect(calculate('tradeoff_matrix', inputs)).toMatchObject({ local: 100_000, cloud: 200_000 });
  });

  it.each([
    [
      'faults',
      'routing_savings',
      { shares: Array(50_000).fill(''), usd_per_request: [1], baseline_usd_per_request: 1 },
    ],
    [
      'names',
      'tradeoff_matrix',
      { scores: { ['a'.repeat(200_000)]: [1, 'x'] }, priorities: [], priority_weight: 2, other_weight: 1, tie: 'tie' },
    ],
    [
      'factors',
      'scoring_matrix',
      {
        factors: Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`f${n}`, [1, 2]])),
        weights: { other: 1 },
      },
    ],
    ['ranges', 'tornado', { base: {}, ranges: {} }],
  ])('are refused in a short message, however many %s are wrong', (_what, fn, inputs) => {
    let said = '';
    try {
      calculate(fn, inputs);
    } catch (error) {
      said = String(error);
    }
    expect(said).not.toBe('');
    expect(said.length).toBeLessThan(10_000);
  });

  it('are answered with the first hundred names that nothing reads', () => {
    const more = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`unknown_${index}`, 1]));
    const { ignored } = answerCalculation({ fn: 'flat_rate', inputs: { requests: 1, usd_per_request: 1, ...more } });
    expect(ignored).toHaveLength(100);
    expect(ignored[0]).toBe('inputs.unknown_0');
  });
});

it('shares that were rounded to six decimals sum to 1, those rounded to three do not', () => {
  const prices = { usd_per_request: [1, 2, 3], baseline_usd_per_request: 4 };
  // 0.333333 x (1 + 2 + 3) = 1.999998, half of 4
  const thirds = calculate('routing_savings', { ...prices, shares: [0.333333, 0.333333, 0.333333] });
  expect(thirds['savings_pct']).toBeCloseTo(0.5, 5);
  expect(() => calculate('routing_savings', { ...prices, shares: [0.333, 0.333, 0.333] })).toThrow('sum to 1');
});
