import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import type { AttributeValue, Span, SpanScope } from '../../domain/spans/span.ts';
import { isReadAttribute } from '../../domain/spans/span-attributes.ts';
import { AttributeBag } from './attribute-bag.ts';
import { checkSpanCount, UnreadableTracesError } from './otlp-errors.ts';
import { OTLP_FIELDS, SPAN_FAILED } from './otlp-fields.ts';

/**
 * Reads an `ExportTraceServiceRequest` in protobuf. Only what the ledger uses is decoded: the value of an attribute that
 * is not read, of an event or a link is passed over as bytes, so neither depth nor content of it matters.
 *
 * @throws {@link UnreadableTracesError} when the bytes are no such message, or hold too many spans
 */
export function decodeProtobufTraces(bytes: Uint8Array): readonly Span[] {
  const spans: Span[] = [];
  try {
    readMessage(bytes, {
      [OTLP_FIELDS.request.resourceSpans]: inMessage((part) => readResourceSpans(part, spans)),
    });
  } catch (cause) {
    if (cause instanceof UnreadableTracesError) throw cause;
    // The reader's own message may quote text.
    throw new UnreadableTracesError('traces/unreadable', 'The body is no OTLP trace request in protobuf.');
  }
  return spans;
}

/** Reads the value of one field; of another wire type than expected it must be passed over. */
type ReadField = (reader: BinaryReader, wireType: WireType) => void;

function readMessage(bytes: Uint8Array, fields: Readonly<Record<number, ReadField>>): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    const read = fields[number];
    if (read) read(reader, wireType);
    else reader.skip(wireType, number);
  }
}

function inMessage(read: (bytes: Uint8Array) => void): ReadField {
  return ofType(WireType.LengthDelimited, (reader) => read(reader.bytes()));
}

function ofType(expected: WireType, read: (reader: BinaryReader) => void): ReadField {
  return (reader, wireType) => {
    if (wireType !== expected) throw new TypeError('wire type');
    read(reader);
  };
}

function readResourceSpans(bytes: Uint8Array, spans: Span[]): void {
  const shared = new AttributeBag();
  const scopes: Uint8Array[] = [];
  const { resource, scopeSpans } = OTLP_FIELDS.resourceSpans;
  readMessage(bytes, {
    [resource]: inMessage((part) =>
      readMessage(part, { [OTLP_FIELDS.resource.attributes]: inMessage((entry) => readAttribute(entry, shared)) }),
    ),
    // The resource may come after its spans on the wire.
    [scopeSpans]: inMessage((part) => scopes.push(part)),
  });
  for (const part of scopes) readScopeSpans(part, shared, spans);
}

function readScopeSpans(bytes: Uint8Array, shared: AttributeBag, spans: Span[]): void {
  const scope = { name: '', version: '' };
  const fields = OTLP_FIELDS.scope;
  // One object for all of them, so that it may come after its spans on the wire.
  readMessage(bytes, {
    [OTLP_FIELDS.scopeSpans.scope]: inMessage((part) =>
      readMessage(part, {
        [fields.name]: ofType(WireType.LengthDelimited, (reader) => {
          scope.name = reader.string();
        }),
        [fields.version]: ofType(WireType.LengthDelimited, (reader) => {
          scope.version = reader.string();
        }),
      }),
    ),
    [OTLP_FIELDS.scopeSpans.spans]: inMessage((part) => {
      checkSpanCount(spans.length + 1);
      spans.push(readSpan(part, shared, scope));
    }),
  });
}

function readSpan(bytes: Uint8Array, shared: AttributeBag, scope: SpanScope): Span {
  const attributes = new AttributeBag(shared);
  const span = { traceId: '', spanId: '', parentSpanId: '', name: '', startNs: 0n, endNs: 0n, isFailed: false };
  const fields = OTLP_FIELDS.span;
  readMessage(bytes, {
    [fields.traceId]: inMessage((part) => {
      span.traceId = readId(part);
    }),
    [fields.spanId]: inMessage((part) => {
      span.spanId = readId(part);
    }),
    [fields.parentSpanId]: inMessage((part) => {
      span.parentSpanId = readId(part);
    }),
    [fields.name]: ofType(WireType.LengthDelimited, (reader) => {
      span.name = reader.string();
    }),
    [fields.startTime]: ofType(WireType.Bit64, (reader) => {
      span.startNs = BigInt(reader.fixed64());
    }),
    [fields.endTime]: ofType(WireType.Bit64, (reader) => {
      span.endNs = BigInt(reader.fixed64());
    }),
    [fields.attributes]: inMessage((part) => readAttribute(part, attributes)),
    [fields.status]: inMessage((part) => {
      span.isFailed = readStatusCode(part) === SPAN_FAILED;
    }),
  });
  return { ...span, scope, attributes: attributes.values };
}

/** An id as hexadecimal digits; one of zeros is none. */
function readId(bytes: Uint8Array): string {
  return bytes.every((byte) => byte === 0) ? '' : Buffer.from(bytes).toString('hex');
}

function readStatusCode(bytes: Uint8Array): number {
  let code = 0;
  readMessage(bytes, {
    [OTLP_FIELDS.status.code]: ofType(WireType.Varint, (reader) => {
      code = reader.int32();
    }),
  });
  return code;
}

function readAttribute(bytes: Uint8Array, attributes: AttributeBag): void {
  let key = '';
  let encoded: Uint8Array | undefined;
  readMessage(bytes, {
    [OTLP_FIELDS.keyValue.key]: ofType(WireType.LengthDelimited, (reader) => {
      key = reader.string();
    }),
    [OTLP_FIELDS.keyValue.value]: inMessage((part) => {
      encoded = part;
    }),
  });
  if (encoded === undefined || !isReadAttribute(key)) return;
  const value = readValue(encoded);
  if (value !== undefined) attributes.put(key, value);
}

function readValue(bytes: Uint8Array): AttributeValue | undefined {
  let value: AttributeValue | undefined;
  const fields = OTLP_FIELDS.anyValue;
  readMessage(bytes, {
    [fields.string]: ofType(WireType.LengthDelimited, (reader) => {
      value = reader.string();
    }),
    [fields.bool]: ofType(WireType.Varint, (reader) => {
      value = reader.bool();
    }),
    [fields.int]: ofType(WireType.Varint, (reader) => {
      value = Number(reader.int64());
    }),
    [fields.double]: ofType(WireType.Bit64, (reader) => {
      value = reader.double();
    }),
  });
  return value;
}
