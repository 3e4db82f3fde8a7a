import { numberAt, textAt } from './answer-fields.ts';
import { describeCompleteness } from './completeness.ts';
import type { Command } from './io.ts';
import { ledgerCommand, takeNoWord } from './ledger-command.ts';

/** `tokenledger forecast`: where the running month is going. */
export const forecastCommand: Command = ledgerCommand(
  {
    name: 'forecast',
    summary: 'Project the running month, or the period of a budget, to its end',
    usage: 'tokenledger forecast [--budget NAME] [--json]',
    options: { budget: { type: 'string' } },
  },
  async ({ words, flags, isJson, io, api }) => {
    takeNoWord(words);
    const query = flags.budget === undefined ? '' : `?budget=${encodeURIComponent(flags.budget)}`;
    const forecast = await api.ask('GET', `/v1/forecast${query}`);
    if (isJson) {
      io.out(JSON.stringify(forecast));
      return 0;
    }
    const usd = (field: string): string =>
      forecast[field] === null ? '-' : `$${numberAt(forecast, field).toFixed(2)}`;
    io.out(`${textAt(forecast, 'period')}: $${textAt(forecast, 'month_to_date_usd')} so far`);
    io.out(`month end: ${usd('point_usd')}, with 80 % between ${usd('lo80_usd')} and ${usd('hi80_usd')}`);
    io.out(`${textAt(forecast, 'state')}: ${textAt(forecast, 'method')} on ${textAt(forecast, 'history_days')} days`);
    if (forecast['budget'] !== null) io.out(describeBudget(forecast));
    for (const line of describeCompleteness(forecast)) io.out(line);
    return 0;
  },
);

function describeBudget(forecast: Readonly<Record<string, unknown>>): string {
  const runOut = forecast['run_out_date'];
  const odds =
    forecast['p_exceed'] === null
      ? ''
      : `, exceeded with a probability of ${numberAt(forecast, 'p_exceed').toFixed(2)}`;
  const end = typeof runOut === 'string' ? `, used up on ${runOut}` : '';
  return `budget ${textAt(forecast, 'budget')}: $${textAt(forecast, 'budget_usd')}${odds}${end}`;
}
