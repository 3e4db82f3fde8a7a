/** The world of a command line, passed in so that commands can be tested without a process. */
export interface CliIo {
  readonly stdin: AsyncIterable<Uint8Array | string>;
  /** Writes one line to standard output; the line break is added. */
  out(line: string): void;
  /** Writes one line to standard error; the line break is added. */
  err(line: string): void;
  readonly env: Record<string, string | undefined>;
  readonly isTTY: boolean;
  /** Epoch milliseconds. */
  now(): number;
}

/** One command of `tokenledger`. */
export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** How it is called, for `--help` and wrong use. */
  readonly usage: string;
  /** @returns exit code: 0 done, 1 done and something is wrong, 2 wrong use, 3 ledger not reachable */
  run(args: string[], io: CliIo): Promise<number>;
}
