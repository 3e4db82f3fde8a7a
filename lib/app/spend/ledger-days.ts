import { LedgerError } from '../../domain/errors.ts';
import { addDays, nextMonth } from '../../domain/local-time.ts';
import type { PricingState } from '../corrections/correction-ports.ts';
import type { RepricingPorts } from '../corrections/repricing-ports.ts';
import type { LeafDelta, RollupRow } from '../ports.ts';
import { changePricingState, readPricingState } from '../prices/pricing-state.ts';

/** Local days, first and last included. */
export type DayRange = NonNullable<PricingState['days']>;

/** A ledger's head, and the first and last day with entries up to it; null where there are none. */
export interface LedgerExtent {
  readonly head: number;
  readonly days: DayRange | null;
}

/** The log has grown by more than could be read in the time given; asking again goes on where this stopped. */
export class LogUnreadError extends LedgerError {
  override readonly name = 'LogUnreadError';
  readonly code = 'prices/log-unread';
  readonly retryable = true;
}

/** Commits between two notes of how far the log was surveyed. */
const COMMITS_AT_ONCE = 200;

/**
 * Reads how far a ledger reaches: what is known of it, and what the log brought since. A log that grew by much is
 * surveyed piece by piece, and each piece is noted, so that whoever runs out of time leaves less to the next one.
 * Entries of later commits than `head` may lie on other days.
 *
 * @param deadlineMs - epoch milliseconds after which no second piece is begun
 * @returns undefined when time ran out before the head was reached
 */
export async function readExtent(
  ports: Pick<RepricingPorts, 'reader' | 'pricingStates' | 'now'>,
  tenant: string,
  deadlineMs: number,
): Promise<LedgerExtent | undefined> {
  let state = await readPricingState(ports, tenant);
  const head = await ports.reader.head(tenant);
  for (;;) {
    const upTo = Math.min(head, state.surveyedTo + COMMITS_AT_ONCE);
    let days: DayRange | null = null;
    for await (const { deltas } of ports.reader.commits(tenant, state.surveyedTo, upTo)) days = widen(days, deltas);
    // What is left of the last piece is little: it is read again rather than noted.
    if (upTo === head) return { head, days: unite(state.days, days) };
    state = await changePricingState(ports, tenant, (current) => ({
      ...current,
      surveyedTo: Math.max(current.surveyedTo, upTo),
      days: unite(current.days, days),
    }));
    if (ports.now() >= deadlineMs) return undefined;
  }
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

/** A range of days that holds two others. */
export function unite(a: DayRange | null, b: DayRange | null): DayRange | null {
  return b === null ? a : widen(a, [{ day: b.first }, { day: b.last }]);
}

/** The days that two ranges share; null where they share none. */
export function intersect(a: DayRange | null, b: DayRange | null): DayRange | null {
  if (a === null || b === null) return null;
  const first = a.first > b.first ? a.first : b.first;
  const last = a.last < b.last ? a.last : b.last;
  return first <= last ? { first, last } : null;
}

/**
 * First and last day of a range whose totals hold a row that matches; null when none does. Rows without calls do not.
 * Looks month by month from either end, so that a long history is neither held at once nor read through.
 */
export async function findDays(
  ports: Pick<RepricingPorts, 'reader'>,
  tenant: string,
  range: DayRange | null,
  matches: (row: RollupRow) => boolean,
): Promise<DayRange | null> {
  if (range === null) return null;
  const months = monthsOf(range);
  let found: DayRange | null = null;
  let index = 0;
  for (; found === null && index < months.length; index++) {
    found = await findDaysOfMonth(ports, tenant, range, months[index] ?? '', matches);
  }
  for (let last = months.length - 1; found !== null && last >= index; last--) {
    const end = await findDaysOfMonth(ports, tenant, range, months[last] ?? '', matches);
    if (end !== null) return unite(found, end);
  }
  return found;
}

async function findDaysOfMonth(
  ports: Pick<RepricingPorts, 'reader'>,
  tenant: string,
  range: DayRange,
  month: string,
  matches: (row: RollupRow) => boolean,
): Promise<DayRange | null> {
  const asked = intersect(range, { first: `${month}-01`, last: addDays(`${nextMonth(month)}-01`, -1) });
  if (asked === null) return null;
  const window = { granularity: 'day', fromDay: asked.first, toDay: addDays(asked.last, 1) } as const;
  const { rows } = await ports.reader.rollups(tenant, window);
  const days = rows.filter((row) => (row.measures.calls ?? 0n) > 0n && matches(row));
  return widen(
    null,
    days.map(({ period }) => ({ day: period })),
  );
}

function monthsOf({ first, last }: DayRange): readonly string[] {
  const months: string[] = [];
  for (let month = first.slice(0, 7); month <= last.slice(0, 7); month = nextMonth(month)) months.push(month);
  return months;
}
