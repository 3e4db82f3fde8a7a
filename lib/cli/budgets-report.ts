import type { ApiAnswer } from '../client/api-client.ts';
import { numberAt, objectAt, objectsAt, textAt } from './answer-fields.ts';
import { describeCompleteness } from './completeness.ts';
import type { Command } from './io.ts';
import { ledgerCommand, takeNoWord } from './ledger-command.ts';
import { groupDigits, layOutTable } from './table.ts';

/** How `tokenledger budgets report` is used. */
export const REPORT_USAGE = 'tokenledger budgets report [--period current|previous|NAME] [--owner OWNER] [--json]';

type Unit = 'usd' | 'tokens';

/** `tokenledger budgets report`: budget against actual and forecast, by owner. */
export const budgetsReportCommand: Command = ledgerCommand(
  {
    name: 'budgets report',
    summary: 'Hold budgets against actual and forecast, by owner',
    usage: `${REPORT_USAGE}
  NAME: a period as budgets name it: 2026-01, 2026-Q1, 2026, 2026-01-29, week-2026-01-05.
  The variance is forecast less amount while a period is open, actual less amount once it is over; above zero is
  unfavourable. Totals add budgets up: what two budgets count is in them twice, and such budgets are marked *.`,
    options: { period: { type: 'string' }, owner: { type: 'string' } },
  },
  async ({ flags: { period, owner }, words, isJson, io, api }) => {
    takeNoWord(words);
    const report = await api.ask('GET', '/v1/budgets/report', { query: { period, owner } });
    if (isJson) {
      io.out(JSON.stringify(report));
      return 0;
    }
    const tables = [...describeUnit('usd', report), ...describeUnit('tokens', report)];
    for (const line of tables.length === 0 ? ['no budgets in this period'] : tables) io.out(line);
    for (const line of describeLeftOut(report)) io.out(line);
    for (const line of describeCompleteness(report)) io.out(line);
    return 0;
  },
);

function describeUnit(unit: Unit, report: ApiAnswer): readonly string[] {
  const of = objectAt(report, unit);
  const owners = objectsAt(of, 'owners');
  if (owners.length === 0) return [];
  const symbol = unit === 'usd' ? '$' : 'tokens';
  const columns = [
    { title: 'owner' },
    { title: 'budget' },
    { title: 'period' },
    { title: `amount ${symbol}`, isNumber: true },
    { title: `actual ${symbol}`, isNumber: true },
    { title: 'used %', isNumber: true },
    { title: `forecast ${symbol}`, isNumber: true },
    { title: '80 % within', isNumber: true },
    { title: 'variance', isNumber: true },
    { title: 'of' },
  ];
  const rows = owners.flatMap((owner) => [
    ...objectsAt(owner, 'budgets').flatMap((budget) => describeBudget(unit, nameOwner(owner), budget)),
    describeTotal(unit, nameOwner(owner), objectAt(owner, 'total')),
  ]);
  const all = describeTotal(unit, 'all owners', objectAt(of, 'total'));
  const isMarked = rows.some(([, budget]) => budget?.endsWith('*'));
  const note = isMarked ? ['* may count calls that another budget counts too; totals hold those twice'] : [];
  return [...layOutTable(columns, rows, all), ...note, ''];
}

function nameOwner(owner: ApiAnswer): string {
  return owner['owner'] === null ? '(nobody)' : textAt(owner, 'owner');
}

function describeBudget(unit: Unit, owner: string, budget: ApiAnswer): readonly string[][] {
  const mark = numberAt(budget, 'overlaps') > 0 ? ' *' : '';
  return objectsAt(budget, 'lines').map((line) => [
    owner,
    `${nameLine(budget, line)}${mark}`,
    textAt(budget, 'period'),
    ...describeSums(unit, line),
  ]);
}

function nameLine(budget: ApiAnswer, line: ApiAnswer): string {
  const name = textAt(budget, 'budget');
  if (budget['each'] === null) return name;
  const each = textAt(budget, 'each');
  if (line['part'] !== null) return `${name}, ${each}=${textAt(line, 'part')}`;
  return numberAt(line, 'parts') === 0
    ? `${name}, no ${each} yet`
    : `${name}, ${textAt(line, 'parts')} more of ${each}`;
}

function describeTotal(unit: Unit, owner: string, total: ApiAnswer): string[] {
  const mark = total['overlapping'] === true ? ' *' : '';
  const period = total['period'] === null ? 'mixed' : textAt(total, 'period');
  return [owner, `total${mark}`, period, ...describeSums(unit, total)];
}

function describeSums(unit: Unit, sums: ApiAnswer): readonly string[] {
  const amount = (field: string): string => writeAmount(unit, sums[`${field}_${unit}`]);
  const [lo, hi] = [amount('forecast_lo80'), amount('forecast_hi80')];
  const basis = sums[`variance_${unit}`] === null ? 'forecast' : 'actual';
  const variance = sums[basis === 'actual' ? `variance_${unit}` : `forecast_variance_${unit}`];
  const written = writeAmount(unit, variance);
  return [
    amount('amount'),
    amount('actual'),
    sums['used_percent'] === null ? '' : numberAt(sums, 'used_percent').toFixed(2),
    amount('forecast'),
    lo === '' || hi === '' ? '' : `${lo} - ${hi}`,
    written === '' || written.startsWith('-') ? written : `+${written}`,
    written === '' ? textAt(sums, 'no_forecast').replaceAll('_', ' ') : basis,
  ];
}

/** An amount for people; `--json` has all of it. */
function writeAmount(unit: Unit, value: unknown): string {
  if (typeof value !== 'string' && typeof value !== 'number') return '';
  const rounded = Number(value).toFixed(unit === 'usd' ? 2 : 0);
  const [whole = '', cents] = rounded.split('.');
  return cents === undefined ? groupDigits(whole) : `${groupDigits(whole)}.${cents}`;
}

function describeLeftOut(report: ApiAnswer): readonly string[] {
  const said = [
    [numberAt(report, 'paused'), 'paused'],
    [numberAt(report, 'not_in_force'), 'without such a period'],
  ].flatMap(([count, why]) => (count === 0 ? [] : [`${count} ${why}`]));
  return said.length === 0 ? [] : [`left out: ${said.join(', ')}`];
}
