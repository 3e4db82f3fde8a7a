import type { Measures } from '../../contracts/measures.ts';
import { createLeafMatcher } from '../../domain/budgets/budget-scope.ts';
import { addDays, nextMonth } from '../../domain/local-time.ts';
import type { MigrationMeasures } from '../../domain/migrate-now/assess-migration.ts';
import type { MigrationProfile } from '../../domain/migrate-now/migration-profile.ts';
import type { LedgerReader, TenantConfig } from '../ports.ts';
import { listRecordedMonths, pickCompleteDays } from '../workloads/recorded-days.ts';

/** What one local day recorded of one profile's scope. */
export interface DaySums {
  readonly calls: bigint;
  readonly unpricedCalls: bigint;
  readonly costPicoUsd: bigint;
  readonly inputTokens: bigint;
  readonly outputTokens: bigint;
}

/** The recorded history of a tenant as the assessment sees it. */
export interface RecordedDays {
  /** Complete local days, ascending: days with at least one call of the tenant, without the first one and today. */
  readonly completeDays: readonly string[];
  /** For each profile, in the order given, its sums by day; a day without calls of the scope is absent. */
  readonly sums: readonly ReadonlyMap<string, DaySums>[];
}

/** Days of the trailing window that a day is judged by. */
const WINDOW_DAYS = 28;

const NO_CALLS: DaySums = { calls: 0n, unpricedCalls: 0n, costPicoUsd: 0n, inputTokens: 0n, outputTokens: 0n };

/**
 * Reads a tenant's days before `today`, a month at a time. The first recorded day does not count as complete, because
 * recording began at some hour of it; a day on which the tenant recorded nothing at all counts as missed, not as idle.
 */
export async function readRecordedDays(
  reader: LedgerReader,
  tenant: TenantConfig,
  profiles: readonly MigrationProfile[],
  today: string,
): Promise<RecordedDays> {
  const matchers = profiles.map(({ scope }) => createLeafMatcher(scope, tenant.tagDimensions));
  const sums = profiles.map(() => new Map<string, DaySums>());
  const recorded = new Set<string>();
  for (const month of await listRecordedMonths(reader, tenant.tenant, today)) {
    const range = { fromDay: `${month}-01`, toDay: earlier(`${nextMonth(month)}-01`, today) };
    const { rows } = await reader.rollups(tenant.tenant, { granularity: 'day', ...range });
    for (const { period: day, leaf, measures } of rows) {
      if ((measures.calls ?? 0n) > 0n) recorded.add(day);
      for (const [index, matches] of matchers.entries()) {
        const byDay = sums[index];
        if (byDay && matches(leaf)) byDay.set(day, addMeasures(byDay.get(day) ?? NO_CALLS, measures));
      }
    }
  }
  const [firstDay] = [...recorded].sort();
  return { completeDays: pickCompleteDays(recorded, firstDay, today), sums };
}

/** The trailing window of 28 calendar days that ends with a complete day, over the complete days in it. */
export function measureWindow(
  completeDays: readonly string[],
  sums: ReadonlyMap<string, DaySums>,
  day: string,
): MigrationMeasures {
  const windowStart = addDays(day, 1 - WINDOW_DAYS);
  const upToDay = completeDays.filter((candidate) => candidate <= day);
  const windowDays = upToDay.filter((candidate) => candidate >= windowStart);
  const total = windowDays.reduce((sum, candidate) => addSums(sum, sums.get(candidate) ?? NO_CALLS), NO_CALLS);
  return { day, complete: true, historyDays: upToDay.length, windowDays: windowDays.length, ...total };
}

function addMeasures(sums: DaySums, measures: Measures): DaySums {
  const unpriced = (measures.unpriced ?? 0n) + (measures.unpriced_unit ?? 0n) + (measures.partially_priced ?? 0n);
  return addSums(sums, {
    calls: measures.calls ?? 0n,
    unpricedCalls: unpriced,
    costPicoUsd: measures.cost ?? 0n,
    inputTokens: measures.input_tokens ?? 0n,
    outputTokens: measures.output_tokens ?? 0n,
  });
}

function addSums(a: DaySums, b: DaySums): DaySums {
  return {
    calls: a.calls + b.calls,
    unpricedCalls: a.unpricedCalls + b.unpricedCalls,
    costPicoUsd: a.costPicoUsd + b.costPicoUsd,
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
  };
}

function earlier(a: string, b: string): string {
  return a < b ? a : b;
}
