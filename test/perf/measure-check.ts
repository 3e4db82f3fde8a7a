import { setTimeout as sleep } from 'node:timers/promises';
import { events } from './bench-events.ts';
import { type BenchHost, startBenchHost, waitUntilVisible } from './bench-host.ts';
import {
  type BarLine,
  type BenchOptions,
  type BenchResult,
  type BenchTable,
  formatMs,
  formatWhole,
  judgeBar,
  type Measurement,
} from './report.ts';
import { packMessages, sendMessages } from './send-messages.ts';
import { findQuantile } from './statistics.ts';

const BUDGETS = 100;
const LEAVES = 20;
const REQUESTS = 2_000;
const QUICK_REQUESTS = 300;
const WARM_UP = 20;
/** A few services that send all the time: 200 events a second, five commits a second. */
const WRITE_EVERY_MS = 250;
const EVENTS_A_WRITE = 50;
const BAR_MS = 20;

interface Figure {
  readonly what: string;
  readonly timesMs: readonly number[];
}

interface Check {
  readonly commit: number;
  readonly budgets: readonly { readonly budget: string; readonly spent_usd: string | null }[];
}

/** How long `GET /v1/budgets/check` takes over HTTP with 100 budgets, while events are recorded and while none are. */
export const check: Measurement = { name: 'check', measure: measureCheck };

async function measureCheck({ quick, progress }: BenchOptions): Promise<BenchResult> {
  const bench = await startBenchHost({ batchingWindowMs: WRITE_EVERY_MS });
  const requests = quick ? QUICK_REQUESTS : REQUESTS;
  try {
    await bench.request('POST', '/v1/budgets/apply', { budgets: listBudgets() });
    progress(`check: ${BUDGETS} budgets, ${formatWhole(requests)} questions while nothing is written`);
    const quiet = await ask(bench, requests, 'nothing');
    const writer = new Writer(bench);
    progress(`check: ${formatWhole(requests)} questions while events are recorded`);
    const commitBefore = (await askOnce(bench)).commit;
    const busy = await ask(bench, requests, 'events are');
    const commits = (await askOnce(bench)).commit - commitBefore;
    const sent = await writer.stop();
    await waitUntilVisible(bench, sent, 50);
    await compareWithSpend(bench);
    const figures = [...quiet, ...busy];
    return { tables: [describe(figures, sent, commits)], bars: judge(figures) };
  } finally {
    await bench.stop();
  }
}

/** Budgets of every kind, most of which count the call that is asked about. */
function listBudgets(): readonly Record<string, unknown>[] {
  const kinds: readonly Record<string, unknown>[] = [
    { amount_usd: '1000000' },
    { amount_usd: '1000000', period: 'day' },
    { amount_usd: '1000000', period: 'week', filter: { team: 'team-0' } },
    { amount_usd: '1000000', each: 'app' },
    { amount_tokens: '1000000000000', filter: { app: 'service-0' } },
  ];
  return Array.from({ length: BUDGETS }, (_, index) => ({
    ...kinds[index % kinds.length],
    name: `budget-${index}`,
    owner: `owner-${index % 10}`,
  }));
}

/** Sends events until it is stopped. */
class Writer {
  readonly #running: Promise<void>;
  #sent = 0;
  #isStopped = false;

  constructor(bench: BenchHost) {
    this.#running = this.#run(bench);
  }

  async #run({ sqs, host }: BenchHost): Promise<void> {
    while (!this.#isStopped) {
      const settings = {
        leaves: LEAVES,
        timed: true,
        startMs: Date.now(),
        ratePerSecond: 1_000,
        firstNumber: this.#sent,
      };
      await sendMessages(sqs, host.queueUrl, packMessages([...events(EVENTS_A_WRITE, settings)], 1));
      this.#sent += EVENTS_A_WRITE;
      await sleep(WRITE_EVERY_MS);
    }
  }

  /** @returns how many were sent in all */
  async stop(): Promise<number> {
    this.#isStopped = true;
    await this.#running;
    return this.#sent;
  }
}

/** Asks in turn for the check and for what does nothing, so that both meet the same load. */
async function ask(bench: BenchHost, requests: number, written: string): Promise<readonly Figure[]> {
  const [checkMs, healthMs]: [number[], number[]] = [[], []];
  for (let number = -WARM_UP; number < requests; number++) {
    const started = performance.now();
    await askOnce(bench);
    const between = performance.now();
    await bench.request('GET', '/v1/health');
    if (number < 0) continue;
    checkMs.push(between - started);
    healthMs.push(performance.now() - between);
  }
  return [
    { what: `GET /v1/budgets/check while ${written} recorded`, timesMs: checkMs },
    { what: `GET /v1/health while ${written} recorded`, timesMs: healthMs },
  ];
}

async function askOnce({ request }: BenchHost): Promise<Check> {
  return (await request(
    'GET',
    '/v1/budgets/check?team=team-0&app=service-0&model=gpt-4o-mini&estimate_usd=0.01',
  )) as Check;
}

/** What the check adds up is what the ledger answers. */
async function compareWithSpend(bench: BenchHost): Promise<void> {
  const { budgets } = await askOnce(bench);
  const spent = budgets.find(({ budget }) => budget === 'budget-0')?.spent_usd;
  const { total } = (await bench.request('GET', '/v1/spend')) as { readonly total: { readonly cost_usd: string } };
  if (spent !== total.cost_usd) throw new Error(`the check says ${spent} USD, the spend is ${total.cost_usd} USD`);
}

function describe(figures: readonly Figure[], sent: number, commits: number): BenchTable {
  return {
    title: `Check before a call: ${BUDGETS} budgets, over HTTP`,
    columns: ['question', 'requests', 'p50', 'p99', 'slowest'],
    rows: figures.map(({ what, timesMs }) => [
      what,
      formatWhole(timesMs.length),
      formatMs(findQuantile(timesMs, 0.5)),
      formatMs(findQuantile(timesMs, 0.99)),
      formatMs(Math.max(...timesMs)),
    ]),
    note:
      `${formatWhole(sent)} events of ${LEAVES} leaves were sent meanwhile, in ${formatWhole(commits)} commits; at the end the check's sum was that of GET /v1/spend. ` +
      'The local host answers one request after another from a warm worker, on the cores that record. A fifth each of the budgets is about a month, a day, a week of a team, each app, and tokens of an app.',
  };
}

function judge(figures: readonly Figure[]): readonly BarLine[] {
  return figures
    .filter(({ what }) => what.includes('/check'))
    .map(({ what, timesMs }) => {
      const value = findQuantile(timesMs, 0.99);
      return judgeBar({
        what: `${what}, ${BUDGETS} budgets, p99`,
        bar: `<= ${BAR_MS} ms`,
        limit: BAR_MS,
        isUpperLimit: true,
        value,
        figure: formatMs(value),
        command: 'npm run bench -- --only check',
      });
    });
}
