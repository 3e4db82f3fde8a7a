import { describe, expect, it } from 'vitest';
import { TableAdminRecords } from '../../../lib/adapters/dynamodb/admin-records.ts';
import { TableOverrideChanges } from '../../../lib/adapters/dynamodb/override-store.ts';
import { MemoryTable } from '../../../lib/adapters/memory/table.ts';
import type { ApiKey, Role } from '../../../lib/app/access/access-ports.ts';
import { EVERY_TENANT } from '../../../lib/app/corrections/repricing-ports.ts';
import {
  mayChangeEveryTenant,
  type OverridePorts,
  readOverrides,
  storeOverrides,
  withdrawOverrides,
} from '../../../lib/app/prices/manage-overrides.ts';
import type { OverrideChanges } from '../../../lib/app/prices/override-ports.ts';
import { CurrentPriceBooks } from '../../../lib/app/prices/price-books.ts';
import { ChangedMeanwhileError, InvalidRequestError, NotFoundError } from '../../../lib/app/request-errors.ts';
import { padNumber } from '../../../lib/contracts/table-keys.ts';
import { rateUsage } from '../../../lib/domain/rating/rating.ts';
import { catalogOf, counts } from '../../helpers/pricing.ts';

const START_MS = Date.parse('2026-03-01T00:00:00Z');
const DAY_MS = 86_400_000;
const price = (rate: string, more = {}) => ({
  overrides: [{ model: 'widget', rates: { input_tokens: rate }, ...more }],
});
const later = (days: number) => ({ effective_from: new Date(START_MS + days * DAY_MS).toISOString() });

function createWorld() {
  const table = new MemoryTable();
  const overrideChanges = new TableOverrideChanges(table);
  const clock = { nowMs: START_MS };
  const ports: OverridePorts = { overrideChanges, now: () => clock.nowMs };
  const books = new CurrentPriceBooks(overrideChanges, catalogOf([{ unit: 'input_tokens', rate: '8' }]));
  return {
    clock,
    ports,
    books,
    records: new TableAdminRecords(table),
    store: (file: object, scope = 'acme') => storeOverrides(ports, scope, 'key_1', file),
    withdraw: (number: number, scope = 'acme') => withdrawOverrides(ports, scope, 'key_2', number),
    /** USD of a million tokens for a tenant at some time. */
    async costOf(tenant: string, timeMs = START_MS): Promise<bigint> {
      const call = { provider: 'acme', model: 'widget', timeMs, usage: counts({ input_tokens: 1_000_000 }) };
      return (rateUsage(await books.current(tenant), call).costPicoUsd ?? -1n) / 10n ** 12n;
    },
  };
}

describe('a stored change', () => {
  it('is a price for its tenant alone, and one of every tenant lies under the tenant’s own', async () => {
    const world = createWorld();
    await world.store(price('5'), EVERY_TENANT);
    expect([await world.costOf('acme'), await world.costOf('other')]).toEqual([5n, 5n]);
    await world.store(price('3'));
    await world.store(price('4'), EVERY_TENANT);
    expect([await world.costOf('acme'), await world.costOf('other')]).toEqual([3n, 4n]);
  });

  it('gives books a stamp, a version and nothing else to build again', async () => {
    const world = createWorld();
    const empty = await world.books.current('acme');
    expect([empty.stamp, empty.overrideVersion]).toEqual([{ global: 0, tenant: 0 }, null]);
    const { version } = await world.store(price('3'));
    const own = await world.books.current('acme');
    expect([own.stamp, own.overrideVersion]).toEqual([{ global: 0, tenant: 1 }, version]);
    expect(await world.books.current('acme')).toBe(own);
    const global = await world.store(price('4'), EVERY_TENANT);
    const both = await world.books.current('acme');
    expect([both.stamp, both.overrideVersion]).toEqual([{ global: 1, tenant: 1 }, `${global.version}+${version}`]);
  });

  it('of names and of the use of reported costs is in the book too', async () => {
    const world = createWorld();
    await world.store({ aliases: [{ name: 'prod', provider: 'acme', model: 'widget' }], reported_cost: { use: true } });
    const book = await world.books.current('acme');
    const query = { provider: null, model: 'prod', timeMs: 0, serviceTier: null, region: null };
    expect(book.modelOf(query).hit).toMatchObject({ model: { id: 'widget' }, method: 'tenant_alias' });
    expect(book.reportedCostRule(query)).toMatchObject({ use: true, maxFactor: '10' });
  });

  it('is refused by the field that is wrong, and when it is too large', async () => {
    const { store } = createWorld();
    await expect(store({ aliases: [{ name: 'prod' }] })).rejects.toMatchObject({
      issues: expect.arrayContaining([expect.objectContaining({ field: 'aliases[0].model' })]),
    });
    const many = {
      overrides: Array.from({ length: 3_000 }, () => price('1').overrides[0]).concat(price('1').overrides),
    };
    await expect(
      store({ overrides: many.overrides.map((it) => ({ ...it, provider: 'x'.repeat(100) })) }),
    ).rejects.toThrow(InvalidRequestError);
  });

  it('is refused when it says nothing, because it would take nothing back', async () => {
    const { store, records } = createWorld();
    for (const file of [{ overrides: [] }, { aliases: [] }, { overrides: [], aliases: [] }]) {
      await expect(store(file)).rejects.toMatchObject({ issues: [expect.objectContaining({ field: 'overrides' })] });
    }
    expect(await records.list('acme')).toEqual([]);
  });

  it('is refused where all files of a scope would be over 10,000,000 bytes', async () => {
    const { ports } = createWorld();
    const fileText = 'x'.repeat(10_000_000);
    const full = { number: 1, version: 'v', fileText, storedAtMs: START_MS, keyId: 'k' };
    const overrideChanges: OverrideChanges = { list: async () => [full], append: async () => 'stored' };
    await expect(storeOverrides({ ...ports, overrideChanges }, 'acme', 'k', price('1'))).rejects.toMatchObject({
      issues: [{ field: 'overrides', expected: 'at most 10000000 bytes in all files stored' }],
    });
    const less = { ...full, fileText: fileText.slice(JSON.stringify(price('1')).length) };
    const fits: OverrideChanges = { ...overrideChanges, list: async () => [less] };
    expect(await storeOverrides({ ...ports, overrideChanges: fits }, 'acme', 'k', price('1'))).toMatchObject({
      outcome: 'stored',
    });
  });

  it('is read once, and afterwards only what was stored behind it', async () => {
    const table = new MemoryTable();
    const reads: (string | undefined)[] = [];
    const watched: Pick<MemoryTable, 'query' | 'transact'> = {
      query: (query) => {
        reads.push(query.after);
        return table.query(query);
      },
      transact: (writes) => table.transact(writes),
    };
    const changes = new TableOverrideChanges(Object.assign(Object.create(table), watched));
    const ports = { overrideChanges: changes, now: () => START_MS };
    for (const rate of ['1', '2', '3']) await storeOverrides(ports, 'acme', 'k', price(rate));
    reads.length = 0;
    expect((await changes.list('acme')).map(({ number }) => number)).toEqual([1, 2, 3]);
    expect((await changes.list('acme')).map(({ number }) => number)).toEqual([1, 2, 3]);
    expect(reads).toEqual([padNumber(2), padNumber(3)]);
    expect(await changes.list('other')).toEqual([]);
  });

  it('is tried again under the next number when somebody else was quicker, and told when that goes on', async () => {
    const { ports } = createWorld();
    const behind: OverrideChanges = {
      list: ports.overrideChanges.list.bind(ports.overrideChanges),
      append: async () => 'behind',
    };
    await expect(storeOverrides({ ...ports, overrideChanges: behind }, 'acme', 'k', price('1'))).rejects.toThrow(
      ChangedMeanwhileError,
    );
    let isFirst = true;
    const late: OverrideChanges = {
      ...behind,
      append: async (tenant, change, record) => {
        if (isFirst) {
          isFirst = false;
          await storeOverrides(ports, tenant, 'other', price('9'));
        }
        return ports.overrideChanges.append(tenant, change, record);
      },
    };
    const { number } = await storeOverrides({ ...ports, overrideChanges: late }, 'acme', 'k', price('1'));
    expect(number).toBe(2);
  });
});

describe('the list of changes', () => {
  it('comes in pages that fit in an answer, each change once', async () => {
    const world = createWorld();
    // 1,500 overrides of about 110 bytes: three files are over the 500,000 of a page.
    const large = (rate: string) => ({
      overrides: Array.from({ length: 1_500 }, () => ({ ...price(rate).overrides[0], provider: 'x'.repeat(60) })),
    });
    for (const rate of ['1', '2', '3', '4']) await world.store(large(rate));
    await world.store(price('5'), EVERY_TENANT);
    const seen: string[] = [];
    const overrides: unknown[] = [];
    let pages = 0;
    let after: string | undefined;
    do {
      const page = await readOverrides(world.ports, 'acme', after);
      seen.push(...page.changes.map(({ scope, number }) => `${scope} ${number}`));
      overrides.push(...page.overrides);
      expect(JSON.stringify(page.changes).length).toBeLessThan(700_000);
      expect(page.number).toBe(4);
      after = page.next;
      pages += 1;
    } while (after !== undefined);
    expect(seen).toEqual(['global 1', 'tenant 1', 'tenant 2', 'tenant 3', 'tenant 4']);
    expect([pages, overrides.length]).toEqual([2, 6_000]);
  });

  it('says where each stands', async () => {
    const world = createWorld();
    await world.store(price('1', { effective_to: new Date(START_MS).toISOString() }));
    await world.store(price('2'));
    await world.store(price('3', later(1)));
    await world.store(price('4', later(2)));
    await world.withdraw(4);
    await world.store(
      { overrides: [...price('5', later(-1)).overrides, ...price('6', later(5)).overrides] },
      EVERY_TENANT,
    );
    const { changes, overrides } = await readOverrides(world.ports, 'acme');
    expect(changes.map(({ scope, number, state, withdraws }) => [scope, number, state, withdraws])).toEqual([
      ['global', 1, 'in_effect', null],
      ['tenant', 1, 'ended', null],
      ['tenant', 2, 'in_effect', null],
      ['tenant', 3, 'scheduled', null],
      ['tenant', 4, 'withdrawn', null],
      ['tenant', 5, 'in_effect', 4],
    ]);
    expect(overrides).toHaveLength(3);
    world.clock.nowMs = START_MS + DAY_MS;
    const dayLater = await readOverrides(world.ports, 'acme');
    expect(dayLater.changes[3]).toMatchObject({ number: 3, state: 'in_effect' });
    expect(changes[4]?.file).toEqual(price('4', later(2)));
  });
});

describe('a withdrawal', () => {
  it('takes a price back before it takes effect, once, leaving a record of who did', async () => {
    const world = createWorld();
    await world.store(price('2', later(1)));
    expect(await world.costOf('acme', START_MS + 2 * DAY_MS)).toBe(2n);
    world.clock.nowMs += 1;
    expect(await world.withdraw(1)).toMatchObject({ outcome: 'withdrawn', number: 2 });
    expect(await world.costOf('acme', START_MS + 2 * DAY_MS)).toBe(8n);
    expect(await world.withdraw(1)).toMatchObject({ outcome: 'unchanged', number: 2 });
    expect(await world.records.list('acme')).toMatchObject([
      { action: 'catalog.overrides.stored', keyId: 'key_1', detail: { number: 1, overrides: 1 } },
      { action: 'catalog.overrides.withdrawn', keyId: 'key_2', detail: { number: 2, withdraws: 1 } },
    ]);
  });

  it('comes too late from the moment on at which a part of the change takes effect', async () => {
    const world = createWorld();
    await world.store({ overrides: [...price('2', later(1)).overrides, ...price('3', later(9)).overrides] });
    world.clock.nowMs = START_MS + DAY_MS;
    expect(await world.withdraw(1)).toEqual({ outcome: 'in_effect', sinceMs: START_MS + DAY_MS });
    await world.store(price('2'));
    expect(await world.withdraw(2)).toEqual({ outcome: 'in_effect', sinceMs: START_MS + DAY_MS });
    world.clock.nowMs += DAY_MS;
    // What is for all times took effect when it was stored.
    expect(await world.withdraw(2)).toEqual({ outcome: 'in_effect', sinceMs: START_MS + DAY_MS });
    world.clock.nowMs = START_MS + DAY_MS - 1;
    expect(await world.withdraw(1)).toMatchObject({ outcome: 'withdrawn' });
  });

  it('is of a file that there is, in its scope, and not of a withdrawal', async () => {
    const world = createWorld();
    await world.store(price('2', later(1)));
    await world.withdraw(1);
    await expect(world.withdraw(2)).rejects.toThrow(NotFoundError);
    await expect(world.withdraw(3)).rejects.toThrow(NotFoundError);
    await expect(world.withdraw(1, EVERY_TENANT)).rejects.toThrow(NotFoundError);
  });

  it('may be followed by the same file again', async () => {
    const world = createWorld();
    await world.store(price('2', later(1)));
    await world.withdraw(1);
    expect(await world.store(price('2', later(1)))).toMatchObject({ outcome: 'stored', number: 3 });
    expect(await world.costOf('acme', START_MS + 2 * DAY_MS)).toBe(2n);
  });
});

describe('what holds for every tenant', () => {
  it.each<[Role, readonly string[], boolean]>([
    ['org-admin', ['acme', 'other'], true],
    ['admin', ['acme'], true],
    ['admin', ['acme', 'other'], false],
    ['reader', ['acme'], false],
    ['emitter', ['acme'], false],
  ])('is for a key of role %s among %j to change: %s', async (role, tenants, isAllowed) => {
    const key: ApiKey = { keyId: 'key_1', tenant: 'acme', role, label: '', createdAtMs: 0 };
    const list = async () =>
      tenants.map((tenant) => ({
        tenant,
        timeZone: 'UTC',
        tagDimensions: [],
        trackUsers: false,
        pseudonymKey: '',
        createdAtMs: 0,
      }));
    expect(await mayChangeEveryTenant({ list }, key)).toBe(isAllowed);
  });
});
