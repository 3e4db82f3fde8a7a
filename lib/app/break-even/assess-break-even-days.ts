import { createLeafMatcher } from '../../domain/budgets/budget-scope.ts';
import { isOfNoCalls } from '../../domain/corrections/credit.ts';
import { addDays, nextMonth } from '../../domain/local-time.ts';
import type { MigrationProfile } from '../../domain/migrate-now/migration-profile.ts';
import type { LedgerReader, TenantConfig } from '../ports.ts';
import { addDaySums, type DaySums, NO_SUMS, sumsOfMeasures } from '../workloads/day-sums.ts';
import { listRecordedMonths, pickCompleteDays } from '../workloads/recorded-days.ts';

/** The recorded history of a tenant as the assessment sees it. */
export interface RecordedDays {
  /** Complete local days, ascending: days with at least one call of the tenant, without the first one and today. */
  readonly completeDays: readonly string[];
  /** For each profile, in the order given, the sums of its calls by day; a day without calls of the scope is absent. */
  readonly sums: readonly ReadonlyMap<string, DaySums>[];
}

/** Days of the trailing window that a day is judged by. */
export const WINDOW_DAYS = 28;

/**
 * Reads a tenant's days before `today`, a month at a time. The first recorded day does not count as complete, because
 * recording began at some hour of it; a day on which the tenant recorded nothing at all counts as missed, not as idle.
 */
export async function readRecordedDays(
  reader: Pick<LedgerReader, 'rollups'>,
  tenant: TenantConfig,
  profiles: readonly Pick<MigrationProfile, 'scope'>[],
  today: string,
): Promise<RecordedDays> {
  const matchers = profiles.map(({ scope }) => createLeafMatcher(scope, tenant.tagDimensions));
  const sums = profiles.map(() => new Map<string, DaySums>());
  const recorded = new Set<string>();
  for (const month of await listRecordedMonths(reader, tenant.tenant, today)) {
    const range = { fromDay: `${month}-01`, toDay: earlier(`${nextMonth(month)}-01`, today) };
    const { rows } = await reader.rollups(tenant.tenant, { granularity: 'day', ...range });
    for (const { period: day, leaf, measures } of rows) {
      // Credits and what capacities cost come whatever is called: a move takes nothing of them away.
      if (isOfNoCalls({ leaf, measures })) continue;
      if ((measures.calls ?? 0n) > 0n) recorded.add(day);
      for (const [index, matches] of matchers.entries()) {
        const byDay = sums[index];
        if (byDay && matches(leaf)) byDay.set(day, addDaySums(byDay.get(day) ?? NO_SUMS, sumsOfMeasures(measures)));
      }
    }
  }
  const [firstDay] = [...recorded].sort();
  return { completeDays: pickCompleteDays(recorded, firstDay, today), sums };
}

/** Complete days up to a day: all of them, and those of the trailing window of 28 calendar days that ends with it. */
export function listWindow(
  completeDays: readonly string[],
  day: string,
): { readonly historyDays: readonly string[]; readonly windowDays: readonly string[] } {
  const windowStart = addDays(day, 1 - WINDOW_DAYS);
  const historyDays = completeDays.filter((candidate) => candidate <= day);
  return { historyDays, windowDays: historyDays.filter((candidate) => candidate >= windowStart) };
}

/** What some days of a scope recorded together. */
export function sumDays(sums: ReadonlyMap<string, DaySums>, days: readonly string[]): DaySums {
  return days.reduce((sum, day) => addDaySums(sum, sums.get(day) ?? NO_SUMS), NO_SUMS);
}

function earlier(a: string, b: string): string {
  return a < b ? a : b;
}
