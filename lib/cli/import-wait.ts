import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiAnswer, ApiClient } from '../client/api-client.ts';
import { numberAt, objectAt, objectsAt, textAt } from './answer-fields.ts';
import { askPatiently } from './import-send.ts';
import type { CliIo } from './io.ts';

/** What became of the events that were sent. */
export interface ImportOutcome {
  /** Counted by this import. */
  recorded: number;
  /** Held with the same id already, or sent twice by the file. */
  duplicates: number;
  /** Held with the same id and other content; what was recorded first stands. */
  conflicts: number;
  rejected: number;
  /** Not settled when time ran out. */
  pending: number;
}

const IDS_PER_REQUEST = 1_000;
const REQUESTS_AT_ONCE = 4;
const LONGEST_PAUSE_MS = 2_000;

/**
 * Waits until the ledger knows every id, and counts what became of each line. An entry of an earlier commit than the
 * import began at was there before.
 *
 * @param lines - how often each id was sent
 * @param startCommit - number of the last commit before the import
 */
export async function settleImport(
  io: CliIo,
  api: ApiClient,
  lines: ReadonlyMap<string, number>,
  startCommit: number,
  timeoutMs: number,
  show: (ratio: number, note: string) => void,
): Promise<ImportOutcome> {
  const giveUpMs = io.now() + timeoutMs;
  await drainQueue(io, api, giveUpMs, show);
  const outcome: ImportOutcome = { recorded: 0, duplicates: 0, conflicts: 0, rejected: 0, pending: 0 };
  let open = [...lines.keys()];
  for (let pauseMs = 100; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    open = await askStatuses(io, api, open, (entry) => countEntry(outcome, entry, lines, startCommit));
    show(1 - open.length / Math.max(1, lines.size), `${lines.size - open.length} of ${lines.size} ids settled`);
    if (open.length === 0 || io.now() >= giveUpMs) break;
    await sleep(pauseMs);
  }
  for (const id of open) outcome.pending += lines.get(id) ?? 0;
  return outcome;
}

/** Asking every id costs far more than asking the queue, and while messages wait some ids are unknown for sure. */
async function drainQueue(
  io: CliIo,
  api: ApiClient,
  giveUpMs: number,
  show: (ratio: number, note: string) => void,
): Promise<void> {
  let most = 1;
  for (let pauseMs = 100; io.now() < giveUpMs; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    const status = await askPatiently(io, () => api.ask('GET', '/v1/status'));
    const waiting = numberAt(objectAt(status, 'queued'), 'import');
    if (waiting === 0) return;
    most = Math.max(most, waiting);
    show((1 - waiting / most) * 0.99, `${waiting} messages waiting`);
    await sleep(pauseMs);
  }
}

/** @returns the ids that are still unknown */
async function askStatuses(
  io: CliIo,
  api: ApiClient,
  ids: readonly string[],
  settle: (entry: ApiAnswer) => void,
): Promise<string[]> {
  const unknown: string[] = [];
  const chunks: (readonly string[])[] = [];
  for (let at = 0; at < ids.length; at += IDS_PER_REQUEST) chunks.push(ids.slice(at, at + IDS_PER_REQUEST));
  const work = async (): Promise<void> => {
    for (let chunk = chunks.shift(); chunk; chunk = chunks.shift()) {
      const body = { ids: chunk };
      const answer = await askPatiently(io, () => api.ask('POST', '/v1/entries/status', { body }));
      for (const entry of objectsAt(answer, 'entries')) {
        if (entry['status'] === 'unknown') unknown.push(textAt(entry, 'id'));
        else settle(entry);
      }
    }
  };
  await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, work));
  return unknown;
}

function countEntry(
  outcome: ImportOutcome,
  entry: ApiAnswer,
  lines: ReadonlyMap<string, number>,
  startCommit: number,
): void {
  const times = lines.get(textAt(entry, 'id')) ?? 0;
  if (entry['status'] === 'rejected') {
    outcome.rejected += times;
    return;
  }
  const isNew = numberAt(entry, 'commit') > startCommit;
  const others = isNew ? times - 1 : times;
  if (isNew) outcome.recorded++;
  if (entry['status'] === 'conflict') outcome.conflicts += others;
  else outcome.duplicates += others;
}
