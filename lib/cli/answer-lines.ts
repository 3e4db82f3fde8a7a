import { LedgerError } from '../domain/errors.ts';
import type { CliIo } from './io.ts';

/** A request line that cannot be answered; the code and message go on its answer line. */
export class LineError extends LedgerError {
  override readonly name = 'LineError';
  readonly code: string;
  readonly retryable = false;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * The loop of every offline command: one JSON object per line in, one per line out in the same order, `id` echoed
 * (`null` when there is none to echo). What `answer` returns follows the id; a {@link LedgerError} it throws becomes the
 * line's `error`, and the next line is answered all the same. Empty lines are passed over. Codes of its own:
 * `invalid_json` and `invalid_request` (JSON, but no object).
 *
 * @param parse - reads a line's JSON; throws a SyntaxError when it is none
 * @returns the exit code: 0, every line was answered
 * @throws what `answer` throws that is not a {@link LedgerError}, and what reading the input throws
 */
export async function answerLines(
  io: Pick<CliIo, 'stdin' | 'out'>,
  answer: (request: Readonly<Record<string, unknown>>) => object | Promise<object>,
  parse: (line: string) => unknown = (line) => JSON.parse(line),
): Promise<number> {
  for await (const line of splitLines(io.stdin)) {
    if (line.trim() !== '') io.out(JSON.stringify(await answerLine(line, answer, parse)));
  }
  return 0;
}

async function answerLine(
  line: string,
  answer: (request: Readonly<Record<string, unknown>>) => object | Promise<object>,
  parse: (line: string) => unknown,
): Promise<object> {
  let id: unknown = null;
  try {
    const request = parseRequest(line, parse);
    id = toEcho(request['id']);
    return { id, ...(await answer(request)) };
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    return { id, error: { code: error.code, message: error.message } };
  }
}

/** Texts and numbers come back as they were; anything else is no id, and may be nested too deep to be written. */
function toEcho(id: unknown): unknown {
  return typeof id === 'string' || typeof id === 'number' || typeof id === 'boolean' ? id : null;
}

function parseRequest(line: string, parse: (line: string) => unknown): Readonly<Record<string, unknown>> {
  let request: unknown;
  try {
    request = parse(line);
  } catch (cause) {
    throw new LineError('invalid_json', 'the line is not JSON', { cause });
  }
  if (typeof request !== 'object' || request === null || Array.isArray(request)) {
    throw new LineError('invalid_request', 'expected a JSON object on the line');
  }
  return request as Readonly<Record<string, unknown>>;
}

async function* splitLines(chunks: CliIo['stdin']): AsyncGenerator<string> {
  // A chunk may end in the middle of a character; the decoder carries the rest over.
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const text = typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    const lines = text.split('\n');
    const last = lines.pop() ?? '';
    for (const line of lines) {
      yield rest + line;
      rest = '';
    }
    rest += last;
  }
  rest += decoder.decode();
  if (rest !== '') yield rest;
}
