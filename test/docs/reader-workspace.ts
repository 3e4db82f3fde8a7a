import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import type { CommandResult, Ready } from '../helpers/running-product.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const PYTHON = '/usr/bin/python3';
const TIMEOUT_MS = 110_000;

/** The folder of somebody who follows one page: what earlier blocks left there is there for the later ones. */
export interface ReaderWorkspace {
  readonly folder: string;
  save(fileName: string, text: string): void;
  /** Writes a file and runs it with what its name ends in; `.sh` by bash, which stops at the first failure. */
  run(fileName: string, code: string, input?: string): Promise<CommandResult>;
  remove(): void;
}

/**
 * Makes one beside a running product: what `npm start` tells its reader to export is in the environment, `tokenledger` can
 * be run by npx and imported, and so can the packages of this project. A request that curl gets an error for fails.
 *
 * @param extra - more variables of the environment
 */
export async function createWorkspace(
  ready: Pick<Ready, 'environment'>,
  extra: Readonly<Record<string, string>> = {},
): Promise<ReaderWorkspace> {
  const folder = mkdtempSync(join(tmpdir(), 'tokenledger-docs-'));
  const bin = join(folder, 'node_modules', '.bin');
  mkdirSync(bin, { recursive: true });
  await installPackages(join(folder, 'node_modules'));
  const scripts = { tokenledger: `"${process.execPath}" "${join(ROOT, 'bin/tokenledger.ts')}"` };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', private: true, scripts }));
  writeFileSync(join(bin, 'tokenledger'), `#!/bin/sh\nexec ${scripts.tokenledger} "$@"\n`);
  chmodSync(join(bin, 'tokenledger'), 0o755);
  // The history that a reader is supposed to have.
  const call = `${new Date().toISOString()},from-history,demo,gpt-4o-mini,1200,800,350`;
  const history = gzipSync(`ts,call_id,app,model,input_tokens,cached_input_tokens,output_tokens\n${call}\n`);
  writeFileSync(join(folder, 'calls.csv.gz'), history);
  const event = {
    id: 'from-history-2',
    time: new Date().toISOString(),
    model: 'gpt-4o-mini',
    usage: { input_tokens: 9 },
  };
  writeFileSync(join(folder, 'history.ndjson.gz'), gzipSync(`${JSON.stringify(event)}\n`));
  writeFileSync(join(folder, '.curlrc'), 'fail-with-body\n');
  const env = {
    ...process.env,
    PATH: [bin, dirname(process.execPath), process.env['PATH']].join(delimiter),
    PYTHONPATH: [folder, join(import.meta.dirname, 'stand-ins')].join(delimiter),
    PYTHONDONTWRITEBYTECODE: '1',
    CURL_HOME: folder,
    ...ready.environment,
    ...extra,
  };
  const save = (fileName: string, text: string): void => {
    mkdirSync(dirname(join(folder, fileName)), { recursive: true });
    writeFileSync(join(folder, fileName), text);
  };
  return {
    folder,
    save,
    run(fileName, code, input = '') {
      save(fileName, code);
      const [command, ...args] = interpreterOf(fileName);
      return execute(command, [...args, join(folder, fileName)], { cwd: folder, env }, input);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Why Python blocks cannot run here; undefined where they can. */
export async function missingPython(): Promise<string | undefined> {
  if (!existsSync(PYTHON)) return `${PYTHON} is not there`;
  const { code, stderr } = await execute(PYTHON, ['-c', 'import boto3, requests'], {}, '');
  return code === 0 ? undefined : `${PYTHON} cannot import boto3 and requests: ${stderr.trim().split('\n').at(-1)}`;
}

/** Whether a command is on the PATH. */
export async function hasCommand(name: string): Promise<boolean> {
  return (await execute('sh', ['-c', `command -v ${name}`], {}, '')).code === 0;
}

function interpreterOf(fileName: string): readonly [string, ...string[]] {
  if (fileName.endsWith('.sh')) return ['bash', '-euo', 'pipefail'];
  return fileName.endsWith('.py') ? [PYTHON] : [process.execPath];
}

/** The project's own packages by name, and `tokenledger` as it is built for senders. */
async function installPackages(modules: string): Promise<void> {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  for (const name of Object.keys({ ...dependencies, ...devDependencies })) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  }
  const outdir = join(modules, 'tokenledger');
  mkdirSync(outdir);
  builtClient ??= buildClient();
  writeFileSync(join(outdir, 'index.js'), await builtClient);
  writeFileSync(
    join(outdir, 'package.json'),
    JSON.stringify({ name: 'tokenledger', type: 'module', main: 'index.js' }),
  );
}

let builtClient: Promise<string> | undefined;

async function buildClient(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, 'lib/client/index.ts')],
    write: false,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
  });
  return outputFiles.map(({ text }) => text).join('');
}

function execute(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv },
  input: string,
): Promise<CommandResult> {
  const child = spawn(command, args, { ...options, stdio: 'pipe', timeout: TIMEOUT_MS });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  // A program that reads no input may be gone before it is written.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  return new Promise((resolve) => {
    child.on('error', (cause) => resolve({ code: -1, stdout, stderr: `${stderr}${cause}` }));
    child.on('close', (code) => resolve({ code: code ?? -1, stdout, stderr }));
  });
}
