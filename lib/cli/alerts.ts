import type { ApiAnswer, ApiClient } from '../client/api-client.ts';
import { objectAt, objectsAt, textAt } from './answer-fields.ts';
import type { CliIo, Command } from './io.ts';
import { ledgerCommand, takeNoWord, takeWord, WrongUseError } from './ledger-command.ts';
import { readAll } from './read-all.ts';
import { SUBSCRIBE_OPTIONS, showSubscriptions, subscribe, toFilter, unsubscribe } from './subscriptions.ts';
import { layOutTable, toPrintable } from './table.ts';

const USAGE = `tokenledger alerts [--kind KIND] [--severity info|warning|critical] [--about THING]
                          [--state claimed|snoozed|published] [--json]
       tokenledger alerts show ID
       tokenledger alerts acknowledge ID [--note TEXT]
       tokenledger alerts snooze ID --hours N | --until TIME [--whole-budget]
       tokenledger alerts unsnooze ID
       tokenledger alerts test [--kind KIND] [--filter NAME=VALUE]...
       tokenledger alerts subscribe --email ADDRESS | --https URL | --sqs ARN [--filter NAME=VALUE]...
       tokenledger alerts subscriptions
       tokenledger alerts unsubscribe ID
  A snooze lets every alert about the same things wait, 1 to 720 hours, and sends them when it ends. Of an alert about one
  part of a budget, --whole-budget silences all parts.
  --filter: kind, severity, status, budget, rule, team, app, environment or model; the same name again adds a value. A
  subscription hears what has one of the values of each name; a test message carries them, to reach such a one.`;

const COLUMNS = [
  { title: 'when' },
  { title: 'state' },
  { title: 'kind' },
  { title: 'severity' },
  { title: 'subject' },
  { title: 'seen by' },
  { title: 'id' },
];

/** `tokenledger alerts ...`: what was alerted, what people say of it, and who hears of it. */
export const alertsCommand: Command = ledgerCommand(
  {
    name: 'alerts',
    summary: 'List alerts and how far they got, snooze them, choose who hears of them',
    usage: USAGE,
    options: {
      kind: { type: 'string' },
      severity: { type: 'string' },
      about: { type: 'string' },
      state: { type: 'string' },
      note: { type: 'string' },
      hours: { type: 'string' },
      until: { type: 'string' },
      'whole-budget': { type: 'boolean' },
      ...SUBSCRIBE_OPTIONS,
    },
  },
  async ({ flags, words: [verb, ...words], isJson, io, api }) => {
    const answer = async (): Promise<ApiAnswer> => {
      switch (verb) {
        case undefined: {
          const query = pick(flags, ['kind', 'severity', 'about', 'state']);
          return { alerts: (await readAll(api, '/v1/alerts', query)).flatMap((page) => objectsAt(page, 'alerts')) };
        }
        case 'show':
          return api.ask('GET', pathOf(words));
        case 'acknowledge':
          return api.ask('POST', `${pathOf(words)}/acknowledge`, { body: pick(flags, ['note']) });
        case 'snooze':
          return api.ask('POST', `${pathOf(words)}/snooze`, {
            body: { ...readSnooze(flags), ...(flags['whole-budget'] ? { whole_budget: true } : {}) },
          });
        case 'unsnooze':
          return api.ask('DELETE', `${pathOf(words)}/snooze`);
        case 'test':
          takeNoWord(words);
          return sendTest(api, { ...flags });
        case 'subscribe':
          takeNoWord(words);
          return subscribe(api, flags);
        case 'subscriptions':
          takeNoWord(words);
          return api.ask('GET', '/v1/subscriptions');
        case 'unsubscribe':
          return unsubscribe(api, takeWord(words, 'ID'));
        default:
          throw new WrongUseError(`alerts has no ${JSON.stringify(verb)}`);
      }
    };
    const answered = await answer();
    if (isJson) io.out(JSON.stringify(answered));
    else print(verb, answered, io);
    return verb === 'test' && answered['outcome'] !== 'published' ? 1 : 0;
  },
);

function print(verb: string | undefined, answer: ApiAnswer, io: CliIo): void {
  if (verb === undefined) {
    for (const line of layOutTable(COLUMNS, objectsAt(answer, 'alerts').map(toRow))) io.out(line);
  } else if (verb === 'show') io.out(JSON.stringify(answer, null, 2));
  else if (verb === 'acknowledge') io.out(`acknowledged by ${whoSaw(answer)}`);
  else if (verb === 'snooze') {
    io.out(`${listTexts(answer, 'about')}: nothing is sent until ${textAt(answer, 'snoozed_until')}`);
  } else if (verb === 'unsnooze') {
    const ended = listTexts(answer, 'ended');
    io.out(ended === '' ? 'nothing was snoozed' : `${ended}: what waited is sent within a minute`);
  } else if (verb === 'test') io.out(`${textAt(answer, 'alert_id')}: ${textAt(answer, 'outcome')}`);
  else showSubscriptions(verb, answer, io);
}

function toRow(alert: ApiAnswer): string[] {
  const fields = ['claimed_at', 'state', 'kind', 'severity', 'subject'].map((field) => textAt(alert, field));
  return [...fields, alert['acknowledged'] === null ? '-' : whoSaw(alert), textAt(alert, 'alert_id')];
}

function whoSaw(alert: ApiAnswer): string {
  return textAt(objectAt(alert, 'acknowledged'), 'by');
}

function listTexts(answer: ApiAnswer, field: string): string {
  const texts = answer[field];
  return Array.isArray(texts) ? texts.map((text) => toPrintable(String(text))).join(', ') : '';
}

function pathOf(words: readonly string[]): string {
  return `/v1/alerts/${encodeURIComponent(takeWord(words, 'ID'))}`;
}

function readSnooze({ hours, until }: { readonly hours?: string; readonly until?: string }): object {
  if ((hours === undefined) === (until === undefined)) throw new WrongUseError('snooze takes --hours or --until');
  if (hours === undefined) return { until };
  if (!/^\d+(\.\d+)?$/.test(hours)) throw new WrongUseError(`--hours: expected a number, got ${JSON.stringify(hours)}`);
  return { hours: Number(hours) };
}

function sendTest(
  api: ApiClient,
  { kind, filter }: { readonly kind?: string; readonly filter?: readonly string[] },
): Promise<ApiAnswer> {
  const named = Object.entries(toFilter(filter ?? [])).map(([name, values]) => {
    const [value = '', ...others] = values;
    if (others.length > 0) throw new WrongUseError(`--filter ${name}: a message has one value of it`);
    return [name, value] as const;
  });
  return api.ask('POST', '/v1/alerts/test', {
    body: { attributes: { ...Object.fromEntries(named), ...(kind === undefined ? {} : { kind }) } },
  });
}

function pick<Name extends string>(
  flags: Readonly<Partial<Record<Name, unknown>>>,
  names: readonly Name[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    names.flatMap((name) => (typeof flags[name] === 'string' ? [[name, flags[name]] as const] : [])),
  );
}
