import { describe, expect, it } from 'vitest';
import { describeEssence } from '../../../../lib/domain/rules/alert-rule.ts';
import { DEFAULT_RULES } from '../../../../lib/domain/rules/default-rules.ts';
import { parseAlertRule } from '../../../../lib/domain/rules/parse-alert-rule.ts';
import { USD } from '../../../helpers/alert-world.ts';
import { ruleOf } from '../../../helpers/rule-fixtures.ts';

const TAGS = ['cost_center'];
const OWN = { metric: 'error_ratio', threshold: '0.02' };

function faultsOf(json: unknown, before = undefined as ReturnType<typeof ruleOf> | undefined, name = 'own') {
  const result = parseAlertRule(name, json, before, TAGS);
  return 'issues' in result ? result.issues.map(({ field }) => field) : [];
}

describe('a rule in JSON', () => {
  it('needs a metric and a threshold, and has an hour, 100 calls and a warning where it says nothing', () => {
    expect(parseAlertRule('own', OWN, undefined, TAGS)).toEqual(
      ruleOf({ name: 'own', thresholdPico: USD / 50n, minimumCount: 100 }),
    );
    expect(faultsOf({})).toEqual(['metric', 'threshold']);
  });

  it('leaves as it is what it does not name, also of a default', () => {
    const before = DEFAULT_RULES.find(({ name }) => name === 'gpu-idle');
    expect(parseAlertRule('gpu-idle', { threshold: '0.2' }, before, TAGS)).toEqual({
      ...before,
      thresholdPico: USD / 5n,
    });
    expect(parseAlertRule('gpu-idle', { enabled: false, each: null }, before, TAGS)).toEqual({
      ...before,
      isEnabled: false,
      each: null,
    });
  });

  it('may name a tag that the tenant keeps', () => {
    const json = { ...OWN, each: 'tags.cost_center', filter: { 'tags.cost_center': '4711' } };
    expect(faultsOf(json)).toEqual([]);
    expect(faultsOf({ ...OWN, each: 'tags.other', filter: { 'tags.other': 'x' } })).toEqual([
      'filter.tags.other',
      'each',
    ]);
  });
});

describe('a rule that is none', () => {
  it.each([
    [{ metric: 'errors' }, 'metric'],
    [{ comparison: 'over' }, 'comparison'],
    [{ threshold: 0.02 }, 'threshold'],
    [{ threshold: '-1' }, 'threshold'],
    [{ threshold: '1e3' }, 'threshold'],
    [{ threshold: '0.0000000000001' }, 'threshold'],
    [{ threshold: '2.1' }, 'threshold'],
    [{ filter: null }, 'filter'],
    [{ comparison: 'below', threshold: '0' }, 'threshold'],
    [{ window_hours: 0 }, 'window_hours'],
    [{ window_hours: 25 }, 'window_hours'],
    [{ window_hours: 1.5 }, 'window_hours'],
    [{ minimum_count: 0 }, 'minimum_count'],
    [{ minimum_count: '5' }, 'minimum_count'],
    [{ filter: [] }, 'filter'],
    [{ filter: { planet: 'x' } }, 'filter.planet'],
    [{ filter: { app: '' } }, 'filter.app'],
    [{ filter: { app: 'a\nb' } }, 'filter.app'],
    [{ filter: { app: 'x'.repeat(257) } }, 'filter.app'],
    [{ each: 'planet' }, 'each'],
    [{ each: 'user' }, 'each'],
    [{ severity: 'bad' }, 'severity'],
    [{ enabled: 'yes' }, 'enabled'],
    [{ treshold: '0.1' }, 'treshold'],
  ])('is told by its field: %j', (fields, field) => {
    expect(faultsOf({ ...OWN, ...fields })).toEqual([field]);
  });

  it.each(['', 'Upper', '-first', 'a b', 'x'.repeat(65), 'ü'])('is told by its name: %j', (name) => {
    expect(faultsOf(OWN, undefined, name)).toEqual(['name']);
  });

  it('is told of all its faults at once, and of being no object', () => {
    expect(faultsOf({ metric: 'x', window_hours: 0, enabled: 1 })).toEqual([
      'metric',
      'threshold',
      'window_hours',
      'enabled',
    ]);
    for (const json of [null, [], 'rule', 3]) expect(faultsOf(json)).toEqual(['']);
  });

  it('may meet the bounds', () => {
    expect(faultsOf({ ...OWN, window_hours: 24, minimum_count: 1 })).toEqual([]);
    expect(faultsOf({ ...OWN, filter: { app: 'x'.repeat(256) } })).toEqual([]);
    expect(faultsOf(OWN, undefined, 'x'.repeat(64))).toEqual([]);
  });

  // A percentile is a bucket: the first ends at 50 ms and at 1 %, the last begins at 102,400 ms and at 128 %. To break a
  // rule and to be all right again by a tenth, a whole bucket must fit on either side of the threshold.
  it.each([
    ['cost_per_call_usd', 'above', '0', '1000000', '1000000.01'],
    ['error_ratio', 'above', '0', '0.999999999999', '1'],
    ['response_cache_ratio', 'below', '0.000000000001', '1', '1.000000000001'],
    ['gpu_utilisation_ratio', 'above', '0', '0.999999999999', '1'],
    ['latency_p95_ms', 'above', '60', '102399', '102400'],
    ['ttft_p95_ms', 'below', '50', '90000', '90001'],
    ['quota_used_p95_ratio', 'above', '0.02', '1.27', '1.28'],
    ['quota_used_p95_ratio', 'below', '0.01', '1.15', '1.16'],
  ])('on %s %s takes a threshold from %s to %s: beyond, no value could break it or be all right', (...given) => {
    const [metric, comparison, least, most, more] = given;
    for (const threshold of [least, most]) expect(faultsOf({ metric, comparison, threshold })).toEqual([]);
    expect(faultsOf({ metric, comparison, threshold: more })).toEqual(['threshold']);
  });

  it.each([
    ['latency_p95_ms', 'above', '59.9'],
    ['latency_p95_ms', 'below', '49.9'],
    ['quota_used_p95_ratio', 'above', '0.01'],
    ['quota_used_p95_ratio', 'below', '0.009'],
    ['prompt_cache_ratio', 'below', '0'],
  ])('on %s %s does not take %s', (metric, comparison, threshold) => {
    expect(faultsOf({ metric, comparison, threshold })).toEqual(['threshold']);
  });

  it('needs a threshold of its own when its metric has another unit', () => {
    expect(faultsOf({ metric: 'latency_p95_ms' }, ruleOf())).toEqual(['threshold']);
    expect(faultsOf({ metric: 'response_cache_ratio' }, ruleOf())).toEqual([]);
  });

  it('of GPUs knows of deployments alone', () => {
    const json = { metric: 'gpu_utilisation_ratio', threshold: '0.5' };
    expect(faultsOf({ ...json, each: 'deployment', filter: { deployment: 'llama-1' } })).toEqual([]);
    expect(faultsOf({ ...json, each: 'app', filter: { app: 'bot' } })).toEqual(['filter.app', 'each']);
  });
});

describe('what decides the verdicts of a rule', () => {
  it.each([
    { metric: 'response_cache_ratio' as const },
    { comparison: 'below' as const },
    { thresholdPico: 1n },
    { windowHours: 2 },
    { minimumCount: 7 },
    { filter: { team: 'dev', app: 'bot' } },
    { each: 'app' },
  ])('changes with %o', (change) => {
    const rule = ruleOf({ filter: { team: 'cx', app: 'bot' } });
    expect(describeEssence({ ...rule, ...change })).not.toBe(describeEssence(rule));
  });

  it('changes neither with its severity nor with the order of its filter, nor by being switched off', () => {
    const rule = ruleOf({ filter: { team: 'cx', app: 'bot' } });
    const same = { severity: 'critical', isEnabled: false, filter: { app: 'bot', team: 'cx' } } as const;
    expect(describeEssence({ ...rule, ...same })).toBe(describeEssence(rule));
  });
});
