import { z } from 'zod';
import { NotFoundError } from '../../../app/request-errors.ts';
import { checkRules, findLastEnd, listWindowDays, type RuleCheck } from '../../../app/rules/check-rules.ts';
import { listRules, putRule, type RuleInForce, removeRule } from '../../../app/rules/manage-rules.ts';
import type { RuleStore } from '../../../app/rules/rule-ports.ts';
import { listIncompleteReasons } from '../../../app/spend/query-completeness.ts';
import { formatUsd } from '../../../domain/money.ts';
import {
  MAX_RULE_KEYS,
  MAX_RULE_WINDOW_HOURS,
  MAX_STORED_RULES,
  RULE_COMPARISONS,
  RULE_METRICS,
  RULE_SEVERITIES,
} from '../../../domain/rules/alert-rule.ts';
import { renderCompleteness, renderTime } from '../render.ts';
import { keyedRoute, type Route } from '../route.ts';
import { completenessFields, decimalText, smallCount, timeText } from '../schemas.ts';

const ruleFields = {
  metric: z.enum(RULE_METRICS),
  comparison: z.enum(RULE_COMPARISONS).describe('A value of exactly the threshold is on neither side.'),
  threshold: decimalText.describe('In the unit that the name of the metric ends with; ratios are 0 to 1.'),
  window_hours: smallCount.describe(`Complete UTC hours that are judged together, 1 to ${MAX_RULE_WINDOW_HOURS}.`),
  minimum_count: smallCount.describe('Calls (GPU: samples) that the window must hold for a verdict, from 1.'),
  filter: z.record(z.string(), z.string()),
  each: z
    .string()
    .nullable()
    .describe(`A dimension, of which the ${MAX_RULE_KEYS} values with the most calls are judged by themselves.`),
  severity: z.enum(RULE_SEVERITIES),
  enabled: z.boolean(),
};

/** The fields are checked where the rule is read, which names every fault at once. */
const ruleInput = z
  .looseObject(Object.fromEntries(Object.keys(ruleFields).map((name) => [name, z.unknown().optional()])))
  .describe(`The fields of a rule (${Object.keys(ruleFields).join(', ')}); what is left out stays as it is.`);

const ruleSchema = z.strictObject({
  name: z.string(),
  ...ruleFields,
  origin: z.enum(['default', 'changed', 'own']).describe('`changed`: a default that the tenant changed.'),
});

const ruleChange = z.strictObject({ ...ruleSchema.shape, change: z.enum(['created', 'changed', 'unchanged']) });

const lookSchema = z.strictObject({
  key: z.string().nullable().describe('The value of `each`; null without it, and for calls that named none.'),
  verdict: z
    .enum(['breach', 'clear', 'between', 'too_few', 'no_data'])
    .describe('`clear` is better than the threshold by a tenth; `between`: neither that nor certainly beyond it.'),
  low: decimalText.nullable().describe('Null where there is nothing to measure, which is not zero.'),
  high: decimalText
    .nullable()
    .describe(
      'Equal to `low` where the value is exact. Else the value is at least `low` and below `high`; null: no bound.',
    ),
  count: z.string().nullable().describe('Calls, or samples, that the value is of.'),
  broken_since: timeText
    .nullable()
    .describe('When it was told of as broken; null where it was not, or was told to be all right again.'),
  contributors: z.strictObject({
    dimension: z.string().nullable(),
    by: z.string().nullable().describe('What they are counted in.'),
    largest: z.array(z.strictObject({ value: z.string().nullable(), amount: decimalText })),
  }),
});

const checkAnswer = z.strictObject({
  checks: z.array(
    z.strictObject({
      rule: ruleSchema,
      from: timeText,
      to: timeText,
      looks: z.array(lookSchema),
      keys_left_out: smallCount.describe('Values of `each` that had calls and were not judged.'),
      deployments_cut: z.boolean().describe('There are more deployments than are looked at.'),
    }),
  ),
  ...completenessFields,
});

/** Routes of operational rules. */
export const ruleRoutes: readonly Route[] = [
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'GET',
      path: '/v1/alert-rules',
      summary: 'Operational rules in force: defaults, changed ones and own ones',
      answers: {
        200: { description: 'Every rule, by name.', schema: z.strictObject({ rules: z.array(ruleSchema) }) },
      },
    },
    async ({ ports, tenant }) => {
      const rules = await listRules(ports.rules, tenant.tenant);
      return { status: 200, body: { rules: rules.map(renderRule) } };
    },
  ),
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'GET',
      path: '/v1/alert-rules/{name}',
      summary: 'One operational rule',
      answers: { 200: { description: 'The rule.', schema: ruleSchema } },
    },
    async ({ ports, tenant, params }) => {
      return { status: 200, body: renderRule(await findRule(ports.rules, tenant.tenant, params['name'])) };
    },
  ),
  keyedRoute(
    ['admin'],
    {
      method: 'PUT',
      path: '/v1/alert-rules/{name}',
      summary: 'Create an operational rule, or change the one of this name',
      description:
        'A default is changed for this tenant alone. Another condition arms the rule anew. ' +
        `A tenant stores at most ${MAX_STORED_RULES} rules, changed defaults among them.`,
      body: ruleInput,
      answers: {
        200: { description: 'The rule, changed or as it was.', schema: ruleChange },
        201: { description: 'The new rule.', schema: ruleChange },
      },
    },
    async ({ ports, tenant, key, params, body }) => {
      const { change, ...stored } = await putRule(ports.rules, tenant, params['name'] ?? '', body);
      const rendered = renderRule(stored);
      if (change !== 'unchanged') {
        const record = { atMs: ports.now(), keyId: key.keyId, action: 'rule.stored', detail: { ...rendered, change } };
        await ports.adminRecords.append(tenant.tenant, record);
      }
      return { status: change === 'created' ? 201 : 200, body: { ...rendered, change } };
    },
  ),
  keyedRoute(
    ['admin'],
    {
      method: 'DELETE',
      path: '/v1/alert-rules/{name}',
      summary: 'Remove an own rule, or bring a changed default back',
      answers: { 204: { description: 'Nothing is stored under this name any more.' } },
    },
    async ({ ports, tenant, key, params }) => {
      const name = params['name'] ?? '';
      const outcome = await removeRule(ports.rules, tenant.tenant, name);
      if (outcome === 'absent') {
        throw new NotFoundError('Nothing is stored under this name; a default is switched off with "enabled": false.');
      }
      const record = { atMs: ports.now(), keyId: key.keyId, action: 'rule.removed', detail: { name, outcome } };
      await ports.adminRecords.append(tenant.tenant, record);
      return { status: 204 };
    },
  ),
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'GET',
      path: '/v1/alert-rule-checks',
      summary: 'What the last complete hours say of the rules, also of those that are switched off; sends no alert',
      query: z.strictObject({ name: z.string().optional().describe('Only the rule of this name.') }),
      answers: { 200: { description: 'Every rule with its values and verdicts.', schema: checkAnswer } },
    },
    async ({ ports, tenant, query: { name } }) => {
      const all = await listRules(ports.rules, tenant.tenant);
      const rules = name === undefined ? all : [await findRule(ports.rules, tenant.tenant, name)];
      const judged = rules.map(({ rule }) => rule);
      const endMs = findLastEnd(ports.now());
      const freshness = await ports.readFreshness(tenant, listWindowDays(judged, tenant, endMs));
      const { checks, calls } = await checkRules(ports, tenant, judged, endMs);
      const reasons = listIncompleteReasons(freshness, calls, false);
      const rendered = checks.map((check, index) => renderCheck(check, rules[index]?.origin ?? 'own'));
      return { status: 200, body: { checks: rendered, ...renderCompleteness(reasons, freshness.asOfMs) } };
    },
  ),
];

async function findRule(store: RuleStore, tenant: string, name: string | undefined): Promise<RuleInForce> {
  const found = (await listRules(store, tenant)).find(({ rule }) => rule.name === name);
  if (!found) throw new NotFoundError('There is no rule of this name.');
  return found;
}

function renderRule({ rule, origin }: RuleInForce): Record<string, unknown> {
  return {
    name: rule.name,
    metric: rule.metric,
    comparison: rule.comparison,
    threshold: formatUsd(rule.thresholdPico),
    window_hours: rule.windowHours,
    minimum_count: rule.minimumCount,
    filter: rule.filter,
    each: rule.each,
    severity: rule.severity,
    enabled: rule.isEnabled,
    origin,
  };
}

function renderCheck(check: RuleCheck, origin: RuleInForce['origin']): Record<string, unknown> {
  return {
    rule: renderRule({ rule: check.rule, origin }),
    from: renderTime(check.startMs),
    to: renderTime(check.endMs),
    looks: check.looks.map(renderLook),
    keys_left_out: check.keysLeftOut,
    deployments_cut: check.isCut,
  };
}

function renderLook({ key, verdict, evidence, brokenSinceMs }: RuleCheck['looks'][number]): Record<string, unknown> {
  return {
    key,
    verdict,
    low: evidence?.low ?? null,
    high: evidence?.high ?? null,
    count: evidence?.count ?? null,
    broken_since: brokenSinceMs === null ? null : renderTime(brokenSinceMs),
    contributors: {
      dimension: evidence?.dimension ?? null,
      by: evidence?.by ?? null,
      largest: evidence?.contributors ?? [],
    },
  };
}
