import { spawn } from 'node:child_process';

/** Scripts of package.json that look at the sources alone. The lanes run side by side, for one check takes as long as the rest. */
const LANES: readonly (readonly string[])[] = [['check:types'], ['check:format', 'check:imports', 'check:dead']];

const failed = (await Promise.all(LANES.map(runLane))).flat();
if (failed.length > 0) {
  console.error(`failed: ${failed.join(', ')}`);
  process.exitCode = 1;
}

/** @returns the scripts that failed; those after them in their lane are run all the same */
async function runLane(scripts: readonly string[]): Promise<readonly string[]> {
  const failures: string[] = [];
  for (const script of scripts) if (!(await passes(script))) failures.push(script);
  return failures;
}

/** Runs one script and prints what it wrote when it has ended, so that what two of them write is not mixed. */
async function passes(script: string): Promise<boolean> {
  const child = spawn('npm', ['run', script], { stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  process.stdout.write(Buffer.concat(chunks));
  return code === 0;
}
