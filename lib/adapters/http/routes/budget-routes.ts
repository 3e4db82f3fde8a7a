import { z } from 'zod';
import {
  type BudgetStatus,
  listBudgetStatus,
  listBudgets,
  type PartStatus,
  putBudget,
  removeBudget,
} from '../../../app/budgets/manage-budgets.ts';
import type { TenantConfig } from '../../../app/ports.ts';
import { InvalidRequestError, NotFoundError } from '../../../app/request-errors.ts';
import { countLackingPrice, type Freshness, listIncompleteReasons } from '../../../app/spend/query-completeness.ts';
import { findZone } from '../../../app/zones.ts';
import { inUnit } from '../../../domain/alerts/alert-budget-data.ts';
import type { Budget } from '../../../domain/budgets/budget.ts';
import { toRawBudget } from '../../../domain/budgets/parse-budget.ts';
import type { AmountUnit } from '../../../domain/budgets/periods/amount-plan.ts';
import { type DayRange, findWholePeriod } from '../../../domain/budgets/periods/find-period.ts';
import { PERIOD_KINDS, WEEKDAYS } from '../../../domain/budgets/periods/period-rule.ts';
import type { ApiPorts } from '../api-ports.ts';
import { renderCompleteness, renderTime } from '../render.ts';
import { type KeyedCall, keyedRoute, type Reply, type Route } from '../route.ts';
import { completenessFields, dayText, decimalText, smallCount, timeText } from '../schemas.ts';

const amountText = z.union([decimalText, z.array(decimalText)]);
const countInput = z.union([z.string().regex(/^\d+$/), z.int()]);

const periodText = z.union([
  z.enum(PERIOD_KINDS),
  z.strictObject({
    kind: z.enum(PERIOD_KINDS),
    first_day: z.enum(WEEKDAYS).optional(),
    anchor_month: z.int().optional(),
    anchor_day: z.int().optional(),
  }),
]);

const budgetInput = z
  .looseObject({
    name: z.string(),
    amount_usd: judgedInside(amountText).optional(),
    amount_tokens: judgedInside(z.union([countInput, z.array(countInput)])).optional(),
    period: judgedInside(periodText).optional(),
    start_date: dayText.nullish(),
    end_date: dayText.nullish(),
    filter: z.record(z.string(), z.string()).optional(),
    each: z.string().nullish(),
    thresholds: z.array(z.int()).optional(),
    forecast_thresholds: z.array(z.int()).optional(),
    owner: z.string().nullish(),
    paused: z.boolean().optional(),
  })
  .describe(
    'One of amount_usd and amount_tokens: one amount, or a list of 12 by month or of 4 by quarter. Thresholds are whole percents; where left out they are 50, 80 and 100, and 100 for the forecast.',
  );

const tokenText = z.string().regex(/^-?\d+$/);

const budgetFields = {
  name: z.string(),
  filter: z.record(z.string(), z.string()),
  each: z.string().nullable(),
  period: periodText,
  start_date: dayText.nullable(),
  end_date: dayText.nullable(),
  amount_usd: amountText.nullable(),
  amount_tokens: z.union([tokenText, z.array(tokenText)]).nullable(),
  thresholds: z.array(z.int()),
  forecast_thresholds: z.array(z.int()),
  owner: z.string().nullable(),
  paused: z.boolean(),
  version: smallCount,
  created_at: timeText,
  changed_at: timeText,
};

const spentFields = {
  spent_usd: decimalText.nullable(),
  spent_tokens: tokenText.nullable(),
  crossed_thresholds: z.array(z.int()),
};

const budgetList = z.strictObject({
  budgets: z.array(
    z.strictObject({
      ...budgetFields,
      current: z
        .strictObject({
          period: z.string(),
          from: dayText,
          to: dayText,
          amount_usd: decimalText.nullable(),
          amount_tokens: tokenText.nullable(),
          ...spentFields,
          parts: z
            .array(z.strictObject({ part: z.string(), ...spentFields }))
            .nullable()
            .describe('By value of `each`, those that used most first; null where the budget has no `each`.'),
          parts_left_out: smallCount.describe('Further parts, each of which used no more than the last one listed.'),
          ...completenessFields,
          commit: smallCount,
        })
        .nullable()
        .describe('Null on a day when the budget is not in force.'),
    }),
  ),
});

const budgetChange = z.strictObject({
  ...budgetFields,
  change: z.enum(['created', 'new_version', 'switched', 'unchanged']),
});

/** Parts of a budget that an answer lists. */
const MAX_LISTED_PARTS = 100;

/** Routes of budgets. */
export const budgetRoutes: readonly Route[] = [
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'GET',
      path: '/v1/budgets',
      summary: 'Budgets with what they have spent in the current period',
      answers: { 200: { description: 'Every budget of the tenant, by name.', schema: budgetList } },
    },
    async ({ ports, tenant }) => {
      // Read before the totals, so that nothing it calls accepted is missing from them.
      const budgets = await listBudgets(budgetPorts(ports), tenant);
      const today = findZone(tenant.timeZone).localDay(ports.now());
      const readFreshness = createFreshnessReader(ports, tenant);
      const freshness = await Promise.all(
        budgets.map(({ schedule }) => readFreshness(findWholePeriod(schedule.rule, today))),
      );
      const statuses = await listBudgetStatus(budgetPorts(ports), tenant, budgets);
      const bodies = statuses.map((status, index) => renderStatus(status, freshness[index]));
      return { status: 200, body: { budgets: bodies } };
    },
  ),
  keyedRoute(
    ['admin'],
    {
      method: 'POST',
      path: '/v1/budgets',
      summary: 'Create or change the budget of this name',
      description:
        'The same budget twice changes nothing; another amount, filter or threshold arms every threshold anew.',
      body: budgetInput,
      answers: {
        200: { description: 'The budget, changed or as it was.', schema: budgetChange },
        201: { description: 'The new budget.', schema: budgetChange },
      },
    },
    (call) => storeBudget(call, call.body),
  ),
  keyedRoute(
    ['admin'],
    {
      method: 'PUT',
      path: '/v1/budgets/{name}',
      summary: 'Create or change a budget by name',
      body: budgetInput.omit({ name: true }),
      answers: {
        200: { description: 'The budget, changed or as it was.', schema: budgetChange },
        201: { description: 'The new budget.', schema: budgetChange },
      },
    },
    (call) => storeBudget(call, { ...call.body, name: checkName(call.params['name'], call.body['name']) }),
  ),
  keyedRoute(
    ['admin'],
    {
      method: 'DELETE',
      path: '/v1/budgets/{name}',
      summary: 'Remove a budget; its alerts stay on record',
      answers: { 204: { description: 'It is gone.' } },
    },
    async ({ ports, tenant, key, params }) => {
      const name = params['name'] ?? '';
      const record = { atMs: ports.now(), keyId: key.keyId, action: 'budget.removed', detail: { name } };
      if ((await removeBudget(budgetPorts(ports), tenant, name, record)) === 'absent') {
        throw new NotFoundError('There is no budget of this name.');
      }
      return { status: 204 };
    },
  ),
];

/** A field that the API's description shows so, and that the budget's own parser judges: it says more of what is wrong. */
function judgedInside(schema: z.ZodType): z.ZodType {
  const { $schema: _dialect, ...shown } = z.toJSONSchema(schema);
  return z.unknown().meta(shown);
}

/** Reads each period once, however many budgets have it. */
function createFreshnessReader(ports: ApiPorts, tenant: TenantConfig): (days: DayRange) => Promise<Freshness> {
  const reads = new Map<string, Promise<Freshness>>();
  return ({ fromDay, toDay }) => {
    const key = `${fromDay} ${toDay}`;
    const read = reads.get(key) ?? ports.readFreshness(tenant, { fromDay, toDay });
    reads.set(key, read);
    return read;
  };
}

async function storeBudget({ ports, tenant, key }: KeyedCall<unknown, unknown>, json: unknown): Promise<Reply> {
  const { budget, change } = await putBudget(budgetPorts(ports), tenant, json, (put) => ({
    atMs: ports.now(),
    keyId: key.keyId,
    action: 'budget.stored',
    detail: { ...toRawBudget(put.budget), version: put.budget.version, change: put.change },
  }));
  return { status: change === 'created' ? 201 : 200, body: { ...renderBudget(budget), change } };
}

function checkName(inPath: string | undefined, inBody: unknown): string {
  if (inBody === undefined || inBody === inPath) return inPath ?? '';
  throw new InvalidRequestError([{ field: 'name', expected: 'the name in the path, or none' }]);
}

function budgetPorts({ reader, budgets, now }: ApiPorts): Parameters<typeof putBudget>[0] {
  return { reader, budgets, clock: now };
}

function renderBudget(budget: Budget): Record<string, unknown> {
  return {
    start_date: null,
    end_date: null,
    amount_usd: null,
    amount_tokens: null,
    each: null,
    owner: null,
    ...toRawBudget(budget),
    version: budget.version,
    created_at: renderTime(budget.createdAtMs),
    changed_at: renderTime(budget.changedAtMs),
  };
}

function renderStatus(
  { budget, current, commit }: BudgetStatus,
  freshness: Freshness | undefined,
): Record<string, unknown> {
  if (current === null || freshness === undefined) return { ...renderBudget(budget), current: null };
  const { unit } = budget.amount;
  const { period, parts } = current;
  // Tokens are counted whether or not they have a price.
  const calls = unit === 'tokens' ? countLackingPrice([]) : current.calls;
  const reasons = listIncompleteReasons(freshness, calls, true);
  const listed = budget.each === null ? null : parts.slice(0, MAX_LISTED_PARTS);
  const crossed = new Set(parts.flatMap(({ crossedThresholdsPercent }) => crossedThresholdsPercent));
  return {
    ...renderBudget(budget),
    current: {
      period: period.name,
      from: period.fromDay,
      to: period.toDay,
      ...inUnit('amount', unit, current.amount),
      ...inUnit(
        'spent',
        unit,
        parts.reduce((sum, { spent }) => sum + spent, 0n),
      ),
      crossed_thresholds: [...crossed].sort((a, b) => a - b),
      parts: listed?.map((each) => renderPart(each, unit)) ?? null,
      parts_left_out: listed === null ? 0 : parts.length - listed.length,
      ...renderCompleteness(reasons, freshness.asOfMs),
      commit,
    },
  };
}

function renderPart({ part, spent, crossedThresholdsPercent }: PartStatus, unit: AmountUnit): object {
  return { part, ...inUnit('spent', unit, spent), crossed_thresholds: crossedThresholdsPercent };
}
