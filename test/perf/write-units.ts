import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoLedger } from '../../lib/adapters/dynamodb/ledger/ledger.ts';
import type { Table, TransactWrite } from '../../lib/adapters/dynamodb/table.ts';
import type { TenantConfig } from '../../lib/app/ports.ts';
import { rateAndConceal } from '../../lib/app/recording/rate-and-conceal.ts';
import { bundledCatalog } from '../../lib/catalog/catalog.ts';
import { parseUsageEvent } from '../../lib/domain/events/parse-usage-event.ts';
import { createPriceBook } from '../../lib/domain/prices/price-book.ts';
import type { RatedCall } from '../../lib/domain/rating/rated-call.ts';
import { addCall, leafOf, type Sums } from '../../lib/domain/spend.ts';
import { events } from './bench-events.ts';
import { noteWrites, type RawWrite, repeatWrites } from './raw-writes.ts';

/** One figure of the write path: capacity units come from what the engine returned, time from this machine. */
export interface WriteFigure {
  readonly leaves: number;
  readonly ids: 'timed' | 'untimed';
  readonly group: number;
  readonly events: number;
  readonly writeUnitsPerEvent: number;
  readonly readUnitsPerEvent: number;
  readonly eventsPerSecond: number;
  /** The same writes with nothing around them; see {@link repeatWrites}. Absent for the baseline, which is nothing else. */
  readonly rawEventsPerSecond?: number;
}

/** Units counted since they were last taken. */
export interface Meter {
  take(): { readonly read: number; readonly write: number };
}

/** A UTC tenant for measurements. */
export const benchTenant = (tenant: string): TenantConfig => ({
  tenant,
  timeZone: 'UTC',
  tagDimensions: [],
  trackUsers: false,
  pseudonymKey: Buffer.alloc(32, 9).toString('base64'),
  createdAtMs: 0,
});

/** Bench events as the ledger takes them: parsed, priced by the bundled catalog, concealed. */
export function benchCalls(tenant: TenantConfig, count: number, options: Parameters<typeof events>[1]): RatedCall[] {
  const book = createPriceBook({ catalog: bundledCatalog() });
  return [...events(count, options)].map((event) => {
    const parsed = parseUsageEvent(event);
    if (!('event' in parsed)) throw new Error(`bench event refused: ${parsed.message}`);
    return rateAndConceal(tenant, book, parsed.event);
  });
}

/**
 * Appends groups of one size with one warm writer and reports units and rate.
 * @throws Error when a call is not recorded
 */
export async function measureGroups(
  table: Table,
  meter: Meter,
  options: { leaves: number; timed: boolean; group: number; groups: number },
): Promise<WriteFigure> {
  const { leaves, timed, group, groups } = options;
  const tenant = benchTenant(`bench-${leaves}-${timed}-${group}`);
  const startMs = Date.UTC(2026, 10, 20, 10, 0);
  const warmUp = leaves;
  const calls = benchCalls(tenant, warmUp + group * groups, { leaves, timed, startMs, ratePerSecond: 2_000 });
  const notes: RawWrite[] = [];
  const ledger = new DynamoLedger(noteWrites(table, notes), {
    now: Date.now,
    sleep: (ms) => sleep(ms),
    random: Math.random,
  });
  const deadlineMs = Date.now() + 600_000;
  // The leaves are known before the count begins, as they are on all but the first calls of a month.
  await ledger.append(tenant, calls.slice(0, warmUp), deadlineMs);
  meter.take();
  notes.length = 0;
  const started = performance.now();
  for (let at = warmUp; at < calls.length; at += group) {
    const outcomes = await ledger.append(tenant, calls.slice(at, at + group), deadlineMs);
    if (outcomes.some((outcome) => outcome !== 'recorded')) throw new Error('a bench call was not recorded');
  }
  const seconds = (performance.now() - started) / 1000;
  const { read, write } = meter.take();
  const count = group * groups;
  const rawSeconds = await repeatWrites(table, notes);
  return {
    leaves,
    ids: timed ? 'timed' : 'untimed',
    group,
    events: count,
    writeUnitsPerEvent: write / count,
    readUnitsPerEvent: read / count,
    eventsPerSecond: count / seconds,
    rawEventsPerSecond: count / rawSeconds,
  };
}

/** The usual design, in the same run: one transaction per event that puts the entry and sums its hour and day row. */
export async function measureBaseline(table: Table, meter: Meter, count: number): Promise<WriteFigure> {
  const tenant = benchTenant('baseline');
  const startMs = Date.UTC(2026, 10, 20, 10, 0);
  const calls = benchCalls(tenant, count, { leaves: 20, timed: true, startMs, ratePerSecond: 2_000 });
  meter.take();
  const started = performance.now();
  for (const call of calls) await table.transact(baselineWrites(tenant, call));
  const seconds = (performance.now() - started) / 1000;
  const { read, write } = meter.take();
  return {
    leaves: 20,
    ids: 'timed',
    group: 1,
    events: count,
    writeUnitsPerEvent: write / count,
    readUnitsPerEvent: read / count,
    eventsPerSecond: count / seconds,
  };
}

function baselineWrites(tenant: TenantConfig, call: RatedCall): TransactWrite[] {
  const leaf = JSON.stringify(leafOf(tenant, call.event, call.rating));
  const sums: Sums = new Map();
  addCall(sums, call);
  const add = Object.fromEntries([...sums].map(([name, sum]) => [name.replace(':', '_'), sum]));
  const time = new Date(call.event.timeMs).toISOString();
  return [
    {
      type: 'put',
      item: {
        pk: `BASE#${call.event.id}`,
        sk: '-',
        event: JSON.stringify(call.event),
        cost: call.rating.costPicoUsd ?? 0n,
      },
      condition: { absent: true },
    },
    { type: 'add', key: { pk: `BASEHOUR#${time.slice(0, 13)}`, sk: leaf }, set: {}, add },
    { type: 'add', key: { pk: `BASEDAY#${time.slice(0, 10)}`, sk: leaf }, set: {}, add },
  ];
}
