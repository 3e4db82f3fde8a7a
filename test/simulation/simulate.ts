import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { describeFailure, type Failure } from './search.ts';
import { HISTORIES_PER_SEED, type Report, type Task } from './simulate-worker.ts';
import { addTally, countFaults, emptyTally, type Tally } from './world/tally.ts';

const USAGE = `npm run simulate -- [--histories N | --minutes N] [--seed S] [--path P] [--workers N] [--json]
Plays histories of a ledger under faults and checks every invariant after each; docs/proof.md says how.`;

/** What a run came to. */
interface Run {
  readonly seeds: readonly number[];
  readonly tally: Tally;
  readonly tooSmall: number;
  readonly failures: readonly Failure[];
  readonly seconds: number;
}

interface Options {
  readonly seed: number;
  readonly histories: number;
  readonly minutes: number | null;
  readonly path: string | undefined;
  readonly workers: number;
  readonly isJson: boolean;
}

const options = readOptions();
if (options === null) {
  console.error(USAGE);
  process.exitCode = 2;
} else {
  const run = await simulate(options);
  console.log(options.isJson ? JSON.stringify(toJson(run)) : describeRun(run).join('\n'));
  process.exitCode = run.failures.length > 0 || run.tooSmall > 0 ? 1 : 0;
}

function readOptions(): Options | null {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      histories: { type: 'string' },
      minutes: { type: 'string' },
      path: { type: 'string' },
      workers: { type: 'string', default: String(availableParallelism()) },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const { path, json: isJson } = values;
  const seed = Number(values.seed);
  const minutes = values.minutes === undefined ? null : Number(values.minutes);
  const histories = Number(values.histories ?? (minutes === null ? 1_000 : Number.MAX_SAFE_INTEGER));
  const workers = path === undefined ? Number(values.workers) : 1;
  const isSound = [seed, histories, workers].every(Number.isSafeInteger) && histories > 0 && workers > 0;
  if (values.help || !isSound || !(minutes === null || minutes > 0)) return null;
  return { seed, histories, minutes, path, workers, isJson };
}

/** Shares the histories out by seeds, so that how many workers there are changes nothing about any of them. */
async function simulate({ seed, histories, minutes, path, workers }: Options): Promise<Run> {
  const startMs = Date.now();
  const untilMs = minutes === null ? null : startMs + minutes * 60_000;
  const tally = emptyTally();
  const seeds: number[] = [];
  const failures: Failure[] = [];
  let tooSmall = 0;
  let left = histories;
  const nextTask = (): Task | undefined => {
    const isOver = failures.length > 0 || (untilMs !== null && Date.now() >= untilMs);
    if (left <= 0 || isOver) return undefined;
    const count = Math.min(left, HISTORIES_PER_SEED);
    left -= count;
    seeds.push(seed + seeds.length);
    return { seed: seed + seeds.length - 1, histories: count, path, untilMs };
  };
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL('./simulate-worker.ts', import.meta.url));
    for (let task = nextTask(); task; task = nextTask()) {
      const result = await runTask(worker, task, (more) => {
        addTally(tally, more);
        showProgress(tally, startMs);
      });
      tooSmall += path === undefined ? result.tooSmall : 0;
      if (result.failure) failures.push(result.failure);
      if (path !== undefined) break;
    }
    await worker.terminate();
  };
  await Promise.all(Array.from({ length: workers }, work));
  if (process.stderr.isTTY) process.stderr.write('\n');
  return { seeds, tally, tooSmall, failures, seconds: (Date.now() - startMs) / 1000 };
}

type Result = Extract<Report, { kind: 'result' }>['result'];

function runTask(worker: Worker, task: Task, onHistory: (tally: Tally) => void): Promise<Result> {
  return new Promise((resolve, reject) => {
    const listen = (report: Report) => {
      if (report.kind === 'history') return onHistory(report.tally);
      worker.off('message', listen);
      worker.off('error', reject);
      resolve(report.result);
    };
    worker.on('message', listen);
    worker.on('error', reject);
    worker.postMessage(task);
  });
}

function showProgress(tally: Tally, startMs: number): void {
  if (!process.stderr.isTTY && tally.histories % 500 !== 0) return;
  const rate = (tally.histories * 1000) / Math.max(1, Date.now() - startMs);
  const line = `${tally.histories} histories, ${countFaults(tally)} faults, ${rate.toFixed(1)} a second`;
  process.stderr.write(process.stderr.isTTY ? `\r${line}   ` : `${line}\n`);
}

function toJson({ seeds, tally, tooSmall, failures, seconds }: Run) {
  const range = { first: seeds[0] ?? null, last: seeds.at(-1) ?? null };
  return { ok: failures.length === 0, seeds: range, seconds, tooSmall, ...tally, failures };
}

function describeRun({ seeds, tally, tooSmall, failures, seconds }: Run): readonly string[] {
  const { histories, calls, sentEvents, deliveries, repeatedDeliveries, deadLettered, crashes } = tally;
  const { corrections, alertsClaimed, alertsDelivered, rejects, conflicts, tableCalls, faults } = tally;
  const broken = (name: string) =>
    failures.flatMap(({ violations }) => violations.filter((each) => each.startsWith(name)));
  const rows: readonly (readonly [string, number | string])[] = [
    ['seeds', `${seeds[0]} to ${seeds.at(-1)}`],
    ['histories', histories],
    ['calls sent', calls],
    ['calls in accepted messages', sentEvents],
    ['deliveries', deliveries],
    ['of them repeated', repeatedDeliveries],
    ['table calls', tableCalls],
    ['faults', countFaults(tally)],
    ['crashes and time-outs of functions', crashes],
    ['corrections', corrections],
    ['rejects', rejects],
    ['conflicts', conflicts],
    ['alerts claimed', alertsClaimed],
    ['alerts delivered, repeats included', alertsDelivered],
    ['messages that went to the dead letters and came back', deadLettered],
    ['lost', broken('nothing lost').length],
    ['doubled', broken('counted once').length],
    ['valid messages in the dead-letter queue', broken('nothing lost').filter((each) => each.includes('-dead')).length],
    [
      'other violations',
      failures.flatMap(({ violations }) => violations).length -
        broken('nothing lost').length -
        broken('counted once').length,
    ],
    ['histories that were too small', tooSmall],
    ['seconds', seconds.toFixed(1)],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const byKind = Object.entries(faults).sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    ...rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`),
    'faults by call and kind:',
    ...byKind.map(([name, count]) => `  ${name.padEnd(width - 2)}  ${count}`),
    ...failures.map(describeFailure),
  ];
}
