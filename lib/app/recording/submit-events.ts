import { gzipSync } from 'node:zlib';
import { MAX_MESSAGE_BYTES } from '../../contracts/limits.ts';
import type { Rejection, RejectReason } from '../../contracts/reject-reasons.ts';
import { LedgerError } from '../../domain/errors.ts';
import { checkEventTime } from '../../domain/events/event-window.ts';
import type { Clock, UsageQueues } from '../ports.ts';
import { type DecodedEvent, type DecodedMessage, decodeMessage } from './decode-message.ts';
import { unpackMessage } from './unpack-message.ts';

/** What taking events in needs. */
export interface SubmitPorts {
  readonly queues: Pick<UsageQueues, 'send'>;
  readonly now: Clock;
}

/** One event that was refused at the door; it is answered, not kept. */
export interface RefusedEvent extends Rejection {
  /** Place in the batch, from 0. */
  readonly index: number;
  /** The event's id where it has a usable one. */
  readonly id: string | null;
}

/** What became of a batch: every event is either queued or refused. */
export interface SubmitOutcome {
  /** Events and GPU samples handed to the queue. */
  readonly accepted: number;
  /** Place and id of each, in the order sent; a GPU sample has no id. */
  readonly acceptedItems: readonly { readonly index: number; readonly id: string | null }[];
  readonly refused: readonly RefusedEvent[];
  /** How many accepted events hold a field that the contract does not know, by its name; they are recorded without it. */
  readonly unknownFields: ReadonlyMap<string, number>;
}

/** The body as a whole is no message of the contract; nothing of it was queued. */
export class UnreadableBodyError extends LedgerError {
  override readonly name = 'UnreadableBodyError';
  readonly code = 'events/unreadable';
  readonly retryable = false;
  readonly reason: RejectReason;
  readonly field: string | null;
  constructor({ reason, field, message }: Rejection) {
    super(message);
    this.reason = reason;
    this.field = field;
  }
}

/** Below this a message is one billed request of the queue whether it is compressed or not. */
const PLAIN_MESSAGE_BYTES = 16 * 1024;

/**
 * Hands a batch of events to a queue, in the name of the key's tenant. It resolves when the queue has accepted them.
 *
 * @param body - any envelope of the contract, as text
 * @throws {@link UnreadableBodyError} when the body as a whole cannot be read
 */
export async function submitEvents(
  ports: SubmitPorts,
  tenant: string,
  queue: 'usage' | 'import',
  body: string,
): Promise<SubmitOutcome> {
  const unpacked = unpackMessage(body);
  if ('reason' in unpacked) throw new UnreadableBodyError(unpacked);
  const decoded = decodeMessage(body);
  const only = decoded.rejects[0];
  if (only && decoded.rejects.length + countAccepted(decoded) < unpacked.items.length) {
    // The tenant beside "events" is malformed: one reject stands for the whole body.
    throw new UnreadableBodyError(only);
  }
  const window = { firstArrivalMs: ports.now(), allowOlder: queue === 'import' };
  const refused: RefusedEvent[] = decoded.rejects.map(toRefused);
  const accepted = new Map<number, string | null>();
  for (const event of decoded.events) {
    const rejection = checkTenant(event, tenant) ?? checkEventTime(event.event, window);
    if (rejection) refused.push({ ...rejection, index: event.index, id: event.event.id });
    else accepted.set(event.index, event.event.id);
  }
  for (const { index, tenantClaim } of decoded.gpuSamples) {
    const rejection = checkTenant({ tenantClaim }, tenant);
    if (rejection) refused.push({ ...rejection, index, id: null });
    else accepted.set(index, null);
  }
  if (accepted.size > 0) {
    const items = refused.length > 0 ? unpacked.items.filter((_, index) => accepted.has(index)) : undefined;
    await ports.queues.send(queue, tenant, [packMessage(items ? JSON.stringify({ events: items }) : body)]);
  }
  return {
    accepted: accepted.size,
    acceptedItems: [...accepted].map(([index, id]) => ({ index, id })).sort((a, b) => a.index - b.index),
    refused: refused.sort((a, b) => a.index - b.index),
    unknownFields: countUnknown(decoded.events.filter(({ index }) => accepted.has(index))),
  };
}

/** A compressed body of a request as the envelope that means the same; it is inflated, within limits, by who reads it. */
export function wrapGzip(bytes: Uint8Array): string {
  return JSON.stringify({ encoding: 'gzip', data: Buffer.from(bytes).toString('base64') });
}

function countAccepted(decoded: DecodedMessage): number {
  return decoded.events.length + decoded.gpuSamples.length;
}

function toRefused(reject: DecodedMessage['rejects'][number]): RefusedEvent {
  const { reason, field, message, index, fields } = reject;
  return { reason, field, message, index, id: typeof fields['id'] === 'string' ? fields['id'] : null };
}

function checkTenant(claim: { readonly tenantClaim?: string | undefined }, tenant: string): Rejection | undefined {
  if (claim.tenantClaim === undefined || claim.tenantClaim === tenant) return undefined;
  return { reason: 'tenant_mismatch', field: 'tenant', message: 'the body names another tenant than its key' };
}

/** A message body as a queue takes it: compressed where that saves, and without characters that a queue refuses. */
export function packMessage(body: string): string {
  if (Buffer.byteLength(body) <= PLAIN_MESSAGE_BYTES) return escapeForQueue(body);
  if (body.startsWith('{"encoding":')) return body;
  const packed = wrapGzip(gzipSync(body, { level: 1 }));
  // What cannot be compressed was a message within the limit before.
  return packed.length <= MAX_MESSAGE_BYTES ? packed : escapeForQueue(body);
}

/**
 * Writes what a queue may refuse as JSON escapes: U+FFFE and U+FFFF, which none takes, and characters beyond them, which
 * not every engine does. In JSON they stand only inside texts.
 */
function escapeForQueue(json: string): string {
  return json.replace(/[\ud800-\udfff\ufffe\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16)}`);
}

function countUnknown(events: readonly DecodedEvent[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of events.flatMap(({ unknownFields }) => unknownFields))
    counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
