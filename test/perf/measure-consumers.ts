import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoLedgerReader } from '../../lib/adapters/dynamodb/ledger-reader.ts';
import { SdkTable } from '../../lib/adapters/dynamodb/sdk-table.ts';
import { TenantStore } from '../../lib/adapters/dynamodb/tenant-store.ts';
import type { UsageMessage } from '../../lib/app/recording/record-usage.ts';
import { createRandom } from '../../lib/sample/random.ts';
import { type EngineTable, startEngineTable } from '../helpers/engine-table.ts';
import { FAULTS, FaultyTable } from '../helpers/faulty-table.ts';
import { auditAll, createWriter } from '../helpers/recording-world.ts';
import { events } from './bench-events.ts';
import type { BenchOptions, BenchResult, Measurement } from './report.ts';
import { benchTenant } from './write-units.ts';

const CONSUMERS = 50;
const EVENTS_PER_MESSAGE = 20;
const FAULT_RATIO = 0.02;
/** Deliveries after which the queue would give a message up; the stack's `maxReceiveCount`. */
const MOST_DELIVERIES = 10;
const TENANT = benchTenant('bench');
const ROW = {
  what: `Faults: ${CONSUMERS} concurrent consumers, every message twice`,
  bar: 'lost 0, doubled 0, given up 0',
  command: 'npm run bench -- --only consumers',
};

/** Fifty consumers of one tenant at once on the real engine, a fault in every fiftieth call. */
export const consumers: Measurement = { name: 'consumers', measure: measureConsumers };

async function measureConsumers({ quick, progress }: BenchOptions): Promise<BenchResult> {
  if (quick) return { tables: [], bars: [{ ...ROW, figure: '-', verdict: 'not run by --quick' }] };
  const engine = await startEngineTable();
  try {
    await new TenantStore(engine.table, Date.now).create(TENANT);
    const messages = createMessages(2 * CONSUMERS);
    const random = createRandom('bench/consumers');
    const tables = Array.from({ length: CONSUMERS }, () => connectFaulty(engine, random.next));
    progress(`consumers: ${CONSUMERS} at once, ${messages.length} messages, each delivered twice`);
    const deliveries = new Map<string, number>();
    // The second copy of a message comes right behind the first, so that two consumers meet over it.
    const queue = messages.flatMap((message) => [message, message]);
    await Promise.all(tables.map((table) => consume(table, queue, deliveries)));
    const faults = tables.reduce((sum, { hits }) => sum + [...hits.values()].reduce((a, b) => a + b, 0), 0);
    return { tables: [], bars: [await check(engine, messages.length, deliveries, faults)] };
  } finally {
    await engine.stop();
  }
}

function createMessages(count: number): UsageMessage[] {
  const sentAtMs = Date.now();
  const settings = { leaves: 20, timed: true, startMs: sentAtMs - 60_000, ratePerSecond: 100 };
  const all = [...events(count * EVENTS_PER_MESSAGE, settings)].map((event) => ({ ...event, model: 'm-1' }));
  return Array.from({ length: count }, (_, index) => ({
    messageId: `message-${index}`,
    body: JSON.stringify(all.slice(index * EVENTS_PER_MESSAGE, (index + 1) * EVENTS_PER_MESSAGE)),
    senderId: 'bench',
    sentAtMs,
    queue: 'usage',
    stamp: {},
  }));
}

function connectFaulty(engine: EngineTable, random: () => number): FaultyTable {
  return new FaultyTable(new SdkTable(engine.connect(), engine.tableName), () =>
    random() < FAULT_RATIO ? FAULTS[Math.floor(random() * FAULTS.length)] : undefined,
  );
}

/** One warm function that takes message after message; what it gives back waits again. */
async function consume(table: FaultyTable, queue: UsageMessage[], deliveries: Map<string, number>): Promise<void> {
  const surroundings = {
    now: Date.now,
    sleep: async (milliseconds: number) => {
      await sleep(milliseconds);
    },
    random: Math.random,
  };
  const record = createWriter(table, surroundings, TENANT.tenant);
  for (let message = queue.shift(); message; message = queue.shift()) {
    deliveries.set(message.messageId, (deliveries.get(message.messageId) ?? 0) + 1);
    if ((await record([message])).length > 0) queue.push(message);
  }
}

async function check(
  engine: EngineTable,
  messages: number,
  deliveries: ReadonlyMap<string, number>,
  faults: number,
): Promise<BenchResult['bars'][number]> {
  const expected = messages * EVENTS_PER_MESSAGE;
  const reader = new DynamoLedgerReader(engine.table, new TenantStore(engine.table, Date.now));
  const day = (offset: number): string => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
  const { rows } = await reader.rollups(TENANT.tenant, { granularity: 'day', fromDay: day(-1), toDay: day(1) });
  const counted = rows.reduce((sum, { measures }) => sum + Number(measures.calls ?? 0n), 0);
  const differences = await auditAll(engine.table, TENANT);
  // Each message was put in the queue twice, which is nobody's failure.
  const mostDeliveries = Math.max(...deliveries.values()) - 1;
  const isRight = counted === expected && differences.length === 0 && mostDeliveries <= MOST_DELIVERIES;
  const figure = `${counted} of ${expected} counted, ${differences.length} audit differences, ${faults} faults, no message delivered more than ${mostDeliveries} times`;
  if (!isRight) throw new Error(figure);
  return { ...ROW, figure, verdict: 'met' };
}
