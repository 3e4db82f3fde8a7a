import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeptCountStore } from '../../lib/adapters/dynamodb/counted-items.ts';
import { DynamoLedgerReader } from '../../lib/adapters/dynamodb/ledger-reader.ts';
import { TableQueueWatches } from '../../lib/adapters/dynamodb/queue-watch-store.ts';
import type { Table } from '../../lib/adapters/dynamodb/table.ts';
import { TenantStore } from '../../lib/adapters/dynamodb/tenant-store.ts';
import { MemoryTable } from '../../lib/adapters/memory/table.ts';
import type { UsageMessage } from '../../lib/app/recording/record-usage.ts';
import { createFreshnessReader } from '../../lib/app/spend/query-completeness.ts';
import { querySpend } from '../../lib/app/spend/query-spend.ts';
import { watchQueues } from '../../lib/app/watch-queues.ts';
import { addSighting, NOTHING_SEEN, type QueuePromises, type QueueWatch } from '../../lib/domain/queue-watch.ts';
import { interleave } from '../helpers/interleaved-table.ts';
import { START_MS, steadySurroundings, TENANT } from '../helpers/ledger-fixtures.ts';
import { createWriter } from '../helpers/recording-world.ts';
import { Random } from '../simulation/engine/random.ts';
import { type Delivery, QueueModel } from '../simulation/models/queue-model.ts';

const SECOND_MS = 1_000;

/** Queues with times a tenth of the real ones, so that a history of an hour holds many of everything. */
const PROMISES: QueuePromises = { countLagMs: 6_000, visibilityMs: 36_000, maxReceives: 4 };

const weather = fc.record({
  seed: fc.nat(),
  countLagMs: fc.constantFrom(0, PROMISES.countLagMs),
  /** One message comes in so many seconds on average. */
  secondsPerMessage: fc.constantFrom(2, 10, 40),
  /** One delivery of so many is never answered: its message comes back when its time in flight is over. */
  deliveriesPerLoss: fc.constantFrom(2, 3, 20),
  /** Whether counts say whatever hides most, or anything that they may. */
  isSpiteful: fc.boolean(),
});

describe('the watch over the queues', () => {
  it('never takes a message for gone that waits or is in flight, however late each count is and whatever fails', () => {
    let claims = 0;
    fc.assert(
      fc.property(weather, (setting) => {
        const promises = { ...PROMISES, countLagMs: setting.countLagMs };
        const history = createHistory(setting);
        let watch: QueueWatch = NOTHING_SEEN;
        for (let second = 0; second < 1_800; second++) {
          history.live();
          if (second % 6 > 0) continue;
          const next = addSighting(watch, history.look(), promises);
          const clearedMs = next.clearedMs ?? Number.NEGATIVE_INFINITY;
          expect(clearedMs).toBeGreaterThanOrEqual(watch.clearedMs ?? Number.NEGATIVE_INFINITY);
          watch = next;
          expect(history.queue.waiting.filter(({ sentAtMs }) => sentAtMs < clearedMs)).toEqual([]);
          claims += watch.clearedMs === null ? 0 : 1;
        }
      }),
      { numRuns: 150 },
    );
    // A watch that never says anything would be right as well.
    expect(claims).toBeGreaterThan(1_000);
  });

  it('gets on although there is always a message in flight', () => {
    const promises = { ...PROMISES, countLagMs: 0 };
    let watch: QueueWatch = NOTHING_SEEN;
    for (let second = 0; second < 3_600; second += 6) {
      watch = addSighting(watch, { atMs: second * SECOND_MS, waiting: 0, inFlight: 1 }, promises);
    }
    // Moments that count are 42 s apart, the first multiple of 6 over 36; the sixth last of them is the bound: with the
    // last at 3,570 s (85 x 42) that is 3,570 - 5 x 42 = 3,360 s.
    expect(watch.clearedMs).toBe(3_360 * SECOND_MS);
  });
});

/** A queue with senders and consumers, second by second, and its counts as they were. */
function createHistory(setting: typeof weather extends fc.Arbitrary<infer Setting> ? Setting : never) {
  const random = new Random(setting.seed);
  let nowMs = 0;
  const now = () => nowMs;
  const dead = new QueueModel({ name: 'dead', now, random, visibilityMs: 1, maxReceiveCount: 1 });
  const { visibilityMs, maxReceives: maxReceiveCount } = PROMISES;
  const queue = new QueueModel({ name: 'usage', now, random, visibilityMs, maxReceiveCount, deadLetters: dead });
  const inWork: { readonly delivery: Delivery; readonly doneMs: number }[] = [];
  const counts: { readonly waiting: number; readonly inFlight: number }[] = [];
  const live = (): void => {
    nowMs += SECOND_MS;
    const delay = random.oneIn(8) ? { delayMs: random.below(20_000) } : {};
    if (random.oneIn(setting.secondsPerMessage)) queue.send({ body: '{}', senderId: 's', attributes: {}, ...delay });
    if (random.oneIn(2)) {
      for (const delivery of queue.receive(10)) {
        if (random.oneIn(setting.deliveriesPerLoss)) continue;
        inWork.push({ delivery, doneMs: nowMs + random.below(visibilityMs) });
      }
    }
    for (const work of inWork.splice(0)) {
      if (work.doneMs > nowMs) inWork.push(work);
      else queue.delete(work.delivery.receipt);
    }
    counts.push({ waiting: queue.depth.visible, inFlight: queue.depth.inFlight });
  };
  const look = () => {
    const possible = counts.slice(-1 - setting.countLagMs / SECOND_MS);
    const choose = (values: readonly number[]): number =>
      setting.isSpiteful ? Math.min(...values) : (values[random.below(values.length)] ?? 0);
    return {
      atMs: nowMs,
      waiting: choose(possible.map(({ waiting }) => waiting)),
      inFlight: choose(possible.map(({ inFlight }) => inFlight)),
    };
  };
  return { queue, live, look };
}

/** What each of the actors does, one deed after the other; all of them are at work at the same time. */
const plans = fc.tuple(
  fc.array(fc.constantFrom('send', 'rest'), { minLength: 2, maxLength: 8 }),
  fc.array(fc.constantFrom('consume', 'consume', 'consume', 'consume in vain'), { minLength: 4, maxLength: 8 }),
  fc.array(fc.constantFrom('sweep', 'rest'), { maxLength: 12 }),
  fc.array(fc.constantFrom('ask', 'ask', 'rest'), { minLength: 4, maxLength: 12 }),
  fc.array(fc.constantFrom('ask another', 'rest', 'rest', 'rest'), { maxLength: 12 }),
);

describe('as_of', () => {
  it('never claims a message that is not in the answer, whatever goes on while it is read', async () => {
    let [asked, claimed] = [0, 0];
    await fc.assert(
      fc.asyncProperty(plans, fc.nat(), fc.scheduler(), async (actors, seed, scheduler) => {
        const world = createWorld(seed, scheduler);
        const perform = async (plan: readonly string[]): Promise<void> => {
          for (const deed of plan) {
            await scheduler.schedule(Promise.resolve(), deed);
            world.pass();
            const answer = await world.act(deed);
            if (!answer) continue;
            const owed = world.queue.accepted.filter(({ sentAtMs }) => sentAtMs < answer.asOfMs);
            const missing = owed.filter(({ messageId }) => !answer.found.has(messageId) && !world.isDead(messageId));
            expect(missing).toEqual([]);
            asked += 1;
            claimed += owed.length;
          }
        };
        await scheduler.waitFor(Promise.all(actors.map(perform)));
      }),
      { numRuns: 300 },
    );
    // A reader that claims nothing would be right as well.
    expect([asked > 500, claimed > 500]).toEqual([true, true]);
  });
});

/** A ledger with its queue, a consumer, a sweep and two warm readers; every call of the table waits for its turn. */
function createWorld(seed: number, scheduler: fc.Scheduler) {
  const memory = new MemoryTable();
  const table: Table = interleave(memory, (call) => scheduler.schedule(Promise.resolve(), call));
  const tenants = new TenantStore(memory, () => 0);
  const created = tenants.create(TENANT);
  let nowMs = START_MS;
  const now = () => nowMs;
  const random = new Random(seed);
  const dead = new QueueModel({ name: 'dead', now, random, visibilityMs: 1, maxReceiveCount: 1 });
  const rules = { visibilityMs: 5_000, maxReceiveCount: 2, deadLetters: dead };
  const queue = new QueueModel({ name: 'usage', now, random, ...rules });
  const write = createWriter(table, { ...steadySurroundings(START_MS, seed), now }, TENANT.tenant);
  const watches = new TableQueueWatches(table);
  const startReader = () => {
    const readFreshness = createFreshnessReader({
      queues: {
        send: async () => {},
        depth: async () => ({ usage: queue.depth.visible + queue.depth.inFlight, import: 0 }),
        deadLetters: async () => dead.waiting.length,
      },
      watches,
      kept: new KeptCountStore(table),
      gaps: { countMissing: async () => 0 },
      now,
    });
    const ports = { reader: new DynamoLedgerReader(table, tenants), readFreshness, now };
    return async () => {
      const request = { granularity: 'day', groupBy: ['app'], filters: [] } as const;
      const answer = await querySpend(ports, { ...TENANT, createdAtMs: START_MS - 1 }, request, { limit: 1_000 });
      if (answer.status === 'unchanged') throw new Error('no tag was sent');
      return { asOfMs: answer.asOfMs, found: new Set(answer.rows.map(({ values }) => values[0])) };
    };
  };
  const readers = [startReader(), startReader()] as const;
  const consume = async (isInVain: boolean): Promise<void> => {
    const deliveries = queue.receive(3, true);
    const failed = await write(deliveries.map(toUsageMessage));
    if (isInVain) return;
    for (const { message, receipt } of deliveries) if (!failed.includes(message.messageId)) queue.delete(receipt);
  };
  return {
    queue,
    pass: () => {
      nowMs += random.below(300);
    },
    isDead: (messageId: string) => dead.waiting.some((message) => message.messageId === messageId),
    async act(deed: string) {
      await created;
      if (deed === 'ask') return readers[0]();
      if (deed === 'ask another') return readers[1]();
      if (deed === 'send') queue.send({ body: '', senderId: 's', attributes: {} });
      else if (deed === 'sweep') {
        const countMessages = async () => ({ waiting: queue.depth.visible, inFlight: queue.depth.inFlight });
        await watchQueues({ counts: { countMessages }, watches, now });
      } else await consume(deed === 'consume in vain');
      return undefined;
    },
  };
}

/** One event whose app names its message, so that an answer by app tells which messages are in it. */
function toUsageMessage({ message: { messageId, sentAtMs } }: Delivery): UsageMessage {
  const event = { id: messageId, time: new Date(START_MS).toISOString(), model: 'm-1', usage: { input_tokens: 1 } };
  return {
    messageId,
    body: JSON.stringify({ ...event, app: messageId }),
    senderId: 's',
    sentAtMs,
    queue: 'usage',
    stamp: {},
  };
}
