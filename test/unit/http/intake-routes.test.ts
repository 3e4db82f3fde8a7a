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

  it.each([[{ ids: [] }], [{}], [{ ids: [1] }], [{ ids: ['a'], more: 1 }], [[]]])(
    'refuses %j with 400',
    async (body) => {
      const world = createApiWorld();
      const key = await world.enrol('acme', 'reader');
      expect((await world.ask('POST', '/v1/entries/status', { key, body })).status).toBe(400);
    },
  );
});
