import { AlertNotSentError } from '../../domain/alerts/alert-errors.ts';
import type { HeldAlert, Lease, PublishPorts } from './alert-ports.ts';

/**
 * How a publish ended. `published`: accepted and recorded. `unrecorded`: accepted, but the record is not known to say
 * so, hence it may be sent once more under the same id. `failed`: certainly not sent; the next sweep takes it.
 * `unknown`: no answer; it is sent again when the lease has run out. `late`: not begun, the lease would not outlast it.
 */
export type PublishOutcome = 'published' | 'unrecorded' | 'failed' | 'unknown' | 'late';

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
 * Publishes an alert that the caller holds and records it. Never throws: whatever goes wrong leaves the alert pending,
 * and a later sweep sends it under the same id.
 */
export async function publishHeld(ports: PublishPorts, held: HeldAlert): Promise<PublishOutcome> {
  // Somebody else may take the alert the moment the lease ends, so nothing may be in flight then.
  if (ports.clock() + ports.publisher.maxPublishMs > held.lease.untilMs) return 'late';
  try {
    await ports.publisher.publish(held.message);
  } catch (error) {
    if (!(error instanceof AlertNotSentError)) return 'unknown';
    await ports.alerts.release(held, error.message).catch(() => undefined);
    return 'failed';
  }
  return ports.alerts.markPublished(held, ports.clock()).then(
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
  const outcomes = { published: 0, unrecorded: 0, failed: 0, unknown: 0, late: 0 };
  const due = (await ports.alerts.pending()).filter(({ lease }) => lease.untilMs <= ports.clock());
  for (const pending of due) {
    if (ports.clock() + ports.publisher.maxPublishMs > deadlineMs) {
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
