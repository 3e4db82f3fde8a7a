import fc from 'fast-check';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { CACHE_LIMITS } from '../../lib/adapters/dynamodb/ledger/lane.ts';
import { DynamoLedgerReader } from '../../lib/adapters/dynamodb/ledger-reader.ts';
import { type Table, TableRefusedError } from '../../lib/adapters/dynamodb/table.ts';
import { TenantStore } from '../../lib/adapters/dynamodb/tenant-store.ts';
import { MemoryTable } from '../../lib/adapters/memory/table.ts';
import type { UsageMessage } from '../../lib/app/recording/record-usage.ts';
import { DISASTERS, FAULTS, type Fault, FaultyTable, type TableCall } from '../helpers/faulty-table.ts';
import { interleave } from '../helpers/interleaved-table.ts';
import { START_MS, steadySurroundings } from '../helpers/ledger-fixtures.ts';
import {
  checkLedger,
  checkSnapshot,
  eventOf,
  JANUARY,
  KOLKATA_TENANT,
  OTHER,
  POISON,
  POISON_TOKENS,
  type Snapshot,
} from '../helpers/numbered-events.ts';
import { auditAll, createWriter } from '../helpers/recording-world.ts';

/** A night's run takes more: `RUNS=20000`. */
const RUNS = Number(process.env['RUNS'] ?? 500);

// Blocks of four commits, so that a short log spans several of them.
vi.mock('../../lib/contracts/table-keys.ts', async (original) => {
  const actual = await original<typeof import('../../lib/contracts/table-keys.ts')>();
  const commitBlock = (tenant: string, number: number) => `C#${tenant}#1#${Math.floor(number / 4)}` as const;
  const commit = (tenant: string, number: number) => ({
    pk: commitBlock(tenant, number),
    sk: actual.padNumber(number),
  });
  return { ...actual, COMMITS_PER_BLOCK: 4, keys: { ...actual.keys, commitBlock, commit } };
});

const numbers = fc.oneof(
  { weight: 12, arbitrary: fc.nat(POISON) },
  { weight: 1, arbitrary: fc.nat(POISON).map((n) => n + OTHER) },
);

const history = fc.record({
  /** Messages as lists of events; numbers repeat, so duplicates and conflicts occur inside and across messages. */
  messages: fc.array(fc.array(numbers, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 6 }),
  /** Which of three writers takes each delivery, how many messages it takes at once, and its time for them. */
  deliveries: fc.array(
    fc.record({
      writer: fc.nat(2),
      size: fc.integer({ min: 1, max: 4 }),
      lifeMs: fc.constantFrom(50_000, 50_000, 50_000, 30),
    }),
    { minLength: 1, maxLength: 12 },
  ),
  /** What happens to the next call of whichever writer. */
  faults: fc.infiniteStream(
    fc.oneof(
      { weight: 60, arbitrary: fc.constant(undefined) },
      { weight: 5, arbitrary: fc.constantFrom<Fault>(...FAULTS) },
      { weight: 1, arbitrary: fc.constantFrom<Fault>(...DISASTERS) },
    ),
  ),
  /** How much a warm writer remembers: all of it, or next to nothing. */
  limits: fc.constantFrom(CACHE_LIMITS, CACHE_LIMITS, { lanes: 1, seenIds: 40, countedIds: 3, months: 1 }),
  /** Most writes that the table takes in one transaction: one call alone needs seven. */
  largest: fc.constantFrom(100, 100, 100, 100, 11, 7),
  /** What is read while writes go on. */
  looks: fc.array(fc.constantFrom('hour', 'day', 'month', 'day', 'hour', 'audit'), { maxLength: 2 }),
  seed: fc.nat(),
  scheduler: fc.scheduler(),
});

const hits = new Map<string, number>();
let faultCount = 0;
let runCount = 0;

describe('recording under faults', () => {
  it('counts each event once and keeps rows equal to the fold, whatever is lost, late or repeated', async () => {
    await fc.assert(
      fc.asyncProperty(history, async ({ messages, deliveries, faults, limits, largest, looks, seed, scheduler }) => {
        runCount++;
        const memory = new MemoryTable();
        await new TenantStore(memory, () => 0).create(KOLKATA_TENANT);
        const table = interleaved(memory, scheduler, largest);
        const surroundings = steadySurroundings(START_MS, seed);
        let faulty = true;
        const startWriter = () => {
          const own = new FaultyTable(table, () => (faulty ? faults.next().value : undefined));
          return { table: own, write: createWriter(own, surroundings, 'acme', {}, limits) };
        };
        const messagesOnce = messages.map(toMessage);
        // Every message is also delivered a second time, as SQS may.
        const queue = [...messagesOnce, ...messagesOnce];
        const deliverAll = async () => {
          const writers = [0, 1, 2].map(startWriter);
          for (let round = 0; queue.length > 0; round++) {
            // A fault in every call for ever would be an outage; after some rounds the table answers.
            if (round > 40) faulty = false;
            expect(round, 'a valid message was never settled').toBeLessThan(80);
            const patient = faulty ? deliveries : deliveries.map((delivery) => ({ ...delivery, lifeMs: 50_000 }));
            await deliverRound(queue, patient, writers, startWriter);
          }
          for (const writer of writers) collect(writer.table.hits);
        };
        const [snapshots] = await scheduler.waitFor(Promise.all([lookAt(table, looks), deliverAll()]));
        // What is late may still land.
        await scheduler.waitIdle();
        const entries = await checkLedger(memory, new Set(messages.flat()));
        for (const snapshot of snapshots) checkSnapshot(snapshot, entries);
      }),
      { numRuns: RUNS },
    );
  });

  afterAll(() => {
    console.log(`recording: ${runCount} histories, ${faultCount} faults`, Object.fromEntries([...hits].sort()));
  });

  it('met each fault at each call of the write path', () => {
    const calls: TableCall[] = ['get', 'query', 'put', 'addToSet', 'transact'];
    const missing = calls
      .flatMap((call) => [...FAULTS, ...DISASTERS].map((fault) => `${call} ${fault}`))
      .filter((name) => !hits.get(name));
    expect(missing).toEqual([]);
    expect(faultCount).toBeGreaterThanOrEqual(RUNS);
  });
});

function collect(found: ReadonlyMap<string, number>): void {
  for (const [name, count] of found) {
    hits.set(name, (hits.get(name) ?? 0) + count);
    faultCount += count;
  }
}

/** Lets the scheduler decide which of the waiting calls goes next; refuses transactions that are large or poisoned. */
function interleaved(table: MemoryTable, scheduler: fc.Scheduler, largest: number): Table {
  const waitForTurn = (call: TableCall) => scheduler.schedule(Promise.resolve(), call);
  return interleave(table, waitForTurn, (writes) => {
    const sums = writes.flatMap((write) => (write.type === 'add' ? Object.values(write.add) : []));
    const isPoisoned = sums.some((sum) => sum >= POISON_TOKENS);
    // Only commits of calls are cut by size; what else is written has bounds of its own.
    const isOfCalls = writes.some((write) => write.type === 'put' && write.item.pk.startsWith('C#'));
    if (isPoisoned || (isOfCalls && writes.length > largest)) throw new TableRefusedError('validation');
  });
}

function toMessage(numbers: readonly number[], index: number): UsageMessage {
  return {
    messageId: `message-${index}`,
    body: JSON.stringify(numbers.map(eventOf)),
    senderId: 'someone',
    sentAtMs: START_MS,
    queue: 'import',
    stamp: { tenant: 'acme' },
  };
}

interface Writer {
  readonly table: FaultyTable;
  readonly write: ReturnType<typeof createWriter>;
}

/** Hands out what waits to the writers, all at the same time; what they give back, or leave when they die, waits again. */
async function deliverRound(
  queue: UsageMessage[],
  deliveries: readonly { readonly writer: number; readonly size: number; readonly lifeMs: number }[],
  writers: Writer[],
  startWriter: () => Writer,
): Promise<void> {
  const batches = deliveries.map((delivery) => ({ ...delivery, batch: queue.splice(0, delivery.size) }));
  const work = writers.map(async (first, index) => {
    let writer = first;
    for (const { batch, lifeMs } of batches.filter((own) => own.writer === index && own.batch.length > 0)) {
      const failed = await Promise.race([writer.write(batch, lifeMs), writer.table.death]);
      queue.push(...batch.filter(({ messageId }) => failed === 'died' || failed.includes(messageId)));
      if (failed !== 'died') continue;
      collect(writer.table.hits);
      writer = startWriter();
      writers[index] = writer;
    }
  });
  await Promise.all(work);
}

/** Reads rollups, or audits the whole ledger, one after the other while writers are at work. */
async function lookAt(table: Table, looks: readonly ('hour' | 'day' | 'month' | 'audit')[]): Promise<Snapshot[]> {
  const reader = new DynamoLedgerReader(table, new TenantStore(table, () => 0));
  const snapshots: Snapshot[] = [];
  for (const look of looks) {
    if (look === 'audit') expect(await auditAll(table, KOLKATA_TENANT)).toEqual([]);
    else snapshots.push({ granularity: look, ...(await reader.rollups('acme', { granularity: look, ...JANUARY })) });
  }
  return snapshots;
}
