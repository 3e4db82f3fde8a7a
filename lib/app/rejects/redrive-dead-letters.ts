import { MAX_MESSAGE_BYTES } from '../../contracts/limits.ts';
import type { Rejection } from '../../contracts/reject-reasons.ts';
import type { Clock, Tenants } from '../ports.ts';
import { decodeMessage } from '../recording/decode-message.ts';
import { keepRejects, NOBODY, refuseTenant, refuseWhole } from '../recording/keep-rejects.ts';
import { type Arrival, resolveArrival } from '../recording/resolve-arrival.ts';
import { isOwnSender, type SenderPolicy } from '../recording/resolve-sender.ts';
import { packMessage } from '../recording/submit-events.ts';
import type { DeadLetter, DeadLetterQueues, Rejects, StampedMessage } from './reject-ports.ts';

/** What sending dead letters back takes. */
export interface DeadLetterPorts {
  readonly deadLetterQueues: DeadLetterQueues;
  readonly rejects: Pick<Rejects, 'keep' | 'settle'>;
  readonly tenants: Pick<Tenants, 'find'>;
  readonly senders: SenderPolicy;
  readonly now: Clock;
}

/** What became of the letters that were looked at. */
export interface DeadLetterReport {
  /** Sent back to the queue that gave them up. */
  readonly sentBack: number;
  /** Kept as rejects, because sending them again would not help. */
  readonly keptAsRejects: number;
  /** Left for later: they came back not long ago. */
  readonly postponed: number;
  /** Left because something failed; they come again after a minute. */
  readonly failed: number;
}

/** A body that leaves room for the longest stamp. */
const MAX_BODY_BYTES = MAX_MESSAGE_BYTES - 2_048;

/** Letters of one run. */
const MAX_LETTERS = 1_000;

/** Times that a letter is sent back before it is kept as a reject; with the pauses this takes more than a day. */
export const MAX_RETURNS = 8;

const FIRST_PAUSE_MS = 15 * 60_000;
const LONGEST_PAUSE_MS = 12 * 3_600_000;

/** A letter that has to wait is looked at this often, so that a person who does not want to wait finds it. */
const LONGEST_HIDING_SECONDS = 900;

/**
 * Sends valid messages that were given up back to their queue, with the tenant, arrival and name they first had: the
 * table was throttled or out of reach for longer than a queue is patient. One that comes back again and again waits
 * longer each time. What cannot be read, belongs to nobody, or fails whatever is done becomes a reject, and leaves the
 * dead letters only when it is one.
 *
 * @param deadlineMs - epoch milliseconds after which no further letters are taken
 * @param isImpatient - sends back at once what would have to wait
 */
export async function redriveDeadLetters(
  ports: DeadLetterPorts,
  deadlineMs: number,
  isImpatient = false,
): Promise<DeadLetterReport> {
  const report = { sentBack: 0, keptAsRejects: 0, postponed: 0, failed: 0 };
  let left = MAX_LETTERS;
  for (const queue of ['usage', 'import'] as const) {
    while (left > 0 && ports.now() < deadlineMs) {
      const letters = await ports.deadLetterQueues.receive(queue);
      if (letters.length === 0) break;
      left -= letters.length;
      await settleLetters(ports, queue, letters, isImpatient, report);
    }
  }
  return report;
}

type Report = { -readonly [Count in keyof DeadLetterReport]: number };

async function settleLetters(
  ports: DeadLetterPorts,
  queue: 'usage' | 'import',
  letters: readonly DeadLetter[],
  isImpatient: boolean,
  report: Report,
): Promise<void> {
  const back: { readonly letter: DeadLetter; readonly message: StampedMessage }[] = [];
  const kept: DeadLetter[] = [];
  const waiting: { readonly letter: DeadLetter; readonly seconds: number }[] = [];
  for (const letter of letters) {
    const nowMs = ports.now();
    let arrival: Arrival;
    try {
      // Any queue of the account may name this one for its dead letters, those of imports too, with stamps of its own.
      const stamp = isOwnSender(ports.senders, letter.senderId) ? letter.stamp : {};
      arrival = await resolveArrival(ports.senders, { ...letter, queue, stamp }, nowMs);
      if (await keepWhereHopeless(ports, letter, arrival)) {
        kept.push(letter);
        continue;
      }
    } catch {
      // The table is out of reach still: the letter stays where it is.
      report.failed += 1;
      continue;
    }
    const pauseMs = pauseOf(arrival) - nowMs;
    if (pauseMs > 0 && !isImpatient)
      waiting.push({ letter, seconds: Math.min(Math.ceil(pauseMs / 1_000), LONGEST_HIDING_SECONDS) });
    else
      back.push({
        letter,
        message: { body: repack(letter.body), stamp: stampAgain(letter, arrival, nowMs, pauseMs > 0) },
      });
  }
  for (const [seconds, group] of Map.groupBy(waiting, (each) => each.seconds)) {
    await ports.deadLetterQueues.postpone(
      queue,
      group.map(({ letter }) => letter),
      seconds,
    );
  }
  if (back.length > 0) {
    await ports.deadLetterQueues.sendStamped(
      queue,
      back.map(({ message }) => message),
    );
  }
  // Only now, when each is in its queue or kept: a letter that is met twice counts once.
  const done = [...back.map(({ letter }) => letter), ...kept];
  if (done.length > 0) await ports.deadLetterQueues.remove(queue, done);
  report.sentBack += back.length;
  report.keptAsRejects += kept.length;
  report.postponed += waiting.length;
}

/** Keeps a letter as rejects where sending it back cannot help. @returns whether it did */
async function keepWhereHopeless(ports: DeadLetterPorts, letter: DeadLetter, arrival: Arrival): Promise<boolean> {
  const tenant = arrival.tenant === undefined ? undefined : await ports.tenants.find(arrival.tenant);
  const decoded = decodeMessage(letter.body);
  const isReadable = decoded.events.length + decoded.gpuSamples.length > 0;
  const isExhausted = (arrival.stamp.returns ?? 0) >= MAX_RETURNS;
  const isSendable = Buffer.byteLength(repack(letter.body)) <= MAX_BODY_BYTES;
  if (tenant && isReadable && isSendable && !isExhausted) return false;
  const rejection: Rejection = tenant
    ? { reason: 'keeps_failing', field: null, message: 'recording failed however often it was tried' }
    : refuseTenant(arrival.tenant);
  const rejects = refuseWhole(arrival, decoded, rejection);
  const message = { redrivenFrom: arrival.stamp.reject, rejects, acceptedAs: [] };
  await keepRejects(ports.rejects, tenant ?? NOBODY, [message], ports.now());
  return true;
}

/** A stamp counts towards the size of a message, and the first sender may have used all of it for the body. */
function repack(body: string): string {
  return Buffer.byteLength(body) <= MAX_BODY_BYTES ? body : packMessage(body);
}

/** When a letter may go back: the first time at once, then after pauses that double. */
function pauseOf({ stamp }: Arrival): number {
  const { returns = 0, returnedAtMs = 0 } = stamp;
  if (returns === 0) return 0;
  return returnedAtMs + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (returns - 1));
}

/** @param isEarly - sent back before its time: that is not counted, or an impatient person would use up its returns */
function stampAgain(letter: DeadLetter, arrival: Arrival, nowMs: number, isEarly: boolean): StampedMessage['stamp'] {
  const { tenant, firstArrivalMs, stamp } = arrival;
  return {
    ...stamp,
    ...(tenant === undefined ? {} : { tenant }),
    firstArrivalMs,
    firstMessageId: stamp.firstMessageId ?? letter.messageId,
    returns: (stamp.returns ?? 0) + (isEarly ? 0 : 1),
    returnedAtMs: nowMs,
  };
}
