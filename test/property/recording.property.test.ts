import { hash } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { DynamoLedgerReader } from '../../lib/adapters/dynamodb/ledger-reader.ts';
import { TenantStore } from '../../lib/adapters/dynamodb/tenant-store.ts';
import { MemoryTable } from '../../lib/adapters/memory/table.ts';
import type { TenantConfig } from '../../lib/app/ports.ts';
import type { UsageMessage } from '../../lib/app/record-usage.ts';
import { FAULTS, type Fault, FaultyTable, type TableCall } from '../helpers/faulty-table.ts';
import { START_MS, steadySurroundings, uuidV7 } from '../helpers/ledger-fixtures.ts';
import { auditAll, createWriter } from '../helpers/recording-world.ts';

const RUNS = 2_000;

/** A zone without daylight saving, so that the test can compute its local days with one addition. */
const TENANT: TenantConfig = {
  tenant: 'acme',
  timeZone: 'Asia/Kolkata',
  tagDimensions: [],
  trackUsers: false,
  pseudonymKey: Buffer.alloc(32, 1).toString('base64'),
  createdAtMs: 0,
};
const KOLKATA_OFFSET_MS = 5.5 * 3_600_000;

/** One event a number stands for: content and id follow from it, so the same number is the same event. */
const eventOf = (n: number) => {
  const timeMs = START_MS - n * 40_000_000 * (n % 3) - n * 1000;
  const id = n % 2 === 0 ? uuidV7(timeMs, n) : `call-${n}`;
  const usage = { input_tokens: 100 + n, output_tokens: n };
  // Text that does not compress: groups with some of these outgrow the commit, and their segment is put apart.
  const noise =
    n > 11 ? { tags: { noise: hash('sha512', String(n), 'hex'), more: hash('sha512', `${n}+`, 'hex') } } : {};
  return { id, time: new Date(timeMs).toISOString(), model: 'm-1', app: `app-${n % 4}`, usage, ...noise };
};

// (100 + n) x $1/M + n x $2/M = (100 + 3 n) x 1e6 picoUSD
const costOf = (n: number): bigint => BigInt(100 + 3 * n) * 1_000_000n;

const history = fc.record({
  /** Messages as lists of events; numbers repeat, so duplicates occur inside and across messages. */
  messages: fc.array(fc.array(fc.nat(23), { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 8 }),
  /** Which of three warm writers takes each delivery, and how many messages it takes at once. */
  deliveries: fc.array(fc.record({ writer: fc.nat(2), size: fc.integer({ min: 1, max: 4 }) }), {
    minLength: 1,
    maxLength: 12,
  }),
  /** What happens to the next call of whichever writer. */
  faults: fc.infiniteStream(
    fc.oneof(
      { weight: 6, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.constantFrom<Fault>(...FAULTS) },
    ),
  ),
  seed: fc.nat(),
  scheduler: fc.scheduler(),
});

const hits = new Map<string, number>();
let faultCount = 0;
let runCount = 0;

describe('recording under faults', () => {
  it('counts each event once and keeps rows equal to the fold, whatever is lost, late or repeated', async () => {
    await fc.assert(
      fc.asyncProperty(history, async ({ messages, deliveries, faults, seed, scheduler }) => {
        runCount++;
        const memory = new MemoryTable();
        await new TenantStore(memory, () => 0).create(TENANT);
        const surroundings = steadySurroundings(START_MS, seed);
        let faulty = true;
        const tables = [0, 1, 2].map(() => {
          const scheduled = interleaved(memory, scheduler);
          return new FaultyTable(scheduled, () => (faulty ? faults.next().value : undefined));
        });
        const writers = tables.map((table) => createWriter(table, surroundings, 'acme'));
        const waiting = messages.map((numbers, index) => toMessage(numbers, index));
        // Every message is also delivered a second time, as SQS may.
        const queue = [...waiting, ...waiting];
        const work = (async () => {
          for (let round = 0; queue.length > 0; round++) {
            // A fault in every call for ever would be an outage; after some rounds the table answers.
            if (round > 40) faulty = false;
            expect(round, 'a valid message was never settled').toBeLessThan(80);
            await deliverRound(queue, deliveries, writers);
          }
        })();
        await scheduler.waitFor(work);
        for (const table of tables) collect(table.hits);
        await checkLedger(memory, new Set(messages.flat()));
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
      .flatMap((call) => FAULTS.map((fault) => `${call} ${fault}`))
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

/** Lets the scheduler decide which of the waiting calls goes next. */
function interleaved(table: MemoryTable, scheduler: fc.Scheduler): MemoryTable {
  return new Proxy(table, {
    get(target, name) {
      const member = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]) => {
        await scheduler.schedule(Promise.resolve(), String(name));
        return member.apply(target, args);
      };
    },
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

type Writer = ReturnType<typeof createWriter>;

/** Hands out what waits to the writers, all at the same time; what they give back waits again. */
async function deliverRound(
  queue: UsageMessage[],
  deliveries: readonly { readonly writer: number; readonly size: number }[],
  writers: readonly Writer[],
): Promise<void> {
  const batches = deliveries.map(({ writer, size }) => ({ writer, batch: queue.splice(0, size) }));
  await Promise.all(
    [0, 1, 2].map(async (writer) => {
      for (const { batch } of batches.filter((delivery) => delivery.writer === writer && delivery.batch.length > 0)) {
        const failed = new Set(await writers[writer]?.(batch));
        queue.push(...batch.filter(({ messageId }) => failed.has(messageId)));
      }
    }),
  );
}

async function checkLedger(table: MemoryTable, numbers: ReadonlySet<number>): Promise<void> {
  expect(await auditAll(table, TENANT)).toEqual([]);
  const reader = new DynamoLedgerReader(table, new TenantStore(table, () => 0));
  const all = { granularity: 'day', fromDay: '2023-01-01', toDay: '2026-12-31' } as const;
  const found = new Map<string, bigint>();
  for (const { period, leaf, measures } of (await reader.rollups('acme', all)).rows) {
    found.set(`${period} ${leaf[0]} calls`, measures.calls ?? 0n);
    found.set(`${period} ${leaf[0]} cost`, measures.cost ?? 0n);
  }
  const expected = new Map<string, bigint>();
  const add = (key: string, amount: bigint) => expected.set(key, (expected.get(key) ?? 0n) + amount);
  for (const n of numbers) {
    const { time, app } = eventOf(n);
    const day = new Date(Date.parse(time) + KOLKATA_OFFSET_MS).toISOString().slice(0, 10);
    add(`${day} ${app} calls`, 1n);
    add(`${day} ${app} cost`, costOf(n));
  }
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
  const lookups = await reader.findEntries(
    'acme',
    [...numbers].map((n) => eventOf(n).id),
  );
  expect(lookups.filter(({ status }) => status !== 'recorded')).toEqual([]);
  const rejects = [...table.items()].filter(({ pk }) => pk.startsWith('REJECT') || pk.startsWith('CONFLICT'));
  expect(rejects).toEqual([]);
}
