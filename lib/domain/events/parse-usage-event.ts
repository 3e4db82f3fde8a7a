import { MAX_COUNT, MAX_ID_BYTES, MAX_TAGS, MAX_TEXT_BYTES } from '../../contracts/limits.ts';
import type { Rejection } from '../../contracts/reject-reasons.ts';
import { FieldReading, isRawObject, orAbsent, type RawObject } from '../field-reading.ts';
import { parseInstant } from '../instant.ts';
import { readInputParts, readUsage } from './parse-usage.ts';
import type { UsageEvent } from './usage-event.ts';

/** An event that keeps the contract, and what else its body said. */
export interface ParsedEvent {
  readonly event: UsageEvent;
  /** The tenant the body names. It is a claim to compare with the sender's tenant and never decides anything. */
  readonly tenantClaim?: string;
  /** Dotted names of fields that were sent and left out, each once. */
  readonly unknownFields: readonly string[];
}

type Draft = { -readonly [Field in keyof UsageEvent]?: UsageEvent[Field] };
type Mutable<Value> = { -readonly [Field in keyof Value]: Value[Field] };
type Route = NonNullable<UsageEvent['route']>;
type Emitter = NonNullable<UsageEvent['emitter']>;
type Status = NonNullable<UsageEvent['status']>;

/** Optional text fields of one event, with their largest length in UTF-8 bytes. */
const TEXT_FIELDS = [
  ['app', MAX_TEXT_BYTES],
  ['environment', MAX_TEXT_BYTES],
  ['team', MAX_TEXT_BYTES],
  ['feature', MAX_TEXT_BYTES],
  ['user', MAX_ID_BYTES],
  ['session', MAX_ID_BYTES],
  ['provider', MAX_TEXT_BYTES],
  ['operation', MAX_TEXT_BYTES],
  ['service_tier', MAX_TEXT_BYTES],
  ['region', MAX_TEXT_BYTES],
  ['billing_account', MAX_TEXT_BYTES],
  ['error', MAX_TEXT_BYTES],
  ['deployment', MAX_TEXT_BYTES],
] as const;

/** Optional numbers that may be fractional, with their largest value. */
const NUMBER_FIELDS = [
  ['latency_ms', MAX_COUNT],
  ['ttft_ms', MAX_COUNT],
  ['quality', 1],
  ['quota_used_ratio', MAX_COUNT],
] as const;

/** Every top-level field of the contract, `tenant` included. */
export const EVENT_FIELDS: ReadonlySet<string> = new Set([
  ...['id', 'time', 'tenant', 'model', 'usage', 'tags', 'input_parts', 'route', 'status', 'response_cache_hit'],
  ...['reported_cost_usd', 'emitter'],
  ...TEXT_FIELDS.map(([field]) => field),
  ...NUMBER_FIELDS.map(([field]) => field),
]);

const ROUTE_FIELDS: ReadonlySet<string> = new Set(['complexity', 'confidence', 'fallback_of', 'attempt']);
const EMITTER_FIELDS: ReadonlySet<string> = new Set(['id', 'seq', 'version']);
const STATUSES: ReadonlySet<unknown> = new Set<Status>(['ok', 'error', 'aborted']);
const AMOUNT = /^(?:0|[1-9][0-9]{0,8})(?:\.[0-9]{1,18})?$/;

/**
 * Checks one event of contract v1 in a single pass. Null and the empty text in an optional field mean absent; fields
 * the contract does not know are left out and named; nothing is rounded, clamped or converted.
 *
 * @param value - the event as JSON, of any form
 * @returns the event, or the first thing that is wrong with it
 */
export function parseUsageEvent(value: unknown): ParsedEvent | Rejection {
  if (!isRawObject(value)) return { reason: 'wrong_type', field: null, message: 'an event must be a JSON object' };
  const reading = new FieldReading();
  const id = readRequiredText(reading, value['id'], 'id', MAX_ID_BYTES);
  const timeMs = readTime(reading, value['time']);
  const model = readRequiredText(reading, value['model'], 'model', MAX_TEXT_BYTES);
  const usage = readPresent(reading, value['usage'], 'usage') ? readUsage(reading, value['usage']) : undefined;
  const tenantClaim = reading.readText(value['tenant'], 'tenant', MAX_TEXT_BYTES);
  const optional = readOptional(reading, value, usage?.input_tokens ?? 0);
  reading.noteUnknown(value, EVENT_FIELDS, '');
  if (reading.rejection !== undefined) return reading.rejection;
  if (id === undefined || timeMs === undefined || model === undefined || usage === undefined) {
    return { reason: 'missing_field', field: null, message: 'id, time, model and usage are required' };
  }
  const event: UsageEvent = { id, timeMs, model, usage, ...optional };
  const { unknownFields } = reading;
  return tenantClaim === undefined ? { event, unknownFields } : { event, tenantClaim, unknownFields };
}

function readPresent(reading: FieldReading, value: unknown, field: string): boolean {
  if (value !== undefined && value !== null && value !== '') return true;
  reading.fail('missing_field', field, `${field} is required`);
  return false;
}

function readRequiredText(reading: FieldReading, value: unknown, field: string, maxBytes: number): string | undefined {
  return readPresent(reading, value, field) ? reading.readText(value, field, maxBytes) : undefined;
}

/**
 * Reads a required time.
 *
 * @returns epoch milliseconds; undefined with a fault noted
 */
export function readTime(reading: FieldReading, value: unknown): number | undefined {
  if (!readPresent(reading, value, 'time')) return undefined;
  if (typeof value !== 'string') return reading.fail('wrong_type', 'time', 'time must be a string');
  const timeMs = parseInstant(value);
  return timeMs ?? reading.fail('bad_time', 'time', 'time must be an RFC 3339 date and time with Z or an offset');
}

function readOptional(reading: FieldReading, raw: RawObject, inputTokens: number): Draft {
  const draft: Draft = {};
  for (const [field, maxBytes] of TEXT_FIELDS) {
    const text = reading.readText(raw[field], field, maxBytes);
    if (text !== undefined) draft[field] = text;
  }
  for (const [field, maximum] of NUMBER_FIELDS) {
    const number = reading.readNumber(raw[field], field, 0, maximum);
    if (number !== undefined) draft[field] = number;
  }
  readNested(reading, raw, inputTokens, draft);
  const status = readStatus(reading, raw['status']);
  if (status !== undefined) draft.status = status;
  const cacheHit = raw['response_cache_hit'];
  if (typeof cacheHit === 'boolean') draft.response_cache_hit = cacheHit;
  else if (cacheHit !== undefined && cacheHit !== null) {
    reading.fail('wrong_type', 'response_cache_hit', 'response_cache_hit must be true or false');
  }
  const reportedCost = readAmount(reading, raw['reported_cost_usd']);
  if (reportedCost !== undefined) draft.reported_cost_usd = reportedCost;
  return draft;
}

function readNested(reading: FieldReading, raw: RawObject, inputTokens: number, draft: Draft): void {
  const tags = readTags(reading, raw['tags']);
  if (tags !== undefined) draft.tags = tags;
  const inputParts = readInputParts(reading, raw['input_parts'], inputTokens);
  if (inputParts !== undefined) draft.input_parts = inputParts;
  const route = readRoute(reading, raw['route']);
  if (route !== undefined) draft.route = route;
  const emitter = readEmitter(reading, raw['emitter']);
  if (emitter !== undefined) draft.emitter = emitter;
}

function readTags(reading: FieldReading, value: unknown): Readonly<Record<string, string>> | undefined {
  const raw = reading.readObject(value, 'tags');
  if (raw === undefined) return undefined;
  const tags: Record<string, string> = {};
  let count = 0;
  for (const name in raw) {
    if (++count > MAX_TAGS) return reading.fail('too_many_tags', 'tags', `at most ${MAX_TAGS} tags are allowed`);
    if (!reading.checkText(name, 'tags', MAX_TEXT_BYTES)) return undefined;
    if (name === '__proto__') return reading.fail('bad_text', 'tags', 'tags holds a name that is not allowed');
    const text = reading.readText(raw[name], `tags.${name}`, MAX_TEXT_BYTES);
    if (text !== undefined) tags[name] = text;
  }
  return orAbsent(tags);
}

function readRoute(reading: FieldReading, value: unknown): Route | undefined {
  const raw = reading.readObject(value, 'route');
  if (raw === undefined) return undefined;
  reading.noteUnknown(raw, ROUTE_FIELDS, 'route.');
  const route: Mutable<Route> = {};
  const complexity = reading.readText(raw['complexity'], 'route.complexity', MAX_TEXT_BYTES);
  if (complexity !== undefined) route.complexity = complexity;
  const confidence = reading.readNumber(raw['confidence'], 'route.confidence', 0, 1);
  if (confidence !== undefined) route.confidence = confidence;
  const fallbackOf = reading.readText(raw['fallback_of'], 'route.fallback_of', MAX_TEXT_BYTES);
  if (fallbackOf !== undefined) route.fallback_of = fallbackOf;
  const attempt = reading.readWhole(raw['attempt'], 'route.attempt', 0, MAX_COUNT);
  if (attempt !== undefined) route.attempt = attempt;
  return orAbsent(route);
}

function readEmitter(reading: FieldReading, value: unknown): Emitter | undefined {
  const raw = reading.readObject(value, 'emitter');
  if (raw === undefined) return undefined;
  reading.noteUnknown(raw, EMITTER_FIELDS, 'emitter.');
  const emitter: Mutable<Emitter> = {};
  const id = reading.readText(raw['id'], 'emitter.id', MAX_TEXT_BYTES);
  if (id !== undefined) emitter.id = id;
  const seq = reading.readWhole(raw['seq'], 'emitter.seq', 0, MAX_COUNT);
  if (seq !== undefined) emitter.seq = seq;
  const version = reading.readText(raw['version'], 'emitter.version', MAX_TEXT_BYTES);
  if (version !== undefined) emitter.version = version;
  return orAbsent(emitter);
}

function readStatus(reading: FieldReading, value: unknown): Status | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') return reading.fail('wrong_type', 'status', 'status must be a string');
  return isStatus(value) ? value : reading.fail('unknown_value', 'status', 'status must be ok, error or aborted');
}

function isStatus(value: string): value is Status {
  return STATUSES.has(value);
}

function readAmount(reading: FieldReading, value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const field = 'reported_cost_usd';
  if (typeof value !== 'string') return reading.fail('wrong_type', field, `${field} must be a decimal string`);
  const expected = 'plain decimal text from 0 to below 1000000000 with at most 18 fraction digits';
  return AMOUNT.test(value) ? value : reading.fail('bad_amount', field, `${field} must be ${expected}`);
}
