import type { ApiAnswer, ApiClient } from '../client/api-client.ts';
import { objectAt, objectsAt, textAt } from './answer-fields.ts';
import { lacksPrice, listBudgetRows } from './budget-rows.ts';
import { APPLY_USAGE, budgetsApplyCommand } from './budgets-apply.ts';
import { budgetsCheckCommand, CHECK_USAGE } from './budgets-check.ts';
import { budgetsReportCommand, REPORT_USAGE } from './budgets-report.ts';
import { describeCompleteness, joinCompleteness } from './completeness.ts';
import type { CliIo, Command } from './io.ts';
import { ledgerCommand, takeNoWord, takeWord, WrongUseError } from './ledger-command.ts';
import { layOutTable } from './table.ts';

/** Verbs that have flags of their own. */
const VERBS: ReadonlyMap<string, Command> = new Map([
  ['apply', budgetsApplyCommand],
  ['report', budgetsReportCommand],
  ['check', budgetsCheckCommand],
]);

const storingCommand: Command = ledgerCommand(
  {
    name: 'budgets',
    summary: 'Set, list and remove budgets; apply a file of them, report, check before a call',
    usage: `tokenledger budgets set NAME (--amount USD | --tokens COUNT) [--period day|week|month|quarter|year]
           [--first-day WEEKDAY] [--anchor-day N] [--anchor-month N] [--start DATE] [--end DATE]
           [--filter dimension=value]... [--each DIMENSION] [--threshold PERCENT]...
           [--forecast-threshold PERCENT|none]... [--owner TEXT] [--paused]
       tokenledger budgets list
       tokenledger budgets remove NAME
       ${APPLY_USAGE}
       ${REPORT_USAGE}
       ${CHECK_USAGE}
  --amount and --tokens take 12 amounts with commas between, one for each month, or 4 for the quarters.
  --each gives every value of a dimension the amount for itself.`,
    options: {
      amount: { type: 'string' },
      tokens: { type: 'string' },
      period: { type: 'string' },
      'first-day': { type: 'string' },
      'anchor-day': { type: 'string' },
      'anchor-month': { type: 'string' },
      start: { type: 'string' },
      end: { type: 'string' },
      filter: { type: 'string', multiple: true },
      each: { type: 'string' },
      threshold: { type: 'string', multiple: true },
      'forecast-threshold': { type: 'string', multiple: true },
      owner: { type: 'string' },
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
    } else
      throw new WrongUseError(`budgets takes set, list, remove, apply, report or check, not ${JSON.stringify(verb)}`);
    return 0;
  },
);

/** `tokenledger budgets set|list|remove|apply|report|check`. */
export const budgetsCommand: Command = {
  ...storingCommand,
  run: (args, io) => {
    const [verb = '', ...rest] = args;
    return VERBS.get(verb)?.run(rest, io) ?? storingCommand.run(args, io);
  },
};

interface BudgetFlags {
  readonly amount?: string | undefined;
  readonly tokens?: string | undefined;
  readonly period?: string | undefined;
  readonly 'first-day'?: string | undefined;
  readonly 'anchor-day'?: string | undefined;
  readonly 'anchor-month'?: string | undefined;
  readonly start?: string | undefined;
  readonly end?: string | undefined;
  readonly filter?: readonly string[] | undefined;
  readonly each?: string | undefined;
  readonly threshold?: readonly string[] | undefined;
  readonly 'forecast-threshold'?: readonly string[] | undefined;
  readonly owner?: string | undefined;
  readonly paused?: boolean | undefined;
}

/** A budget as the API takes it, without what was not given: the ledger knows the defaults. */
function toBudget(name: string, flags: BudgetFlags): Record<string, unknown> {
  if (flags.amount === undefined && flags.tokens === undefined)
    throw new WrongUseError('--amount or --tokens is missing');
  const scope = (flags.filter ?? []).map((text) => {
    const at = text.indexOf('=');
    if (at <= 0) throw new WrongUseError(`--filter: expected dimension=value, got ${JSON.stringify(text)}`);
    return [text.slice(0, at), text.slice(at + 1)];
  });
  const body = {
    name,
    amount_usd: toAmounts(flags.amount),
    amount_tokens: toAmounts(flags.tokens),
    period: toPeriod(flags),
    start_date: flags.start,
    end_date: flags.end,
    filter: Object.fromEntries(scope),
    each: flags.each,
    thresholds: toPercents('threshold', flags.threshold),
    forecast_thresholds: toPercents('forecast-threshold', flags['forecast-threshold']),
    owner: flags.owner,
    paused: flags.paused,
  };
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}

function toAmounts(text: string | undefined): string | readonly string[] | undefined {
  return text?.includes(',') ? text.split(',') : text;
}

function toPeriod(flags: BudgetFlags): unknown {
  const details = {
    first_day: flags['first-day'],
    anchor_day: toWholeNumber('anchor-day', flags['anchor-day']),
    anchor_month: toWholeNumber('anchor-month', flags['anchor-month']),
  };
  const given = Object.entries(details).filter(([, value]) => value !== undefined);
  if (given.length === 0) return flags.period;
  return { kind: flags.period ?? 'month', ...Object.fromEntries(given) };
}

function toPercents(
  flag: 'threshold' | 'forecast-threshold',
  texts: readonly string[] | undefined,
): readonly number[] | undefined {
  if (flag === 'forecast-threshold' && texts?.join() === 'none') return [];
  return texts?.flatMap((text) => text.split(',')).map((text) => toWholeNumber(flag, text) ?? 0);
}

function toWholeNumber(flag: string, text: string | undefined): number | undefined {
  if (text === undefined || /^\d+$/.test(text)) return text === undefined ? undefined : Number(text);
  throw new WrongUseError(`--${flag}: expected a whole number, got ${JSON.stringify(text)}`);
}

async function list(api: ApiClient, io: CliIo, isJson: boolean): Promise<void> {
  const answer = await api.ask('GET', '/v1/budgets');
  if (isJson) return io.out(JSON.stringify(answer));
  const columns = [
    { title: 'budget' },
    { title: 'scope' },
    { title: 'part' },
    { title: 'period' },
    { title: 'used', isNumber: true },
    { title: 'amount', isNumber: true },
    { title: 'unit' },
    { title: 'crossed' },
    { title: 'without price', isNumber: true },
  ];
  const budgets = objectsAt(answer, 'budgets');
  for (const line of layOutTable(columns, budgets.flatMap(listBudgetRows))) io.out(line);
  for (const line of describeTogether(budgets)) io.out(line);
}

/** One line for all: queues, rejects and days are the same for every budget. Calls without a price have their column. */
function describeTogether(budgets: readonly ApiAnswer[]): readonly string[] {
  const currents = budgets.filter(({ current }) => current !== null).map((budget) => objectAt(budget, 'current'));
  if (currents.length === 0) return [];
  const shared = currents.map((current) => ({
    ...current,
    incomplete_reasons: objectsAt(current, 'incomplete_reasons').filter((reason) => !lacksPrice(reason)),
  }));
  return describeCompleteness(joinCompleteness(shared));
}
