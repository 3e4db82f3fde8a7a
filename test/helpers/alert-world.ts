import { TableAlertStore } from '../../lib/adapters/dynamodb/alert-store.ts';
import { TableBudgetStore } from '../../lib/adapters/dynamodb/budget-store.ts';
import { TableMigrationStore } from '../../lib/adapters/dynamodb/migration-store.ts';
import type { Table } from '../../lib/adapters/dynamodb/table.ts';
import { MemoryTable } from '../../lib/adapters/memory/table.ts';
import type { AlertPublisher, MigrationStore } from '../../lib/app/alerts/alert-ports.ts';
import type {
  CommitRecord,
  LeafDelta,
  LedgerReader,
  RollupQuery,
  RollupRow,
  TenantConfig,
} from '../../lib/app/ports.ts';
import type { SweepPorts } from '../../lib/app/sweep.ts';
import { DIMENSIONS, type Dimension, type Leaf } from '../../lib/contracts/dimensions.ts';
import type { Measures } from '../../lib/contracts/measures.ts';
import type { AlertMessage } from '../../lib/domain/alerts/alert.ts';
import { AlertNotSentError, AlertOutcomeUnknownError } from '../../lib/domain/alerts/alert-errors.ts';
import { NO_OVERRIDES } from '../../lib/domain/prices/book-stamp.ts';
import { createForecastSources } from './forecast-ports.ts';
import { TENANT } from './ledger-fixtures.ts';

/** One USD in picoUSD. */
export const USD = 1_000_000_000_000n;

/** 2026-01-20T12:00:00Z, a Tuesday; local noon plus one hour in Berlin. */
export const NOON_MS = Date.UTC(2026, 0, 20, 12);

/** A leaf with these dimensions and null for the others. */
export function leaf(values: Partial<Record<Dimension, string>>): Leaf {
  return DIMENSIONS.map((dimension) => values[dimension] ?? null);
}

/** What one commit brings to one leaf on one day: USD and, if wanted, other measures. */
export function delta(
  day: string,
  usd: number,
  values: Partial<Record<Dimension, string>> = {},
  measures: Measures = {},
): LeafDelta {
  const cost = BigInt(Math.round(usd * 100)) * (USD / 100n);
  return { day, hour: `${day}T12`, leaf: leaf(values), measures: { calls: 1n, cost, ...measures } };
}

/** A ledger of commits in memory. Reads take a while, and what is committed meanwhile may or may not be in them. */
export class FakeLedger implements LedgerReader {
  readonly log: CommitRecord[] = [];
  /** How many commits were handed out: what following the log cost. */
  readCommits = 0;
  readSnapshots = 0;

  commit(...deltas: LeafDelta[]): number {
    this.log.push({ number: this.log.length + 1, atMs: NOON_MS, book: NO_OVERRIDES, isRecording: true, deltas });
    return this.log.length;
  }

  async head(): Promise<number> {
    await turn();
    return this.log.length;
  }

  async *commits(_tenant: string, afterNumber: number, toNumber: number): AsyncIterable<CommitRecord> {
    for (const commit of this.log.slice(afterNumber, toNumber)) {
      await turn();
      this.readCommits += 1;
      yield commit;
    }
  }

  async rollups(_tenant: string, query: RollupQuery) {
    await turn();
    this.readSnapshots += 1;
    const rows: RollupRow[] = this.log
      .flatMap(({ deltas }) => deltas)
      .filter(({ day }) => day >= query.fromDay && day < query.toDay)
      .map(({ day, leaf: of, measures }) => {
        const period = query.granularity === 'month' ? day.slice(0, 7) : day;
        return { period, day: null, leaf: of, measures, histograms: {}, upTo: 0 };
      });
    return { head: this.log.length, rows };
  }

  entriesOfCommit = unused;
  entriesOfDay = unused;
  entriesOfDays = unused;
  findEntries = unused;
  audit = unused;
}

/** A topic that remembers what it took, and fails as told. */
export class FakeTopic implements AlertPublisher {
  readonly maxPublishMs = 10_000;
  readonly delivered: AlertMessage[] = [];
  attempts = 0;
  /** `refuse`: certainly not delivered; `mute`: delivered, but no answer comes back. */
  behave: (attempt: number) => 'accept' | 'refuse' | 'mute' = () => 'accept';

  async publish(message: AlertMessage): Promise<void> {
    await turn();
    this.attempts += 1;
    const behaviour = this.behave(this.attempts);
    if (behaviour === 'refuse') throw new AlertNotSentError('the topic is throttled');
    this.delivered.push(message);
    if (behaviour === 'mute') throw new AlertOutcomeUnknownError('no answer');
  }
}

/** A table, a ledger and a topic that several function environments share, with one clock. */
export function createAlertWorld(tenant: TenantConfig = TENANT) {
  const table = new MemoryTable();
  const ledger = new FakeLedger();
  const topic = new FakeTopic();
  let nowMs = NOON_MS;
  let owners = 0;
  const clock = () => nowMs;
  const tenants = { list: async () => [tenant], find: async () => tenant, create: async () => 'exists' as const };
  /** A fresh environment, as after a cold start: nothing remembered. */
  const start = (over: Table = table): SweepPorts & { tenants: typeof tenants; migrations: MigrationStore } => ({
    reader: ledger,
    budgets: new TableBudgetStore(over),
    forecasting: createForecastSources(over),
    alerts: new TableAlertStore(over),
    migrations: new TableMigrationStore(over),
    publisher: topic,
    clock,
    drawOwner: () => `owner-${++owners}`,
    leaseMs: 90_000,
    memory: new Map(),
    apiUrl: 'https://ledger.example',
    tenants,
    settle: async () => ({ followedTo: 0, corrected: 0, openOrders: 0 }),
  });
  const wait = (milliseconds: number) => {
    nowMs += milliseconds;
  };
  return { tenant, table, ledger, topic, clock, start, wait };
}

/** Lets others run, as a request over the network would. */
async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

async function unused(): Promise<never> {
  throw new Error('not part of this test');
}
