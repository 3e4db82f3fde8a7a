import { describe, expect, it } from 'vitest';
import { DynamoLedger } from '../../../../lib/adapters/dynamodb/ledger/ledger.ts';
import { DynamoLedgerReader } from '../../../../lib/adapters/dynamodb/ledger-reader.ts';
import { TableSpendLog } from '../../../../lib/adapters/dynamodb/spend-log.ts';
import type { CallSpend } from '../../../../lib/app/anomalies/anomaly-ports.ts';
import { leafOf } from '../../../../lib/domain/spend.ts';
import { createAlertWorld, NOON_MS, USD } from '../../../helpers/alert-world.ts';
import { ratedCall, steadySurroundings, TENANT, uuidV7 } from '../../../helpers/ledger-fixtures.ts';

const HOUR_MS = 3_600_000;
const FAR_MS = Number.MAX_SAFE_INTEGER;
const TAGGED = { ...TENANT, tagDimensions: ['stream', 'cell'], trackUsers: true };

const UNPRICED = {
  status: 'unpriced',
  costPicoUsd: null,
  listCostPicoUsd: null,
  price: null,
  unpricedUnits: [],
} as const;

/** Calls of every sort: with and without each field, without a price, free, old, and sent twice. */
function makeCalls() {
  const call = (number: number, timeMs: number, cost: bigint, fields: object) =>
    ratedCall({ id: uuidV7(timeMs, number), timeMs, ...fields }, cost);
  return [
    call(1, NOON_MS, USD, { app: 'bot', team: 'cx', region: 'eu', tags: { stream: 'a' } }),
    call(2, NOON_MS - HOUR_MS, 3n * USD, { app: 'mail', user: 'u-1', tags: { cell: 'z', other: 'o' } }),
    call(3, NOON_MS, 0n, { app: 'free' }),
    { ...call(4, NOON_MS, 0n, { app: 'unpriced' }), rating: UNPRICED },
    call(5, NOON_MS - 30 * HOUR_MS, 9n * USD, { app: 'old' }),
    call(6, NOON_MS, 2n * USD, { service_tier: 'batch', deployment: 'd-1', billing_account: 'b-1', operation: 'chat' }),
  ];
}

describe('the log of what calls cost', () => {
  it('says of each commit what the whole entries say, without those that cost nothing or are long past', async () => {
    const world = createAlertWorld(TAGGED);
    const ledger = new DynamoLedger(world.table, { ...steadySurroundings(NOON_MS), now: world.clock });
    const calls = makeCalls();
    await ledger.append(TAGGED, calls.slice(0, 3), FAR_MS);
    await ledger.append(TAGGED, [...calls.slice(2), ...calls.slice(0, 1)], FAR_MS);
    const log = new TableSpendLog(world.table);
    const head = await log.head('acme', 0);
    expect(await log.committedAtMs('acme', head)).toBe(world.clock());
    expect(await log.committedAtMs('acme', head + 1)).toBeUndefined();
    const read: CallSpend[] = [];
    for await (const commit of log.spends(TAGGED, 0, head, NOON_MS - 24 * HOUR_MS)) read.push(...commit.calls);
    const reader = new DynamoLedgerReader(world.table, world.start().tenants);
    const entries = (
      await Promise.all(Array.from({ length: head }, (_, index) => reader.entriesOfCommit('acme', index + 1)))
    ).flat();
    const expected = entries
      .filter(({ rating, event }) => (rating.costPicoUsd ?? 0n) > 0n && event.timeMs >= NOON_MS - 24 * HOUR_MS)
      .map(({ event, rating }) => ({
        id: event.id,
        timeMs: event.timeMs,
        leaf: leafOf(TAGGED, event, rating),
        costPicoUsd: rating.costPicoUsd,
      }));
    expect(expected).toHaveLength(3);
    expect(read).toEqual(expected);
  });

  it('holds a call once that two writers bring at the same time, as the totals do', async () => {
    const world = createAlertWorld(TAGGED);
    const writers = [1, 2, 3].map((seed) => {
      const surroundings = { ...steadySurroundings(NOON_MS), now: world.clock, random: () => seed / 10 };
      return new DynamoLedger(world.table, surroundings);
    });
    // Ids without a time are claimed, so who loses the race finds out only then and keeps the segment it has put.
    const call = (name: string) => ratedCall({ id: `call-${name}`, timeMs: NOON_MS, app: name }, USD);
    const groups = writers.map((_, index) => [call('shared'), call(`own-${index}`)]);
    await Promise.all(writers.map((writer, index) => writer.append(TAGGED, groups[index] ?? [], FAR_MS)));
    const log = new TableSpendLog(world.table);
    const read: string[] = [];
    for await (const commit of log.spends(TAGGED, 0, await log.head('acme', 0), 0))
      read.push(...commit.calls.map(({ id }) => id));
    expect(read.sort()).toEqual(['call-own-0', 'call-own-1', 'call-own-2', 'call-shared']);
  });

  it('holds a call of the very hour from which calls are asked for', async () => {
    const world = createAlertWorld(TAGGED);
    const ledger = new DynamoLedger(world.table, { ...steadySurroundings(NOON_MS), now: world.clock });
    const sinceMs = NOON_MS - 24 * HOUR_MS;
    for (const [number, timeMs] of [sinceMs - 1, sinceMs, sinceMs + 60_000].entries())
      await ledger.append(TAGGED, [ratedCall({ id: uuidV7(timeMs, number), timeMs }, USD)], FAR_MS);
    const log = new TableSpendLog(world.table);
    const read: number[] = [];
    for await (const commit of log.spends(TAGGED, 0, 3, sinceMs))
      read.push(...commit.calls.map(({ timeMs }) => timeMs));
    expect(read).toEqual([sinceMs, sinceMs + 60_000]);
  });
});
