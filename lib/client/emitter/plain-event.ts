import { MAX_TEXT_BYTES } from '../../contracts/limits.ts';
import { USAGE_UNITS } from '../../contracts/usage-units.ts';
import { readUsage } from '../../domain/events/parse-usage.ts';
import { FieldReading } from '../../domain/field-reading.ts';
import type { ByteWriter } from './byte-writer.ts';

/** Days up to the 28th exist in every month; the others are left to who knows the calendar. */
const PLAIN_TIME = /^20\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?Z$/;
const OPENING = 0x7b;
const CLOSING = 0x7d;
const COMMA = 0x2c;

type Put = (out: ByteWriter, value: unknown) => boolean;

/** How the fields of an everyday event are written: each writes what the contract takes, or leaves it to others. */
const FIELDS: ReadonlyMap<string, { readonly head: Uint8Array; readonly put: Put; readonly isRequired: boolean }> =
  new Map([
    ...['id', 'model'].map((field) => describe(field, putText, true)),
    describe('time', putTime, true),
    describe('usage', putUsage, true),
    ...['app', 'environment', 'team', 'feature', 'user', 'session', 'provider', 'operation'].map(asText),
    ...['service_tier', 'region', 'billing_account', 'deployment', 'error'].map(asText),
    describe('status', putStatus),
    ...['latency_ms', 'ttft_ms'].map((field) => describe(field, putAmount)),
  ]);
const REQUIRED_COUNT = 4;
const UNIT_HEADS: ReadonlyMap<string, Uint8Array> = new Map(USAGE_UNITS.map((unit) => [unit, writeHead(unit)]));

/** Room that {@link putPlainEvent} needs: all of its fields at their longest are below 4 KiB. */
export const PLAIN_EVENT_BYTES = 4096;

/**
 * Writes an everyday event as JSON while it checks it: known fields, plain ASCII texts, no tags, parts or route. That
 * takes a third of what checking it in full, writing it and encoding it take.
 *
 * @returns whether it is written, without its closing brace so that more can be added; false when the event is of
 * another kind, whether it keeps the contract or not, and what was written is worth nothing
 */
export function putPlainEvent(out: ByteWriter, event: object): boolean {
  // Others may inherit fields that no loop over them finds.
  if (Object.getPrototypeOf(event) !== Object.prototype) return false;
  const fields = event as Readonly<Record<string, unknown>>;
  let separator = OPENING;
  let required = 0;
  for (const name in fields) {
    const value = fields[name];
    if (value === undefined) continue;
    const field = FIELDS.get(name);
    if (field === undefined) return false;
    out.putByte(separator);
    out.putBytes(field.head);
    if (!field.put(out, value)) return false;
    separator = COMMA;
    if (field.isRequired) required += 1;
  }
  return required === REQUIRED_COUNT;
}

function describe(field: string, put: Put, isRequired = false) {
  return [field, { head: writeHead(field), put, isRequired }] as const;
}

function asText(field: string) {
  return describe(field, putText);
}

function writeHead(field: string): Uint8Array {
  return Buffer.from(`"${field}":`, 'latin1');
}

function putText(out: ByteWriter, value: unknown): boolean {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_TEXT_BYTES && out.putPlainText(value);
}

function putTime(out: ByteWriter, value: unknown): boolean {
  return typeof value === 'string' && PLAIN_TIME.test(value) && out.putPlainText(value);
}

function putStatus(out: ByteWriter, value: unknown): boolean {
  return (value === 'ok' || value === 'error' || value === 'aborted') && out.putPlainText(value);
}

function putAmount(out: ByteWriter, value: unknown): boolean {
  if (typeof value !== 'number' || !(value >= 0 && value <= Number.MAX_SAFE_INTEGER) || Object.is(value, -0))
    return false;
  out.putNumber(value);
  return true;
}

function putUsage(out: ByteWriter, value: unknown): boolean {
  const reading = new FieldReading();
  const usage = readUsage(reading, value);
  if (usage === undefined || reading.rejection !== undefined) return false;
  let separator = OPENING;
  for (const unit in usage) {
    const head = UNIT_HEADS.get(unit);
    if (head === undefined) return false;
    out.putByte(separator);
    out.putBytes(head);
    out.putNumber(usage[unit] ?? 0);
    separator = COMMA;
  }
  out.putByte(CLOSING);
  return true;
}
