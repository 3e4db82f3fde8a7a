import { beforeEach, describe, expect, it } from 'vitest';
import { KeptCountStore } from '../../../lib/adapters/dynamodb/counted-items.ts';
import { TableQueueWatches } from '../../../lib/adapters/dynamodb/queue-watch-store.ts';
import { RejectStore } from '../../../lib/adapters/dynamodb/reject-store.ts';
import { TableSourceStates } from '../../../lib/adapters/dynamodb/source-store.ts';
import { MemoryTable } from '../../../lib/adapters/memory/table.ts';
import { createFreshnessReader } from '../../../lib/app/spend/query-completeness.ts';
import { type ApiWorld, createApiWorld, PRICES } from '../../helpers/api-world.ts';
import { interleave } from '../../helpers/interleaved-table.ts';
import { START_MS, TENANT } from '../../helpers/ledger-fixtures.ts';

let world: ApiWorld;
let key: string;
let sent = 0;

beforeEach(async () => {
  world = createApiWorld();
  // Local midnight is 18:30 UTC.
  key = await world.enrol('default', 'admin', { timeZone: 'Asia/Kolkata' });
  await world.ask('POST', '/v1/catalog/overrides', { key, body: PRICES });
});

/** Records a message that a service sent on 2026-01-29T18:30Z, which is the 30th in the tenant's zone. */
async function send(...events: readonly unknown[]): Promise<void> {
  const body = JSON.stringify(events);
  sent += 1;
  const source = { queue: 'import', senderId: 'someone', sentAtMs: START_MS, stamp: {} } as const;
  world.waiting.push({ messageId: `sent-${sent}`, body, ...source });
  await world.drain();
}

const call = (id: string, time: string, fields: Record<string, unknown> = {}) => ({
  ...{ id, time, model: 'm-1', usage: { input_tokens: 1_000 } },
  ...fields,
});

async function reasonsOf(target: string): Promise<Record<string, number>> {
  const { json } = await world.ask('GET', target, { key });
  const stated: { reason: string; count: number }[] = json.incomplete_reasons;
  return Object.fromEntries(stated.map(({ reason, count }) => [reason, count]));
}

const month = (from: string, to: string): Promise<Record<string, number>> =>
  reasonsOf(`/v1/spend?from=${from}&to=${to}`);

describe('rejects in answers', () => {
  it("are those of the days asked for, by the event's own time in the tenant's zone", async () => {
    await send(
      call('x', '2025-12-31T18:29:00Z', { usage: { input_tokens: -1 } }),
      call('y', '2025-12-31T18:30:00Z', { usage: { input_tokens: -1 } }),
    );
    expect(await month('2025-12', '2026-01')).toEqual({ rejects: 1 });
    expect(await month('2026-01-01', '2026-01-02')).toEqual({ rejects: 1 });
    expect(await month('2026-01-02', '2026-01-15')).toEqual({});
    expect(await month('2025-12', '2026-01-20')).toEqual({ rejects: 2 });
  });

  it('are of the day of their arrival where no time can be read, or none that can be meant', async () => {
    await send({ id: 'x', time: 'yesterday' }, 'no event', call('y', '0001-01-01T00:00:00Z'));
    // 2026-01-29T18:30Z is the first moment of the 30th.
    expect(await month('2026-01-29', '2026-01-30')).toEqual({});
    expect(await month('2026-01-30', '2026-01-31')).toEqual({ rejects: 3, period_open: 1 });
  });

  it('are no longer counted on their day once they were accepted', async () => {
    await send(call('x', '2026-01-05T10:00:00Z', { model: 7 }));
    expect(await month('2026-01-01', '2026-01-10')).toEqual({ rejects: 1 });
    const [{ reject_id: id }] = (await world.ask('GET', '/v1/rejects', { key })).json.rejects;
    await world.ask('POST', '/v1/rejects/redrive', { key, body: { ids: [id], set: { model: 'm-1' }, dry_run: false } });
    await world.drain();
    expect(await month('2026-01-01', '2026-01-10')).toEqual({});
    expect((await world.ask('GET', '/v1/status', { key })).json.rejects).toBe(0);
  });

  it('are in every period where they were kept before days were counted', async () => {
    const old = {
      reason: 'wrong_type',
      field: null,
      message: 'm',
      receivedAtMs: 1,
      messageId: 'm',
      index: 0,
      fields: {},
    };
    await new RejectStore(world.table).keep('default', [{ ...old, rejectId: 'm#0' }], 0);
    await send(call('x', '2026-01-05T10:00:00Z', { model: 7 }));
    expect(await month('2025-11', '2025-12')).toEqual({ rejects: 1 });
    expect(await month('2026-01-05', '2026-01-06')).toEqual({ rejects: 2 });
  });
});

describe('conflicts in answers', () => {
  it('are those of the days asked for, by the time of the content that came later', async () => {
    await send(call('a', '2026-01-05T10:00:00Z'));
    await send(call('a', '2026-01-06T10:00:00Z'));
    expect(await month('2026-01-05', '2026-01-06')).toEqual({});
    expect(await month('2026-01-06', '2026-01-07')).toEqual({ conflicts: 1 });
    expect(await reasonsOf('/v1/entries?day=2026-01-06')).toEqual({ conflicts: 1 });
    // The entry itself has its whole price, whatever else was sent.
    expect(await reasonsOf('/v1/entries/a')).toEqual({});
    expect(await reasonsOf('/v1/entries/a/explain')).toEqual({});
  });
});

describe('answers about single entries', () => {
  it('are incomplete where the entry lacks its price, and no longer when it is void', async () => {
    await send(call('a', '2026-01-05T10:00:00Z', { model: 'unheard-of' }));
    for (const target of ['/v1/entries/a', '/v1/entries/a/explain', '/v1/entries?day=2026-01-05']) {
      expect(await reasonsOf(target)).toEqual({ unpriced: 1 });
    }
    const body = { kind: 'void', id: 'a', reason: 'a test' };
    expect((await world.ask('POST', '/v1/corrections', { key, body })).json).toMatchObject({ complete: true });
    expect(await reasonsOf('/v1/entries/a')).toEqual({});
  });
});

describe('the freshness of an answer', () => {
  it('is asked for at once, whatever the period: four small reads of the table, none behind another', async () => {
    const waiting: (() => void)[] = [];
    let [reads, rounds] = [0, 0];
    const table = interleave(new MemoryTable(), async () => {
      reads += 1;
      await new Promise<void>((resolve) => waiting.push(resolve));
    });
    const read = createFreshnessReader({
      queues: world.ports.queues,
      watches: new TableQueueWatches(table),
      kept: new KeptCountStore(table),
      gaps: new TableSourceStates(table),
      now: () => START_MS,
    });
    let isDone = false;
    const reading = read(TENANT, { fromDay: '2016-01-01', toDay: '2026-01-01' }).finally(() => {
      isDone = true;
    });
    while (!isDone) {
      await new Promise((resolve) => setImmediate(resolve));
      if (waiting.length > 0) rounds += 1;
      for (const proceed of waiting.splice(0)) proceed();
    }
    await reading;
    expect([reads, rounds]).toEqual([4, 1]);
  });

  it('says how many calls emitters numbered and the ledger never got, in the days asked for', async () => {
    const asked: unknown[] = [];
    const read = createFreshnessReader({
      queues: world.ports.queues,
      watches: new TableQueueWatches(world.table),
      kept: new KeptCountStore(world.table),
      gaps: {
        countMissing: async (...days) => {
          asked.push(days);
          return 7;
        },
      },
      now: () => START_MS,
    });
    expect(await read(TENANT, { fromDay: '2026-01-01', toDay: '2026-02-01' })).toMatchObject({ missing: 7 });
    expect(asked).toEqual([['acme', '2026-01-01', '2026-02-01']]);
  });
});
