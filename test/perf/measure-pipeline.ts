import { setTimeout as sleep } from 'node:timers/promises';
import { events } from './bench-events.ts';
import { type BenchHost, startBenchHost, waitUntilVisible } from './bench-host.ts';
import { measureQueueAlone } from './queue-alone.ts';
import {
  type BarLine,
  type BenchOptions,
  type BenchResult,
  formatWhole,
  judgeBar,
  type Measurement,
} from './report.ts';
import { packMessages, sendMessages } from './send-messages.ts';

/** Short beside the template's 5 s, which would only add that much waiting to the end of each figure. */
const WINDOW_MS = 250;
const LEAVES = 20;

const SIZES: readonly { readonly eventsPerMessage: number; readonly messages: number }[] = [
  { eventsPerMessage: 1, messages: 6_000 },
  { eventsPerMessage: 10, messages: 6_000 },
  { eventsPerMessage: 100, messages: 2_000 },
  { eventsPerMessage: 1_000, messages: 200 },
];

interface PipelineFigure {
  readonly eventsPerMessage: number;
  readonly events: number;
  readonly eventsPerSecond: number;
  /** From the moment the last message was accepted; `undefined` when next to nothing was left then. */
  readonly drainedPerSecond: number | undefined;
  readonly queueAlonePerSecond: number;
  readonly batches: number;
}

/** Events a second from durable SQS to committed totals, beside the queue engine with nothing behind it. */
export const pipeline: Measurement = { name: 'pipeline', measure: measurePipeline };

async function measurePipeline({ quick, progress }: BenchOptions): Promise<BenchResult> {
  const bench = await startBenchHost({ batchingWindowMs: WINDOW_MS });
  const figures: PipelineFigure[] = [];
  try {
    const sender = new Sender(bench);
    progress('pipeline: warming both writers');
    await sender.run(1, 1_500);
    await sender.run(1_000, 10);
    for (const { eventsPerMessage, messages } of SIZES) {
      const count = Math.ceil(messages / (quick ? 8 : 1));
      progress(`pipeline: ${formatWhole(count)} messages of ${eventsPerMessage}`);
      figures.push(await sender.run(eventsPerMessage, count));
    }
  } finally {
    await bench.stop();
  }
  return { tables: [describe(figures)], bars: judge(figures) };
}

/** Sends streams of events that never overlap, and waits for each. */
class Sender {
  readonly #bench: BenchHost;
  #sent = 0;

  constructor(bench: BenchHost) {
    this.#bench = bench;
  }

  async run(eventsPerMessage: number, messages: number): Promise<PipelineFigure> {
    const count = eventsPerMessage * messages;
    const startMs = Date.now() - 120_000;
    const settings = { leaves: LEAVES, timed: true, startMs, ratePerSecond: count / 60, firstNumber: this.#sent };
    const bodies = packMessages([...events(count, settings)], eventsPerMessage);
    const aloneBefore = await measureQueueAlone(bodies);
    this.#sent += count;
    const before = this.#stats();
    const startedMs = performance.now();
    await sendMessages(this.#bench.sqs, this.#bench.host.queueUrl, bodies);
    const queuedMs = performance.now();
    const leftMessages = messages - (this.#stats().deleted - before.deleted);
    // The totals are asked for only when the queue is empty: asking takes its share of the two cores.
    while (this.#stats().deleted - before.deleted < messages) await sleep(5);
    const visibleMs = await waitUntilVisible(this.#bench, this.#sent, 5);
    // Whatever else the machine does slows one of two tries less; the ledger is compared with the faster one.
    const queueAloneSeconds = Math.min(aloneBefore, await measureQueueAlone(bodies));
    const drainSeconds = (visibleMs - queuedMs) / 1000;
    return {
      eventsPerMessage,
      events: count,
      eventsPerSecond: (count * 1000) / (visibleMs - startedMs),
      drainedPerSecond: leftMessages > messages / 5 ? (leftMessages * eventsPerMessage) / drainSeconds : undefined,
      queueAlonePerSecond: count / queueAloneSeconds,
      batches: this.#stats().batches - before.batches,
    };
  }

  #stats(): { deleted: number; batches: number } {
    const sources = Object.values(this.#bench.host.stats().eventSources);
    const sum = (count: 'deleted' | 'batches' | 'failed') => sources.reduce((total, each) => total + each[count], 0);
    if (sum('failed') > 0) throw new Error(`${sum('failed')} messages failed in the pipeline`);
    return { deleted: sum('deleted'), batches: sum('batches') };
  }
}

function describe(figures: readonly PipelineFigure[]) {
  return {
    title: 'Pipeline: durable SQS to committed totals',
    columns: [
      'events a message',
      'events',
      'invocations',
      'events/s',
      'events/s once all are queued',
      'queue alone, events/s',
      'share',
    ],
    rows: figures.map((each) => [
      formatWhole(each.eventsPerMessage),
      formatWhole(each.events),
      formatWhole(each.batches),
      formatWhole(each.eventsPerSecond),
      each.drainedPerSecond === undefined ? '-' : formatWhole(each.drainedPerSecond),
      formatWhole(each.queueAlonePerSecond),
      `${((100 * each.eventsPerSecond) / each.queueAlonePerSecond).toFixed(0)} %`,
    ]),
    note:
      `The whole local host over a new folder: durable queue engine, two workers at a time, ${LEAVES} leaves, timed ids, ` +
      `batching window ${WINDOW_MS} ms (the template's is 5 s). Messages are sent while they are recorded; "events/s" ` +
      'counts from the first send until GET /v1/spend answers with every event; "once all are queued" from the last ' +
      'accepted message, for the events that were left then (- when under a fifth was). "Queue alone" sends, receives ' +
      'and deletes the same messages with the same durable engine and no ledger, the faster of a try before and one after.',
  };
}

function judge(figures: readonly PipelineFigure[]): BarLine[] {
  const command = 'npm run bench -- --only pipeline';
  const lines: BarLine[] = [];
  const packed = figures.find(({ eventsPerMessage }) => eventsPerMessage === 100);
  const unpacked = figures.find(({ eventsPerMessage }) => eventsPerMessage === 1);
  if (packed) {
    const value = packed.eventsPerSecond;
    const what = 'Local pipeline, 100 events a message';
    const figure = `${formatWhole(value)} events/s`;
    lines.push(judgeBar({ what, bar: '>= 5,000 events/s', limit: 5_000, isUpperLimit: false, value, figure, command }));
  }
  if (unpacked) {
    const value = unpacked.eventsPerSecond / unpacked.queueAlonePerSecond;
    const what = 'Local pipeline, unpacked';
    const figure = `${(100 * value).toFixed(0)} % (${formatWhole(unpacked.eventsPerSecond)} of ${formatWhole(unpacked.queueAlonePerSecond)} events/s)`;
    const bar = ">= 70 % of the queue engine's own rate";
    lines.push(judgeBar({ what, bar, limit: 0.7, isUpperLimit: false, value, figure, command }));
  }
  return lines;
}
