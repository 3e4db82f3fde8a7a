import { beforeEach, describe, expect, it } from 'vitest';
import { type ApiWorld, createApiWorld } from '../../helpers/api-world.ts';

let world: ApiWorld;
let key: string;

beforeEach(async () => {
  world = createApiWorld();
  key = await world.enrol('acme');
  const events = [1, 2, 3].map((n) => ({
    id: `call-${n}`,
    time: `2026-01-2${n + 5}T12:00:00Z`,
    model: 'm-1',
    usage: { input_tokens: 10 },
  }));
  await world.ask('POST', '/v1/events', { key, body: { events } });
  await world.drain();
});

/** All parts of an audit or a rebuild, as answered. */
async function run(path: string, body: Readonly<Record<string, unknown>>, by = key, headers = {}) {
  const parts: Record<string, unknown>[] = [];
  let cursor: unknown;
  do {
    const answer = await world.ask('POST', path, {
      key: by,
      headers,
      body: cursor === undefined ? body : { ...body, cursor },
    });
    expect(answer.status, JSON.stringify(answer.json)).toBe(200);
    parts.push(answer.json);
    cursor = answer.json.next;
  } while (cursor !== undefined);
  const differences = parts.flatMap((part) => part['differences'] as Record<string, unknown>[]);
  return { parts, differences, entries: parts.reduce((sum, part) => sum + Number(part['entries']), 0) };
}

async function loseDayRow(): Promise<void> {
  const row = [...world.table.items()].find(({ pk, sk }) => pk.startsWith('RD#acme') && sk.startsWith('2026-01-27'));
  if (!row) throw new Error('no day row was written');
  await world.table.delete(row);
}

const adminActions = async () => (await world.ports.adminRecords.list('acme')).map(({ action }) => action);

describe('POST /v1/audits', () => {
  it('tells how far it is and names what is wrong', async () => {
    await loseDayRow();
    const { parts, differences, entries } = await run('/v1/audits', {});
    expect(entries).toBe(3);
    expect(parts.at(-1)?.['progress_ratio']).toBe(1);
    expect(differences).toMatchObject([
      { kind: 'missing_row', where: 'day row 2026-01-27 shard 00000', found: 'nothing' },
    ]);
  });

  it('looks at some days only, with an open end where one is left out', async () => {
    await loseDayRow();
    expect((await run('/v1/audits', { from: '2026-01-28' })).differences).toEqual([]);
    expect((await run('/v1/audits', { to: '2026-01-27' })).differences).toEqual([]);
    expect((await run('/v1/audits', { from: '2026-01-27', to: '2026-01-28' })).differences).toHaveLength(1);
    const { status, json } = await world.ask('POST', '/v1/audits', {
      key,
      body: { from: '2026-01-28', to: '2026-01-27' },
    });
    expect([status, json.errors[0].field]).toEqual([400, 'to']);
  });

  it('takes back a cursor only for the days it was given for', async () => {
    const { json } = await world.ask('POST', '/v1/audits', { key, body: {} });
    const body = { from: '2026-01-01', cursor: json.next };
    expect((await world.ask('POST', '/v1/audits', { key, body })).status).toBe(400);
  });

  it('answers for another tenant to an org-admin alone', async () => {
    const [other, org] = [await world.enrol('other'), await world.enrol('group', 'org-admin')];
    const inTenant = (tenant: string) => ({ 'tokenledger-tenant': tenant });
    const ask = (by: string, tenant: string) =>
      world.ask('POST', '/v1/audits', { key: by, body: {}, headers: inTenant(tenant) });
    expect((await ask(other, 'acme')).status).toBe(403);
    expect((await ask(other, 'other')).status).toBe(200);
    expect((await ask(org, 'nobody')).status).toBe(404);
    expect((await run('/v1/audits', {}, org, inTenant('acme'))).entries).toBe(3);
  });
});

describe('POST /v1/rebuilds', () => {
  it('repairs nothing unless it is told to, and then says so in a record', async () => {
    await loseDayRow();
    const shown = await run('/v1/rebuilds', {});
    expect(shown.differences).toMatchObject([{ kind: 'missing_row', repairable: true, repaired: false }]);
    expect((await run('/v1/audits', {})).differences).toHaveLength(1);
    expect(await adminActions()).not.toContain('ledger.rebuilt');
    const done = await run('/v1/rebuilds', { dry_run: false });
    expect(done.differences).toMatchObject([{ kind: 'missing_row', repairable: true, repaired: true }]);
    expect((await run('/v1/audits', {})).differences).toEqual([]);
    const record = (await world.ports.adminRecords.list('acme')).find(({ action }) => action === 'ledger.rebuilt');
    expect(record?.keyId).toMatch(/^key_/);
    expect(record?.detail).toEqual({
      from: null,
      to: null,
      counts: { missing_row: 1 },
      named: ['missing_row at day row 2026-01-27 shard 00000'],
    });
  });

  it('leaves no record where there is nothing to repair', async () => {
    await run('/v1/rebuilds', { dry_run: false });
    expect(await adminActions()).not.toContain('ledger.rebuilt');
  });

  it('does not take the cursor of a dry run for one that repairs', async () => {
    const { json } = await world.ask('POST', '/v1/rebuilds', { key, body: {} });
    const body = { dry_run: false, cursor: json.next };
    expect((await world.ask('POST', '/v1/rebuilds', { key, body })).status).toBe(400);
  });
});
