import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type BenchOptions, type BenchResult, judgeBar, type Measurement } from './report.ts';

const PROJECT_ROOT = join(import.meta.dirname, '..', '..');
const BAR_SECONDS = 120;
const ROW = {
  what: 'First use: start to URL and first alert, after npm ci',
  bar: `clone to first alert, 2 commands, < ${BAR_SECONDS} s`,
  command: 'npm ci && npm start',
};

/** How long `npm start` takes on a new folder until it has printed its URL and a first alert. */
export const firstUse: Measurement = { name: 'first-use', measure: measureFirstUse };

async function measureFirstUse({ quick, progress }: BenchOptions): Promise<BenchResult> {
  if (quick) return { tables: [], bars: [{ ...ROW, figure: '-', verdict: 'not run by --quick' }] };
  progress('first-use: starting the product on its sample');
  const { urlSeconds, alertSeconds } = await startOnSample();
  const value = Math.max(urlSeconds, alertSeconds);
  const bar = judgeBar({
    ...ROW,
    limit: BAR_SECONDS,
    isUpperLimit: true,
    value,
    figure: `URL ${urlSeconds.toFixed(1)} s, alert ${alertSeconds.toFixed(1)} s; npm ci comes on top`,
  });
  return { tables: [], bars: [bar] };
}

async function startOnSample(): Promise<{ urlSeconds: number; alertSeconds: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'tokenledger-first-use-'));
  const started = performance.now();
  const product = spawn(process.execPath, ['bin/local.ts', '--data', folder, '--port', '0', '--json'], {
    cwd: PROJECT_ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(product, 'exit');
  const output = createInterface({ input: product.stdout });
  const notes = createInterface({ input: product.stderr });
  try {
    const seconds = (): number => (performance.now() - started) / 1000;
    let lastNote = '';
    notes.on('line', (line) => {
      lastNote = line;
    });
    const ended = exited.then(([code]) => {
      throw new Error(`the product ended with code ${code} before it was ready: ${lastNote}`);
    });
    const url = once(output, 'line').then(seconds);
    const alert = new Promise<number>((resolve) => {
      notes.on('line', (line) => {
        if (line.trimStart().startsWith('ALERT')) resolve(seconds());
      });
    });
    const [urlSeconds, alertSeconds] = await Promise.race([Promise.all([url, alert]), ended]);
    return { urlSeconds, alertSeconds };
  } finally {
    product.kill('SIGTERM');
    await exited;
    rmSync(folder, { recursive: true });
  }
}
