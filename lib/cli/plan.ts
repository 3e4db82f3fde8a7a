import type { ApiAnswer } from '../client/api-client.ts';
import { objectAt, objectsAt, textAt } from './answer-fields.ts';
import type { Command } from './io.ts';
import { ledgerCommand, takeNoWord, takeWord, WrongUseError } from './ledger-command.ts';
import { layOutTable } from './table.ts';

/** `tokenledger plan add|list|remove`: changes of use that forecasts are told of. */
export const planCommand: Command = ledgerCommand(
  {
    name: 'plan',
    summary: 'Tell forecasts of changes of use that are planned',
    usage: `tokenledger plan add --date DAY --factor FACTOR [--filter dimension=value]... [--note TEXT] [--json]
       tokenledger plan list [--json]
       tokenledger plan remove ID [--json]
  From DAY on the calls of the scope are FACTOR times what they were; 0 = they end.`,
    options: {
      date: { type: 'string' },
      factor: { type: 'string' },
      filter: { type: 'string', multiple: true },
      note: { type: 'string' },
    },
  },
  async ({ flags, words: [verb, ...words], isJson, io, api }) => {
    if (verb === 'add') {
      takeNoWord(words);
      const { date, factor, filter = [], note } = flags;
      if (date === undefined) throw new WrongUseError('--date is missing');
      if (factor === undefined) throw new WrongUseError('--factor is missing');
      const body = { date, factor, filter: readFilter(filter), ...(note === undefined ? {} : { note }) };
      const answer = await api.ask('POST', '/v1/planned-changes', { body });
      io.out(isJson ? JSON.stringify(answer) : `${textAt(answer, 'id')}: planned`);
    } else if (verb === 'remove') {
      const id = takeWord(words, 'ID');
      await api.ask('DELETE', `/v1/planned-changes/${encodeURIComponent(id)}`);
      io.out(isJson ? JSON.stringify({ id, removed: true }) : `${id}: removed`);
    } else if (verb === 'list' || verb === undefined) {
      takeNoWord(words);
      const answer = await api.ask('GET', '/v1/planned-changes');
      if (isJson) io.out(JSON.stringify(answer));
      else for (const line of layOutTable(COLUMNS, objectsAt(answer, 'planned_changes').map(toRow))) io.out(line);
    } else throw new WrongUseError(`plan takes add, list or remove, not ${JSON.stringify(verb)}`);
    return 0;
  },
);

const COLUMNS = [
  { title: 'id' },
  { title: 'from' },
  { title: 'times', isNumber: true },
  { title: 'scope' },
  { title: 'note' },
];

function readFilter(filters: readonly string[]): Readonly<Record<string, string>> {
  const entries = filters.map((text) => {
    const at = text.indexOf('=');
    if (at <= 0) throw new WrongUseError(`--filter: expected dimension=value, got ${JSON.stringify(text)}`);
    return [text.slice(0, at), text.slice(at + 1)] as const;
  });
  const names = entries.map(([name]) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new WrongUseError(`--filter: ${twice} is given twice, and a change is of one value of it`);
  return Object.fromEntries(entries);
}

function toRow(planned: ApiAnswer): string[] {
  const scope = Object.entries(objectAt(planned, 'filter')).map(([name, value]) => `${name}=${String(value)}`);
  return [
    textAt(planned, 'id'),
    textAt(planned, 'date'),
    textAt(planned, 'factor'),
    scope.join(',') || 'all',
    planned['note'] === null ? '' : textAt(planned, 'note'),
  ];
}
