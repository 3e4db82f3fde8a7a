import type { ApiAnswer } from '../client/api-client.ts';
import { type AuditSummary, describeDifference, runParts } from './audit-parts.ts';
import type { CliIo, Command } from './io.ts';
import { ledgerCommand, takeNoWord } from './ledger-command.ts';

/** `tokenledger rebuild`: puts back what is derived from the commits, after showing what differs. */
export const rebuildCommand: Command = ledgerCommand(
  {
    name: 'rebuild',
    summary: 'Repair totals, indexes and counts from the commits, after showing what differs',
    usage: `tokenledger rebuild [--from DAY] [--to DAY] [--dry-run] [--yes] [--json]
  Shows what differs, asks (on a terminal, without --yes), then repairs what is derived. Commits, segments and
  corrections are never written; what is wrong with them is named and left, and the exit code is 1.
  --from (included) and --to (excluded) restrict it to commits and totals of some local days; --dry-run repairs nothing.`,
    options: {
      from: { type: 'string' },
      to: { type: 'string' },
      'dry-run': { type: 'boolean' },
      yes: { type: 'boolean' },
    },
  },
  async ({ flags, words, isJson, io, api }) => {
    takeNoWord(words);
    const { from, to } = flags;
    const shown = await runParts(api, io, '/v1/rebuilds', { from, to, dry_run: true });
    if (!isJson) for (const difference of shown.differences) io.out(describe(difference));
    const isWanted = !flags['dry-run'] && shown.differences.some((difference) => difference['repairable'] === true);
    const isAllowed = isWanted && (flags.yes || (await confirm(io, isJson)));
    const done = isAllowed ? await runParts(api, io, '/v1/rebuilds', { from, to, dry_run: false }) : shown;
    const left = done.differences.filter((difference) => difference['repaired'] !== true);
    if (isJson) io.out(JSON.stringify(toJson(done, left.length)));
    else if (isAllowed) {
      for (const difference of left) io.out(`left: ${describeDifference(difference)}`);
      io.out(`${done.differences.length - left.length} repaired, ${left.length} left`);
    } else io.out(`${shown.entries} entries, ${shown.rollups} rollups, ${left.length} differences, nothing repaired`);
    return left.length === 0 ? 0 : 1;
  },
);

function toJson({ entries, rollups, differences }: AuditSummary, left: number): Readonly<Record<string, unknown>> {
  return { ok: left === 0, entries, rollups, repaired: differences.length - left, differences };
}

function describe(difference: ApiAnswer): string {
  const text = describeDifference(difference);
  return difference['repairable'] === true ? text : `${text} (cannot be rebuilt)`;
}

/** Asks on a terminal; elsewhere nobody could answer, and who runs it knows what it does. */
async function confirm(io: CliIo, isJson: boolean): Promise<boolean> {
  if (!io.isTTY || isJson) return true;
  io.err('Repair what can be rebuilt? Type yes to go on:');
  let answer = '';
  for await (const chunk of io.stdin) {
    answer += typeof chunk === 'string' ? chunk : new TextDecoder().decode(chunk);
    if (answer.includes('\n')) break;
  }
  const isYes = /^y(es)?\s*$/i.test(answer.trim());
  if (!isYes) io.err('nothing was changed');
  return isYes;
}
