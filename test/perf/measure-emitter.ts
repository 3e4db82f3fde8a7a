import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HostReport } from './emitter-host.ts';
import type { ReceiverReport } from './emitter-receiver.ts';
import { type BenchOptions, type BenchResult, formatWhole, judgeBar, type Measurement } from './report.ts';

const RATE_PER_SECOND = 10_000;
const RUNS = 3;
const BAR_RATIO = 0.05;
const COMMAND = 'npm run bench -- --only emitter';

/** What the emitter costs its host, and what it keeps while nobody takes it. */
export const emitter: Measurement = { name: 'emitter', measure: measureEmitter };

async function measureEmitter({ quick, progress }: BenchOptions): Promise<BenchResult> {
  const [seconds, awaySeconds] = quick ? [3, 5] : [15, 60];
  const rows: string[][] = [];
  const shares: number[] = [];
  for (let run = 1; run <= RUNS; run++) {
    progress(`emitter: run ${run} of ${RUNS}, ${seconds} s without and ${seconds} s with it`);
    const without = await runHost('', seconds);
    const receiver = await startReceiver();
    const host = await runHost(receiver.url, seconds, () => receiver.order('reset'));
    const received = await receiver.order('report');
    receiver.stop();
    expectAll(host, received);
    const share = (host.cpuMicros - without.cpuMicros) / (host.wallMs * 1000);
    shares.push(share);
    rows.push([
      String(run),
      percent(without.cpuMicros / (without.wallMs * 1000)),
      percent(host.cpuMicros / (host.wallMs * 1000)),
      percent(share),
      `${((host.cpuMicros - without.cpuMicros) / host.calls).toFixed(2)} µs`,
      formatWhole(received.requests),
      `${(received.wireBytes / received.events).toFixed(0)} B`,
    ]);
  }
  const outage = await measureOutage(awaySeconds, progress);
  const worst = Math.max(...shares);
  return {
    tables: [
      {
        title: `Emitter: ${formatWhole(RATE_PER_SECOND)} events/s over HTTP`,
        columns: ['run', 'CPU without', 'CPU with', 'cost', 'an event', 'requests', 'sent an event'],
        rows,
        note: 'CPU is user and system time of all threads of the host, in shares of one core, after 3 s of warming up; flush included. The receiving end is a process of its own.',
      },
      outage.table,
    ],
    bars: [
      judgeBar({
        what: `Emitter at ${formatWhole(RATE_PER_SECOND)} events/s, worst of ${RUNS} runs`,
        bar: `< ${100 * BAR_RATIO} % of one core`,
        limit: BAR_RATIO,
        isUpperLimit: true,
        value: worst,
        figure: shares.map(percent).join(', '),
        command: COMMAND,
      }),
      { ...outage.bar, command: COMMAND },
    ],
  };
}

/** Sends for as long again as the other end is away, and looks at what has arrived in the end. */
async function measureOutage(awaySeconds: number, progress: BenchOptions['progress']) {
  progress(`emitter: the other end goes away for ${awaySeconds} s`);
  const receiver = await startReceiver();
  const host = await runHost(receiver.url, awaySeconds + 4, async () => {
    await receiver.order('reset');
    await sleep(2_000);
    receiver.tell('leave');
    await sleep(awaySeconds * 1000);
    receiver.tell('return');
  });
  const received = await receiver.order('report');
  receiver.stop();
  expectAll(host, received);
  const { dropped = 0, retried = 0 } = host.counters ?? {};
  const lost = host.calls - received.distinct;
  return {
    table: {
      title: `Emitter: the other end away for ${awaySeconds} s`,
      columns: ['emitted', 'arrived', 'lost', 'dropped', 'attempts again', 'peak memory'],
      rows: [
        [
          ...[host.calls, received.distinct, lost, dropped, retried].map(formatWhole),
          `${formatWhole(host.peakBytes / 2 ** 20)} MiB`,
        ],
      ],
      note: 'Nothing listens at the address meanwhile. Peak memory is that of the whole host process, its own 20,000 events included.',
    },
    bar: {
      what: `Emitter with the other end away for ${awaySeconds} s`,
      bar: 'nothing lost',
      figure: `${formatWhole(lost)} of ${formatWhole(host.calls)} lost`,
      verdict: lost === 0 ? 'met' : `missed by ${formatWhole(lost)} events`,
    },
  };
}

/** @param whenWarm - done while the host's measured loop runs */
async function runHost(url: string, seconds: number, whenWarm?: () => Promise<unknown>): Promise<HostReport> {
  const child = fork(join(import.meta.dirname, 'emitter-host.ts'), [url, String(RATE_PER_SECOND), String(seconds)]);
  const exited = once(child, 'exit');
  await once(child, 'message');
  const [[report]] = await Promise.all([once(child, 'message'), whenWarm?.()]);
  await exited;
  return report as HostReport;
}

async function startReceiver() {
  const child: ChildProcess = fork(join(import.meta.dirname, 'emitter-receiver.ts'));
  const [{ port }] = (await once(child, 'message')) as [ReceiverReport];
  const tell = (word: string): void => void child.send(word);
  return {
    url: `http://127.0.0.1:${port}`,
    tell,
    order: async (word: 'report' | 'reset'): Promise<ReceiverReport> => {
      tell(word);
      const [report] = await once(child, 'message');
      return report as ReceiverReport;
    },
    stop: (): void => void child.kill('SIGKILL'),
  };
}

/** What was emitted while measured must have arrived: a figure of speed without that says nothing. */
function expectAll(host: HostReport, received: ReceiverReport): void {
  const { pending = -1, dropped = -1 } = host.counters ?? {};
  if (pending !== 0 || received.distinct + dropped !== host.calls) {
    throw new Error(
      `${host.calls} events emitted, ${received.distinct} arrived, ${dropped} dropped, ${pending} pending`,
    );
  }
}

function percent(ratio: number): string {
  return `${(100 * ratio).toFixed(2)} %`;
}
