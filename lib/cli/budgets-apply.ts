import { type ApiAnswer, type ApiClient, ApiProblemError } from '../client/api-client.ts';
import { objectsAt, textAt } from './answer-fields.ts';
import type { CliIo, Command } from './io.ts';
import { ledgerCommand, takeWord } from './ledger-command.ts';
import { type BudgetFile, readBudgetFile } from './read-budget-file.ts';
import { toPrintable } from './table.ts';

/** How `tokenledger budgets apply` is used. */
export const APPLY_USAGE = 'tokenledger budgets apply FILE [--dry-run] [--json]';

const DEEDS = ['created', 'changed', 'paused', 'resumed', 'unchanged'] as const;

/** `tokenledger budgets apply`: makes a file of budgets the whole truth, after showing what that changes. */
export const budgetsApplyCommand: Command = ledgerCommand(
  {
    name: 'budgets apply',
    summary: 'Make a file the whole truth about budgets: others are paused',
    usage: `${APPLY_USAGE}
  FILE: {"budgets": [{"name", "amount_usd", ...}, ...]}, or one budget a line, each as POST /v1/budgets takes it.
  Any fault changes nothing. --dry-run only shows the differences. Applying a file again changes nothing.`,
    options: { 'dry-run': { type: 'boolean' } },
  },
  async ({ flags, words, isJson, io, api }) => {
    const file = await readBudgetFile(takeWord(words, 'FILE'));
    try {
      return await apply(api, io, file, { isDryRun: flags['dry-run'] === true, isJson });
    } catch (error) {
      if (!(error instanceof ApiProblemError) || error.issues.length === 0 || file.lines === undefined) throw error;
      for (const issue of error.issues) io.err(placeIssue(issue, file.lines));
      return 2;
    }
  },
);

async function apply(
  api: ApiClient,
  io: CliIo,
  { budgets }: BudgetFile,
  { isDryRun, isJson }: { isDryRun: boolean; isJson: boolean },
): Promise<number> {
  const ask = (dryRun: boolean): Promise<ApiAnswer> =>
    api.ask('POST', '/v1/budgets/apply', { body: { budgets, dry_run: dryRun } });
  if (isJson) {
    const answer = await ask(isDryRun);
    io.out(JSON.stringify(answer));
    return answer['done'] === true ? 0 : 1;
  }
  const planned = await ask(true);
  const shown = describeDifferences(planned);
  for (const line of shown) io.out(line);
  const isSame = objectsAt(planned, 'changes').every(({ change }) => change === 'unchanged');
  if (isDryRun || isSame) {
    io.out(isSame ? `nothing to change: ${countDeeds(planned)}` : `would be: ${countDeeds(planned)}`);
    return 0;
  }
  const answer = await ask(false);
  const done = describeDifferences(answer);
  if (done.join('\n') !== shown.join('\n')) {
    io.out('budgets were changed meanwhile; what was applied is:');
    for (const line of done) io.out(line);
  }
  io.out(`done: ${countDeeds(answer)}`);
  return reportFailures(io, answer);
}

function reportFailures(io: CliIo, answer: ApiAnswer): number {
  const failed = objectsAt(answer, 'changes').filter(({ state }) => state === 'failed');
  if (failed.length === 0) return 0;
  io.err(`not done: ${failed.map((each) => toPrintable(textAt(each, 'name'))).join(', ')}; apply the file again`);
  return 1;
}

/** Lines that say what changes, without budgets that stay as they are. */
function describeDifferences(answer: ApiAnswer): readonly string[] {
  return objectsAt(answer, 'changes')
    .filter(({ change }) => change !== 'unchanged')
    .flatMap((each) => [describeDeed(each), ...describeFields(each)])
    .map(toPrintable);
}

function describeDeed(each: ApiAnswer): string {
  const change = textAt(each, 'change');
  const why = each['listed'] === false ? ', because the file leaves it out' : '';
  const armed = change !== 'created' && each['arms_anew'] === true ? '; its thresholds are armed anew' : '';
  return `${change} ${textAt(each, 'name')}${why}${armed}`;
}

function describeFields(each: ApiAnswer): readonly string[] {
  const change = textAt(each, 'change');
  if (change === 'paused' || change === 'resumed') return [];
  return objectsAt(each, 'fields')
    .filter(({ field }) => field !== 'name')
    .map((field) => {
      const after = writeValue(field['after']);
      const values = change === 'created' ? after : `${writeValue(field['before'])} -> ${after}`;
      return `  ${textAt(field, 'field')}: ${values}`;
    });
}

function writeValue(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function countDeeds(answer: ApiAnswer): string {
  const changes = objectsAt(answer, 'changes').filter(({ state }) => state !== 'failed');
  return DEEDS.map((deed) => `${changes.filter(({ change }) => change === deed).length} ${deed}`).join(', ');
}

/** Names the line of the file beside the place in the list. */
function placeIssue(issue: string, lines: readonly number[]): string {
  const index = /^budgets\[(\d+)\]/.exec(issue)?.[1];
  const line = index === undefined ? undefined : lines[Number(index)];
  return line === undefined ? issue : `line ${line}: ${issue}`;
}
