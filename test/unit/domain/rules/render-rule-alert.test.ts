import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import schema from '../../../../lib/contracts/alert.schema.json' with { type: 'json' };
import { latencyBucket, type Measures } from '../../../../lib/contracts/measures.ts';
import { type AlertRule, RULE_METRICS } from '../../../../lib/domain/rules/alert-rule.ts';
import { judgeRule, type RuleFacts } from '../../../../lib/domain/rules/judge-rule.ts';
import { renderRuleAlert } from '../../../../lib/domain/rules/render-rule-alert.ts';
import { stepFiring } from '../../../../lib/domain/rules/rule-firing.ts';
import { NOON_MS, USD } from '../../../helpers/alert-world.ts';
import { factsOf, HOUR_MS, rowOf, ruleOf } from '../../../helpers/rule-fixtures.ts';

const golden = (name: string) => new URL(`../../../fixtures/golden/${name}`, import.meta.url).pathname;

const validate = (() => {
  const ajv = new Ajv2020({ strict: true, strictRequired: false });
  addFormats.default(ajv);
  return ajv.compile(schema);
})();

/** The alert of a rule that is broken at noon, five minutes later. */
function renderFiring(rule: AlertRule, facts: RuleFacts) {
  const [look] = judgeRule(rule, facts, NOON_MS).looks;
  const asOfMs = NOON_MS + 300_000;
  const firing = look && stepFiring(rule, undefined, look, NOON_MS, asOfMs);
  if (!firing) throw new Error('the rule is not broken');
  const facing = { alertId: '0123456789abcdef0123456789abcdef', tenant: 'acme', timeZone: 'Europe/Berlin' };
  return { ...facing, rule, firing, asOfMs, apiUrl: 'https://ledger.example' };
}

/** 24 + 96 of 1,200 calls of a team failed: 10 %. */
const FAILING = factsOf([
  rowOf({ calls: 400n, errors: 24n }, { team: 'cx', app: 'mail' }),
  rowOf({ calls: 800n, errors: 96n }, { team: 'cx', app: 'support-bot' }),
]);
const OF_TEAM = ruleOf({ each: 'team', severity: 'critical' });

/** The 95th of 1,000 calls took 72.4 to 102.4 s. */
const SLOW = factsOf([
  rowOf(
    { calls: 1_000n },
    { app: 'report-writer' },
    {
      histograms: {
        latency_ms: new Map([
          [latencyBucket(900), 900n],
          [latencyBucket(80_000), 100n],
        ]),
      },
    },
  ),
]);

describe('a value for people', () => {
  const measured = (rule: AlertRule, calls: bigint, measures: Measures) =>
    renderRuleAlert(renderFiring(rule, factsOf([rowOf({ calls, ...measures })]))).subject;

  it('is never rounded to the limit that it is beyond', () => {
    // 10,001 of 1,000,000 calls = 1.0001 %, which is 1 % to two decimals.
    expect(measured(ruleOf(), 1_000_000n, { errors: 10_001n })).toContain('calls 1.0001 %, limit 1 %');
    // 1 of 3 calls = 33.333 %
    expect(measured(ruleOf({ threshold: '0.3333', minimumCount: 1 }), 3n, { errors: 1n })).toContain(
      'calls 33.333 %, limit 33.33 %',
    );
    const cost = ruleOf({ metric: 'cost_per_call_usd', threshold: '0.05' });
    // $50.00004 over 1,000 calls = $0.05000004
    expect(measured(cost, 1_000n, { cost: 50n * USD + USD / 25_000n })).toContain('call $0.05000004, limit $0.05');
  });

  it('is never nothing where there is something', () => {
    // $0.0000004 a call, as embeddings cost
    const cheap = ruleOf({ metric: 'cost_per_call_usd', threshold: '0.0000001' });
    expect(measured(cheap, 1_000n, { cost: USD / 2_500n })).toContain('call $0.0000004, limit $0.0000001');
  });
});

describe('the alert of a rule', () => {
  it('is as people read it', async () => {
    const { text, subject, sms } = renderRuleAlert(renderFiring(OF_TEAM, FAILING));
    await expect(`${subject}\n\n${text}\n${sms}\n`).toMatchFileSnapshot(golden('operational.txt'));
  });

  it('is as programs read it, by the published schema', async () => {
    const { data } = renderRuleAlert(renderFiring(OF_TEAM, FAILING));
    await expect(`${JSON.stringify(data, null, 2)}\n`).toMatchFileSnapshot(golden('operational.json'));
    expect(validate(data) || validate.errors).toBe(true);
  });

  it('names a percentile by the bounds that the histogram leaves', () => {
    const rule = ruleOf({ name: 'latency-p95', metric: 'latency_p95_ms', threshold: '60000', each: 'model' });
    const { text, data } = renderRuleAlert(renderFiring(rule, SLOW));
    expect(text).toContain('Measured: at least 72,407 ms and below 102,400 ms, of 1,000 calls\n');
    expect(text).toContain('told of when above 60000 ms over a complete hour with 100 calls or more\n');
    expect(data).toMatchObject({ operational: { low: '72407.734', high: '102400', key: 'm-1' } });
  });

  it('says how many calls its cost leaves out', () => {
    const rule = ruleOf({ name: 'cost-per-call', metric: 'cost_per_call_usd', threshold: '0.05' });
    // $12 over 200 of 1,500 calls = $0.06
    const facts = factsOf([rowOf({ calls: 1_500n, cost: 12n * USD, unpriced: 1_300n }, { app: 'bot' })]);
    const { text, data } = renderRuleAlert(renderFiring(rule, facts));
    expect(text).toContain('Measured: $0.06, of 200 calls\n');
    expect(text).toContain('; incomplete, calls that lack a price: 1,300 unpriced; calls of that time');
    expect(data).toMatchObject({ complete: false, incomplete_reasons: [{ reason: 'unpriced', count: 1_300 }] });
    expect(validate(data) || validate.errors).toBe(true);
  });

  it('keeps what senders name to its line', () => {
    const evil = 'a\nLimit: none\u202e';
    const rows = [rowOf({ calls: 200n, errors: 100n }, { team: evil, app: evil })];
    const { text, subject, about } = renderRuleAlert(renderFiring(OF_TEAM, factsOf(rows)));
    expect(text).not.toContain('\nLimit: none');
    expect(text).not.toContain('\u202e');
    expect(subject).toMatch(/^[ -~]{1,99}$/);
    expect(about).toEqual([`rule:error-rate:${evil}`]);
  });

  it('names what it is about to filters and to who snoozes it', () => {
    const message = renderRuleAlert(renderFiring({ ...OF_TEAM, filter: { environment: 'prod' } }, prod(FAILING)));
    expect(message.attributes).toEqual({
      ...{ tenant: 'acme', kind: 'operational', severity: 'critical', rule: 'error-rate' },
      ...{ team: 'cx', environment: 'prod', alert_id: '0123456789abcdef0123456789abcdef' },
    });
    expect(message.about).toEqual(['rule:error-rate:cx']);
    const whole = renderRuleAlert(renderFiring(ruleOf(), FAILING));
    expect(whole.about).toEqual(['rule:error-rate:']);
    expect(whole.attributes).not.toHaveProperty('team');
  });

  it('fits its bounds at the longest names', () => {
    const rule = ruleOf({ name: 'n'.repeat(64), each: 'team' });
    const rows = [rowOf({ calls: 200n, errors: 100n }, { team: 'ü'.repeat(64) })];
    const { subject, sms } = renderRuleAlert(renderFiring(rule, factsOf(rows)));
    expect(subject.length).toBeLessThanOrEqual(99);
    expect(sms.length).toBeLessThanOrEqual(140);
  });
});

describe('the alert that a rule is all right again', () => {
  it('is for information, and says since when it was not', async () => {
    const facts = renderFiring(OF_TEAM, FAILING);
    const better = factsOf([rowOf({ calls: 1_000n, errors: 5n }, { team: 'cx', app: 'mail' }, { hoursBack: 0 })]);
    const endMs = NOON_MS + HOUR_MS;
    const [look] = judgeRule(OF_TEAM, better, endMs).looks;
    const firing = look && stepFiring(OF_TEAM, { ...facts.firing, isTold: true }, look, endMs, endMs + 300_000);
    if (!firing) throw new Error('the rule is still broken');
    const message = renderRuleAlert({ ...facts, firing, asOfMs: endMs + 300_000 });
    expect(message).toMatchObject({ severity: 'info', data: { operational: { state: 'resolved', low: '0.005' } } });
    expect(validate(message.data) || validate.errors).toBe(true);
    await expect(`${message.subject}\n\n${message.text}\n${message.sms}\n`).toMatchFileSnapshot(
      golden('operational-resolved.txt'),
    );
  });
});

it('the schema of alerts names every metric that there is', () => {
  expect(schema.$defs.operational.properties.metric.enum).toEqual(RULE_METRICS);
});

function prod({ rows, ...facts }: RuleFacts): RuleFacts {
  return {
    ...facts,
    rows: rows.map((row) => ({ ...row, leaf: row.leaf.map((value, at) => (at === 1 ? 'prod' : value)) })),
  };
}
