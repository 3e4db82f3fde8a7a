import type { ApiAnswer, ApiClient } from '../client/api-client.ts';
import { formatUsd, parseUsd } from '../domain/money.ts';
import { numberAt, objectAt, objectsAt, textAt } from './answer-fields.ts';
import { carryOutOrder, describeOrder, signed } from './carry-out.ts';
import { describeCompleteness, joinCompleteness } from './completeness.ts';
import type { CliIo, Command } from './io.ts';
import { ledgerCommand, takeNoWord, WrongUseError } from './ledger-command.ts';
import { createProgress } from './progress.ts';
import { groupDigits, layOutTable } from './table.ts';

/** `tokenledger reprice`: prices a window of recorded calls anew, after showing what that changes. */
export const repriceCommand: Command = ledgerCommand(
  {
    name: 'reprice',
    summary: 'Price recorded calls anew, after showing what that changes',
    usage: `tokenledger reprice --from T --to T [--model MODEL] [--catalog VERSION] [--reason TEXT]
                    [--dry-run] [--yes] [--no-wait] [--json]
  T: a local day 2026-01-29, a month 2026-01, or an RFC 3339 time; --to is excluded.
  Shows the difference by tenant, model and local day, asks (on a terminal, without --yes), then orders and carries it
  out. --dry-run stops after the difference, --no-wait after the order, which the ledger then carries out by itself.`,
    options: {
      from: { type: 'string' },
      to: { type: 'string' },
      model: { type: 'string' },
      catalog: { type: 'string' },
      reason: { type: 'string', default: 'repriced from the command line' },
      'dry-run': { type: 'boolean' },
      yes: { type: 'boolean' },
      'no-wait': { type: 'boolean' },
    },
  },
  async ({ flags, words, isJson, io, api }) => {
    takeNoWord(words);
    const { from, to, model, catalog, reason } = flags;
    if (from === undefined || to === undefined) throw new WrongUseError('--from and --to are needed');
    const window = {
      from,
      to,
      ...(model === undefined ? {} : { model }),
      ...(catalog === undefined ? {} : { catalog_version: catalog }),
    };
    const preview = await readPreview(api, io, window);
    if (!isJson) printPreview(io, preview);
    const isWanted = !flags['dry-run'] && preview.total.entries > 0 && (flags.yes || (await confirm(io, isJson)));
    const order = isWanted ? await placeOrder(api, io, { kind: 'reprice', ...window, reason }, flags['no-wait']) : null;
    if (isJson) {
      const sums = { rows: preview.rows.map(toJson), total: toJson(preview.total) };
      io.out(JSON.stringify({ ...sums, order, ...preview.completeness }));
    } else if (order)
      io.out(order['state'] === 'done' ? describeOrder(order) : `order ${textAt(order, 'number')} is under way`);
    return 0;
  },
);

/** The difference for one model on one day, or for all; amounts are picoUSD. */
interface Delta {
  readonly tenant: string;
  readonly model: string;
  readonly day: string;
  entries: number;
  newlyPriced: number;
  costBefore: bigint;
  costAfter: bigint;
  listBefore: bigint;
  listAfter: bigint;
}

interface Preview {
  readonly rows: readonly Delta[];
  readonly total: Delta;
  readonly examined: number;
  readonly completeness: ApiAnswer;
}

async function readPreview(api: ApiClient, io: CliIo, window: Readonly<Record<string, string>>): Promise<Preview> {
  const showProgress = createProgress(io);
  const rows = new Map<string, Delta>();
  const total = emptyDelta('', '', '');
  let examined = 0;
  let cursor: string | undefined;
  const parts: ApiAnswer[] = [];
  do {
    const body = cursor === undefined ? window : { ...window, cursor };
    const part = await api.ask('POST', '/v1/corrections/preview', { body });
    for (const row of objectsAt(part, 'rows')) {
      const [tenant, model, day] = [textAt(row, 'tenant'), textAt(row, 'model'), textAt(row, 'day')];
      const key = JSON.stringify([tenant, model, day]);
      const delta = rows.get(key) ?? emptyDelta(tenant, model, day);
      rows.set(key, delta);
      for (const sum of [delta, total]) addRow(sum, row);
    }
    examined += numberAt(part, 'examined');
    cursor = textAt(part, 'next') || undefined;
    parts.push(part);
    // How many parts there are is known at the end only: each one covers half of what seems left.
    showProgress(cursor === undefined ? 1 : 1 - 0.5 ** parts.length, `${examined} entries compared`);
  } while (cursor !== undefined);
  return { rows: [...rows.values()].sort(compareDeltas), total, examined, completeness: joinCompleteness(parts) };
}

function emptyDelta(tenant: string, model: string, day: string): Delta {
  return {
    tenant,
    model,
    day,
    entries: 0,
    newlyPriced: 0,
    costBefore: 0n,
    costAfter: 0n,
    listBefore: 0n,
    listAfter: 0n,
  };
}

function addRow(sum: Delta, row: ApiAnswer): void {
  const usd = (field: string): bigint => parseUsd(textAt(row, field)) ?? 0n;
  sum.entries += numberAt(row, 'entries');
  sum.newlyPriced += numberAt(row, 'newly_priced');
  sum.costBefore += usd('cost_before_usd');
  sum.costAfter += usd('cost_after_usd');
  sum.listBefore += usd('list_cost_before_usd');
  sum.listAfter += usd('list_cost_after_usd');
}

function compareDeltas(a: Delta, b: Delta): number {
  const [left, right] = [a, b].map(({ tenant, model, day }) => `${tenant}\n${model}\n${day}`);
  return (left ?? '') < (right ?? '') ? -1 : 1;
}

function toJson({ tenant, model, day, entries, newlyPriced, ...sums }: Delta): Record<string, unknown> {
  return {
    ...(model === '' ? {} : { tenant, model, day }),
    entries,
    newly_priced: newlyPriced,
    cost_before_usd: formatUsd(sums.costBefore),
    cost_after_usd: formatUsd(sums.costAfter),
    list_cost_before_usd: formatUsd(sums.listBefore),
    list_cost_after_usd: formatUsd(sums.listAfter),
    difference_usd: formatUsd(sums.costAfter - sums.costBefore),
  };
}

function printPreview(io: CliIo, { rows, total, examined, completeness }: Preview): void {
  if (total.entries === 0) {
    io.out(`nothing changes: ${groupDigits(String(examined))} entries compared`);
    return;
  }
  const columns = [
    { title: 'tenant' },
    { title: 'model' },
    { title: 'day' },
    { title: 'entries', isNumber: true },
    { title: 'newly priced', isNumber: true },
    { title: 'cost before $', isNumber: true },
    { title: 'cost after $', isNumber: true },
    { title: 'list before $', isNumber: true },
    { title: 'list after $', isNumber: true },
    { title: 'difference $', isNumber: true },
  ];
  const line = (delta: Delta): string[] => [
    delta.tenant,
    delta.model,
    delta.day,
    groupDigits(String(delta.entries)),
    groupDigits(String(delta.newlyPriced)),
    formatUsd(delta.costBefore),
    formatUsd(delta.costAfter),
    formatUsd(delta.listBefore),
    formatUsd(delta.listAfter),
    signed(formatUsd(delta.costAfter - delta.costBefore)),
  ];
  for (const text of layOutTable(columns, rows.map(line), ['total', ...line(total).slice(1)])) io.out(text);
  for (const text of describeCompleteness(completeness)) io.out(text);
}

/** Asks on a terminal; elsewhere nobody could answer, and who runs it knows what it does. */
async function confirm(io: CliIo, isJson: boolean): Promise<boolean> {
  if (!io.isTTY || isJson) return true;
  io.err('Correct these entries? Type yes to go on:');
  let answer = '';
  for await (const chunk of io.stdin) {
    answer += typeof chunk === 'string' ? chunk : new TextDecoder().decode(chunk);
    if (answer.includes('\n')) break;
  }
  const isYes = /^y(es)?\s*$/i.test(answer.trim());
  if (!isYes) io.err('nothing was changed');
  return isYes;
}

async function placeOrder(
  api: ApiClient,
  io: CliIo,
  body: Readonly<Record<string, string>>,
  isLeft: boolean | undefined,
): Promise<ApiAnswer | null> {
  const answer = await api.ask('POST', '/v1/corrections', { body });
  if (answer['order'] === null) return null;
  const order = objectAt(answer, 'order');
  return isLeft ? order : carryOutOrder(api, io, numberAt(order, 'number'));
}
