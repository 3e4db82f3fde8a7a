import type { Outbox } from './outbox.ts';
import type { EmitterSurroundings } from './surroundings.ts';

/** The longest time that the platform's timers know; beyond it they fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Waits until everything before a number is settled, until the time is up, or until waiting has become useless.
 *
 * @param timeoutMs - what is no time counts as 0
 * @returns whether everything before the number is settled
 */
export async function awaitSettled(
  outbox: Outbox,
  { now, setTimer }: EmitterSurroundings,
  seq: number,
  timeoutMs: number,
): Promise<boolean> {
  const waitMs = timeoutMs > 0 ? Math.min(timeoutMs, MAX_TIMER_MS) : 0;
  const deadlineMs = now() + waitMs;
  const isSettled = (): boolean => outbox.oldestSeq >= seq;
  if (isSettled()) return true;
  await new Promise<void>((resolve) => {
    let isOver = false;
    const end = (): void => {
      isOver = true;
      deadline.cancel();
      resolve();
    };
    // Holds the process: a host that awaits a flush with nothing else to do would end before it.
    const deadline = setTimer(end, waitMs, true);
    const look = (): void => {
      if (isOver) return;
      // When the next attempt lies behind the deadline, waiting for it is of no use.
      if (isSettled() || outbox.nextStepMs >= deadlineMs) end();
      else outbox.watch(look);
    };
    look();
  });
  return isSettled();
}
