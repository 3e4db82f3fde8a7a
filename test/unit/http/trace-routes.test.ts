import { gzipSync } from 'node:zlib';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { describe, expect, it } from 'vitest';
import { encodeFailure } from '../../../lib/adapters/otlp/encode-answer.ts';
import { type ApiWorld, createApiWorld, PRICES, readQueued } from '../../helpers/api-world.ts';
import { START_MS } from '../../helpers/ledger-fixtures.ts';
import { type SpanDraft, toOtlpJson, toOtlpProtobuf } from '../../helpers/spans.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const PROTOBUF_TYPE = { 'content-type': 'application/x-protobuf' };

const call = (fields: SpanDraft = {}): SpanDraft => ({
  ...fields,
  attributes: {
    'gen_ai.operation.name': 'chat',
    'gen_ai.request.model': 'm-1',
    'gen_ai.usage.input_tokens': 1_000,
    'gen_ai.usage.output_tokens': 100,
    ...fields.attributes,
  },
});

const WITHOUT_USAGE: SpanDraft = { attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'm-1' } };
const AGENT: SpanDraft = { attributes: { 'gen_ai.operation.name': 'invoke_agent' } };
const OTHER: SpanDraft = { attributes: { 'db.system': 'postgresql' } };

const sendJson = (world: ApiWorld, key: string, body: unknown) =>
  world.ask('POST', '/v1/traces', { key, body, headers: JSON_TYPE });

const sendProtobuf = (world: ApiWorld, key: string, bytes: Uint8Array, headers: Record<string, string> = {}) =>
  world.serve({
    method: 'POST',
    path: '/v1/traces',
    query: '',
    headers: { authorization: `Bearer ${key}`, ...PROTOBUF_TYPE, ...headers },
    body: bytes,
  });

/** The texts and numbers of a flat message, by field. */
function readFields(bytes: Uint8Array | undefined): Record<number, string | number> {
  const reader = new BinaryReader(bytes ?? new Uint8Array());
  const fields: Record<number, string | number> = {};
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    fields[field] = type === 0 ? Number(reader.int64()) : reader.string();
  }
  return fields;
}

describe('POST /v1/traces', () => {
  it('records the calls among spans at their price, whatever the encoding', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme');
    await world.ask('POST', '/v1/catalog/overrides', { key, body: PRICES });
    const drafts = [AGENT, call(), OTHER];
    const { status, json, headers } = await sendJson(world, key, toOtlpJson(drafts));
    expect([status, json]).toEqual([200, {}]);
    expect(headers['tokenledger-spans']).toBe('accepted=1, refused=0, wrapper=1, repeated=0, other=1, cache-added=0');
    const answer = await sendProtobuf(world, key, toOtlpProtobuf(drafts));
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/x-protobuf']);
    expect(answer.bytes).toHaveLength(0);
    const zipped = await sendProtobuf(world, key, gzipSync(toOtlpProtobuf(drafts)), { 'content-encoding': 'gzip' });
    expect(zipped.status).toBe(200);
    await world.drain();
    const spend = await world.ask('GET', '/v1/spend?from=2026-01-29&to=2026-01-30&granularity=day', { key });
    // Sent three times, counted once: 1,000 x $1/M + 100 x $2/M = $0.0012
    expect(spend.json.total).toMatchObject({ calls: 1, cost_usd: '0.0012' });
    expect(world.failures).toEqual([]);
  });

  it('answers refused calls with reason and field, and keeps them as rejects', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme');
    const old = call({ startMs: START_MS - 36 * 86_400_000, spanId: 'aa'.repeat(8) });
    const drafts = [call(), WITHOUT_USAGE, WITHOUT_USAGE, old];
    const { status, json } = await sendJson(world, key, toOtlpJson(drafts));
    expect(status).toBe(200);
    const errorMessage = 'missing_field usage (2), time_out_of_range time (1)';
    expect(json).toEqual({ partialSuccess: { rejectedSpans: '3', errorMessage } });
    const answer = await sendProtobuf(world, key, toOtlpProtobuf(drafts));
    const reader = new BinaryReader(answer.bytes ?? new Uint8Array());
    expect(reader.tag()).toEqual([1, 2]);
    expect(readFields(reader.bytes())).toEqual({ 1: 3, 2: errorMessage });
    world.waiting.splice(1);
    await world.drain();
    const { json: rejects } = await world.ask('GET', '/v1/rejects', { key });
    expect(rejects.rejects.map(({ reason }: { reason: string }) => reason).sort()).toEqual([
      'missing_field',
      'missing_field',
      'time_out_of_range',
    ]);
  });

  it('never answers what was sent: names of tags are left out', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme', 'emitter');
    const { json } = await sendJson(
      world,
      key,
      toOtlpJson([call({ attributes: { 'tokenledger.tag.SECRET': '\u0001' } })]),
    );
    expect(json.partialSuccess.errorMessage).toBe('bad_text tags (1)');
  });

  it('splits what is more than a message takes, and keeps to one where it fits', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme', 'emitter');
    await sendProtobuf(world, key, toOtlpProtobuf(Array.from({ length: 2_001 }, () => call())));
    expect(world.waiting.map(({ body }) => readQueued(body).length)).toEqual([1_000, 1_000, 1]);
    // 900 events of some 2,300 bytes are two megabytes.
    const tag = { 'tokenledger.tag.a': 'x'.repeat(120) };
    const tags = Object.fromEntries(
      Array.from({ length: 15 }, (_, index) => [`${Object.keys(tag)[0]}${index}`, 'x'.repeat(120)]),
    );
    world.waiting.splice(0);
    await sendProtobuf(world, key, toOtlpProtobuf(Array.from({ length: 900 }, () => call({ attributes: tags }))));
    expect(world.waiting.length).toBeGreaterThan(1);
    expect(world.waiting.flatMap(({ body }) => readQueued(body))).toHaveLength(900);
    for (const { body } of world.waiting) {
      expect(Buffer.byteLength(body)).toBeLessThanOrEqual(1024 * 1024);
      // What does not compress is sent as it is.
      expect(Buffer.byteLength(JSON.stringify({ events: readQueued(body) }))).toBeLessThanOrEqual(1024 * 1024);
    }
  });

  it('keeps what is too long as a reject too, without the text that is', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme');
    // Control characters take six bytes each in JSON: 16 tags of 256 of them are more than an event may be.
    const name = (index: number) => `tokenledger.tag.${index}${'\u0001'.repeat(126)}`;
    const tags = Object.fromEntries(Array.from({ length: 16 }, (_, index) => [name(index), '\u0001'.repeat(128)]));
    const drafts = [
      call({ attributes: { 'gen_ai.request.model': 'm'.repeat(20_000) } }),
      call({ attributes: tags }),
      call({ attributes: { 'session.id': 's'.repeat(20_000) } }),
    ];
    const { json } = await sendJson(world, key, toOtlpJson(drafts));
    expect(json.partialSuccess).toEqual({
      rejectedSpans: '3',
      errorMessage: 'too_long model (1), event_too_large (1), too_long session (1)',
    });
    await world.drain();
    const { json: kept } = await world.ask('GET', '/v1/rejects', { key });
    expect(kept.rejects.map(({ reason }: { reason: string }) => reason).sort()).toEqual([
      'event_too_large',
      'too_long',
      'too_long',
    ]);
  });

  it('answers 413 where a few bytes stand for more events than are held at once', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme', 'emitter');
    const tags = Object.fromEntries(
      Array.from({ length: 16 }, (_, index) => [`tokenledger.tag.${index}${'n'.repeat(120)}`, 'v'.repeat(128)]),
    );
    // 17,000 events of some 4.4 kB are more than 64 MiB.
    const body = toOtlpProtobuf(
      Array.from({ length: 17_000 }, () => call()),
      tags,
    );
    const answer = await sendProtobuf(world, key, gzipSync(body), { 'content-encoding': 'gzip' });
    expect([answer.status, readFields(answer.bytes)[1]]).toEqual([413, 8]);
    expect(world.waiting).toEqual([]);
  });

  it('answers 413 to a JSON of so many parts that reading it would take gigabytes', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme', 'emitter');
    const bytes = gzipSync(`{"resourceSpans":[],"x":[${'{},'.repeat(2_000_000)}{}]}`);
    const headers = { ...JSON_TYPE, 'content-encoding': 'gzip' };
    const sent = await world.ask('POST', '/v1/traces', { key, bytes, headers });
    expect([sent.status, sent.json]).toEqual([
      413,
      { code: 8, message: 'at most 2000000 objects and lists are read.' },
    ]);
    const reader = await world.enrol('acme2', 'reader');
    expect((await world.ask('POST', '/v1/entries/status', { key: reader, bytes, headers })).status).toBe(413);
  });

  it('says of a negative zero what becomes of it: it is a zero', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme');
    const body = JSON.stringify(toOtlpJson([call()])).replace('"intValue":"100"', '"intValue":"-0"');
    expect(body).toContain('"-0"');
    const { headers } = await sendJson(world, key, body);
    expect(headers['tokenledger-spans']).toMatch(/^accepted=1, refused=0/);
    expect(readQueued(world.waiting[0]?.body ?? '')[0]).toMatchObject({
      usage: { input_tokens: 1_000, output_tokens: 0 },
    });
  });

  it('takes a request without spans, and queues nothing', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme', 'emitter');
    expect((await sendJson(world, key, {})).json).toEqual({});
    expect((await sendProtobuf(world, key, new Uint8Array())).status).toBe(200);
    expect(world.waiting).toEqual([]);
  });

  it('answers a failure as a google.rpc.Status in the encoding of the request', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme', 'emitter');
    const broken = await sendProtobuf(world, key, Uint8Array.from([0x0a, 0x7f]));
    expect([broken.status, broken.headers['content-type']]).toEqual([400, 'application/x-protobuf']);
    expect(readFields(broken.bytes)).toEqual({ 1: 3, 2: 'The body is no OTLP trace request in protobuf.' });
    const bad = await sendJson(world, key, '{"resourceSpans":');
    expect([bad.status, bad.json]).toEqual([400, { code: 3, message: 'the message is not JSON.' }]);
    const unknown = await sendJson(world, 'no-such-key', {});
    expect([unknown.status, unknown.json.code]).toEqual([401, 16]);
    const reader = await world.enrol('other', 'reader');
    expect((await sendJson(world, reader, {})).json.code).toBe(7);
  });

  it('answers 415 to other content types and encodings, naming those it takes', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme', 'emitter');
    const typed = await world.ask('POST', '/v1/traces', { key, body: '{}', headers: { 'content-type': 'text/plain' } });
    expect([typed.status, typed.json.detail]).toEqual([
      415,
      'The content type of a trace request is application/x-protobuf or application/json.',
    ]);
    const encoded = await sendProtobuf(world, key, new Uint8Array(), { 'content-encoding': 'zstd' });
    expect([encoded.status, encoded.headers['accept-encoding']]).toEqual([415, 'gzip, identity']);
  });

  it('answers 413 to bodies, inflated bodies and numbers of spans over the limit', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme', 'emitter');
    expect((await sendProtobuf(world, key, new Uint8Array(6_000_001))).status).toBe(413);
    // 33 MiB of nothing in 34 kB.
    const bomb = gzipSync(Buffer.alloc(33 * 1024 * 1024));
    const answer = await sendProtobuf(world, key, bomb, { 'content-encoding': 'gzip' });
    expect([answer.status, readFields(answer.bytes)[1]]).toEqual([413, 8]);
    const many = await sendJson(world, key, { resourceSpans: [{ scopeSpans: [{ spans: Array(20_001).fill({}) }] }] });
    expect(many.status).toBe(413);
  });

  it('takes content that is nested deeply, and refuses what is nested without end', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme', 'emitter');
    let value: unknown = { stringValue: 'x' };
    for (let level = 0; level < 40; level++) value = { kvlistValue: { values: [{ key: 'k', value }] } };
    const request = toOtlpJson([call()]);
    request.resourceSpans[0]?.resource.attributes.push({ key: 'gen_ai.input.messages', value } as never);
    expect((await sendJson(world, key, request)).json).toEqual({});
    expect((await sendJson(world, key, `${'['.repeat(300)}${']'.repeat(300)}`)).status).toBe(400);
  });

  it.each([
    [400, 3],
    [401, 16],
    [403, 7],
    [404, 5],
    [413, 8],
    [415, 3],
    [429, 8],
    [500, 13],
    [503, 14],
    [418, 2],
  ])('tells of HTTP status %i by the code %i of google.rpc.Status in both encodings', (status, code) => {
    expect(JSON.parse(String(encodeFailure('json', status, 'm')))).toEqual({ code, message: 'm' });
    expect(readFields(encodeFailure('protobuf', status, 'm') as Uint8Array)).toEqual({ 1: code, 2: 'm' });
  });

  it('answers 503 and asks to come again when the queue is away', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme', 'emitter');
    const down = Object.assign(new Error('no answer'), { retryable: true });
    world.ports.queues.send = () => Promise.reject(down);
    const answer = await sendProtobuf(world, key, toOtlpProtobuf([call()]));
    expect([answer.status, answer.headers['retry-after'], readFields(answer.bytes)[1]]).toEqual([503, '1', 14]);
  });
});

describe('POST /v1/entries/status for spans', () => {
  it('tells of the calls among spans under the ids that the ledger uses', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme');
    const named = call({ attributes: { 'gen_ai.response.id': 'resp_68a5c0ffee0123456789abcdef012345' } });
    await sendJson(world, key, toOtlpJson([named, WITHOUT_USAGE]));
    await world.drain();
    const drafts = [AGENT, named, { ...call(), spanId: 'bb'.repeat(8) }];
    const expected = [
      { index: 0, id: 'unknown:resp_68a5c0ffee0123456789abcdef012345', status: 'recorded', commit: 1 },
      { index: 1, id: expect.stringMatching(/^[0-9a-f-]{36}$/), status: 'unknown', commit: null },
    ];
    const { json } = await world.ask('POST', '/v1/entries/status', {
      key,
      body: toOtlpJson(drafts),
      headers: JSON_TYPE,
    });
    expect(json.entries).toEqual(expected);
    const bytes = toOtlpProtobuf(drafts);
    const binary = await world.ask('POST', '/v1/entries/status', { key, bytes, headers: PROTOBUF_TYPE });
    expect(binary.json.entries).toEqual(expected);
  });

  it('tells why a call was rejected', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme');
    await sendJson(world, key, toOtlpJson([WITHOUT_USAGE]));
    await world.drain();
    const body = toOtlpJson([WITHOUT_USAGE]);
    const { json } = await world.ask('POST', '/v1/entries/status', { key, body, headers: JSON_TYPE });
    expect(json.entries).toMatchObject([{ index: 0, status: 'rejected', reason: 'missing_field' }]);
  });

  it('answers with nothing where no span is a call', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme');
    const body = toOtlpJson([AGENT, OTHER]);
    expect((await world.ask('POST', '/v1/entries/status', { key, body, headers: JSON_TYPE })).json).toEqual({
      entries: [],
    });
  });
});
