import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoLedgerReader } from '../../lib/adapters/dynamodb/ledger-reader.ts';
import { TenantStore } from '../../lib/adapters/dynamodb/tenant-store.ts';
import { DIMENSIONS } from '../../lib/contracts/dimensions.ts';
import { events } from './bench-events.ts';
import { type BenchHost, startBenchHost } from './bench-host.ts';
import { type BenchOptions, type BenchResult, formatMs, formatWhole, type Measurement } from './report.ts';
import { packMessages, sendMessages } from './send-messages.ts';
import { findQuantile } from './statistics.ts';

const CROSSINGS = 200;
const QUICK_CROSSINGS = 20;
const LOAD_EVENTS = 500;
const LOAD_PAUSE_MS = 500;
const LOAD_LEAVES = 20;
const APP = DIMENSIONS.indexOf('app');

/** How long a crossed budget takes to reach a subscriber while other usage pours in. Gates nothing. */
export const alerts: Measurement = { name: 'alerts', measure: measureAlerts };

async function measureAlerts({ quick, progress }: BenchOptions): Promise<BenchResult> {
  const arrivals = new Map<string, number[]>();
  const bench = await startBenchHost({
    batchingWindowMs: 0,
    onAlert: ({ attributes }) => {
      const name = attributes['budget'] ?? '';
      arrivals.set(name, [...(arrivals.get(name) ?? []), Date.now()]);
    },
  });
  const load = startLoad(bench);
  const alertedMs: number[] = [];
  try {
    const crossings = quick ? QUICK_CROSSINGS : CROSSINGS;
    progress(`alerts: ${crossings} crossings under load`);
    for (let number = -3; number < crossings; number++) {
      const tookMs = await cross(bench, number, arrivals);
      if (number >= 0) alertedMs.push(tookMs);
    }
  } finally {
    await load.stop();
    await bench.stop();
  }
  const repeats = [...arrivals.values()].filter((times) => times.length > 1).length;
  if (repeats > 0) throw new Error(`${repeats} alerts arrived more than once although nothing failed`);
  return { tables: [describe(alertedMs, load.ratePerSecond())], bars: [] };
}

/** A new budget, an event of its app alone that crosses it among all the others, and the wait for the alert. */
async function cross(
  bench: BenchHost,
  number: number,
  arrivals: ReadonlyMap<string, readonly number[]>,
): Promise<number> {
  const { host, sqs, request, table, tenant } = bench;
  const name = `crossing-${number}`;
  const reader = new DynamoLedgerReader(table, new TenantStore(table, Date.now));
  await request('POST', '/v1/budgets', { name, amount_usd: '0.000001', filter: { app: name } });
  const before = await reader.head(tenant.tenant);
  const settings = { leaves: 10, timed: true, startMs: Date.now(), ratePerSecond: 1, firstNumber: 1_000_000 + number };
  await sendMessages(
    sqs,
    host.queueUrl,
    [...events(1, settings)].map((event) => JSON.stringify({ ...event, app: name })),
  );
  const arrivedAtMs = await waitFor(name, arrivals);
  await request('DELETE', `/v1/budgets/${name}`);
  for await (const { atMs, deltas } of reader.commits(tenant.tenant, before, await reader.head(tenant.tenant))) {
    if (deltas.some(({ leaf }) => leaf[APP] === name)) return arrivedAtMs - atMs;
  }
  throw new Error(`no commit holds the call of ${name}`);
}

async function waitFor(name: string, arrivals: ReadonlyMap<string, readonly number[]>): Promise<number> {
  const giveUpMs = performance.now() + 60_000;
  for (;;) {
    const [arrivedAtMs] = arrivals.get(name) ?? [];
    if (arrivedAtMs !== undefined) return arrivedAtMs;
    if (performance.now() > giveUpMs) throw new Error(`no alert of budget ${name} arrived within a minute`);
    await sleep(1);
  }
}

/** Sends packed events again and again until it is stopped. */
function startLoad({ host, sqs }: BenchHost) {
  const startedMs = performance.now();
  let endedMs = startedMs;
  let sent = 0;
  let isOver = false;
  const run = async () => {
    while (!isOver) {
      const settings = { leaves: LOAD_LEAVES, timed: true, startMs: Date.now(), ratePerSecond: 1_000 };
      await sendMessages(sqs, host.queueUrl, packMessages([...events(LOAD_EVENTS, settings)], 100));
      sent += LOAD_EVENTS;
      await sleep(LOAD_PAUSE_MS);
    }
    endedMs = performance.now();
  };
  const running = run();
  return {
    stop: () => {
      isOver = true;
      return running;
    },
    ratePerSecond: () => (1_000 * sent) / (endedMs - startedMs),
  };
}

function describe(alertedMs: readonly number[], ratePerSecond: number) {
  return {
    title: 'Alerts under load',
    columns: ['from, to', 'crossings', 'other events/s', 'p50', 'p99', 'slowest'],
    rows: [
      [
        'committed, alert at a queue subscribed to the topic',
        formatWhole(alertedMs.length),
        formatWhole(Math.round(ratePerSecond)),
        formatMs(findQuantile(alertedMs, 0.5)),
        formatMs(findQuantile(alertedMs, 0.99)),
        formatMs(Math.max(...alertedMs)),
      ],
    ],
    note:
      'From the time of the commit that holds the crossing call, taken before its transaction, to the receipt by the local ' +
      'subscriber, while packed events of other apps are sent at the same time. One budget at a time. An alert that ' +
      'arrives twice fails the run.',
  };
}
