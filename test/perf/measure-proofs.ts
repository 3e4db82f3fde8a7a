import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BarLine, BenchOptions, BenchResult, Measurement } from './report.ts';

const PROJECT_ROOT = join(import.meta.dirname, '..', '..');
const VITEST = join(PROJECT_ROOT, 'node_modules', 'vitest', 'vitest.mjs');

/** Bars that tests show and no figure could: they are run, and what they came to is the row. */
interface Proof {
  readonly what: string;
  readonly bar: string;
  readonly filter: string;
  readonly whenGreen: string;
}

const FAULTS: Proof = {
  what: 'Faults: every fault at every call of the write path',
  bar: 'lost 0, doubled 0, given up 0',
  filter: 'test/property/recording',
  whenGreen: '0, 0, 0, every fault met at every call',
};

const REPLAY: Proof = {
  what: 'Real replay: 117,752 calls, any order, 30 % duplicates',
  bar: 'totals to the picodollar',
  filter: 'test/e2e/replay',
  whenGreen: 'equal per model and month',
};

interface TestReport {
  readonly numTotalTests: number;
  readonly numPassedTests: number;
  readonly numFailedTests: number;
}

/** The property test of the write path. */
export const faults: Measurement = { name: 'faults', measure: (options) => prove(FAULTS, options) };

/**
 * The end-to-end test that replays recorded calls; skipped, and shown as that, where they are not at hand. It takes
 * minutes and is part of `npm test`, so it runs here only when it is asked for by name.
 */
export const replay: Measurement = { name: 'replay', measure: (options) => prove(REPLAY, options) };

/** The row of {@link replay} where it was not asked for. */
export function skipReplay(): BarLine {
  return toBar(REPLAY, '-', 'not run; part of `npm test`');
}

async function prove(proof: Proof, { quick, progress }: BenchOptions): Promise<BenchResult> {
  if (quick) return { tables: [], bars: [toBar(proof, '-', 'not run by --quick')] };
  progress(`${proof.filter}: running`);
  const { numTotalTests, numPassedTests, numFailedTests } = await runTests(proof.filter);
  if (numFailedTests > 0)
    throw new Error(`${numFailedTests} tests of ${proof.filter} fail; see npx vitest run ${proof.filter}`);
  const isShown = numPassedTests > 0 && numPassedTests === numTotalTests;
  const figure = isShown ? proof.whenGreen : `${numPassedTests} of ${numTotalTests} tests ran`;
  return { tables: [], bars: [toBar(proof, figure, isShown ? 'met' : 'not shown by this run')] };
}

function toBar({ what, bar, filter }: Proof, figure: string, verdict: string): BarLine {
  return { what, bar, figure, verdict, command: `npx vitest run ${filter}` };
}

async function runTests(filter: string): Promise<TestReport> {
  const folder = mkdtempSync(join(tmpdir(), 'tokenledger-proof-'));
  const reportFile = join(folder, 'report.json');
  const args = [VITEST, 'run', filter, '--passWithNoTests', '--reporter=json', `--outputFile=${reportFile}`];
  try {
    // A failing run also ends with an error; what failed is in its report, and no report is a failure of its own.
    await new Promise<void>((resolve) => {
      execFile(process.execPath, args, { cwd: PROJECT_ROOT }, () => resolve());
    });
    return JSON.parse(readFileSync(reportFile, 'utf8')) as TestReport;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
