import type { ApiAnswer } from '../client/api-client.ts';
import { numberAt, objectAt, objectsAt, textAt } from './answer-fields.ts';
import { showCount, showPercent, showUsd } from './break-even-figures.ts';
import { describeCompleteness } from './completeness.ts';
import type { CliIo } from './io.ts';
import { groupDigits, layOutTable, toPrintable } from './table.ts';

/** Prints an advice for people: the answer, why, the ways with their bills, what decides, and what nobody knows. */
export function printRecommendation(io: CliIo, advice: ApiAnswer): void {
  const answer = objectAt(advice, 'answer');
  const name = textAt(advice, 'name');
  const say = (line: string): void => io.out(toPrintable(line));
  if (name !== '') say(`${name}:`);
  if ('recorded_days' in advice) {
    const calls = groupDigits(textAt(advice, 'calls'));
    say(`of ${calls} calls recorded on ${textAt(advice, 'recorded_days')} days from ${textAt(advice, 'from')} on`);
  }
  say(`${textAt(answer, 'approach')}: ${textAt(answer, 'text')}`);
  if (answer['what'] !== null)
    say(`  ${textAt(answer, 'what')}, ${showMonthly(objectsAt(advice, 'options')[0] ?? {})}`);
  printList(io, 'Why', textsAt(advice, 'why'));
  printList(
    io,
    'Warnings',
    objectsAt(advice, 'warnings').map((it) => textAt(it, 'text')),
  );
  io.out('');
  printOptions(io, objectsAt(advice, 'options'));
  printList(
    io,
    'Decided by (the nearest first)',
    objectsAt(advice, 'decided_by').map((it) => textAt(it, 'text')),
  );
  printList(io, 'Not known, and it would matter', objectsAt(advice, 'unknown').map(describeUnknown));
  printGuides(io, objectsAt(advice, 'guides'));
  printTraining(io, objectAt(advice, 'training'));
  printList(
    io,
    'Scaling',
    objectsAt(advice, 'scaling').map((it) => `${textAt(it, 'strategy')}: ${showApplies(it)}. ${textAt(it, 'why')}`),
  );
  printPhase(io, advice);
  if ('recorded_days' in advice) for (const line of describeCompleteness(advice)) io.out(line);
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

function printOptions(io: CliIo, options: readonly ApiAnswer[]): void {
  const columns = [
    { title: 'way' },
    { title: 'what' },
    { title: 'USD a month', isNumber: true },
    { title: 'per 1,000', isNumber: true },
    { title: 'quality', isNumber: true },
    { title: 'pays from', isNumber: true },
    { title: 'against' },
  ];
  const cells = options.map((option) => [
    textAt(option, 'approach'),
    option['what'] === null ? '-' : textAt(option, 'what'),
    showBill(option),
    option['usd_per_call'] === null ? '-' : showUsd(numberAt(option, 'usd_per_call') * 1_000),
    showPercent(option['quality_ratio']),
    option['pays_from_requests'] === null ? '-' : showCount(option['pays_from_requests']),
    textsAt(option, 'against').join(' '),
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

function showMonthly(option: ApiAnswer): string {
  return option['monthly_usd'] === null ? 'bill unknown' : `${showBill(option)} USD a month`;
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
