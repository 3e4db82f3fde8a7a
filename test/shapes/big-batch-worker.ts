import { parentPort } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import { DynamoLedgerReader } from '../../lib/adapters/dynamodb/ledger-reader.ts';
import { TenantStore } from '../../lib/adapters/dynamodb/tenant-store.ts';
import { MemoryTable } from '../../lib/adapters/memory/table.ts';
import type { UsageMessage } from '../../lib/app/recording/record-usage.ts';
import { START_MS, steadySurroundings, TENANT } from '../helpers/ledger-fixtures.ts';
import { auditAll, createWriter } from '../helpers/recording-world.ts';
import { events } from '../perf/bench-events.ts';
import { CountingTable } from './counting-table.ts';

/** What to record, and how long each request to the table takes on a clock of its own. */
export interface BigBatchOrder {
  readonly eventsPerMessage: number;
  readonly msPerCall: number;
}

/** What became of the batch. */
export interface BigBatchReport {
  /** Bytes of all message bodies together. */
  readonly bodyBytes: number;
  /** Messages that went back after the first, the second, ... invocation; the last is 0. */
  readonly wentBack: readonly number[];
  readonly transactions: number;
  readonly calls: number;
  readonly differences: number;
}

const MESSAGES = 66;

/** A batch of 66 gzip messages, recorded in a thread whose memory its maker bounds. */
async function recordBigBatch({ eventsPerMessage, msPerCall }: BigBatchOrder): Promise<BigBatchReport> {
  const messages = createMessages(eventsPerMessage);
  const memory = new MemoryTable();
  await new TenantStore(memory, () => 0).create(TENANT);
  const surroundings = steadySurroundings();
  let late = 0;
  const now = () => surroundings.now() + late;
  const table = new CountingTable(memory, () => {
    late += msPerCall;
  });
  const wentBack: number[] = [];
  for (let open: readonly UsageMessage[] = messages; ; ) {
    const write = createWriter(table, { ...surroundings, now }, TENANT.tenant);
    const failed = new Set(await recordWithin(write, open));
    wentBack.push(failed.size);
    open = open.filter(({ messageId }) => failed.has(messageId));
    if (open.length === 0 || wentBack.length > 20) break;
  }
  const { transactions, calls } = table.take();
  const reader = new DynamoLedgerReader(memory, new TenantStore(memory, () => 0));
  const { rows } = await reader.rollups(TENANT.tenant, {
    granularity: 'month',
    fromDay: '2026-01-01',
    toDay: '2026-02-01',
  });
  const recorded = rows.reduce((sum, { measures }) => sum + Number(measures.calls ?? 0n), 0);
  if (recorded !== MESSAGES * eventsPerMessage) throw new Error(`${recorded} calls are counted`);
  const bodyBytes = messages.reduce((sum, { body }) => sum + body.length, 0);
  return { bodyBytes, wentBack, transactions, calls, differences: (await auditAll(memory, TENANT)).length };
}

/** The life of one invocation: its 60 s less the 5 s that the handler keeps. */
const recordWithin = (write: ReturnType<typeof createWriter>, messages: readonly UsageMessage[]) =>
  write(messages, 55_000);

function createMessages(eventsPerMessage: number): UsageMessage[] {
  const settings = { leaves: 80, timed: true, startMs: START_MS - 120_000, ratePerSecond: 1_000 };
  return Array.from({ length: MESSAGES }, (_, index) => {
    const firstNumber = index * eventsPerMessage;
    const all = [...events(eventsPerMessage, { ...settings, firstNumber })];
    const data = gzipSync(JSON.stringify(all), { level: 1 }).toString('base64');
    const body = JSON.stringify({ encoding: 'gzip', data });
    return { messageId: `m-${index}`, body, senderId: 'x', sentAtMs: START_MS, queue: 'usage', stamp: {} };
  });
}

parentPort?.on('message', async (order: BigBatchOrder) => {
  parentPort?.postMessage(await recordBigBatch(order));
  parentPort?.close();
});
