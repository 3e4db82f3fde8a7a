import type { AlertKind, AlertMessage, AlertSeverity } from '../../domain/alerts/alert.ts';
import type { MigrationSubject } from '../../domain/migrate-now/migration-subject.ts';
import type { Clock } from '../ports.ts';

/** Who may publish an alert, and until when. */
export interface Lease {
  /** Drawn for this claim or take alone. */
  readonly owner: string;
  /** Epoch milliseconds. */
  readonly untilMs: number;
}

/** Where an alert goes: to the topic of all subscribers, and where there is one to the topic of chat channels. */
export type AlertChannel = 'topic' | 'chat';

/** When each channel accepted an alert, epoch milliseconds; channels that have not are absent. */
export type Deliveries = Readonly<Partial<Record<AlertChannel, number>>>;

/** A claimed alert whose publishing is not known to have succeeded. */
export interface PendingAlert {
  readonly alertId: string;
  readonly tenant: string;
  readonly claimedAtMs: number;
  /** Publishings begun under this and earlier leases. */
  readonly attempts: number;
  readonly lease: Lease;
  /** Channels that need it no more; none where absent. */
  readonly deliveries?: Deliveries;
}

/** A pending alert with its message, in the hands of the lease's owner. */
export interface HeldAlert extends PendingAlert {
  readonly message: AlertMessage;
}

/** That somebody has seen an alert. */
export interface Acknowledgement {
  readonly atMs: number;
  /** Credential that did it, as admin records name it. */
  readonly by: string;
  readonly note: string | null;
}

/** That alerts about one thing wait. */
export interface Snooze {
  readonly untilMs: number;
  readonly sinceMs: number;
  /** Credential that did it, as admin records name it. */
  readonly by: string;
}

/** An alert as lists show it. */
export interface AlertRecord {
  readonly alertId: string;
  readonly kind: AlertKind;
  readonly severity: AlertSeverity;
  readonly subject: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly about: readonly string[];
  /** When every channel had accepted it; null before. */
  readonly publishedAtMs: number | null;
  readonly deliveries: Deliveries;
  /** Until when it was found snoozed; null when it was not, or is being published again. */
  readonly snoozedUntilMs: number | null;
  readonly acknowledged: Acknowledgement | null;
  readonly claimedAtMs: number;
  readonly attempts: number;
  /** Why the last publishing failed; null when it did not. */
  readonly lastError: string | null;
}

/** Alerts on a page. */
export const ALERTS_PER_PAGE = 50;

/** A page of alerts, newest first. */
export interface AlertPage {
  readonly alerts: readonly AlertRecord[];
  /** Opaque; pass it back to read on. Absent on the last page. */
  readonly next?: string;
}

/**
 * Claims of alerts and their way to the topic. What is claimed stays claimed for ever; what is pending belongs to
 * whoever holds its lease.
 */
export interface AlertStore {
  /** The claims whose keys begin so; only those that sort behind `after` where it is given. */
  claims(tenant: string, prefix: string, after?: string): Promise<ReadonlySet<string>>;
  /**
   * Takes all the claims and makes the alert pending, in one step. An outcome that stays unknown is `lost`: if the
   * claim did happen, the sweep finds its lease run out.
   * @returns `lost` when one of the claims is taken or the alert exists; nothing was written then
   */
  claim(claims: readonly string[], held: HeldAlert): Promise<'claimed' | 'lost'>;
  /** Pending alerts of all tenants, those with the oldest lease first. */
  pending(): Promise<readonly PendingAlert[]>;
  /** Takes a pending alert over from the lease that was read. @returns undefined when somebody else was faster */
  take(pending: PendingAlert, lease: Lease): Promise<HeldAlert | undefined>;
  /** Records that every channel accepted the alert. @returns `lost` when the lease is no longer the caller's */
  markPublished(held: HeldAlert, atMs: number): Promise<'marked' | 'lost'>;
  /** Gives the lease back at once after a publish known to have failed; what is delivered stays so. */
  release(held: HeldAlert, error: string): Promise<void>;
  /** Records what came of a publish of which a channel's answer is not known, and keeps the lease. */
  noteUnknown(held: HeldAlert, error: string): Promise<void>;
  /**
   * Makes the alert wait until the first of the snoozes ends.
   * @returns `changed` when one of them is no longer what was read, or the lease is lost; nothing was written then
   */
  postpone(held: HeldAlert, snoozes: ReadonlyMap<string, Snooze>): Promise<'postponed' | 'changed'>;
  /** The newest {@link ALERTS_PER_PAGE} alerts behind the cursor. */
  list(tenant: string, cursor?: string): Promise<AlertPage>;
  find(tenant: string, alertId: string): Promise<AlertRecord | undefined>;
  /** Puts an acknowledgement down unless there is one. @returns the one that stands */
  acknowledge(tenant: string, alertId: string, acknowledgement: Acknowledgement): Promise<Acknowledgement>;
  /** Snoozes of the tenant by what they are about, those that are over among them until somebody takes them away. */
  snoozes(tenant: string): Promise<ReadonlyMap<string, Snooze>>;
  /** Snoozes these things, in place of what was there, and lets the sweep look at what waits already. */
  snooze(tenant: string, about: readonly string[], snooze: Snooze): Promise<void>;
  /** Ends the snooze of these things and lets the sweep look at what waits. @returns the things that were snoozed */
  endSnooze(tenant: string, about: readonly string[]): Promise<readonly string[]>;
}

/** Sends alerts to subscribers. */
export interface AlertPublisher {
  /** A publish ends within this time, retries included, with or without success. */
  readonly maxPublishMs: number;
  /**
   * @throws {@link AlertNotSentError} certainly not delivered
   * @throws {@link AlertOutcomeUnknownError} may have been delivered
   */
  publish(message: AlertMessage): Promise<void>;
}

/** A migration profile as stored: the JSON that was sent, already found valid. */
export interface StoredProfile {
  readonly name: string;
  readonly source: Readonly<Record<string, unknown>>;
  readonly storedAtMs: number;
}

/** A step of a migration subject. */
export interface MigrationMove {
  /** The last day of the subject as it was read; null when there was none. */
  readonly fromDay: string | null;
  readonly subject: MigrationSubject;
  /** The figures of the last day taken in, as JSON. */
  readonly assessment: Readonly<Record<string, unknown>>;
  /** The alert that the step brought, with its claim. */
  readonly alert?: { readonly claim: string; readonly held: HeldAlert };
}

/** How far a subject was assessed, and what the last day said. */
export interface MigrationStanding {
  readonly subject: MigrationSubject;
  /** Null where an earlier release kept none. */
  readonly assessment: Readonly<Record<string, unknown>> | null;
}

/** Migration profiles of each tenant and how far each was assessed. */
export interface MigrationStore {
  putProfile(tenant: string, profile: StoredProfile): Promise<void>;
  listProfiles(tenant: string): Promise<readonly StoredProfile[]>;
  /** @returns `absent` when there was none of this name */
  removeProfile(tenant: string, name: string): Promise<'removed' | 'absent'>;
  standing(tenant: string, key: string): Promise<MigrationStanding | undefined>;
  /**
   * Moves a subject on from the last day that was read and, in the same step, claims the alert that the day brought.
   * @returns `behind` when somebody moved it meanwhile; nothing was written then
   */
  advance(tenant: string, key: string, move: MigrationMove): Promise<'advanced' | 'behind'>;
}

/** What publishing alerts takes. */
export interface PublishPorts {
  readonly alerts: AlertStore;
  readonly publisher: AlertPublisher;
  /** Publishes for chat channels; absent where there is no topic for them. */
  readonly chat?: AlertPublisher;
  readonly clock: Clock;
  /** Draws the name of a new lease's owner; never the same twice. */
  readonly drawOwner: () => string;
  /** Longest time-out of any publishing function plus 30 s. */
  readonly leaseMs: number;
}
