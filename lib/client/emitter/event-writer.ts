import { EVENT_FIELDS, type ParsedEvent, parseUsageEvent } from '../../domain/parse-usage-event.ts';
import type { UsageEvent } from '../../domain/usage-event.ts';
import type { UsageEventMessage } from '../responses/to-usage-event.ts';

/** Fields that every event of a service shares. An event's own value wins; tags are joined name by name. */
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

/** Writes events as JSON with the shared fields and the emitter's mark; every shared text is escaped only once. */
export class EventWriter {
  readonly #tags: Readonly<Record<string, string>> | undefined;
  readonly #fragments: readonly (readonly [field: keyof EmitterContext, json: string])[];
  readonly #allFragments: string;
  readonly #markHead: string;
  readonly #markTail: string;

  /** @throws TypeError when the context holds what no event may hold */
  constructor(context: EmitterContext, emitterId: string, version: string) {
    checkContext(context);
    this.#tags = context.tags;
    this.#fragments = CONTEXT_FIELDS.filter((field) => context[field] !== undefined).map((field) => [
      field,
      `,${JSON.stringify(field)}:${JSON.stringify(context[field])}`,
    ]);
    this.#allFragments = this.#fragments.map(([, json]) => json).join('');
    this.#markHead = `,"emitter":{"id":${JSON.stringify(emitterId)},"seq":`;
    this.#markTail = `,"version":${JSON.stringify(version)}}}`;
  }

  /** The event with the shared tags beside its own, where both have some. */
  joinTags(event: UsageEventMessage): UsageEventMessage {
    if (this.#tags === undefined || event.tags === undefined || event.tags === null) return event;
    return { ...event, tags: { ...this.#tags, ...event.tags } };
  }

  /** @param seq - the event's number, a whole number from 0 */
  write(event: UsageEventMessage, seq: number): string {
    const json = JSON.stringify(event);
    return `${json.slice(0, -1)}${this.#fragmentsFor(event)}${this.#markHead}${seq}${this.#markTail}`;
  }

  #fragmentsFor(event: UsageEventMessage): string {
    let missing = 0;
    for (const [field] of this.#fragments) if (event[field] === undefined) missing += 1;
    if (missing === this.#fragments.length) return this.#allFragments;
    let json = '';
    for (const [field, fragment] of this.#fragments) if (event[field] === undefined) json += fragment;
    return json;
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
 * The event as it may leave the process. The ledger counts unknown fields by their names alone, so only the names are
 * sent: a field put there by mistake may hold a prompt. The emitter's mark is its own to give.
 */
export function withoutStrangers(
  event: UsageEventMessage,
  { event: known, unknownFields }: ParsedEvent,
): UsageEventMessage {
  if (unknownFields.length === 0 && event.emitter === undefined) return event;
  const { emitter: _, ...fields } = event;
  const safe = nullUnless(fields, (name) => EVENT_FIELDS.has(name));
  return event.route === undefined || event.route === null
    ? safe
    : { ...safe, route: nullUnless(event.route, (name) => name in (known.route ?? {})) };
}

function nullUnless<Fields extends object>(fields: Fields, isKnown: (name: string) => boolean): Fields {
  const entries = Object.entries(fields).map(([name, value]) => [name, isKnown(name) ? value : null]);
  // Fields that the type knows keep their values.
  return Object.fromEntries(entries) as Fields;
}
