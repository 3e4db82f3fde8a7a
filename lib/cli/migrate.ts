import type { ApiAnswer } from '../client/api-client.ts';
import { numberAt, objectAt, objectsAt, textAt } from './answer-fields.ts';
import type { Command } from './io.ts';
import { ledgerCommand, readJsonFile, takeNoWord, takeWord, WrongUseError } from './ledger-command.ts';
import { layOutTable } from './table.ts';

/** `tokenledger migrate`: targets that a workload could move to, and how each stands. */
export const migrateCommand: Command = ledgerCommand(
  {
    name: 'migrate',
    summary: 'Targets that are assessed every day: set, list, show why not yet, mark as moved',
    usage: `tokenledger migrate set FILE [--json]
       tokenledger migrate list [--json]
       tokenledger migrate show NAME [--json]
       tokenledger migrate remove NAME [--json]
       tokenledger migrate mark NAME [--on DAY | --undo] [--json]
  The name * in FILE stands for what all profiles share: gates, policy and how a fleet is run.`,
    options: { on: { type: 'string' }, undo: { type: 'boolean' } },
  },
  async ({ flags, words: [verb = 'list', ...words], isJson, io, api }) => {
    const print = (answer: ApiAnswer, lines: readonly string[]) => {
      for (const line of isJson ? [JSON.stringify(answer)] : lines) io.out(line);
    };
    if (verb === 'set') {
      const body = await readJsonFile(takeWord(words, 'FILE'));
      const name = textAt(body as ApiAnswer, 'name');
      if (name === '') throw new WrongUseError('FILE: expected a JSON object with a name');
      print(await api.ask('PUT', toPath(name), { body }), [`${name}: stored`]);
    } else if (verb === 'list') {
      takeNoWord(words);
      const answer = await api.ask('GET', '/v1/migrations');
      print(answer, listRows(objectsAt(answer, 'migrations')));
    } else if (verb === 'show') {
      const name = takeWord(words, 'NAME');
      const found = objectsAt(await api.ask('GET', '/v1/migrations'), 'migrations').find(
        (each) => textAt(each, 'name') === name,
      );
      if (found === undefined) throw new WrongUseError(`there is no migration profile ${JSON.stringify(name)}`);
      print(found, describeStanding(found));
    } else if (verb === 'remove') {
      const name = takeWord(words, 'NAME');
      await api.ask('DELETE', toPath(name));
      print({ name, removed: true }, [`${name}: removed`]);
    } else if (verb === 'mark') {
      const name = takeWord(words, 'NAME');
      const day = flags.on ?? new Date().toISOString().slice(0, 10);
      const migratedOn = flags.undo === true ? null : day;
      const answer = await api.ask('PATCH', toPath(name), { body: { migrated_on: migratedOn } });
      print(answer, [migratedOn === null ? `${name}: assessed again` : `${name}: moved on ${day}`]);
    } else throw new WrongUseError(`migrate takes set, list, show, remove or mark, not ${JSON.stringify(verb)}`);
    return 0;
  },
);

function toPath(name: string): string {
  return `/v1/migrations/${encodeURIComponent(name)}`;
}

const COLUMNS = [
  { title: 'name' },
  { title: 'verdict' },
  { title: 'as of' },
  { title: 'saves USD a month', isNumber: true },
  { title: 'not yet because of' },
];

function listRows(migrations: readonly ApiAnswer[]): readonly string[] {
  const rows = migrations.map((each) => {
    const assessment = objectAt(each, 'assessment');
    const blockers = objectsAt(assessment, 'blockers').map((blocker) => textAt(blocker, 'what'));
    return [
      textAt(each, 'name'),
      textAt(each, 'verdict') || 'not assessed',
      textAt(each, 'last_day'),
      'savings_usd' in assessment ? numberAt(assessment, 'savings_usd').toFixed(2) : '',
      blockers.join(', '),
    ];
  });
  return layOutTable(COLUMNS, rows);
}

function describeStanding(migration: ApiAnswer): readonly string[] {
  const assessment = objectAt(migration, 'assessment');
  const profile = objectAt(migration, 'profile');
  const bill = (field: string) => numberAt(objectAt(assessment, field), 'usd').toFixed(2);
  const gates = Object.entries(objectAt(assessment, 'gates')).map(([gate, outcome]) => `${gate} ${String(outcome)}`);
  const blockers = objectsAt(assessment, 'blockers').map(
    (each) => `  ${textAt(each, 'what')}: ${textAt(each, 'is') || 'never'}, asked ${textAt(each, 'asked')}`,
  );
  const figures =
    'savings_usd' in assessment
      ? [
          `A month: API ${bill('api_monthly')}, self-hosted ${bill('self_monthly')}, hybrid ${bill('hybrid_monthly')} USD`,
          `Saves ${numberAt(assessment, 'savings_usd').toFixed(2)} USD with probability ${textAt(assessment, 'probability')}`,
        ]
      : [`No figures: ${textAt(assessment, 'lack') || 'not assessed yet'}`];
  return [
    `${textAt(migration, 'name')}: ${textAt(profile, 'target_model')} on ${textAt(profile, 'hardware')}`,
    `Verdict: ${textAt(migration, 'verdict') || 'not assessed'}, as of ${textAt(migration, 'last_day') || 'no day yet'}`,
    ...figures,
    ...(gates.length === 0 ? [] : [`Gates: ${gates.join(', ')}`]),
    ...(blockers.length === 0 ? [] : ['Not yet because of:', ...blockers]),
  ];
}
