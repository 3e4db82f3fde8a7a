import { answerCalculation, CALCULATORS } from '../domain/calculators/calculators.ts';
import { answerLines } from './answer-lines.ts';
import type { Command } from './io.ts';

/** `tokenledger calc`: the calculators of break-even and cost, line by line, without a ledger. */
export const calcCommand: Command = {
  name: 'calc',
  summary: 'Compute break-even, cost, saving and migrate-now figures (NDJSON in, NDJSON out)',
  usage: `tokenledger calc < LINES   each {"id","fn","inputs"}; fn is one of ${[...CALCULATORS.keys()].join(', ')}`,
  async run(args, io) {
    if (args.length > 0) {
      io.err(`calc takes no arguments; usage: ${calcCommand.usage}`);
      return 2;
    }
    return answerLines(io, (request) => {
      const { result, ignored } = answerCalculation(request);
      return ignored.length === 0 ? { result } : { result, ignored };
    });
  },
};
