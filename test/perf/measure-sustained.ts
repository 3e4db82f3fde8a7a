import type { Victim } from '../shapes/killable-product.ts';
import { startKillableProduct } from '../shapes/killable-product.ts';
import { BATCH_EVENTS, type LoadOutcome, measureCeiling, runLoad } from '../shapes/sustained-load.ts';
import { type BarLine, type BenchOptions, type BenchResult, formatWhole, type Measurement } from './report.ts';

const SECONDS = 60;
const CEILING_EVENTS = 200_000;
/** Enough for both workers to be warm and the catalog to be loaded. */
const WARM_EVENTS = 20_000;

/** Each dies twice: alone, alone, and both at once. The last kill takes the host, which shows again what it had taken. */
const KILLS: readonly { readonly atSeconds: number; readonly victim: Victim }[] = [
  { atSeconds: 12, victim: 'engine' },
  { atSeconds: 27, victim: 'host' },
  { atSeconds: 42, victim: 'both' },
];

/** Twice the local ceiling for a minute while the engine and the host are killed: what was accepted is what is recorded. */
export const sustained: Measurement = { name: 'sustained', measure: measureSustained };

async function measureSustained({ quick, progress }: BenchOptions): Promise<BenchResult> {
  const say = (line: string) => progress(`sustained: ${line}`);
  const shrink = quick ? 6 : 1;
  const product = await startKillableProduct();
  try {
    const count = Math.ceil(CEILING_EVENTS / shrink / BATCH_EVENTS) * BATCH_EVENTS;
    say('measuring the ceiling');
    await measureCeiling(product, WARM_EVENTS);
    const ceiling = await measureCeiling(product, count);
    const before = WARM_EVENTS + count;
    say(`ceiling ${formatWhole(ceiling)} events/s`);
    const kills = KILLS.map(({ atSeconds, victim }) => ({ atSeconds: atSeconds / shrink, victim }));
    const plan = { seconds: SECONDS / shrink, eventsPerSecond: 2 * ceiling, kills, progress: say };
    const outcome = await runLoad(product, plan);
    check(outcome);
    return { tables: [describe(ceiling, before, outcome)], bars: [judge(outcome)] };
  } finally {
    await product.stop();
  }
}

function check({ accepted, recorded, deadLetters, rejects, conflicts, audit }: LoadOutcome): void {
  const isRight = recorded === accepted && audit.ok && audit.entries === accepted;
  if (isRight && deadLetters + rejects + conflicts === 0) return;
  const kept = `${deadLetters} dead letters, ${rejects} rejects, ${conflicts} conflicts`;
  throw new Error(
    `${accepted} accepted, ${recorded} recorded, ${kept}, ${audit.differences} differences in ${audit.entries} entries`,
  );
}

function describe(ceiling: number, before: number, outcome: LoadOutcome) {
  const { accepted, recorded, recordedWhenSent, sendSeconds, drainSeconds, batchesSentAgain } = outcome;
  return {
    title: 'Sustained load: twice the ceiling, engine and host killed three times',
    columns: [
      'ceiling, events/s',
      'offered, events/s',
      'accepted',
      'accepted, events/s',
      'recorded',
      'recorded when the last was accepted',
      'drained, s',
      'batches sent again',
      'audit differences',
      'dead letters',
    ],
    rows: [
      [
        formatWhole(ceiling),
        formatWhole(2 * ceiling),
        formatWhole(accepted - before),
        formatWhole((accepted - before) / sendSeconds),
        formatWhole(recorded - before),
        formatWhole(recordedWhenSent - before),
        drainSeconds.toFixed(1),
        formatWhole(batchesSentAgain),
        formatWhole(outcome.audit.differences),
        formatWhole(outcome.deadLetters),
      ],
    ],
    note:
      'The product as `npm start` runs it, in processes of its own: messages of 100 events, 20 leaves, timed ids, the ' +
      "template's batching window. Killed with SIGKILL: the table engine, then the host with its queue engine, then " +
      'both at once. The ceiling is from the first send until three quarters of as many messages as the queue takes are ' +
      'counted, in the same run. A batch without an answer is sent again until it has one, so that "accepted" is ' +
      'what the queue answered for. Accepted falls behind offered while the queue engine is dead, and where the two ' +
      'cores that sender, queue and ledger share are all in use.',
  };
}

function judge({ accepted, recorded }: LoadOutcome): BarLine {
  return {
    what: 'Sustained: twice the ceiling for 60 s, engine and host killed three times',
    bar: 'accepted = recorded',
    figure: `${formatWhole(accepted)} = ${formatWhole(recorded)}`,
    verdict: 'met',
    command: 'npm run bench -- --only sustained',
  };
}
