import { describe, expect, it } from 'vitest';
import { latencyBucket, type Measures, quotaBucket } from '../../../../lib/contracts/measures.ts';
import type { AlertRule } from '../../../../lib/domain/rules/alert-rule.ts';
import { DEFAULT_RULES } from '../../../../lib/domain/rules/default-rules.ts';
import { judgeRule, type RuleFacts } from '../../../../lib/domain/rules/judge-rule.ts';
import { NOON_MS, USD } from '../../../helpers/alert-world.ts';
import { factsOf, HOUR_MS, rowOf, ruleOf } from '../../../helpers/rule-fixtures.ts';

/** What one window that ends at noon says of a rule without `each`. */
function judge(rule: AlertRule, facts: RuleFacts) {
  const { looks } = judgeRule(rule, facts, NOON_MS);
  expect(looks).toHaveLength(1);
  const [look] = looks;
  if (!look) throw new Error('there is no look');
  return { verdict: look.verdict, ...look.evidence };
}

const judgeRow = (rule: AlertRule, measures: Measures) => judge(rule, factsOf([rowOf(measures)]));

describe('the share of failed calls', () => {
  it('is exact, and a share of exactly the threshold is not above it', () => {
    // 3 / 300 = 1 %; 4 / 300 = 1.33 %; 3 / 301 = 0.997 %
    expect(judgeRow(ruleOf(), { calls: 300n, errors: 3n })).toMatchObject({ verdict: 'between', low: '0.01' });
    expect(judgeRow(ruleOf(), { calls: 300n, errors: 4n })).toMatchObject({
      verdict: 'breach',
      low: '0.013333333333',
      high: '0.013333333333',
      count: '300',
    });
    expect(judgeRow(ruleOf(), { calls: 301n, errors: 3n }).verdict).toBe('between');
  });

  it('is decided by the fraction and not by its decimal text', () => {
    // 100 000 000 001 / 10 000 000 000 000 = 1.00000000001 %, which is 0.0100000000001: rounded to 12 digits it is 0.01.
    const measures = { calls: 10_000_000_000_000n, errors: 100_000_000_001n };
    expect(judgeRow(ruleOf(), measures)).toMatchObject({ verdict: 'breach', low: '0.01' });
  });

  it('is all right again a tenth below the threshold', () => {
    // 0.9 % is a tenth below 1 %.
    expect(judgeRow(ruleOf(), { calls: 1_000n, errors: 9n }).verdict).toBe('clear');
    expect(judgeRow(ruleOf(), { calls: 10_000n, errors: 91n }).verdict).toBe('between');
    expect(judgeRow(ruleOf(), { calls: 100n }).verdict).toBe('clear');
  });

  it('is not judged on too few calls: one failed call of three is no rate', () => {
    expect(judgeRow(ruleOf(), { calls: 3n, errors: 1n })).toMatchObject({ verdict: 'too_few', low: '0.333333333333' });
    expect(judgeRow(ruleOf(), { calls: 99n, errors: 99n }).verdict).toBe('too_few');
    expect(judgeRow(ruleOf(), { calls: 100n, errors: 100n }).verdict).toBe('breach');
  });

  it('is unknown and not zero where there are no calls', () => {
    expect(judge(ruleOf(), factsOf([]))).toEqual({ verdict: 'no_data' });
  });
});

describe('cost per call', () => {
  const rule = ruleOf({ metric: 'cost_per_call_usd', threshold: '0.05' });

  it('is the cost of priced calls over their number, and names the largest shares', () => {
    // $9 + $3 over 150 + 50 calls = $0.06
    const facts = factsOf([
      rowOf({ calls: 150n, cost: 9n * USD }, { app: 'bot' }),
      rowOf({ calls: 50n, cost: 3n * USD }, { app: 'mail' }),
    ]);
    expect(judge(rule, facts)).toMatchObject({
      ...{ verdict: 'breach', low: '0.06', high: '0.06', count: '200', lackingPrice: [] },
      ...{ dimension: 'app', by: 'cost_usd' },
      contributors: [
        { value: 'bot', amount: '9' },
        { value: 'mail', amount: '3' },
      ],
    });
  });

  it('leaves calls without a price out of both sides and says how many', () => {
    // $12 over 300 calls would be $0.04; 100 of them have no price, so it is $12 over 200.
    const measures = { calls: 300n, cost: 12n * USD, unpriced: 60n, unpriced_unit: 40n, partially_priced: 5n };
    expect(judgeRow(rule, measures)).toMatchObject({
      verdict: 'breach',
      low: '0.06',
      lackingPrice: [
        { reason: 'unpriced', count: '60' },
        { reason: 'unpriced_unit', count: '40' },
        { reason: 'partially_priced', count: '5' },
      ],
    });
    expect(judgeRow(rule, { calls: 300n, unpriced: 300n }).verdict).toBe('no_data');
  });

  it('is not lowered by a credit, which is no call', () => {
    const credit = rowOf({ cost: -11n * USD }, { model: 'credit', operation: 'credit' });
    expect(judge(rule, factsOf([rowOf({ calls: 200n, cost: 12n * USD }), credit]))).toMatchObject({ low: '0.06' });
  });
});

describe('cache rates', () => {
  const prompt = ruleOf({ metric: 'prompt_cache_ratio', comparison: 'below', threshold: '0.1' });
  const response = ruleOf({ metric: 'response_cache_ratio', comparison: 'below', threshold: '0.1' });

  it('are tokens read over tokens sent, and hits over calls', () => {
    // 99 / 1 000 = 9.9 % < 10 %; 11 % is a tenth better than 10 %
    const tokens = (read: bigint) => ({ calls: 100n, input_tokens: 1_000n, cache_read_tokens: read });
    expect(judgeRow(prompt, tokens(99n))).toMatchObject({ verdict: 'breach', low: '0.099', high: '0.099' });
    expect(judgeRow(prompt, tokens(100n)).verdict).toBe('between');
    expect(judgeRow(prompt, tokens(110n)).verdict).toBe('clear');
    // 19 / 200 = 9.5 %
    expect(judgeRow(response, { calls: 200n, cache_hits: 19n })).toMatchObject({ verdict: 'breach', low: '0.095' });
  });

  it('are unknown and not zero where no cache is in use', () => {
    expect(judgeRow(prompt, { calls: 100n, input_tokens: 1_000n }).verdict).toBe('no_data');
    expect(judgeRow(response, { calls: 100n }).verdict).toBe('no_data');
    // What is written and never read is a cache that does not work.
    const written = { calls: 100n, input_tokens: 1_000n, cache_write_5m_tokens: 500n };
    expect(judgeRow(prompt, written)).toMatchObject({ verdict: 'breach', low: '0' });
  });

  it('are all right again half way to 1 where a tenth more would be beyond it', () => {
    // A tenth above 95 % is 104.5 %, which nobody reaches: half way to 100 % is 97.5 %. For 80 %, it is 88 % and not 90 %.
    const high = { ...response, thresholdPico: (USD * 95n) / 100n };
    const hits = (count: bigint) => ({ calls: 1_000n, cache_hits: count });
    expect(judgeRow(high, hits(974n)).verdict).toBe('between');
    expect(judgeRow(high, hits(975n)).verdict).toBe('clear');
    expect(judgeRow({ ...response, thresholdPico: (USD * 80n) / 100n }, hits(880n)).verdict).toBe('clear');
    expect(judgeRow({ ...response, thresholdPico: USD }, hits(1_000n)).verdict).toBe('clear');
  });

  it('name whose prompts were not cached', () => {
    const facts = factsOf([
      rowOf({ calls: 60n, input_tokens: 900n, cache_read_tokens: 10n }, { app: 'bot' }),
      rowOf({ calls: 40n, input_tokens: 100n, cache_read_tokens: 80n }, { app: 'mail' }),
    ]);
    expect(judge(prompt, facts)).toMatchObject({
      by: 'uncached_input_tokens',
      contributors: [
        { value: 'bot', amount: '890' },
        { value: 'mail', amount: '20' },
      ],
    });
  });
});

describe('percentiles', () => {
  const latency = ruleOf({ metric: 'latency_p95_ms', threshold: '60000' });
  const withLatencies = (fastMs: number, slowMs: number, slow: bigint) => {
    const buckets = new Map([[latencyBucket(fastMs), 100n - slow]]);
    buckets.set(latencyBucket(slowMs), slow + (buckets.get(latencyBucket(slowMs)) ?? 0n));
    return factsOf([rowOf({ calls: 100n }, {}, { histograms: { latency_ms: buckets } })]);
  };

  it('are the bounds of the bucket that holds them, the 95th of 100 calls', () => {
    // Buckets double every second one: 800 ms is 50 x 2^4, so 840 ms lies from 800 to 50 x 2^4.5 = 1 131.371 ms.
    expect(judge(latency, withLatencies(840, 90_000, 5n))).toMatchObject({
      ...{ verdict: 'clear', low: '800', high: '1131.371', count: '100', by: 'calls_as_high' },
    });
    // With six slow calls the 95th is one of them: 90 s lies from 50 x 2^10.5 ms to 50 x 2^11.
    expect(judge(latency, withLatencies(840, 90_000, 6n))).toMatchObject({
      ...{ verdict: 'breach', low: '72407.734', high: '102400', contributors: [{ value: 'm-1', amount: '6' }] },
    });
  });

  it('are told of only where all of the bucket is above the threshold', () => {
    // 60 s lies from 51.2 s to 72.4 s: it may be above the threshold or not.
    expect(judge(latency, withLatencies(60_000, 60_000, 0n))).toMatchObject({ verdict: 'between', low: '51200' });
    expect(judge(latency, withLatencies(50_000, 50_000, 0n)).verdict).toBe('clear');
  });

  it('have no upper bound in the last bucket', () => {
    expect(judge(latency, withLatencies(200_000, 200_000, 0n))).toMatchObject({ low: '102400', high: null });
  });

  it('are of the calls that reported a latency, and unknown where none did', () => {
    const histograms = { latency_ms: new Map([[latencyBucket(90_000), 40n]]) };
    expect(judge(latency, factsOf([rowOf({ calls: 500n }, {}, { histograms })])).verdict).toBe('too_few');
    expect(judgeRow(latency, { calls: 500n }).verdict).toBe('no_data');
  });

  it('of quota use are whole percents, and 80 % itself is not above 80 %', () => {
    const quota = ruleOf({ metric: 'quota_used_p95_ratio', threshold: '0.8', minimumCount: 20 });
    const used = (ratio: number) => {
      const histograms = { quota_used_percent: new Map([[quotaBucket(ratio), 20n]]) };
      return judge(quota, factsOf([rowOf({ calls: 20n }, {}, { histograms })]));
    };
    expect(used(0.8)).toMatchObject({ verdict: 'between', low: '0.8', high: '0.81' });
    expect(used(0.81)).toMatchObject({ verdict: 'breach', low: '0.81', high: '0.82' });
    // Below 72 % it is certain to be a tenth below 80 %.
    expect(used(0.719)).toMatchObject({ verdict: 'clear', low: '0.71', high: '0.72' });
    expect(used(0.72).verdict).toBe('between');
    expect(used(2)).toMatchObject({ verdict: 'breach', low: '1.28', high: null });
  });
});

describe('GPU utilisation', () => {
  const idle = ruleOf({
    ...{ metric: 'gpu_utilisation_ratio', comparison: 'below', threshold: '0.3', windowHours: 2, minimumCount: 4 },
    each: 'deployment',
  });
  const hour = (hoursBack: number, ratios: readonly number[], deployment = 'llama-1') => ({
    ...{ deployment, hourMs: NOON_MS - hoursBack * HOUR_MS, ratios },
  });

  it('is the mean of the samples of the window', () => {
    // (0.2 + 0.4 + 0.25 + 0.31) / 4 = 0.29
    const { looks } = judgeRule(idle, factsOf([], [hour(2, [0.2, 0.4]), hour(1, [0.25, 0.31])]), NOON_MS);
    expect(looks).toMatchObject([
      { key: 'llama-1', verdict: 'breach', evidence: { low: '0.29', high: '0.29', count: '4', dimension: null } },
    ]);
  });

  it('is unknown where an hour of the window has no sample, and where there is none at all', () => {
    const { looks } = judgeRule(idle, factsOf([], [hour(1, [0, 0, 0, 0, 0])]), NOON_MS);
    expect(looks).toEqual([{ key: 'llama-1', verdict: 'no_data', evidence: null }]);
    expect(judgeRule(idle, factsOf([]), NOON_MS).looks).toEqual([]);
  });

  it('of exactly the threshold is not below it, nor are samples of another time or deployment in it', () => {
    const samples = [hour(3, [0, 0, 0]), hour(2, [0.3, 0.3]), hour(1, [0.3, 0.3]), hour(0, [0, 0])];
    const facts = factsOf([], [...samples, hour(1, [0.9, 0.9], 'other'), hour(2, [0.9, 0.9], 'other')]);
    const { looks } = judgeRule(idle, facts, NOON_MS);
    expect(looks.map(({ key, verdict }) => [key, verdict])).toEqual([
      ['llama-1', 'between'],
      ['other', 'clear'],
    ]);
    expect(judgeRule({ ...idle, filter: { deployment: 'other' } }, facts, NOON_MS).looks).toHaveLength(1);
    // All together: (4 x 0.3 + 4 x 0.9) / 8 = 0.6
    expect(judge({ ...idle, each: null }, facts)).toMatchObject({ low: '0.6', count: '8' });
  });
});

describe('the window', () => {
  it('is complete hours up to its end and nothing else', () => {
    const rule = ruleOf({ windowHours: 2 });
    const facts = factsOf([0, 1, 2, 3].map((hoursBack) => rowOf({ calls: 100n, errors: 10n }, {}, { hoursBack })));
    expect(judge(rule, facts)).toMatchObject({
      count: '200',
      window: { startMs: NOON_MS - 2 * HOUR_MS, endMs: NOON_MS },
    });
  });

  it('sums an hour that local midnight cut in two', () => {
    const halves = factsOf([rowOf({ calls: 60n, errors: 1n }), rowOf({ calls: 60n, errors: 2n })]);
    expect(judge(ruleOf(), halves)).toMatchObject({ verdict: 'breach', low: '0.025', count: '120' });
  });
});

describe('each value by itself', () => {
  const rule = ruleOf({ each: 'app' });

  it('has its own verdict, also the calls that named none', () => {
    const facts = factsOf([
      rowOf({ calls: 1_000n }, { app: 'bot' }),
      rowOf({ calls: 200n, errors: 100n }, { app: 'mail' }),
      rowOf({ calls: 150n, errors: 100n }),
    ]);
    const { looks, keysLeftOut } = judgeRule(rule, facts, NOON_MS);
    expect(looks.map(({ key, verdict }) => [key, verdict])).toEqual([
      ['bot', 'clear'],
      ['mail', 'breach'],
      [null, 'breach'],
    ]);
    expect(keysLeftOut).toBe(0);
    // Who is judged by app is told which models.
    expect(looks[1]?.evidence).toMatchObject({ dimension: 'model', contributors: [{ value: 'm-1', amount: '100' }] });
  });

  it('is one of twenty at most, those with the most calls, and one that is watched in any case', () => {
    const rows = Array.from({ length: 25 }, (_, index) => rowOf({ calls: 200n + BigInt(index) }, { app: `a${index}` }));
    const { looks, keysLeftOut } = judgeRule(rule, factsOf(rows), NOON_MS);
    expect(looks.map(({ key }) => key)).toEqual(Array.from({ length: 20 }, (_, index) => `a${24 - index}`));
    expect(keysLeftOut).toBe(5);
    const watched = judgeRule(rule, factsOf(rows), NOON_MS, new Set(['a0']));
    expect(watched.looks).toHaveLength(20);
    expect(watched.looks[0]?.key).toBe('a0');
    expect(watched.keysLeftOut).toBe(5);
  });

  it('is chosen by name among those with as many calls, in whatever order they are read', () => {
    const rows = Array.from({ length: 25 }, (_, index) => rowOf({ calls: 200n }, { app: `a${10 + index}` }));
    const expected = Array.from({ length: 20 }, (_, index) => `a${10 + index}`);
    for (const read of [rows, rows.toReversed()])
      expect(judgeRule(rule, factsOf(read), NOON_MS).looks.map(({ key }) => key)).toEqual(expected);
  });

  it('may be of a tag, within a filter', () => {
    const facts = factsOf([
      rowOf({ calls: 200n, errors: 10n }, { team: 'cx', tag1: '4711' }),
      rowOf({ calls: 200n, errors: 10n }, { team: 'cx', tag1: '4720' }),
      rowOf({ calls: 200n, errors: 10n }, { team: 'dev', tag1: '4735' }),
    ]);
    const { looks } = judgeRule(ruleOf({ each: 'tags.cost_center', filter: { team: 'cx' } }), facts, NOON_MS);
    expect(looks.map(({ key }) => key)).toEqual(['4711', '4720']);
    expect(judgeRule(ruleOf({ each: 'tags.unknown' }), facts, NOON_MS).looks).toEqual([]);
  });
});

it('the defaults are the thresholds of the design, and each is told of beyond it only', () => {
  const byName = new Map(DEFAULT_RULES.map((rule) => [rule.name, rule]));
  const threshold = (name: string) => [byName.get(name)?.comparison, byName.get(name)?.thresholdPico];
  expect(threshold('cost-per-call')).toEqual(['above', USD / 20n]);
  expect(threshold('error-rate')).toEqual(['above', USD / 100n]);
  expect(threshold('quota-use')).toEqual(['above', (USD * 80n) / 100n]);
  expect(threshold('gpu-busy')).toEqual(['above', (USD * 85n) / 100n]);
  expect(threshold('gpu-idle')).toEqual(['below', (USD * 30n) / 100n]);
  expect(byName.get('gpu-idle')?.windowHours).toBe(2);
  expect([...byName.keys()]).toEqual(expect.arrayContaining(['latency-p95', 'prompt-cache']));
});
