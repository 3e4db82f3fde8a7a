import type { ApiAnswer } from '../client/api-client.ts';
import { numberAt, objectAt, objectsAt, textAt } from './answer-fields.ts';
import { describeCompleteness } from './completeness.ts';
import type { Command } from './io.ts';
import { type LedgerCall, ledgerCommand, takeNoWord, takeWord, WrongUseError } from './ledger-command.ts';
import { layOutTable } from './table.ts';

const COLUMNS = [
  { title: 'day' },
  { title: 'of' },
  { title: 'what' },
  { title: 'actual $', isNumber: true },
  { title: 'expected $', isNumber: true },
  { title: 'times', isNumber: true },
  { title: 'top cause' },
  { title: 'state' },
  { title: 'id' },
];

const OPTIONS = {
  from: { type: 'string' },
  to: { type: 'string' },
  note: { type: 'string' },
  'not-one-off': { type: 'boolean' },
} as const;

type Call = LedgerCall<typeof OPTIONS>;

/** `tokenledger anomalies [confirm|dismiss|settings|set]`: days that were out of the ordinary, and what is thought of them. */
export const anomaliesCommand: Command = ledgerCommand(
  {
    name: 'anomalies',
    summary: 'Show days on which spend was out of the ordinary, with their causes; confirm or dismiss them',
    usage: `tokenledger anomalies [--from DAY] [--to DAY] [--json]
       tokenledger anomalies confirm ID [--note TEXT] [--not-one-off]
       tokenledger anomalies dismiss ID [--note TEXT]
       tokenledger anomalies settings
       tokenledger anomalies set DETECTOR.FIELD=VALUE...
  DAY: 2026-01-29, local to the tenant; --from is included, --to is not. Without days: the last 30 complete ones.
  ID: as shown, or as an alert names it. A confirmed one-off is no measure for other days, and not forecast again.
  set leaves other settings as they are; VALUE "default" takes one back.`,
    options: OPTIONS,
  },
  async (call) => {
    const [verb, ...words] = call.words;
    if (verb === 'confirm' || verb === 'dismiss') await decide(call, verb, takeWord(words, 'ID'));
    else if (verb === 'set') await set(call, words);
    else if (verb === 'settings') {
      takeNoWord(words);
      show(call, await call.api.ask('GET', SETTINGS));
    } else if (verb === undefined) await list(call);
    else throw new WrongUseError(`anomalies takes confirm, dismiss, settings or set, not ${JSON.stringify(verb)}`);
    return 0;
  },
);

const SETTINGS = '/v1/anomaly-settings';

async function list({ flags: { from, to }, isJson, io, api }: Call): Promise<void> {
  const query = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  const answer = await api.ask('GET', '/v1/anomalies', { query });
  if (isJson) return io.out(JSON.stringify(answer));
  const rows = objectsAt(answer, 'anomalies').flatMap((anomaly) =>
    objectsAt(anomaly, 'findings').map((finding) => describeFinding(anomaly, finding)),
  );
  const days = `from ${textAt(answer, 'from_day')} to before ${textAt(answer, 'to_day')}`;
  if (rows.length === 0) io.out(`nothing out of the ordinary ${days}`);
  else for (const line of layOutTable(COLUMNS, rows)) io.out(line);
  const history = numberAt(answer, 'history_days');
  if (history < 15) io.out(`${history} days of history; the first 14 cannot be judged`);
  if (textAt(answer, 'one_off_usd') !== '0') io.out(`confirmed one-offs: $${cents(textAt(answer, 'one_off_usd'))}`);
  const doubtful = new Set(objectsAt(answer, 'incomplete_days').map((doubt) => textAt(doubt, 'day')));
  if (doubtful.size > 0)
    io.out(`calls are or may be missing of ${[...doubtful].join(', ')}: low spend there is no drop`);
  for (const line of describeCompleteness(answer)) io.out(line);
}

async function decide({ flags, isJson, io, api }: Call, verb: 'confirm' | 'dismiss', id: string): Promise<void> {
  const isOneOff = flags['not-one-off'] !== true;
  if (verb === 'dismiss' && !isOneOff) throw new WrongUseError('--not-one-off is about confirming');
  const body = {
    ...(flags.note === undefined ? {} : { note: flags.note }),
    ...(verb === 'confirm' ? { one_off: isOneOff } : {}),
  };
  const answer = await api.ask('POST', `/v1/anomalies/${encodeURIComponent(id)}/${verb}`, { body });
  if (isJson) return io.out(JSON.stringify(answer));
  const of = answer['dimension'] === null ? 'all spend' : nameValue(answer);
  io.out(`${textAt(answer, 'state')}: ${of}`);
  for (const masked of objectsAt(answer, 'masked_days'))
    io.out(`${textAt(masked, 'day')} counts as $${cents(textAt(masked, 'expected_usd'))}`);
}

async function set(call: Call, words: readonly string[]): Promise<void> {
  if (words.length === 0) throw new WrongUseError('anomalies set takes settings, such as drop.told=true');
  const known = objectAt(await call.api.ask('GET', SETTINGS), 'settings');
  const settings = new Map(
    Object.keys(known).map((detector) => [detector, new Map(Object.entries(objectAt(known, detector)))] as const),
  );
  for (const word of words) {
    const [, detector = '', field = '', text = ''] = /^([^.=]+)\.([^.=]+)=(.+)$/su.exec(word) ?? [];
    if (detector === '') throw new WrongUseError(`expected DETECTOR.FIELD=VALUE, got ${JSON.stringify(word)}`);
    const own = settings.get(detector) ?? new Map<string, unknown>();
    settings.set(detector, own);
    if (text === 'default' && own.has(field)) own.delete(field);
    else own.set(field, readSetting(field, text));
  }
  const body = Object.fromEntries([...settings].map(([detector, own]) => [detector, Object.fromEntries(own)]));
  show(call, await call.api.ask('PUT', SETTINGS, { body }));
}

/** Money is text, switches are true or false, the rest are numbers; what is neither the ledger refuses by name. */
function readSetting(field: string, text: string): boolean | number | string {
  if (text === 'true' || text === 'false') return text === 'true';
  return field.endsWith('usd') || Number.isNaN(Number(text)) ? text : Number(text);
}

function show({ isJson, io }: Call, answer: ApiAnswer): void {
  if (isJson) {
    io.out(JSON.stringify(answer));
    return;
  }
  const settings = objectAt(answer, 'settings');
  const rows = Object.keys(settings).flatMap((detector) =>
    Object.entries(objectAt(settings, detector)).map(([field, value]) => [`${detector}.${field}`, String(value)]),
  );
  for (const line of layOutTable([{ title: 'setting' }, { title: 'value' }], rows)) io.out(line);
}

function describeFinding(anomaly: ApiAnswer, finding: ApiAnswer): readonly string[] {
  const of = anomaly['dimension'] === null ? 'all spend' : nameValue(anomaly);
  const [top] = objectsAt(finding, 'contributors');
  const share = top ? `${nameValue(top)} (${Math.round(numberAt(top, 'share_ratio') * 100)} %)` : '-';
  return [
    textAt(finding, 'from_day'),
    of,
    textAt(finding, 'detector').replaceAll('_', ' '),
    cents(textAt(finding, 'actual_usd')),
    cents(textAt(finding, 'expected_usd')),
    finding['ratio'] === null ? '-' : numberAt(finding, 'ratio').toFixed(1),
    share,
    textAt(anomaly, 'state'),
    textAt(anomaly, 'id'),
  ];
}

function nameValue(of: ApiAnswer): string {
  return `${textAt(of, 'dimension')}=${textAt(of, 'value')}`;
}

/** An amount for people; `--json` has all of it. */
function cents(usd: string): string {
  return Number(usd).toFixed(2);
}
