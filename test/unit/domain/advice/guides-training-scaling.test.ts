import { describe, expect, it } from 'vitest';
import { bundledReference } from '../../../../lib/catalog/reference.ts';
import { completeProfile } from '../../../../lib/domain/advice/parse-profile.ts';
import type { AdviceProfile } from '../../../../lib/domain/advice/profile-fields.ts';
import { recommend } from '../../../../lib/domain/advice/recommend.ts';
import { marketOfRelease } from '../../../helpers/advice-market.ts';

const market = marketOfRelease();
const ask = (given: Partial<AdviceProfile>) => recommend(completeProfile(given), market, bundledReference());
const CALLS = { input_tokens_per_request: 500, output_tokens_per_request: 300, requests_per_month: 1_000_000 };

describe("what the guides' systems would say", () => {
  const sayOf = (given: Partial<AdviceProfile>, system: string) =>
    ask(given).guides.find((guide) => guide.system === system);

  it('follows the branches of the decision tree that the profile knows, and names what is missing', () => {
    expect(
      sayOf({ privacy_required: true, requests_per_month: 50_001, team_expertise: 'none' }, 'decision_tree'),
    ).toMatchObject({
      says: { mandatory: 'open_source', volume: 'open_source', expertise: 'api' },
      missing: ['timeline_months', 'quality_need', 'budget_kind'],
    });
  });

  it('sums the trade-off matrix as running its code does, where the guide prints other margins', () => {
    // Local 45 + 10 + 7, cloud 48 + 5 + 10: METHODS 4.1, cloud by 1 where the guide prints local by 2.
    expect(sayOf({ priorities: ['privacy', 'quality'] }, 'trade_off_matrix')?.says).toEqual({
      ...{ answer: 'cloud', local: 62, cloud: 63 },
    });
    expect(sayOf({}, 'trade_off_matrix')).toMatchObject({ says: {}, missing: ['priorities'] });
  });

  it('answers the comparison report with our costs, and with what its code says of them', () => {
    const machine = { self_host_monthly_usd: 57, self_host_requests_per_month: 777_600, min_replicas: 1 };
    // 150,000 calls are 27 USD by the call.
    const report = sayOf(
      { ...CALLS, ...machine, requests_per_month: 150_000, use_case: 'high_volume' },
      'comparison_report',
    );
    expect(report?.says).toMatchObject({ recommendation: 'cloud', legacy: 'local', own_usd: 57, api_usd: 27 });
    expect(sayOf({ use_case: 'latency_critical' }, 'comparison_report')?.missing).toEqual([
      'local_ttft_ms',
      'api_ttft_ms',
    ]);
  });

  it('keeps the tables of GPUs by users as legacy', () => {
    expect(sayOf({ users: 1_000 }, 'gpus_by_users')?.says).toEqual({ calculator_gpus: 15, horizontal_gpus: '8 to 10' });
  });

  it('runs the fine-tuning matrix by its first rule that holds', () => {
    expect(sayOf({ requests_per_month: 1e6 + 1 }, 'fine_tuning_matrix')?.says).toEqual({ approach: 'self_hosted' });
    expect(sayOf({ is_domain_task: true, base_accuracy_ratio: 0.7 }, 'fine_tuning_matrix')?.says).toEqual({
      approach: 'fine_tuning',
    });
    expect(sayOf({}, 'fine_tuning_matrix')).toMatchObject({
      says: {},
      missing: ['privacy_required', 'requests_per_month'],
    });
  });
});

describe('the scoring matrix', () => {
  it.each([
    ['data_privacy', 5, 1],
    ['upfront_budget', 1, 5],
    ['quality_needs', 3, 5],
    ['scale', 5, 2],
    ['team_expertise', 2, 5],
    ['time_to_market', 2, 5],
    ['long_term_cost', 5, 2],
    ['customization', 5, 2],
  ])('has the scores of guide S4 for %s', (factor, openSource, api) => {
    const scoring = ask({ weights: { [factor]: 3 } }).guides.find(({ system }) => system === 'scoring_matrix');
    expect(scoring?.says).toMatchObject({ open_source: openSource, api });
  });
});

describe('training against inference', () => {
  const choiceOf = (given: Partial<AdviceProfile>, method: string) =>
    ask(given).training.choices.find((choice) => choice.method === method);

  it('has LoRA at a hundredth to a tenth of full fine-tuning', () => {
    // 1,000 / 100 to 100,000 / 10
    expect(choiceOf({}, 'lora')).toMatchObject({ one_time_usd: 10, one_time_usd_high: 10_000 });
  });

  it('charges every epoch of the file and the preparation of data', () => {
    // 5M x 3 x 3 USD per 1M = 45, as guide S2 has it, and 955 for the examples
    expect(choiceOf({ training_tokens: 5e6, data_preparation_usd: 955 }, 'supervised')?.one_time_usd).toBe(1_000);
    expect(choiceOf({}, 'supervised')).toMatchObject({ one_time_usd: 1_000, one_time_usd_high: 100_000 });
  });

  it('pays back by spared errors less the double price of the tuned model', () => {
    const given = { ...CALLS, quality_need: 'very_good', training_tokens: 5e6, data_preparation_usd: 9_955 } as const;
    // 1M x 0.1 x 0.02 = 2,000 spared, 180 more for calls: 10,000 / 1,820 = 5.495 months
    const choice = choiceOf({ ...given, error_cost_usd: 0.02, base_accuracy_ratio: 0.7 }, 'supervised');
    expect(choice?.monthly_usd_change).toBeCloseTo(180, 6);
    expect(choice?.payback_months).toBeCloseTo(5.4945, 3);
    // A model that is right in 99 % can win 1 % at most: 200 spared against 180.
    const near = choiceOf({ ...given, error_cost_usd: 0.02, base_accuracy_ratio: 0.99 }, 'supervised');
    expect(near?.payback_months).toBeCloseTo(500, 3);
  });

  it('pays a distillation back whether or not a part of the calls is known to be simple', () => {
    const given = { ...CALLS, quality_need: 'best', requests_per_month: 1_000_000 } as const;
    const paybackOf = (share: number | null) =>
      choiceOf({ ...given, simple_share_ratio: share }, 'distillation')?.payback_months;
    expect(paybackOf(null)).toBeGreaterThan(0);
    expect([paybackOf(0), paybackOf(0.5)]).toEqual([paybackOf(null), paybackOf(null)]);
  });

  it('pays a distillation back by the difference of the two models', () => {
    const given = { ...CALLS, quality_need: 'best', simple_share_ratio: 0.5 } as const;
    // 1M x (0.003625 - 0.00018) = 3,445 a month: 5,000 / 3,445 = 1.451 months
    expect(choiceOf(given, 'distillation')?.payback_months).toBeCloseTo(1.4514, 3);
  });

  it('trains anew at the interval at which training and errors cost least together', () => {
    const given = { ...CALLS, training_tokens: 5e6, data_preparation_usd: 4_955 };
    const { retraining } = ask({ ...given, error_cost_usd: 0.01, drift_ratio_per_month: 0.01 }).training;
    // 1M x 0.01 x 0.01 = 100 a month lost more each month: sqrt(2 x 5,000 / 100) = 10 months at 500 + 500 USD
    expect(retraining).toMatchObject({
      interval_months: 10,
      monthly_usd: 1_000,
      monthly_usd_without: 600,
      pays: false,
    });
    const costAt = (months: number) => 5_000 / months + (100 * months) / 2;
    for (const months of [1, 5, 9.9, 10.1, 20]) expect(costAt(months)).toBeGreaterThan(1_000);
  });
});

describe('ways to grow', () => {
  const strategyOf = (given: Partial<AdviceProfile>, name: string) =>
    ask(given).scaling.find(({ strategy }) => strategy === name);
  const own = { ...CALLS, privacy_required: true } as const;

  it('adds replicas where the peak asks for more than the least', () => {
    expect(strategyOf({ ...own, requests_per_month: 100_000_000 }, 'horizontal')).toMatchObject({ applies: true });
    expect(strategyOf({ ...own, requests_per_month: 1_000 }, 'horizontal')).toMatchObject({ applies: false });
    expect(strategyOf({ privacy_required: true }, 'horizontal')).toMatchObject({ applies: null });
    expect(strategyOf({ gpu_utilisation_ratio: 0.86 }, 'horizontal')).toMatchObject({ applies: true });
    const whyAt = (ratio: number) => strategyOf({ gpu_utilisation_ratio: ratio }, 'horizontal')?.why;
    expect(strategyOf({ gpu_utilisation_ratio: 0.85 }, 'horizontal')).toMatchObject({ applies: false });
    expect([whyAt(0.3), whyAt(0.29)]).toEqual([
      'They run at 30 %: as many as there are will do.',
      'They run at 29 %: take some away.',
    ]);
  });

  it('routes by model only where a part is known to be simple', () => {
    expect(strategyOf({ ...CALLS, quality_need: 'best' }, 'model')).toMatchObject({ applies: null });
    expect(strategyOf({ ...CALLS, quality_need: 'best', simple_share_ratio: 0.8 }, 'model')).toMatchObject({
      applies: true,
    });
    expect(strategyOf({ ...CALLS, quality_need: 'good_enough', simple_share_ratio: 0.8 }, 'model')).toMatchObject({
      applies: false,
    });
  });

  it('leaves peaks to the API where own machines pay at the mean load only', () => {
    const machine = { self_host_monthly_usd: 2_500, self_host_requests_per_month: 500_000, min_replicas: 1 };
    // GPT-5: 3,625 USD. With peaks of 4 two machines are 5,000; at the mean one carries 2M calls for 2,500.
    const given = { ...CALLS, ...machine, quality_need: 'best' } as const;
    expect(strategyOf(given, 'hybrid')).toMatchObject({ applies: true });
    expect(strategyOf({ ...given, self_host_monthly_usd: 4_000 }, 'hybrid')).toMatchObject({ applies: false });
  });

  it('does not call calls and lengths unknown where no machine holds a model that is good enough', () => {
    const calls = { requests_per_month: 1_000_000, input_tokens_per_request: 500, output_tokens_per_request: 300 };
    expect(strategyOf({ ...calls, quality_need: 'best' }, 'hybrid')).toMatchObject({
      applies: false,
      why: 'No open model on a priced machine is good enough and holds such calls.',
    });
    expect(strategyOf({ quality_need: 'best' }, 'hybrid')).toMatchObject({ applies: false });
    expect(strategyOf({ quality_need: 'very_good' }, 'hybrid')).toMatchObject({ applies: null });
  });
});

describe('the phase of a workload', () => {
  it('ends with what is known, not with a month', () => {
    expect(ask({ stage: 'production' }).phase).toBe('start');
    expect(ask({ ...CALLS, stage: 'production' }).phase).toBe('start');
    expect(ask({ ...CALLS, quality_need: 'very_good' }).phase).toBe('evaluate');
    expect(ask({ ...CALLS, quality_need: 'best', simple_share_ratio: 0.8 }).phase).toBe('optimise');
    expect(ask({ ...CALLS, quality_need: 'best', simple_share_ratio: 0.8, stage: 'development' }).phase).toBe('start');
  });
});
