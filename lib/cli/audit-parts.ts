import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiAnswer, type ApiClient, LedgerUnreachableError } from '../client/api-client.ts';
import { numberAt, objectsAt, textAt } from './answer-fields.ts';
import type { CliIo } from './io.ts';
import { createProgress } from './progress.ts';

/** Tries in a row that a ledger out of reach is asked again; each part may be asked for any number of times. */
const MAX_TRIES = 5;

const PAUSE_MS = 500;

/** What all parts of an audit or a rebuild came to. */
export interface AuditSummary {
  readonly entries: number;
  readonly rollups: number;
  readonly differences: readonly ApiAnswer[];
}

/** Days that it is restricted to, and what else is said with each part. */
export type AuditBody = Readonly<Record<string, string | boolean | undefined>>;

/**
 * Has an audit or a rebuild done part by part, with a progress bar.
 * @throws {@link LedgerUnreachableError} when the ledger stays out of reach
 */
export async function runParts(api: ApiClient, io: CliIo, path: string, body: AuditBody): Promise<AuditSummary> {
  const showProgress = createProgress(io);
  const differences: ApiAnswer[] = [];
  let [entries, rollups] = [0, 0];
  let cursor: unknown;
  do {
    const part = await askPatiently(api, path, cursor === undefined ? body : { ...body, cursor });
    entries += numberAt(part, 'entries');
    rollups += numberAt(part, 'rollups');
    differences.push(...objectsAt(part, 'differences'));
    cursor = part['next'];
    const note = `${entries} entries, ${rollups} rollups checked, ${differences.length} differences`;
    showProgress(cursor === undefined ? 1 : numberAt(part, 'progress_ratio'), note);
  } while (cursor !== undefined);
  return { entries, rollups, differences };
}

/** A difference in words. */
export function describeDifference(difference: ApiAnswer): string {
  const [kind, where, expected, found] = ['kind', 'where', 'expected', 'found'].map((field) =>
    textAt(difference, field),
  );
  return `${kind} at ${where}: expected ${expected}, found ${found}`;
}

async function askPatiently(api: ApiClient, path: string, body: Readonly<Record<string, unknown>>): Promise<ApiAnswer> {
  for (let tries = 1; ; tries++) {
    try {
      return await api.ask('POST', path, { body });
    } catch (cause) {
      if (!(cause instanceof LedgerUnreachableError) || tries === MAX_TRIES) throw cause;
      await sleep(PAUSE_MS * tries);
    }
  }
}
