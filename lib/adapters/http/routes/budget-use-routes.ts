import { z } from 'zod';
import { applyBudgets } from '../../../app/budgets/apply-budgets.ts';
import { checkBudgets } from '../../../app/budgets/check-budgets.ts';
import { reportBudgets } from '../../../app/budgets/report-budgets.ts';
import { DIMENSIONS } from '../../../contracts/dimensions.ts';
import { parseUsd } from '../../../domain/money.ts';
import type { ApiPorts } from '../api-ports.ts';
import {
  applyAnswer,
  checkAnswer,
  renderApplied,
  renderCheck,
  renderReport,
  reportAnswer,
} from '../budget-use-answers.ts';
import { keyedRoute, type Route } from '../route.ts';

const applyInput = z.strictObject({
  budgets: z
    .array(z.unknown())
    .describe('Every budget there is to be, each as POST /v1/budgets takes it; others are paused.'),
  dry_run: z.boolean().default(false).describe('Change nothing and answer the differences.'),
});

const reportQuery = z.strictObject({
  period: z
    .string()
    .max(64)
    .default('current')
    .describe('current, previous, or the name of a period: 2026-01, 2026-Q1, 2026, 2026-01-29, week-2026-01-05.'),
  owner: z.string().min(1).max(128).optional().describe('Only the budgets of this owner.'),
});

const valueText = z.string().max(256).optional();

const checkQuery = z
  .object({
    ...Object.fromEntries(DIMENSIONS.filter((name) => !/^tag\d$/.test(name)).map((name) => [name, valueText])),
    estimate_usd: z
      .string()
      .regex(/^\d{1,12}(\.\d{1,12})?$/, { error: 'decimal text from 0, such as "0.05"' })
      .default('0')
      .describe('What the call is thought to cost.'),
    estimate_tokens: z
      .string()
      .regex(/^\d{1,18}$/, { error: 'a whole number from 0' })
      .default('0')
      .describe('Tokens in and out that the call is thought to take.'),
    limit_percent: z.coerce
      .number()
      .int()
      .min(1)
      .max(1_000)
      .default(100)
      .describe('Percent of the amount at which calls are to stop.'),
  })
  .catchall(z.string().max(256));

/** Routes that use budgets: a file of all of them, what became of them, and the question before a call. */
export const budgetUseRoutes: readonly Route[] = [
  keyedRoute(
    ['admin'],
    {
      method: 'POST',
      path: '/v1/budgets/apply',
      summary: 'Make a list of budgets the whole truth',
      description:
        'Creates and changes the budgets of the list and pauses all others. Any fault in the list changes nothing. Each ' +
        'budget changes in one step; after a failure the same list applied again does the rest.',
      body: applyInput,
      answers: { 200: { description: 'The differences and how far each got.', schema: applyAnswer } },
    },
    async ({ ports, tenant, key, body }) => {
      const applyPorts = { ...budgetPorts(ports), keyId: key.keyId };
      const report = await applyBudgets(applyPorts, tenant, body.budgets, body.dry_run);
      for (const failure of report.failures) ports.reportError(failure);
      return { status: 200, body: renderApplied(report, body.dry_run) };
    },
  ),
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'GET',
      path: '/v1/budgets/report',
      summary: 'Budget against actual and forecast, by owner',
      description:
        'A variance is actual less amount once the period is over (exact), and forecast less amount while it is open (an ' +
        'estimate, a JSON number): above zero is unfavourable. Totals add budgets up; what two budgets count is in them twice.',
      query: reportQuery,
      answers: { 200: { description: 'Budgets in USD, and apart from them those in tokens.', schema: reportAnswer } },
    },
    async ({ ports, tenant, query }) => {
      const { projections, readFreshness } = ports;
      const report = await reportBudgets({ ...budgetPorts(ports), projections, readFreshness }, tenant, query);
      return { status: 200, body: renderReport(report) };
    },
  ),
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'GET',
      path: '/v1/budgets/check',
      summary: 'Whether a call may still be made by the budgets that would count it',
      description:
        'Values by dimension, and `tags.<name>` for a tag that the tenant keeps, as answers show them. By actual spend ' +
        'alone. It holds every call that is committed; what is sent and not committed yet is missing.',
      query: checkQuery,
      answers: { 200: { description: 'The verdict and the budgets it comes from.', schema: checkAnswer } },
    },
    async ({ ports, tenant, query }) => {
      const { estimate_usd: usd, estimate_tokens: tokens, limit_percent: limitPercent, ...given } = query;
      const dimensions = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
      const { readFreshness, budgetChecks: memory } = ports;
      const check = await checkBudgets({ ...budgetPorts(ports), readFreshness, memory }, tenant, {
        dimensions,
        estimates: { pico_usd: parseUsd(usd) ?? 0n, tokens: BigInt(tokens) },
        limitPercent,
      });
      return { status: 200, body: renderCheck(check, limitPercent) };
    },
  ),
];

function budgetPorts({
  reader,
  budgets,
  now,
}: ApiPorts): Pick<Parameters<typeof applyBudgets>[0], 'reader' | 'budgets' | 'clock'> {
  return { reader, budgets, clock: now };
}
