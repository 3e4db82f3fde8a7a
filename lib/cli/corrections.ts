import type { ApiAnswer } from '../client/api-client.ts';
import { objectAt, objectsAt, textAt } from './answer-fields.ts';
import { signed } from './carry-out.ts';
import { describeCompleteness, joinCompleteness } from './completeness.ts';
import type { CliIo, Command } from './io.ts';
import { ledgerCommand, WrongUseError } from './ledger-command.ts';
import { layOutTable } from './table.ts';

/** `tokenledger corrections`: what was ordered, by whom and why, and how far it got. */
export const correctionsCommand: Command = ledgerCommand(
  {
    name: 'corrections',
    summary: 'List orders of correction and how far they got',
    usage: 'tokenledger corrections [NUMBER] [--json]',
    options: {},
  },
  async ({ words: [number, ...more], isJson, io, api }) => {
    if (more[0] !== undefined) throw new WrongUseError(`unexpected ${JSON.stringify(more[0])}`);
    if (number !== undefined) {
      if (!/^\d+$/.test(number)) throw new WrongUseError(`NUMBER: expected digits, got ${JSON.stringify(number)}`);
      const order = await api.ask('GET', `/v1/corrections/${number}`);
      io.out(isJson ? JSON.stringify(order) : JSON.stringify(order, null, 2));
      return 0;
    }
    const pages: ApiAnswer[] = [];
    for await (const page of api.pages('/v1/corrections')) pages.push(page);
    const answer = { orders: pages.flatMap((page) => objectsAt(page, 'orders')), ...joinCompleteness(pages) };
    if (isJson) io.out(JSON.stringify(answer));
    else print(io, answer);
    return 0;
  },
);

function print(io: CliIo, answer: ApiAnswer): void {
  const columns = [
    { title: 'number', isNumber: true },
    { title: 'when' },
    { title: 'what' },
    { title: 'state' },
    { title: 'corrected', isNumber: true },
    { title: 'cost $', isNumber: true },
    { title: 'by' },
    { title: 'reason' },
  ];
  const rows = objectsAt(answer, 'orders').map((order) => [
    textAt(order, 'number'),
    textAt(order, 'created_at'),
    describeRequest(order),
    textAt(order, 'state'),
    textAt(order, 'corrected'),
    signed(textAt(order, 'cost_difference_usd')),
    textAt(order, 'by'),
    textAt(order, 'reason'),
  ]);
  for (const line of [...layOutTable(columns, rows), ...describeCompleteness(answer)]) io.out(line);
}

function describeRequest(order: ApiAnswer): string {
  const kind = textAt(order, 'kind');
  if (kind === 'void') return `void ${textAt(order, 'id')}`;
  const override = objectAt(order, 'override');
  if (kind === 'override') return `price change ${textAt(override, 'number')} (${textAt(override, 'scope')})`;
  const model = textAt(order, 'model');
  const catalog = textAt(order, 'catalog_version');
  const window = `reprice ${textAt(order, 'from')} to ${textAt(order, 'to')}`;
  return [window, model && `model ${model}`, catalog && `catalog ${catalog}`].filter(Boolean).join(', ');
}
