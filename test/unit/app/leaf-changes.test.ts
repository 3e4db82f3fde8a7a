import { expect, it } from 'vitest';
import { leafOf } from '../../../lib/domain/spend.ts';
import { createApiWorld, PRICES } from '../../helpers/api-world.ts';
import { ratedCall, START_MS } from '../../helpers/ledger-fixtures.ts';

const HOUR_MS = 3_600_000;
const at = (timeMs: number): string => new Date(timeMs).toISOString();
const [BEFORE, AFTER] = [START_MS - 2 * HOUR_MS, START_MS - HOUR_MS / 2];

const event = (id: string, timeMs: number) => ({
  ...{ id, time: at(timeMs), model: 'm-1', user: 'ada', tags: { team: 'blue', client: 'acme' } },
  usage: { input_tokens: 1_000_000 },
});

/** A tenant that kept the tag `team` until an hour ago, and keeps `client` and users since. */
async function openChanged() {
  const world = createApiWorld();
  const key = await world.enrol('default', 'admin', { tagDimensions: ['team'] });
  await world.ask('POST', '/v1/catalog/overrides', { key, body: PRICES });
  const send = async (...events: unknown[]) => {
    await world.ask('POST', '/v1/events', { key, body: { events } });
    await world.drain();
  };
  await send(event('early', BEFORE));
  const before = await world.ports.tenants.read('default');
  if (!before) throw new Error('the tenant is missing');
  const after = {
    ...before,
    tagDimensions: ['team', 'client'],
    trackUsers: true,
    leafChanges: [
      { fromMs: 0, tags: ['team'], trackUsers: false },
      { fromMs: START_MS - HOUR_MS, tags: ['client'], trackUsers: true },
    ],
  };
  await world.ports.tenants.change(before, after, { atMs: START_MS, keyId: 'k', action: 'tenant.changed', detail: {} });
  const spend = async (by: string) => {
    const { json } = await world.ask('GET', `/v1/spend?from=2026-01&to=2026-02&group_by=${by}`, { key });
    return json.rows.map((row: Record<string, unknown>) => [row[by], row['cost_usd']]);
  };
  const audit = async () => (await world.ask('POST', '/v1/audits', { key, body: {} })).json.differences;
  return { world, key, send, spend, audit };
}

it('keeps recorded calls under their tags, and calls made after the change under the new ones', async () => {
  const { send, spend, audit } = await openChanged();
  await send(event('late', AFTER));
  // 1 USD a million tokens, a million tokens a call
  expect(await spend('tags.team')).toEqual([
    [null, '1'],
    ['blue', '1'],
  ]);
  expect(await spend('tags.client')).toEqual([
    [null, '1'],
    ['acme', '1'],
  ]);
  const users = (await spend('user')).map(([user]: unknown[]) => user);
  expect(users).toEqual([null, expect.stringMatching(/^[\w-]{16}$/)]);
  expect(await audit()).toEqual([]);
});

it('takes nothing for a tag but what a call brought as one', () => {
  const { event: call, rating } = ratedCall({ id: 'x' });
  const tagsOf = (tags?: Record<string, string>) =>
    leafOf({ tagDimensions: ['constructor', 'toString'], trackUsers: false }, tags ? { ...call, tags } : call, rating);
  expect(tagsOf({ other: 'x' }).slice(-3)).toEqual([null, null, null]);
  expect(tagsOf({ constructor: 'own' } as Record<string, string>).slice(-3)).toEqual(['own', null, null]);
  expect(tagsOf().slice(-3)).toEqual([null, null, null]);
});

it('goes by the time of a call and not by that of its arrival', async () => {
  const { send, spend, audit } = await openChanged();
  await send(event('straggler', BEFORE));
  expect(await spend('tags.team')).toEqual([['blue', '2']]);
  expect(await audit()).toEqual([]);
});

it('leaves corrections and credits where the entries are', async () => {
  const { world, key, send, spend, audit } = await openChanged();
  await send(event('late', AFTER));
  const credit = { id: 'c-1', amount_usd: '0.25', from: '2026-01-30', to: '2026-02-01', reason: 'goodwill' };
  const dimensions = { 'tags.team': 'blue' };
  const given = await world.ask('POST', '/v1/credits', { key, body: { ...credit, dimensions } });
  expect(given.status).toBe(201);
  const voided = await world.ask('POST', '/v1/corrections', {
    key,
    body: { kind: 'void', id: 'early', reason: 'test' },
  });
  expect(voided.status).toBe(200);
  // the early call is void, the late one has no team any more, the credit of 0.25 USD has
  expect(await spend('tags.team')).toEqual([
    [null, '1'],
    ['blue', '-0.25'],
  ]);
  expect(await audit()).toEqual([]);
});
