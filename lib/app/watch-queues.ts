import { QUEUE_MAX_RECEIVES, QUEUE_VISIBILITY_MS } from '../contracts/queue-promises.ts';
import { addSighting, NOTHING_SEEN, type QueueSighting, type QueueWatch } from '../domain/queue-watch.ts';
import type { Clock } from './ports.ts';

/** Counts what is in the usage and the import queue. */
export interface QueueCounts {
  /** Both queues together; dead letters are not in them. */
  countMessages(): Promise<Omit<QueueSighting, 'atMs'>>;
  /** How far behind each count may be, in milliseconds; left out where counts are exact. */
  readonly countLagMs?: number;
}

/** What the whole ledger knows of its queues. */
export interface QueueWatches {
  find(): Promise<QueueWatch | undefined>;
  /** @returns `behind` when it is no longer the one that was read; nothing was written then */
  save(from: QueueWatch | undefined, to: QueueWatch): Promise<'saved' | 'behind'>;
}

/** What watching the queues takes. */
export interface WatchPorts {
  readonly counts: QueueCounts;
  readonly watches: QueueWatches;
  readonly now: Clock;
}

/**
 * Looks at the queues once and keeps what follows from it for every reader. Whoever is behind another one leaves it at
 * that: the next look is a minute away.
 */
export async function watchQueues({ counts, watches, now }: WatchPorts): Promise<void> {
  const atMs = now();
  const counted = await counts.countMessages();
  const known = await watches.find();
  const watch = addSighting(
    known ?? NOTHING_SEEN,
    { atMs, ...counted },
    { countLagMs: counts.countLagMs ?? 0, visibilityMs: QUEUE_VISIBILITY_MS, maxReceives: QUEUE_MAX_RECEIVES },
  );
  if (watch !== (known ?? NOTHING_SEEN)) await watches.save(known, watch);
}
