import type { Scheduler } from 'fast-check';
import { TableCorrectionOrders } from '../../lib/adapters/dynamodb/correction-orders.ts';
import { DynamoCorrections } from '../../lib/adapters/dynamodb/ledger/corrections.ts';
import { DynamoLedger } from '../../lib/adapters/dynamodb/ledger/ledger.ts';
import { DynamoLedgerReader } from '../../lib/adapters/dynamodb/ledger-reader.ts';
import { TableOverrideChanges } from '../../lib/adapters/dynamodb/override-store.ts';
import { TablePricingStates } from '../../lib/adapters/dynamodb/pricing-states.ts';
import { type Table, TableBusyError, TableUnknownError } from '../../lib/adapters/dynamodb/table.ts';
import { TenantStore } from '../../lib/adapters/dynamodb/tenant-store.ts';
import { MemoryTable } from '../../lib/adapters/memory/table.ts';
import { orderRepricing } from '../../lib/app/corrections/order-repricing.ts';
import { EVERY_TENANT } from '../../lib/app/corrections/repricing-ports.ts';
import { requestReprice } from '../../lib/app/corrections/request-reprice.ts';
import { runOrder } from '../../lib/app/corrections/run-order.ts';
import { settlePrices } from '../../lib/app/corrections/settle-prices.ts';
import type { TellPorts } from '../../lib/app/corrections/tell-unpriced.ts';
import { voidEntry } from '../../lib/app/corrections/void-entry.ts';
import type { TenantConfig } from '../../lib/app/ports.ts';
import { storeOverrides, withdrawOverrides } from '../../lib/app/prices/manage-overrides.ts';
import { CurrentPriceBooks, createTouches } from '../../lib/app/prices/price-books.ts';
import { rateAndConceal } from '../../lib/app/recording/rate-and-conceal.ts';
import { readCatalogRows } from '../../lib/catalog/rows.ts';
import { LedgerError } from '../../lib/domain/errors.ts';
import type { PriceBook } from '../../lib/domain/prices/price-book.ts';
import type { Catalog } from '../../lib/domain/prices/price-catalog.ts';
import type { RatedCall } from '../../lib/domain/rating/rated-call.ts';
import { type Fault, FaultyTable } from './faulty-table.ts';
import { interleave } from './interleaved-table.ts';
import { steadySurroundings } from './ledger-fixtures.ts';
import { auditAll } from './recording-world.ts';
import { type Deed, eventOf, RECORDING_MS, TENANTS } from './repricing-deeds.ts';

const PRICES: readonly (readonly [model: string, unit: string, v1: string | null, v2: string | null])[] = [
  ['widget', 'input_tokens', '1', '3'],
  ['widget', 'output_tokens', '2', '2'],
  ['same', 'input_tokens', '1', '1'],
  ['same', 'output_tokens', '1', '1'],
  ['gadget', 'input_tokens', null, '2'],
  ['gadget', 'output_tokens', null, '2'],
  ['gizmo', 'input_tokens', '1', '1'],
  ['gizmo', 'output_tokens', null, '4'],
  ['sprocket', 'input_tokens', '2', '2'],
  ['sprocket', 'output_tokens', '3', null],
];

const catalogAt = (version: 'v1' | 'v2'): Catalog => {
  const rows = PRICES.flatMap(([model, unit, v1, v2]) => {
    const rate = version === 'v1' ? v1 : v2;
    return rate === null ? [] : [{ provider: 'acme', model, unit, rate }];
  });
  return readCatalogRows({ rows }, version);
};

/** The catalog in force, and the one before it, which is in the archive and which some writers still have. */
export const CATALOGS: Readonly<Record<string, Catalog>> = { v1: catalogAt('v1'), v2: catalogAt('v2') };

/** What happens in a history, and in which order. */
export interface RepricingHistory {
  readonly deeds: readonly Deed[];
  readonly faults: Iterator<Fault | undefined>;
  /** How many turns of others a call waits. */
  readonly stalls: Iterator<number>;
  readonly seed: number;
  readonly scheduler: Scheduler;
}

const LIFE_MS = 50_000;

/** The ledgers of two tenants, and everybody who works on them by way of the real use cases. */
export class RepricingWorkshop {
  readonly memory = new MemoryTable();
  readonly #history: RepricingHistory;
  readonly #surroundings: ReturnType<typeof steadySurroundings>;
  readonly #hits: Map<string, number>;
  #rounds = 0;

  /** @param hits - where the faults that happened are counted, by call and fault */
  constructor(history: RepricingHistory, hits: Map<string, number>) {
    this.#history = history;
    this.#hits = hits;
    this.#surroundings = steadySurroundings(RECORDING_MS, history.seed);
  }

  async open(): Promise<void> {
    for (const tenant of TENANTS) await new TenantStore(this.memory, () => 0).create(tenant);
  }

  /** Every deed in the order given, each begun without waiting for those before it. */
  async play(): Promise<void> {
    const work: Promise<void>[] = [];
    for (const [index, deed] of this.#history.deeds.entries()) {
      work.push(this.#do(deed, index));
      for (let left = deed.pause; left >= 0; left--) await this.#turn('next deed');
    }
    await Promise.all(work);
  }

  /** Settles every tenant in peace. */
  async settle(): Promise<void> {
    for (const tenant of TENANTS) await settlePrices(this.ports(), tenant, this.#surroundings.now() + LIFE_MS);
  }

  /** A function of its own on a table, with the catalog in force. */
  ports(table: Table = this.memory): TellPorts {
    const changes = new TableOverrideChanges(table);
    const inForce = new CurrentPriceBooks(changes, CATALOGS['v2'] ?? catalogAt('v2'));
    return {
      reader: new DynamoLedgerReader(table, new TenantStore(table, this.#surroundings.now)),
      corrections: new DynamoCorrections(table, this.#surroundings),
      orders: new TableCorrectionOrders(table),
      pricingStates: new TablePricingStates(table),
      catalogs: {
        version: 'v2',
        inForce,
        at: async (version) => {
          const catalog = CATALOGS[version];
          return version === 'v2' ? inForce : catalog && new CurrentPriceBooks(changes, catalog);
        },
        versions: async () => ['v2', 'v1'],
        keep: async () => {},
      },
      overrideChanges: changes,
      now: this.#surroundings.now,
      touches: createTouches(),
      alertUnpriced: async () => {},
    };
  }

  differences = async (tenant: TenantConfig) => auditAll(this.memory, tenant);

  async #do(deed: Deed, index: number): Promise<void> {
    if (deed.kind === 'record') return this.#record(deed);
    if (deed.kind === 'override') return this.#override(deed);
    const tenant = TENANTS[deed.tenant % TENANTS.length] ?? TENANTS[0];
    if (deed.kind === 'settle') {
      return this.#untilDone(async (table) => {
        await settlePrices(this.ports(table), tenant, this.#surroundings.now() + LIFE_MS);
      });
    }
    if (deed.kind === 'void') {
      const id = eventOf(deed.entry).id;
      return this.#untilDone(async (table) => {
        const request = { id, reason: `deed ${index}` };
        const deadlineMs = this.#surroundings.now() + LIFE_MS;
        await voidEntry(this.ports(table), tenant, 'key_1', request, deadlineMs).catch(unlessUnknown);
      });
    }
    const { from, to, model, catalog, runners } = deed;
    let number: number | undefined;
    await this.#untilDone(async (table) => {
      const request = { from, to, model, catalogVersion: catalog, reason: `deed ${index}` };
      number = (await requestReprice(this.ports(table), tenant, 'key_1', request))?.number;
    });
    if (number !== undefined) await this.#runBy(tenant, number, runners);
  }

  async #runBy(tenant: TenantConfig, number: number, runners: number): Promise<void> {
    const run = () =>
      this.#untilDone(async (table) => {
        const standing = await runOrder(this.ports(table), tenant, number, this.#surroundings.now() + LIFE_MS);
        if (standing.progress.state !== 'done') throw new TableBusyError('not done yet');
      });
    await Promise.all(Array.from({ length: runners }, run));
  }

  /** Rates with a book read now, with the old catalog or the new one, and commits after a while. */
  async #record({ tenant: at, entries, catalog, wait }: Extract<Deed, { kind: 'record' }>) {
    const tenant = TENANTS[at % TENANTS.length] ?? TENANTS[0];
    let book: PriceBook | undefined;
    await this.#untilDone(async (table) => {
      const books = new CurrentPriceBooks(new TableOverrideChanges(table), CATALOGS[catalog] ?? catalogAt('v2'));
      book = await books.current(tenant.tenant);
    });
    for (let left = wait; left >= 0; left--) await this.#turn('rated');
    const stamp = book?.stamp;
    const calls = entries.flatMap((entry): RatedCall[] => (book ? [rateAndConceal(tenant, book, eventOf(entry))] : []));
    await this.#untilDone(async (table) => {
      await new DynamoLedger(table, this.#surroundings).append(
        tenant,
        calls,
        this.#surroundings.now() + LIFE_MS,
        stamp,
      );
    });
  }

  /** Stores a change as the API does, then gives what follows from it, and carries it out. */
  async #override({ scope, file, withdraws, tenant: at }: Extract<Deed, { kind: 'override' }>): Promise<void> {
    const tenant = TENANTS[at % TENANTS.length] ?? TENANTS[0];
    const chain = scope === 'global' ? EVERY_TENANT : tenant.tenant;
    await this.#untilDone(async (table) => {
      const ports = { overrideChanges: new TableOverrideChanges(table), now: this.#surroundings.now };
      if (withdraws === null) await storeOverrides(ports, chain, 'key_admin', file);
      else await withdrawOverrides(ports, chain, 'key_admin', withdraws).catch(unlessUnknown);
    });
    let open: readonly number[] = [];
    await this.#untilDone(async (table) => {
      open = await orderRepricing(this.ports(table), tenant);
    });
    for (const number of open) await this.#runBy(tenant, number, 1);
  }

  /** Does a thing, in one process after the other, until one has done it. */
  async #untilDone(work: (table: Table) => Promise<void>): Promise<void> {
    const table = this.#interleaved();
    for (;;) {
      const fault = () => (this.#rounds < 60 ? this.#history.faults.next().value : undefined);
      const faulty = new FaultyTable(table, fault);
      const end = await Promise.race([work(faulty).then(() => 'done', ignoreFaults), faulty.death]);
      for (const [name, times] of faulty.hits) this.#hits.set(name, (this.#hits.get(name) ?? 0) + times);
      if (end === 'done') return;
      if (++this.#rounds > 400) throw new Error('something was never done');
    }
  }

  async #turn(name: string): Promise<void> {
    await this.#history.scheduler.schedule(Promise.resolve(), name);
  }

  #interleaved(): Table {
    return interleave(this.memory, async (call) => {
      for (let left = this.#history.stalls.next().value ?? 0; left >= 0; left--) await this.#turn(call);
    });
  }
}

/** A void or withdrawal of what was not there yet is refused, which is an end too. */
function unlessUnknown(cause: unknown): void {
  if (!(cause instanceof LedgerError) || cause.code !== 'request/not-found') throw cause;
}

function ignoreFaults(cause: unknown): 'failed' {
  if (cause instanceof TableBusyError || cause instanceof TableUnknownError) return 'failed';
  if (cause instanceof LedgerError && cause.retryable) return 'failed';
  throw cause;
}
