import type { RejectReason } from '../../contracts/reject-reasons.ts';

/** Events as they go over the wire; a retry sends the very same bytes. */
export interface OutgoingMessage {
  /** `{"events":[...]}` in UTF-8, compressed with gzip; below 1 MiB also as base64. */
  readonly gzip: Uint8Array<ArrayBuffer>;
  /** How many events it holds, 1 to 1,000. */
  readonly eventCount: number;
}

/** An event that will not be recorded as it is. Never quotes what was sent. */
export interface RefusedEvent {
  /** The event's id where it has a usable one. */
  readonly id: string | null;
  /** The ledger's own code; from the emitter itself also `unknown_response` and `unusable_response`. */
  readonly reason: RejectReason | 'unknown_response' | 'unusable_response' | (string & {});
  /** Dotted field at fault, null when it is the event as a whole. */
  readonly field: string | null;
  /** What was expected. */
  readonly message: string;
}

/**
 * What became of one attempt to send a message.
 *
 * `accepted`: the ledger or its queue has it, but for the events it refused. `unavailable`: nobody knows; the same
 * message is sent again, after `retryAfterMs` at the earliest. `denied`: the address or the credential is not accepted;
 * somebody may mend that at the other end, so the message is kept and tried again now and then. `unacceptable`: this
 * message will never be taken, whoever sends it.
 */
export type SendOutcome =
  | { readonly status: 'accepted'; readonly refused: readonly RefusedEvent[] }
  | { readonly status: 'unavailable'; readonly error: Error; readonly retryAfterMs?: number }
  | { readonly status: 'denied'; readonly error: Error }
  | { readonly status: 'unacceptable'; readonly error: Error };

/** Carries messages to a ledger. */
export interface EmitterTransport {
  /** Must settle within bounded time; what it throws counts as `unavailable`. */
  send(message: OutgoingMessage): Promise<SendOutcome>;
}
