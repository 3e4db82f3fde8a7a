import { objectAt, textAt } from './answer-fields.ts';
import { carryOutOrder } from './carry-out.ts';
import { joinCompleteness } from './completeness.ts';
import type { Command } from './io.ts';
import { ledgerCommand, takeWord, WrongUseError } from './ledger-command.ts';

/** `tokenledger void`: takes one entry out of every sum, for ever. */
export const voidCommand: Command = ledgerCommand(
  {
    name: 'void',
    summary: 'Take an entry out of every sum, for ever',
    usage: `tokenledger void ID --reason TEXT [--json]
  The entry stays on record with the reason, and its id stays known. Exit 1 when the ledger holds no such entry.`,
    options: { reason: { type: 'string' } },
  },
  async ({ flags, words, isJson, io, api }) => {
    const id = takeWord(words, 'ID');
    if (flags.reason === undefined) throw new WrongUseError('--reason is missing');
    const answer = await api.ask('POST', '/v1/corrections', { body: { kind: 'void', id, reason: flags.reason } });
    const order = objectAt(answer, 'order');
    const isOpen = answer['outcome'] === 'ordered';
    const carriedOut = isOpen ? await carryOutOrder(api, io, Number(textAt(order, 'number'))) : undefined;
    const outcome = isOpen ? 'voided' : textAt(answer, 'outcome');
    if (isJson) {
      const completeness = joinCompleteness([carriedOut ?? answer]);
      io.out(JSON.stringify({ id, outcome, order: carriedOut ?? answer['order'], ...completeness }));
    } else io.out(outcome === 'voided' ? `${id}: void` : `${id}: it is void already`);
    return 0;
  },
);
