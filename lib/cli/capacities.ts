import type { ApiAnswer, ApiClient } from '../client/api-client.ts';
import { objectAt, objectsAt, textAt } from './answer-fields.ts';
import { describeUse, nameRate } from './capacities-report.ts';
import { carryOutOrder, describeOrder, signed } from './carry-out.ts';
import { describeCompleteness } from './completeness.ts';
import type { CliIo, Command } from './io.ts';
import { ledgerCommand, readJsonFile, takeNoWord, takeWord, WrongUseError } from './ledger-command.ts';
import { layOutTable } from './table.ts';

const USAGE = `tokenledger capacities apply FILE [--no-wait] [--json]
       tokenledger capacities list [--json]
       tokenledger capacities show NAME [--json]
       tokenledger capacities remove NAME [--from DAY] [--no-wait] [--json]
       tokenledger capacities report NAME [--from DAY] [--to DAY] [--json]
       tokenledger capacities reaccrue NAME --from DAY --to DAY --reason TEXT [--dry-run] [--json]
  FILE: {"capacities":[{"name":"h100","kind":"self_hosted","from":"2026-01-05","to":null,"price_usd":"2.50","per":"hour",
         "covers":{"deployment":"h100"},"list_price_of":{"provider":"openrouter","model":"meta-llama/llama-3.1-70b-instruct"},
         "serves_tokens":2500,"serves_per":"second","gpus":1}]}
  apply stores a version of each; from its first day on it stands in the place of the versions before. It returns when
  calls recorded before are repriced where it covers them; --no-wait returns at once. remove ends a capacity, from
  tomorrow on unless --from says otherwise. reaccrue books days anew by the versions and calls as they are now.`;

/** `tokenledger capacities`: what is paid for by the hour, day or month, used or not. */
export const capacitiesCommand: Command = ledgerCommand(
  {
    name: 'capacities',
    summary: 'Register capacities with a fixed price; report how they are used',
    usage: USAGE,
    options: {
      from: { type: 'string' },
      to: { type: 'string' },
      reason: { type: 'string' },
      'dry-run': { type: 'boolean' },
      'no-wait': { type: 'boolean' },
    },
  },
  async ({ flags, words: [verb = 'list', ...words], isJson, io, api }) => {
    const isWaiting = flags['no-wait'] !== true;
    if (verb === 'apply') {
      const answers = await apply(api, io, await readCapacityFile(takeWord(words, 'FILE')), isWaiting);
      if (isJson) io.out(JSON.stringify({ capacities: answers.map(({ answer }) => answer) }));
      else for (const { answer, orders } of answers) printChange(io, answer, orders);
    } else if (verb === 'remove') {
      const name = encodeURIComponent(takeWord(words, 'NAME'));
      const from = flags.from === undefined ? '' : `?from=${encodeURIComponent(flags.from)}`;
      const answer = await api.ask('DELETE', `/v1/capacities/${name}${from}`);
      const orders = isWaiting ? await carryOut(api, io, answer) : [];
      if (isJson) io.out(JSON.stringify(answer));
      else printChange(io, answer, orders);
    } else if (verb === 'list') {
      takeNoWord(words);
      print(io, isJson, await api.ask('GET', '/v1/capacities'), (answer) => listRows(objectsAt(answer, 'capacities')));
    } else if (verb === 'show') {
      const name = encodeURIComponent(takeWord(words, 'NAME'));
      print(io, isJson, await api.ask('GET', `/v1/capacities/${name}`), (answer) => listRows([answer]));
    } else if (verb === 'report') {
      const name = encodeURIComponent(takeWord(words, 'NAME'));
      const asked = new URLSearchParams(
        [...Object.entries({ from: flags.from, to: flags.to })].filter((each): each is [string, string] => !!each[1]),
      );
      print(io, isJson, await api.ask('GET', `/v1/capacities/${name}/use?${asked}`), describeUse);
    } else if (verb === 'reaccrue') {
      const name = encodeURIComponent(takeWord(words, 'NAME'));
      const { from, to, reason } = flags;
      const body = { from: given(from, 'from'), to: given(to, 'to'), reason: given(reason, 'reason') };
      const dryRun = { dry_run: flags['dry-run'] === true };
      const answer = await api.ask('POST', `/v1/capacities/${name}/accruals`, { body: { ...body, ...dryRun } });
      print(io, isJson, answer, describeAgain);
    } else {
      const known = 'apply, list, show, remove, report or reaccrue';
      throw new WrongUseError(`capacities takes ${known}, not ${JSON.stringify(verb)}`);
    }
    return 0;
  },
);

function given(value: string | undefined, flag: string): string {
  if (value === undefined) throw new WrongUseError(`--${flag} is missing`);
  return value;
}

function print(
  io: CliIo,
  isJson: boolean,
  answer: ApiAnswer,
  describe: (answer: ApiAnswer) => readonly string[],
): void {
  if (isJson) io.out(JSON.stringify(answer));
  else for (const line of describe(answer)) io.out(line);
}

async function readCapacityFile(path: string): Promise<readonly ApiAnswer[]> {
  const json = await readJsonFile(path);
  const listed = typeof json === 'object' && json !== null && 'capacities' in json ? json.capacities : undefined;
  const isNamed = (each: unknown): boolean =>
    typeof each === 'object' && each !== null && 'name' in each && typeof each.name === 'string';
  if (Array.isArray(listed) && listed.length > 0 && listed.every(isNamed)) return listed;
  throw new WrongUseError(`${path}: expected {"capacities":[...]}, each with a name`);
}

interface Applied {
  readonly answer: ApiAnswer;
  readonly orders: readonly ApiAnswer[];
}

async function apply(
  api: ApiClient,
  io: CliIo,
  capacities: readonly ApiAnswer[],
  isWaiting: boolean,
): Promise<readonly Applied[]> {
  const applied: Applied[] = [];
  for (const body of capacities) {
    const answer = await api.ask('PUT', `/v1/capacities/${encodeURIComponent(textAt(body, 'name'))}`, { body });
    applied.push({ answer, orders: isWaiting ? await carryOut(api, io, answer) : [] });
  }
  return applied;
}

async function carryOut(api: ApiClient, io: CliIo, answer: ApiAnswer): Promise<readonly ApiAnswer[]> {
  const { orders } = answer;
  const done: ApiAnswer[] = [];
  for (const number of Array.isArray(orders) ? orders : []) done.push(await carryOutOrder(api, io, Number(number)));
  return done;
}

function printChange(io: CliIo, answer: ApiAnswer, orders: readonly ApiAnswer[]): void {
  const last = objectsAt(answer, 'versions').at(-1) ?? {};
  io.out(`${textAt(answer, 'name')}: ${textAt(answer, 'outcome')}, version ${textAt(last, 'version')}`);
  for (const order of orders) io.out(describeOrder(order));
  const outdated = answer['outdated_days'];
  const days = Array.isArray(outdated) ? outdated.map(String) : [];
  if (days.length === 0) return;
  const span = days.length === 1 ? `${days[0]} was` : `${days.length} days, ${days[0]} to ${days.at(-1)}, were`;
  io.out(`${span} accrued by an earlier version; see what would change:`);
  const name = textAt(answer, 'name');
  io.out(`  tokenledger capacities reaccrue ${name} --from ${days[0]} --to DAY --reason TEXT --dry-run`);
}

function listRows(capacities: readonly ApiAnswer[]): readonly string[] {
  const columns = ['capacity', 'version', 'kind', 'from', 'to', 'price', 'covers', 'list price of'];
  const rows = capacities.flatMap((capacity) =>
    objectsAt(capacity, 'versions').map((version) => {
      const isEnd = textAt(version, 'to') === textAt(version, 'from');
      const list = objectAt(version, 'list_price_of');
      return [
        textAt(capacity, 'name'),
        textAt(version, 'version'),
        textAt(version, 'kind'),
        textAt(version, 'from'),
        isEnd ? 'ends here' : textAt(version, 'to') || 'open',
        isEnd ? '' : `$${nameRate(version)}`,
        isEnd
          ? ''
          : Object.entries(objectAt(version, 'covers'))
              .map((pair) => pair.join('='))
              .join(', '),
        isEnd ? '' : [textAt(list, 'provider'), textAt(list, 'model')].join('/').replace(/^\/$/, 'its own model'),
      ];
    }),
  );
  return rows.length === 0
    ? ['no capacities']
    : layOutTable(
        columns.map((title) => ({ title })),
        rows,
      );
}

function describeAgain(answer: ApiAnswer): readonly string[] {
  const columns = [
    { title: 'day' },
    { title: 'cost', isNumber: true },
    { title: 'unused', isNumber: true },
    { title: 'cost now', isNumber: true },
    { title: 'unused now', isNumber: true },
    { title: 'outcome' },
  ];
  const rows = objectsAt(answer, 'days').map((each) => {
    const [before, after] = [objectAt(each, 'before'), objectAt(each, 'after')];
    const amounts = [before, after].flatMap((split) => [textAt(split, 'cost_usd'), textAt(split, 'unused_usd')]);
    return [textAt(each, 'day'), ...amounts, textAt(each, 'outcome').replaceAll('_', ' ')];
  });
  const would = answer['dry_run'] === true ? 'would change' : 'changed';
  return [
    ...layOutTable(columns, rows),
    `cost ${would} by ${signed(textAt(answer, 'cost_difference_usd'))} USD`,
    ...describeCompleteness(answer),
  ];
}
