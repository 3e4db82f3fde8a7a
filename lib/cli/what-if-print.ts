import type { ApiAnswer } from '../client/api-client.ts';
import { isRawObject } from '../domain/field-reading.ts';
import { formatUsd } from '../domain/money.ts';
import {
  type CachingAdvice,
  type CachingVerdict,
  findCachedRatio,
  listBounds,
} from '../domain/what-if/caching-advice.ts';
import { numberAt, objectAt, objectsAt, textAt } from './answer-fields.ts';
import { describeCompleteness } from './completeness.ts';
import type { CliIo } from './io.ts';
import { groupDigits, layOutTable, toPrintable } from './table.ts';
import { type JoinedWhatIf, usdAt } from './what-if-join.ts';

/** Width of the longest bar of a waterfall. */
const BAR_WIDTH = 24;

const MINUTE_MS = 60_000;

/** Prints an answer about changes: the waterfall, the difference by dimension, what was left, and what it rests on. */
export function printWhatIf(
  io: CliIo,
  { answer, advice }: JoinedWhatIf,
  changes: readonly unknown[],
  dimensions: readonly string[],
): void {
  const sections = [
    changes.length > 0 ? drawWaterfall(answer, changes) : [],
    changes.length > 0 ? layOutRows(answer, dimensions) : [],
    listLeft(answer, changes),
    layOutAudit(answer),
    advice === null ? [] : layOutAdvice(advice),
    listAssumed(answer, changes),
  ].filter((lines) => lines.length > 0);
  for (const lines of sections) for (const line of [...lines, '']) io.out(line);
  for (const line of describeCompleteness(answer)) io.out(line);
}

/** Advice about a prefix, as the API gives that of a whole answer. */
export function toAdviceJson(advice: CachingAdvice): Record<string, unknown> {
  const { use, verdict } = advice;
  const { app, feature, provider, model, calls, longCalls } = use;
  return {
    advice: verdict === 'advised' ? 'prompt_caching' : null,
    verdict,
    ...{ app, feature, provider, model, calls, long_calls: longCalls },
    prefix_tokens_mean: advice.meanPrefixTokens,
    peak_minute: showMinute(advice.peakMinute),
    peak_calls_per_minute: advice.peakCalls,
    cached_ratio: findCachedRatio(use),
    writes: advice.writes,
    saving_usd: formatUsd(advice.savingPicoUsd),
    decided_by: listBounds(advice),
  };
}

function drawWaterfall(answer: ApiAnswer, changes: readonly unknown[]): readonly string[] {
  const total = objectAt(answer, 'total');
  const before = usdAt(total, 'cost_before_usd');
  const steps = objectsAt(answer, 'steps').filter(
    (step) => textAt(step, 'kind') !== 'rerated' || usdAt(step, 'difference_usd') !== 0n,
  );
  const amounts = [before, usdAt(total, 'cost_after_usd'), ...steps.map((step) => usdAt(step, 'difference_usd'))];
  const largest = amounts.reduce((most, amount) => (absolute(amount) > most ? absolute(amount) : most), 1n);
  const bar = (picoUsd: bigint, mark: string): string =>
    mark.repeat(Number((absolute(picoUsd) * BigInt(BAR_WIDTH) + largest / 2n) / largest));
  const line = (name: string, picoUsd: bigint, isStep: boolean, calls: string): string[] => {
    const sign = isStep && picoUsd > 0n ? '+' : '';
    const mark = isStep ? (picoUsd > 0n ? '+' : '-') : '#';
    return [name, calls, `${sign}${showUsd(picoUsd)}`, isStep ? showPercent(picoUsd, before) : '', bar(picoUsd, mark)];
  };
  const columns = [
    { title: '' },
    { title: 'calls changed', isNumber: true },
    { title: '$', isNumber: true },
    { title: 'of before', isNumber: true },
    { title: '' },
  ];
  return layOutTable(columns, [
    line(`as recorded, ${groupDigits(textAt(total, 'calls'))} calls`, before, false, ''),
    ...steps.map((step) =>
      line(nameStep(step, changes), usdAt(step, 'difference_usd'), true, groupDigits(textAt(step, 'changed_calls'))),
    ),
    line('with the changes', usdAt(total, 'cost_after_usd'), false, groupDigits(textAt(total, 'changed_calls'))),
    line('difference', usdAt(total, 'difference_usd'), true, ''),
  ]);
}

function nameStep(step: ApiAnswer, changes: readonly unknown[]): string {
  if (textAt(step, 'kind') === 'rerated') return "at today's prices";
  const change = changes[numberAt(step, 'change')];
  if (!isRawObject(change)) return textAt(step, 'kind');
  const { kind, ...fields } = change;
  const said = Object.entries(fields).map(
    ([name, value]) => `${name.replaceAll('_', ' ')} ${Array.isArray(value) ? value.join(',') : value}`,
  );
  const name = String(kind).replaceAll('_', ' ');
  // "model small" says that it is a change of the model.
  return toPrintable([...(said.some((text) => text.startsWith(`${name} `)) ? [] : [name]), ...said].join(', '));
}

function layOutRows(answer: ApiAnswer, dimensions: readonly string[]): readonly string[] {
  if (dimensions.length === 0) return [];
  const columns = [
    ...dimensions.map((title) => ({ title })),
    ...['calls', 'changed', 'before $', 'after $', 'difference $', 'of before'].map((title) => ({
      title,
      isNumber: true,
    })),
  ];
  const figures = (row: ApiAnswer): string[] => [
    groupDigits(textAt(row, 'calls')),
    groupDigits(textAt(row, 'changed_calls')),
    ...['cost_before_usd', 'cost_after_usd', 'difference_usd'].map((field) => showKnown(row, field)),
    showPercent(usdAt(row, 'difference_usd'), usdAt(row, 'cost_before_usd')),
  ];
  const rows = objectsAt(answer, 'rows').map((row) => [
    ...dimensions.map((name) => (row[name] === null ? '-' : textAt(row, name))),
    ...figures(row),
  ]);
  const total = objectAt(answer, 'total');
  const fixed = usdAt(total, 'fixed_cost_usd');
  const machines = [
    'own machines',
    ...dimensions.slice(1).map(() => ''),
    '',
    '',
    '',
    showUsd(fixed),
    showUsd(fixed),
    '',
  ];
  return layOutTable(columns, fixed === 0n ? rows : [...rows, machines], [
    'total',
    ...dimensions.slice(1).map(() => ''),
    ...figures(total),
  ]);
}

function listLeft(answer: ApiAnswer, changes: readonly unknown[]): readonly string[] {
  const steps = objectsAt(answer, 'steps').filter((step) => textAt(step, 'kind') !== 'rerated');
  const told = steps.flatMap((step) =>
    objectsAt(step, 'left').map((left) => ({ name: nameStep(step, changes), text: describeLeft(left) })),
  );
  const byText = Map.groupBy(told, ({ text }) => text);
  // Calls without a price are left by every change: once is enough.
  const lines = [...byText].flatMap(([text, alike]) =>
    steps.length > 1 && alike.length === steps.length
      ? [`  every change: ${text}`]
      : alike.map(({ name }) => `  ${name}: ${text}`),
  );
  return lines.length === 0 ? [] : ['left as recorded:', ...lines];
}

function describeLeft(left: ApiAnswer): string {
  const calls = `${groupDigits(textAt(left, 'calls'))} ${numberAt(left, 'calls') === 1 ? 'call' : 'calls'}`;
  const cost = left['cost_usd'] === null ? 'cost unknown' : `$${showUsd(usdAt(left, 'cost_usd'))}`;
  return `${calls}, ${textAt(left, 'reason').replaceAll('_', ' ')} (${cost})`;
}

function layOutAudit(answer: ApiAnswer): readonly string[] {
  if (answer['audit'] === null) return [];
  const audit = objectAt(answer, 'audit');
  const parts = objectsAt(audit, 'parts').filter(
    (part) => textAt(part, 'tokens') !== '0' || usdAt(part, 'cost_usd') !== 0n,
  );
  const all = parts.reduce((sum, part) => sum + usdAt(part, 'cost_usd'), 0n);
  const columns = [{ title: 'part' }, ...['tokens', '$', 'of all'].map((title) => ({ title, isNumber: true }))];
  const rows = parts.map((part) => [
    textAt(part, 'part').replaceAll('_', ' '),
    groupDigits(textAt(part, 'tokens')),
    showUsd(usdAt(part, 'cost_usd')),
    showPercent(usdAt(part, 'cost_usd'), all),
  ]);
  const [calls, told] = [groupDigits(textAt(audit, 'calls')), groupDigits(textAt(audit, 'calls_with_parts'))];
  const rest = told === calls ? '' : '; what the others sent is other input';
  return [...layOutTable(columns, rows), `${told} of ${calls} calls told the parts of their prompt${rest}`];
}

const VERDICTS: Readonly<Record<CachingVerdict, string>> = {
  advised: 'cache the prefix',
  prefix_too_short: 'no: prefix below 1,000 tokens',
  too_few_requests: 'no: never 10 requests in a minute',
  cached_already: 'cached already',
  no_cache_price: 'no: the model has no cache price',
  no_saving: 'no: it saves nothing',
};

function layOutAdvice(advice: readonly CachingAdvice[]): readonly string[] {
  if (advice.length === 0) return ['caching advice: no call told the parts of its prompt'];
  const numbers = ['prefix tokens', 'peak a minute', 'cached', 'saves $'].map((title) => ({ title, isNumber: true }));
  const columns = [{ title: 'app' }, { title: 'feature' }, { title: 'model' }, ...numbers, { title: 'caching advice' }];
  const rows = advice.map(({ use, verdict, meanPrefixTokens, peakCalls, savingPicoUsd }) => [
    use.app ?? '-',
    use.feature ?? '-',
    use.model,
    use.longCalls === 0 ? '-' : groupDigits(String(Math.round(meanPrefixTokens))),
    use.longCalls === 0 ? '-' : groupDigits(String(peakCalls)),
    showPercent(use.cachedTokens, use.prefixTokens),
    verdict === 'advised' ? showUsd(savingPicoUsd) : '-',
    VERDICTS[verdict],
  ]);
  return layOutTable(columns, rows);
}

function listAssumed(answer: ApiAnswer, changes: readonly unknown[]): readonly string[] {
  const texts = new Set(objectsAt(answer, 'assumed').map((assumed) => `  ${textAt(assumed, 'text')}`));
  const decided = objectsAt(answer, 'decided_by').map((each) => nameDeciding(textAt(each, 'input'), changes));
  return [
    ...(decided.length === 0 ? [] : [`decided by: ${decided.join(', ')}`]),
    ...(texts.size === 0 ? [] : ['assumed:', ...texts]),
  ];
}

/** `changes[2].share` with the kind of the change in the place of its number, which flags do not show. */
function nameDeciding(input: string, changes: readonly unknown[]): string {
  const [, index = '', field = input] = /^changes\[(\d+)\]\.(.*)$/.exec(input) ?? [];
  const change = changes[Number(index)];
  const kind = isRawObject(change) && change['kind'] !== field ? `${change['kind']} ` : '';
  return toPrintable(`${kind}${field}`.replaceAll('_', ' '));
}

function showMinute(minute: number | null): string | null {
  return minute === null ? null : new Date(minute * MINUTE_MS).toISOString();
}

/** An amount of calls, which is not known where no cost of any of them is. */
function showKnown(answer: ApiAnswer, field: string): string {
  return answer[field] === null ? 'unknown' : showUsd(usdAt(answer, field));
}

/** Cents where an amount has them, and as many digits as tell it from nothing where it is smaller; JSON has all. */
function showUsd(picoUsd: bigint): string {
  const usd = Number(formatUsd(picoUsd));
  const isSmall = Math.abs(usd) < 1;
  return usd.toLocaleString(
    'en-US',
    isSmall ? { maximumSignificantDigits: 3 } : { minimumFractionDigits: 2, maximumFractionDigits: 2 },
  );
}

function showPercent(part: bigint, whole: bigint): string {
  return whole === 0n ? '-' : `${(Number((part * 10_000n) / whole) / 100).toFixed(1)} %`;
}

function absolute(amount: bigint): bigint {
  return amount < 0n ? -amount : amount;
}
