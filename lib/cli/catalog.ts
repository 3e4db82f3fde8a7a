import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiAnswer, ApiClient } from '../client/api-client.ts';
import { numberAt, objectsAt, textAt } from './answer-fields.ts';
import { carryOutOrder, describeOrder } from './carry-out.ts';
import { listReference } from './catalog-list.ts';
import { changeOwnRows, isOwnRowVerb } from './catalog-rows.ts';
import { showModel } from './catalog-show.ts';
import type { CliIo, Command } from './io.ts';
import { ledgerCommand, readJsonFile, takeNoWord, takeWord, WrongUseError } from './ledger-command.ts';
import { layOutTable } from './table.ts';

const USAGE = `tokenledger catalog show [PROVIDER] MODEL [--at T] [--json]
       tokenledger catalog list KIND [--model M] [--gpu G] [--precision P] [--scale S] [--provider P] [--legacy] [--json]
       tokenledger catalog rows KIND [--json]
       tokenledger catalog add KIND FILE [--json]
       tokenledger catalog remove ID [--json]
       tokenledger catalog override FILE [--global] [--no-wait] [--json]
       tokenledger catalog overrides [--json]
       tokenledger catalog withdraw NUMBER [--global] [--no-wait] [--json]
  show: the prices that this release knows, of all times or those in force at T; needs no ledger.
  list: what is known of hardware, throughput, quality, training, hosting and open models (KIND); needs no ledger.
  rows, add, remove: the tenant's own rows of hardware, throughput or quality. FILE: a row as list --json shows them.
  FILE: {"overrides":[{"model","provider","rates":{"input_tokens":"0.15"},"per":1000000,"multiplier","service_tier",
         "effective_from","effective_to","replace":true}],
         "aliases":[{"name","provider","model"}], "reported_cost":{"use":true,"providers":["openrouter"]}}
  override returns when every event sent afterwards is rated with the file and calls recorded before are repriced where
  it speaks of them; --no-wait returns at once. --global is for every tenant. withdraw takes back a change (its NUMBER is
  in the list of overrides) before it takes effect.`;

/** `tokenledger catalog`: what models cost, and the tenant's own prices. */
export const catalogCommand: Command = withoutLedger(
  ledgerCommand(
    {
      name: 'catalog',
      summary: 'Show what models cost; set own prices and names from a file',
      usage: USAGE,
      options: { 'no-wait': { type: 'boolean' }, global: { type: 'boolean' } },
    },
    async ({ flags, words: [verb, ...words], isJson, io, api }) => {
      const target = flags.global ? '?scope=global' : '';
      if (isOwnRowVerb(verb)) {
        if (flags.global || flags['no-wait']) throw new WrongUseError(`catalog ${verb} takes --json only`);
        return changeOwnRows({ verb, words, isJson, io, api });
      }
      if (verb === 'overrides') {
        takeNoWord(words);
        if (flags.global || flags['no-wait']) throw new WrongUseError('catalog overrides takes --json only');
        printOverrides(io, await readOverrides(api), isJson);
        return 0;
      }
      const answer = await change(api, verb, words, target);
      const orders = flags['no-wait'] ? [] : await finish(api, io, answer);
      if (isJson) io.out(JSON.stringify(answer));
      else for (const line of describeChange(answer, orders)) io.out(line);
      return 0;
    },
  ),
);

/** Lets `show` and `list` run without a ledger and its key; every other verb is the ledger's. */
function withoutLedger(command: Command): Command {
  return {
    ...command,
    run: ([verb, ...words], io) => {
      if (verb === 'show') return showModel(words, io);
      if (verb === 'list') return listReference(words, io);
      return command.run(verb === undefined ? [] : [verb, ...words], io);
    },
  };
}

async function change(
  api: ApiClient,
  verb: string | undefined,
  words: readonly string[],
  target: string,
): Promise<ApiAnswer> {
  if (verb === 'override') {
    const body = await readJsonFile(takeWord(words, 'FILE'));
    return api.ask('POST', `/v1/catalog/overrides${target}`, { body });
  }
  if (verb === 'withdraw') {
    const number = takeWord(words, 'NUMBER');
    if (!/^\d{1,10}$/.test(number)) throw new WrongUseError(`NUMBER: expected a number, got ${JSON.stringify(number)}`);
    return api.ask('DELETE', `/v1/catalog/overrides/${number}${target}`);
  }
  const got = JSON.stringify(verb ?? '');
  throw new WrongUseError(`catalog takes show, list, rows, add, remove, override, overrides or withdraw, not ${got}`);
}

/** Waits until every writer rates with a change and what it makes to be repriced is repriced. */
async function finish(api: ApiClient, io: CliIo, answer: ApiAnswer): Promise<readonly ApiAnswer[]> {
  const waitMs = Date.parse(textAt(answer, 'writers_current_at')) - io.now();
  if (waitMs > 0) await sleep(waitMs);
  const done: ApiAnswer[] = [];
  for (const number of numbersAt(answer, 'orders')) done.push(await carryOutOrder(api, io, number));
  return done;
}

function describeChange(answer: ApiAnswer, orders: readonly ApiAnswer[]): readonly string[] {
  const change = `change ${textAt(answer, 'number')}, overrides are at version ${textAt(answer, 'version')}`;
  return [`${textAt(answer, 'outcome')}: ${change}`, ...orders.map(describeOrder)];
}

function numbersAt(answer: ApiAnswer, field: string): readonly number[] {
  const value = answer[field];
  return Array.isArray(value) ? value.filter((it) => typeof it === 'number') : [];
}

/** Every page of the list as one answer. */
async function readOverrides(api: ApiClient): Promise<ApiAnswer> {
  const overrides: ApiAnswer[] = [];
  const changes: ApiAnswer[] = [];
  let state: ApiAnswer = {};
  for await (const { next: _next, ...page } of api.pages('/v1/catalog/overrides')) {
    overrides.push(...objectsAt(page, 'overrides'));
    changes.push(...objectsAt(page, 'changes'));
    state = page;
  }
  return { ...state, overrides, changes };
}

function printOverrides(io: CliIo, answer: ApiAnswer, isJson: boolean): void {
  if (isJson) {
    io.out(JSON.stringify(answer));
    return;
  }
  const columns = ['scope', 'number', 'state', 'stored', 'by', 'says'].map((title) => ({ title }));
  const rows = objectsAt(answer, 'changes').map((each) => [
    textAt(each, 'scope'),
    textAt(each, 'number'),
    textAt(each, 'state'),
    textAt(each, 'stored_at'),
    textAt(each, 'key_id'),
    describeFile(each),
  ]);
  for (const line of rows.length === 0 ? ['no overrides'] : layOutTable(columns, rows)) io.out(line);
}

function describeFile(change: ApiAnswer): string {
  if (typeof change['withdraws'] === 'number') return `withdraws ${numberAt(change, 'withdraws')}`;
  const models = objectsAt(change, 'overrides').map((each) => textAt(each, 'model'));
  const names = objectsAt(change, 'aliases').map((each) => `${textAt(each, 'name')} = ${textAt(each, 'model')}`);
  const reported = change['reported_cost'] === null ? [] : ['reported cost'];
  const capacity = change['capacity'] === null ? [] : [`capacity ${textAt(change, 'capacity')}`];
  const said = [...new Set([...models, ...names, ...reported, ...capacity])];
  return said.length > SHOWN ? `${said.slice(0, SHOWN).join(', ')} and ${said.length - SHOWN} more` : said.join(', ');
}

const SHOWN = 4;
