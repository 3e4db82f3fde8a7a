import { HISTORY_START_MS, MAX_EVENT_AGE_MS, MAX_EVENT_LEAD_MS } from '../../contracts/limits.ts';
import type { Rejection } from '../../contracts/reject-reasons.ts';
import { classifyId } from './event-id.ts';
import type { UsageEvent } from './usage-event.ts';

/** What a message's arrival allows its events. */
export interface EventWindow {
  /** When the message first arrived, epoch milliseconds; kept by every redelivery and redrive. */
  readonly firstArrivalMs: number;
  /** Whether it came through the import queue, which takes history from 2015 on. */
  readonly allowOlder: boolean;
}

/**
 * Checks the times of an event against its arrival: from 35 days before (2015-01-01 for imports) to 5 minutes after,
 * both included; and the time inside a timed id, which may be old but not more than 5 minutes ahead.
 *
 * @returns what is wrong, undefined when nothing is
 */
export function checkEventTime(event: Pick<UsageEvent, 'id' | 'timeMs'>, window: EventWindow): Rejection | undefined {
  const latestMs = window.firstArrivalMs + MAX_EVENT_LEAD_MS;
  const earliestMs = window.allowOlder ? HISTORY_START_MS : window.firstArrivalMs - MAX_EVENT_AGE_MS;
  if (event.timeMs > latestMs) return outOfRange('time lies more than 5 minutes after the arrival of the message');
  if (event.timeMs < earliestMs) {
    return outOfRange(
      window.allowOlder
        ? 'time lies before 2015-01-01'
        : 'time lies more than 35 days before the arrival of the message',
    );
  }
  const id = classifyId(event.id);
  if (!id.timed || id.timeMs <= latestMs) return undefined;
  const message = 'the time inside id lies more than 5 minutes after the arrival of the message';
  return { reason: 'id_in_future', field: 'id', message };
}

function outOfRange(message: string): Rejection {
  return { reason: 'time_out_of_range', field: 'time', message };
}
