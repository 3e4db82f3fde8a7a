import type { ApiAnswer, ApiClient } from '../client/api-client.ts';
import { numberAt, objectAt, objectsAt, textAt } from './answer-fields.ts';
import { describeCompleteness, joinCompleteness } from './completeness.ts';
import type { CliIo, Command } from './io.ts';
import { ledgerCommand, takeNoWord, takeWord, WrongUseError } from './ledger-command.ts';
import { groupDigits, layOutTable } from './table.ts';

/** `tokenledger budgets set|list|remove`. */
export const budgetsCommand: Command = ledgerCommand(
  {
    name: 'budgets',
    summary: 'Set, list and remove monthly budgets',
    usage: `tokenledger budgets set NAME --amount USD [--filter dimension=value]... [--threshold PERCENT]... [--paused]
       tokenledger budgets list
       tokenledger budgets remove NAME`,
    options: {
      amount: { type: 'string' },
      filter: { type: 'string', multiple: true },
      threshold: { type: 'string', multiple: true },
      paused: { type: 'boolean' },
    },
  },
  async ({ flags, words: [verb, ...words], isJson, io, api }) => {
    if (verb === 'set') {
      const body = toBudget(takeWord(words, 'NAME'), flags);
      const answer = await api.ask('POST', '/v1/budgets', { body });
      if (isJson) io.out(JSON.stringify(answer));
      else
        io.out(
          `${textAt(answer, 'name')}: ${textAt(answer, 'change').replace('_', ' ')}, version ${textAt(answer, 'version')}`,
        );
    } else if (verb === 'remove') {
      const name = takeWord(words, 'NAME');
      await api.ask('DELETE', `/v1/budgets/${encodeURIComponent(name)}`);
      io.out(isJson ? JSON.stringify({ name, removed: true }) : `${name}: removed`);
    } else if (verb === 'list' || verb === undefined) {
      takeNoWord(words);
      await list(api, io, isJson);
    } else throw new WrongUseError(`budgets takes set, list or remove, not ${JSON.stringify(verb)}`);
    return 0;
  },
);

interface BudgetFlags {
  readonly amount?: string | undefined;
  readonly filter?: readonly string[] | undefined;
  readonly threshold?: readonly string[] | undefined;
  readonly paused?: boolean | undefined;
}

function toBudget(name: string, { amount, filter, threshold, paused }: BudgetFlags): Record<string, unknown> {
  if (amount === undefined) throw new WrongUseError('--amount is missing');
  const scope = (filter ?? []).map((text) => {
    const at = text.indexOf('=');
    if (at <= 0) throw new WrongUseError(`--filter: expected dimension=value, got ${JSON.stringify(text)}`);
    return [text.slice(0, at), text.slice(at + 1)];
  });
  const thresholds = threshold
    ?.flatMap((text) => text.split(','))
    .map((text) => {
      if (!/^\d+$/.test(text))
        throw new WrongUseError(`--threshold: expected whole percents, got ${JSON.stringify(text)}`);
      return Number(text);
    });
  return {
    name,
    amount_usd: amount,
    filter: Object.fromEntries(scope),
    ...(thresholds === undefined ? {} : { thresholds }),
    ...(paused === undefined ? {} : { paused }),
  };
}

async function list(api: ApiClient, io: CliIo, isJson: boolean): Promise<void> {
  const answer = await api.ask('GET', '/v1/budgets');
  if (isJson) return io.out(JSON.stringify(answer));
  const columns = [
    { title: 'budget' },
    { title: 'scope' },
    { title: 'period' },
    { title: 'spent $', isNumber: true },
    { title: 'amount $', isNumber: true },
    { title: 'crossed' },
    { title: 'without price', isNumber: true },
  ];
  const budgets = objectsAt(answer, 'budgets');
  for (const line of layOutTable(columns, budgets.map(toRow))) io.out(line);
  for (const line of describeTogether(budgets)) io.out(line);
}

/** One line for all: queues, rejects and days are the same for every budget. Calls without a price have their column. */
function describeTogether(budgets: readonly ApiAnswer[]): readonly string[] {
  if (budgets.length === 0) return [];
  const currents = budgets.map((budget) => objectAt(budget, 'current'));
  const shared = currents.map((current) => ({
    ...current,
    incomplete_reasons: objectsAt(current, 'incomplete_reasons').filter((reason) => !lacksPrice(reason)),
  }));
  return describeCompleteness(joinCompleteness(shared));
}

function toRow(budget: ApiAnswer): string[] {
  const current = objectAt(budget, 'current');
  const crossed = current['crossed_thresholds'];
  const scope = Object.entries(objectAt(budget, 'filter')).map(([name, value]) => `${name}=${String(value)}`);
  return [
    textAt(budget, 'name'),
    scope.join(',') || 'all',
    textAt(current, 'period'),
    textAt(current, 'spent_usd'),
    textAt(budget, 'amount_usd'),
    budget['paused'] === true
      ? 'paused'
      : Array.isArray(crossed)
        ? crossed.map((percent) => `${percent}%`).join(' ')
        : '',
    groupDigits(String(countUnpriced(current))),
  ];
}

/** Calls of the period that the spend leaves out in whole or part. */
function countUnpriced(current: ApiAnswer): number {
  return objectsAt(current, 'incomplete_reasons')
    .filter(lacksPrice)
    .reduce((sum, reason) => sum + numberAt(reason, 'count'), 0);
}

function lacksPrice({ reason }: ApiAnswer): boolean {
  return reason === 'unpriced' || reason === 'partially_priced';
}
