import { type ParsedEvent, parseUsageEvent } from '../../domain/events/parse-usage-event.ts';
import type { UsageEvent } from '../../domain/events/usage-event.ts';
import type { UsageEventMessage } from '../responses/to-usage-event.ts';
import type { ByteWriter } from './byte-writer.ts';

/**
 * Fields that every event of a service shares. An event's own value wins, but for null and the empty text, which mean
 * none; tags are joined name by name.
 */
export type EmitterContext = Partial<
  Pick<
    UsageEvent,
    'app' | 'environment' | 'team' | 'feature' | 'region' | 'billing_account' | 'deployment' | 'service_tier' | 'tags'
  >
>;

const CONTEXT_FIELDS: readonly (keyof EmitterContext)[] = [
  ...(['app', 'environment', 'team', 'feature', 'region', 'billing_account'] as const),
  ...(['deployment', 'service_tier', 'tags'] as const),
];

const MAX_SEQ_DIGITS = 16;

/** Completes events with the shared fields and the emitter's mark; every shared text is encoded only once. */
export class EventWriter {
  readonly #tags: Readonly<Record<string, string>> | undefined;
  readonly #shared: readonly { readonly field: keyof EmitterContext; readonly json: Uint8Array }[];
  readonly #markHead: Uint8Array;
  readonly #markTail: Uint8Array;
  /** Room for all that is added to an event. */
  readonly #addedBytes: number;

  /** @throws TypeError when the context holds what no event may hold */
  constructor(context: EmitterContext, emitterId: string, version: string) {
    checkContext(context);
    this.#tags = context.tags;
    this.#shared = CONTEXT_FIELDS.filter((field) => context[field] !== undefined).map((field) => ({
      field,
      json: Buffer.from(`,${JSON.stringify(field)}:${JSON.stringify(context[field])}`),
    }));
    this.#markHead = Buffer.from(`,"emitter":{"id":${JSON.stringify(emitterId)},"seq":`);
    this.#markTail = Buffer.from(`,"version":${JSON.stringify(version)}}}`);
    const sharedBytes = this.#shared.reduce((sum, { json }) => sum + json.length, 0);
    this.#addedBytes = sharedBytes + this.#markHead.length + MAX_SEQ_DIGITS + this.#markTail.length;
  }

  /** The event with the shared tags beside its own, where both have some; its own win. */
  joinTags(event: UsageEventMessage): UsageEventMessage {
    if (this.#tags === undefined || event.tags === undefined) return event;
    return { ...event, tags: { ...this.#tags, ...event.tags } };
  }

  /**
   * Completes an event that is written but for its closing brace.
   *
   * @param event - the same as an object
   * @param seq - its number, a whole number from 0
   */
  complete(out: ByteWriter, event: UsageEventMessage, seq: number): void {
    out.reserve(this.#addedBytes);
    for (const { field, json } of this.#shared) if (event[field] === undefined) out.putBytes(json);
    out.putBytes(this.#markHead);
    out.putNumber(seq);
    out.putBytes(this.#markTail);
  }
}

function checkContext(context: EmitterContext): void {
  const unknown = Object.keys(context).find((field) => !CONTEXT_FIELDS.some((known) => known === field));
  if (unknown !== undefined) {
    throw new TypeError(`createEmitter: context.${unknown} is none of ${CONTEXT_FIELDS.join(', ')}`);
  }
  // Any event will do: what is looked at is the context.
  const parsed = parseUsageEvent({
    id: 'x',
    time: '2025-01-01T00:00:00Z',
    model: 'x',
    usage: { requests: 1 },
    ...context,
  });
  if ('reason' in parsed) throw new TypeError(`createEmitter: context.${parsed.field}: ${parsed.message}`);
}

/**
 * The event as it may leave the process: made of nothing but what was checked, because an object may write itself as
 * JSON in another way than it reads. The ledger counts unknown fields by their names alone, so only the names are sent:
 * a field put there by mistake may hold a prompt. The emitter's mark is its own to give.
 */
export function toMessage({ event, tenantClaim, unknownFields }: ParsedEvent): UsageEventMessage {
  const { id, timeMs, emitter: _, ...known } = event;
  const message = { id, time: new Date(timeMs).toISOString(), ...known };
  const claimed = tenantClaim === undefined ? message : { ...message, tenant: tenantClaim };
  if (unknownFields.length === 0) return claimed;
  return { ...claimed, ...Object.fromEntries(unknownFields.map((name) => [name, null])) };
}
