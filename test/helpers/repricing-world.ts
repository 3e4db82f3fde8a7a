import { TableAdminRecords } from '../../lib/adapters/dynamodb/admin-records.ts';
import { TableCatalogArchive } from '../../lib/adapters/dynamodb/catalog-archive.ts';
import { TableCorrectionOrders } from '../../lib/adapters/dynamodb/correction-orders.ts';
import { DynamoCorrections } from '../../lib/adapters/dynamodb/ledger/corrections.ts';
import { DynamoLedger } from '../../lib/adapters/dynamodb/ledger/ledger.ts';
import { DynamoLedgerReader } from '../../lib/adapters/dynamodb/ledger-reader.ts';
import { TableOverrideChanges } from '../../lib/adapters/dynamodb/override-store.ts';
import { TablePricingStates } from '../../lib/adapters/dynamodb/pricing-states.ts';
import { TenantStore } from '../../lib/adapters/dynamodb/tenant-store.ts';
import { MemoryTable } from '../../lib/adapters/memory/table.ts';
import { settlePrices } from '../../lib/app/corrections/settle-prices.ts';
import type { TellPorts, UnpricedCall } from '../../lib/app/corrections/tell-unpriced.ts';
import type { TenantConfig } from '../../lib/app/ports.ts';
import { ArchivedCatalogBooks } from '../../lib/app/prices/catalog-books.ts';
import { storeOverrides } from '../../lib/app/prices/manage-overrides.ts';
import { CurrentPriceBooks, createTouches } from '../../lib/app/prices/price-books.ts';
import { rateAndConceal } from '../../lib/app/recording/rate-and-conceal.ts';
import type { UsageEvent } from '../../lib/domain/events/usage-event.ts';
import type { PriceBook } from '../../lib/domain/prices/price-book.ts';
import type { Catalog } from '../../lib/domain/prices/price-catalog.ts';
import { START_MS, steadySurroundings, TENANT, uuidV7 } from './ledger-fixtures.ts';
import { catalogOf } from './pricing.ts';
import { auditAll } from './recording-world.ts';

/** A catalog in which a million input tokens of `acme/widget` cost 1 USD, so that one token is 10^6 picoUSD. */
export const WIDGETS: Catalog = catalogOf([{ unit: 'input_tokens', rate: '1' }]);

/** A call of 10 input tokens to `acme/widget`, unless said otherwise. */
export function widgetCall(tail: number, event: Partial<UsageEvent> = {}): UsageEvent {
  const timeMs = event.timeMs ?? START_MS;
  return { id: uuidV7(timeMs, tail), timeMs, provider: 'acme', model: 'widget', usage: { input_tokens: 10 }, ...event };
}

/** An override of widgets: `rate` USD per million input tokens. */
export function widgetPrice(rate: string, more: Readonly<Record<string, unknown>> = {}) {
  return { overrides: [{ model: 'widget', provider: '*', rates: { input_tokens: rate }, per: 1_000_000, ...more }] };
}

/** Sums of a tenant over all its months. */
export interface Totals {
  readonly calls: bigint;
  readonly cost: bigint;
  readonly listCost: bigint;
  /** Calls without a full price. */
  readonly unpriced: bigint;
}

/** One table with everything that records and reprices on it; functions come and go, the table stays. */
export function createRepricingWorld(catalog: Catalog = WIDGETS, tenants: readonly TenantConfig[] = [TENANT]) {
  const table = new MemoryTable();
  const surroundings = steadySurroundings();
  const changes = new TableOverrideChanges(table);
  const store = new TenantStore(table, surroundings.now);
  const reader = new DynamoLedgerReader(table, store);
  const alerted: UnpricedCall[] = [];
  const created = Promise.all(tenants.map((tenant) => store.create(tenant)));
  /** A function after a cold start, with a catalog bundled. */
  const start = (bundled: Catalog = catalog): TellPorts => {
    const source = {
      archive: new TableCatalogArchive(table),
      version: bundled.version,
      readText: () => JSON.stringify({ version: bundled.version, models: {}, fallbacks: {}, sources: [] }),
    };
    const inForce = new CurrentPriceBooks(changes, bundled);
    return {
      reader,
      corrections: new DynamoCorrections(table, surroundings),
      orders: new TableCorrectionOrders(table),
      pricingStates: new TablePricingStates(table),
      catalogs: new ArchivedCatalogBooks(source, inForce, (other) => new CurrentPriceBooks(changes, other)),
      overrideChanges: changes,
      now: surroundings.now,
      touches: createTouches(),
      alertUnpriced: async (_tenant, calls) => void alerted.push(...calls),
    };
  };
  const soon = () => surroundings.now() + 50_000;
  return {
    table,
    reader,
    start,
    /** The reader with some of its methods replaced. */
    readerWith: (other: Partial<TellPorts['reader']>): TellPorts['reader'] => ({
      head: (...asked) => reader.head(...asked),
      commits: (...asked) => reader.commits(...asked),
      rollups: (...asked) => reader.rollups(...asked),
      entriesOfDay: (...asked) => reader.entriesOfDay(...asked),
      entriesOfDays: (...asked) => reader.entriesOfDays(...asked),
      entriesOfCommit: (...asked) => reader.entriesOfCommit(...asked),
      findEntries: (...asked) => reader.findEntries(...asked),
      ...other,
    }),
    /** Calls that were told of as lacking a price. */
    alerted,
    soon,
    wait: (milliseconds: number) => surroundings.sleep(milliseconds),
    /** A price book as a writer would hold it now, for later. */
    takeBook: (tenant: TenantConfig = TENANT): Promise<PriceBook> =>
      new CurrentPriceBooks(changes, catalog).current(tenant.tenant),
    /** Records calls as record-usage does, rated with the book of the moment or one taken earlier. */
    async record(events: readonly UsageEvent[], tenant: TenantConfig = TENANT, held?: PriceBook): Promise<void> {
      await created;
      const book = held ?? (await new CurrentPriceBooks(changes, catalog).current(tenant.tenant));
      const calls = events.map((event) => rateAndConceal(tenant, book, event));
      const ledger = new DynamoLedger(table, surroundings);
      const outcomes = await ledger.append(tenant, calls, soon(), book.stamp);
      if (outcomes.some((outcome) => outcome !== 'recorded')) throw new Error(`not recorded: ${outcomes.join()}`);
    },
    /** Stores a file of overrides. */
    override: async (file: Parameters<typeof storeOverrides>[3], scope = TENANT.tenant) => {
      await storeOverrides({ overrideChanges: changes, now: surroundings.now }, scope, 'key_admin', file);
    },
    /** One minute's settling by a function of its own. */
    settle: (tenant: TenantConfig = TENANT, bundled?: Catalog) => settlePrices(start(bundled), tenant, soon()),
    async totals(tenant: TenantConfig = TENANT): Promise<Totals> {
      const window = { granularity: 'month', fromDay: '2025-01-01', toDay: '2027-01-01' } as const;
      let [calls, cost, listCost, unpriced] = [0n, 0n, 0n, 0n];
      for (const { measures } of (await reader.rollups(tenant.tenant, window)).rows) {
        calls += measures.calls ?? 0n;
        cost += measures.cost ?? 0n;
        listCost += (measures.cost ?? 0n) + (measures.discount ?? 0n);
        unpriced += (measures.unpriced ?? 0n) + (measures.unpriced_unit ?? 0n) + (measures.partially_priced ?? 0n);
      }
      return { calls, cost, listCost, unpriced };
    },
    /** What one call counts for, and what was done to it. */
    async entry(event: Pick<UsageEvent, 'id'>, tenant: TenantConfig = TENANT) {
      const [found] = await reader.findEntries(tenant.tenant, [event.id]);
      if (found?.status !== 'recorded') throw new Error(`${event.id} is not recorded`);
      return found.entry;
    },
    differences: (tenant: TenantConfig = TENANT) => auditAll(table, tenant),
    adminActions: async (tenant: TenantConfig = TENANT) =>
      (await new TableAdminRecords(table).list(tenant.tenant)).map(({ action, detail }) => ({ action, ...detail })),
  };
}

/** The world that {@link createRepricingWorld} makes. */
export type RepricingWorld = ReturnType<typeof createRepricingWorld>;
