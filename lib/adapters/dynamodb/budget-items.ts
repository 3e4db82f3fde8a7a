import type { Budget } from '../../domain/budgets/budget.ts';
import { type BudgetTotals, WHOLE } from '../../domain/budgets/budget-total.ts';
import { DEFAULT_FORECAST_THRESHOLDS_PERCENT } from '../../domain/budgets/parse-budget.ts';
import type { AmountUnit } from '../../domain/budgets/periods/amount-plan.ts';
import { CALENDAR_MONTH } from '../../domain/budgets/periods/period-rule.ts';
import { textAttribute } from './item-attributes.ts';
import { pack, unpack } from './ledger/packing.ts';
import type { Attribute, Item } from './table.ts';

/**
 * Bytes that the sums of one item of totals take at the most; an item may have 400 KB. Periods beyond it, the oldest
 * first, are left out and summed from the rollups when they are needed.
 */
export const MAX_SPENT_BYTES = 256_000;

/** Sums shorter than this are kept as plain text. */
const PLAIN_LENGTH = 4_000;

/** A budget as the text that {@link decodeBudget} reads. */
export function encodeBudget(budget: Budget): string {
  const { unit, amounts } = budget.amount;
  return JSON.stringify({ ...budget, amount: { unit, amounts: amounts.map(String) } });
}

/** The budget in an item; one stored before there was more than a month in USD reads as such a budget. */
export function decodeBudget(item: Item): Budget {
  const body = JSON.parse(textAttribute(item, 'body')) as StoredBody | FirstBody;
  if ('schedule' in body) {
    const { unit, amounts } = body.amount;
    return { ...body, amount: { unit, amounts: amounts.map(BigInt) } };
  }
  const { period: _month, ...kept } = body;
  const amount = item['amount'];
  return {
    ...kept,
    each: null,
    schedule: { rule: CALENDAR_MONTH },
    amount: { unit: 'pico_usd', amounts: [typeof amount === 'bigint' ? amount : 0n] },
    forecastThresholdsPercent: DEFAULT_FORECAST_THRESHOLDS_PERCENT,
    owner: null,
  };
}

/** Sums by period and part as attributes that {@link decodeSpent} reads, within {@link MAX_SPENT_BYTES}. */
export function encodeSpent(spent: BudgetTotals['spent']): Readonly<Record<string, Attribute>> {
  const periods = [...spent].sort(([a], [b]) => (a < b ? -1 : 1));
  for (;;) {
    const sums = Object.fromEntries(periods.map(([period, parts]) => [period, toStored(parts)]));
    const text = JSON.stringify(sums);
    if (text.length <= PLAIN_LENGTH) return { spent: text };
    const packed = pack(sums);
    if (packed.length <= MAX_SPENT_BYTES) return { packed };
    periods.splice(0, Math.ceil(periods.length / 8));
  }
}

/** Sums by period and part; totals stored before budgets had parts are those of the whole. */
export function decodeSpent(item: Item): BudgetTotals['spent'] {
  const { packed } = item;
  const sums = packed instanceof Uint8Array ? unpack(packed) : JSON.parse(textAttribute(item, 'spent'));
  const periods = Object.entries(sums as Readonly<Record<string, StoredSums>>);
  return new Map(periods.map(([period, parts]) => [period, toParts(parts)]));
}

/** The one sum of a budget without parts, or a sum by part; whole numbers as text. */
type StoredSums = string | Readonly<Record<string, string>>;

interface StoredBody extends Omit<Budget, 'amount'> {
  readonly amount: { readonly unit: AmountUnit; readonly amounts: readonly string[] };
}

/** The body of the first form, whose amount stands in an attribute of the item. */
interface FirstBody extends Omit<Budget, 'each' | 'schedule' | 'amount' | 'forecastThresholdsPercent' | 'owner'> {
  readonly period: 'month';
}

function toStored(parts: ReadonlyMap<string, bigint>): StoredSums {
  const whole = parts.get(WHOLE);
  if (whole !== undefined) return whole.toString();
  return Object.fromEntries([...parts].map(([part, sum]) => [part, sum.toString()]));
}

function toParts(sums: StoredSums): ReadonlyMap<string, bigint> {
  if (typeof sums === 'string') return new Map([[WHOLE, BigInt(sums)]]);
  return new Map(Object.entries(sums).map(([part, sum]) => [part, BigInt(sum)]));
}
