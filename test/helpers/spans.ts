import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { decodeJsonTraces } from '../../lib/adapters/otlp/decode-json.ts';
import type { Span } from '../../lib/domain/spans/span.ts';
import { START_MS } from './ledger-fixtures.ts';

/** Attributes of a span as tests write them. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** A span as tests write it; what is left out has a default. */
export interface SpanDraft {
  readonly name?: string;
  readonly traceId?: string;
  readonly spanId?: string;
  readonly parentSpanId?: string;
  readonly startMs?: number;
  readonly durationMs?: number;
  readonly isFailed?: boolean;
  readonly scope?: { readonly name: string; readonly version: string };
  readonly attributes?: Attributes;
}

/** A case of `test/fixtures/spans`: a span and what must become of it. */
export interface SpanCase {
  readonly name: string;
  readonly source: string;
  readonly draft: SpanDraft;
  readonly is: 'event' | 'wrapper' | 'other';
  /** Fields that the event must have, at least. */
  readonly event: Readonly<Record<string, unknown>>;
  readonly absent: readonly string[];
  readonly cacheAdded: boolean;
  /** Whether its id must be one of its own time, though it names a response. */
  readonly timedId: boolean;
}

const FOLDER = new URL('../fixtures/spans/', import.meta.url);

/** Every case of the fixtures. */
export function readSpanCases(): readonly SpanCase[] {
  return readdirSync(FOLDER).flatMap((file) => {
    const { source, cases } = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8'));
    return cases.map((one: Record<string, unknown>) => ({
      source,
      ...one,
      name: `${file.replace('.json', '')}: ${one['name']}`,
      draft: {
        name: one['span'] ?? 'chat',
        isFailed: one['failed'] === true,
        ...(one['scope'] === undefined ? {} : { scope: one['scope'] }),
        attributes: one['attributes'],
      },
      is: one['is'] ?? 'event',
      event: one['event'] ?? {},
      absent: one['absent'] ?? [],
      cacheAdded: one['cacheAdded'] === true,
      timedId: one['timedId'] === true,
    }));
  });
}

const RESOURCE = {
  'service.name': 'support-bot',
  'deployment.environment.name': 'prod',
  'telemetry.sdk.language': 'nodejs',
};

/** Spans of one resource as an OTLP request in JSON; they last 840 ms. */
export function toOtlpJson(drafts: readonly SpanDraft[], resource: Record<string, string> = RESOURCE) {
  return {
    resourceSpans: [
      {
        resource: { attributes: toKeyValues(resource), droppedAttributesCount: 0 },
        scopeSpans: [{ scope: scopeOf(drafts), spans: drafts.map(toJsonSpan) }],
        schemaUrl: 'https://opentelemetry.io/schemas/1.37.0',
      },
    ],
  };
}

/** The same request in protobuf. */
export function toOtlpProtobuf(drafts: readonly SpanDraft[], resource: Record<string, string> = RESOURCE): Uint8Array {
  const writer = new BinaryWriter();
  const request = open(writer, 1);
  const inResource = open(request, 1);
  writeKeyValues(inResource, 1, resource);
  inResource.join();
  const scopeSpans = open(request, 2);
  const { name, version } = scopeOf(drafts);
  const inScope = open(scopeSpans, 1).tag(1, WireType.LengthDelimited).string(name);
  inScope.tag(2, WireType.LengthDelimited).string(version).join();
  for (const draft of drafts.map(complete)) {
    const span = open(scopeSpans, 2);
    span.tag(1, WireType.LengthDelimited).bytes(Buffer.from(draft.traceId, 'hex'));
    span.tag(2, WireType.LengthDelimited).bytes(Buffer.from(draft.spanId, 'hex'));
    if (draft.parentSpanId) span.tag(4, WireType.LengthDelimited).bytes(Buffer.from(draft.parentSpanId, 'hex'));
    span.tag(5, WireType.LengthDelimited).string(draft.name);
    span.tag(6, WireType.Varint).int32(3);
    span.tag(7, WireType.Bit64).fixed64(draft.startNs);
    span.tag(8, WireType.Bit64).fixed64(draft.endNs);
    writeKeyValues(span, 9, draft.attributes);
    const status = open(span, 15);
    status.tag(2, WireType.LengthDelimited).string('CONTENT');
    if (draft.isFailed) status.tag(3, WireType.Varint).int32(2);
    status.join();
    span.join();
  }
  scopeSpans.join();
  request.join();
  return writer.finish();
}

/** Drafts as the domain sees spans. */
export function toSpans(drafts: readonly SpanDraft[]): readonly Span[] {
  return decodeJsonTraces(toOtlpJson(drafts));
}

/** What the ledger makes ids with. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** All spans of a request are of one instrumentation here. */
function scopeOf(drafts: readonly SpanDraft[]) {
  return drafts[0]?.scope ?? { name: 'test', version: '1' };
}

function complete(draft: SpanDraft, index = 0) {
  const startNs = BigInt(draft.startMs ?? START_MS) * 1_000_000n;
  const digits = (index + 1).toString(16).padStart(16, '0');
  return {
    name: draft.name ?? 'chat',
    traceId: draft.traceId ?? '5b8efff798038103d269b633813fc60c',
    spanId: draft.spanId ?? digits,
    parentSpanId: draft.parentSpanId ?? '',
    startNs,
    endNs: startNs + BigInt(draft.durationMs ?? 840) * 1_000_000n,
    isFailed: draft.isFailed ?? false,
    attributes: draft.attributes ?? {},
  };
}

function toJsonSpan(draft: SpanDraft, index: number) {
  const { name, traceId, spanId, parentSpanId, startNs, endNs, isFailed, attributes } = complete(draft, index);
  return {
    traceId,
    spanId,
    parentSpanId,
    name,
    kind: 3,
    startTimeUnixNano: String(startNs),
    endTimeUnixNano: String(endNs),
    attributes: toKeyValues(attributes),
    events: [
      { timeUnixNano: String(startNs), name: 'CONTENT', attributes: toKeyValues({ 'gen_ai.prompt': 'CONTENT' }) },
    ],
    links: [],
    status: { message: 'CONTENT', ...(isFailed ? { code: 2 } : {}) },
    fieldOfTomorrow: 'CONTENT',
  };
}

function toKeyValues(values: Readonly<Record<string, string | number | boolean>>) {
  return Object.entries(values).map(([key, value]) => {
    if (typeof value === 'string') return { key, value: { stringValue: value } };
    if (typeof value === 'boolean') return { key, value: { boolValue: value } };
    // A 64-bit number may be text or number; both occur.
    if (Number.isSafeInteger(value)) return { key, value: { intValue: value % 2 === 0 ? String(value) : value } };
    return { key, value: { doubleValue: value } };
  });
}

function open(writer: BinaryWriter, field: number): BinaryWriter {
  return writer.tag(field, WireType.LengthDelimited).fork();
}

function writeKeyValues(
  writer: BinaryWriter,
  field: number,
  values: Readonly<Record<string, string | number | boolean>>,
): void {
  for (const [key, value] of Object.entries(values)) {
    const entry = open(writer, field);
    entry.tag(1, WireType.LengthDelimited).string(key);
    const held = open(entry, 2);
    if (typeof value === 'string') held.tag(1, WireType.LengthDelimited).string(value);
    else if (typeof value === 'boolean') held.tag(2, WireType.Varint).bool(value);
    else if (Number.isSafeInteger(value)) held.tag(3, WireType.Varint).int64(value);
    else held.tag(4, WireType.Bit64).double(value);
    held.join();
    entry.join();
  }
}
