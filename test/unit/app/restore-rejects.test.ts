import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { nameReject } from '../../../lib/app/recording/reject-id.ts';
import { START_MS } from '../../helpers/ledger-fixtures.ts';
import { createWorld, deliver, good, redrive, statesOf } from '../../helpers/reject-world.ts';

const gzip = (text: string) => JSON.stringify({ encoding: 'gzip', data: gzipSync(text).toString('base64') });

describe('the text of a message that is no JSON', () => {
  it('is shown to admins, cut after 64 KiB between two characters', async () => {
    const { world, key } = await createWorld();
    await deliver(world, 'Dear ledger');
    // 65,535 one-byte characters and then some of three bytes: the first of these does not fit whole.
    await deliver(world, `${'x'.repeat(65_535)}${'€'.repeat(9)}`, { messageId: 'm2' });
    const raw = async (messageId: string) => {
      const id = encodeURIComponent(nameReject(START_MS, messageId, 0));
      return (await world.ask('GET', `/v1/rejects/${id}/raw`, { key })).json;
    };
    expect(await raw('m1')).toMatchObject({ text: 'Dear ledger', cut: false, expires_at: '2026-02-12T18:30:00.000Z' });
    expect(await raw('m2')).toMatchObject({ text: 'x'.repeat(65_535), cut: true });
    // Sent again as it is, it is refused again; cut, it cannot be sent.
    const results = await redrive(world, key, { all: true });
    expect(results.map(({ outcome }) => outcome)).toEqual(['redriven', 'not_restorable']);
    expect(await statesOf(world, key)).toEqual([
      ['refused_again', 'not_json', null],
      ['open', 'not_json', null],
    ]);
  });
});

describe('what holds no event that can be read', () => {
  it.each([
    ['bad gzip', '{"encoding":"gzip","data":"aGVsbG8="}', 'bad_encoding'],
    ['gzip of no JSON', gzip('Dear ledger'), 'not_json'],
    ['an unknown encoding', '{"encoding":"br","data":""}', 'bad_encoding'],
    ['deep nesting', '['.repeat(40) + ']'.repeat(40), 'too_deep'],
    ['a list without events', '[]', 'no_events'],
    ['events that are no list', '{"events":5}', 'wrong_type'],
    ['a tenant that is no text', '{"tenant":5,"events":[{}]}', 'wrong_type'],
    ['too many events', gzip(JSON.stringify(Array(1_001).fill(good('a')))), 'too_many_events'],
  ])('is kept as its text and sent again as it was: %s', async (_kind, body, reason) => {
    const { world, key } = await createWorld();
    await deliver(world, body);
    const { json } = await world.ask('GET', '/v1/rejects', { key });
    expect(json.rejects).toMatchObject([{ reason, redrive: 'possible' }]);
    const id = encodeURIComponent(json.rejects[0].reject_id);
    expect((await world.ask('GET', `/v1/rejects/${id}/raw`, { key })).json).toMatchObject({ text: body, cut: false });
    expect(await redrive(world, key, { all: true })).toMatchObject([{ outcome: 'redriven' }]);
    expect(await statesOf(world, key)).toEqual([['refused_again', reason, null]]);
    const changed = await redrive(world, key, { all: true, set: { model: 'm-1' } });
    expect(changed).toMatchObject([{ outcome: 'not_restorable' }]);
  });

  it('is kept by itself where it is one item of a message, so that it is refused again for the same reason', async () => {
    const { world, key } = await createWorld();
    // As a message of its own, the inner list would be one of events.
    await deliver(world, [good('a'), [good('b')], { ...good('c'), usage: undefined, specversion: '0.3' }]);
    const id = encodeURIComponent(nameReject(START_MS, 'm1', 1));
    const { text } = (await world.ask('GET', `/v1/rejects/${id}/raw`, { key })).json;
    expect(JSON.parse(text)).toEqual({ events: [[good('b')]] });
    await redrive(world, key, { all: true });
    expect(await statesOf(world, key)).toEqual([
      ['refused_again', 'wrong_type', null],
      ['refused_again', 'bad_envelope', null],
    ]);
    expect((await world.ports.reader.findEntries('default', ['b']))[0]?.status).toBe('unknown');
  });

  it('is kept whole with up to 64 KiB', async () => {
    const { world, key } = await createWorld();
    // 27 bytes stand around the text of the data: 25 before it and 2 behind.
    const body = (bytes: number) => `{"encoding":"br","data":"${'x'.repeat(bytes - 27)}"}`;
    await deliver(world, body(65_536));
    await deliver(world, body(65_537), { messageId: 'm2' });
    const { rejects } = (await world.ask('GET', '/v1/rejects', { key })).json;
    expect(Buffer.byteLength(body(65_536))).toBe(65_536);
    expect(rejects).toMatchObject([{ redrive: 'possible' }, { redrive: 'not_restorable' }]);
  });

  it('says in lists and when redriven that it was too large to be kept', async () => {
    const { world, key } = await createWorld();
    await deliver(world, `{"encoding":"br","data":"${'x'.repeat(65_536)}"}`);
    const { json } = await world.ask('GET', '/v1/rejects', { key });
    expect(json.rejects).toMatchObject([{ redrive: 'not_restorable', restorable_until: null }]);
    const [result] = await redrive(world, key, { all: true });
    expect(result).toMatchObject({ outcome: 'not_restorable', detail: expect.stringContaining('too large') });
    const id = encodeURIComponent(json.rejects[0].reject_id);
    expect((await world.ask('GET', `/v1/rejects/${id}/raw`, { key })).status).toBe(404);
  });
});

describe('an event that is restored', () => {
  it.each([
    ['a count that is an empty text', '{"input_tokens":5,"output_tokens":""}', 'wrong_type'],
    ['a count beyond every number', '{"input_tokens":5,"output_tokens":1e400}', 'impossible_usage'],
  ])('is never one with less usage than was sent: %s', async (_kind, usage, reason) => {
    const { world, key } = await createWorld();
    await deliver(world, JSON.stringify(good('a')).replace('{"input_tokens":10}', usage));
    expect(await statesOf(world, key)).toEqual([['open', reason, null]]);
    expect(await redrive(world, key, { all: true })).toMatchObject([{ outcome: 'fields_missing' }]);
    expect(await redrive(world, key, { all: true, set: { 'usage.output_tokens': 7 } })).toMatchObject([
      { outcome: 'redriven' },
    ]);
    expect(await statesOf(world, key)).toEqual([['accepted', reason, 'recorded']]);
  });

  it('for which two tenants were named waits until one is set', async () => {
    const { world, key } = await createWorld();
    await deliver(world, { tenant: 'other', events: [good('a', { tenant: 'default' })] });
    const data = good('b', { tenant: 'default' });
    await deliver(world, { specversion: '1.0', id: 'b', tenant: 'other', data }, { messageId: 'm2' });
    const missing = { outcome: 'fields_missing', detail: expect.stringContaining('tenant') };
    expect(await redrive(world, key, { all: true })).toMatchObject([missing, missing]);
    await redrive(world, key, { all: true, set: { tenant: 'default' } });
    expect(await statesOf(world, key)).toEqual([
      ['accepted', 'tenant_mismatch', 'recorded'],
      ['accepted', 'tenant_mismatch', 'recorded'],
    ]);
  });

  it('gets an id that is set only by itself: under one id, all but the first would be given up', async () => {
    const { world, key } = await createWorld();
    await deliver(world, [good(''), good('')]);
    const set = { id: 'x' };
    const ids = [0, 1].map((index) => nameReject(START_MS, 'm1', index));
    for (const selection of [{ all: true }, { ids }, { reason: 'missing_field' }]) {
      const { status, json } = await world.ask('POST', '/v1/rejects/redrive', { key, body: { ...selection, set } });
      expect([status, json.errors[0].field]).toEqual([400, 'set.id']);
    }
    expect(await redrive(world, key, { ids: ids.slice(0, 1), set })).toMatchObject([{ outcome: 'redriven' }]);
    expect(await statesOf(world, key)).toEqual([
      ['accepted', 'missing_field', 'recorded'],
      ['open', 'missing_field', null],
    ]);
  });
});

describe('a redrive by id', () => {
  it('takes 100 ids at once and not one more', async () => {
    const { world, key } = await createWorld();
    const ids = Array.from({ length: 101 }, (_, index) => `x${index}`);
    expect(await redrive(world, key, { ids: ids.slice(1) })).toHaveLength(100);
    const refused = await world.ask('POST', '/v1/rejects/redrive', { key, body: { ids } });
    expect([refused.status, refused.json.errors[0].field]).toEqual([400, 'ids']);
  });
});

describe('a reject that nobody has', () => {
  it('is not found, however long its name is', async () => {
    const { world, key } = await createWorld();
    const name = `abc-${'x'.repeat(2_000)}-0`;
    expect((await world.ask('GET', `/v1/rejects/${name}`, { key })).status).toBe(404);
    expect((await world.ask('GET', `/v1/rejects/${name}/raw`, { key })).status).toBe(404);
    // The longest name is within what the table takes as a key; a longer one is never asked for.
    expect(await world.ports.rejects.find('default', name)).toBeUndefined();
  });
});
