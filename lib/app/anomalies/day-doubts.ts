import { DIMENSIONS } from '../../contracts/dimensions.ts';
import type { AnomalyKey } from '../../domain/anomaly/finding.ts';
import { addDays, type Zone } from '../../domain/local-time.ts';
import type { SourceState } from '../../domain/sources/source-state.ts';
import type { RollupRow } from '../ports.ts';

/** Why a day may have cost more than the ledger knows. */
export type DoubtReason =
  /** Numbers of emitters are missing between others that were recorded. */
  | 'missing_calls'
  /** A source that used to call every day did not. */
  | 'source_silent'
  /** Messages were not known to be recorded up to its end. */
  | 'unproved';

/** A local day that the ledger may not hold all calls of. */
export interface DayDoubt {
  readonly day: string;
  readonly reason: DoubtReason;
  /** Whose calls may be missing: those with a value of a dimension; null = anybody's. */
  readonly key: AnomalyKey;
}

/** What doubts are drawn from. */
export interface DoubtInput {
  readonly zone: Zone;
  /** Day rows that hold all the days. */
  readonly rows: readonly RollupRow[];
  readonly sources: Pick<SourceState, 'missing' | 'closed' | 'sources'>;
  /** Every message accepted before this moment is recorded or was given up, epoch milliseconds. */
  readonly asOfMs: number;
  /** Days that are asked about, from included, to excluded. */
  readonly fromDay: string;
  readonly toDay: string;
}

/** A part of the calls so large is missed. Of thousands of calls one or two always get lost. */
const MISSED_RATIO = 0.02;

/** A silent source matters to a tenant's total when it made such a part of its calls in the week before. */
const SILENT_RATIO = 0.1;
const SHARE_DAYS = 7;

/** A source that is silent for longer was switched off, which is a fact and no gap. */
const MAX_SILENT_DAYS = 7;

/**
 * Finds the days of which calls are missing, or may be. On these, spend that is low means nothing: it is neither a drop
 * nor a measure for other days.
 *
 * @returns by day, at most one of each reason and key a day
 */
export function listDayDoubts(input: DoubtInput): readonly DayDoubt[] {
  const counts = new CallCounts(input.rows);
  const doubts = [...findMissing(input, counts), ...findSilent(input, counts), ...findUnproved(input)];
  const distinct = new Map(doubts.map((doubt) => [JSON.stringify(doubt), doubt]));
  return [...distinct.values()].sort((a, b) => (a.day < b.day ? -1 : Number(a.day > b.day)));
}

/** Days on which low spend of a key means nothing. */
export function doubtfulDays(doubts: readonly DayDoubt[], key: AnomalyKey): ReadonlySet<string> {
  const isConcerned = (doubt: DayDoubt): boolean =>
    doubt.key === null || (doubt.key.dimension === key?.dimension && doubt.key.value === key.value);
  return new Set(doubts.filter(isConcerned).map(({ day }) => day));
}

/** Calls by day, of all and of each value of what can be a source. */
class CallCounts {
  readonly #counts = new Map<string, number>();

  constructor(rows: readonly RollupRow[]) {
    for (const { period, leaf, measures } of rows) {
      const calls = Number(measures.calls ?? 0n);
      this.#add(period, null, calls);
      for (const dimension of ['app', 'billing_account'] as const) {
        const value = leaf[DIMENSIONS.indexOf(dimension)] ?? null;
        if (value !== null) this.#add(period, { dimension, value }, calls);
      }
    }
  }

  of(day: string, key: AnomalyKey): number {
    return this.#counts.get(JSON.stringify([day, key])) ?? 0;
  }

  #add(day: string, key: AnomalyKey, calls: number): void {
    const name = JSON.stringify([day, key]);
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + calls);
  }
}

function findMissing({ sources, fromDay, toDay }: DoubtInput, counts: CallCounts): readonly DayDoubt[] {
  const missing = new Map<string, { readonly day: string; readonly key: AnomalyKey; count: number }>();
  const add = (day: string, key: AnomalyKey, count: number): void => {
    const name = JSON.stringify([day, key]);
    const known = missing.get(name) ?? { day, key, count: 0 };
    known.count += count;
    missing.set(name, known);
  };
  for (const { firstDay, lastDay, app, count } of [...sources.missing, ...sources.closed]) {
    const [first, end] = [firstDay > fromDay ? firstDay : fromDay, lastDay < toDay ? addDays(lastDay, 1) : toDay];
    for (let day = first; day < end; day = addDays(day, 1)) {
      add(day, null, count);
      if (app !== null) add(day, { dimension: 'app', value: app }, count);
    }
  }
  return [...missing.values()]
    .filter(({ day, key, count }) => count > MISSED_RATIO * (counts.of(day, key) + count))
    .map(({ day, key }) => ({ day, reason: 'missing_calls', key }));
}

function findSilent({ zone, sources, fromDay, toDay }: DoubtInput, counts: CallCounts): readonly DayDoubt[] {
  return sources.sources.flatMap(({ kind, name, silence }) => {
    if (silence === null) return [];
    const key = { dimension: kind, value: name };
    const silentDay = zone.localDay(silence.sinceMs);
    const days = Array.from({ length: MAX_SILENT_DAYS }, (_, index) => addDays(silentDay, index)).filter(
      (day) =>
        day >= fromDay && day < toDay && (silence.returnedMs === null || day <= zone.localDay(silence.returnedMs)),
    );
    const before = Array.from({ length: SHARE_DAYS }, (_, index) => addDays(silentDay, -1 - index));
    const callsOf = (of: AnomalyKey): number => before.reduce((sum, day) => sum + counts.of(day, of), 0);
    const matters = callsOf(key) >= SILENT_RATIO * callsOf(null);
    return days.flatMap((day): readonly DayDoubt[] => [
      { day, reason: 'source_silent', key },
      ...(matters ? [{ day, reason: 'source_silent', key: null } as const] : []),
    ]);
  });
}

function findUnproved({ zone, asOfMs, fromDay, toDay }: DoubtInput): readonly DayDoubt[] {
  const first = zone.localDay(asOfMs);
  const doubts: DayDoubt[] = [];
  for (let day = first > fromDay ? first : fromDay; day < toDay; day = addDays(day, 1))
    doubts.push({ day, reason: 'unproved', key: null });
  return doubts;
}
