import { readFile } from 'node:fs/promises';
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { ApiClient, ApiProblemError, LedgerUnreachableError } from '../client/api-client.ts';
import { LedgerError } from '../domain/errors.ts';
import type { CliIo, Command } from './io.ts';

/** Where the local host listens unless it is told otherwise. */
const DEFAULT_URL = 'http://127.0.0.1:8080';

/** Flags that every command takes. */
const COMMON_OPTIONS = {
  json: { type: 'boolean' },
  tenant: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** The command was called in a way it does not understand. */
export class WrongUseError extends LedgerError {
  override readonly name = 'WrongUseError';
  readonly code = 'cli/wrong-use';
  readonly retryable = false;
}

type Values<Options extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: Options; allowPositionals: true }>
>['values'];

/** What a command gets to work with. */
export interface LedgerCall<Options extends ParseArgsOptionsConfig> {
  /** Values of the command's own flags. */
  readonly flags: Values<Options>;
  readonly words: readonly string[];
  readonly isJson: boolean;
  readonly io: CliIo;
  readonly api: ApiClient;
}

/** What a command gets to work with that needs no ledger. */
export interface CallBesideLedger<Options extends ParseArgsOptionsConfig> extends Omit<LedgerCall<Options>, 'api'> {
  /** Undefined where no ledger is named. */
  readonly api: ApiClient | undefined;
  /** The tenant to act in; undefined = the key's own. */
  readonly tenant: string | undefined;
}

/** A command's name and flags; `--json`, `--tenant` and `--help` are every command's. */
export interface LedgerCommandShape<Options extends ParseArgsOptionsConfig> {
  readonly name: string;
  readonly summary: string;
  readonly usage: string;
  readonly options: Options;
}

/**
 * Makes a command that asks the ledger at `TOKENLEDGER_URL` with `TOKENLEDGER_KEY`. It answers `--help`, names flags
 * that do not exist, and turns errors into exit codes: 2 wrong use, 3 not reachable, 1 any other refusal.
 */
export function ledgerCommand<const Options extends ParseArgsOptionsConfig>(
  shape: LedgerCommandShape<Options>,
  run: (call: LedgerCall<Options>) => Promise<number>,
): Command {
  return makeCommand(shape, (call, tenant) => run({ ...call, api: connect(call.io, tenant) }));
}

/** Makes a command that works without a ledger, and with the one at `TOKENLEDGER_URL` where that is set. */
export function commandBesideLedger<const Options extends ParseArgsOptionsConfig>(
  shape: LedgerCommandShape<Options>,
  run: (call: CallBesideLedger<Options>) => Promise<number>,
): Command {
  return makeCommand(shape, (call, tenant) => {
    const hasLedger = Boolean(call.io.env['TOKENLEDGER_URL']);
    if (!hasLedger && tenant !== undefined) throw new WrongUseError('--tenant: TOKENLEDGER_URL names no ledger');
    return run({ ...call, api: hasLedger ? connect(call.io, tenant) : undefined, tenant });
  });
}

function makeCommand<const Options extends ParseArgsOptionsConfig>(
  shape: LedgerCommandShape<Options>,
  run: (call: Omit<LedgerCall<Options>, 'api'>, tenant: string | undefined) => Promise<number>,
): Command {
  const { name, summary, usage } = shape;
  return {
    name,
    summary,
    usage,
    run: async (args, io) => {
      try {
        const { flags, words } = readArguments(shape.options, args);
        const { help, json, tenant } = flags as { help?: boolean; json?: boolean; tenant?: string };
        if (help) return printHelp(io, shape);
        return await run({ flags, words, isJson: json === true, io }, tenant);
      } catch (error) {
        return explain(error, io, shape.usage);
      }
    },
  };
}

/** Reads a file of JSON. @throws {@link WrongUseError} when it cannot be read or is none */
export async function readJsonFile(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    const reason = cause instanceof SyntaxError ? 'it is not JSON' : cause instanceof Error ? cause.message : 'unknown';
    throw new WrongUseError(`cannot read ${path}: ${reason}`, { cause });
  }
}

/** The one word a command takes. @throws {@link WrongUseError} when there are none or more */
export function takeWord(words: readonly string[], what: string): string {
  const [word, ...more] = words;
  if (word === undefined) throw new WrongUseError(`${what} is missing`);
  if (more.length > 0) throw new WrongUseError(`unexpected ${JSON.stringify(more[0])}`);
  return word;
}

/** @throws {@link WrongUseError} when there is a word although the command takes none */
export function takeNoWord(words: readonly string[]): void {
  if (words[0] !== undefined) throw new WrongUseError(`unexpected ${JSON.stringify(words[0])}`);
}

function readArguments<Options extends ParseArgsOptionsConfig>(
  own: Options,
  args: string[],
): { flags: Values<Options>; words: readonly string[] } {
  const options = { ...own, ...COMMON_OPTIONS };
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    return { flags: values as Values<Options>, words: positionals };
  } catch (cause) {
    throw new WrongUseError(cause instanceof Error ? (cause.message.split('. ')[0] ?? '') : 'wrong use', { cause });
  }
}

function connect(io: CliIo, tenant: string | undefined): ApiClient {
  const key = io.env['TOKENLEDGER_KEY'];
  if (!key) throw new WrongUseError('TOKENLEDGER_KEY is not set; it holds the API key (npm start prints one)');
  if (!/^[\x21-\x7e]+$/.test(key)) throw new WrongUseError('TOKENLEDGER_KEY holds characters that no key has');
  const url = io.env['TOKENLEDGER_URL'] || DEFAULT_URL;
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? '')) {
    throw new WrongUseError(`TOKENLEDGER_URL: expected an http or https URL, got ${JSON.stringify(url)}`);
  }
  if (tenant === undefined) return new ApiClient({ url, key });
  if (!/^[a-z0-9_-]+$/.test(tenant)) throw new WrongUseError('--tenant: expected the name of a tenant');
  return new ApiClient({ url, key, tenant });
}

function printHelp(io: CliIo, { summary, usage }: { summary: string; usage: string }): number {
  io.out(summary);
  io.out('');
  for (const line of usage.split('\n')) io.out(line);
  io.out('');
  io.out('Every command takes --json (one JSON document on one line), --help, and --tenant NAME with a key of the');
  io.out('organisation, for another tenant than its own.');
  io.out(`It asks the ledger at TOKENLEDGER_URL (${DEFAULT_URL}) with the key in TOKENLEDGER_KEY.`);
  return 0;
}

function explain(error: unknown, io: CliIo, usage: string): number {
  if (error instanceof LedgerUnreachableError) {
    io.err(`${error.message}; set TOKENLEDGER_URL or start one with npm start`);
    return 3;
  }
  if (error instanceof WrongUseError) {
    io.err(error.message);
    io.err(`usage: ${usage}`);
    return 2;
  }
  if (!(error instanceof ApiProblemError)) throw error;
  if (error.issues.length === 0) io.err(error.message);
  for (const issue of error.issues) io.err(issue);
  return error.status === 404 || error.status === 409 ? 1 : 2;
}
