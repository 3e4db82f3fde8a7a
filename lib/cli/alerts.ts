import { objectsAt, textAt } from './answer-fields.ts';
import type { Command } from './io.ts';
import { ledgerCommand, takeNoWord } from './ledger-command.ts';
import { readAll } from './read-all.ts';
import { layOutTable } from './table.ts';

/** `tokenledger alerts`: what was alerted, newest first. */
export const alertsCommand: Command = ledgerCommand(
  {
    name: 'alerts',
    summary: 'List alerts and how far they got',
    usage: 'tokenledger alerts [--json]',
    options: {},
  },
  async ({ words, isJson, io, api }) => {
    takeNoWord(words);
    const alerts = (await readAll(api, '/v1/alerts')).flatMap((page) => objectsAt(page, 'alerts'));
    if (isJson) io.out(JSON.stringify({ alerts }));
    else {
      const columns = [{ title: 'when' }, { title: 'state' }, { title: 'severity' }, { title: 'subject' }];
      const fields = ['claimed_at', 'state', 'severity', 'subject'];
      for (const line of layOutTable(
        columns,
        alerts.map((alert) => fields.map((field) => textAt(alert, field))),
      )) {
        io.out(line);
      }
    }
    return 0;
  },
);
