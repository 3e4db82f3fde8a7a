import { createReadStream, type ReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { WrongUseError } from './ledger-command.ts';

/** A line of the file and how much of the file was read by then, 0 to 1. */
export interface FileLine {
  readonly text: string;
  readonly number: number;
  readonly readRatio: number;
}

const GZIP_MAGIC = [0x1f, 0x8b];

/**
 * Characters of a line that are kept. An event has at most 16 KiB without white space, so what is longer is none; the
 * rest of such a line is passed over, and what is kept of it is refused like any other bad line.
 */
const MAX_LINE_CHARACTERS = 1_048_576;

/**
 * Reads the lines of a file, gzipped or not, whatever its name; empty ones are passed over.
 * @throws {@link WrongUseError} when it cannot be read
 */
export async function* readLines(path: string): AsyncGenerator<FileLine> {
  let number = 0;
  try {
    const { size } = await stat(path);
    const isPacked = await isGzip(path);
    const file = createReadStream(path);
    const chunks = isPacked ? unpack(file) : file;
    for await (const text of splitText(chunks)) {
      number++;
      if (text.trim() !== '') yield { text, number, readRatio: size === 0 ? 1 : file.bytesRead / size };
    }
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    throw new WrongUseError(`cannot read ${path}: ${cause.message}`, { cause });
  }
}

async function isGzip(path: string): Promise<boolean> {
  const head = createReadStream(path, { start: 0, end: GZIP_MAGIC.length - 1 });
  const bytes: Buffer[] = [];
  for await (const chunk of head) bytes.push(chunk);
  return Buffer.concat(bytes).equals(Buffer.from(GZIP_MAGIC));
}

function unpack(file: ReadStream): AsyncIterable<Buffer> {
  const chunks = file.pipe(createGunzip());
  // A pipe does not hand on the errors of what it reads from.
  file.on('error', (cause) => chunks.destroy(cause));
  return chunks;
}

async function* splitText(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = decoder.decode(chunk, { stream: true }).split('\n');
    lines[0] = rest + (lines[0] ?? '').slice(0, MAX_LINE_CHARACTERS - rest.length);
    rest = lines.pop() ?? '';
    for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line;
  }
  rest += decoder.decode();
  if (rest !== '') yield rest;
}

function isSystemError(cause: unknown): cause is NodeJS.ErrnoException {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' && /^(E|Z_)/.test(cause.code);
}
