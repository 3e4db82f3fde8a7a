import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoLedgerReader } from '../../lib/adapters/dynamodb/ledger-reader.ts';
import { TenantStore } from '../../lib/adapters/dynamodb/tenant-store.ts';
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
import { sendMessages } from './send-messages.ts';
import { findQuantile } from './statistics.ts';

const TRIES = 60;
const QUICK_TRIES = 12;
const COMMAND = 'npm run bench -- --only freshness';

/** How long an event takes to be in the answers, and a crossed budget to reach a subscriber. */
export const freshness: Measurement = { name: 'freshness', measure: measureFreshness };

async function measureFreshness({ quick, progress }: BenchOptions): Promise<BenchResult> {
  const arrivals = new Map<string, number>();
  const bench = await startBenchHost({
    batchingWindowMs: 0,
    onAlert: ({ message }) => arrivals.set(readBudgetName(message), Date.now()),
  });
  const visibleMs: number[] = [];
  const alertedMs: number[] = [];
  try {
    const trial = new Trial(bench, arrivals);
    progress('freshness: warming up');
    for (let warmUp = 0; warmUp < 5; warmUp++) await trial.run();
    const tries = quick ? QUICK_TRIES : TRIES;
    progress(`freshness: ${tries} events, one after another, each of which crosses a budget`);
    for (let number = 0; number < tries; number++) {
      const times = await trial.run();
      visibleMs.push(times.visibleMs);
      alertedMs.push(times.alertedMs);
    }
  } finally {
    await bench.stop();
  }
  return { tables: [describe(visibleMs, alertedMs)], bars: judge(visibleMs, alertedMs) };
}

/** One try after another: a new budget, an event of its app alone that crosses it, and the two waits. */
class Trial {
  readonly #bench: BenchHost;
  readonly #arrivals: ReadonlyMap<string, number>;
  readonly #reader: DynamoLedgerReader;
  #sent = 0;

  constructor(bench: BenchHost, arrivals: ReadonlyMap<string, number>) {
    this.#bench = bench;
    this.#arrivals = arrivals;
    this.#reader = new DynamoLedgerReader(bench.table, new TenantStore(bench.table, Date.now));
  }

  async run(): Promise<{ visibleMs: number; alertedMs: number }> {
    const { host, sqs, request } = this.#bench;
    const name = `try-${this.#sent}`;
    // Any priced event is above a millionth of a dollar.
    await request('POST', '/v1/budgets', { name, amount_usd: '0.000001', filter: { app: name } });
    const settings = { leaves: 10, timed: true, startMs: Date.now(), ratePerSecond: 1, firstNumber: this.#sent };
    const bodies = [...events(1, settings)].map((event) => JSON.stringify({ ...event, app: name }));
    this.#sent += 1;
    const sentMs = performance.now();
    await sendMessages(sqs, host.queueUrl, bodies);
    const visibleMs = (await waitUntilVisible(this.#bench, this.#sent, 5)) - sentMs;
    const committedAtMs = await this.#readCommitTime();
    const arrivedAtMs = await this.#waitForAlert(name);
    // Each try stands alone: evaluating sixty budgets at once is another question.
    await request('DELETE', `/v1/budgets/${name}`);
    return { visibleMs, alertedMs: arrivedAtMs - committedAtMs };
  }

  /** The commit's own time is taken just before its transaction is sent, so nothing of the wait is lost. */
  async #readCommitTime(): Promise<number> {
    const { tenant } = this.#bench.tenant;
    const head = await this.#reader.head(tenant);
    for await (const { atMs } of this.#reader.commits(tenant, head - 1, head)) return atMs;
    throw new Error(`commit ${head} cannot be read`);
  }

  async #waitForAlert(name: string): Promise<number> {
    const giveUpMs = performance.now() + 60_000;
    for (;;) {
      const arrivedAtMs = this.#arrivals.get(name);
      if (arrivedAtMs !== undefined) return arrivedAtMs;
      if (performance.now() > giveUpMs) throw new Error(`no alert of budget ${name} arrived within a minute`);
      await sleep(1);
    }
  }
}

function readBudgetName(message: string): string {
  const { budget } = JSON.parse(message) as { readonly budget?: { readonly name?: unknown } };
  return String(budget?.name);
}

function describe(visibleMs: readonly number[], alertedMs: readonly number[]): BenchTable {
  const row = (what: string, times: readonly number[]): string[] => [
    what,
    formatWhole(times.length),
    formatMs(findQuantile(times, 0.5)),
    formatMs(findQuantile(times, 0.99)),
    formatMs(Math.max(...times)),
  ];
  return {
    title: 'Freshness',
    columns: ['from, to', 'tries', 'p50', 'p99', 'slowest'],
    rows: [
      row('sent to SQS, in the answer of GET /v1/spend', visibleMs),
      row('committed, alert at a queue subscribed to the topic', alertedMs),
    ],
    note:
      'Warm workers, batching window 0: on top of the first line comes the window (5 s in the template), which is waited ' +
      'and not worked. The answer is asked for every few milliseconds, beside the work itself. The second line counts ' +
      "from the commit's own time, taken before its transaction, to the receipt by the local subscriber, and so holds " +
      'the transaction, the evaluation of the budget, the claim and the publishing.',
  };
}

function judge(visibleMs: readonly number[], alertedMs: readonly number[]): BarLine[] {
  const line = (what: string, bar: string, limit: number, times: readonly number[]): BarLine => {
    const value = findQuantile(times, 0.99);
    return judgeBar({ what, bar, limit, isUpperLimit: true, value, figure: formatMs(value), command: COMMAND });
  };
  return [
    line('Freshness: event to visible total, warm, over the batching window, p99', '<= 1,000 ms', 1_000, visibleMs),
    line('Freshness: crossing to a subscriber after the commit, p99', '<= 2,000 ms', 2_000, alertedMs),
  ];
}
