import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type BenchOptions, type BenchResult, judgeBar, type Measurement } from './report.ts';

const PROJECT_ROOT = join(import.meta.dirname, '..', '..');
const BAR_SECONDS = 180;
const PATIENCE_MS = 120_000;
const ROW = {
  what: 'Newcomer: clone to the first own event in spend',
  bar: `clone, start, curl, spend: < ${BAR_SECONDS} s`,
  command: 'npm run bench -- --only newcomer',
};

const run = promisify(execFile);

/**
 * The path of somebody who has never seen the project, as they would walk it: a clone of what is committed, `npm ci`,
 * `npm start`, one event of their own by curl, and `spend` until it shows. It runs only when it is named, because it installs
 * everything once more.
 */
export const newcomer: Measurement = { name: 'newcomer', measure: measureNewcomer };

/** What each step took, in the order walked. */
type Steps = readonly (readonly [step: string, seconds: number])[];

async function measureNewcomer({ progress }: BenchOptions): Promise<BenchResult> {
  const folder = mkdtempSync(join(tmpdir(), 'tokenledger-newcomer-'));
  try {
    const steps = await walk(join(folder, 'tokenledger'), progress);
    const value = steps.reduce((sum, [, seconds]) => sum + seconds, 0);
    const rows = [...steps, ['all of it', value] as const].map(([step, seconds]) => [step, `${seconds.toFixed(1)} s`]);
    const figure = `${value.toFixed(1)} s`;
    const bar = judgeBar({ ...ROW, limit: BAR_SECONDS, isUpperLimit: true, value, figure });
    const note = 'The clone is of this folder; how long npm ci takes depends on its cache and on the network.';
    return { tables: [{ title: 'A newcomer', columns: ['step', 'took'], rows, note }], bars: [bar] };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function walk(clone: string, progress: BenchOptions['progress']): Promise<Steps> {
  const steps: [string, number][] = [];
  const time = async <Result>(step: string, walkStep: () => Promise<Result>): Promise<Result> => {
    progress(`newcomer: ${step}`);
    const started = performance.now();
    const result = await walkStep();
    steps.push([step, (performance.now() - started) / 1000]);
    return result;
  };
  await time('git clone', () => run('git', ['clone', '--quiet', '--depth', '1', `file://${PROJECT_ROOT}`, clone]));
  await time('npm ci', () => run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: clone }));
  const product = spawn('npm', ['start', '--silent', '--', '--port', '0', '--json'], {
    cwd: clone,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that what npm started ends with it.
    detached: true,
  });
  try {
    const { url, apiKey } = await time('npm start, until it prints its URL', () => readReady(product));
    await time('the first own event, by curl', () => sendByCurl(url, apiKey));
    await time('seen in tokenledger spend', () =>
      awaitInSpend(clone, { TOKENLEDGER_URL: url, TOKENLEDGER_KEY: apiKey }),
    );
    return steps;
  } finally {
    const exited = once(product, 'exit');
    if (product.exitCode === null && product.pid !== undefined) {
      process.kill(-product.pid, 'SIGTERM');
      await exited;
    }
  }
}

async function readReady(product: ChildProcess): Promise<{ readonly url: string; readonly apiKey: string }> {
  if (!product.stdout || !product.stderr) throw new TypeError('the product was started without its output');
  let lastNote = '';
  createInterface({ input: product.stderr }).on('line', (line) => {
    lastNote = line;
  });
  const ended = once(product, 'exit').then(([code]) => {
    throw new Error(`npm start ended with ${code} before it was ready: ${lastNote}`);
  });
  const [line] = await Promise.race([once(createInterface({ input: product.stdout }), 'line'), ended]);
  return JSON.parse(String(line));
}

async function sendByCurl(url: string, apiKey: string): Promise<void> {
  const time = new Date().toISOString();
  const event = {
    id: 'my-first',
    time,
    app: 'mine',
    model: 'gpt-4o-mini',
    usage: { input_tokens: 1200, output_tokens: 350 },
  };
  const headers = ['-H', `Authorization: Bearer ${apiKey}`, '-H', 'content-type: application/json'];
  await run('curl', ['-sS', '--fail-with-body', `${url}/v1/events`, ...headers, '-d', JSON.stringify(event)]);
}

async function awaitInSpend(clone: string, ledger: Readonly<Record<string, string>>): Promise<void> {
  const args = ['run', '--silent', 'tokenledger', '--', 'spend', '--filter', 'app=mine', '--json'];
  const giveUp = performance.now() + PATIENCE_MS;
  while (performance.now() < giveUp) {
    const { stdout } = await run('npm', args, { cwd: clone, env: { ...process.env, ...ledger } });
    const { total } = JSON.parse(stdout);
    // 1,200 x $0.15/M + 350 x $0.60/M = $0.00039
    if (total.calls === 1 && total.cost_usd === '0.00039') return;
    await sleep(200);
  }
  throw new Error('the event did not show in spend');
}
