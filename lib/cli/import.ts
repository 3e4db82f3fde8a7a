import { numberAt, objectsAt, textAt } from './answer-fields.ts';
import { createLineReader } from './import-events.ts';
import { readLines } from './import-lines.ts';
import { Batcher, sendBatch } from './import-send.ts';
import { type ImportOutcome, settleImport } from './import-wait.ts';
import type { CliIo, Command } from './io.ts';
import { type LedgerCall, ledgerCommand, takeWord, WrongUseError } from './ledger-command.ts';
import { createProgress } from './progress.ts';

const DEFAULT_TIMEOUT_SECONDS = 900;

/** Bad lines that are named; the rest is only counted. */
const MAX_SHOWN_PROBLEMS = 10;

/** `tokenledger import FILE`: history from a file, through the import queue. */
export const importCommand: Command = ledgerCommand(
  {
    name: 'import',
    summary: 'Send events from a file: NDJSON, or CSV by its header; gzipped or not',
    usage: `tokenledger import FILE[.gz] [--wait] [--timeout SECONDS] [--json]
  --wait     return when the ledger has settled every event, and say how
  --timeout  give up waiting after so long (${DEFAULT_TIMEOUT_SECONDS})
  CSV columns: ts or time, call_id or id, model, input_tokens, cached_input_tokens, output_tokens, app, session, ...
  Importing a file again changes nothing.`,
    options: { wait: { type: 'boolean' }, timeout: { type: 'string' } },
  },
  async ({ flags, words, isJson, io, api }) => {
    const path = takeWord(words, 'FILE');
    const timeoutMs = readTimeoutMs(flags.timeout);
    const startMs = io.now();
    const status = await api.ask('GET', '/v1/status');
    const show = createProgress(io);
    const sent = await sendFile({ io, api }, path, show);
    const settled = flags.wait
      ? await settleImport(io, api, sent.lines, numberAt(status, 'commit'), timeoutMs, show)
      : undefined;
    const seconds = Math.round((io.now() - startMs) / 10) / 100;
    const report = toReport(sent, settled, seconds);
    if (isJson) io.out(JSON.stringify(report));
    else for (const [name, value] of Object.entries(report)) io.out(`${name.replaceAll('_', ' ').padEnd(18)}${value}`);
    const { rejected_locally: bad = 0, rejected = 0, conflicts = 0, pending = 0 } = report;
    return bad + rejected + conflicts + pending > 0 ? 1 : 0;
  },
);

interface SentFile {
  read: number;
  sent: number;
  rejectedLocally: number;
  /** Refused by the API at the door. */
  refused: number;
  /** How often each id was sent and let in. */
  readonly lines: Map<string, number>;
}

async function sendFile(
  { io, api }: Pick<LedgerCall<never>, 'io' | 'api'>,
  path: string,
  show: (ratio: number, note: string) => void,
): Promise<SentFile> {
  const file: SentFile = { read: 0, sent: 0, rejectedLocally: 0, refused: 0, lines: new Map() };
  let reader: ReturnType<typeof createLineReader> | undefined;
  const batcher = new Batcher(async (texts) => {
    const answer = await sendBatch(io, api, texts);
    for (const refusal of objectsAt(answer, 'rejected'))
      refuse(io, file, textAt(refusal, 'id'), textAt(refusal, 'message'));
  });
  for await (const { text, number, readRatio } of readLines(path)) {
    const isFirst = reader === undefined;
    reader ??= createLineReader(text);
    if (isFirst && reader.isHeader) continue;
    file.read++;
    const reading = reader.read(text);
    if ('problem' in reading) {
      if (file.rejectedLocally++ < MAX_SHOWN_PROBLEMS) io.err(`line ${number}: ${reading.problem}`);
      continue;
    }
    file.sent++;
    file.lines.set(reading.id, (file.lines.get(reading.id) ?? 0) + 1);
    await batcher.add(JSON.stringify(reading.event));
    show(readRatio * 0.99, `${file.sent} events sent`);
  }
  await batcher.end();
  show(1, `${file.sent} events sent`);
  return file;
}

function refuse(io: CliIo, file: SentFile, id: string, message: string): void {
  if (file.refused++ < MAX_SHOWN_PROBLEMS) io.err(`${id}: ${message}`);
  const left = (file.lines.get(id) ?? 0) - 1;
  if (left > 0) file.lines.set(id, left);
  else file.lines.delete(id);
}

function toReport(
  file: SentFile,
  settled: ImportOutcome | undefined,
  seconds: number,
): Readonly<Record<string, number>> {
  const { read, sent, rejectedLocally, refused } = file;
  const base = { read, sent, rejected_locally: rejectedLocally };
  if (!settled) return { ...base, ...(refused > 0 ? { rejected: refused } : {}), seconds };
  const { recorded, duplicates, conflicts, rejected, pending } = settled;
  const known = { recorded, duplicates, conflicts, rejected: rejected + refused };
  return { ...base, ...known, ...(pending > 0 ? { pending } : {}), seconds };
}

function readTimeoutMs(text: string | undefined): number {
  if (text === undefined) return DEFAULT_TIMEOUT_SECONDS * 1_000;
  if (!/^\d{1,6}$/.test(text))
    throw new WrongUseError(`--timeout: expected whole seconds, got ${JSON.stringify(text)}`);
  return Number(text) * 1_000;
}
