import type { MessageStamp } from '../recording/message-stamp.ts';

/** Rejects of senders that belong to no tenant, and of tenants that do not exist, are kept under this name. */
export const NO_TENANT = '-';

/** An event that could not be accepted, kept with its reason. Never holds prompt or completion text. */
export interface Reject {
  /** Stable per delivery: redelivering the same message keeps the same reject. See `nameReject`. */
  readonly rejectId: string;
  readonly reason: string;
  readonly field: string | null;
  readonly message: string;
  /** First arrival of its message, epoch milliseconds. */
  readonly receivedAtMs: number;
  readonly messageId: string;
  readonly index: number;
  /** Contract fields of the event where it could be parsed, else empty. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What redrive needs of an event beyond what readers may see. It expires, and only redrive and admins read it. */
export interface RejectParcel {
  /** Through which queue it came, from whom, and for which tenant where that was known. */
  readonly queue: 'usage' | 'import';
  readonly senderId: string;
  readonly tenant: string | null;
  /** The event: fields of the contract, each within its limits. Null when there is none. */
  readonly event: Readonly<Record<string, unknown>> | null;
  /** Dotted fields of the contract that were sent and are not in `event`, because they may hold anything. */
  readonly lost: readonly string[];
  /** A body or item out of which no event can be read, as text from its start; null for everything else. */
  readonly raw: { readonly text: string; readonly isCut: boolean } | null;
  /** Epoch milliseconds after which it is as good as gone. */
  readonly expiresAtMs: number;
}

/** A reject on its way into the store. */
export interface NewReject extends Reject {
  /** Local day of the tenant on which it is missing; it then counts in the periods that hold this day only. */
  readonly day?: string;
  /** Absent where nothing of it may be kept. */
  readonly parcel?: RejectParcel;
}

/**
 * How far a reject got. `open`: never redriven; `redriven`: on its way through the queue; `accepted`: the ledger knows
 * the event's id by now, for good; `refused_again`: it came back with the reason that it shows.
 */
export const REJECT_STATES = ['open', 'redriven', 'accepted', 'refused_again'] as const;

/** One of {@link REJECT_STATES}. */
export type RejectState = (typeof REJECT_STATES)[number];

/** What the ledger made of a redriven event. */
export type AcceptedAs = 'recorded' | 'duplicate' | 'conflict';

/** A reject as the store has it; reason, field and message are those of the last refusal. */
export interface KeptReject extends Omit<NewReject, 'parcel'> {
  readonly state: RejectState;
  /** Times it was redriven. */
  readonly redrives: number;
  /** Epoch milliseconds; null when it never was. */
  readonly redrivenAtMs: number | null;
  /** When it was accepted or refused again, epoch milliseconds. */
  readonly settledAtMs: number | null;
  readonly acceptedAs: AcceptedAs | null;
  /** Why it was refused the first time. */
  readonly firstReason: string;
  /** Until when redrive can restore it, epoch milliseconds; null when there is nothing to restore it from. */
  readonly restorableUntilMs: number | null;
}

/** Which rejects to list; what is absent does not matter. */
export interface RejectFilter {
  readonly reason?: string;
  /** First arrival at or after, epoch milliseconds. */
  readonly sinceMs?: number;
  readonly states?: readonly RejectState[];
}

/** How many rejects stand open with one reason and field. */
export interface RejectCount {
  readonly reason: string;
  /** Fields that senders name are counted under what they belong to, e.g. `tags`. */
  readonly field: string | null;
  readonly count: number;
}

/** What became of a redriven reject. */
export type RedriveVerdict =
  | { readonly accepted: AcceptedAs }
  | { readonly reason: string; readonly field: string | null; readonly message: string };

/** Rejects by tenant; those of senders without a tenant are under {@link NO_TENANT}. */
export interface Rejects {
  /**
   * Keeping the same reject again changes nothing.
   * @param keptAtMs - now; decides which hour they are counted in
   */
  keep(tenant: string, rejects: readonly NewReject[], keptAtMs: number): Promise<void>;
  /** A page in order of arrival. It may be short, even empty, and have a next one. */
  list(
    tenant: string,
    cursor?: string,
    filter?: RejectFilter,
  ): Promise<{ readonly rejects: readonly KeptReject[]; readonly next?: string }>;
  find(tenant: string, rejectId: string): Promise<KeptReject | undefined>;
  /** Undefined where there is none, or none any more. */
  findParcel(tenant: string, rejectId: string, nowMs: number): Promise<RejectParcel | undefined>;
  /** Rejects that are not accepted since. */
  count(tenant: string): Promise<number>;
  /** The same by reason and field, most first. */
  histogram(tenant: string): Promise<readonly RejectCount[]>;
  /** Rejects kept by reason, in whole steps of {@link RATE_STEP_MS} that began in a half-open range of time. */
  rates(tenant: string, fromMs: number, toMs: number): Promise<ReadonlyMap<string, number>>;
  /** Notes that a reject is on its way. @returns `accepted` when it is no longer needed; nothing was noted then */
  markRedriven(tenant: string, rejectId: string, atMs: number): Promise<'marked' | 'accepted' | 'unknown'>;
  /** Notes what became of it. What is accepted stays accepted, whatever comes later; saying the same again is harmless. */
  settle(tenant: string, rejectId: string, verdict: RedriveVerdict, atMs: number): Promise<void>;
}

/** Grain of the counts of {@link Rejects.rates}; they are kept for fifteen days. */
export const RATE_STEP_MS = 600_000;

/** A message to be sent with the ledger's own stamp. */
export interface StampedMessage {
  readonly body: string;
  readonly stamp: MessageStamp;
}

/** The way back into the queues. */
export interface RedriveQueues {
  /** Resolves when the queue has accepted every one; after a failure, sending all again is safe. */
  sendStamped(queue: 'usage' | 'import', messages: readonly StampedMessage[]): Promise<void>;
}

/** A message that its queue gave up. */
export interface DeadLetter {
  readonly messageId: string;
  readonly body: string;
  readonly senderId: string;
  /** When its queue accepted it, epoch milliseconds. */
  readonly sentAtMs: number;
  readonly stamp: MessageStamp;
  /** Names this handing-out of the letter. */
  readonly receipt: string;
}

/** The dead-letter queues. What is received and neither removed nor postponed comes again after a minute. */
export interface DeadLetterQueues extends RedriveQueues {
  /** Up to ten letters; none means that there are none to be had now. */
  receive(queue: 'usage' | 'import'): Promise<readonly DeadLetter[]>;
  remove(queue: 'usage' | 'import', letters: readonly DeadLetter[]): Promise<void>;
  /** Hides letters for that long; at most twelve hours. */
  postpone(queue: 'usage' | 'import', letters: readonly DeadLetter[], seconds: number): Promise<void>;
}
