import { describeDifference, runParts } from './audit-parts.ts';
import type { Command } from './io.ts';
import { ledgerCommand, takeNoWord } from './ledger-command.ts';

/** `tokenledger audit`: checks the ledger against itself, part by part. */
export const auditCommand: Command = ledgerCommand(
  {
    name: 'audit',
    summary: 'Prove that totals equal the entries they come from (exit 1 when not)',
    usage: `tokenledger audit [--from DAY] [--to DAY] [--json]
  Checks the log, what its commits name and wrote, and every total against the commits it holds, while writes go on.
  --from (included) and --to (excluded) restrict it to commits and totals of some local days.`,
    options: { from: { type: 'string' }, to: { type: 'string' } },
  },
  async ({ flags: { from, to }, words, isJson, io, api }) => {
    takeNoWord(words);
    const { entries, rollups, differences } = await runParts(api, io, '/v1/audits', { from, to });
    const ok = differences.length === 0;
    if (isJson) io.out(JSON.stringify({ ok, entries, rollups, differences }));
    else {
      for (const difference of differences) io.out(describeDifference(difference));
      io.out(`${ok ? 'ok' : 'NOT OK'}: ${entries} entries, ${rollups} rollups, ${differences.length} differences`);
    }
    return ok ? 0 : 1;
  },
);
