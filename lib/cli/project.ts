import { type DailyAmount, projectPeriod } from '../domain/forecast/forecast.ts';
import { answerLines, LineError } from './answer-lines.ts';
import { InputFields } from './input-fields.ts';
import type { Command } from './io.ts';

/** `tokenledger project`: month-end projections of daily series, line by line, without a ledger. */
export const projectCommand: Command = {
  name: 'project',
  summary: 'Project the total of a period from daily amounts (NDJSON in, NDJSON out)',
  usage:
    'tokenledger project < LINES   each {"id","series":[[date,value],...],"as_of","period_start","period_end","budget"?}; both ends of the period are included',
  async run(args, io) {
    if (args.length > 0) {
      io.err(`project takes no arguments; usage: ${projectCommand.usage}`);
      return 2;
    }
    return answerLines(io, projectLine);
  },
};

function projectLine(request: Readonly<Record<string, unknown>>): object {
  const fields = new InputFields(request, '');
  // An explicit null reads like an absent budget.
  const budget = request['budget'] === null ? undefined : fields.optionalNumber('budget');
  const projection = projectPeriod({
    series: fields.list('series').map(readDailyAmount),
    asOf: fields.text('as_of'),
    periodStart: fields.text('period_start'),
    periodEnd: fields.text('period_end'),
    ...(budget === undefined ? {} : { budget }),
  });
  const { pExceed, historyDays, state, method, ...figures } = projection;
  return { ...figures, p_exceed: pExceed, state, method, history_days: historyDays };
}

function readDailyAmount(row: unknown, index: number): DailyAmount {
  if (!Array.isArray(row) || row.length !== 2) throw seriesError(index);
  const [day, amount] = row as readonly unknown[];
  if (typeof day !== 'string' || typeof amount !== 'number') throw seriesError(index);
  return [day, amount];
}

function seriesError(index: number): LineError {
  return new LineError('invalid_inputs', `series[${index}]: expected [date, number]`);
}
