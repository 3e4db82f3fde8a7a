import { type ApiAnswer, ApiProblemError } from '../client/api-client.ts';
import { parseUsd } from '../domain/money.ts';
import { RULE_METRICS, type RuleMetric } from '../domain/rules/alert-rule.ts';
import { displayMeasured, displayThreshold } from '../domain/rules/describe-rule.ts';
import { numberAt, objectAt, objectsAt, textAt } from './answer-fields.ts';
import { describeCompleteness } from './completeness.ts';
import type { Command } from './io.ts';
import { type LedgerCall, ledgerCommand, takeNoWord, takeWord, WrongUseError } from './ledger-command.ts';
import { groupDigits, layOutTable } from './table.ts';

const OPTIONS = {
  metric: { type: 'string' },
  above: { type: 'string' },
  below: { type: 'string' },
  threshold: { type: 'string' },
  hours: { type: 'string' },
  'minimum-count': { type: 'string' },
  filter: { type: 'string', multiple: true },
  each: { type: 'string' },
  severity: { type: 'string' },
  enable: { type: 'boolean' },
  disable: { type: 'boolean' },
} as const;

type Call = LedgerCall<typeof OPTIONS>;

/** `tokenledger rules list|set|remove|check`. */
export const rulesCommand: Command = ledgerCommand(
  {
    name: 'rules',
    summary: 'Show, change and try the operational rules: cost per call, errors, latency, quota, caches, GPUs',
    usage: `tokenledger rules list
       tokenledger rules set NAME [--metric M] [--above N | --below N | --threshold N] [--hours N]
           [--minimum-count N] [--filter dimension=value]... [--each DIMENSION] [--severity S] [--enable | --disable]
       tokenledger rules remove NAME
       tokenledger rules check [NAME]
  M: ${RULE_METRICS.join(', ')}
  What set leaves out stays as it is; --filter and --each take "none". check alerts nobody.`,
    options: OPTIONS,
  },
  async (call) => {
    const [verb, ...words] = call.words;
    if (verb === 'set') await set(call, takeWord(words, 'NAME'));
    else if (verb === 'remove') await remove(call, takeWord(words, 'NAME'));
    else if (verb === 'check') await check(call, words.length === 0 ? undefined : takeWord(words, 'NAME'));
    else if (verb === 'list' || verb === undefined) {
      takeNoWord(words);
      await list(call);
    } else throw new WrongUseError(`rules takes list, set, remove or check, not ${JSON.stringify(verb)}`);
    return 0;
  },
);

async function list({ api, io, isJson }: Call): Promise<void> {
  const answer = await api.ask('GET', '/v1/alert-rules');
  if (isJson) return io.out(JSON.stringify(answer));
  const columns = [
    ...[{ title: 'rule' }, { title: 'metric' }, { title: 'told of when' }, { title: 'hours', isNumber: true }],
    ...[{ title: 'of at least', isNumber: true }, { title: 'of' }, { title: 'severity' }, { title: 'is' }],
  ];
  const rows = objectsAt(answer, 'rules').map((rule) => [
    textAt(rule, 'name'),
    textAt(rule, 'metric'),
    describeLimit(rule),
    textAt(rule, 'window_hours'),
    groupDigits(textAt(rule, 'minimum_count')),
    describeScope(rule),
    textAt(rule, 'severity'),
    `${textAt(rule, 'origin')}${rule['enabled'] === true ? '' : ', off'}`,
  ]);
  for (const line of layOutTable(columns, rows)) io.out(line);
}

async function set({ api, io, isJson, flags }: Call, name: string): Promise<void> {
  const answer = await api.ask('PUT', pathOf(name), { body: toRule(flags) });
  if (isJson) return io.out(JSON.stringify(answer));
  const what = `${textAt(answer, 'metric')} ${describeLimit(answer)}`;
  io.out(`${name}: ${textAt(answer, 'change')}, ${what}${answer['enabled'] === true ? '' : ', off'}`);
}

async function remove({ api, io, isJson }: Call, name: string): Promise<void> {
  await api.ask('DELETE', pathOf(name));
  const standing = await api.ask('GET', pathOf(name)).catch((error: unknown) => {
    if (error instanceof ApiProblemError && error.status === 404) return undefined;
    throw error;
  });
  if (isJson) return io.out(JSON.stringify({ name, removed: true, rule: standing ?? null }));
  io.out(standing ? `${name}: as everybody has it, ${describeLimit(standing)}` : `${name}: removed`);
}

async function check({ api, io, isJson }: Call, name: string | undefined): Promise<void> {
  const query = name === undefined ? '' : `?name=${encodeURIComponent(name)}`;
  const answer = await api.ask('GET', `/v1/alert-rule-checks${query}`);
  if (isJson) return io.out(JSON.stringify(answer));
  const columns = [
    ...[{ title: 'rule' }, { title: 'of' }, { title: 'from' }, { title: 'hours', isNumber: true }],
    ...[{ title: 'measured' }, { title: 'count', isNumber: true }, { title: 'told of when' }, { title: 'verdict' }],
  ];
  const checks = objectsAt(answer, 'checks');
  const rows = checks.flatMap((one) => objectsAt(one, 'looks').map((look) => describeLook(one, look)));
  for (const line of layOutTable(columns, rows)) io.out(line);
  for (const one of checks) for (const note of describeCuts(one)) io.out(note);
  for (const line of describeCompleteness(answer)) io.out(line);
}

function describeLook(of: ApiAnswer, look: ApiAnswer): readonly string[] {
  const rule = objectAt(of, 'rule');
  const metric = findMetric(rule);
  const thresholdPico = parseUsd(textAt(rule, 'threshold')) ?? 0n;
  const [low, high] = [look['low'], typeof look['high'] === 'string' ? look['high'] : null];
  const isMeasured = typeof low === 'string' && metric !== undefined;
  const measured = isMeasured ? displayMeasured({ metric, thresholdPico }, { low, high }) : '-';
  const isOff = rule['enabled'] === true ? '' : ', off';
  const since = look['broken_since'];
  return [
    textAt(rule, 'name'),
    typeof rule['each'] === 'string' ? (typeof look['key'] === 'string' ? look['key'] : `no ${rule['each']}`) : 'all',
    textAt(of, 'from'),
    textAt(rule, 'window_hours'),
    measured,
    groupDigits(textAt(look, 'count')),
    describeLimit(rule),
    `${textAt(look, 'verdict').replaceAll('_', ' ')}${isOff}${typeof since === 'string' ? `, told of ${since}` : ''}`,
  ];
}

function describeCuts(of: ApiAnswer): readonly string[] {
  const name = textAt(objectAt(of, 'rule'), 'name');
  const left = numberAt(of, 'keys_left_out');
  return [
    ...(objectsAt(of, 'looks').length === 0 ? [`${name}: nothing to judge`] : []),
    ...(left > 0 ? [`${name}: ${left} values with fewer calls are not judged`] : []),
    ...(of['deployments_cut'] === true ? [`${name}: there are more deployments than are looked at`] : []),
  ];
}

function describeLimit(rule: ApiAnswer): string {
  const metric = findMetric(rule);
  const thresholdPico = parseUsd(textAt(rule, 'threshold'));
  if (metric === undefined || thresholdPico === undefined) return textAt(rule, 'threshold');
  return `${textAt(rule, 'comparison')} ${displayThreshold({ metric, thresholdPico })}`;
}

function describeScope(rule: ApiAnswer): string {
  const filter = Object.entries(objectAt(rule, 'filter')).map(([name, value]) => `${name}=${String(value)}`);
  const each = typeof rule['each'] === 'string' ? [`each ${rule['each']}`] : [];
  return [...filter, ...each].join(', ') || 'all';
}

function findMetric(rule: ApiAnswer): RuleMetric | undefined {
  return RULE_METRICS.find((metric) => metric === rule['metric']);
}

function pathOf(name: string): string {
  return `/v1/alert-rules/${encodeURIComponent(name)}`;
}

function toRule(flags: Call['flags']): Record<string, unknown> {
  const { above, below, threshold, enable, disable } = flags;
  if ([above, below, threshold].filter((value) => value !== undefined).length > 1)
    throw new WrongUseError('--above, --below and --threshold exclude each other');
  if (enable && disable) throw new WrongUseError('--enable and --disable exclude each other');
  const limit = threshold ?? above ?? below;
  return {
    ...(flags.metric === undefined ? {} : { metric: flags.metric }),
    ...(above === undefined ? {} : { comparison: 'above' }),
    ...(below === undefined ? {} : { comparison: 'below' }),
    ...(limit === undefined ? {} : { threshold: limit }),
    ...(flags.hours === undefined ? {} : { window_hours: readWhole('--hours', flags.hours) }),
    ...(flags['minimum-count'] === undefined
      ? {}
      : { minimum_count: readWhole('--minimum-count', flags['minimum-count']) }),
    ...(flags.filter === undefined ? {} : { filter: readFilter(flags.filter) }),
    ...(flags.each === undefined ? {} : { each: flags.each === 'none' ? null : flags.each }),
    ...(flags.severity === undefined ? {} : { severity: flags.severity }),
    ...(enable || disable ? { enabled: enable === true } : {}),
  };
}

function readWhole(flag: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new WrongUseError(`${flag}: expected a whole number, got ${JSON.stringify(text)}`);
}

function readFilter(texts: readonly string[]): Record<string, string> {
  if (texts.length === 1 && texts[0] === 'none') return {};
  const pairs = texts.map((text) => {
    const at = text.indexOf('=');
    if (at <= 0) throw new WrongUseError(`--filter: expected dimension=value, got ${JSON.stringify(text)}`);
    return [text.slice(0, at), text.slice(at + 1)] as const;
  });
  if (new Set(pairs.map(([name]) => name)).size < pairs.length)
    throw new WrongUseError('--filter: a rule has one value of a dimension');
  return Object.fromEntries(pairs);
}
