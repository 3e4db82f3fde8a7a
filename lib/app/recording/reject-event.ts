import { MAX_ID_BYTES, MAX_TAGS, MAX_TEXT_BYTES } from '../../contracts/limits.ts';
import { INPUT_PARTS, USAGE_UNITS } from '../../contracts/usage-units.ts';
import { isRawObject, type RawObject, textBytes } from '../../domain/field-reading.ts';

/** What a field of the contract holds: a text, a number, a flag, an amount, or values by name. */
export type FieldKind = 'text' | 'id' | 'number' | 'flag' | 'amount' | 'texts' | 'numbers' | FieldGroup;

/** A field of fields. */
export interface FieldGroup {
  readonly [name: string]: 'text' | 'number';
}

const UNITS: ReadonlySet<string> = new Set(USAGE_UNITS);

const PARTS: FieldGroup = Object.fromEntries(INPUT_PARTS.map((part) => [part, 'number' as const]));

/** Every field of a usage event. */
export const EVENT_FIELD_KINDS: Readonly<Record<string, FieldKind>> = {
  ...{ id: 'id', time: 'text', tenant: 'text', model: 'text', usage: 'numbers', app: 'text', environment: 'text' },
  ...{ team: 'text', feature: 'text', user: 'id', session: 'id', tags: 'texts', provider: 'text', operation: 'text' },
  ...{ service_tier: 'text', region: 'text', billing_account: 'text', input_parts: PARTS },
  route: { complexity: 'text', confidence: 'number', fallback_of: 'text', attempt: 'number' },
  ...{ latency_ms: 'number', ttft_ms: 'number', status: 'text', error: 'text', response_cache_hit: 'flag' },
  ...{ quality: 'number', quota_used_ratio: 'number', reported_cost_usd: 'amount', deployment: 'text' },
  emitter: { id: 'text', seq: 'number', version: 'text' },
};

/** Every field of a GPU sample. */
export const SAMPLE_FIELD_KINDS: Readonly<Record<string, FieldKind>> = {
  ...{ type: 'text', tenant: 'text', deployment: 'text', time: 'text', gpu_utilisation_ratio: 'number' },
  ...{ gpu_memory_used_ratio: 'number', gpus: 'number' },
};

/** An event as far as it may be kept. */
export interface KeptEvent {
  readonly event: RawObject;
  /** Dotted fields that were sent and left out. */
  readonly lost: readonly string[];
}

/** Most units and input parts of one event that are kept by name. */
const MAX_COUNTS = 64;

/**
 * What may be kept of an event in order to send it again: fields of the contract, texts within their limits, numbers,
 * flags. Unknown fields go without a word, as they do when an event is recorded; a known field with something else in
 * it goes too, and is named, because an event without it would be another one.
 */
export function keepContractFields(item: RawObject): KeptEvent {
  const isSample = item['type'] === 'gpu_sample' && item['usage'] === undefined;
  const lost: string[] = [];
  const event: Record<string, unknown> = {};
  for (const [name, kind] of Object.entries(isSample ? SAMPLE_FIELD_KINDS : EVENT_FIELD_KINDS)) {
    const value = keepField(name, kind, Object.hasOwn(item, name) ? item[name] : undefined, lost);
    if (value !== undefined) event[name] = value;
  }
  return { event, lost };
}

function keepField(name: string, kind: FieldKind, value: unknown, lost: string[]): unknown {
  if (value === undefined || value === null || isEmptyText(kind, value)) return undefined;
  if (kind === 'texts' || kind === 'numbers' || typeof kind === 'object') return keepNested(name, kind, value, lost);
  if (isKeepable(kind, value)) return value;
  lost.push(name);
  return undefined;
}

function keepNested(
  name: string,
  kind: 'texts' | 'numbers' | FieldGroup,
  value: unknown,
  lost: string[],
): RawObject | undefined {
  const most = kind === 'texts' ? MAX_TAGS : MAX_COUNTS;
  if (!isRawObject(value) || (typeof kind === 'string' && Object.keys(value).length > most)) {
    lost.push(name);
    return undefined;
  }
  const kept: Record<string, unknown> = {};
  for (const part of typeof kind === 'string' ? Object.keys(value) : Object.keys(kind)) {
    const partKind = kind === 'texts' ? 'text' : kind === 'numbers' ? 'number' : (kind[part] ?? 'number');
    const found = Object.hasOwn(value, part) ? value[part] : undefined;
    if (found === undefined || found === null || isEmptyText(partKind, found)) continue;
    const isNamable = textBytes(part) > 0 && textBytes(part) <= MAX_TEXT_BYTES && part !== '__proto__';
    if (isNamable && isKeepable(partKind, found)) kept[part] = found;
    // A name of a sender's own is not repeated where the value was not kept.
    else lost.push(isContractName(kind, part) ? `${name}.${part}` : name);
  }
  return kept;
}

function isContractName(kind: 'texts' | 'numbers' | FieldGroup, part: string): boolean {
  return typeof kind === 'object' || (kind === 'numbers' && UNITS.has(part));
}

/** An empty text is an absent one where a text is wanted, and a fault everywhere else. */
function isEmptyText(kind: FieldKind, value: unknown): boolean {
  return value === '' && (kind === 'text' || kind === 'id' || kind === 'amount');
}

/** Text in the place of a number may be anything, unless it reads as one. */
const NUMERIC = /^[-+.\deE]{1,40}$/;

function isKeepable(kind: 'text' | 'id' | 'number' | 'flag' | 'amount', value: unknown): boolean {
  if (typeof value === 'boolean') return true;
  // JSON would make null, an absent field, of a number beyond JavaScript's, and a plain zero of a negative one.
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0);
  if (typeof value !== 'string') return false;
  if (kind !== 'text' && kind !== 'id') return NUMERIC.test(value);
  const bytes = textBytes(value);
  return bytes > 0 && bytes <= (kind === 'id' ? MAX_ID_BYTES : MAX_TEXT_BYTES);
}
