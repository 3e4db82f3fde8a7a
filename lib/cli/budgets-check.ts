import type { ApiAnswer } from '../client/api-client.ts';
import { DIMENSIONS } from '../contracts/dimensions.ts';
import { numberAt, objectsAt, textAt } from './answer-fields.ts';
import type { CliIo, Command } from './io.ts';
import { ledgerCommand, takeNoWord, WrongUseError } from './ledger-command.ts';
import { layOutTable } from './table.ts';

/** How `tokenledger budgets check` is used. */
export const CHECK_USAGE = `tokenledger budgets check [--team T] [--app A] [--model M] [--filter dimension=value]...
                  [--estimate-usd USD] [--estimate-tokens N] [--limit-percent PERCENT] [--json]`;

const NAMED = DIMENSIONS.filter((name) => !/^tag\d$/.test(name)).map((name) => ({
  name,
  flag: name.replaceAll('_', '-'),
}));

/** `tokenledger budgets check`: whether a call may still be made. */
export const budgetsCheckCommand: Command = ledgerCommand(
  {
    name: 'budgets check',
    summary: 'Ask whether a call may still be made by the budgets that would count it',
    usage: `${CHECK_USAGE}
  Every dimension has a flag; a tag is --filter tags.NAME=VALUE. By what is spent so far, and with an estimate by what
  would be. Exit code 1: not allowed. Budgets that depend on a dimension that is not given decide nothing.`,
    options: {
      ...Object.fromEntries(NAMED.map(({ flag }) => [flag, { type: 'string' as const }])),
      filter: { type: 'string', multiple: true },
      'estimate-usd': { type: 'string' },
      'estimate-tokens': { type: 'string' },
      'limit-percent': { type: 'string' },
    },
  },
  async ({ flags, words, isJson, io, api }) => {
    takeNoWord(words);
    const query = {
      ...readDimensions(flags),
      estimate_usd: flags['estimate-usd'],
      estimate_tokens: flags['estimate-tokens'],
      limit_percent: flags['limit-percent'],
    };
    const check = await api.ask('GET', '/v1/budgets/check', { query });
    if (isJson) io.out(JSON.stringify(check));
    else print(io, check);
    return check['allowed'] === true ? 0 : 1;
  },
);

function readDimensions(flags: Readonly<Record<string, unknown>>): Record<string, string> {
  const named = NAMED.flatMap(({ name, flag }): [string, string][] => {
    const value = flags[flag];
    return typeof value === 'string' ? [[name, value]] : [];
  });
  const filters = Array.isArray(flags['filter']) ? flags['filter'] : [];
  const given = [...named, ...filters.map((text) => splitFilter(String(text)))];
  const repeated = given.find(([name], index) => given.findIndex(([other]) => other === name) !== index);
  if (repeated) throw new WrongUseError(`${repeated[0]} is given twice; a call has one value of it`);
  return Object.fromEntries(given);
}

function splitFilter(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at <= 0) throw new WrongUseError(`--filter: expected dimension=value, got ${JSON.stringify(text)}`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function print(io: CliIo, check: ApiAnswer): void {
  const budgets = objectsAt(check, 'budgets');
  const limit = textAt(check, 'limit_percent');
  io.out(
    check['allowed'] === true
      ? `allowed: ${budgets.length} budgets count such a call, and each has room below ${limit} %`
      : `not allowed: budget ${textAt(check, 'decided_by')} has no room below ${limit} %`,
  );
  const columns = [
    { title: 'budget' },
    { title: 'part' },
    { title: 'period' },
    { title: 'amount', isNumber: true },
    { title: 'spent', isNumber: true },
    { title: 'remaining', isNumber: true },
    { title: 'used %', isNumber: true },
    { title: 'room' },
  ];
  if (budgets.length > 0) for (const line of layOutTable(columns, budgets.map(toRow))) io.out(line);
  for (const each of objectsAt(check, 'unknown')) {
    const needs = Array.isArray(each['needs']) ? each['needs'].join(', ') : '';
    io.out(`unknown: budget ${textAt(each, 'budget')} depends on ${needs}`);
  }
  io.out(`by actual spend at commit ${textAt(check, 'commit')}, as of ${textAt(check, 'as_of')}`);
}

function toRow(each: ApiAnswer): readonly string[] {
  const write = (field: string): string =>
    each[`${field}_usd`] === null
      ? `${textAt(each, `${field}_tokens`)} tokens`
      : `$${textAt(each, `${field}_usd`)}`.replace('$-', '-$');
  return [
    textAt(each, 'budget'),
    textAt(each, 'part'),
    textAt(each, 'period'),
    write('amount'),
    write('spent'),
    write('remaining'),
    numberAt(each, 'used_percent').toFixed(2),
    each['allowed'] === true ? 'yes' : 'no',
  ];
}
