import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { buildSync } from 'esbuild';
import { ENVIRONMENT, FUNCTION_ENVIRONMENT } from '../../lib/contracts/environment.ts';
import { bundleHandler } from '../../lib/infra/constructs/ledger-function.ts';
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
import { findQuantile } from './statistics.ts';

const PROJECT_ROOT = join(import.meta.dirname, '..', '..');
const HANDLER = join(PROJECT_ROOT, 'functions', 'record-usage', 'handler.ts');
const IMPORTS = 7;
const LARGEST = 15;

/** Size of the bundle of record-usage and the time that a fresh process takes to import it. */
export const coldStart: Measurement = { name: 'cold', measure: measureColdStart };

async function measureColdStart({ progress }: BenchOptions): Promise<BenchResult> {
  const folder = mkdtempSync(join(tmpdir(), 'tokenledger-bundle-'));
  try {
    progress('cold: bundling record-usage');
    const sizeBytes = bundleHandler(HANDLER, folder);
    const bundleFile = join(folder, 'index.mjs');
    const gzippedBytes = gzipSync(readFileSync(bundleFile), { level: 9 }).byteLength;
    progress(`cold: importing it in ${IMPORTS} fresh processes`);
    const importsMs: number[] = [];
    for (let run = 0; run < IMPORTS; run++) importsMs.push(await importFresh(bundleFile));
    const medianMs = findQuantile(importsMs, 0.5);
    const summary: BenchTable = {
      title: 'Cold start of record-usage',
      columns: ['bundle, bytes', 'gzipped, bytes', 'import, median', 'fastest', 'slowest'],
      rows: [
        [
          formatWhole(sizeBytes),
          formatWhole(gzippedBytes),
          formatMs(medianMs),
          formatMs(Math.min(...importsMs)),
          formatMs(Math.max(...importsMs)),
        ],
      ],
      note:
        `The bundle is the one that the stack deploys, gzip level 9. Import is from before to after \`import()\` in each of ` +
        `${IMPORTS} fresh processes on this machine, with the catalog loaded and the clients made; the start of Node itself is not in it.`,
    };
    return { tables: [summary, listLargestParts()], bars: judge(gzippedBytes, medianMs) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function importFresh(bundleFile: string): Promise<number> {
  const script = `const from = performance.now(); await import(${JSON.stringify(pathToFileURL(bundleFile).href)}); console.log(performance.now() - from);`;
  const values: Record<string, string> = {
    [ENVIRONMENT.senders]: JSON.stringify({ mode: 'trusted', tenant: 'default' }),
    [ENVIRONMENT.functionTimeoutMs]: '60000',
    [ENVIRONMENT.alertLeaseMs]: '330000',
  };
  const names = FUNCTION_ENVIRONMENT['record-usage'];
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
    env: { AWS_REGION: 'us-east-1', ...Object.fromEntries(names.map((name) => [name, values[name] ?? 'bench'])) },
  });
  return Number(stdout);
}

/** What the bundle is made of. Only shares matter here, so the options need not be the stack's to the letter. */
function listLargestParts(): BenchTable {
  const { metafile } = buildSync({
    entryPoints: [HANDLER],
    absWorkingDir: PROJECT_ROOT,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    metafile: true,
    write: false,
    logLevel: 'error',
  });
  const sizes = new Map<string, number>();
  for (const { inputs } of Object.values(metafile.outputs)) {
    for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
      const part = namePart(file);
      sizes.set(part, (sizes.get(part) ?? 0) + bytesInOutput);
    }
  }
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const largest = [...sizes].toSorted((a, b) => b[1] - a[1]).slice(0, LARGEST);
  return {
    title: 'What the bundle is made of',
    columns: ['part', 'minified, bytes', 'share'],
    rows: largest.map(([part, size]) => [part, formatWhole(size), `${((100 * size) / total).toFixed(1)} %`]),
    note: `The ${LARGEST} largest packages and folders, before gzip.`,
  };
}

/** The package that a file comes from; of our own files the folder, and data by its own name. */
function namePart(file: string): string {
  const packages = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1];
  if (packages) return packages;
  return file.endsWith('.json') || file.includes('.generated.') ? file : file.replace(/\/[^/]*$/, '');
}

function judge(gzippedBytes: number, medianMs: number): BarLine[] {
  const command = 'npm run bench -- --only cold';
  return [
    judgeBar({
      what: 'Cold start: record-usage bundle, gzipped',
      bar: '<= 260 KB',
      limit: 260_000,
      isUpperLimit: true,
      value: gzippedBytes,
      figure: `${(gzippedBytes / 1000).toFixed(1)} KB`,
      command,
    }),
    judgeBar({
      what: 'Cold start: import',
      bar: '<= 100 ms',
      limit: 100,
      isUpperLimit: true,
      value: medianMs,
      figure: formatMs(medianMs),
      command,
    }),
  ];
}
