import type { ApiAnswer } from '../client/api-client.ts';
import { objectAt, objectsAt, textAt } from './answer-fields.ts';
import type { Command } from './io.ts';
import { ledgerCommand, takeNoWord, WrongUseError } from './ledger-command.ts';
import { layOutTable } from './table.ts';

const DEFAULT_RECORDS = 100;

/** `tokenledger records`: administrative changes, newest first. */
export const recordsCommand: Command = ledgerCommand(
  {
    name: 'records',
    summary: 'List administrative changes: who, when, what',
    usage: `tokenledger records [--action ACTION] [--global] [--limit N] [--json]
  Newest first, at most N (${DEFAULT_RECORDS}). --global: changes that hold for every tenant.`,
    options: { action: { type: 'string' }, global: { type: 'boolean' }, limit: { type: 'string' } },
  },
  async ({ flags, words, isJson, io, api }) => {
    takeNoWord(words);
    const limit = Number(flags.limit ?? DEFAULT_RECORDS);
    if (!Number.isSafeInteger(limit) || limit < 1) throw new WrongUseError('--limit: expected a whole number from 1');
    const records: ApiAnswer[] = [];
    const query = { action: flags.action, scope: flags.global ? 'global' : undefined };
    for await (const page of api.pages('/v1/admin-records', query)) {
      records.push(...objectsAt(page, 'records'));
      if (records.length >= limit) break;
    }
    const shown = records.slice(0, limit);
    if (isJson) io.out(JSON.stringify({ records: shown }));
    else for (const line of layOutTable(COLUMNS, shown.map(toRow))) io.out(line);
    return 0;
  },
);

const COLUMNS = [{ title: 'when' }, { title: 'who' }, { title: 'what' }, { title: 'of what' }];

function toRow(record: ApiAnswer): string[] {
  const home = textAt(record, 'key_tenant');
  const who = `${textAt(record, 'key_id')}${home && ` of ${home}`}`;
  return [textAt(record, 'at'), who, textAt(record, 'action'), JSON.stringify(objectAt(record, 'detail'))];
}
