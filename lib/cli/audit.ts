import type { ApiAnswer } from '../client/api-client.ts';
import { numberAt, objectsAt, textAt } from './answer-fields.ts';
import type { Command } from './io.ts';
import { ledgerCommand, takeNoWord } from './ledger-command.ts';
import { createProgress } from './progress.ts';

/** `tokenledger audit`: checks the whole ledger against itself, part by part. */
export const auditCommand: Command = ledgerCommand(
  {
    name: 'audit',
    summary: 'Prove that totals equal the entries they come from (exit 1 when not)',
    usage: 'tokenledger audit [--json]',
    options: {},
  },
  async ({ words, isJson, io, api }) => {
    takeNoWord(words);
    const showProgress = createProgress(io);
    const differences: ApiAnswer[] = [];
    let entries = 0;
    let rollups = 0;
    let parts = 0;
    let cursor: unknown;
    do {
      const part = await api.ask('POST', '/v1/audits', { body: cursor === undefined ? {} : { cursor } });
      entries += numberAt(part, 'entries');
      rollups += numberAt(part, 'rollups');
      differences.push(...objectsAt(part, 'differences'));
      cursor = part['next'];
      parts++;
      // How many parts there are is known at the end only: each one covers half of what seems left.
      showProgress(cursor === undefined ? 1 : 1 - 0.5 ** parts, `${entries} entries, ${rollups} rollups checked`);
    } while (cursor !== undefined);
    const ok = differences.length === 0;
    if (isJson) io.out(JSON.stringify({ ok, entries, rollups, differences }));
    else {
      for (const one of differences) {
        const [kind, where, expected, found] = ['kind', 'where', 'expected', 'found'].map((field) =>
          textAt(one, field),
        );
        io.out(`${kind} at ${where}: expected ${expected}, found ${found}`);
      }
      io.out(`${ok ? 'ok' : 'NOT OK'}: ${entries} entries, ${rollups} rollups, ${differences.length} differences`);
    }
    return ok ? 0 : 1;
  },
);
