import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { findSuiteFiles, type SuiteName } from './proof-suites.ts';
import type { PlantedBug } from './read-patches.ts';

/** What is not part of the sources, and the installed packages, which are linked instead. */
const LEFT_OUT = new Set(['node_modules', '.git', 'cdk.out', '.tokenledger', 'coverage']);

/** A suite that failed, or (`broken`) one that could not tell. */
interface FailedSuite {
  readonly state: 'failed' | 'broken';
  /** Name of the first test that failed; for `broken` what kept the suite from telling. */
  readonly test: string;
  /** What the simulation says is broken; empty where the name of the test says it. */
  readonly reason: string;
  /** Histories that it took, where the test counts them. */
  readonly histories: number | null;
}

/** How a suite ended on the tree as it is. */
export type SuiteEnd = ({ readonly state: 'missing' | 'passed' } | FailedSuite) & { readonly seconds: number };

/** A copy of the project in a temporary folder, into which bugs can be planted. */
export class Workshop {
  readonly root: string;
  readonly #seed: number;
  #knownFaults: ReadonlySet<string> = new Set();

  private constructor(root: string, seed: number) {
    this.root = root;
    this.#seed = seed;
  }

  /** Copies a project; what does not pass the type check there already is known and held against no bug. */
  static async open(project: string, seed: number): Promise<Workshop> {
    const root = await mkdtemp(join(tmpdir(), 'planted-'));
    await cp(project, root, { recursive: true, filter: (source) => !LEFT_OUT.has(basename(source)) });
    await symlink(join(project, 'node_modules'), join(root, 'node_modules'));
    const workshop = new Workshop(root, seed);
    workshop.#knownFaults = new Set(await workshop.#findTypeFaults());
    return workshop;
  }

  async close(): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }

  /** @returns why the patch does not apply, undefined when it was applied */
  async plant(bug: PlantedBug): Promise<string | undefined> {
    const { code, output } = await this.#run('git', ['apply', bug.path]);
    return code === 0 ? undefined : output.trim();
  }

  /** Takes a planted bug out again. */
  async remove(bug: PlantedBug): Promise<void> {
    const { code, output } = await this.#run('git', ['apply', '--reverse', bug.path]);
    if (code !== 0) throw new Error(`${bug.name} cannot be taken out again: ${output}`);
  }

  /** @returns what the type check and the linter say about a planted bug, undefined when nothing */
  async check(bug: PlantedBug): Promise<string | undefined> {
    const faults = (await this.#findTypeFaults()).filter((fault) => !this.#knownFaults.has(fault));
    if (faults.length > 0) return faults.slice(0, 3).join('\n');
    const { code, output } = await this.#runTool('@biomejs/biome/bin/biome', ['check', ...bug.files]);
    return code === 0 ? undefined : output.trim().slice(0, 1_000);
  }

  /** Runs a suite up to its first failing test. */
  async prove(suite: SuiteName): Promise<SuiteEnd> {
    const files = findSuiteFiles(this.root, suite);
    const startMs = Date.now();
    if (files.length === 0) return { state: 'missing', seconds: 0 };
    const report = join(this.root, 'planted-report.json');
    await rm(report, { force: true });
    const args = [
      'run',
      '--config',
      'test/planted/vitest.config.ts',
      '--root',
      '.',
      `--outputFile=${report}`,
      ...files,
    ];
    const { output } = await this.#runTool('vitest/vitest.mjs', args);
    const seconds = (Date.now() - startMs) / 1_000;
    const text = await readFile(report, 'utf8').catch(() => undefined);
    if (text === undefined)
      return { state: 'broken', seconds, test: output.trim().slice(-500), reason: '', histories: null };
    return { ...readReport(JSON.parse(text) as VitestReport), seconds };
  }

  async #findTypeFaults(): Promise<string[]> {
    const args = ['--noEmit', '--incremental', '--tsBuildInfoFile', '.tsbuildinfo', '--pretty', 'false'];
    const { output } = await this.#runTool('typescript/bin/tsc', args);
    return output.split('\n').filter((line) => line.includes('error TS'));
  }

  #runTool(script: string, args: readonly string[]) {
    return this.#run(process.execPath, [join('node_modules', script), ...args]);
  }

  #run(command: string, args: readonly string[]): Promise<{ readonly code: number; readonly output: string }> {
    // Vitest and fast-check decide by these what to print and how much to try.
    const env = { ...process.env, PLANTED_SEED: String(this.#seed), RUNS: '1000', NO_COLOR: '1', CI: '1' };
    return new Promise((resolve, reject) => {
      const child = spawn(command, args, { cwd: this.root, env, stdio: ['ignore', 'pipe', 'pipe'] });
      let output = '';
      child.stdout.on('data', (data: Buffer) => {
        output += data.toString();
      });
      child.stderr.on('data', (data: Buffer) => {
        output += data.toString();
      });
      child.on('error', reject);
      child.on('close', (code) => resolve({ code: code ?? 1, output }));
    });
  }
}

/** The part of Vitest's JSON report that is read. */
interface VitestReport {
  readonly success: boolean;
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

/** A suite has told when a test failed for what it found; one that ran out of time or could not start tells nothing. */
function readReport({ success, testResults }: VitestReport): { readonly state: 'passed' } | FailedSuite {
  if (success) return { state: 'passed' };
  const failed = testResults.flatMap((file) => file.assertionResults).find(({ status }) => status === 'failed');
  if (!failed) {
    const message = testResults.map((file) => file.message).join('\n');
    return { state: 'broken', test: message.slice(0, 500), reason: '', histories: null };
  }
  const message = failed.failureMessages?.join('\n') ?? '';
  const state = message.includes('Test timed out') ? 'broken' : 'failed';
  const [, reason = ''] = /AssertionError: expected '([^\n]*)/.exec(message) ?? [];
  return { state, test: failed.fullName, reason: reason.slice(0, 100), histories: countHistories(message) };
}

/** fast-check says after how many histories; the simulation's path to the failing one begins with its place. */
function countHistories(message: string): number | null {
  const [, tests] = /Property failed after (\d+) tests/.exec(message) ?? [];
  if (tests !== undefined) return Number(tests);
  const [, place] = /--path (\d+)/.exec(message) ?? [];
  return place === undefined ? null : Number(place) + 1;
}
