import type { ApiAnswer } from '../client/api-client.ts';
import { numberAt, objectAt, objectsAt, textAt } from './answer-fields.ts';
import { describeCompleteness } from './completeness.ts';
import { groupDigits, layOutTable } from './table.ts';

/** A price with what it is for, such as `2.50 an hour`. */
export function nameRate(capacity: ApiAnswer): string {
  const per = textAt(capacity, 'per');
  return `${textAt(capacity, 'price_usd')} ${per === 'hour' ? 'an' : 'a'} ${per}`;
}

/** How a capacity was used, for people: the whole, by app, by day. */
export function describeUse(answer: ApiAnswer): readonly string[] {
  const total = objectAt(answer, 'total');
  const without = numberAt(total, 'calls_without_list_price');
  const days = objectsAt(answer, 'days');
  const outdated = days.filter((day) => day['outdated'] === true).length;
  const accrued = days.length - numberAt(answer, 'days_not_accrued');
  return [
    `${textAt(answer, 'name')}, ${textAt(answer, 'from')} up to ${textAt(answer, 'to')}: $${nameRate(answer)}`,
    ...(accrued === days.length ? [] : [`${accrued} of ${days.length} days are accrued: the figures are theirs`]),
    `cost $${textAt(total, 'cost_usd')}: used $${textAt(total, 'used_usd')}, unused $${textAt(total, 'unused_usd')}; ${describeRatio(total)}`,
    `per million tokens $${orUnknown(total, 'cost_per_million_tokens_allocated_usd')} all cost included, $${orUnknown(total, 'cost_per_million_tokens_used_usd')} for what was used`,
    `list cost $${textAt(total, 'list_cost_usd')}${describeSaving(total)}${without > 0 ? `; ${without} calls have no list price` : ''}`,
    '',
    ...layOutTable(APP_COLUMNS, objectsAt(answer, 'apps').map(toAppRow)),
    '',
    ...layOutTable(DAY_COLUMNS, days.map(toDayRow)),
    ...(outdated === 0 ? [] : [`* accrued by an earlier version: tokenledger capacities reaccrue books the day anew`]),
    ...describeCompleteness(answer),
  ];
}

const NUMBERS = ['calls', 'tokens', 'cost', 'unused', 'list cost'].map((title) => ({ title, isNumber: true }));
const APP_COLUMNS = [{ title: 'app' }, ...NUMBERS.filter(({ title }) => title !== 'unused')];
const DAY_COLUMNS = [{ title: 'day' }, ...NUMBERS, { title: 'used', isNumber: true }, { title: 'known by' }];

function toAppRow(app: ApiAnswer): readonly string[] {
  return [
    textAt(app, 'app') || '(none)',
    ...['calls', 'tokens'].map((field) => groupDigits(textAt(app, field))),
    ...['cost_usd', 'list_cost_usd'].map((field) => textAt(app, field)),
  ];
}

function toDayRow(day: ApiAnswer): readonly string[] {
  const utilisation = objectAt(day, 'utilisation');
  const { ratio } = utilisation;
  return [
    textAt(day, 'day') + (day['outdated'] === true ? ' *' : ''),
    ...['calls', 'tokens'].map((field) => groupDigits(textAt(day, field))),
    ...['cost_usd', 'unused_usd', 'list_cost_usd'].map((field) => textAt(day, field)),
    typeof ratio === 'number' ? toPercent(ratio) : '',
    day['utilisation'] === null ? 'not accrued yet' : textAt(utilisation, 'basis').replaceAll('_', ' '),
  ];
}

function describeRatio(total: ApiAnswer): string {
  const ratio = total['utilisation_ratio'];
  return typeof ratio === 'number' ? `${toPercent(ratio)} used` : 'nobody can tell how much was used';
}

/** What list cost is beside the cost: a saving, or what it would have been cheaper by. */
function describeSaving(total: ApiAnswer): string {
  const saved = textAt(total, 'saved_usd');
  if (saved === '') return ', saving unknown';
  if (saved.startsWith('-')) return `, $${saved.slice(1)} less than the cost: cheaper by the call`;
  const ratio = total['saved_ratio'];
  return `, saved $${saved}${typeof ratio === 'number' ? ` (${toPercent(ratio)})` : ''}`;
}

function orUnknown(total: ApiAnswer, field: string): string {
  return textAt(total, field) || '?';
}

function toPercent(ratio: number): string {
  return `${(100 * ratio).toFixed(1)} %`;
}
