import { gunzipSync } from 'node:zlib';
import { wireForecastSources } from '../../functions/shared/forecast-inputs.ts';
import { wireWorkloads } from '../../functions/shared/workloads.ts';
import { TableAdminRecords } from '../../lib/adapters/dynamodb/admin-records.ts';
import { TableAlertStore } from '../../lib/adapters/dynamodb/alert-store.ts';
import { TableAnomalyStore } from '../../lib/adapters/dynamodb/anomaly-store.ts';
import { TableBudgetStore } from '../../lib/adapters/dynamodb/budget-store.ts';
import { TableCapacityStore } from '../../lib/adapters/dynamodb/capacity-store.ts';
import { TableCatalogArchive } from '../../lib/adapters/dynamodb/catalog-archive.ts';
import { TableCorrectionOrders } from '../../lib/adapters/dynamodb/correction-orders.ts';
import { KeptCountStore } from '../../lib/adapters/dynamodb/counted-items.ts';
import { GpuSampleStore } from '../../lib/adapters/dynamodb/gpu-sample-store.ts';
import { TableApiKeys } from '../../lib/adapters/dynamodb/key-store.ts';
import { DynamoCorrections } from '../../lib/adapters/dynamodb/ledger/corrections.ts';
import { DynamoLedger } from '../../lib/adapters/dynamodb/ledger/ledger.ts';
import { DynamoRebuilder } from '../../lib/adapters/dynamodb/ledger/rebuild.ts';
import { DynamoLedgerReader } from '../../lib/adapters/dynamodb/ledger-reader.ts';
import { TableMigrationStore } from '../../lib/adapters/dynamodb/migration-store.ts';
import { TableOverrideChanges } from '../../lib/adapters/dynamodb/override-store.ts';
import { TableOwnRowStore } from '../../lib/adapters/dynamodb/own-row-store.ts';
import { TablePricingStates } from '../../lib/adapters/dynamodb/pricing-states.ts';
import { TableProjectionStore } from '../../lib/adapters/dynamodb/projection-store.ts';
import { TableQueueWatches } from '../../lib/adapters/dynamodb/queue-watch-store.ts';
import { ConflictStore, RejectStore } from '../../lib/adapters/dynamodb/reject-store.ts';
import { TableRuleStore } from '../../lib/adapters/dynamodb/rule-store.ts';
import { TableSourceStates } from '../../lib/adapters/dynamodb/source-store.ts';
import { TableSubscriptionStore } from '../../lib/adapters/dynamodb/subscription-store.ts';
import { TenantStore } from '../../lib/adapters/dynamodb/tenant-store.ts';
import { UnknownFieldStore } from '../../lib/adapters/dynamodb/unknown-field-store.ts';
import type { ApiPorts } from '../../lib/adapters/http/api-ports.ts';
import type { HttpResponse } from '../../lib/adapters/http/http-types.ts';
import { createApi } from '../../lib/adapters/http/serve.ts';
import { MemoryTable } from '../../lib/adapters/memory/table.ts';
import type { Role } from '../../lib/app/access/access-ports.ts';
import { createIdentities } from '../../lib/app/access/find-caller.ts';
import { createKey } from '../../lib/app/access/manage-keys.ts';
import { createTenant, type NewTenant } from '../../lib/app/access/manage-tenants.ts';
import { settlePrices } from '../../lib/app/corrections/settle-prices.ts';
import { ArchivedCatalogBooks } from '../../lib/app/prices/catalog-books.ts';
import { CurrentPriceBooks, createTouches } from '../../lib/app/prices/price-books.ts';
import { recordUsage, type UsageMessage } from '../../lib/app/recording/record-usage.ts';
import type { DeadLetter, DeadLetterQueues } from '../../lib/app/rejects/reject-ports.ts';
import { createFreshnessReader } from '../../lib/app/spend/query-completeness.ts';
import { createCatalog } from '../../lib/domain/prices/price-catalog.ts';
import { findViolations } from './api-conformance.ts';
import { FakeSubscriber } from './fake-subscriber.ts';
import { FakeChannel } from './held-alert.ts';
import { START_MS, steadySurroundings } from './ledger-fixtures.ts';

/** A request as tests write it. */
export interface Ask {
  readonly key?: string;
  readonly body?: unknown;
  readonly bytes?: Uint8Array;
  readonly headers?: Record<string, string>;
}

/** The answer of a test's request, its JSON parsed. */
export interface Answered extends HttpResponse {
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every route and let assertions judge them.
  readonly json: any;
}

/** The whole API over a table and queues in memory, with real stores and the real ledger, at a standing clock. */
export function createApiWorld(startMs = START_MS) {
  const table = new MemoryTable();
  const surroundings = steadySurroundings(startMs);
  const now = () => startMs;
  const waiting: UsageMessage[] = [];
  const givenUp: (UsageMessage & DeadLetter)[] = [];
  const hidden = new Set<DeadLetter>();
  let sent = 0;
  const failures: unknown[] = [];
  const tenants = new TenantStore(table, now);
  const alerts = new TableAlertStore(table);
  const channel = new FakeChannel();
  const subscriber = new FakeSubscriber();
  let owners = 0;
  const rejects = new RejectStore(table);
  const conflicts = new ConflictStore(table);
  const sourceStates = new TableSourceStates(table);
  const watches = new TableQueueWatches(table);
  const overrideChanges = new TableOverrideChanges(table);
  const queues: ApiPorts['queues'] = {
    send: async (queue, tenant, bodies) => {
      for (const body of bodies) {
        const messageId = `message-${waiting.length}-${body.length}`;
        waiting.push({ messageId, body, queue, senderId: 'api', sentAtMs: startMs, stamp: { tenant } });
      }
    },
    depth: async () => ({
      usage: waiting.filter(({ queue }) => queue === 'usage').length,
      import: waiting.filter(({ queue }) => queue === 'import').length,
    }),
    deadLetters: async () => givenUp.length,
  };
  const deadLetterQueues: DeadLetterQueues = {
    sendStamped: async (queue, messages) => {
      for (const { body, stamp } of messages) {
        sent += 1;
        const messageId = `again-${sent}`;
        waiting.push({ messageId, body, queue, senderId: 'api', sentAtMs: now(), stamp });
      }
    },
    receive: async (queue) => givenUp.filter((letter) => letter.queue === queue && !hidden.has(letter)).slice(0, 10),
    remove: async (_queue, letters) => {
      for (const letter of letters) givenUp.splice(givenUp.indexOf(letter as UsageMessage & DeadLetter), 1);
    },
    postpone: async (_queue, letters) => {
      for (const letter of letters) hidden.add(letter);
    },
  };
  const catalog = createCatalog({ version: 'none', models: [], fallbacks: new Map() });
  const reader = new DynamoLedgerReader(table, tenants);
  const priceBooks = new CurrentPriceBooks(overrideChanges, catalog);
  const source = { archive: new TableCatalogArchive(table), version: catalog.version, readText: () => '{}' };
  const ledger = new DynamoLedger(table, surroundings);
  const ports: ApiPorts = {
    ledger,
    reader,
    repricing: {
      reader,
      corrections: new DynamoCorrections(table, surroundings),
      orders: new TableCorrectionOrders(table),
      pricingStates: new TablePricingStates(table),
      catalogs: new ArchivedCatalogBooks(source, priceBooks, (other) => new CurrentPriceBooks(overrideChanges, other)),
      overrideChanges,
      now,
      touches: createTouches(),
    },
    ...wireForecastSources(table, priceBooks),
    rebuilder: new DynamoRebuilder(table, tenants, surroundings),
    catalogFinder: { findCatalog: async (version) => (version === catalog.version ? catalog : undefined) },
    tenants,
    apiKeys: new TableApiKeys(table),
    identities: createIdentities({}),
    adminRecords: new TableAdminRecords(table),
    overrideChanges,
    capacities: new TableCapacityStore(table),
    ownRows: new TableOwnRowStore(table),
    budgets: new TableBudgetStore(table),
    budgetChecks: new Map(),
    projections: new TableProjectionStore(table),
    alerts,
    testAlerts: {
      ...{ alerts, publisher: channel, clock: now, leaseMs: 90_000, apiUrl: null },
      drawOwner: () => `owner-${++owners}`,
    },
    subscriptions: new TableSubscriptionStore(table),
    subscriber,
    rules: new TableRuleStore(table),
    gpuSamples: new GpuSampleStore(table),
    profiles: new TableMigrationStore(table),
    anomalies: new TableAnomalyStore(table),
    workloads: wireWorkloads(table, catalog, now),
    rejects,
    conflicts,
    unknownFields: new UnknownFieldStore(table),
    sourceStates,
    queues,
    readFreshness: createFreshnessReader({ queues, watches, kept: new KeptCountStore(table), gaps: sourceStates, now }),
    deadLetterQueues,
    senders: { directory: { mode: 'trusted', tenant: 'default' }, apiSenderId: 'api' },
    senderMode: 'trusted',
    now,
    reportError: (error) => failures.push(error),
  };
  const serve = createApi(ports);
  const writer = {
    ledger,
    tenants,
    rejects,
    unknownFields: new UnknownFieldStore(table),
    gpuSamples: new GpuSampleStore(table),
    spareNumbers: sourceStates,
    priceBooks,
    senders: { directory: { mode: 'trusted' as const, tenant: 'default' }, apiSenderId: 'api' },
    now,
    evaluate: async () => {},
    alertUnpriced: async () => {},
    warn: (_message: string, cause: unknown) => failures.push(cause),
  };
  return {
    table,
    ports,
    serve,
    /** Where test messages go. */
    channel,
    subscriber,
    /** What records the usage that waits. */
    writer,
    waiting,
    /** Messages that the queues gave up. */
    givenUp,
    /** What went wrong inside; empty in a sound test. */
    failures,
    /** Creates a tenant (UTC by default) and a key of the role. */
    async enrol(tenant: string, role: Role = 'admin', settings: Partial<NewTenant> = {}): Promise<string> {
      await createTenant(ports, { tenant, ...settings });
      return (await createKey(ports, { tenant, role, label: 'test' })).key;
    },
    /** Asks the API; an answer that its OpenAPI description does not allow fails the test. */
    async ask(method: string, target: string, { key, body, bytes, headers = {} }: Ask = {}): Promise<Answered> {
      const [path = '', query = ''] = target.split('?');
      const response = await serve({
        method,
        path: decodeURIComponent(path),
        query,
        headers: { ...(key === undefined ? {} : { authorization: `Bearer ${key}` }), ...headers },
        body: bytes ?? Buffer.from(body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body)),
      });
      const violations = findViolations(method, decodeURIComponent(path), response);
      if (violations.length > 0) throw new Error(`${method} ${target}: ${violations.join('; ')}\n${response.body}`);
      return { ...response, json: response.body === '' ? undefined : JSON.parse(response.body) };
    },
    /** Records everything that waits. */
    async drain(): Promise<void> {
      const messages = waiting.splice(0);
      await recordUsage(writer, messages, startMs + 50_000);
    },
    /** Settles the prices of every tenant, as the sweep does each minute. */
    async settle(): Promise<void> {
      const settling = { ...ports.repricing, alertUnpriced: async () => {} };
      for (const tenant of await tenants.list()) await settlePrices(settling, tenant, startMs + 50_000);
    },
  };
}

/** The world that {@link createApiWorld} makes. */
export type ApiWorld = ReturnType<typeof createApiWorld>;

/** The events inside a queued message, whatever its envelope. */
export function readQueued(body: string): readonly Record<string, unknown>[] {
  const outer = JSON.parse(body);
  const inner =
    outer.encoding === 'gzip' ? JSON.parse(gunzipSync(Buffer.from(outer.data, 'base64')).toString()) : outer;
  return Array.isArray(inner) ? inner : (inner.events ?? [inner]);
}

/** Prices of the model `m-1`: 1, 0.10 and 2 USD per million input, cached and output tokens. */
export const PRICES = {
  overrides: [
    {
      model: 'm-1',
      provider: '*',
      rates: { input_tokens: '1', cache_read_tokens: '0.1', output_tokens: '2' },
      per: 1_000_000,
      replace: true,
    },
  ],
};
