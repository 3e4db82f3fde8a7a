import type { ApiAnswer, ApiClient } from '../client/api-client.ts';
import { objectAt, objectsAt, textAt } from './answer-fields.ts';
import type { CliIo } from './io.ts';
import { WrongUseError } from './ledger-command.ts';
import { layOutTable, toPrintable } from './table.ts';

/** Flags of `alerts subscribe`. */
export const SUBSCRIBE_OPTIONS = {
  email: { type: 'string' },
  https: { type: 'string' },
  sqs: { type: 'string' },
  filter: { type: 'string', multiple: true },
} as const;

const PROTOCOLS = ['email', 'https', 'sqs'] as const;

const COLUMNS = [
  { title: 'id' },
  { title: 'state' },
  { title: 'protocol' },
  { title: 'endpoint' },
  { title: 'hears' },
  { title: 'since' },
];

/** Values of {@link SUBSCRIBE_OPTIONS}. */
export interface SubscribeFlags extends Readonly<Partial<Record<(typeof PROTOCOLS)[number], string>>> {
  readonly filter?: readonly string[];
}

/** Asks for a subscription. @throws {@link WrongUseError} when the flags name none or several */
export async function subscribe(api: ApiClient, flags: SubscribeFlags): Promise<ApiAnswer> {
  const [protocol, ...others] = PROTOCOLS.filter((name) => flags[name] !== undefined);
  if (protocol === undefined || others.length > 0) {
    throw new WrongUseError('subscribe takes one of --email, --https and --sqs');
  }
  const filter = toFilter(flags.filter ?? []);
  return api.ask('POST', '/v1/subscriptions', { body: { protocol, endpoint: flags[protocol], filter } });
}

/** Ends a subscription. */
export async function unsubscribe(api: ApiClient, id: string): Promise<ApiAnswer> {
  await api.ask('DELETE', `/v1/subscriptions/${encodeURIComponent(id)}`);
  return { id };
}

/** Values by name of `NAME=VALUE` texts. @throws {@link WrongUseError} for a text that is none */
export function toFilter(texts: readonly string[]): Readonly<Record<string, readonly string[]>> {
  const filter = new Map<string, readonly string[]>();
  for (const text of texts) {
    const at = text.indexOf('=');
    if (at < 1) throw new WrongUseError(`--filter: expected NAME=VALUE, got ${JSON.stringify(text)}`);
    const name = text.slice(0, at);
    filter.set(name, [...(filter.get(name) ?? []), text.slice(at + 1)]);
  }
  return Object.fromEntries(filter);
}

/** Prints what subscribing, listing or unsubscribing answered. */
export function showSubscriptions(verb: string, answer: ApiAnswer, io: CliIo): void {
  if (verb === 'unsubscribe') io.out(`${textAt(answer, 'id')}: ended`);
  else if (verb === 'subscribe') {
    io.out(`${textAt(answer, 'id')}: ${toPrintable(textAt(answer, 'endpoint'))} hears ${describeFilter(answer)}`);
    if (answer['needs_confirmation'] === true) io.out('once its owner has followed the link in the first message');
  } else {
    const rows = objectsAt(answer, 'subscriptions').map((one) => [
      textAt(one, 'id'),
      textAt(one, 'state'),
      textAt(one, 'protocol'),
      textAt(one, 'endpoint'),
      describeFilter(one),
      textAt(one, 'created_at'),
    ]);
    for (const line of layOutTable(COLUMNS, rows)) io.out(line);
  }
}

function describeFilter(subscription: ApiAnswer): string {
  const names = Object.entries(objectAt(subscription, 'filter'));
  if (names.length === 0) return 'everything';
  return names
    .map(([name, values]) => toPrintable(`${name}=${Array.isArray(values) ? values.join('|') : ''}`))
    .join(', ');
}
