import type { Measures } from '../contracts/measures.ts';
import type { Clock, Conflicts, TenantConfig, UsageQueues } from './ports.ts';
import type { Rejects } from './reject-ports.ts';

/** Why an answer may not be the whole truth, in the order in which answers list it. */
export const INCOMPLETE_REASONS = [
  'unpriced',
  'partially_priced',
  'rejects',
  'conflicts',
  'backlog',
  'period_open',
] as const;

/** One of {@link INCOMPLETE_REASONS}. */
export type IncompleteReasonName = (typeof INCOMPLETE_REASONS)[number];

/** One reason and how many calls, rejects, conflicts, messages or periods it is about; always above zero. */
export interface IncompleteReason {
  readonly reason: IncompleteReasonName;
  readonly count: bigint;
}

/** The queues, with what was given up beside them. */
export interface WatchedQueues extends UsageQueues {
  /** Messages in the dead-letter queues of both. */
  deadLetters(): Promise<number>;
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

/** What answers about money need to know beside the ledger. */
export interface FreshnessPorts {
  readonly queues: WatchedQueues;
  readonly rejects: Pick<Rejects, 'count'>;
  readonly conflicts: Conflicts;
  readonly now: Clock;
}

/** How much of what was sent an answer can hold; to be read before the ledger is. */
export interface Freshness {
  /** Every message accepted before this moment (epoch milliseconds) is in the ledger or in a dead-letter queue. */
  readonly asOfMs: number;
  /** Messages of every tenant that wait or are in flight. */
  readonly queued: Readonly<Record<'usage' | 'import', number>>;
  /** Messages of every tenant that were given up. */
  readonly deadLetters: number;
  /** Rejects of the tenant that were not accepted since, whatever their time. */
  readonly rejects: number;
  /** Kept conflicts of the tenant, whatever their time. */
  readonly conflicts: number;
}

/** Reads how fresh answers of a tenant can be. */
export type FreshnessReader = (tenant: TenantConfig) => Promise<Freshness>;

/** No queue of ours keeps a message longer: what is older was recorded or given up. */
const LONGEST_RETENTION_MS = 14 * 86_400_000;

/**
 * Makes a reader of freshness. A queue does not tell how old its oldest message is, so while messages wait, `asOfMs`
 * stays at the last moment at which this reader saw both queues empty. Before it ever did, it is the tenant's creation,
 * since nothing was accepted for the tenant earlier, or the longest time that a queue keeps a message. All are true;
 * the last two are merely far back.
 */
export function createFreshnessReader(ports: FreshnessPorts): FreshnessReader {
  let lastEmptyMs = Number.NEGATIVE_INFINITY;
  return async ({ tenant, createdAtMs }) => {
    const checkedMs = ports.now();
    const [queued, deadLetters, rejects, conflicts] = await Promise.all([
      ports.queues.depth(),
      ports.queues.deadLetters(),
      ports.rejects.count(tenant),
      ports.conflicts.count(tenant),
    ]);
    if (queued.usage + queued.import === 0) lastEmptyMs = Math.max(lastEmptyMs, checkedMs);
    const asOfMs = Math.max(lastEmptyMs, createdAtMs, checkedMs - LONGEST_RETENTION_MS);
    return { asOfMs, queued, deadLetters, rejects, conflicts };
  };
}

/** Messages of every tenant that are accepted and not in the ledger. */
export function countBacklog({ queued, deadLetters }: Freshness): number {
  return queued.usage + queued.import + deadLetters;
}

/**
 * The reasons why an answer is incomplete; none = complete.
 *
 * @param calls - those of the answer
 * @param isPeriodOpen - whether the time asked for is not over yet
 */
export function listIncompleteReasons(
  freshness: Freshness,
  calls: UnpricedCounts,
  isPeriodOpen: boolean,
): readonly IncompleteReason[] {
  const counts: Readonly<Record<IncompleteReasonName, bigint>> = {
    unpriced: calls.unpriced,
    partially_priced: calls.partiallyPriced,
    rejects: BigInt(freshness.rejects),
    conflicts: BigInt(freshness.conflicts),
    backlog: BigInt(countBacklog(freshness)),
    period_open: isPeriodOpen ? 1n : 0n,
  };
  return INCOMPLETE_REASONS.map((reason) => ({ reason, count: counts[reason] })).filter(({ count }) => count > 0n);
}
