import { isRawObject, type RawObject } from '../../domain/field-reading.ts';
import type { AttributeValue, Span, SpanScope } from '../../domain/spans/span.ts';
import { isReadAttribute } from '../../domain/spans/span-attributes.ts';
import { AttributeBag } from './attribute-bag.ts';
import { checkSpanCount, UnreadableTracesError } from './otlp-errors.ts';
import { SPAN_FAILED } from './otlp-fields.ts';

/**
 * Reads an `ExportTraceServiceRequest` in OTLP's JSON: ids in hexadecimal, 64-bit numbers as text or number, names in
 * camel case. Names that are not known are passed over, but not in place of the spans.
 *
 * @param value - the body, parsed; its depth is the caller's to bound
 * @throws {@link UnreadableTracesError} when it is no such message, or holds too many spans
 * @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
export function decodeJsonTraces(value: unknown): readonly Span[] {
  if (!isRawObject(value)) throw unreadable('the body', 'an object');
  // Logs, metrics and usage events sent here would be answered 200, and lost.
  if (!Object.hasOwn(value, 'resourceSpans') && Object.keys(value).length > 0) throw unreadable('the body', 'spans');
  const spans: Span[] = [];
  for (const resourceSpans of listAt(value, 'resourceSpans')) {
    const shared = new AttributeBag();
    readAttributes(objectAt(resourceSpans, 'resource'), shared);
    for (const scopeSpans of listAt(resourceSpans, 'scopeSpans')) {
      const scope = readScope(objectAt(scopeSpans, 'scope'));
      for (const span of listAt(scopeSpans, 'spans')) {
        checkSpanCount(spans.length + 1);
        spans.push(readSpan(span, shared, scope));
      }
    }
  }
  return spans;
}

function readScope(raw: RawObject): SpanScope {
  return { name: textAt(raw, 'name'), version: textAt(raw, 'version') };
}

function readSpan(raw: RawObject, shared: AttributeBag, scope: SpanScope): Span {
  const attributes = new AttributeBag(shared);
  readAttributes(raw, attributes);
  const code = objectAt(raw, 'status')['code'];
  return {
    traceId: idAt(raw, 'traceId'),
    spanId: idAt(raw, 'spanId'),
    parentSpanId: idAt(raw, 'parentSpanId'),
    name: textAt(raw, 'name'),
    startNs: nanosecondsAt(raw, 'startTimeUnixNano'),
    endNs: nanosecondsAt(raw, 'endTimeUnixNano'),
    // The specification asks for the number; the name is what common encoders of protobuf write.
    isFailed: code === SPAN_FAILED || code === 'STATUS_CODE_ERROR',
    scope,
    attributes: attributes.values,
  };
}

function readAttributes(raw: RawObject, attributes: AttributeBag): void {
  for (const entry of listAt(raw, 'attributes')) {
    const { key } = entry;
    if (typeof key !== 'string' || !isReadAttribute(key)) continue;
    const value = readValue(objectAt(entry, 'value'));
    if (value !== undefined) attributes.put(key, value);
  }
}

function readValue(value: RawObject): AttributeValue | undefined {
  const { stringValue, boolValue, intValue, doubleValue } = value;
  if (typeof stringValue === 'string') return stringValue;
  if (typeof boolValue === 'boolean') return boolValue;
  if (intValue !== undefined && intValue !== null) {
    const number = typeof intValue === 'string' && /^-?\d{1,19}$/.test(intValue) ? Number(intValue) : intValue;
    if (typeof number === 'number' && Number.isInteger(number)) return number;
    throw unreadable('intValue', 'a whole number');
  }
  return typeof doubleValue === 'number' ? doubleValue : undefined;
}

const MAX_NANOSECONDS = 2n ** 64n;

function nanosecondsAt(raw: RawObject, name: string): bigint {
  const value = raw[name] ?? '0';
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  // A number of this size is a binary fraction already, rounded to a quarter of a microsecond: near enough for a time.
  if (typeof text === 'number' && text >= 0 && text < Number(MAX_NANOSECONDS)) return BigInt(Math.floor(text));
  const nanoseconds = typeof text === 'string' && /^\d{1,20}$/.test(text) ? BigInt(text) : MAX_NANOSECONDS;
  if (nanoseconds >= MAX_NANOSECONDS) throw unreadable(name, 'nanoseconds since 1970');
  return nanoseconds;
}

function idAt(raw: RawObject, name: string): string {
  const id = textAt(raw, name).toLowerCase();
  if (!/^(?:[0-9a-f]{2}){0,16}$/.test(id)) throw unreadable(name, 'an id in hexadecimal digits');
  return /^0*$/.test(id) ? '' : id;
}

function textAt(raw: RawObject, name: string): string {
  const text = raw[name] ?? '';
  if (typeof text !== 'string') throw unreadable(name, 'a text');
  return text;
}

function objectAt(raw: RawObject, name: string): RawObject {
  const value = raw[name] ?? {};
  if (!isRawObject(value)) throw unreadable(name, 'an object');
  return value;
}

function listAt(raw: RawObject, name: string): readonly RawObject[] {
  const value = raw[name] ?? [];
  if (!Array.isArray(value) || !value.every(isRawObject)) throw unreadable(name, 'a list of objects');
  return value;
}

function unreadable(name: string, expected: string): UnreadableTracesError {
  return new UnreadableTracesError(
    'traces/unreadable',
    `The body is no OTLP trace request: ${name} must be ${expected}.`,
  );
}
