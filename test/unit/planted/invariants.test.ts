import { describe, expect, it } from 'vitest';
import { DynamoLedger } from '../../../lib/adapters/dynamodb/ledger/ledger.ts';
import { DynamoLedgerReader } from '../../../lib/adapters/dynamodb/ledger-reader.ts';
import { ConflictStore } from '../../../lib/adapters/dynamodb/reject-store.ts';
import { TenantStore } from '../../../lib/adapters/dynamodb/tenant-store.ts';
import { MemoryTable } from '../../../lib/adapters/memory/table.ts';
import { CurrentPriceBooks } from '../../../lib/app/price-books.ts';
import type { UsageMessage } from '../../../lib/app/record-usage.ts';
import { createCatalog } from '../../../lib/domain/price-catalog.ts';
import { FaultyTable } from '../../helpers/faulty-table.ts';
import { ratedCall, START_MS, steadySurroundings, TENANT, uuidV7 } from '../../helpers/ledger-fixtures.ts';
import { createWriter } from '../../helpers/recording-world.ts';

// The shortest histories of planted bugs that no random history met when they were planted.

const DAY_MS = 86_400_000;

async function open() {
  const table = new MemoryTable();
  const surroundings = steadySurroundings();
  const tenants = new TenantStore(table, surroundings.now);
  await tenants.create(TENANT);
  await tenants.create({ ...TENANT, tenant: 'globex' });
  return { table, surroundings, reader: new DynamoLedgerReader(table, tenants) };
}

const eventAt = (timeMs: number, more: object = {}) => ({
  id: uuidV7(timeMs, 1),
  time: new Date(timeMs).toISOString(),
  model: 'm-1',
  usage: { input_tokens: 10 },
  ...more,
});

const message = (event: object, more: Partial<UsageMessage> = {}): UsageMessage => ({
  messageId: 'm-1',
  body: JSON.stringify(event),
  senderId: 'AROASERVICE:pod',
  sentAtMs: START_MS,
  queue: 'usage',
  stamp: {},
  ...more,
});

describe('recording', () => {
  it('prices a call as of its own time, however late its message arrives', async () => {
    const { table, surroundings, reader } = await open();
    const price = (rate: string, from: string | null) => ({
      ...{ model: 'm-1', provider: '*', rates: { input_tokens: rate }, per: 1_000_000, replace: true },
      ...(from === null ? {} : { effective_from: from }),
    });
    const fileText = JSON.stringify({ overrides: [price('1', null), price('5', '2026-01-29T00:00:00Z')] });
    const change = { number: 1, version: 'v1', fileText, storedAtMs: 0, keyId: 'test' };
    const changes = { list: async (tenant: string) => (tenant === 'acme' ? [change] : []) };
    const catalog = createCatalog({ version: 'none', models: [], fallbacks: new Map() });
    const write = createWriter(table, surroundings, 'acme', { priceBooks: new CurrentPriceBooks(changes, catalog) });
    const [before, after] = [eventAt(START_MS - DAY_MS), eventAt(START_MS)];
    expect(await write([message([after, before])])).toEqual([]);
    const found = await reader.findEntries('acme', [before.id, after.id]);
    const costs = found.map((each) => (each.status === 'recorded' ? each.entry.rating.costPicoUsd : null));
    // Ten tokens at $1 per million are 10 x 1e6 picoUSD on the 28th, and five times that from the 29th on.
    expect(costs).toEqual([10_000_000n, 50_000_000n]);
  });

  it('counts the same id for each of two tenants', async () => {
    const { table, surroundings, reader } = await open();
    const event = eventAt(START_MS);
    for (const tenant of ['acme', 'globex']) {
      expect(await createWriter(table, surroundings, tenant)([message(event)])).toEqual([]);
      expect(await reader.findEntries(tenant, [event.id])).toMatchObject([{ status: 'recorded' }]);
      expect(await reader.head(tenant)).toBe(1);
    }
  });

  it('has budgets evaluated when all that came was a duplicate, whose first writer may have died before', async () => {
    const { table, surroundings } = await open();
    const evaluated: string[] = [];
    const evaluate = async ({ tenant }: { readonly tenant: string }) => void evaluated.push(tenant);
    const write = createWriter(table, surroundings, 'acme', { evaluate });
    await write([message(eventAt(START_MS))]);
    await write([message(eventAt(START_MS))]);
    expect(evaluated).toEqual(['acme', 'acme']);
  });

  it('logs nothing of the body of a message that it cannot handle', async () => {
    const { table, surroundings } = await open();
    const warnings: string[] = [];
    const warn = (text: string, cause: unknown) => void warnings.push(`${text} ${String(cause)}`);
    const tenants = { ...new TenantStore(table, () => 0), find: () => Promise.reject(new Error('no answer')) };
    const write = createWriter(table, surroundings, 'acme', {
      warn,
      tenants: { ...tenants, list: async () => [], create: async () => 'exists' },
    });
    expect(await write([message(eventAt(START_MS, { feature: 'canary', prompt: 'canary' }))])).toEqual(['m-1']);
    expect(warnings.length).toBeGreaterThan(0);
    expect(warnings.join()).not.toContain('canary');
  });

  it('gives a message back whose conflict could not be kept, and keeps the conflict when it comes again', async () => {
    const { table, surroundings } = await open();
    let isBusy = false;
    const faulty = new FaultyTable(table, (call) => (isBusy && call === 'transact' ? 'busy' : undefined));
    const write = createWriter(faulty, surroundings, 'acme');
    const other = message(eventAt(START_MS, { feature: 'other' }), { messageId: 'm-2' });
    expect(await write([message(eventAt(START_MS))])).toEqual([]);
    isBusy = true;
    expect(await write([other])).toEqual(['m-2']);
    isBusy = false;
    expect(await write([other])).toEqual([]);
    expect(await new ConflictStore(table).count('acme')).toBe(1);
  });

  it('keeps each picodollar of a sum beyond 2^53 in its commit', async () => {
    const { table, surroundings, reader } = await open();
    // $9,007.199254740993, the first odd number that no floating-point number holds.
    const costPicoUsd = 9_007_199_254_740_993n;
    const ledger = new DynamoLedger(table, surroundings);
    await ledger.append(TENANT, [ratedCall({ id: 'one' }, costPicoUsd)], surroundings.now() + 50_000);
    for await (const { deltas } of reader.commits('acme', 0, 1)) {
      expect(deltas.map(({ measures }) => measures.cost)).toEqual([costPicoUsd]);
    }
  });
});
