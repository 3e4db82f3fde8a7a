import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { describe, expect, it } from 'vitest';
import { decodeJsonTraces } from '../../../lib/adapters/otlp/decode-json.ts';
import { decodeProtobufTraces } from '../../../lib/adapters/otlp/decode-protobuf.ts';
import { MAX_REQUEST_SPANS } from '../../../lib/adapters/otlp/otlp-errors.ts';
import { START_MS } from '../../helpers/ledger-fixtures.ts';
import { toOtlpJson, toOtlpProtobuf, toSpans } from '../../helpers/spans.ts';

const DRAFTS = [
  {
    name: 'ai.generateText',
    traceId: '5b8efff798038103d269b633813fc60c',
    parentSpanId: 'eee19b7ec3c1b174',
    isFailed: true,
    attributes: {
      'gen_ai.usage.input_tokens': 9_007_199_254_740_991,
      'gen_ai.request.model': 'm',
      'http.url': 'CONTENT',
    },
  },
];

describe('the attributes of a span', () => {
  const decode = (span: Record<string, string>, resource: Record<string, string>) => {
    const drafts = [{ attributes: span }];
    const [inProtobuf] = decodeProtobufTraces(toOtlpProtobuf(drafts, resource));
    const [inJson] = decodeJsonTraces(toOtlpJson(drafts, resource));
    expect(inJson?.attributes).toEqual(inProtobuf?.attributes);
    return inProtobuf?.attributes ?? new Map<string, unknown>();
  };
  const tags = (count: number, from = 0) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`tokenledger.tag.t${from + index}`, 'x']));

  it('hold one tag more than an event may have, whoever has them, so that it is refused and nothing grows', () => {
    expect(decode({}, tags(500)).size).toBe(17);
    expect(decode(tags(500), {}).size).toBe(17);
    expect(decode(tags(12, 10), tags(10)).size).toBe(17);
    expect(decode(tags(12, 10), tags(4)).size).toBe(16);
    // The same tag of span and resource is one.
    expect(decode({ 'tokenledger.tag.t0': 'own' }, tags(16))).toEqual(
      new Map([...Object.entries(tags(16)), ['tokenledger.tag.t0', 'own']]),
    );
  });

  it('hold of a text no more than shows that it is too long, and the whole of an id of a response', () => {
    const long = 'x'.repeat(16_385);
    const values = decode(
      { 'user.id': long, [`tokenledger.tag.${long}`]: long, 'gen_ai.response.id': 'r'.repeat(16_384) },
      {},
    );
    expect([...values].map(([name, value]) => [name.length, String(value).length])).toEqual([
      ['user.id'.length, 257],
      ['tokenledger.tag.'.length + 129, 129],
      ['gen_ai.response.id'.length, 16_384],
    ]);
    expect(decode({ 'gen_ai.response.id': long }, {}).size).toBe(0);
  });

  it('have no id of a call from their resource, where all calls of a process would be one', () => {
    const ids = {
      'tokenledger.event_id': 'e',
      'gen_ai.response.id': 'r',
      'ai.response.id': 'r',
      'ai.response.providerMetadata': '{}',
    };
    expect(decode({}, ids).size).toBe(0);
    expect(decode(ids, {}).size).toBe(4);
  });
});

describe('a trace request', () => {
  it('says the same in JSON and in protobuf, and only what is read of it', () => {
    const [span] = decodeProtobufTraces(toOtlpProtobuf(DRAFTS));
    expect(span).toEqual({
      traceId: '5b8efff798038103d269b633813fc60c',
      spanId: '0000000000000001',
      parentSpanId: 'eee19b7ec3c1b174',
      name: 'ai.generateText',
      startNs: BigInt(START_MS) * 1_000_000n,
      endNs: BigInt(START_MS + 840) * 1_000_000n,
      isFailed: true,
      scope: { name: 'test', version: '1' },
      attributes: new Map<string, unknown>([
        ['service.name', 'support-bot'],
        ['deployment.environment.name', 'prod'],
        ['telemetry.sdk.language', 'nodejs'],
        ['gen_ai.usage.input_tokens', 9_007_199_254_740_991],
        ['gen_ai.request.model', 'm'],
      ]),
    });
    expect(toSpans(DRAFTS)).toEqual([span]);
  });

  it('may hold nothing', () => {
    expect(decodeProtobufTraces(new Uint8Array())).toEqual([]);
    expect(decodeJsonTraces({})).toEqual([]);
    expect(decodeJsonTraces({ resourceSpans: null })).toEqual([]);
  });

  it('is no request where there is something else in place of spans', () => {
    expect(() => decodeJsonTraces({ events: [{ id: 'a' }] })).toThrow(/must be spans/);
    expect(() => decodeJsonTraces({ resourceLogs: [] })).toThrow(/must be spans/);
    expect(decodeJsonTraces({ resourceSpans: [], fieldOfTomorrow: 1 })).toEqual([]);
  });

  it('may have its resource behind its spans, as protobuf allows', () => {
    const whole = toOtlpProtobuf(DRAFTS);
    const resource = toOtlpProtobuf([], { 'service.name': 'late' });
    // Two messages of one field, one after the other, are merged where the field is repeated; here each is a resource.
    const spans = decodeProtobufTraces(Buffer.concat([whole, resource]));
    expect(spans[0]?.attributes.get('service.name')).toBe('support-bot');
    const writer = new BinaryWriter().tag(1, WireType.LengthDelimited).fork();
    writer.tag(2, WireType.LengthDelimited).fork().tag(2, WireType.LengthDelimited).fork().join().join();
    writer.tag(1, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).string('service.name');
    writer.tag(2, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited).string('late').join();
    const bytes = writer.join().join().join().finish();
    expect(decodeProtobufTraces(bytes)[0]?.attributes.get('service.name')).toBe('late');
  });

  it('may name a status in JSON, and times as numbers', () => {
    const span = {
      status: { code: 'STATUS_CODE_ERROR' },
      startTimeUnixNano: 1_700_000_000_000_000_000,
      endTimeUnixNano: 5,
    };
    const [read] = decodeJsonTraces({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
    expect(read).toMatchObject({ isFailed: true, startNs: 1_700_000_000_000_000_000n, endNs: 5n });
  });

  it.each([
    ['a body of another kind', []],
    ['spans that are no list', { resourceSpans: [{ scopeSpans: [{ spans: {} }] }] }],
    ['an id that is no hexadecimal text', { resourceSpans: [{ scopeSpans: [{ spans: [{ traceId: 'CONTENT' }] }] }] }],
    ['a time before 1970', { resourceSpans: [{ scopeSpans: [{ spans: [{ startTimeUnixNano: '-1' }] }] }] }],
    [
      'a time beyond 64 bits',
      { resourceSpans: [{ scopeSpans: [{ spans: [{ endTimeUnixNano: '18446744073709551616' }] }] }] },
    ],
    [
      'a number that is none',
      { resourceSpans: [{ resource: { attributes: [{ key: 'service.name', value: { intValue: 'CONTENT' } }] } }] },
    ],
  ])('is refused in JSON with what was expected and without what was sent: %s', (_what, body) => {
    expect(() => decodeJsonTraces(body)).toThrow(/^The body is no OTLP trace request: (?!.*CONTENT)/);
  });

  it.each([
    ['cut short', toOtlpProtobuf(DRAFTS).slice(0, -1)],
    ['a length beyond the end', Uint8Array.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f])],
    ['a varint that never ends', new Uint8Array(64).fill(0xff)],
    ['a field of another type', Uint8Array.from([0x08, 0x01])],
    ['groups inside groups', new Uint8Array(100_000).fill(0x1b)],
    ['JSON', Buffer.from(JSON.stringify(toOtlpJson(DRAFTS)))],
  ])('is refused in protobuf: %s', (_what, bytes) => {
    expect(() => decodeProtobufTraces(bytes)).toThrow('The body is no OTLP trace request in protobuf.');
  });

  it('is refused with one span too many, before they fill the memory', () => {
    const spans = Array.from({ length: MAX_REQUEST_SPANS + 1 }, () => ({}));
    const expected = `A request has at most ${MAX_REQUEST_SPANS} spans.`;
    expect(() => decodeJsonTraces({ resourceSpans: [{ scopeSpans: [{ spans }] }] })).toThrow(expected);
    // Eight megabytes of empty spans: field 2, length 0.
    const empty = Buffer.alloc(8_000_000);
    for (let at = 0; at < empty.length; at += 2) empty[at] = 0x12;
    const writer = new BinaryWriter().tag(1, WireType.LengthDelimited).fork();
    const bytes = writer.tag(2, WireType.LengthDelimited).bytes(empty).join().finish();
    expect(() => decodeProtobufTraces(bytes)).toThrow(expected);
  });
});
