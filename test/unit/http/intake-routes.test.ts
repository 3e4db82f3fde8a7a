import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createApiWorld, readQueued } from '../../helpers/api-world.ts';

const TIME = '2026-01-29T10:00:00Z';
const good = (id: string) => ({ id, time: TIME, model: 'm-1', usage: { input_tokens: 1 } });

describe('POST /v1/events', () => {
  it('queues a single event, an array, an events object and a gzip body alike, in the name of the key', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme', 'emitter');
    const bodies = [good('a'), [good('b')], { events: [good('c')] }];
    for (const body of bodies) expect((await world.ask('POST', '/v1/events', { key, body })).status).toBe(202);
    const bytes = gzipSync(JSON.stringify([good('d')]));
    const zipped = await world.ask('POST', '/v1/events', { key, bytes, headers: { 'content-encoding': 'gzip' } });
    expect(zipped.json).toEqual({ accepted: 1, rejected: [], unknown_fields: {} });
    expect(world.waiting.flatMap(({ body }) => readQueued(body).map(({ id }) => id))).toEqual(['a', 'b', 'c', 'd']);
    expect(new Set(world.waiting.map(({ stamp }) => stamp.tenant))).toEqual(new Set(['acme']));
  });

  it('queues the good events of a batch and answers the bad ones with place, id and reason', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme', 'emitter');
    const events = [
      good('a'),
      { ...good('b'), usage: { input_tokens: -1 } },
      { ...good('c'), time: '2025-01-01T00:00:00Z' },
      { ...good('d'), tenant: 'other' },
      { ...good('e'), tenant: 'acme', colour: 'red' },
    ];
    const { status, json } = await world.ask('POST', '/v1/events', { key, body: { events } });
    expect(status).toBe(202);
    expect(json).toMatchObject({ accepted: 2, unknown_fields: { colour: 1 } });
    expect(json.rejected.map((one: Record<string, unknown>) => [one['index'], one['id'], one['reason']])).toEqual([
      [1, 'b', 'impossible_usage'],
      [2, 'c', 'time_out_of_range'],
      [3, 'd', 'tenant_mismatch'],
    ]);
    expect(world.waiting.flatMap(({ body }) => readQueued(body).map(({ id }) => id))).toEqual(['a', 'e']);
  });

  it('queues what a queue would refuse as it stands: characters beyond U+FFFD, as escapes that mean the same', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme', 'emitter');
    const ids = ['🙂', '\ufffe', '\uffff', 'é'];
    for (const id of ids) {
      expect((await world.ask('POST', '/v1/events', { key, body: good(id) })).status).toBe(202);
    }
    expect(world.waiting.flatMap(({ body }) => readQueued(body).map(({ id }) => id))).toEqual(ids);
    const refused = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd]/;
    for (const { body } of world.waiting) expect(body).not.toMatch(refused);
  });

  it('takes CloudEvents, one or many, under their own content types, compressed or not', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme', 'emitter');
    const wrap = (id: string) => ({
      specversion: '1.0',
      id: `ce-${id}`,
      source: '/pod',
      type: 'usage',
      data: good(id),
    });
    const send = (body: unknown, type: string, zip = false) => {
      const text = JSON.stringify(body);
      const headers = { 'content-type': `application/${type}`, ...(zip ? { 'content-encoding': 'gzip' } : {}) };
      return world.ask('POST', '/v1/events', { key, bytes: zip ? gzipSync(text) : Buffer.from(text), headers });
    };
    expect((await send(wrap('a'), 'cloudevents+json; charset=UTF-8')).json.accepted).toBe(1);
    expect((await send([wrap('b'), wrap('c')], 'cloudevents-batch+json')).json.accepted).toBe(2);
    expect((await send([wrap('d')], 'cloudevents-batch+json', true)).json.accepted).toBe(1);
    await world.drain();
    const { json } = await world.ask('POST', '/v1/entries/status', {
      key,
      body: { ids: ['a', 'b', 'c', 'd', 'ce-a'] },
    });
    expect(json.entries.map(({ status }: { status: string }) => status)).toEqual([
      ...['recorded', 'recorded', 'recorded', 'recorded', 'unknown'],
    ]);
  });

  it('fills what an event lacks from its CloudEvent, and says what neither has', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme', 'emitter');
    const { id: _id, time: _time, ...bare } = good('');
    const body = [
      { specversion: '1.0', id: 'ce', time: TIME, source: '/pod', type: 'usage', data: bare },
      { specversion: '1.0', source: '/pod', type: 'usage', time: TIME, data: bare },
      { specversion: '1.0', id: 'no-time', source: '/pod', type: 'usage', data: bare },
      { specversion: '1.0', id: 'no-data', source: '/pod', type: 'usage' },
      { specversion: '0.3', id: 'old', source: '/pod', type: 'usage', data: bare },
    ];
    const { json } = await world.ask('POST', '/v1/events?detail=ids', { key, body });
    expect(json.events[0]).toEqual({ index: 0, id: 'ce', status: 'accepted' });
    expect(json.rejected.map((one: Record<string, unknown>) => [one['index'], one['reason'], one['field']])).toEqual([
      [1, 'missing_field', 'id'],
      [2, 'missing_field', 'time'],
      [3, 'missing_field', 'data'],
      [4, 'bad_envelope', 'specversion'],
    ]);
  });

  it('answers every event with its id where that is asked for', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme', 'emitter');
    const sample = { type: 'gpu_sample', deployment: 'd', time: TIME, gpu_utilisation_ratio: 0.5 };
    const body = [good('a'), sample, { ...good('b'), usage: {} }, { id: 7 }];
    const { json } = await world.ask('POST', '/v1/events?detail=ids', { key, body });
    expect(json.events).toEqual([
      { index: 0, id: 'a', status: 'accepted' },
      { index: 1, id: null, status: 'accepted' },
      { index: 2, id: 'b', status: 'rejected' },
      { index: 3, id: null, status: 'rejected' },
    ]);
    expect((await world.ask('POST', '/v1/events?detail=all', { key, body })).status).toBe(400);
  });

  it('queues nothing when no event is good', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme', 'emitter');
    const { status, json } = await world.ask('POST', '/v1/events', { key, body: { id: 'x' } });
    expect([status, json.accepted, json.rejected.length, world.waiting.length]).toEqual([202, 0, 1, 0]);
  });

  it('takes history only through /v1/imports', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme', 'admin');
    const old = { ...good('old'), time: '2024-01-01T00:00:00Z' };
    expect((await world.ask('POST', '/v1/events', { key, body: old })).json.accepted).toBe(0);
    expect((await world.ask('POST', '/v1/imports', { key, body: old })).json.accepted).toBe(1);
    expect(world.waiting.map(({ queue }) => queue)).toEqual(['import']);
  });

  it('compresses what is large, so that a thousand events are one small message', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme', 'emitter');
    const events = Array.from({ length: 1_000 }, (_, index) => good(`call-${index}`));
    expect((await world.ask('POST', '/v1/events', { key, body: events })).json.accepted).toBe(1_000);
    expect(world.waiting[0]?.body.length).toBeLessThan(20_000);
    expect(readQueued(world.waiting[0]?.body ?? '')).toHaveLength(1_000);
  });

  it.each([
    ['{"id":', 400, 'not_json'],
    ['[]', 400, 'no_events'],
    ['{"encoding":"zip","data":""}', 400, 'bad_encoding'],
    [`${'['.repeat(40)}${']'.repeat(40)}`, 400, 'too_deep'],
    [JSON.stringify(Array.from({ length: 1_001 }, (_, index) => good(`${index}`))), 413, 'too_many_events'],
    [`"${'x'.repeat(1_100_000)}"`, 413, 'message_too_large'],
  ])('answers %.20s with %i and the reason %s', async (body, status, reason) => {
    const world = createApiWorld();
    const key = await world.enrol('acme', 'emitter');
    const answer = await world.ask('POST', '/v1/events', { key, body });
    expect([answer.status, answer.json.type]).toEqual([status, `urn:tokenledger:problem:events:${reason}`]);
    expect(world.waiting).toEqual([]);
  });

  it('refuses encodings it does not know, bytes that are no text, and bodies over the limit', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme', 'emitter');
    const ask = async (bytes: Uint8Array, headers: Record<string, string> = {}): Promise<number> =>
      (await world.ask('POST', '/v1/events', { key, bytes, headers })).status;
    expect(await ask(Buffer.from('{}'), { 'content-encoding': 'br' })).toBe(415);
    expect(await ask(Buffer.from([0xff, 0xfe]))).toBe(400);
    expect(await ask(Buffer.from('not gzip'), { 'content-encoding': 'gzip' })).toBe(400);
    expect(await ask(Buffer.alloc(6_000_001))).toBe(413);
  });

  it('names the body as what is at fault when no event of it can be read', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme', 'emitter');
    for (const text of ['', '{', '[]', '[[['.repeat(50)]) {
      const { status, json } = await world.ask('POST', '/v1/events', { key, bytes: Buffer.from(text) });
      expect([status, json.errors]).toEqual([400, [{ field: 'body', expected: json.detail }]]);
    }
  });

  it('answers 503 and asks to come again when the queue is away', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme', 'emitter');
    const down = Object.assign(new Error('no answer'), { retryable: true });
    world.ports.queues.send = () => Promise.reject(down);
    const answer = await world.ask('POST', '/v1/events', { key, body: good('a') });
    expect([answer.status, answer.headers['retry-after'], world.failures]).toEqual([503, '1', [down]]);
  });
});

describe('POST /v1/entries/status', () => {
  it('tells recorded, conflicting, rejected and unknown ids apart', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme', 'admin');
    await world.ask('POST', '/v1/events', { key, body: [good('a'), good('b')] });
    await world.drain();
    await world.ask('POST', '/v1/events', { key, body: { ...good('b'), app: 'other' } });
    await world.drain();
    await world.ports.rejects.keep(
      'acme',
      [
        {
          rejectId: 'r',
          reason: 'not_storable',
          field: null,
          message: '-',
          receivedAtMs: 0,
          messageId: 'm',
          index: 0,
          fields: { id: 'c' },
        },
      ],
      0,
    );
    const { json } = await world.ask('POST', '/v1/entries/status', { key, body: { ids: ['d', 'a', 'b', 'c', 'a'] } });
    expect(json.entries.map((one: Record<string, unknown>) => [one['id'], one['status'], one['commit']])).toEqual([
      ['d', 'unknown', null],
      ['a', 'recorded', 1],
      ['b', 'conflict', 1],
      ['c', 'rejected', null],
      ['a', 'recorded', 1],
    ]);
  });

  it('reads of conflicts only those of the ids that are asked about, of which there may be more than it holds', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme', 'admin');
    const ids = Array.from({ length: 120 }, (_, index) => `e-${index}`);
    await world.ask('POST', '/v1/events', { key, body: ids.map((id) => good(id)) });
    await world.drain();
    await world.ask('POST', '/v1/events', { key, body: ids.slice(1).map((id) => ({ ...good(id), app: 'other' })) });
    await world.drain();
    world.ports.conflicts.list = () => Promise.reject(new Error('reads them all'));
    const { json } = await world.ask('POST', '/v1/entries/status', { key, body: { ids } });
    expect(json.entries.map(({ status }: { status: string }) => status)).toEqual([
      'recorded',
      ...ids.slice(1).map(() => 'conflict'),
    ]);
  });

  it.each([[{ ids: [] }], [{ ids: [1] }], [{ ids: ['a'], more: 1 }], [[]], [{ events: [] }], [{ resourceSpans: 1 }]])(
    'refuses %j with 400',
    async (body) => {
      const world = createApiWorld();
      const key = await world.enrol('acme', 'reader');
      expect((await world.ask('POST', '/v1/entries/status', { key, body })).status).toBe(400);
    },
  );

  it('is asked with every envelope that events are sent in, and answers each event under the id that counts', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme', 'admin');
    await world.ask('POST', '/v1/events', { key, body: [good('a'), good('b')] });
    await world.drain();
    const { id: _id, ...bare } = good('');
    const cloudEvent = { specversion: '1.0', id: 'b', source: '/pod', type: 'usage', data: bare };
    const envelopes: readonly unknown[] = [
      [good('a'), cloudEvent, good('c')],
      { events: [good('a'), cloudEvent, good('c')] },
      { encoding: 'gzip', data: gzipSync(JSON.stringify([good('a'), cloudEvent, good('c')])).toString('base64') },
    ];
    for (const body of envelopes) {
      const { json } = await world.ask('POST', '/v1/entries/status', { key, body });
      expect(json.entries).toEqual([
        { index: 0, id: 'a', status: 'recorded', commit: 1 },
        { index: 1, id: 'b', status: 'recorded', commit: 1 },
        { index: 2, id: 'c', status: 'unknown', commit: null },
      ]);
    }
    const bytes = gzipSync(JSON.stringify(good('a')));
    const zipped = await world.ask('POST', '/v1/entries/status', {
      key,
      bytes,
      headers: { 'content-encoding': 'gzip' },
    });
    expect(zipped.json.entries).toEqual([{ index: 0, id: 'a', status: 'recorded', commit: 1 }]);
  });

  it('answers what the contract refuses with the reason, unless its id was recorded since', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme', 'admin');
    await world.ask('POST', '/v1/events', { key, body: good('a') });
    await world.drain();
    const body = [{ ...good('a'), usage: { input_tokens: -1 } }, { ...good('b'), usage: { input_tokens: -1 } }, {}];
    const { json } = await world.ask('POST', '/v1/entries/status', { key, body });
    expect(json.entries).toEqual([
      { index: 0, id: 'a', status: 'recorded', commit: 1 },
      { index: 1, id: 'b', status: 'rejected', commit: null, reason: 'impossible_usage' },
      { index: 2, id: null, status: 'rejected', commit: null, reason: 'missing_field' },
    ]);
  });
});
