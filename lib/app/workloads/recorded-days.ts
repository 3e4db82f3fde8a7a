import type { Leaf } from '../../contracts/dimensions.ts';
import { addDays, nextMonth } from '../../domain/local-time.ts';
import type { LedgerReader } from '../ports.ts';
import { addDaySums, type DaySums, NO_SUMS, sumsOfMeasures } from './day-sums.ts';

/** History further back than this many months is not looked at. */
const HISTORY_MONTHS = 24;

/** What the totals say of one local day. */
export interface RecordedDay {
  /** Of the whole tenant; at least one, or the day is not recorded. */
  readonly tenantCalls: bigint;
  readonly sums: DaySums;
  /** Differs whenever a commit has touched the sums since, even one that left them as they were. */
  readonly upTo: number;
}

/** A day without a row. */
export const NOTHING_RECORDED: RecordedDay = { tenantCalls: 0n, sums: NO_SUMS, upTo: 0 };

/** Recorded days as they stood at one commit. */
export interface RecordedDays {
  readonly head: number;
  /** Ascending. */
  readonly days: ReadonlyMap<string, RecordedDay>;
}

/**
 * The days that count as complete among those on which a tenant recorded a call, ascending: all but the ledger's first,
 * because recording began at some hour of it, and those from `today` on. A day on which nothing at all was recorded is
 * none: it was missed, not idle.
 *
 * @param firstDay - the ledger's first recorded day
 */
export function pickCompleteDays(
  recordedDays: Iterable<string>,
  firstDay: string | undefined,
  today: string,
): readonly string[] {
  return [...recordedDays].filter((day) => day !== firstDay && day < today).sort();
}

/** The first local day on which a tenant recorded a call, within the history that is looked at; undefined = none. */
export async function findFirstDay(
  reader: Pick<LedgerReader, 'rollups'>,
  tenant: string,
  today: string,
): Promise<string | undefined> {
  for (const month of await listRecordedMonths(reader, tenant, today)) {
    const range = { fromDay: `${month}-01`, toDay: `${nextMonth(month)}-01` };
    const { days } = await readDayTotals(reader, tenant, range, () => true);
    const [first] = days.keys();
    if (first !== undefined) return first;
  }
  return undefined;
}

/** Months in which a tenant recorded something, ascending, up to that of `today`. */
export async function listRecordedMonths(
  reader: Pick<LedgerReader, 'rollups'>,
  tenant: string,
  today: string,
): Promise<readonly string[]> {
  const fromMonth = addDays(today, -31 * HISTORY_MONTHS).slice(0, 7);
  const toDay = `${nextMonth(today.slice(0, 7))}-01`;
  const { rows } = await reader.rollups(tenant, { granularity: 'month', fromDay: `${fromMonth}-01`, toDay });
  return [...new Set(rows.map(({ period }) => period))].sort();
}

/**
 * Reads what days recorded of a scope.
 *
 * @param range - local days, from included, to excluded
 * @param matches - whether a leaf is of the scope
 */
export async function readDayTotals(
  reader: Pick<LedgerReader, 'rollups'>,
  tenant: string,
  range: { readonly fromDay: string; readonly toDay: string },
  matches: (leaf: Leaf) => boolean,
): Promise<RecordedDays> {
  const { head, rows } = await reader.rollups(tenant, { granularity: 'day', ...range });
  const byDay = new Map<string, RecordedDay>();
  // A row that was touched while it was read is as of the head, and some commit up to it may have touched it before.
  for (const { period, leaf, measures, upTo: touchedBy = head } of rows) {
    const { tenantCalls, sums, upTo } = byDay.get(period) ?? NOTHING_RECORDED;
    const isOfScope = matches(leaf);
    byDay.set(period, {
      tenantCalls: tenantCalls + (measures.calls ?? 0n),
      sums: isOfScope ? addDaySums(sums, sumsOfMeasures(measures)) : sums,
      upTo: isOfScope ? Math.max(upTo, touchedBy) : upTo,
    });
  }
  const recorded = [...byDay].filter(([, { tenantCalls }]) => tenantCalls > 0n);
  return { head, days: new Map(recorded.sort(([a], [b]) => (a < b ? -1 : 1))) };
}
