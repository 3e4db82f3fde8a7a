import type { LedgerEntry } from '../../domain/events/entry.ts';
import type { LedgerReader, TenantConfig } from '../ports.ts';
import type { MeasuredDay } from './measured-day.ts';

/** What reading entries takes, and until when. */
export interface Measuring {
  readonly reader: Pick<LedgerReader, 'entriesOfDay' | 'entriesOfDays'>;
  readonly tenant: TenantConfig;
  /** Whether no further page is to be begun. */
  readonly isOver: () => boolean;
}

/**
 * Reads what a day recorded since it was last read.
 * @returns `cut` when time ran out before its end
 */
export async function readOn({ reader, tenant, isOver }: Measuring, day: MeasuredDay): Promise<'read' | 'cut'> {
  for (;;) {
    if (isOver()) return 'cut';
    const { entries, next } = await reader.entriesOfDay(tenant.tenant, day.day, day.cursor);
    for (const entry of entries) day.add(entry);
    const cursor = next ?? lastCommit(entries);
    if (cursor !== undefined) day.readUpTo(cursor);
    if (next === undefined) return 'read';
  }
}

/**
 * Reads neighbouring days that nothing was read of, each commit once, however many of the days its entries lie on: what
 * was imported may hold all days in every commit. Stops when time runs out.
 *
 * @param days - ascending; other days between them have no entries or are read for nothing
 * @param head - later commits are left out
 */
export async function readTogether(
  { reader, tenant, isOver }: Measuring,
  days: readonly MeasuredDay[],
  head: number,
): Promise<void> {
  const byDay = new Map(days.map((day) => [day.day, day]));
  const range = { first: days[0]?.day ?? '', last: days.at(-1)?.day ?? '' };
  let cursor: string | undefined;
  while (!isOver()) {
    const { entries, next } = await reader.entriesOfDays(tenant.tenant, range, head, cursor);
    for (const entry of entries) byDay.get(entry.day)?.add(entry);
    // Commits are read whole and in order, so that all days have been read up to the last one of the page.
    const commit = lastCommit(entries);
    if (commit !== undefined) for (const day of days) day.readUpTo(commit);
    if (next === undefined) return;
    cursor = next;
  }
}

function lastCommit(entries: readonly LedgerEntry[]): string | undefined {
  const last = entries.at(-1);
  return last && String(last.commit);
}
