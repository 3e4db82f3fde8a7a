import type { Command } from '../../lib/cli/io.ts';

/** What a command wrote and the code it ended with. */
export interface CommandRun {
  readonly code: number;
  readonly out: readonly string[];
  readonly err: readonly string[];
}

/** Runs a command on the given chunks of standard input, at the epoch and with an empty environment. */
export async function runCommand(
  command: Command,
  chunks: readonly (string | Uint8Array)[],
  args: string[] = [],
): Promise<CommandRun> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await command.run(args, {
    stdin: streamChunks(chunks),
    out: (line) => out.push(line),
    err: (line) => err.push(line),
    env: {},
    isTTY: false,
    now: () => 0,
  });
  return { code, out, err };
}

async function* streamChunks(chunks: readonly (string | Uint8Array)[]): AsyncGenerator<string | Uint8Array> {
  yield* chunks;
}
