import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

// Builds what the package exports: Node runs no TypeScript inside node_modules, and hosts may be older than Node 24.
const ROOT = join(import.meta.dirname, '..', '..', '..');
const TARGET = join(ROOT, 'dist', 'client');
// Built beside it and moved at the end, so that who reads the last build meanwhile finds it whole.
const STAGE = `${TARGET}.${process.pid}`;
const BUNDLE = join(STAGE, 'index.js');

const { metafile } = await build({
  entryPoints: [join(ROOT, 'lib/client/index.ts')],
  outfile: BUNDLE,
  absWorkingDir: ROOT,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // Only who sends to a queue loads it.
  external: ['@aws-sdk/client-sqs'],
  metafile: true,
});
checkInputs(Object.keys(metafile.inputs));
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
const types = join(STAGE, 'types');
const project = join(ROOT, 'tsconfig.client.json');
execFileSync(process.execPath, [tsc, '--project', project, '--outDir', types], { stdio: 'inherit' });
pointAtDeclarations(types);
const bundle = readFileSync(BUNDLE);
rmSync(TARGET, { recursive: true, force: true });
renameSync(STAGE, TARGET);
console.log(`dist/client/index.js: ${kilobytes(bundle.length)}, ${kilobytes(gzipSync(bundle).length)} as gzip`);

/** A client has no prices: it must not grow by the catalog, nor by anything that a provider's SDK brings. */
function checkInputs(inputs: readonly string[]): void {
  const stranger = inputs.find((path) => !/^lib\/(client|domain|contracts)\//.test(path));
  if (stranger !== undefined) throw new Error(`the client's bundle must not hold ${stranger}`);
}

/** Compilers that do not allow `.ts` in imports must find the declarations, too. */
function pointAtDeclarations(folder: string): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.d.ts')) continue;
    const path = join(folder, name);
    writeFileSync(path, readFileSync(path, 'utf8').replace(/(['"])(\.{1,2}\/[^'"]+)\.ts\1/g, '$1$2.js$1'));
  }
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} KiB`;
}
