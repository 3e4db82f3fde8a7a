import { objectAt, textAt } from './answer-fields.ts';
import type { Command } from './io.ts';
import { ledgerCommand, takeNoWord } from './ledger-command.ts';
import { groupDigits } from './table.ts';

/** `tokenledger status`: how the ledger stands. */
export const statusCommand: Command = ledgerCommand(
  {
    name: 'status',
    summary: 'Show how the ledger stands: queues, rejects, conflicts, unknown fields',
    usage: 'tokenledger status [--json]',
    options: {},
  },
  async ({ words, isJson, io, api }) => {
    takeNoWord(words);
    const status = await api.ask('GET', '/v1/status');
    if (isJson) {
      io.out(JSON.stringify(status));
      return 0;
    }
    const queued = objectAt(status, 'queued');
    const unknown = Object.entries(objectAt(status, 'unknown_fields')).map(
      ([name, count]) => `${name} (${String(count)})`,
    );
    const count = (field: string): string => groupDigits(textAt(status, field));
    const lines = [
      ['tenant', `${textAt(status, 'tenant')}, days in ${textAt(status, 'time_zone')}`],
      ['commits', `${count('commit')}, the last at ${textAt(status, 'last_commit_at') || '-'}`],
      ['queued', `${textAt(queued, 'usage')} usage and ${textAt(queued, 'import')} import messages`],
      ['dead letters', count('dead_letters')],
      ['rejects', count('rejects')],
      ['conflicts', count('conflicts')],
      ['unpriced', `${count('unpriced_calls')} calls, and ${count('partially_priced_calls')} priced in part`],
      ['unknown fields', unknown.join(', ') || 'none'],
      ['senders', textAt(status, 'sender_mode')],
    ];
    for (const [name = '', text = ''] of lines) io.out(`${name.padEnd(16)}${text}`);
    return 0;
  },
);
