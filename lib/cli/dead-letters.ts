import { textAt } from './answer-fields.ts';
import type { Command } from './io.ts';
import { ledgerCommand, takeWord, WrongUseError } from './ledger-command.ts';
import { groupDigits } from './table.ts';

/** `tokenledger dead-letters`: messages that their queue gave up. Exit 1 when there are any. */
export const deadLettersCommand: Command = ledgerCommand(
  {
    name: 'dead-letters',
    summary: 'Count messages that their queue gave up, or send them back now',
    usage: `tokenledger dead-letters [--json]           exit 1 when there are any
       tokenledger dead-letters redrive [--json]   sends back at once what the sweep would let wait`,
    options: {},
  },
  async ({ words, isJson, io, api }) => {
    if (words.length === 0) {
      const answer = await api.ask('GET', '/v1/dead-letters');
      const count = textAt(answer, 'dead_letters');
      io.out(isJson ? JSON.stringify(answer) : `${groupDigits(count)} dead letters`);
      return count === '0' ? 0 : 1;
    }
    if (takeWord(words, 'redrive') !== 'redrive') throw new WrongUseError(`unexpected ${JSON.stringify(words[0])}`);
    const report = await api.ask('POST', '/v1/dead-letters/redrive');
    if (isJson) io.out(JSON.stringify(report));
    else {
      const [sentBack, kept, failed] = ['sent_back', 'kept_as_rejects', 'failed'].map((field) =>
        groupDigits(textAt(report, field)),
      );
      io.out(`${sentBack} sent back, ${kept} kept as rejects, ${failed} left because something failed`);
    }
    return textAt(report, 'failed') === '0' && textAt(report, 'kept_as_rejects') === '0' ? 0 : 1;
  },
);
