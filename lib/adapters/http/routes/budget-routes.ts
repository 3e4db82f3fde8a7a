import { z } from 'zod';
import { type BudgetStatus, listBudgetStatus, putBudget, removeBudget } from '../../../app/budgets/manage-budgets.ts';
import { InvalidRequestError, NotFoundError } from '../../../app/request-errors.ts';
import { type Freshness, listIncompleteReasons } from '../../../app/spend/query-completeness.ts';
import { findZone } from '../../../app/zones.ts';
import type { Budget } from '../../../domain/budgets/budget.ts';
import { findPeriod, listPeriodDays } from '../../../domain/budgets/budget-period.ts';
import { formatUsd } from '../../../domain/money.ts';
import type { ApiPorts } from '../api-ports.ts';
import { renderCompleteness, renderTime } from '../render.ts';
import { type KeyedCall, keyedRoute, type Reply, type Route } from '../route.ts';
import { completenessFields, dayText, decimalText, smallCount, timeText } from '../schemas.ts';

const budgetInput = z
  .looseObject({
    name: z.string(),
    amount_usd: decimalText,
    period: z.literal('month').optional(),
    filter: z.record(z.string(), z.string()).optional(),
    thresholds: z.array(z.int()).optional(),
    paused: z.boolean().optional(),
  })
  .describe('A monthly budget; thresholds are whole percents, 50, 80 and 100 where left out.');

const budgetFields = {
  name: z.string(),
  filter: z.record(z.string(), z.string()),
  period: z.string(),
  amount_usd: decimalText,
  thresholds: z.array(z.int()),
  paused: z.boolean(),
  version: smallCount,
  created_at: timeText,
  changed_at: timeText,
};

const budgetList = z.strictObject({
  budgets: z.array(
    z.strictObject({
      ...budgetFields,
      current: z.strictObject({
        period: z.string(),
        from: dayText,
        to: dayText,
        spent_usd: decimalText,
        crossed_thresholds: z.array(z.int()),
        ...completenessFields,
        commit: smallCount,
      }),
    }),
  ),
});

const budgetChange = z.strictObject({
  ...budgetFields,
  change: z.enum(['created', 'new_version', 'switched', 'unchanged']),
});

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
      const today = findZone(tenant.timeZone).localDay(ports.now());
      const freshness = await ports.readFreshness(tenant, listPeriodDays('month', findPeriod('month', today)));
      const statuses = await listBudgetStatus(budgetPorts(ports), tenant);
      return { status: 200, body: { budgets: statuses.map((status) => renderStatus(status, freshness)) } };
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
      if ((await removeBudget(budgetPorts(ports), tenant, name)) === 'absent') {
        throw new NotFoundError('There is no budget of this name.');
      }
      const record = { atMs: ports.now(), keyId: key.keyId, action: 'budget.removed', detail: { name } };
      await ports.adminRecords.append(tenant.tenant, record);
      return { status: 204 };
    },
  ),
];

async function storeBudget({ ports, tenant, key }: KeyedCall<unknown, unknown>, json: unknown): Promise<Reply> {
  const { budget, change } = await putBudget(budgetPorts(ports), tenant, json);
  if (change !== 'unchanged') {
    await ports.adminRecords.append(tenant.tenant, {
      atMs: ports.now(),
      keyId: key.keyId,
      action: 'budget.stored',
      detail: { name: budget.name, version: budget.version, change, amount_usd: formatUsd(budget.amountPicoUsd) },
    });
  }
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
    name: budget.name,
    filter: budget.scope,
    period: budget.period,
    amount_usd: formatUsd(budget.amountPicoUsd),
    thresholds: budget.thresholdsPercent,
    paused: budget.paused,
    version: budget.version,
    created_at: renderTime(budget.createdAtMs),
    changed_at: renderTime(budget.changedAtMs),
  };
}

function renderStatus({ budget, ...status }: BudgetStatus, freshness: Freshness): Record<string, unknown> {
  const reasons = listIncompleteReasons(freshness, status.calls, true);
  return {
    ...renderBudget(budget),
    current: {
      period: status.period,
      from: status.fromDay,
      to: status.toDay,
      spent_usd: formatUsd(status.spentPicoUsd),
      crossed_thresholds: status.crossedThresholdsPercent,
      ...renderCompleteness(reasons, freshness.asOfMs),
      commit: status.commit,
    },
  };
}
