import type { ApiAnswer } from '../client/api-client.ts';
import { objectAt, objectsAt, textAt } from './answer-fields.ts';
import { describeCompleteness, joinCompleteness } from './completeness.ts';
import type { Command } from './io.ts';
import { ledgerCommand, takeWord, WrongUseError } from './ledger-command.ts';
import { readAll } from './read-all.ts';
import { layOutTable } from './table.ts';

/** `tokenledger entries ID` and `tokenledger entries --day DAY`. */
export const entriesCommand: Command = ledgerCommand(
  {
    name: 'entries',
    summary: 'Show one entry by id, or the entries of a day',
    usage: `tokenledger entries ID [--json]
       tokenledger entries --day 2026-01-29 [--json]   the day is local to the tenant`,
    options: { day: { type: 'string' } },
  },
  async ({ flags, words, isJson, io, api }) => {
    if (flags.day === undefined) {
      const entry = await api.ask('GET', `/v1/entries/${encodeURIComponent(takeWord(words, 'ID'))}`);
      io.out(isJson ? JSON.stringify(entry) : JSON.stringify(entry, null, 2));
      return 0;
    }
    if (words.length > 0) throw new WrongUseError('entries takes an ID or --day, not both');
    const pages = await readAll(api, '/v1/entries', { day: flags.day });
    const entries = pages.flatMap((page) => objectsAt(page, 'entries'));
    const answer = { entries, ...joinCompleteness(pages) };
    if (isJson) io.out(JSON.stringify(answer));
    else {
      const columns = [
        { title: 'time' },
        { title: 'id' },
        { title: 'app' },
        { title: 'model' },
        { title: 'cost $', isNumber: true },
      ];
      for (const line of layOutTable(columns, entries.map(toEntryRow))) io.out(line);
      for (const line of describeCompleteness(answer)) io.out(line);
    }
    return 0;
  },
);

function toEntryRow(entry: ApiAnswer): string[] {
  const event = objectAt(entry, 'event');
  const rating = objectAt(entry, 'rating');
  return [
    textAt(event, 'time'),
    textAt(entry, 'id'),
    textAt(event, 'app') || '-',
    textAt(event, 'model'),
    rating['cost_usd'] === null ? textAt(rating, 'status') : textAt(rating, 'cost_usd'),
  ];
}
