import { CalculationError } from '../domain/calculators/calculation-error.ts';
import { type DailyAmount, projectPeriod } from '../domain/forecast/forecast.ts';
import {
  allowNull,
  type Reading,
  readInputs,
  takeList,
  takeNumber,
  takeText,
  takeWhere,
  withDefault,
} from '../domain/inputs/inputs.ts';
import { answerLines } from './answer-lines.ts';
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

const PROJECT_INPUTS = {
  series: takeList(takeWhere('amount of a day', '[date, number]', isDailyAmount)),
  as_of: takeText('date'),
  period_start: takeText('date'),
  period_end: takeText('date'),
  // An explicit null reads like an absent budget.
  budget: withDefault(allowNull(takeNumber('amount'), 'no budget'), null),
};

function projectLine(request: Readonly<Record<string, unknown>>): object {
  const reading: Reading = { issues: [], ignored: [] };
  const inputs = readInputs(PROJECT_INPUTS, request, '', reading);
  if (inputs === undefined) throw new CalculationError('invalid_inputs', reading.issues);
  const projection = projectPeriod({
    series: inputs.series,
    asOf: inputs.as_of,
    periodStart: inputs.period_start,
    periodEnd: inputs.period_end,
    ...(inputs.budget === null ? {} : { budget: inputs.budget }),
  });
  const { pExceed, historyDays, state, method, ...figures } = projection;
  return { ...figures, p_exceed: pExceed, state, method, history_days: historyDays };
}

function isDailyAmount(row: unknown): row is DailyAmount {
  return Array.isArray(row) && row.length === 2 && typeof row[0] === 'string' && typeof row[1] === 'number';
}
