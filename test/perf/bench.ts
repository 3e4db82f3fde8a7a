import { arch, availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { alerts } from './measure-alerts.ts';
import { audit } from './measure-audit.ts';
import { check } from './measure-check.ts';
import { coldStart } from './measure-cold-start.ts';
import { consumers } from './measure-consumers.ts';
import { cost } from './measure-cost.ts';
import { emitter } from './measure-emitter.ts';
import { firstUse } from './measure-first-use.ts';
import { freshness } from './measure-freshness.ts';
import { newcomer } from './measure-newcomer.ts';
import { pipeline } from './measure-pipeline.ts';
import { faults, replay, skipReplay } from './measure-proofs.ts';
import { rating } from './measure-rating.ts';
import { reads } from './measure-reads.ts';
import { sustained } from './measure-sustained.ts';
import { writes } from './measure-writes.ts';
import { type BarLine, type BenchTable, formatWhole, type Measurement, renderTable } from './report.ts';

const MEASUREMENTS: readonly Measurement[] = [
  writes,
  cost,
  pipeline,
  rating,
  reads,
  check,
  coldStart,
  freshness,
  faults,
  consumers,
  firstUse,
];
const BY_NAME = new Map(
  [...MEASUREMENTS, alerts, audit, emitter, sustained, newcomer, replay].map((each) => [each.name, each]),
);

const USAGE = `npm run bench -- [--quick] [--only NAME]... [--json]

  --quick      fewer events, under a minute, rougher figures; no tests, no first use
  --only NAME  one of ${[...BY_NAME.keys()].join(', ')};
               may be repeated; alerts, audit, emitter, sustained, newcomer and replay run only when they are named
  --json       one JSON document on standard output instead of tables`;

/** Exit code 0 whatever the speed; 1 when something counted wrong or failed; 2 for wrong use. */
const options = readOptions();
if (options === undefined) process.exitCode = 2;
else if (!(await run(options))) process.exitCode = 1;

interface Options {
  readonly quick: boolean;
  readonly isJson: boolean;
  readonly chosen: readonly Measurement[];
  /** Every bar has its row, also one that is shown elsewhere. */
  readonly isWhole: boolean;
}

function readOptions(): Options | undefined {
  try {
    const { values } = parseArgs({
      options: {
        quick: { type: 'boolean', default: false },
        only: { type: 'string', multiple: true },
        json: { type: 'boolean', default: false },
      },
    });
    const chosen = values.only?.map((name) => {
      const measurement = BY_NAME.get(name);
      if (!measurement) throw new TypeError(`--only: there is no measurement ${name}`);
      return measurement;
    });
    return { quick: values.quick, isJson: values.json, chosen: chosen ?? MEASUREMENTS, isWhole: !chosen };
  } catch (cause) {
    console.error(`${cause instanceof Error ? cause.message : cause}\n\n${USAGE}`);
    return undefined;
  }
}

async function run({ quick, isJson, chosen, isWhole }: Options): Promise<boolean> {
  const tables: BenchTable[] = [];
  const bars: BarLine[] = isWhole ? [skipReplay()] : [];
  const failures: string[] = [];
  const started = performance.now();
  const [loadBefore = 0] = loadavg();
  for (const { name, measure } of chosen) {
    try {
      const result = await measure({ quick, progress: showProgress });
      tables.push(...result.tables);
      bars.push(...result.bars);
    } catch (cause) {
      // The other measurements still say something; the exit code says that this one does not.
      failures.push(`${name}: ${cause instanceof Error ? cause.message : cause}`);
      console.error(cause);
    }
  }
  const about = {
    date: new Date().toISOString(),
    machine: `${availableParallelism()} cores (${cpus()[0]?.model ?? arch()}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`,
    command: ['npm run bench', ...process.argv.slice(2)].join(' ').replace('bench ', 'bench -- '),
    // A load near the number of cores before the run begins means that somebody else is at work as well.
    loadBefore,
    seconds: Math.round((performance.now() - started) / 1000),
  };
  if (isJson) console.log(JSON.stringify({ ...about, tables, bars, failures }));
  else print(about, [...tables, summarise(bars)], failures);
  return failures.length === 0;
}

function showProgress(line: string): void {
  process.stderr.write(`${(performance.now() / 1000).toFixed(0).padStart(4)} s  ${line}\n`);
}

function summarise(bars: readonly BarLine[]): BenchTable {
  return {
    title: 'Bars',
    columns: ['what', 'bar', 'figure', 'met?', 'shown by'],
    rows: bars.map(({ what, bar, figure, verdict, command }) => [what, bar, figure, verdict, `\`${command}\``]),
    note: 'A clock gates nothing: figures of speed are of this machine, at this moment.',
  };
}

function print(
  about: Readonly<Record<'date' | 'machine' | 'command', string>> & Readonly<Record<'seconds' | 'loadBefore', number>>,
  tables: readonly BenchTable[],
  failures: readonly string[],
): void {
  console.log(
    `${about.date}, \`${about.command}\`, ${formatWhole(about.seconds)} s, on ${about.machine}, load ${about.loadBefore.toFixed(1)} before\n`,
  );
  for (const table of tables) console.log(`${renderTable(table)}\n`);
  for (const failure of failures) console.log(`FAILED ${failure}`);
}
