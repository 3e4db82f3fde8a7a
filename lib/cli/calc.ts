import { answerLines, LineError } from './answer-lines.ts';
import { CALCULATORS } from './calculators.ts';
import { InputFields } from './input-fields.ts';
import type { Command } from './io.ts';

/** `tokenledger calc`: the calculators of break-even and cost, line by line, without a ledger. */
export const calcCommand: Command = {
  name: 'calc',
  summary: 'Compute break-even, cost and migrate-now figures (NDJSON in, NDJSON out)',
  usage: `tokenledger calc < LINES   each {"id","fn","inputs"}; fn is one of ${[...CALCULATORS.keys()].join(', ')}`,
  async run(args, io) {
    if (args.length > 0) {
      io.err(`calc takes no arguments; usage: ${calcCommand.usage}`);
      return 2;
    }
    return answerLines(io, calculateLine);
  },
};

function calculateLine(request: Readonly<Record<string, unknown>>): object {
  const fn = new InputFields(request, '').text('fn');
  const calculate = CALCULATORS.get(fn);
  if (calculate === undefined) {
    const known = [...CALCULATORS.keys()].join(', ');
    throw new LineError('unknown_function', `no function ${JSON.stringify(fn)}; known: ${known}`);
  }
  const result = calculate(new InputFields(request['inputs'], 'inputs.'));
  // JSON would write infinity as null, which here means "does not exist".
  const overflow = Object.entries(result).find(([, value]) => typeof value === 'number' && !Number.isFinite(value));
  if (overflow !== undefined) {
    throw new LineError('out_of_range', `${overflow[0]} is beyond what a number holds with these inputs`);
  }
  return { result };
}
