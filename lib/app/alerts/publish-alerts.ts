import { AlertNotSentError } from '../../domain/alerts/alert-errors.ts';
import { findWholeSubject } from '../../domain/alerts/alert-subject.ts';
import type {
  AlertChannel,
  AlertPublisher,
  Deliveries,
  HeldAlert,
  Lease,
  PublishPorts,
  Snooze,
} from './alert-ports.ts';

/**
 * How a publish ended. `published`: accepted and recorded. `unrecorded`: accepted, but the record is not known to say
 * so, hence it may be sent once more under the same id. `failed`: certainly not sent; the next sweep takes it.
 * `unknown`: no answer; it is sent again when the lease has run out. `late`: not begun, the lease would not outlast it.
 * `snoozed`: not begun, it waits until the snooze ends. Of several channels the worst is told.
 */
export type PublishOutcome = 'published' | 'unrecorded' | 'failed' | 'unknown' | 'late' | 'snoozed';

/** Counts of {@link publishExpired}. */
export interface PublishReport {
  /** Pending alerts whose lease had run out. */
  readonly due: number;
  readonly outcomes: Readonly<Record<PublishOutcome, number>>;
}

/** A lease that starts now. */
export function drawLease(ports: PublishPorts): Lease {
  return { owner: ports.drawOwner(), untilMs: ports.clock() + ports.leaseMs };
}

/**
 * Publishes an alert that the caller holds, to every channel that has not accepted it yet, and records it. Never
 * throws: whatever goes wrong leaves the alert pending, and a later sweep sends it under the same id to the channels
 * that lack it.
 */
export async function publishHeld(ports: PublishPorts, held: HeldAlert): Promise<PublishOutcome> {
  const waiting = await postponeSnoozed(ports, held);
  if (waiting !== 'awake') return waiting;
  // Somebody else may take the alert the moment the lease ends, so nothing may be in flight then.
  if (ports.clock() + maxPublishMs(ports) > held.lease.untilMs) return 'late';
  const { deliveries, faults, isUnknown } = await publishToAll(ports, held);
  const sent = { ...held, deliveries };
  if (isUnknown) {
    await ports.alerts.noteUnknown(sent, faults.join('; ')).catch(() => undefined);
    return 'unknown';
  }
  if (faults.length > 0) {
    await ports.alerts.release(sent, faults.join('; ')).catch(() => undefined);
    return 'failed';
  }
  return ports.alerts.markPublished(sent, ports.clock()).then(
    (result) => (result === 'marked' ? 'published' : 'unrecorded'),
    () => 'unrecorded',
  );
}

/**
 * Takes every pending alert whose lease has run out and publishes it. Any number of sweeps may run at once: each alert
 * is taken by one of them.
 *
 * @param deadlineMs - epoch milliseconds after which no further alert is taken
 */
export async function publishExpired(ports: PublishPorts, deadlineMs: number): Promise<PublishReport> {
  const outcomes = { published: 0, unrecorded: 0, failed: 0, unknown: 0, late: 0, snoozed: 0 };
  const due = (await ports.alerts.pending()).filter(({ lease }) => lease.untilMs <= ports.clock());
  for (const pending of due) {
    if (ports.clock() + maxPublishMs(ports) > deadlineMs) {
      outcomes.late += 1;
      continue;
    }
    try {
      const held = await ports.alerts.take(pending, drawLease(ports));
      if (held) outcomes[await publishHeld(ports, held)] += 1;
    } catch {
      // The take itself failed: nothing was sent, and the alert is still pending for the next sweep.
      outcomes.failed += 1;
    }
  }
  return { due: due.length, outcomes };
}

/** Tries at a snooze that somebody changes at the same time; after that the alert is published. */
const MAX_LOOKS = 3;

/** @returns `snoozed`: it waits now; `late`: it should and is not known to; `awake`: it need not */
async function postponeSnoozed(ports: PublishPorts, held: HeldAlert): Promise<'snoozed' | 'late' | 'awake'> {
  for (let look = 1; look <= MAX_LOOKS; look++) {
    // A message too many is better than one that nobody gets because a read failed.
    const holding = await findSnoozes(ports, held).catch(() => undefined);
    if (!holding) return 'awake';
    const result = await ports.alerts.postpone(held, holding).catch(() => 'unknown' as const);
    if (result !== 'changed') return result === 'postponed' ? 'snoozed' : 'late';
  }
  return 'awake';
}

/** @returns the snoozes of everything that the alert is about, or of what it is a part of; undefined where one is none */
async function findSnoozes(
  { alerts, clock }: PublishPorts,
  { tenant, message }: HeldAlert,
): Promise<ReadonlyMap<string, Snooze> | undefined> {
  const snoozes = await alerts.snoozes(tenant);
  const holding = new Map<string, Snooze>();
  for (const about of message.about) {
    const [longest] = [...new Set([about, findWholeSubject(about)])]
      .flatMap((thing) => {
        const snooze = snoozes.get(thing);
        return snooze && snooze.untilMs > clock() ? [{ thing, snooze }] : [];
      })
      .sort((a, b) => b.snooze.untilMs - a.snooze.untilMs);
    if (longest === undefined) return undefined;
    holding.set(longest.thing, longest.snooze);
  }
  return holding.size > 0 ? holding : undefined;
}

interface Attempt {
  readonly deliveries: Deliveries;
  /** Why channels refused it or gave no answer, one text each. */
  readonly faults: readonly string[];
  /** Whether a channel gave no answer. */
  readonly isUnknown: boolean;
}

/** All at once, so that the lease need not outlast one after the other. */
async function publishToAll(ports: PublishPorts, { message, deliveries = {} }: HeldAlert): Promise<Attempt> {
  const open = listChannels(ports).filter(([channel]) => deliveries[channel] === undefined);
  const results = await Promise.allSettled(open.map(([, publisher]) => publisher.publish(message)));
  const accepted: [AlertChannel, number][] = [];
  const faults: string[] = [];
  let isUnknown = false;
  for (const [index, [channel]] of open.entries()) {
    const result = results[index];
    if (result?.status === 'fulfilled') {
      accepted.push([channel, ports.clock()]);
      continue;
    }
    const cause: unknown = result?.reason;
    faults.push(`${channel}: ${cause instanceof Error ? cause.message : 'no answer'}`);
    isUnknown ||= !(cause instanceof AlertNotSentError);
  }
  return { deliveries: { ...deliveries, ...Object.fromEntries(accepted) }, faults, isUnknown };
}

function listChannels({ publisher, chat }: PublishPorts): readonly (readonly [AlertChannel, AlertPublisher])[] {
  return [['topic', publisher], ...(chat ? [['chat', chat] as const] : [])];
}

function maxPublishMs(ports: PublishPorts): number {
  return Math.max(...listChannels(ports).map(([, publisher]) => publisher.maxPublishMs));
}
