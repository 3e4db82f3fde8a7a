import { gunzipSync } from 'node:zlib';
import {
  MAX_INFLATED_BYTES,
  MAX_MESSAGE_BYTES,
  MAX_MESSAGE_EVENTS,
  MAX_NESTING_DEPTH,
} from '../../contracts/limits.ts';
import type { Rejection } from '../../contracts/reject-reasons.ts';
import { isRawObject, type RawObject } from '../../domain/field-reading.ts';

/** What a message body holds once its envelope is off. Items are of any form still. */
export interface Unpacked {
  readonly items: readonly unknown[];
  /** The `tenant` beside `events`, of any form; undefined when there is none. */
  readonly tenant: unknown;
  /** Length of the JSON text the items were read from, in UTF-16 units. */
  readonly textLength: number;
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Takes the envelope off a message body: one event, an array, `{"events":[...]}`, or one of these inside
 * `{"encoding":"gzip","data":base64}`. An object with `usage` is always an event, whatever else it holds.
 */
export function unpackMessage(body: string): Unpacked | Rejection {
  if (Buffer.byteLength(body) > MAX_MESSAGE_BYTES) {
    return reject('message_too_large', `a message has at most ${MAX_MESSAGE_BYTES} bytes`);
  }
  const outer = parseJson(body, null);
  if ('reason' in outer) return outer;
  if (!isEnvelope(outer.value, 'encoding')) return listItems(outer.value, body.length);
  const text = inflate(outer.value);
  if (typeof text !== 'string') return text;
  const inner = parseJson(text, 'data');
  if ('reason' in inner) return inner;
  if (isEnvelope(inner.value, 'encoding'))
    return reject('bad_encoding', 'a gzip envelope must not hold another', 'data');
  return listItems(inner.value, text.length);
}

/**
 * Takes a CloudEvents 1.0 envelope off an item; any other item is answered as it is. The event is `data` or
 * `data_base64`, and the envelope's `id`, `time` and `tenant` stand in where the event has none.
 */
export function unwrapCloudEvent(item: unknown): { readonly value: unknown } | Rejection {
  if (!isEnvelope(item, 'specversion')) return { value: item };
  if (item['specversion'] !== '1.0') return reject('bad_envelope', 'specversion must be "1.0"', 'specversion');
  const data = readCloudEventData(item);
  if ('reason' in data) return data;
  if (!isRawObject(data.value)) return reject('wrong_type', 'data must be one event, a JSON object', 'data');
  const { tenant = null } = item;
  if (tenant !== null && (data.value['tenant'] ?? tenant) !== tenant) return rejectTenants();
  const { id, time } = item;
  return { value: { ...data.value, ...standIn(data.value, { id, time, tenant }) } };
}

/** The reject of an event that names another tenant than its envelope. */
export function rejectTenants(): Rejection {
  return reject('tenant_mismatch', 'the event names another tenant than its envelope', 'tenant');
}

function readCloudEventData(item: RawObject): { readonly value: unknown } | Rejection {
  const encoded = item['data_base64'] ?? null;
  if (encoded === null) return (item['data'] ?? null) === null ? missingData() : { value: item['data'] };
  const bytes = decodeBase64(encoded, 'data_base64');
  if (!Buffer.isBuffer(bytes)) return bytes;
  const text = decodeUtf8(bytes, 'data_base64');
  return typeof text === 'string' ? parseJson(text, 'data_base64') : text;
}

function missingData(): Rejection {
  return reject('missing_field', 'a CloudEvent must have data or data_base64', 'data');
}

function standIn(event: RawObject, outer: RawObject): RawObject {
  const fields: Record<string, unknown> = {};
  for (const name of Object.keys(outer)) if ((event[name] ?? null) === null) fields[name] = outer[name];
  return fields;
}

function listItems(value: unknown, textLength: number): Unpacked | Rejection {
  let items: readonly unknown[] = [value];
  let tenant: unknown;
  if (Array.isArray(value)) items = value;
  else if (isEnvelope(value, 'events')) {
    if (!Array.isArray(value['events'])) return reject('wrong_type', 'events must be an array', 'events');
    items = value['events'];
    tenant = value['tenant'] ?? undefined;
  }
  if (items.length === 0) return reject('no_events', 'the message holds no event');
  if (items.length <= MAX_MESSAGE_EVENTS) return { items, tenant, textLength };
  return reject('too_many_events', `a message has at most ${MAX_MESSAGE_EVENTS} events, this one ${items.length}`);
}

function isEnvelope(value: unknown, field: string): value is RawObject {
  return isRawObject(value) && Object.hasOwn(value, field) && !Object.hasOwn(value, 'usage');
}

function inflate(envelope: RawObject): string | Rejection {
  if (envelope['encoding'] !== 'gzip') return reject('bad_encoding', 'encoding must be "gzip"', 'encoding');
  const bytes = decodeBase64(envelope['data'], 'data');
  if (!Buffer.isBuffer(bytes)) return bytes;
  let inflated: Buffer;
  try {
    inflated = gunzipSync(bytes, { maxOutputLength: MAX_INFLATED_BYTES });
  } catch (cause) {
    if (cause instanceof RangeError) {
      return reject('message_too_large', `a message inflates to at most ${MAX_INFLATED_BYTES} bytes`, 'data');
    }
    return reject('bad_encoding', 'data is not gzip', 'data');
  }
  return decodeUtf8(inflated, 'data');
}

function decodeBase64(value: unknown, field: string): Buffer | Rejection {
  if (typeof value !== 'string') return reject('wrong_type', `${field} must be a base64 string`, field);
  return BASE64.test(value) ? Buffer.from(value, 'base64') : reject('bad_encoding', `${field} is not base64`, field);
}

function decodeUtf8(bytes: Buffer, field: string): string | Rejection {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return reject('bad_encoding', `${field} is not UTF-8`, field);
  }
}

/**
 * Parses JSON whose depth is bounded. A fault is answered without the text that holds it.
 *
 * @param field - where the text stands; null for the message itself
 * @param maxParts - most objects and lists in it: an empty one is twenty times as large in memory as in its text
 */
export function parseJson(
  text: string,
  field: string | null,
  maxDepth = MAX_NESTING_DEPTH,
  maxParts = Number.POSITIVE_INFINITY,
): { readonly value: unknown } | Rejection {
  const excess = findExcess(text, maxDepth, maxParts);
  if (excess === 'depth') return reject('too_deep', `at most ${maxDepth} levels may be nested`, field);
  if (excess === 'parts') return reject('message_too_large', `at most ${maxParts} objects and lists are read`, field);
  try {
    return { value: JSON.parse(text) };
  } catch {
    // The engine's own message quotes what it read, which may be a prompt.
    return reject('not_json', field === null ? 'the message is not JSON' : `${field} does not hold JSON`, field);
  }
}

/** Counts open brackets before anything is built from the text: a megabyte of `[` would cost hundreds in memory. */
function findExcess(text: string, maxDepth: number, maxParts: number): 'depth' | 'parts' | undefined {
  let depth = 0;
  let parts = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    // `[` and `{` differ in one bit, as do `]` and `}`.
    else if ((code | 0x20) === 0x7b) {
      if (++depth > maxDepth) return 'depth';
      if (++parts > maxParts) return 'parts';
    } else if ((code | 0x20) === 0x7d) depth--;
  }
  return undefined;
}

function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let slash = end - 1;
    while (text.charCodeAt(slash) === BACKSLASH) slash--;
    // An even number of backslashes before it escape each other, not the quote.
    if ((end - slash) % 2 === 1) return end;
  }
  return text.length;
}

function reject(reason: Rejection['reason'], message: string, field: string | null = null): Rejection {
  return { reason, field, message };
}
