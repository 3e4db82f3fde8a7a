/** What the counts of the queues said at one moment, all queues together. */
export interface QueueSighting {
  /** Taken before the counts were asked for, epoch milliseconds. */
  readonly atMs: number;
  /** Messages that nobody has been handed, delayed ones included. */
  readonly waiting: number;
  /** Messages that were handed out and neither deleted nor given back. */
  readonly inFlight: number;
}

/** What queues promise, as far as a bound follows from it. */
export interface QueuePromises {
  /** How far behind each count may be, by itself; 0 = all are of the moment at which they are read. */
  readonly countLagMs: number;
  /** How long a message that was handed out stays in flight unless it is deleted. */
  readonly visibilityMs: number;
  /** How often a message is handed out before it is given up. */
  readonly maxReceives: number;
}

/** What sightings add up to. Times are epoch milliseconds, ascending. */
export interface QueueWatch {
  /** Every message accepted before was handled or given up; null = not known of any. */
  readonly clearedMs: number | null;
  /** Latest sightings of empty queues that may still count towards a bound. */
  readonly emptyMs: readonly number[];
  /** Sightings without a waiting message, further apart than a message may be in flight. */
  readonly restedMs: readonly number[];
}

/** A watch that has not begun. */
export const NOTHING_SEEN: QueueWatch = { clearedMs: null, emptyMs: [], restedMs: [] };

/** With counts that lag, a message can hide from two sightings in a row, but not from three; docs/api.md says why. */
const SIGHTINGS_IN_ROW = 3;

/**
 * Adds a sighting to a watch. What is known only grows; a sighting older than one that was used adds nothing.
 *
 * Two things tell that older messages are gone: queues that are empty, and as many moments without a waiting message,
 * each further from the next than a message may be in flight, as it takes for any message to be given up.
 *
 * @returns the watch itself where the sighting says nothing new
 */
export function addSighting(watch: QueueWatch, sighting: QueueSighting, promises: QueuePromises): QueueWatch {
  const { atMs, waiting, inFlight } = sighting;
  if (waiting > 0 || atMs <= (watch.restedMs.at(-1) ?? Number.NEGATIVE_INFINITY)) return watch;
  if (atMs <= (watch.emptyMs.at(-1) ?? Number.NEGATIVE_INFINITY)) return watch;
  const empty = inFlight > 0 ? { emptyMs: watch.emptyMs, clearedMs: null } : addEmpty(watch.emptyMs, atMs, promises);
  const rested = addRested(watch.restedMs, atMs, promises);
  const known = [watch.clearedMs, empty.clearedMs, rested.clearedMs].filter((ms) => ms !== null);
  if (empty.emptyMs === watch.emptyMs && rested.restedMs === watch.restedMs) return watch;
  return {
    clearedMs: known.length === 0 ? null : Math.max(...known),
    emptyMs: empty.emptyMs,
    restedMs: rested.restedMs,
  };
}

type Cleared = Pick<QueueWatch, 'clearedMs'>;

/**
 * A message is missed by an empty sighting only while it passes from one count to another, and it cannot do that three
 * times before it has been in flight for its whole time.
 */
function addEmpty(
  before: readonly number[],
  atMs: number,
  { countLagMs, visibilityMs }: QueuePromises,
): Cleared & Pick<QueueWatch, 'emptyMs'> {
  if (countLagMs === 0) return { clearedMs: atMs, emptyMs: [atMs] };
  const emptyMs = [...before.filter((ms) => atMs - ms < visibilityMs - countLagMs), atMs];
  let firstMs: number | undefined = atMs;
  for (let seen = 1; seen < SIGHTINGS_IN_ROW && firstMs !== undefined; seen++) {
    const beforeMs: number = firstMs - countLagMs;
    firstMs = emptyMs.findLast((ms) => ms < beforeMs);
  }
  return { clearedMs: firstMs === undefined ? null : firstMs - countLagMs, emptyMs };
}

/**
 * Where nothing waits, a message is in flight or gone; by the next such moment that counts it was handed out once more.
 * One moment more than there are receives is asked for, because a message may pass by the first unseen.
 */
function addRested(
  before: readonly number[],
  atMs: number,
  { countLagMs, visibilityMs, maxReceives }: QueuePromises,
): Cleared & Pick<QueueWatch, 'restedMs'> {
  const lastMs = before.at(-1);
  if (lastMs !== undefined && atMs - lastMs <= visibilityMs + countLagMs) return { clearedMs: null, restedMs: before };
  const restedMs = [...before, atMs].slice(-(maxReceives + 2));
  const [firstMs] = restedMs;
  const isEnough = firstMs !== undefined && restedMs.length === maxReceives + 2;
  return { clearedMs: isEnough ? firstMs - countLagMs : null, restedMs };
}
