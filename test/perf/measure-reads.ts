import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoLedger } from '../../lib/adapters/dynamodb/ledger/ledger.ts';
import { type BenchHost, startBenchHost } from './bench-host.ts';
import {
  type BenchOptions,
  type BenchResult,
  type BenchTable,
  formatMs,
  formatWhole,
  judgeBar,
  type Measurement,
} from './report.ts';
import { findQuantile } from './statistics.ts';
import { benchCalls } from './write-units.ts';

const LEAVES = 400;
const DAYS = 31;
/** Loaded one after the other into the same month: the second is what is there after both. */
const LOADS = [100_000, 900_000];
const QUICK_LOADS = [20_000];
/** Enough for a p99 of the question that has a bar; the other one is there to compare. */
const REQUESTS = { month: 400, day: 40 };
const QUICK_REQUESTS = { month: 100, day: 10 };
/** A day's events come within minutes: hours and minutes take no part in the answers, and loading is quicker. */
const BUSY_SECONDS_A_DAY = 300;
const BAR_MS = 50;

interface Month {
  readonly startMs: number;
  readonly name: string;
  readonly next: string;
}

interface ReadFigure {
  readonly question: string;
  readonly events: number;
  readonly rows: number;
  readonly timesMs: readonly number[];
}

/** How long `GET /v1/spend` takes over HTTP, by the number of events in the month asked for. */
export const reads: Measurement = { name: 'reads', measure: measureReads };

async function measureReads({ quick, progress }: BenchOptions): Promise<BenchResult> {
  const bench = await startBenchHost();
  const figures: ReadFigure[] = [];
  try {
    const month = findLongMonth(Date.now());
    let loaded = 0;
    for (const count of quick ? QUICK_LOADS : LOADS) {
      progress(`reads: loading ${formatWhole(count)} events into ${month.name}`);
      await load(bench, month, loaded, count);
      loaded += count;
      progress(`reads: asking with ${formatWhole(loaded)} events`);
      for (const question of listQuestions(month)) {
        const requests = (quick ? QUICK_REQUESTS : REQUESTS)[question.granularity];
        figures.push(await ask(bench, question, loaded, requests));
      }
    }
  } finally {
    await bench.stop();
  }
  return { tables: [describe(figures)], bars: judge(figures) };
}

/** The last month of 31 days that is over. */
function findLongMonth(nowMs: number): Month {
  const now = new Date(nowMs);
  for (let back = 1; ; back++) {
    const startMs = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1);
    const endMs = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back + 1, 1);
    const name = (ms: number): string => new Date(ms).toISOString().slice(0, 7);
    if (endMs - startMs === DAYS * 86_400_000) return { startMs, name: name(startMs), next: name(endMs) };
  }
}

interface Question {
  readonly question: string;
  readonly granularity: 'month' | 'day';
  readonly path: string;
}

function listQuestions({ name, next }: Month): readonly Question[] {
  const month = `from=${name}&to=${next}&granularity=month`;
  const days = `from=${name}-01&to=${next}-01&granularity=day`;
  return [
    { question: 'month by model', granularity: 'month', path: `/v1/spend?${month}&group_by=model` },
    { question: '31 days by model', granularity: 'day', path: `/v1/spend?${days}&group_by=model` },
  ];
}

/** Writes events through the ledger itself, as many on each day, every leaf on every day. */
async function load(
  { table, tenant }: BenchHost,
  { startMs }: Month,
  firstNumber: number,
  count: number,
): Promise<void> {
  const ledger = new DynamoLedger(table, { now: Date.now, sleep: (ms) => sleep(ms), random: Math.random });
  let done = 0;
  for (let day = 0; day < DAYS; day++) {
    const size = Math.round(((day + 1) * count) / DAYS) - done;
    const calls = benchCalls(tenant, size, {
      leaves: LEAVES,
      timed: true,
      startMs: startMs + day * 86_400_000 + 43_200_000,
      ratePerSecond: size / BUSY_SECONDS_A_DAY,
      firstNumber: firstNumber + done,
    });
    const outcomes = await ledger.append(tenant, calls, Date.now() + 600_000);
    if (outcomes.some((outcome) => outcome !== 'recorded')) throw new Error('a loaded call was not recorded');
    done += size;
  }
}

async function ask(
  { request }: BenchHost,
  { question, path }: Question,
  events: number,
  requests: number,
): Promise<ReadFigure> {
  const timesMs: number[] = [];
  const warmUp = 10;
  let rows = 0;
  for (let number = -warmUp; number < requests; number++) {
    const started = performance.now();
    const answer = (await request('GET', path)) as {
      readonly rows: readonly unknown[];
      readonly total: { readonly calls: unknown };
    };
    if (number >= 0) timesMs.push(performance.now() - started);
    rows = answer.rows.length;
    const calls = Number(answer.total.calls);
    if (calls !== events) throw new Error(`the answer counts ${calls} calls, but ${events} were loaded`);
  }
  return { question, events, rows, timesMs };
}

function describe(figures: readonly ReadFigure[]): BenchTable {
  return {
    title: 'Read: GET /v1/spend over HTTP',
    columns: ['question', 'events in the month', 'rows', 'requests', 'p50', 'p99', 'slowest'],
    rows: figures.map(({ question, events, rows, timesMs }) => [
      question,
      formatWhole(events),
      formatWhole(rows),
      formatWhole(timesMs.length),
      formatMs(findQuantile(timesMs, 0.5)),
      formatMs(findQuantile(timesMs, 0.99)),
      formatMs(Math.max(...timesMs)),
    ]),
    note:
      `${LEAVES} leaves, each on every one of ${DAYS} days, loaded through the ledger; each day's events fall into five minutes. The local host answers one request ` +
      'after another from a warm worker, without If-None-Match. Time is from sending the request to the parsed answer.',
  };
}

function judge(figures: readonly ReadFigure[]) {
  const months = figures.filter(({ question }) => question === 'month by model');
  return months.map(({ events, timesMs }) => {
    const value = findQuantile(timesMs, 0.99);
    return judgeBar({
      what: `Read: month by model, ${LEAVES} leaves, ${DAYS} days, ${formatWhole(events)} events, p99`,
      bar: `<= ${BAR_MS} ms`,
      limit: BAR_MS,
      isUpperLimit: true,
      value,
      figure: formatMs(value),
      command: 'npm run bench -- --only reads',
    });
  });
}
