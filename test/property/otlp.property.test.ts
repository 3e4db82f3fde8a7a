import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeJsonTraces } from '../../lib/adapters/otlp/decode-json.ts';
import { decodeProtobufTraces } from '../../lib/adapters/otlp/decode-protobuf.ts';
import { UnreadableTracesError } from '../../lib/adapters/otlp/otlp-errors.ts';
import { readSpans } from '../../lib/domain/spans/read-spans.ts';
import { SPAN_ATTRIBUTES } from '../../lib/domain/spans/span-attributes.ts';
import { createApiWorld, readQueued } from '../helpers/api-world.ts';
import { START_MS } from '../helpers/ledger-fixtures.ts';
import { type SpanDraft, sha256, toOtlpJson, toOtlpProtobuf } from '../helpers/spans.ts';

const NAMES = [
  ...SPAN_ATTRIBUTES.map(({ attribute }) => attribute),
  'openinference.span.kind',
  'tokenledger.tag.a',
  'http.route',
];

const WORDS = [
  'chat',
  'invoke_agent',
  'execute_tool',
  'LLM',
  'CHAIN',
  'embeddings',
  'openai',
  'gpt-4o',
  'excluded',
  'chatcmpl-7',
];

const values = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...WORDS) },
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 5_000 }) },
  {
    weight: 1,
    arbitrary: fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.double(), fc.boolean(), fc.integer()),
  },
);

const ids = fc.constantFrom('0000000000000000', ...['1', '2', '3', '4', '5'].map((digit) => digit.padStart(16, '0')));

const drafts: fc.Arbitrary<SpanDraft> = fc.record({
  name: fc.constantFrom('chat', 'ai.generateText', 'ai.generateText.doGenerate', ''),
  spanId: ids,
  parentSpanId: ids,
  startMs: fc.constantFrom(START_MS, START_MS, 5, START_MS + 600_000),
  durationMs: fc.integer({ min: -5, max: 5_000 }),
  isFailed: fc.boolean(),
  attributes: fc.dictionary(fc.constantFrom(...NAMES), values, { maxKeys: 12 }),
});

const requests = fc.array(drafts, { maxLength: 8 });

/** A change to a body: bytes replaced, cut off or put in. */
const damages = fc.array(
  fc.record({
    at: fc.nat(),
    how: fc.constantFrom('replace', 'cut', 'insert', 'huge-length'),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 6 }),
  }),
  { maxLength: 4 },
);

function damage(body: Uint8Array, changes: readonly { at: number; how: string; bytes: Uint8Array }[]): Uint8Array {
  let bytes = Buffer.from(body);
  for (const change of changes) {
    const at = bytes.length === 0 ? 0 : change.at % bytes.length;
    const rest = bytes.subarray(change.how === 'replace' ? at + change.bytes.length : at);
    const put = change.how === 'huge-length' ? Buffer.from([0x0a, 0xff, 0xff, 0xff, 0x7f]) : change.bytes;
    bytes = change.how === 'cut' ? bytes.subarray(0, at) : Buffer.concat([bytes.subarray(0, at), put, rest]);
  }
  return bytes;
}

describe('trace requests', () => {
  it('become, span by span, an event or one of three reasons why not, and the same in both encodings', () => {
    fc.assert(
      fc.property(requests, (spans) => {
        const inProtobuf = readSpans(decodeProtobufTraces(toOtlpProtobuf(spans)), sha256);
        expect(inProtobuf).toHaveLength(spans.length);
        // JSON has no word for numbers that are none, nor for halves of characters.
        const text = JSON.stringify(toOtlpJson(spans));
        if (/null|\\ud[89a-f]/i.test(text)) return;
        expect(readSpans(decodeJsonTraces(JSON.parse(text)), sha256)).toEqual(inProtobuf);
      }),
    );
  });

  it('report each call under one id, and no call twice', () => {
    fc.assert(
      fc.property(requests, (spans) => {
        const readings = readSpans(decodeProtobufTraces(toOtlpProtobuf(spans)), sha256);
        const reported = readings.flatMap((reading) => (reading.is === 'event' ? [reading.event['id']] : []));
        const named = reported.filter((id) => id !== undefined);
        expect(new Set(named).size).toBe(named.length);
      }),
    );
  });

  it.each([
    ['protobuf', (spans: readonly SpanDraft[]) => toOtlpProtobuf(spans), decodeProtobufTraces],
    [
      'JSON',
      (spans: readonly SpanDraft[]) => Buffer.from(JSON.stringify(toOtlpJson(spans))),
      (bytes: Uint8Array) => decodeJsonTraces(JSON.parse(Buffer.from(bytes).toString())),
    ],
  ] as const)('are read or refused in %s, however damaged', (_encoding, encode, decode) => {
    fc.assert(
      fc.property(requests, damages, (spans, changes) => {
        try {
          readSpans(decode(damage(encode(spans), changes)), sha256);
        } catch (error) {
          expect(error instanceof UnreadableTracesError || error instanceof SyntaxError).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it("never fail the API: every span is accepted, refused or passed over, or the whole request is the sender's fault", async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme', 'emitter');
    const bodies = fc.oneof(
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
      {
        weight: 4,
        arbitrary: fc.tuple(requests, damages).map(([spans, changes]) => damage(toOtlpProtobuf(spans), changes)),
      },
      {
        weight: 4,
        arbitrary: fc
          .tuple(requests, damages)
          .map(([spans, changes]) => damage(Buffer.from(JSON.stringify(toOtlpJson(spans))), changes)),
      },
    );
    const types = fc.constantFrom('application/x-protobuf', 'application/json', 'application/json; charset=utf-8');
    await fc.assert(
      fc.asyncProperty(bodies, types, fc.boolean(), async (bytes, type, isZipped) => {
        const response = await world.serve({
          method: 'POST',
          path: '/v1/traces',
          query: '',
          headers: {
            authorization: `Bearer ${key}`,
            'content-type': type,
            ...(isZipped ? { 'content-encoding': 'gzip' } : {}),
          },
          body: isZipped ? gzipSync(bytes) : bytes,
        });
        expect([200, 400]).toContain(response.status);
        const queued = world.waiting.splice(0).flatMap(({ body }) => readQueued(body));
        if (response.status === 400) expect(queued).toEqual([]);
        else {
          const told = response.headers['tokenledger-spans'] ?? '';
          const [accepted = 0, refused = 0] = [...told.matchAll(/=(\d+)/g)].map(([, count]) => Number(count));
          expect(queued).toHaveLength(accepted + refused);
        }
      }),
      { numRuns: 2_000 },
    );
    expect(world.failures).toEqual([]);
  });
});
