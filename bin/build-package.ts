import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type BuildOptions, build } from 'esbuild';

// Builds the package that services install: the client and the command line, and nothing that deploys a ledger. Node
// runs no TypeScript inside node_modules, and hosts may be older than the Node.js that the ledger runs on.
const ROOT = join(import.meta.dirname, '..');
const TARGET = join(ROOT, 'dist');
// Built beside it and moved at the end, so that who reads the last build meanwhile finds it whole.
const STAGE = join(ROOT, `dist.${process.pid}`);
const CLIENT = 'client/index.js';
const COMMAND_LINE = 'cli/tokenledger.js';
const SHARED: BuildOptions = { absWorkingDir: ROOT, bundle: true, format: 'esm', platform: 'node', target: 'node20' };

await buildClient();
await buildCommandLine();
writeManifest();
for (const name of ['LICENSE', 'docs/send-typescript.md'])
  copyFileSync(join(ROOT, name), join(STAGE, name === 'LICENSE' ? name : 'README.md'));
for (const name of [CLIENT, COMMAND_LINE]) {
  const bundle = readFileSync(join(STAGE, name));
  console.log(`dist/${name}: ${kilobytes(bundle.length)}, ${kilobytes(gzipSync(bundle).length)} as gzip`);
}
rmSync(TARGET, { recursive: true, force: true });
renameSync(STAGE, TARGET);

async function buildClient(): Promise<void> {
  const { metafile } = await build({
    ...SHARED,
    entryPoints: [join(ROOT, 'lib/client/index.ts')],
    outfile: join(STAGE, CLIENT),
    // Only who sends to a queue loads it.
    external: ['@aws-sdk/client-sqs'],
    metafile: true,
  });
  // A client has no prices: it must not grow by the catalog, nor by anything that a provider's SDK brings.
  const stranger = Object.keys(metafile.inputs).find((path) => !/^lib\/(client|domain|contracts)\//.test(path));
  if (stranger !== undefined) throw new Error(`the client's bundle must not hold ${stranger}`);
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
  const types = join(STAGE, 'client', 'types');
  const project = join(ROOT, 'tsconfig.client.json');
  execFileSync(process.execPath, [tsc, '--project', project, '--outDir', types], { stdio: 'inherit' });
  pointAtDeclarations(types);
}

async function buildCommandLine(): Promise<void> {
  // The AWS SDK holds CommonJS that asks for Node's own modules.
  const banner = `import { createRequire } from 'node:module';const require = createRequire(import.meta.url);`;
  await build({
    ...SHARED,
    entryPoints: [join(ROOT, 'bin/tokenledger.ts')],
    outfile: join(STAGE, COMMAND_LINE),
    minify: true,
    banner: { js: banner },
  });
  chmodSync(join(STAGE, COMMAND_LINE), 0o755);
}

/** The package says less than the project: it brings everything it needs but the queue's SDK, which few hosts need. */
function writeManifest(): void {
  const project = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const { name, version, license, type, dependencies } = project;
  const entry = { types: './client/types/client/index.d.ts', default: `./${CLIENT}` };
  const sqs = '@aws-sdk/client-sqs';
  const manifest = {
    ...{ name, version, license, type },
    description: 'Client of Tokenledger, a usage ledger for LLM calls: emitter, SDK wrappers, command line',
    engines: { node: '>=20' },
    exports: { '.': entry, './client': entry, './package.json': './package.json' },
    bin: { tokenledger: `./${COMMAND_LINE}` },
    peerDependencies: { [sqs]: `^${dependencies[sqs]}` },
    peerDependenciesMeta: { [sqs]: { optional: true } },
  };
  writeFileSync(join(STAGE, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
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
