import type { ApiAnswer } from '../client/api-client.ts';
import { numberAt, objectAt, objectsAt, textAt } from './answer-fields.ts';
import { showCount, showPercent, showUsd } from './break-even-figures.ts';
import { describeCompleteness } from './completeness.ts';
import type { CliIo } from './io.ts';
import { groupDigits, layOutTable, toPrintable } from './table.ts';

/** Deciding inputs on the first screen. */
const NEAREST = 6;

/** Prints an advice for people: what to do, its bill, what decides and what nobody knows; with details all of it. */
export function printRecommendation(io: CliIo, advice: ApiAnswer, isDetailed: boolean): void {
  printAnswer(io, advice);
  printList(
    io,
    'Warnings',
    objectsAt(advice, 'warnings').map((it) => textAt(it, 'text')),
  );
  if (isDetailed) printList(io, 'Why', textsAt(advice, 'why'));
  const decides = objectsAt(advice, 'decided_by').map((it) => textAt(it, 'text'));
  const shown = isDetailed ? decides : decides.slice(0, NEAREST);
  const more =
    decides.length > shown.length ? [`and ${decides.length - shown.length} more, farther from turning it`] : [];
  printList(io, 'Decided by (the nearest first)', [...shown, ...more]);
  const unknown = objectsAt(advice, 'unknown').filter((it) => isDetailed || textsAt(it, 'together_with').length === 0);
  printList(io, 'Not known, and it would matter (--set NAME=VALUE)', unknown.map(describeUnknown));
  io.out('');
  printOptions(io, objectsAt(advice, 'options'), isDetailed);
  if (isDetailed) printDetails(io, advice);
  if ('recorded_days' in advice) for (const line of describeCompleteness(advice)) io.out(line);
  if (isDetailed) return;
  io.out('');
  if ('recorded_days' in advice) {
    io.out('What to cache, and what shorter prompts, routes or batches would save: tokenledger what-if --audit');
  }
  io.out('Why, the models and machines, training, scaling and what the guides say: --details');
}

/** The way, what it is and what it costs. */
function printAnswer(io: CliIo, advice: ApiAnswer): void {
  const answer = objectAt(advice, 'answer');
  const name = textAt(advice, 'name');
  const say = (line: string): void => io.out(toPrintable(line));
  if (name !== '') say(`${name}:`);
  if ('recorded_days' in advice) {
    const calls = groupDigits(textAt(advice, 'calls'));
    say(`of ${calls} calls recorded on ${textAt(advice, 'recorded_days')} days from ${textAt(advice, 'from')} on`);
  }
  say(`${textAt(answer, 'approach')}: ${textAt(answer, 'text')}`);
  if (answer['what'] === null) return;
  say(`  ${textAt(answer, 'what')}`);
  const today = objectsAt(advice, 'inputs').find((it) => it['input'] === 'current_monthly_usd');
  const against = today === undefined ? '' : `; today ${showUsd(today['value'])} (${textAt(today, 'origin')})`;
  say(`  ${showMonthly(advice)}${against}`);
}

function printDetails(io: CliIo, advice: ApiAnswer): void {
  printGuides(io, objectsAt(advice, 'guides'));
  printTraining(io, objectAt(advice, 'training'));
  printList(
    io,
    'Scaling',
    objectsAt(advice, 'scaling').map((it) => `${textAt(it, 'strategy')}: ${showApplies(it)}. ${textAt(it, 'why')}`),
  );
  printPhase(io, advice);
}

/** Prints a ranking of models for people. */
export function printRanking(io: CliIo, ranking: ApiAnswer): void {
  const rows = objectsAt(ranking, 'models');
  io.out(toPrintable(`${textAt(ranking, 'task')}, on ${textAt(ranking, 'scale')}`));
  if (rows.length === 0) io.err('no model has a score on this scale; catalog list quality shows the scales');
  const columns = [
    { title: '#', isNumber: true },
    { title: 'model' },
    { title: 'score', isNumber: true },
    { title: 'weights' },
    { title: 'standing' },
    { title: 'source' },
  ];
  const cells = rows.map((row) => [
    textAt(row, 'rank'),
    textAt(row, 'model'),
    textAt(row, 'score'),
    row['has_open_weights'] === true ? 'open' : 'closed',
    textAt(row, 'standing'),
    textAt(row, 'source'),
  ]);
  for (const line of layOutTable(columns, cells)) io.out(line);
}

function printOptions(io: CliIo, options: readonly ApiAnswer[], isDetailed: boolean): void {
  const columns = [
    { title: 'way' },
    ...(isDetailed ? [{ title: 'what' }] : []),
    { title: 'USD a month', isNumber: true },
    ...(isDetailed ? [{ title: 'per 1,000', isNumber: true }] : []),
    { title: 'quality', isNumber: true },
    { title: 'pays from', isNumber: true },
    { title: 'against' },
  ];
  const cells = options.map((option) => [
    textAt(option, 'approach'),
    ...(isDetailed ? [option['what'] === null ? '-' : textAt(option, 'what')] : []),
    showBill(option),
    ...(isDetailed ? [option['usd_per_call'] === null ? '-' : showUsd(numberAt(option, 'usd_per_call') * 1_000)] : []),
    showPercent(option['quality_ratio']),
    option['pays_from_requests'] === null ? '-' : showCount(option['pays_from_requests']),
    textsAt(option, 'against')
      .slice(0, isDetailed ? undefined : 1)
      .join(' '),
  ]);
  for (const line of layOutTable(columns, cells)) io.out(line);
}

function printGuides(io: CliIo, guides: readonly ApiAnswer[]): void {
  const said = guides.filter((guide) => Object.keys(objectAt(guide, 'says')).length > 0);
  const lines = said.map((guide) => {
    const says = Object.entries(objectAt(guide, 'says')).filter(([, value]) => value !== null);
    const values = says.map(([field, value]) => `${field} ${showSaid(value)}`);
    return `${textAt(guide, 'system')} (${textAt(guide, 'source')}): ${values.join(', ')}`;
  });
  printList(io, 'What the guides would say', lines);
}

function showSaid(value: unknown): string {
  return typeof value === 'number' && !Number.isInteger(value) ? showUsd(value) : String(value);
}

function printTraining(io: CliIo, training: ApiAnswer): void {
  const columns = [
    { title: 'training' },
    { title: 'USD once', isNumber: true },
    { title: 'USD a month', isNumber: true },
    { title: 'months to pay', isNumber: true },
    { title: 'when' },
  ];
  const cells = objectsAt(training, 'choices').map((choice) => [
    textAt(choice, 'method'),
    showSpan(choice),
    choice['monthly_usd_change'] === null ? '-' : showUsd(choice['monthly_usd_change']),
    choice['payback_months'] === null ? '-' : numberAt(choice, 'payback_months').toFixed(1),
    textAt(choice, 'when'),
  ]);
  io.out('');
  for (const line of layOutTable(columns, cells)) io.out(line);
  const retraining = objectAt(training, 'retraining');
  if (!('interval_months' in retraining)) return;
  const months = numberAt(retraining, 'interval_months').toFixed(1);
  const costs = `${showUsd(retraining['monthly_usd'])} USD a month against ${showUsd(retraining['monthly_usd_without'])}`;
  io.out(`training anew costs least every ${months} months: ${costs} without`);
}

function printPhase(io: CliIo, advice: ApiAnswer): void {
  const current = objectsAt(advice, 'phases').find((it) => it['phase'] === advice['phase']);
  if (current === undefined) return;
  io.out('');
  io.out(`Phase ${textAt(current, 'phase')}: ${textAt(current, 'does')}`);
  io.out(`  It ends when: ${textAt(current, 'ends_when')}`);
}

function printList(io: CliIo, title: string, lines: readonly string[]): void {
  if (lines.length === 0) return;
  io.out('');
  io.out(title);
  for (const line of lines) io.out(toPrintable(`  ${line}`));
}

function describeUnknown(unknown: ApiAnswer): string {
  const isNumber = objectsAt(unknown, 'answers').every((it) => typeof it['value'] === 'number');
  const answers = objectsAt(unknown, 'answers').map((it) => {
    const way = objectAt(it, 'leads_to');
    const value = isNumber ? `from ${showCountOrShare(numberAt(it, 'value'))}` : textAt(it, 'value');
    return `${value} ${textAt(way, 'approach')}${way['fine_tune'] === true ? ' fine-tuned' : ''}`;
  });
  const others = textsAt(unknown, 'together_with');
  const together = others.length === 0 ? '' : ` (together with ${others.join(', ')})`;
  return `${textAt(unknown, 'input')}${together}: ${answers.join(', ')}`;
}

/** The bill of the advised way, or what nobody says that it would take. */
function showMonthly(advice: ApiAnswer): string {
  const [advised] = objectsAt(advice, 'options');
  if (advised !== undefined && advised['monthly_usd'] !== null) return `${showBill(advised)} USD a month`;
  const known = new Set(objectsAt(advice, 'inputs').map((it) => textAt(it, 'input')));
  const isByUsers = known.has('users') || known.has('queries_per_user_per_day');
  const calls = isByUsers ? ['users', 'queries_per_user_per_day'] : ['requests_per_month'];
  const needed = [...calls, 'input_tokens_per_request', 'output_tokens_per_request'];
  const lacking = needed.filter((input) => !known.has(input));
  return `bill not known without ${lacking.join(', ')}: --set ${lacking[0]}=...`;
}

function showBill(option: ApiAnswer): string {
  if (option['monthly_usd'] === null) return '-';
  const low = showUsd(option['monthly_usd']);
  if (option['figure'] === 'at_least') return `${low} or more`;
  return option['figure'] === 'range' ? `${low} to ${showUsd(option['monthly_usd_high'])}` : low;
}

function showSpan(choice: ApiAnswer): string {
  const [low, high] = [choice['one_time_usd'], choice['one_time_usd_high']];
  if (low === null) return '-';
  return low === high ? showUsd(low) : `${showUsd(low)} to ${showUsd(high)}`;
}

function showApplies(strategy: ApiAnswer): string {
  if (strategy['applies'] === null) return 'unknown';
  return strategy['applies'] === true ? 'yes' : 'no';
}

function showCountOrShare(value: number): string {
  return value < 100 ? String(Number(value.toPrecision(3))) : showCount(value);
}

function textsAt(answer: ApiAnswer, field: string): readonly string[] {
  const value = answer[field];
  return Array.isArray(value) ? value.map(String) : [];
}
