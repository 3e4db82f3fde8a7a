import { formatUsd, parseUsd } from '../../money.ts';
import { type AmountPlan, type AmountUnit, countListedAmounts } from './amount-plan.ts';
import { isCalendarDate } from './calendar-date.ts';
import { type PlanIssue, parsePeriodRule, toRawPeriodRule } from './parse-period-rule.ts';
import { type BudgetSchedule, CALENDAR_MONTH, type PeriodRule } from './period-rule.ts';

/** When a budget applies and how much it allows. */
export interface BudgetPlan {
  readonly schedule: BudgetSchedule;
  readonly amount: AmountPlan;
}

/** The fields of a raw budget that {@link parseBudgetPlan} reads. */
export const PLAN_FIELDS = ['period', 'start_date', 'end_date', 'amount_usd', 'amount_tokens'] as const;

const FIRST_DATE = '2000-01-01';
const LAST_DATE = '2999-12-31';
/** Stands in for what was refused, so that the fields after it are still looked at. */
const NO_AMOUNT = 0n;

/**
 * Reads the period, dates and amount of a budget from JSON: `{"period"?: "month", "start_date"?: "2026-01-01",
 * "end_date"?: "2027-01-01", "amount_usd": "500.00"}`. A period is a kind, or an object such as
 * `{"kind": "month", "anchor_day": 15}`; dates are local days, the end excluded. Instead of `amount_usd` there may be
 * `amount_tokens`, a whole number as text or number; both take a list (see {@link AmountPlan}). Other fields are left
 * to the caller.
 *
 * @param issues - takes in every fault; the answer is meaningless when there is one
 */
export function parseBudgetPlan(json: Readonly<Record<string, unknown>>, issues: PlanIssue[]): BudgetPlan {
  const rule = parsePeriodRule(json['period'], issues);
  const dates = parseDates(json['start_date'], json['end_date'], issues);
  return { schedule: { rule: rule ?? CALENDAR_MONTH, ...dates }, amount: parseAmountPlan(json, rule, issues) };
}

/** A plan as JSON that {@link parseBudgetPlan} reads back as the same plan; what is left out has its default. */
export function toRawPlan({ schedule, amount }: BudgetPlan): Readonly<Record<string, unknown>> {
  const texts = amount.amounts.map((one) => (amount.unit === 'tokens' ? one.toString() : formatUsd(one)));
  return {
    period: toRawPeriodRule(schedule.rule),
    ...(schedule.fromDay === undefined ? {} : { start_date: schedule.fromDay }),
    ...(schedule.toDay === undefined ? {} : { end_date: schedule.toDay }),
    [amount.unit === 'tokens' ? 'amount_tokens' : 'amount_usd']: texts.length === 1 ? texts[0] : texts,
  };
}

/**
 * Reads one amount of USD, in picoUSD.
 *
 * @param field - where it stands, for the fault
 */
export function parseUsdAmount(value: unknown, field: string, issues: PlanIssue[]): bigint {
  const isAmount = typeof value === 'string' && /^\d{1,12}(\.\d{1,12})?$/.test(value);
  const amount = (isAmount ? parseUsd(value) : undefined) ?? NO_AMOUNT;
  if (amount > 0n) return amount;
  issues.push({ field, expected: 'decimal text above zero with at most 12 decimals, such as "500.00"' });
  return NO_AMOUNT;
}

function parseTokenAmount(value: unknown, field: string, issues: PlanIssue[]): bigint {
  const isCount =
    (typeof value === 'number' && Number.isSafeInteger(value)) ||
    (typeof value === 'string' && /^\d{1,18}$/.test(value));
  const amount = isCount ? BigInt(value) : NO_AMOUNT;
  if (amount > 0n) return amount;
  issues.push({ field, expected: 'a whole number of tokens above zero, as text of at most 18 digits or as a number' });
  return NO_AMOUNT;
}

function parseDates(start: unknown, end: unknown, issues: PlanIssue[]): Omit<BudgetSchedule, 'rule'> {
  const fromDay = parseDate(start, 'start_date', issues);
  const toDay = parseDate(end, 'end_date', issues);
  if (fromDay !== undefined && toDay !== undefined && toDay <= fromDay)
    issues.push({ field: 'end_date', expected: `a date after start_date, ${fromDay}: it is the first day without` });
  return { ...(fromDay === undefined ? {} : { fromDay }), ...(toDay === undefined ? {} : { toDay }) };
}

function parseDate(value: unknown, field: string, issues: PlanIssue[]): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' && isCalendarDate(value) && value >= FIRST_DATE && value <= LAST_DATE) return value;
  issues.push({ field, expected: `a date from ${FIRST_DATE} to ${LAST_DATE}, such as "2026-01-31"` });
  return undefined;
}

/** @param rule - undefined when the period was refused: then a list may have any length */
function parseAmountPlan(
  json: Readonly<Record<string, unknown>>,
  rule: PeriodRule | undefined,
  issues: PlanIssue[],
): AmountPlan {
  const isGiven = (name: string): boolean => json[name] !== undefined && json[name] !== null;
  const isTokens = isGiven('amount_tokens');
  const [field, unit, parse]: [string, AmountUnit, typeof parseUsdAmount] = isTokens
    ? ['amount_tokens', 'tokens', parseTokenAmount]
    : ['amount_usd', 'pico_usd', parseUsdAmount];
  if (isTokens && isGiven('amount_usd'))
    issues.push({ field: 'amount_tokens', expected: 'nothing beside amount_usd: a budget has one of the two' });
  const value = json[field];
  if (!Array.isArray(value)) return { unit, amounts: [parse(value, field, issues)] };
  checkLength(value.length, field, rule, issues);
  return { unit, amounts: value.map((one, index) => parse(one, `${field}[${index}]`, issues)) };
}

function checkLength(length: number, field: string, rule: PeriodRule | undefined, issues: PlanIssue[]): void {
  if (rule === undefined) return;
  const wanted = countListedAmounts(rule);
  if (length === wanted) return;
  const list = rule.kind === 'month' ? '12, from January on' : '4, from the quarter of the anchor month on';
  const expected =
    wanted === undefined
      ? `one amount: a list goes with periods of kind month or quarter, not ${rule.kind}`
      : `one amount or a list of ${list}`;
  issues.push({ field, expected });
}
