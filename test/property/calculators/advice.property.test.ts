import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calculate, holds, SOUND_INPUTS } from '../../helpers/calculator-inputs.ts';
import { expectNear } from '../../helpers/near.ts';

const VOLUMES = ['api', 'evaluate', 'open_source'];
const TIMELINES = ['api', 'hybrid', 'open_source'];

describe('decision_tree', () => {
  it('never goes back towards the API as volume or time grow, and each question has a branch of its own', () => {
    holds('decision_tree', (inputs, { branches, mandatory }) => {
      const { queries_per_month = 0, timeline_months = 0 } = inputs;
      const more = calculate('decision_tree', { ...inputs, queries_per_month: queries_per_month + 5000 })['branches'];
      expect(VOLUMES.indexOf(more.volume)).toBeGreaterThanOrEqual(VOLUMES.indexOf(branches.volume));
      expect({ ...more, volume: branches.volume }).toEqual(branches);
      const longer = calculate('decision_tree', { ...inputs, timeline_months: timeline_months + 3 })['branches'];
      expect(TIMELINES.indexOf(longer.timeline)).toBeGreaterThanOrEqual(TIMELINES.indexOf(branches.timeline));
      expect(mandatory).toBe(inputs['privacy_critical'] ? 'open_source' : null);
    });
  });
});

describe('finetune_decision', () => {
  it('is decided by the first rule that holds, and by the volume where none does', () => {
    holds('finetune_decision', (inputs, { approach }) => {
      const { requests_per_month: requests = 0, base_accuracy = 0, format_compliance = 0 } = inputs;
      const rules = [
        [inputs['privacy_required'], 'self_hosted'],
        [inputs['domain_task'] && base_accuracy < 0.8, 'fine_tuning'],
        [inputs['consistent_format'] && format_compliance < 0.95, 'fine_tuning'],
        [requests > 1_000_000, 'self_hosted'],
        [requests > 100_000, 'api_or_fine_tuning'],
        [requests >= 10_000, 'api_optimised'],
        [true, 'api'],
      ] as const;
      expect(approach).toBe(rules.find(([isSo]) => isSo)?.[1]);
    });
  });
});

describe('use_case_recommendation', () => {
  it('goes to the cheaper or the faster side where that decides, to the cloud on a tie, and nowhere without a model', () => {
    const sound = SOUND_INPUTS['use_case_recommendation'] ?? fc.constant({});
    interface Way {
      readonly ttft_ms: number;
      readonly monthly_usd: number;
    }
    fc.assert(
      fc.property(sound, (inputs) => {
        const { recommendation, legacy, warning } = calculate('use_case_recommendation', inputs);
        const { use_case: useCase, local, cloud } = inputs as { use_case: string; local: Way | null; cloud: Way };
        const deciding: Readonly<Record<string, keyof Way>> = {
          latency_critical: 'ttft_ms',
          high_volume: 'monthly_usd',
          low_volume: 'monthly_usd',
        };
        const figure = deciding[useCase];
        const wins = local !== null && (figure === undefined || local[figure] < cloud[figure]);
        expect(recommendation).toBe(wins ? 'local' : 'cloud');
        const legacyWins = local !== null && (useCase !== 'low_volume' || local.monthly_usd < cloud.monthly_usd);
        expect(legacy).toBe(legacyWins ? 'local' : 'cloud');
        expect(warning).toBe(useCase === 'privacy_required' && local === null ? 'privacy' : null);
      }),
    );
  });
});

describe('scenario', () => {
  it('names something else for every scenario', () => {
    const all = ['edge', 'production_web', 'cost_sensitive', 'dev_test'];
    const named = all.map((scenario) => calculate('scenario', { scenario })['recommended']);
    expect(named).toEqual(['TinyLlama', 'OpenAI API', 'Gemini API', 'TinyLlama, then cloud APIs']);
  });
});

type Pairs = Readonly<Record<string, readonly [number, number]>>;

describe('tradeoff_matrix', () => {
  it('does not care for the order of criteria, nor for a priority named twice', () => {
    holds('tradeoff_matrix', (inputs, result) => {
      const scores = Object.fromEntries(Object.entries(inputs['scores'] as unknown as Pairs).toReversed());
      const priorities = inputs['priorities'] as unknown as readonly string[];
      const twice = [...priorities, ...priorities];
      expect(calculate('tradeoff_matrix', { ...inputs, scores, priorities: twice })).toEqual(result);
    });
  });

  it('recommends the other side when the sides are swapped, and what `tie` says when they are equal', () => {
    holds('tradeoff_matrix', (inputs, { local, cloud, margin, recommendation }) => {
      const scores = Object.entries(inputs['scores'] as unknown as Pairs).map(([name, [a, b]]) => [name, [b, a]]);
      const swapped = calculate('tradeoff_matrix', { ...inputs, scores: Object.fromEntries(scores) });
      expect(swapped).toMatchObject({ local: cloud, cloud: local, margin });
      expect(margin).toBe(Math.max(local, cloud) - Math.min(local, cloud));
      const winner = local > cloud ? 'local' : 'cloud';
      expect(recommendation).toBe(margin === 0 ? inputs['tie'] : winner);
      if (margin > 0) expect(swapped['recommendation']).not.toBe(recommendation);
    });
  });
});

describe('scoring_matrix', () => {
  it('does not care what the weights sum to, and lies within the scores', () => {
    holds('scoring_matrix', (inputs, { open_source, api }) => {
      const weights = Object.entries(inputs['weights'] as unknown as Readonly<Record<string, number>>);
      const tripled = Object.fromEntries(weights.map(([name, weight]) => [name, 3 * weight]));
      const same = calculate('scoring_matrix', { ...inputs, weights: tripled });
      const weighs = weights.some(([, weight]) => weight > 0);
      expect(open_source === null || api === null).toBe(!weighs);
      if (!weighs) return;
      expectNear(same['open_source'], open_source);
      expectNear(same['api'], api);
      const scores = Object.values(inputs['factors'] as unknown as Pairs).map(([score]) => score);
      expect(open_source).toBeGreaterThanOrEqual(Math.min(...scores) - 1e-9);
      expect(open_source).toBeLessThanOrEqual(Math.max(...scores) + 1e-9);
    });
  });
});

describe('capability_rank', () => {
  it('keeps every model that counts once, best first and equal ones as they came', () => {
    interface Model {
      readonly name: string;
      readonly provider: string;
      readonly score: number;
    }
    holds('capability_rank', (inputs, { order }) => {
      const models = inputs['models'] as unknown as readonly Model[];
      const counting = models.filter(({ provider }) => !inputs['local_only'] || provider === 'local');
      // Scores are 1 to 4: those of each, from the best on, as they came.
      const expected = [4, 3, 2, 1].flatMap((score) => counting.filter((model) => model.score === score));
      expect(order).toEqual(expected.map(({ name }) => name));
    });
  });
});

describe('gpu_count_by_users_legacy', () => {
  it('answers each number of users by itself, and never fewer GPUs for more users', () => {
    holds('gpu_count_by_users_legacy', (inputs, { calculator, horizontal }) => {
      const users = inputs['users'] as unknown as readonly number[];
      const single = users.map((count) => calculate('gpu_count_by_users_legacy', { users: [count] }));
      expect(calculator).toEqual(single.map((answer) => answer['calculator'][0]));
      expect(horizontal).toEqual(single.map((answer) => answer['horizontal'][0]));
      const least = users.map((count, at) => [count, [horizontal[at] ?? 11].flat()[0] ?? 0] as const);
      const sorted = least.toSorted(([a], [b]) => a - b).map(([, gpus]) => gpus);
      expect(sorted).toEqual(sorted.toSorted((a, b) => a - b));
    });
  });
});

describe('alert_thresholds', () => {
  it('tells of no value that is at most one of which it is silent', () => {
    holds('alert_thresholds', (inputs, result) => {
      const asked = [
        ['cost_per_query', 'cost_per_query_over_0.05', 0.05],
        ['gpu_util', 'gpu_over_0.85', 0.85],
        ['gpu_util', 'gpu_over_0.75', 0.75],
        ['error_rate', 'error_over_0.01', 0.01],
        ['rate_limit', 'rate_limit_over_0.80', 0.8],
      ] as const;
      for (const [field, name, threshold] of asked) {
        const values = inputs[field] as unknown as readonly number[];
        const told = values.filter((_value, at) => result[name][at]);
        const silent = values.filter((_value, at) => !result[name][at]);
        expect(result[name]).toHaveLength(values.length);
        expect(Math.max(...silent, 0)).toBeLessThanOrEqual(threshold);
        expect(Math.min(...told, 2)).toBeGreaterThan(threshold);
      }
    });
  });
});
