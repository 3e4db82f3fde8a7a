import { addDays, nextMonth } from '../domain/local-time.ts';
import type { PricingState } from './correction-ports.ts';
import type { LeafDelta, RollupRow } from './ports.ts';
import type { RepricingPorts } from './repricing-ports.ts';

/** Local days, first and last included. */
export type DayRange = NonNullable<PricingState['days']>;

/** A ledger's head, and the first and last day with entries up to it; null where there are none. */
export interface LedgerExtent {
  readonly head: number;
  readonly days: DayRange | null;
}

/**
 * Reads how far a ledger reaches: what the sweep learned of it, and what the log brought since.
 * Entries of later commits than `head` may lie on other days.
 */
export async function readExtent(
  ports: Pick<RepricingPorts, 'reader' | 'pricingStates'>,
  tenant: string,
): Promise<LedgerExtent> {
  const state = await ports.pricingStates.find(tenant);
  const head = await ports.reader.head(tenant);
  let days = state?.days ?? null;
  for await (const { deltas } of ports.reader.commits(tenant, state?.followedTo ?? 0, head)) {
    days = widen(days, deltas);
  }
  return { head, days };
}

/** A range of days that holds those of a commit's deltas too. */
export function widen(days: DayRange | null, deltas: readonly Pick<LeafDelta, 'day'>[]): DayRange | null {
  let range = days;
  for (const { day } of deltas) {
    if (range === null) range = { first: day, last: day };
    else if (day < range.first) range = { first: day, last: range.last };
    else if (day > range.last) range = { first: range.first, last: day };
  }
  return range;
}

/** The days that two ranges share; null where they share none. */
export function intersect(a: DayRange | null, b: DayRange | null): DayRange | null {
  if (a === null || b === null) return null;
  const first = a.first > b.first ? a.first : b.first;
  const last = a.last < b.last ? a.last : b.last;
  return first <= last ? { first, last } : null;
}

/** First and last day of a range whose totals hold a row that matches; null when none does. Rows without calls do not. */
export async function findDays(
  ports: Pick<RepricingPorts, 'reader'>,
  tenant: string,
  range: DayRange | null,
  matches: (row: RollupRow) => boolean,
): Promise<DayRange | null> {
  let found: DayRange | null = null;
  if (range === null) return null;
  // Month by month, so that a long history is never held at once.
  for (let month = range.first.slice(0, 7); month <= range.last.slice(0, 7); month = nextMonth(month)) {
    const fromDay = range.first > `${month}-01` ? range.first : `${month}-01`;
    const endOfMonth = `${nextMonth(month)}-01`;
    const afterLast = addDays(range.last, 1);
    const toDay = afterLast < endOfMonth ? afterLast : endOfMonth;
    const { rows } = await ports.reader.rollups(tenant, { granularity: 'day', fromDay, toDay });
    const days = rows.filter((row) => (row.measures.calls ?? 0n) > 0n && matches(row));
    found = widen(
      found,
      days.map(({ period }) => ({ day: period })),
    );
  }
  return found;
}
