import { describe, expect, it } from 'vitest';
import { TableAdminRecords } from '../../../lib/adapters/dynamodb/admin-records.ts';
import { TableSenderRoles } from '../../../lib/adapters/dynamodb/sender-store.ts';
import { TenantStore } from '../../../lib/adapters/dynamodb/tenant-store.ts';
import { MemoryTable } from '../../../lib/adapters/memory/table.ts';
import {
  changeTenant,
  createTenant,
  LEAF_CHANGE_DELAY_MS,
  listKeptTags,
  type TenantChange,
} from '../../../lib/app/access/manage-tenants.ts';

const START_MS = Date.UTC(2026, 10, 21, 9, 30);
const [BATCH, CHAT] = ['AROABATCHBATCHBATCH01', 'AROACHATCHATCHATCHAT2'];
const by = { keyId: 'key_1', tenant: 'acme', role: 'admin' } as const;

function createWorld() {
  const table = new MemoryTable();
  const clock = { nowMs: START_MS };
  const now = () => clock.nowMs;
  const ports = { tenants: new TenantStore(table, now), now };
  return {
    ...{ table, clock, ports, records: new TableAdminRecords(table), senders: new TableSenderRoles(table, now) },
    create: (tenant: string, settings = {}) => createTenant(ports, { tenant, ...settings }),
    change: (tenant: string, change: TenantChange) => changeTenant(ports, tenant, change, by),
  };
}

describe('creating a tenant', () => {
  it('is done once, with a record of it', async () => {
    const world = createWorld();
    expect(await world.create('acme', { timeZone: 'Asia/Kolkata' })).toBe('created');
    expect(await world.create('acme')).toBe('exists');
    expect(await world.records.list('acme')).toMatchObject([
      { action: 'tenant.created', keyId: 'operator', detail: { time_zone: 'Asia/Kolkata' } },
    ]);
  });

  it('names every setting that no tenant may have', async () => {
    const settings = { timeZone: 'Mars', tagDimensions: ['a', 'b', 'c', 'd'], senders: ['arn:aws:iam::1:role/x'] };
    const error = await createWorld()
      .create('ACME', settings)
      .then(
        () => undefined,
        (cause) => cause,
      );
    const fields = error.issues.map(({ field }: { field: string }) => field);
    expect(fields.sort()).toEqual(['name', 'senders', 'tag_dimensions', 'time_zone']);
  });
});

describe('changing a tenant', () => {
  it('never changes its zone, and takes the one it has', async () => {
    const world = createWorld();
    await world.create('acme', { timeZone: 'Europe/Berlin' });
    await expect(world.change('acme', { timeZone: 'UTC' })).rejects.toMatchObject({
      issues: [{ field: 'time_zone', expected: expect.stringMatching(/^Europe\/Berlin: .* never changes$/) }],
    });
    expect(await world.change('acme', { timeZone: 'Europe/Berlin' })).toMatchObject({ timeZone: 'Europe/Berlin' });
    await expect(world.change('nobody', {})).rejects.toMatchObject({ code: 'request/not-found' });
  });

  it('leaves no record where it changes nothing, and says what was and is where it does', async () => {
    const world = createWorld();
    await world.create('acme', { tagDimensions: ['team'] });
    await world.change('acme', { tagDimensions: ['team'], trackUsers: false, senders: [] });
    expect(await world.records.list('acme')).toHaveLength(1);
    await world.change('acme', { trackUsers: true });
    expect((await world.records.list('acme')).find(({ action }) => action === 'tenant.changed')).toMatchObject({
      keyId: 'key_1',
      detail: { before: { track_users: false }, after: { track_users: true, tag_dimensions: ['team'] } },
    });
  });

  it('holds for calls made some minutes later, and gives no place of a tag to another', async () => {
    const world = createWorld();
    await world.create('acme', { tagDimensions: ['team', 'cost'] });
    const changed = await world.change('acme', { tagDimensions: ['cost', 'client'], trackUsers: true });
    expect(changed.tagDimensions).toEqual(['team', 'cost', 'client']);
    expect(listKeptTags(changed)).toEqual(['cost', 'client']);
    // 30 s of memory, 2 minutes of writing, 5 minutes that a call may lie ahead
    expect(LEAF_CHANGE_DELAY_MS).toBe(450_000);
    expect(changed.leafChanges).toEqual([
      { fromMs: 0, tags: ['team', 'cost'], trackUsers: false },
      { fromMs: START_MS + 450_000, tags: ['cost', 'client'], trackUsers: true },
    ]);
    const again = await world.change('acme', { tagDimensions: ['team'] });
    expect(again.tagDimensions).toEqual(['team', 'cost', 'client']);
    await expect(world.change('acme', { tagDimensions: ['fourth'] })).rejects.toMatchObject({
      issues: [{ field: 'tag_dimensions', expected: expect.stringContaining('team, cost, client') }],
    });
  });

  it('tells one tag with a comma from two tags', async () => {
    const world = createWorld();
    await world.create('acme', { tagDimensions: ['a,b'] });
    const changed = await world.change('acme', { tagDimensions: ['a', 'b'] });
    expect([listKeptTags(changed), changed.tagDimensions]).toEqual([
      ['a', 'b'],
      ['a,b', 'a', 'b'],
    ]);
  });

  it.each(['__proto__', 'lone \ud800'])('keeps no tag %j, which no event has', async (tag) => {
    const world = createWorld();
    await world.create('acme');
    const issues = [expect.objectContaining({ field: 'tag_dimensions' })];
    await expect(world.change('acme', { tagDimensions: [tag] })).rejects.toMatchObject({ issues });
    await expect(world.create('other', { tagDimensions: [tag] })).rejects.toMatchObject({ issues });
  });

  it('stops when tags and users are changed 100 times at most, and takes other changes still', async () => {
    const world = createWorld();
    await world.create('acme');
    for (let n = 1; n <= 100; n++) await world.change('acme', { trackUsers: n % 2 === 1 });
    await expect(world.change('acme', { trackUsers: true })).rejects.toMatchObject({ code: 'request/conflict' });
    expect(await world.change('acme', { trackUsers: false, senders: [CHAT] })).toMatchObject({ senders: [CHAT] });
  });

  it('is known to whoever remembers the settings within 30 s', async () => {
    const world = createWorld();
    await world.create('acme');
    const elsewhere = new TenantStore(world.table, world.ports.now);
    expect(await elsewhere.find('acme')).toMatchObject({ trackUsers: false });
    await world.change('acme', { trackUsers: true });
    expect(await world.ports.tenants.find('acme')).toMatchObject({ trackUsers: true });
    world.clock.nowMs += 29_999;
    expect(await elsewhere.find('acme')).toMatchObject({ trackUsers: false });
    world.clock.nowMs += 1;
    expect(await elsewhere.find('acme')).toMatchObject({ trackUsers: true });
  });

  it('fails rather than undo what somebody else changed at the same moment', async () => {
    const world = createWorld();
    await world.create('acme', { tagDimensions: ['team'] });
    const outcomes = await Promise.allSettled([
      world.change('acme', { trackUsers: true }),
      world.change('acme', { tagDimensions: [] }),
    ]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'request/changed-meanwhile' },
    });
  });
});

describe('senders', () => {
  it('are exchanged for as many others at once', async () => {
    const world = createWorld();
    const many = (letter: string) =>
      Array.from({ length: 40 }, (_, n) => `AROA${letter.repeat(14)}${String(n).padStart(2, '0')}`);
    await world.create('acme', { senders: many('A') });
    expect(await world.change('acme', { senders: many('B') })).toMatchObject({ senders: many('B') });
    expect(await world.senders.find(`AROA${'A'.repeat(14)}00`)).toBeUndefined();
    expect(await world.senders.find(`AROA${'B'.repeat(14)}39`)).toBe('acme');
  });

  it('report for one tenant only, from its making or a change on, until they are given back', async () => {
    const world = createWorld();
    await world.create('acme', { senders: [BATCH] });
    await expect(world.create('other', { senders: [CHAT, BATCH] })).rejects.toMatchObject({ code: 'request/conflict' });
    expect(await world.ports.tenants.read('other')).toBeUndefined();
    await world.create('other', { senders: [CHAT] });
    await expect(world.change('acme', { senders: [BATCH, CHAT] })).rejects.toMatchObject({ code: 'request/conflict' });
    expect(await world.senders.find(BATCH)).toBe('acme');
    await world.change('acme', { senders: [] });
    expect(await world.change('other', { senders: [CHAT, BATCH] })).toMatchObject({ senders: [CHAT, BATCH] });
    expect(await world.senders.find(BATCH)).toBe('acme');
    world.clock.nowMs += 30_000;
    expect(await world.senders.find(BATCH)).toBe('other');
    expect(await world.senders.find('AROANOBODYNOBODY')).toBeUndefined();
    expect(await world.senders.find('')).toBeUndefined();
  });
});
