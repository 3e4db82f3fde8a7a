import { describe, expect, it } from 'vitest';
import { DynamoLedgerReader } from '../../../lib/adapters/dynamodb/ledger-reader.ts';
import { TenantStore } from '../../../lib/adapters/dynamodb/tenant-store.ts';
import { UnknownFieldStore } from '../../../lib/adapters/dynamodb/unknown-field-store.ts';
import { MemoryTable } from '../../../lib/adapters/memory/table.ts';
import type { UsageMessage } from '../../../lib/app/recording/record-usage.ts';
import { resolveSender } from '../../../lib/app/recording/resolve-sender.ts';
import { createPriceBook, type PriceBook } from '../../../lib/domain/prices/price-book.ts';
import { createCatalog } from '../../../lib/domain/prices/price-catalog.ts';
import { START_MS, steadySurroundings, TENANT } from '../../helpers/ledger-fixtures.ts';
import { createWriter } from '../../helpers/recording-world.ts';

const messageOf = (messageId: string, models: readonly string[]): UsageMessage => ({
  messageId,
  body: JSON.stringify(
    models.map((model, n) => ({
      id: `${messageId}-${n}`,
      time: new Date(START_MS).toISOString(),
      model,
      usage: { input_tokens: 1 },
    })),
  ),
  senderId: 'someone',
  sentAtMs: START_MS,
  queue: 'usage',
  stamp: {},
});

describe('a call that cannot be priced because of a fault of ours', () => {
  it('sends its own message back and no other', async () => {
    const memory = new MemoryTable();
    const tenants = new TenantStore(memory, () => 0);
    await tenants.create(TENANT);
    const catalog = createCatalog({ version: 'none', models: [], fallbacks: new Map() });
    const sound = createPriceBook({ catalog, overrides: [], overrideVersion: null });
    const book: PriceBook = {
      ...sound,
      resolve: (query) => {
        if (query.model === 'boom') throw new Error('an invariant does not hold');
        return sound.resolve(query);
      },
    };
    const warnings: string[] = [];
    const write = createWriter(memory, steadySurroundings(), 'acme', {
      priceBooks: { current: async () => book },
      warn: (message) => warnings.push(message),
    });
    const failed = await write([
      messageOf('a', ['m-1']),
      messageOf('b', ['m-1', 'boom', 'm-2']),
      messageOf('c', ['m-1']),
    ]);
    expect(failed).toEqual(['b']);
    expect(warnings).toHaveLength(1);
    const found = await new DynamoLedgerReader(memory, tenants).findEntries('acme', [
      'a-0',
      'b-0',
      'b-1',
      'b-2',
      'c-0',
    ]);
    expect(found.map(({ status }) => status)).toEqual(['recorded', 'recorded', 'unknown', 'recorded', 'recorded']);
  });
});

describe('the tenant of a sender', () => {
  it('is nobody for a name that every object has', async () => {
    const policy = { directory: { mode: 'mapped', tenants: { AROA1: 'acme' } }, apiSenderId: 'api' } as const;
    const tenantOf = async (senderId: string) =>
      (await resolveSender(policy, { senderId, queue: 'usage', stamp: {} })).tenant;
    const senders = ['AROA1:pod', 'constructor:pod', 'toString', '__proto__', ''];
    expect(await Promise.all(senders.map(tenantOf))).toEqual(['acme', ...[undefined, undefined, undefined, undefined]]);
  });
});

describe('the counts of unknown fields', () => {
  it('stay one small item whatever names are sent', async () => {
    const memory = new MemoryTable();
    const store = new UnknownFieldStore(memory);
    for (let call = 0; call < 20; call++) {
      await store.count('acme', new Map(Array.from({ length: 30 }, (_, n) => [`field-${call}-${n}`, 1])));
    }
    await store.count('acme', new Map([['field-0-0', 2]]));
    const counts = await store.list('acme');
    expect(counts.get('field-0-0')).toBe(3);
    expect(counts.size).toBeLessThanOrEqual(101);
    // 20 x 30 names, and the first of them twice again.
    expect([...counts.values()].reduce((sum, count) => sum + count, 0)).toBe(602);
  });

  it('stay one small item whatever apps send them, each of which is written with every count', async () => {
    const memory = new MemoryTable();
    const store = new UnknownFieldStore(memory);
    const fields = new Map(Array.from({ length: 20 }, (_, n) => [`field-${n}`, 1]));
    for (let app = 0; app < 60; app++) {
      await store.count('acme', fields, new Map([[`${app}-`.padEnd(128, 'a'), fields]]));
    }
    const [item = {}] = [...memory.items()];
    expect(Object.keys(item).reduce((sum, name) => sum + name.length, 0)).toBeLessThan(10_000);
    // Without its app each is counted all the same: 60 times.
    expect([...(await store.list('acme')).values()]).toEqual(Array(20).fill(60));
    const byApp = [...(await store.listByApp('acme')).values()];
    expect([...(byApp[0]?.values() ?? [])]).toEqual(Array(20).fill(1));
  });
});
