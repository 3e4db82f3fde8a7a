import { numberAt, textAt } from './answer-fields.ts';
import { describeCompleteness } from './completeness.ts';
import type { Command } from './io.ts';
import { ledgerCommand, takeNoWord } from './ledger-command.ts';

/** `tokenledger forecast`: where the running month is going. */
export const forecastCommand: Command = ledgerCommand(
  {
    name: 'forecast',
    summary: 'Project the running month to its end',
    usage: 'tokenledger forecast [--json]',
    options: {},
  },
  async ({ words, isJson, io, api }) => {
    takeNoWord(words);
    const forecast = await api.ask('GET', '/v1/forecast');
    if (isJson) {
      io.out(JSON.stringify(forecast));
      return 0;
    }
    const usd = (field: string): string =>
      forecast[field] === null ? '-' : `$${numberAt(forecast, field).toFixed(2)}`;
    io.out(`${textAt(forecast, 'period')}: $${textAt(forecast, 'month_to_date_usd')} so far`);
    io.out(`month end: ${usd('point_usd')}, with 80 % between ${usd('lo80_usd')} and ${usd('hi80_usd')}`);
    io.out(`${textAt(forecast, 'state')}: ${textAt(forecast, 'method')} on ${textAt(forecast, 'history_days')} days`);
    for (const line of describeCompleteness(forecast)) io.out(line);
    return 0;
  },
);
