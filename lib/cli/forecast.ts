import type { ApiAnswer } from '../client/api-client.ts';
import { numberAt, objectAt, objectsAt, textAt } from './answer-fields.ts';
import { describeCompleteness } from './completeness.ts';
import type { CliIo, Command } from './io.ts';
import { ledgerCommand, takeNoWord } from './ledger-command.ts';
import { groupDigits, layOutTable } from './table.ts';

/** `tokenledger forecast`: where a running period is going. */
export const forecastCommand: Command = ledgerCommand(
  {
    name: 'forecast',
    summary: 'Project the running period of a budget, or of any scope, to its end',
    usage: `tokenledger forecast [--budget NAME [--part VALUE]] [--group-by DIMENSION] [--json]
       tokenledger forecast [--filter dimension=value]... [--period KIND] [--unit usd|tokens|calls]
                            [--group-by DIMENSION] [--json]
  KIND: day, week, month, quarter, year, or JSON with anchors such as {"kind":"month","anchor_day":15}.
  --part: the value, for a budget that keeps a total for each; all of them without.
  Without flags: all spend of the running month.`,
    options: {
      budget: { type: 'string' },
      part: { type: 'string' },
      filter: { type: 'string', multiple: true },
      period: { type: 'string' },
      unit: { type: 'string' },
      'group-by': { type: 'string' },
    },
  },
  async ({ words, flags, isJson, io, api }) => {
    takeNoWord(words);
    const { budget, part, filter, period, unit, 'group-by': groupBy } = flags;
    const query = { budget, part, filter, period, unit, group_by: groupBy };
    const forecast = await api.ask('GET', '/v1/forecast', { query });
    if (isJson) io.out(JSON.stringify(forecast));
    else printForecast(io, forecast, groupBy);
    return 0;
  },
);

function printForecast(io: CliIo, forecast: ApiAnswer, groupBy: string | undefined): void {
  const unit = textAt(forecast, 'unit');
  const figure = (field: string): string => showFigure(unit, forecast[field]);
  io.out(`${textAt(forecast, 'period')}: ${showExact(unit, textAt(forecast, 'spent'))} so far`);
  io.out(`at its end: ${figure('point')}, with 80 % between ${figure('lo80')} and ${figure('hi80')}`);
  if (forecast['budget'] !== null) io.out(describeBudget(unit, forecast));
  io.out(describeHistory(forecast));
  if (Array.isArray(forecast['parts'])) for (const line of layOutParts(unit, forecast)) io.out(line);
  if (groupBy !== undefined) for (const line of layOutGroups(unit, forecast, groupBy)) io.out(line);
  for (const line of describeCompleteness(forecast)) io.out(line);
}

function describeBudget(unit: string, forecast: ApiAnswer): string {
  if (forecast['amount'] === null) return `budget ${textAt(forecast, 'budget')}: all parts together`;
  const runOut = forecast['run_out_date'];
  const odds =
    forecast['p_exceed'] === null
      ? ''
      : `, exceeded with a probability of ${numberAt(forecast, 'p_exceed').toFixed(2)}`;
  const end = typeof runOut === 'string' ? `, used up on ${runOut}` : '';
  const part = forecast['part'] === null ? '' : ` for ${textAt(forecast, 'part')}`;
  return `budget ${textAt(forecast, 'budget')}${part}: ${showExact(unit, textAt(forecast, 'amount'))}${odds}${end}`;
}

function describeHistory(forecast: ApiAnswer): string {
  const history = objectAt(forecast, 'history');
  const since = history['from'] === null ? '' : ` since ${textAt(history, 'from')}`;
  const counts = [
    ['missing_days', 'days that miss calls'],
    ['unpriced_calls', 'unpriced'],
    ['partially_priced_calls', 'partially priced'],
  ] as const;
  const lacks = counts
    .filter(([field]) => Number(textAt(history, field)) > 0)
    .map(([field, what]) => `${groupDigits(textAt(history, field))} ${what}`);
  const lacking = lacks.length === 0 ? '' : `; before the period ${lacks.join(', ')}`;
  return `${textAt(forecast, 'state')}: ${textAt(forecast, 'method')} on ${textAt(forecast, 'history_days')} days${since}${lacking}`;
}

function layOutParts(unit: string, forecast: ApiAnswer): readonly string[] {
  const figures = ['so far', 'at its end', 'amount', 'p(exceed)'].map((title) => ({ title, isNumber: true }));
  const rows = objectsAt(forecast, 'parts').map((part) => [
    textAt(part, 'part'),
    showExact(unit, textAt(part, 'spent')),
    showFigure(unit, part['point']),
    showExact(unit, textAt(part, 'amount')),
    typeof part['p_exceed'] === 'number' ? part['p_exceed'].toFixed(2) : '-',
    typeof part['run_out_date'] === 'string' ? part['run_out_date'] : '-',
    textAt(part, 'state'),
  ]);
  const lines = layOutTable([{ title: 'part' }, ...figures, { title: 'used up' }, { title: 'state' }], rows);
  const others = numberAt(forecast, 'other_parts');
  return others === 0 ? lines : [...lines, `${others} more parts use less`];
}

function layOutGroups(unit: string, forecast: ApiAnswer, groupBy: string): readonly string[] {
  const columns = [{ title: groupBy }, { title: 'so far', isNumber: true }, { title: 'at its end', isNumber: true }];
  const toRow = (name: string, group: ApiAnswer): string[] => [
    name,
    showExact(unit, textAt(group, 'spent')),
    showFigure(unit, group['point']),
  ];
  const rows = objectsAt(forecast, 'groups').map((group) =>
    toRow(group['value'] === null ? '-' : textAt(group, 'value'), group),
  );
  if (forecast['other_groups'] !== null) {
    const others = objectAt(forecast, 'other_groups');
    rows.push(toRow(`${textAt(others, 'values')} others`, others));
  }
  return layOutTable(columns, rows);
}

function showExact(unit: string, amount: string): string {
  return unit === 'usd' ? `$${amount}` : `${groupDigits(amount)} ${unit}`;
}

function showFigure(unit: string, figure: unknown): string {
  if (typeof figure !== 'number') return '-';
  return unit === 'usd' ? `$${figure.toFixed(2)}` : `${groupDigits(figure.toFixed(0))} ${unit}`;
}
