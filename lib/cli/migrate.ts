import { objectsAt, textAt } from './answer-fields.ts';
import type { Command } from './io.ts';
import { ledgerCommand, readJsonFile, takeNoWord, takeWord, WrongUseError } from './ledger-command.ts';

/** `tokenledger migrate set|list`: targets that a workload could move to. */
export const migrateCommand: Command = ledgerCommand(
  {
    name: 'migrate',
    summary: 'Set and list the migration profiles that are assessed every day',
    usage: `tokenledger migrate set FILE [--json]
       tokenledger migrate list [--json]`,
    options: {},
  },
  async ({ words: [verb, ...words], isJson, io, api }) => {
    if (verb === 'set') {
      const body = await readJsonFile(takeWord(words, 'FILE'));
      const answer = await api.ask('POST', '/v1/migration-profiles', { body });
      io.out(isJson ? JSON.stringify(answer) : `${textAt(answer, 'name')}: stored`);
    } else if (verb === 'list' || verb === undefined) {
      takeNoWord(words);
      const answer = await api.ask('GET', '/v1/migration-profiles');
      if (isJson) io.out(JSON.stringify(answer));
      else
        for (const one of objectsAt(answer, 'profiles')) io.out(`${textAt(one, 'name')}  ${textAt(one, 'stored_at')}`);
    } else throw new WrongUseError(`migrate takes set or list, not ${JSON.stringify(verb)}`);
    return 0;
  },
);
