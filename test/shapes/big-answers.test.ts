import { expect, it } from 'vitest';
import { PAYLOAD_LIMIT_BYTES } from '../../lib/local/http-front.ts';
import { createApiWorld } from '../helpers/api-world.ts';
import { ratedCall, START_MS, uuidV7 } from '../helpers/ledger-fixtures.ts';

it('answers a day of 5,000 large entries in pages that a function may answer with, each entry once', async () => {
  const world = createApiWorld();
  const key = await world.enrol('acme');
  const tenant = await world.ports.tenants.find('acme');
  if (!tenant) throw new Error('the tenant is not there');
  // 16 tags of 128 and 128 bytes: 4 KB of an event.
  const tags = Object.fromEntries(Array.from({ length: 16 }, (_, n) => [`${n}`.padEnd(128, 'n'), 'v'.repeat(128)]));
  const calls = Array.from({ length: 5_000 }, (_, n) => ratedCall({ id: uuidV7(START_MS, n), tags }));
  for (let at = 0; at < calls.length; at += 1_000) {
    await world.ports.ledger.append(tenant, calls.slice(at, at + 1_000), START_MS + 50_000);
  }
  const ids: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const query = `day=2026-01-29${cursor === undefined ? '' : `&cursor=${cursor}`}`;
    const { status, body, json } = await world.ask('GET', `/v1/entries?${query}`, { key });
    expect(status).toBe(200);
    expect(Buffer.byteLength(JSON.stringify({ body }))).toBeLessThan(PAYLOAD_LIMIT_BYTES);
    for (const { id } of json.entries) ids.push(id);
    if (json.next === undefined) break;
    cursor = json.next;
  }
  expect(ids.length).toBe(5_000);
  expect(new Set(ids).size).toBe(5_000);
});
