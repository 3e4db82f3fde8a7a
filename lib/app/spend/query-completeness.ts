import type { Measures } from '../../contracts/measures.ts';
import { QUEUE_RETENTION_MS } from '../../contracts/queue-promises.ts';
import type { DayRange } from '../../domain/budgets/periods/find-period.ts';
import type { LedgerEntry } from '../../domain/events/entry.ts';
import type { Clock, TenantConfig, UsageQueues } from '../ports.ts';
import type { SequenceGaps } from '../sources/source-ports.ts';
import type { QueueWatches } from '../watch-queues.ts';

/** Why an answer may not be the whole truth, in the order in which answers list it. */
export const INCOMPLETE_REASONS = [
  'unpriced',
  'partially_priced',
  'rejects',
  'conflicts',
  'backlog',
  'missing_reported',
  'period_open',
  'order_running',
] as const;

/** One of {@link INCOMPLETE_REASONS}. */
export type IncompleteReasonName = (typeof INCOMPLETE_REASONS)[number];

/** One reason and how many calls, rejects, conflicts, messages, periods or orders it is about; always above zero. */
export interface IncompleteReason {
  readonly reason: IncompleteReasonName;
  readonly count: bigint;
}

/** The queues, with what was given up beside them. */
export interface WatchedQueues extends UsageQueues {
  /** Messages in the dead-letter queues of both. */
  deadLetters(): Promise<number>;
  /** How far behind each count may be, in milliseconds; left out where counts are exact. */
  readonly countLagMs?: number;
}

/** Counts what was sent and is not in the ledger as it was sent. */
export interface KeptCounts {
  /**
   * Rejects that were not accepted since, and ids that came again with other content.
   *
   * @param days - local days that they belong to; those of an unknown day count whatever the days. All of them when absent
   */
  count(tenant: string, days?: DayRange): Promise<{ readonly rejects: number; readonly conflicts: number }>;
}

/** Calls that lack a price: any at all, or one for some of their units. */
export interface UnpricedCounts {
  readonly unpriced: bigint;
  readonly partiallyPriced: bigint;
}

/** Counts the calls of sums that lack a price. */
export function countLackingPrice(sums: Iterable<{ readonly measures: Measures }>): UnpricedCounts {
  let [unpriced, partiallyPriced] = [0n, 0n];
  for (const { measures } of sums) {
    unpriced += (measures.unpriced ?? 0n) + (measures.unpriced_unit ?? 0n);
    partiallyPriced += measures.partially_priced ?? 0n;
  }
  return { unpriced, partiallyPriced };
}

/** Counts the entries that lack a price; void ones count for nothing and lack none. */
export function countEntriesLackingPrice(entries: readonly LedgerEntry[]): UnpricedCounts {
  const statuses = entries.filter(({ isVoid }) => !isVoid).map(({ rating }) => rating.status);
  const partiallyPriced = statuses.filter((status) => status === 'partially_priced').length;
  const unpriced = statuses.filter((status) => status === 'unpriced' || status === 'unpriced_unit').length;
  return { unpriced: BigInt(unpriced), partiallyPriced: BigInt(partiallyPriced) };
}

/** What answers about money need to know beside the ledger. */
export interface FreshnessPorts {
  readonly queues: WatchedQueues;
  readonly watches: Pick<QueueWatches, 'find'>;
  readonly kept: KeptCounts;
  readonly gaps: SequenceGaps;
  readonly now: Clock;
}

/** How much of what was sent an answer can hold; to be read before the ledger is. */
export interface Freshness {
  /** Every message accepted before this moment (epoch milliseconds) is in the ledger or was given up. */
  readonly asOfMs: number;
  /** Messages of every tenant that wait or are in flight. */
  readonly queued: Readonly<Record<'usage' | 'import', number>>;
  /** Messages of every tenant that were given up. */
  readonly deadLetters: number;
  /** Rejects of the tenant that were not accepted since, of the days asked for. */
  readonly rejects: number;
  /** Kept conflicts of the tenant, of the days asked for. */
  readonly conflicts: number;
  /** Calls that emitters numbered and the ledger never got, of the days asked for; 0 when no days were. */
  readonly missing: number;
}

/**
 * Reads how fresh answers of a tenant can be.
 * @param days - local days that the answer is about; rejects and conflicts of all time when absent
 */
export type FreshnessReader = (tenant: TenantConfig, days?: DayRange) => Promise<Freshness>;

/**
 * Makes a reader of freshness, which asks for everything at once. `asOfMs` is what the watch over the queues knows, or
 * the moment at which this reader itself last saw them empty, where counts are exact. Before anybody ever did, it is the
 * tenant's creation, since nothing was accepted for the tenant earlier, or the longest time that a queue keeps a message.
 */
export function createFreshnessReader(ports: FreshnessPorts): FreshnessReader {
  const { queues, watches, kept, gaps, now } = ports;
  let clearedMs = Number.NEGATIVE_INFINITY;
  return async ({ tenant, createdAtMs }, days) => {
    const checkedMs = now();
    const [watch, queued, deadLetters, counts, missing] = await Promise.all([
      watches.find(),
      queues.depth(),
      queues.deadLetters(),
      kept.count(tenant, days),
      days ? gaps.countMissing(tenant, days.fromDay, days.toDay) : 0,
    ]);
    const isEmpty = queued.usage + queued.import === 0 && (queues.countLagMs ?? 0) === 0;
    clearedMs = Math.max(clearedMs, isEmpty ? checkedMs : clearedMs, watch?.clearedMs ?? clearedMs);
    const asOfMs = Math.max(clearedMs, createdAtMs, checkedMs - QUEUE_RETENTION_MS);
    return { asOfMs, queued, deadLetters, ...counts, missing };
  };
}

/** Messages of every tenant that are accepted and not in the ledger. */
export function countBacklog({ queued, deadLetters }: Freshness): number {
  return queued.usage + queued.import + deadLetters;
}

/**
 * The reasons why an answer about a period is incomplete; none = complete.
 *
 * @param calls - those of the answer
 * @param isPeriodOpen - whether the time asked for is not over yet
 */
export function listIncompleteReasons(
  freshness: Freshness,
  calls: UnpricedCounts,
  isPeriodOpen: boolean,
): readonly IncompleteReason[] {
  return nameReasons({
    ...ofCalls(calls),
    rejects: BigInt(freshness.rejects),
    conflicts: BigInt(freshness.conflicts),
    backlog: BigInt(countBacklog(freshness)),
    missing_reported: BigInt(freshness.missing),
    period_open: isPeriodOpen ? 1n : 0n,
  });
}

/** The reasons why an answer about single entries is incomplete: what else was sent does not change them. */
export function listEntryReasons(entries: readonly LedgerEntry[]): readonly IncompleteReason[] {
  return nameReasons(ofCalls(countEntriesLackingPrice(entries)));
}

/** The reason why an answer about orders of correction is incomplete: how many of them are not carried out. */
export function listOrderReasons(running: number): readonly IncompleteReason[] {
  return nameReasons({ order_running: BigInt(running) });
}

function ofCalls({ unpriced, partiallyPriced }: UnpricedCounts): Partial<Record<IncompleteReasonName, bigint>> {
  return { unpriced, partially_priced: partiallyPriced };
}

function nameReasons(counts: Readonly<Partial<Record<IncompleteReasonName, bigint>>>): readonly IncompleteReason[] {
  return INCOMPLETE_REASONS.map((reason) => ({ reason, count: counts[reason] ?? 0n })).filter(
    ({ count }) => count > 0n,
  );
}
