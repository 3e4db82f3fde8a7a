import { describe, expect, it } from 'vitest';
import { DynamoLedger } from '../../../lib/adapters/dynamodb/ledger/ledger.ts';
import { rowSortKey } from '../../../lib/adapters/dynamodb/ledger/rollup-codec.ts';
import { DynamoLedgerReader } from '../../../lib/adapters/dynamodb/ledger-reader.ts';
import { ConflictStore, RejectStore } from '../../../lib/adapters/dynamodb/reject-store.ts';
import type { Key, TransactWrite } from '../../../lib/adapters/dynamodb/table.ts';
import { TenantStore } from '../../../lib/adapters/dynamodb/tenant-store.ts';
import { MemoryTable } from '../../../lib/adapters/memory/table.ts';
import { settlePrices } from '../../../lib/app/corrections/settle-prices.ts';
import { CurrentPriceBooks } from '../../../lib/app/prices/price-books.ts';
import type { UsageMessage } from '../../../lib/app/recording/record-usage.ts';
import { keys } from '../../../lib/contracts/table-keys.ts';
import { createCatalog } from '../../../lib/domain/prices/price-catalog.ts';
import { namedBy, rebuildAll } from '../../helpers/audit-world.ts';
import { FaultyTable } from '../../helpers/faulty-table.ts';
import { ratedCall, START_MS, steadySurroundings, TENANT, uuidV7 } from '../../helpers/ledger-fixtures.ts';
import { createWriter } from '../../helpers/recording-world.ts';
import { createRepricingWorld, widgetCall, widgetPrice } from '../../helpers/repricing-world.ts';

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

  it('rates each of two tenants with its own overrides, though both have stored as many', async () => {
    const { table, surroundings, reader } = await open();
    const changeOf = (version: string, rate: string) => {
      const override = { model: 'm-1', provider: '*', rates: { input_tokens: rate }, per: 1_000_000, replace: true };
      return { number: 1, version, fileText: JSON.stringify({ overrides: [override] }), storedAtMs: 0, keyId: 'test' };
    };
    const own = new Map([
      ['acme', [changeOf('v1', '1')]],
      ['globex', [changeOf('v2', '3')]],
    ]);
    const changes = { list: async (tenant: string) => own.get(tenant) ?? [] };
    const catalog = createCatalog({ version: 'none', models: [], fallbacks: new Map() });
    // One function environment serves both.
    const priceBooks = new CurrentPriceBooks(changes, catalog);
    const event = eventAt(START_MS);
    const costs: (bigint | null)[] = [];
    for (const tenant of own.keys()) {
      await createWriter(table, surroundings, tenant, { priceBooks })([message(event)]);
      const [found] = await reader.findEntries(tenant, [event.id]);
      costs.push(found?.status === 'recorded' ? found.entry.rating.costPicoUsd : null);
    }
    // Ten tokens at $1 and at $3 per million: 10 x 1e6 and 10 x 3e6 picoUSD.
    expect(costs).toEqual([10_000_000n, 30_000_000n]);
  });

  it('settles a reject that was sent again only when its event is settled', async () => {
    const { table, surroundings } = await open();
    const rejects = new RejectStore(table);
    const write = createWriter(table, surroundings, 'acme');
    const tooOld = eventAt(START_MS - 36 * DAY_MS);
    await write([message(tooOld)]);
    const [kept] = (await rejects.list('acme')).rejects;
    const reject = { tenant: 'acme', rejectId: kept?.rejectId ?? '' };
    await rejects.markRedriven('acme', reject.rejectId, START_MS);
    const again = message(tooOld, {
      senderId: 'api',
      queue: 'import',
      stamp: { tenant: 'acme', firstArrivalMs: START_MS, firstMessageId: 'm-1', reject },
    });
    const isBusy = new FaultyTable(table, (call) => (call === 'transact' ? 'busy' : undefined));
    const throttled = createWriter(table, surroundings, 'acme', { ledger: new DynamoLedger(isBusy, surroundings) });
    expect(await throttled([again])).toEqual(['m-1']);
    expect(await rejects.find('acme', reject.rejectId)).toMatchObject({ state: 'redriven' });
    expect(await write([again])).toEqual([]);
    expect(await rejects.find('acme', reject.rejectId)).toMatchObject({ state: 'accepted', acceptedAs: 'recorded' });
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

  it('keeps a conflict met by losing a number, although its own commit is found after a time-out', async () => {
    const { table, surroundings } = await open();
    const other = { ...eventAt(START_MS), id: uuidV7(START_MS, 2) };
    const disputed = message([eventAt(START_MS, { feature: 'other' }), other], { messageId: 'm-2' });
    let sent = 0;
    const faulty = new FaultyTable(table, (call) => (call === 'transact' && sent === 2 ? 'lost-answer' : undefined));
    const transact = faulty.transact.bind(faulty);
    const racing = Object.assign(faulty, {
      transact: async (writes: readonly TransactWrite[]) => {
        sent += 1;
        // Another writer takes the first number with the first call; the second number is had, and its answer lost.
        if (sent === 1) await createWriter(table, surroundings, 'acme')([message(eventAt(START_MS))]);
        return transact(writes);
      },
    });
    expect(await createWriter(racing, surroundings, 'acme')([disputed])).toEqual([]);
    expect(sent).toBeGreaterThan(1);
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

describe('a sweep', () => {
  it('looks again at the commit at which time ran out before its call was mended', async () => {
    const world = createRepricingWorld();
    const held = await world.takeBook();
    await world.override(widgetPrice('2'));
    await world.settle();
    const late = widgetCall(1);
    await world.record([late], TENANT, held);
    const ports = world.start();
    let isLate = false;
    const reader = world.readerWith({
      entriesOfCommit: (...asked) => {
        isLate = true;
        return ports.reader.entriesOfCommit(...asked);
      },
    });
    const now = () => ports.now() + (isLate ? 100_000 : 0);
    expect(await settlePrices({ ...ports, reader, now }, TENANT, world.soon())).toMatchObject({ corrected: 0 });
    expect(isLate).toBe(true);
    expect(await world.settle()).toMatchObject({ corrected: 1 });
    // Ten tokens at the $2 per million that were stored before the call was recorded: 10 x 2e6 picoUSD.
    expect((await world.entry(late)).rating.costPicoUsd).toBe(20_000_000n);
  });
});

describe('a rebuild', () => {
  it('takes in each commit once, however often writers are quicker than its repair of a row', async () => {
    const { table, surroundings } = await open();
    const ledger = new DynamoLedger(table, surroundings);
    const record = (id: string) => ledger.append(TENANT, [ratedCall({ id }, 7n)], surroundings.now() + 50_000);
    await record('one');
    const row = await table.get({ pk: keys.monthRows('acme', '2026-01'), sk: rowSortKey('2026-01', 0) });
    expect(row?.['upTo']).toBe(1n);
    if (row) await table.put({ ...row, upTo: 0n });
    const quicker = ['two', 'three'];
    const racing = Object.assign(new FaultyTable(table, () => undefined), {
      get: async (key: Key) => {
        const item = await table.get(key);
        const id = key.pk === row?.pk ? quicker.shift() : undefined;
        if (id !== undefined) await record(id);
        return item;
      },
    });
    expect((await rebuildAll(racing)).map(({ isRepaired }) => isRepaired)).toEqual([true]);
    expect(quicker).toEqual([]);
    expect(await namedBy(table)).toEqual([]);
  });
});
