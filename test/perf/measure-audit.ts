import { setTimeout as sleep } from 'node:timers/promises';
import { CommitLog } from '../../lib/adapters/dynamodb/ledger/commit-log.ts';
import { recordedEntries } from '../../lib/adapters/dynamodb/ledger/entry-reader.ts';
import { DynamoLedger } from '../../lib/adapters/dynamodb/ledger/ledger.ts';
import { DynamoRebuilder } from '../../lib/adapters/dynamodb/ledger/rebuild.ts';
import { DynamoLedgerReader } from '../../lib/adapters/dynamodb/ledger-reader.ts';
import type { Table } from '../../lib/adapters/dynamodb/table.ts';
import { TenantStore } from '../../lib/adapters/dynamodb/tenant-store.ts';
import type { RebuildDifference } from '../../lib/app/audits/rebuild-ports.ts';
import type { TenantConfig } from '../../lib/app/ports.ts';
import { rateAndConceal } from '../../lib/app/recording/rate-and-conceal.ts';
import { bundledCatalog } from '../../lib/catalog/catalog.ts';
import { keys } from '../../lib/contracts/table-keys.ts';
import { parseUsageEvent } from '../../lib/domain/events/parse-usage-event.ts';
import { createPriceBook } from '../../lib/domain/prices/price-book.ts';
import type { RatedCall } from '../../lib/domain/rating/rated-call.ts';
import { startEngineTable } from '../helpers/engine-table.ts';
import { type BenchEventOptions, events } from './bench-events.ts';
import { type BenchOptions, type BenchResult, type BenchTable, formatWhole, type Measurement } from './report.ts';
import { benchTenant } from './write-units.ts';

const LEAVES = 80;
const DAYS = 31;
const EVENTS = { timed: 1_000_000, untimed: 50_000 };
const QUICK_EVENTS = { timed: 200_000, untimed: 10_000 };
/** A day's events come at this rate, so that about a thousand share a minute. */
const RATE_PER_SECOND = 17;
const GROUP = 2_000;

const SURROUNDINGS = { now: Date.now, sleep: (milliseconds: number) => sleep(milliseconds), random: Math.random };

interface AuditFigure {
  readonly what: string;
  readonly entries: number;
  readonly seconds: number;
  readonly note: string;
}

/** How fast a ledger is checked against itself, and how long its totals take to be put back. */
export const audit: Measurement = { name: 'audit', measure: measureAudit };

async function measureAudit({ quick, progress }: BenchOptions): Promise<BenchResult> {
  const engine = await startEngineTable();
  const figures: AuditFigure[] = [];
  try {
    const sizes = quick ? QUICK_EVENTS : EVENTS;
    for (const timed of [true, false]) {
      const count = timed ? sizes.timed : sizes.untimed;
      const tenant = benchTenant(`audit-${timed}`);
      await new TenantStore(engine.table, Date.now).create(tenant);
      progress(`audit: recording ${formatWhole(count)} events with ${timed ? 'timed' : 'untimed'} ids`);
      await load(engine.table, tenant, count, timed);
      progress(`audit: reading, auditing and rebuilding them`);
      figures.push(...(await measureTenant(engine.table, tenant, count, timed ? 'timed' : 'untimed')));
    }
  } finally {
    await engine.stop();
  }
  return { tables: [describe(figures)], bars: [] };
}

/** Records events of 31 days, the same number on each, in groups of a full segment. */
async function load(table: Table, tenant: TenantConfig, count: number, timed: boolean): Promise<void> {
  const ledger = new DynamoLedger(table, SURROUNDINGS);
  const startMs = Date.UTC(2026, 9, 1, 6, 0);
  for (let day = 0, done = 0; day < DAYS; day++) {
    const size = Math.round(((day + 1) * count) / DAYS) - done;
    const options = { leaves: LEAVES, timed, startMs: startMs + day * 86_400_000, ratePerSecond: RATE_PER_SECOND };
    const calls = callsWithoutSession(tenant, size, { ...options, firstNumber: done });
    for (let at = 0; at < size; at += GROUP) {
      const outcomes = await ledger.append(tenant, calls.slice(at, at + GROUP), Date.now() + 600_000);
      if (outcomes.some((outcome) => outcome !== 'recorded')) throw new Error('a bench call was not recorded');
    }
    done += size;
  }
}

/** Bench events without their session, so that the audit can take the hash of their content again. */
function callsWithoutSession(tenant: TenantConfig, count: number, options: BenchEventOptions): RatedCall[] {
  const book = createPriceBook({ catalog: bundledCatalog() });
  return [...events(count, options)].map(({ session: _session, ...event }) => {
    const parsed = parseUsageEvent(event);
    if (!('event' in parsed)) throw new Error(`bench event refused: ${parsed.message}`);
    return rateAndConceal(tenant, book, parsed.event);
  });
}

async function measureTenant(table: Table, tenant: TenantConfig, count: number, ids: string): Promise<AuditFigure[]> {
  const figures: AuditFigure[] = [];
  const note = async (what: string, measure: () => Promise<string>): Promise<void> => {
    const started = performance.now();
    const said = await measure();
    figures.push({
      what: `${what}, ${ids} ids`,
      entries: count,
      seconds: (performance.now() - started) / 1000,
      note: said,
    });
  };
  await note('read every entry', async () => {
    const entries = await readAll(table, tenant);
    if (entries !== count) throw new Error(`${entries} entries were read, but ${count} recorded`);
    return 'the baseline: commits and segments read and decoded, one after another';
  });
  await note('audit', async () => {
    const { parts, rollups } = await auditAll(table, tenant, count);
    return `${parts} requests, ${formatWhole(rollups)} totals`;
  });
  await note('rebuild of a sound ledger', async () => `${(await rebuildAll(table, tenant)).length} differences`);
  const lost = await loseTotals(table, tenant);
  await note('rebuild without any totals', async () => {
    const differences = await rebuildAll(table, tenant);
    if (differences.length !== lost || differences.some(({ isRepaired }) => !isRepaired)) {
      throw new Error(`${lost} rows were lost, ${differences.length} differences found`);
    }
    return `${formatWhole(lost)} rows put back`;
  });
  await auditAll(table, tenant, count);
  return figures;
}

async function readAll(table: Table, tenant: TenantConfig): Promise<number> {
  const log = new CommitLog(table, tenant.tenant);
  let entries = 0;
  for await (const commit of log.read(0)) entries += (await recordedEntries(log, commit)).length;
  return entries;
}

async function auditAll(table: Table, tenant: TenantConfig, count: number) {
  const reader = new DynamoLedgerReader(table, new TenantStore(table, Date.now));
  let [parts, entries, rollups] = [0, 0, 0];
  let next: string | undefined;
  do {
    const part = await reader.audit(tenant.tenant, next);
    if (part.differences.length > 0) throw new Error(`the audit found ${JSON.stringify(part.differences[0])}`);
    parts += 1;
    entries += part.entries;
    rollups += part.rollups;
    next = part.next;
  } while (next);
  if (entries !== count) throw new Error(`${entries} entries were audited, but ${count} recorded`);
  return { parts, rollups };
}

async function rebuildAll(table: Table, tenant: TenantConfig): Promise<RebuildDifference[]> {
  const rebuilder = new DynamoRebuilder(table, new TenantStore(table, Date.now), SURROUNDINGS);
  const differences: RebuildDifference[] = [];
  let cursor: string | undefined;
  do {
    const request = { announce: async () => {}, ...(cursor === undefined ? {} : { cursor }) };
    const part = await rebuilder.rebuild(tenant.tenant, request);
    differences.push(...part.differences);
    cursor = part.next;
  } while (cursor !== undefined);
  return differences;
}

/** Deletes every hour, day and month row. @returns how many there were */
async function loseTotals(table: Table, { tenant }: TenantConfig): Promise<number> {
  const partitions = [keys.dayRows(tenant, '2026-10'), keys.monthRows(tenant, '2026-10')];
  for (let day = 1; day <= DAYS; day++)
    partitions.push(keys.hourRows(tenant, `2026-10-${String(day).padStart(2, '0')}`));
  let rows = 0;
  for (const pk of partitions) {
    const items = await table.query({ pk });
    await Promise.all(items.map(({ sk }) => table.delete({ pk, sk })));
    rows += items.length;
  }
  return rows;
}

function describe(figures: readonly AuditFigure[]): BenchTable {
  return {
    title: 'Audit and rebuild',
    columns: ['what', 'entries', 'seconds', 'entries/s', 'note'],
    rows: figures.map(({ what, entries, seconds, note }) => [
      what,
      formatWhole(entries),
      seconds.toFixed(1),
      formatWhole(entries / seconds),
      note,
    ]),
    note:
      `${LEAVES} leaves, ${DAYS} days, commits of up to ${formatWhole(GROUP)} entries, one process beside an embedded engine of its own. ` +
      'An audit decodes every entry, hashes its content and its id, sums it, compares its page or claim, and compares every total. ' +
      'The last two of each kind also write.',
  };
}
