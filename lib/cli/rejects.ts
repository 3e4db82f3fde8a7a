import type { ApiAnswer, ApiClient } from '../client/api-client.ts';
import { objectAt, objectsAt, textAt } from './answer-fields.ts';
import type { CliIo, Command } from './io.ts';
import { ledgerCommand, takeNoWord, takeWord, WrongUseError } from './ledger-command.ts';
import { groupDigits, layOutTable, toPrintable } from './table.ts';

/** `tokenledger rejects`: what was not accepted. Exit 1 when there is anything. */
export const rejectsCommand: Command = ledgerCommand(
  {
    name: 'rejects',
    summary: 'List events that were not accepted, with the reason (exit 1 when there are any)',
    usage: `tokenledger rejects [--reason R] [--since T] [--state S] [--unassigned] [--json]
       tokenledger rejects --histogram [--unassigned] [--json]   how many, by reason and field
       tokenledger rejects show REJECT [--raw] [--unassigned] [--json]
  --state open, redriven, accepted, refused_again or all; without it, all that are not accepted.
  --raw shows the text of what holds no event that can be read (admin keys, 14 days).
  --unassigned: rejects of senders without a tenant (org-admin keys).`,
    options: {
      reason: { type: 'string' },
      since: { type: 'string' },
      state: { type: 'string' },
      histogram: { type: 'boolean' },
      raw: { type: 'boolean' },
      unassigned: { type: 'boolean' },
    },
  },
  async ({ flags, words, isJson, io, api }) => {
    const { reason, since, state, histogram, raw, unassigned } = flags;
    const scope = unassigned ? { unassigned: 'true' } : {};
    if (words[0] === 'show') {
      if (reason ?? since ?? state ?? histogram) throw new WrongUseError('rejects show takes a REJECT and no filter');
      return show({ io, api, isJson }, takeWord(words.slice(1), 'REJECT'), raw === true, scope);
    }
    takeNoWord(words);
    if (raw) throw new WrongUseError('--raw goes with rejects show REJECT');
    if (histogram) {
      if (reason ?? since ?? state) throw new WrongUseError('--histogram counts every reject and takes no filter');
      return showHistogram({ io, api, isJson }, scope);
    }
    const rejects: ApiAnswer[] = [];
    for await (const page of api.pages('/v1/rejects', { reason, since, state, ...scope })) {
      rejects.push(...objectsAt(page, 'rejects'));
    }
    if (isJson) io.out(JSON.stringify({ rejects }));
    else printRejects(io, rejects);
    return rejects.some((reject) => textAt(reject, 'state') !== 'accepted') ? 1 : 0;
  },
);

interface Asking {
  readonly io: CliIo;
  readonly api: ApiClient;
  readonly isJson: boolean;
}

function printRejects(io: CliIo, rejects: readonly ApiAnswer[]): void {
  const titles = ['received', 'state', 'redrive', 'reason', 'event', 'message', 'reject'];
  const rows = rejects.map((reject) => [
    textAt(reject, 'received_at'),
    textAt(reject, 'state'),
    textAt(reject, 'redrive'),
    textAt(reject, 'reason'),
    textAt(objectAt(reject, 'fields'), 'id') || '-',
    textAt(reject, 'message'),
    textAt(reject, 'reject_id'),
  ]);
  const columns = titles.map((title) => ({ title }));
  for (const line of layOutTable(columns, rows)) io.out(line);
}

async function show(
  { io, api, isJson }: Asking,
  rejectId: string,
  isRaw: boolean,
  scope: Readonly<Record<string, string>>,
): Promise<number> {
  const path = `/v1/rejects/${encodeURIComponent(rejectId)}${isRaw ? '/raw' : ''}`;
  const answer = await api.ask('GET', path, { query: scope });
  if (isJson) io.out(JSON.stringify(answer));
  else if (isRaw) {
    for (const line of textAt(answer, 'text').split(/\r?\n/)) io.out(toPrintable(line));
    if (answer['cut'] === true) io.err('This is the beginning; the rest was not kept.');
  } else io.out(JSON.stringify(answer, null, 2));
  return 0;
}

async function showHistogram({ io, api, isJson }: Asking, scope: Readonly<Record<string, string>>): Promise<number> {
  const answer = await api.ask('GET', '/v1/rejects/histogram', { query: scope });
  const counts = objectsAt(answer, 'counts');
  if (isJson) io.out(JSON.stringify(answer));
  else {
    const columns = [{ title: 'rejects', isNumber: true }, { title: 'reason' }, { title: 'field' }];
    const rows = counts.map((one) => [
      groupDigits(textAt(one, 'count')),
      textAt(one, 'reason'),
      textAt(one, 'field') || '-',
    ]);
    for (const line of layOutTable(columns, rows, [groupDigits(textAt(answer, 'total')), 'total', ''])) io.out(line);
  }
  return counts.length > 0 ? 1 : 0;
}
