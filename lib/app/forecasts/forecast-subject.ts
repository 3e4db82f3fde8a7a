import type { Leaf } from '../../contracts/dimensions.ts';
import { amountOf, type Budget } from '../../domain/budgets/budget.ts';
import { listKeptNames, listScopeNames } from '../../domain/budgets/budget-scope.ts';
import { createFoldRule, WHOLE } from '../../domain/budgets/budget-total.ts';
import { type BudgetPeriod, findBudgetPeriod, findWholePeriod } from '../../domain/budgets/periods/find-period.ts';
import { parsePeriodRule } from '../../domain/budgets/periods/parse-period-rule.ts';
import { CALENDAR_MONTH, type PeriodRule } from '../../domain/budgets/periods/period-rule.ts';
import type { ForecastUnit } from '../../domain/forecast-conditions/conditions.ts';
import type { BudgetStore } from '../budgets/budget-ports.ts';
import type { TenantConfig } from '../ports.ts';
import { InvalidRequestError, NotFoundError, type RequestIssue } from '../request-errors.ts';
import { readFilters } from '../spend/query-spend-plan.ts';
import type { RunningBudget } from './list-subjects.ts';

/** A question about the end of a period as it was asked: texts, not yet checked. */
export interface ForecastRequest {
  readonly budget?: string | undefined;
  /** Which part of a budget that keeps a total of each value. */
  readonly part?: string | undefined;
  /** `dimension=value` each, as for spend. */
  readonly filters: readonly string[];
  /** A kind of period, or JSON of one with its anchors; the calendar's month without. */
  readonly period?: string | undefined;
  readonly unit?: keyof typeof UNITS | undefined;
}

/** A checked question: which total, over which period. */
export interface ForecastSubject {
  readonly matches: (leaf: Leaf) => boolean;
  readonly unit: ForecastUnit;
  /** The running one. */
  readonly period: BudgetPeriod;
  /** Its amount is null where it is about all parts of a budget together, each of which has an amount of its own. */
  readonly budget: { readonly name: string; readonly part: string | null; readonly amount: bigint | null } | null;
  /** The budget whose parts are asked for. */
  readonly partsOf: RunningBudget | null;
}

/** Units as requests name them. */
export const UNITS = { usd: 'pico_usd', tokens: 'tokens', calls: 'calls' } as const satisfies Record<
  string,
  ForecastUnit
>;

/**
 * Finds out what a question is about.
 *
 * @param today - the running local day
 * @throws {@link InvalidRequestError} naming every parameter at fault
 * @throws {@link NotFoundError} when the tenant has no such budget
 */
export async function findSubject(
  budgets: Pick<BudgetStore, 'find'>,
  tenant: TenantConfig,
  request: ForecastRequest,
  today: string,
): Promise<ForecastSubject> {
  if (request.budget === undefined) return readScope(tenant, request, today);
  const issues: RequestIssue[] = [];
  for (const field of ['period', 'unit'] as const) refuseBesideBudget(field, request[field] !== undefined, issues);
  refuseBesideBudget('filter', request.filters.length > 0, issues);
  const found = await budgets.find(tenant.tenant, request.budget);
  if (!found || found.isRemoved) throw new NotFoundError('There is no budget of this name.');
  return readBudget(tenant, found.budget, request.part, today, issues);
}

/** Refuses dimensions that the ledger knows and does not keep of this tenant: a total of them would be nothing for ever. */
export function refuseUnkept(
  tenant: TenantConfig,
  field: 'filter' | 'group_by',
  names: readonly string[],
  issues: RequestIssue[],
): void {
  const kept = listKeptNames(tenant);
  const unkept = listScopeNames(tenant.tagDimensions).filter((name) => names.includes(name) && !kept.includes(name));
  for (const name of unkept) issues.push({ field, expected: `one of ${kept.join(', ')}; the tenant keeps no ${name}` });
}

function readScope(tenant: TenantConfig, request: ForecastRequest, today: string): ForecastSubject {
  const issues: RequestIssue[] = [];
  if (request.part !== undefined) issues.push({ field: 'part', expected: 'nothing without a budget' });
  const filters = [...readFilters(tenant, request.filters, issues)];
  refuseUnkept(
    tenant,
    'filter',
    request.filters.map((text) => text.split('=')[0] ?? ''),
    issues,
  );
  const rule = request.period === undefined ? CALENDAR_MONTH : readPeriod(request.period, issues);
  if (issues.length > 0) throw new InvalidRequestError(issues);
  return {
    matches: (leaf) => filters.every(([position, values]) => values.has(leaf[position] ?? null)),
    unit: UNITS[request.unit ?? 'usd'],
    period: findWholePeriod(rule ?? CALENDAR_MONTH, today),
    budget: null,
    partsOf: null,
  };
}

function readPeriod(text: string, issues: RequestIssue[]): PeriodRule | undefined {
  if (!text.startsWith('{')) return parsePeriodRule(text, issues);
  try {
    return parsePeriodRule(JSON.parse(text), issues);
  } catch {
    issues.push({ field: 'period', expected: 'a kind of period, or JSON such as {"kind":"month","anchor_day":15}' });
    return undefined;
  }
}

function readBudget(
  tenant: TenantConfig,
  budget: Budget,
  part: string | undefined,
  today: string,
  issues: RequestIssue[],
): ForecastSubject {
  if (budget.each === null && part !== undefined)
    issues.push({ field: 'part', expected: 'nothing: the budget has one total' });
  const period = findBudgetPeriod(budget.schedule, today);
  if (period === undefined) issues.push({ field: 'budget', expected: describeForce(budget, today) });
  if (issues.length > 0 || period === undefined) throw new InvalidRequestError(issues);
  const isOfAll = budget.each !== null && part === undefined;
  const { partOf } = createFoldRule(budget, tenant.tagDimensions);
  return {
    matches: (leaf) => partOf(leaf) !== undefined && (isOfAll || partOf(leaf) === (part ?? WHOLE)),
    unit: budget.amount.unit,
    period,
    budget: { name: budget.name, part: part ?? null, amount: isOfAll ? null : amountOf(budget, period) },
    partsOf: isOfAll ? { budget, period } : null,
  };
}

function describeForce({ schedule: { fromDay, toDay } }: Budget, today: string): string {
  const when = fromDay !== undefined && today < fromDay ? `begins on ${fromDay}` : `ended before ${toDay}`;
  return `a budget in force on ${today}; this one ${when}`;
}

function refuseBesideBudget(field: 'filter' | 'period' | 'unit', isGiven: boolean, issues: RequestIssue[]): void {
  if (isGiven) issues.push({ field, expected: 'nothing beside budget: a budget has its own' });
}
