import type { ApiAnswer } from '../client/api-client.ts';
import { numberAt, objectAt, objectsAt, textAt } from './answer-fields.ts';
import { groupDigits } from './table.ts';

/**
 * The rows of one budget in a table: budget, scope, part, period, used, amount, unit, crossed thresholds, calls without
 * a price. A budget with `each` has a row for every part that the answer lists.
 */
export function listBudgetRows(budget: ApiAnswer): readonly (readonly string[])[] {
  const name = textAt(budget, 'name');
  const scope = Object.entries(objectAt(budget, 'filter')).map(([dimension, value]) => `${dimension}=${String(value)}`);
  const where = scope.join(',') || 'all';
  const unit = isInTokens(budget) ? 'tokens' : '$';
  if (budget['current'] === null) return [[name, where, '', 'not in force', '', '', unit, standing(budget), '']];
  const current = objectAt(budget, 'current');
  const row = (part: string, of: ApiAnswer, withoutPrice: string): readonly string[] => [
    name,
    where,
    part,
    textAt(current, 'period'),
    amountAt(of, 'spent'),
    amountAt(current, 'amount'),
    unit,
    standing(budget, of),
    withoutPrice,
  ];
  const withoutPrice = groupDigits(String(countUnpriced(current)));
  if (textAt(budget, 'each') === '') return [row('', current, withoutPrice)];
  const parts = objectsAt(current, 'parts');
  const rows = parts.map((part) => row(`${textAt(budget, 'each')}=${textAt(part, 'part')}`, part, ''));
  const leftOut = numberAt(current, 'parts_left_out');
  const rest = leftOut > 0 ? [[name, where, `and ${groupDigits(String(leftOut))} more`, '', '', '', '', '', '']] : [];
  // The amount is that of each part, so the sum of all of them has none.
  const all = row(`each ${textAt(budget, 'each')}`, current, withoutPrice).with(5, '');
  return [all, ...rows, ...rest];
}

/** Whether a reason of incompleteness is that calls lack a price. */
export function lacksPrice({ reason }: ApiAnswer): boolean {
  return reason === 'unpriced' || reason === 'partially_priced';
}

function isInTokens(budget: ApiAnswer): boolean {
  return budget['amount_tokens'] !== null && budget['amount_tokens'] !== undefined;
}

/** A figure in the unit that the budget counts in. */
function amountAt(answer: ApiAnswer, name: string): string {
  return textAt(answer, `${name}_usd`) || groupDigits(textAt(answer, `${name}_tokens`));
}

function standing(budget: ApiAnswer, of: ApiAnswer = {}): string {
  if (budget['paused'] === true) return 'paused';
  const crossed = of['crossed_thresholds'];
  return Array.isArray(crossed) ? crossed.map((percent) => `${percent}%`).join(' ') : '';
}

/** Calls of the period that the spend leaves out in whole or part. */
function countUnpriced(current: ApiAnswer): number {
  return objectsAt(current, 'incomplete_reasons')
    .filter(lacksPrice)
    .reduce((sum, reason) => sum + numberAt(reason, 'count'), 0);
}
