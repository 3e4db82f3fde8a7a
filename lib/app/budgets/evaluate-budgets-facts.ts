import type { DIMENSIONS } from '../../contracts/dimensions.ts';
import type { BudgetAlertFacts, Contributor, UnpricedCalls } from '../../domain/alerts/alert-budget-facts.ts';
import { scopeOfPart } from '../../domain/budgets/budget.ts';
import { createLeafMatcher, findPosition, type ScopeFilter } from '../../domain/budgets/budget-scope.ts';
import { measureIn, type SpendLine } from '../../domain/budgets/budget-total.ts';
import type { AmountUnit } from '../../domain/budgets/periods/amount-plan.ts';
import type { DayRange } from '../../domain/budgets/periods/find-period.ts';
import type { LedgerReader, TenantConfig } from '../ports.ts';
import { readLinesAt } from './evaluate-budgets-totals.ts';

/** What a message is to be written of. */
export interface Crossing
  extends Pick<
    BudgetAlertFacts,
    'budget' | 'period' | 'part' | 'status' | 'thresholdsPercent' | 'amount' | 'spent' | 'commit'
  > {}

/** Reads the lines of whole days, all at the same commit, and each range only once. */
export type LineReader = (days: DayRange) => Promise<readonly SpendLine[]>;

/** A reader of lines as they stood at a commit. */
export function createLineReader(reader: LedgerReader, tenant: string, commit: number): LineReader {
  const reads = new Map<string, Promise<readonly SpendLine[]>>();
  return ({ fromDay, toDay }) => {
    const key = `${fromDay} ${toDay}`;
    const read = reads.get(key) ?? readLinesAt(reader, tenant, { granularity: 'day', fromDay, toDay }, commit);
    reads.set(key, read);
    return read;
  };
}

const MAX_CONTRIBUTORS = 3;

/** By what the spend is broken down: the first that the scope leaves open and that has more than one value. */
const BREAKDOWNS = ['app', 'feature', 'model', 'team', 'environment'] as const;

/**
 * Gathers what an alert says beside the total and its forecast: contributors and completeness, at the crossing's commit.
 *
 * @param lines - of the whole tenant at that commit, of the days of the period at least
 */
export function collectBudgetFacts(
  lines: readonly SpendLine[],
  tenant: TenantConfig,
  crossing: Crossing,
  about: { readonly alertId: string; readonly apiUrl: string | null; readonly nowMs: number; readonly today: string },
): Omit<BudgetAlertFacts, 'forecast'> {
  const { budget, period, part } = crossing;
  const scope = scopeOfPart(budget, part);
  const matches = createLeafMatcher(scope, tenant.tagDimensions);
  const ofPeriod = lines.filter(({ day, leaf }) => day >= period.fromDay && day < period.toDay && matches(leaf));
  return {
    ...crossing,
    alertId: about.alertId,
    tenant: tenant.tenant,
    timeZone: tenant.timeZone,
    isClosed: period.toDay <= about.today,
    ...breakDown(ofPeriod, scope, budget.amount.unit),
    unpricedCalls: countUnpriced(ofPeriod),
    asOfMs: about.nowMs,
    apiUrl: about.apiUrl,
  };
}

function breakDown(
  lines: readonly SpendLine[],
  scope: ScopeFilter,
  unit: AmountUnit,
): { readonly contributorDimension: string; readonly contributors: readonly Contributor[] } {
  const open = BREAKDOWNS.filter((dimension) => scope[dimension] === undefined);
  const dimension = open.find((candidate) => sumByValue(lines, candidate, unit).size > 1) ?? open[0] ?? 'model';
  const contributors = [...sumByValue(lines, dimension, unit)]
    .map(([value, spent]) => ({ value, spent }))
    .filter(({ spent }) => spent !== 0n)
    .sort((a, b) => (a.spent > b.spent ? -1 : a.spent < b.spent ? 1 : 0))
    .slice(0, MAX_CONTRIBUTORS);
  return { contributorDimension: dimension, contributors };
}

function sumByValue(
  lines: readonly SpendLine[],
  dimension: (typeof DIMENSIONS)[number],
  unit: AmountUnit,
): Map<string | null, bigint> {
  const position = findPosition(dimension, []) ?? 0;
  const sums = new Map<string | null, bigint>();
  for (const { leaf, measures } of lines) {
    const value = leaf[position] ?? null;
    sums.set(value, (sums.get(value) ?? 0n) + measureIn(unit, measures));
  }
  return sums;
}

function countUnpriced(lines: readonly SpendLine[]): UnpricedCalls {
  const count = (status: keyof UnpricedCalls): bigint =>
    lines.reduce((sum, { measures }) => sum + (measures[status] ?? 0n), 0n);
  return {
    unpriced: count('unpriced'),
    unpriced_unit: count('unpriced_unit'),
    partially_priced: count('partially_priced'),
  };
}
