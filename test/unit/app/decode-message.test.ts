import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type DecodedMessage, decodeMessage } from '../../../lib/app/recording/decode-message.ts';
import { type EventJson, fullEvent, smallEvent } from '../../helpers/contract-events.ts';

const MEBIBYTE = 1_048_576;

function decode(json: unknown): DecodedMessage {
  return decodeMessage(JSON.stringify(json));
}

function gzipped(text: string): EventJson {
  return { encoding: 'gzip', data: gzipSync(text).toString('base64') };
}

function cloudEvent(fields: EventJson = {}): EventJson {
  return { specversion: '1.0', id: 'ce-1', source: '/bot', type: 'usage', time: '2026-11-21T09:00:00Z', ...fields };
}

function idsOf(message: DecodedMessage): readonly string[] {
  expect(message.rejects).toEqual([]);
  return message.events.map(({ event }) => event.id);
}

function faultsOf(message: DecodedMessage): readonly (readonly [number, string, string | null])[] {
  return message.rejects.map(({ index, reason, field }) => [index, reason, field]);
}

describe('decodeMessage on envelopes', () => {
  const [one, two] = [smallEvent({ id: 'one' }), smallEvent({ id: 'two' })];

  it('reads one event, an array, and events', () => {
    expect(idsOf(decode(one))).toEqual(['one']);
    expect(idsOf(decode([one, two]))).toEqual(['one', 'two']);
    expect(idsOf(decode({ events: [one, two] }))).toEqual(['one', 'two']);
  });

  it('reads each of them compressed', () => {
    for (const json of [one, [one], { events: [one] }, cloudEvent({ data: one }), [cloudEvent({ data: one })]]) {
      expect(idsOf(decode(gzipped(JSON.stringify(json))))).toEqual(['one']);
    }
  });

  it('reads CloudEvents, structured and batched, and mixed with plain events', () => {
    const base64 = Buffer.from(JSON.stringify(two)).toString('base64');
    expect(idsOf(decode(cloudEvent({ data: one })))).toEqual(['one']);
    expect(idsOf(decode(cloudEvent({ data_base64: base64 })))).toEqual(['two']);
    expect(idsOf(decode([cloudEvent({ data: one }), two, cloudEvent({ data_base64: base64 })]))).toEqual([
      'one',
      'two',
      'two',
    ]);
    expect(idsOf(decode({ events: [cloudEvent({ data: one })] }))).toEqual(['one']);
  });

  it("takes a CloudEvent's id, time and tenant where its data has none", () => {
    const data = { model: 'gpt-4o', usage: { input_tokens: 1 }, id: null };
    const [decoded] = decode(cloudEvent({ data, tenant: 'acme' })).events;
    expect(decoded?.event).toEqual({ ...data, id: 'ce-1', timeMs: Date.parse('2026-11-21T09:00:00Z') });
    expect(decoded?.tenantClaim).toBe('acme');
    const [own] = decode(cloudEvent({ data: { ...one, tenant: 'acme' }, tenant: 'acme' })).events;
    expect([own?.event.id, own?.event.timeMs]).toEqual(['one', Date.parse('2026-11-21T09:30:00Z')]);
    expect(faultsOf(decode(cloudEvent({ data: { ...one, tenant: 'acme' }, tenant: 'b' })))).toEqual([
      [0, 'tenant_mismatch', 'tenant'],
    ]);
  });

  it('takes an object with usage for an event, whatever else it holds', () => {
    const odd = { ...one, events: [], encoding: 'gzip', data: 'x', specversion: '0.3', type: 'gpu_sample' };
    const message = decode(odd);
    expect(idsOf(message)).toEqual(['one']);
    expect(message.events[0]?.unknownFields).toEqual(['events', 'encoding', 'data', 'specversion', 'type']);
  });

  it('takes a tenant beside events as the claim of each', () => {
    const message = decode({ tenant: 'acme', events: [one, { ...two, tenant: 'globex' }, { ...two, tenant: 'acme' }] });
    expect(message.events.map(({ index, tenantClaim }) => [index, tenantClaim])).toEqual([
      [0, 'acme'],
      [2, 'acme'],
    ]);
    expect(faultsOf(message)).toEqual([[1, 'tenant_mismatch', 'tenant']]);
    expect(faultsOf(decode({ tenant: 7, events: [one] }))).toEqual([[0, 'wrong_type', 'tenant']]);
  });

  it('reads GPU samples beside events', () => {
    const sample = {
      type: 'gpu_sample',
      deployment: 'llama',
      time: '2026-11-21T09:30:00Z',
      gpu_utilisation_ratio: 0.75,
    };
    const message = decode([one, { ...sample, tenant: 'acme', gpus: 8, gpu_memory_used_ratio: 0.5, fan: 1 }]);
    expect(idsOf(message)).toEqual(['one']);
    const timeMs = Date.parse('2026-11-21T09:30:00Z');
    expect(message.gpuSamples).toEqual([
      {
        index: 1,
        sample: { deployment: 'llama', timeMs, gpu_utilisation_ratio: 0.75, gpu_memory_used_ratio: 0.5, gpus: 8 },
        tenantClaim: 'acme',
        unknownFields: ['fan'],
      },
    ]);
    expect(decode(sample).gpuSamples[0]).not.toHaveProperty('tenantClaim');
    expect(faultsOf(decode({ ...sample, gpu_utilisation_ratio: 1.1 }))).toEqual([
      [0, 'out_of_range', 'gpu_utilisation_ratio'],
    ]);
    expect(faultsOf(decode({ ...sample, deployment: '' }))).toEqual([[0, 'missing_field', 'deployment']]);
    expect(faultsOf(decode({ ...sample, gpu_utilisation_ratio: null }))).toEqual([
      [0, 'missing_field', 'gpu_utilisation_ratio'],
    ]);
  });

  it.each<[string, unknown, string, string | null]>([
    ['gzip in gzip', gzipped(JSON.stringify(gzipped('{}'))), 'bad_encoding', 'data'],
    ['another compression', { encoding: 'br', data: 'aGk=' }, 'bad_encoding', 'encoding'],
    ['text that is not base64', { encoding: 'gzip', data: 'a-_b' }, 'bad_encoding', 'data'],
    ['base64 that is not gzip', { encoding: 'gzip', data: 'aGVsbG8=' }, 'bad_encoding', 'data'],
    [
      'a cut gzip',
      { encoding: 'gzip', data: gzipSync('{}'.repeat(99)).subarray(0, -9).toString('base64') },
      'bad_encoding',
      'data',
    ],
    [
      'gzip of bytes that are not UTF-8',
      { encoding: 'gzip', data: gzipSync(Buffer.of(0x22, 0xff, 0x22)).toString('base64') },
      'bad_encoding',
      'data',
    ],
    ['gzip of no JSON', gzipped('hello'), 'not_json', 'data'],
    ['gzip without data', { encoding: 'gzip' }, 'wrong_type', 'data'],
    ['events that are no array', { events: {} }, 'wrong_type', 'events'],
    ['an empty array', [], 'no_events', null],
    ['empty events', { events: [] }, 'no_events', null],
    [
      'another CloudEvents version',
      cloudEvent({ specversion: '0.3', data: smallEvent() }),
      'bad_envelope',
      'specversion',
    ],
    ['a CloudEvent without data', cloudEvent(), 'missing_field', 'data'],
    ['a CloudEvent of an array', cloudEvent({ data: [smallEvent()] }), 'wrong_type', 'data'],
    ['a CloudEvent of no base64', cloudEvent({ data_base64: '%' }), 'bad_encoding', 'data_base64'],
    ['a CloudEvent of base64 that holds no JSON', cloudEvent({ data_base64: 'aGk=' }), 'not_json', 'data_base64'],
    ['a CloudEvent of base64 that is not UTF-8', cloudEvent({ data_base64: '/w==' }), 'bad_encoding', 'data_base64'],
  ])('refuses %s', (_name, json, reason, field) => {
    expect(faultsOf(decode(json))).toEqual([[0, reason, field]]);
  });
});

describe('decodeMessage on limits', () => {
  it('takes 1,000 events and refuses a message of 1,001', () => {
    const events = Array.from({ length: 1001 }, (_, index) => smallEvent({ id: `call-${index}` }));
    expect(decode(events.slice(0, 999)).events).toHaveLength(999);
    expect(decode(events.slice(0, 1000)).events).toHaveLength(1000);
    expect(faultsOf(decode(events))).toEqual([[0, 'too_many_events', null]]);
    expect(faultsOf(decode(gzipped(JSON.stringify({ events }))))).toEqual([[0, 'too_many_events', null]]);
  });

  it('takes a message of 1 MiB of UTF-8 and refuses one byte more', () => {
    const body = JSON.stringify([smallEvent({ app: 'é' })]);
    // The é is two bytes, so the text is one unit shorter than its bytes.
    const padded = body.padEnd(MEBIBYTE - 1);
    expect(decodeMessage(padded.slice(0, -1)).events).toHaveLength(1);
    expect(decodeMessage(padded).events).toHaveLength(1);
    const refused = decodeMessage(`${padded} `);
    expect(faultsOf(refused)).toEqual([[0, 'message_too_large', null]]);
    expect(refused.rejects[0]?.rawBytes).toBe(MEBIBYTE + 1);
  });

  it('inflates up to 8 MiB and not a byte more', () => {
    const body = JSON.stringify([smallEvent()]);
    expect(decode(gzipped(body.padEnd(8 * MEBIBYTE - 1))).events).toHaveLength(1);
    expect(decode(gzipped(body.padEnd(8 * MEBIBYTE))).events).toHaveLength(1);
    expect(faultsOf(decode(gzipped(body.padEnd(8 * MEBIBYTE + 1))))).toEqual([[0, 'message_too_large', 'data']]);
    // About 64 KB of gzip that would inflate to 64 MiB.
    expect(faultsOf(decode(gzipped('['.repeat(64 * MEBIBYTE))))).toEqual([[0, 'message_too_large', 'data']]);
  });

  it('takes an event of 16 KiB without white space and refuses one byte more, alone and beside others', () => {
    const bare = JSON.stringify(smallEvent({ filler: '' })).length;
    const sized = (bytes: number) => smallEvent({ filler: 'f'.repeat(bytes - bare) });
    for (const wrap of [(event: EventJson) => event, (event: EventJson) => [event, smallEvent()]]) {
      expect(faultsOf(decode(wrap(sized(16_383))))).toEqual([]);
      expect(faultsOf(decode(wrap(sized(16_384))))).toEqual([]);
      expect(faultsOf(decode(wrap(sized(16_385))))).toEqual([[0, 'event_too_large', null]]);
      expect(faultsOf(decodeMessage(JSON.stringify(wrap(sized(16_384)), null, 9)))).toEqual([]);
    }
    expect(decode([sized(16_385), smallEvent()]).rejects[0]?.rawBytes).toBe(16_385);
    // 5,461 x 3 bytes of UTF-8 in 5,461 units of text.
    expect(faultsOf(decode(smallEvent({ filler: '€'.repeat(5461) })))).toEqual([[0, 'event_too_large', null]]);
  });

  it('takes 32 levels of nesting and refuses 33, brackets in texts not counted', () => {
    const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
    const body = (levels: number) => JSON.stringify(smallEvent()).replace('{', `{"deep":${nested(levels - 1)},`);
    expect(decodeMessage(body(31)).events).toHaveLength(1);
    expect(decodeMessage(body(32)).events).toHaveLength(1);
    expect(faultsOf(decodeMessage(body(33)))).toEqual([[0, 'too_deep', null]]);
    expect(faultsOf(decode(gzipped(nested(33))))).toEqual([[0, 'too_deep', 'data']]);
    expect(faultsOf(decodeMessage('{"a":'.repeat(200_000)))).toEqual([[0, 'too_deep', null]]);
    for (const app of ['['.repeat(99), '\\"[{'.repeat(20), '\\\\'.repeat(10), '"'.repeat(40) + '{'.repeat(40)]) {
      expect(decode([smallEvent({ app }), smallEvent()]).events[0]?.event.app).toBe(app);
    }
  });
});

describe('decodeMessage on bad events', () => {
  it('records the good neighbours of a bad event and gives each its place', () => {
    const message = decode([smallEvent(), 7, smallEvent({ model: null }), smallEvent({ extra: 1 })]);
    expect(message.events.map(({ index, unknownFields }) => [index, unknownFields])).toEqual([
      [0, []],
      [3, ['extra']],
    ]);
    expect(faultsOf(message)).toEqual([
      [1, 'wrong_type', null],
      [2, 'missing_field', 'model'],
    ]);
  });

  it('shows the known scalar fields of a reject that keep their limits', () => {
    const { user, session, error, tags, emitter, route, input_parts: parts, usage, ...shown } = fullEvent();
    const bad = { ...fullEvent(), usage: { ...Object(usage), output_tokens: -5, secret_unit: 1 }, prompt: 'my secret' };
    const [reject] = decode([bad]).rejects;
    const counts = Object.entries({ ...Object(usage), output_tokens: -5 }).map(([unit, count]) => [
      `usage.${unit}`,
      count,
    ]);
    expect(reject?.fields).toEqual({ ...shown, ...Object.fromEntries(counts) });
    expect(reject?.rawBytes).toBe(JSON.stringify(bad).length);
    for (const hidden of [user, session, error, tags, emitter, route, parts]) {
      expect(Object.values(reject?.fields ?? {})).not.toContain(hidden);
    }
    const long = { ...smallEvent(), app: 'x'.repeat(129), latency_ms: 'secret', usage: { input_tokens: 'secret' } };
    expect(decode(long).rejects[0]?.fields).toEqual({
      id: 'call-1',
      time: '2026-11-21T09:30:00Z',
      model: 'gpt-4o-mini',
    });
    expect(decode(cloudEvent({ data: { ...smallEvent(), id: 5 } })).rejects[0]?.fields).toMatchObject({
      'usage.input_tokens': 10,
    });
  });

  it('quotes nothing of a body that is not JSON', () => {
    const body = '{"id":"a","prompt":"my secret prompt" oops}';
    const message = decodeMessage(body);
    expect(faultsOf(message)).toEqual([[0, 'not_json', null]]);
    expect(message.rejects[0]).toMatchObject({ fields: {}, rawBytes: body.length });
    expect(JSON.stringify(message)).not.toMatch(/secret|oops/);
  });
});
