import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiAnswer, type ApiClient, LedgerUnreachableError } from '../client/api-client.ts';
import { objectsAt, textAt } from './answer-fields.ts';
import type { CliIo, Command } from './io.ts';
import { ledgerCommand, WrongUseError } from './ledger-command.ts';
import { groupDigits, layOutTable } from './table.ts';

/** Rejects of one request. */
const IDS_AT_ONCE = 100;

/** Tries in a row that a ledger out of reach is asked again; what was sent already counts once. */
const MAX_TRIES = 5;
const PAUSE_MS = 1_000;

/** Outcomes after which there is nothing left to do. */
const FINE: ReadonlySet<string> = new Set(['redriven', 'would_be_accepted', 'accepted_before']);

/** `tokenledger redrive`: sends rejects through their queue again. Exit 1 when some cannot be. */
export const redriveCommand: Command = ledgerCommand(
  {
    name: 'redrive',
    summary: 'Send rejects through their queue again, after the cause was mended',
    usage: `tokenledger redrive REJECT... [--set FIELD=VALUE ...] [--dry-run] [--unassigned] [--json]
       tokenledger redrive --reason R [--since T] ...
       tokenledger redrive --all [--since T] ...
  Each keeps its first arrival and is accepted if it would be by now. Safe to repeat and to interrupt: an event
  counts once. --set feature=triage, usage.input_tokens=12, tags.team=cx; FIELD= takes a field out.
  --unassigned: rejects of senders without a tenant, once the tenant was made or the sender added (org-admin keys).`,
    options: {
      reason: { type: 'string' },
      since: { type: 'string' },
      all: { type: 'boolean' },
      set: { type: 'string', multiple: true },
      'dry-run': { type: 'boolean' },
      unassigned: { type: 'boolean' },
    },
  },
  async ({ flags, words, isJson, io, api }) => {
    const { reason, since, all, unassigned } = flags;
    if (words.length > 0 === (reason !== undefined || since !== undefined || all === true)) {
      throw new WrongUseError('redrive takes REJECTs, or --reason, --since or --all');
    }
    const common = {
      set: readSets(flags.set ?? []),
      dry_run: flags['dry-run'] === true,
      unassigned: unassigned === true,
    };
    const results: ApiAnswer[] = [];
    if (words.length > 0) {
      for (let start = 0; start < words.length; start += IDS_AT_ONCE) {
        const ids = words.slice(start, start + IDS_AT_ONCE);
        results.push(...objectsAt(await askAgain(api, { ...common, ids }), 'results'));
      }
    } else {
      const selection = { ...common, ...(all ? { all } : {}), reason, since };
      let cursor: unknown;
      do {
        const page = await askAgain(api, { ...selection, cursor });
        results.push(...objectsAt(page, 'results'));
        cursor = page['next'];
        if (cursor !== undefined) io.err(`${groupDigits(String(results.length))} rejects so far`);
      } while (cursor !== undefined);
    }
    const failed = results.filter((result) => !FINE.has(textAt(result, 'outcome')));
    if (isJson) io.out(JSON.stringify({ dry_run: common.dry_run, results }));
    else print(io, results, failed);
    return failed.length > 0 ? 1 : 0;
  },
);

async function askAgain(api: ApiClient, body: ApiAnswer): Promise<ApiAnswer> {
  for (let tries = 1; ; tries++) {
    try {
      return await api.ask('POST', '/v1/rejects/redrive', { body });
    } catch (cause) {
      if (!(cause instanceof LedgerUnreachableError) || tries === MAX_TRIES) throw cause;
      await sleep(PAUSE_MS);
    }
  }
}

function readSets(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=');
      if (at < 1) throw new WrongUseError(`--set: expected FIELD=VALUE, got ${JSON.stringify(text)}`);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

function print(io: CliIo, results: readonly ApiAnswer[], failed: readonly ApiAnswer[]): void {
  const columns = [{ title: 'reject' }, { title: 'outcome' }, { title: 'why' }];
  const rows = failed.map((result) => ['reject_id', 'outcome', 'detail'].map((field) => textAt(result, field)));
  if (rows.length > 0) for (const line of layOutTable(columns, rows)) io.out(line);
  const counts = new Map<string, number>();
  for (const result of results) counts.set(textAt(result, 'outcome'), (counts.get(textAt(result, 'outcome')) ?? 0) + 1);
  for (const [outcome, count] of counts) io.out(`${groupDigits(String(count))} ${outcome.replaceAll('_', ' ')}`);
  if (results.length === 0) io.out('nothing to redrive');
  if (results.some((result) => textAt(result, 'outcome') === 'redriven')) {
    io.err('What becomes of them shows in tokenledger rejects --state all, as soon as the queue was read.');
  }
}
