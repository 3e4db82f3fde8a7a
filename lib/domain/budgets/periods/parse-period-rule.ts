import { countDaysOfMonth } from './calendar-date.ts';
import { CALENDAR_MONTH, PERIOD_KINDS, type PeriodRule, WEEKDAYS } from './period-rule.ts';

/** One thing wrong with a raw budget: the field, as the sender wrote it, and what it should have been. */
export interface PlanIssue {
  readonly field: string;
  readonly expected: string;
}

/** The fields that say more of a period than its kind, by kind. */
const DETAILS: Readonly<Record<PeriodRule['kind'], readonly string[]>> = {
  day: [],
  week: ['first_day'],
  month: ['anchor_day'],
  quarter: ['anchor_month', 'anchor_day'],
  year: ['anchor_month', 'anchor_day'],
};
/** A year that has a 29 February. */
const LEAP_YEAR = 2000;

/**
 * Reads a kind of period: text such as `"week"`, or `{"kind": "week", "first_day"?: "sunday"}`, `{"kind": "month",
 * "anchor_day"?: 15}`, and for quarter and year `{"kind", "anchor_month"?: 4, "anchor_day"?: 6}`. Weeks begin on Monday
 * and anchors are 1 unless said otherwise; without any value it is the month of the calendar.
 *
 * @param issues - takes in every fault
 * @returns undefined when there is a fault
 */
export function parsePeriodRule(value: unknown, issues: PlanIssue[]): PeriodRule | undefined {
  if (value === undefined || value === null) return CALENDAR_MONTH;
  const isText = typeof value === 'string';
  const raw = isText ? { kind: value } : value;
  if (!isObject(raw)) {
    issues.push({ field: 'period', expected: `one of: ${PERIOD_KINDS.join(', ')}; or an object with such a kind` });
    return undefined;
  }
  const kind = PERIOD_KINDS.find((known) => known === raw['kind']);
  if (kind === undefined) {
    issues.push({ field: isText ? 'period' : 'period.kind', expected: `one of: ${PERIOD_KINDS.join(', ')}` });
    return undefined;
  }
  const faultsBefore = issues.length;
  refuseOtherFields(raw, kind, issues);
  const rule = readRule(kind, raw, issues);
  return issues.length === faultsBefore ? rule : undefined;
}

/** A rule as JSON that {@link parsePeriodRule} reads back as the same rule: text where all details are the defaults. */
export function toRawPeriodRule(rule: PeriodRule): string | Readonly<Record<string, unknown>> {
  switch (rule.kind) {
    case 'day':
      return rule.kind;
    case 'week':
      return rule.firstDay === 'monday' ? rule.kind : { kind: rule.kind, first_day: rule.firstDay };
    case 'month':
      return rule.anchorDay === 1 ? rule.kind : { kind: rule.kind, anchor_day: rule.anchorDay };
    case 'quarter':
    case 'year':
      return rule.anchorMonth === 1 && rule.anchorDay === 1
        ? rule.kind
        : { kind: rule.kind, anchor_month: rule.anchorMonth, anchor_day: rule.anchorDay };
  }
}

function refuseOtherFields(raw: object, kind: PeriodRule['kind'], issues: PlanIssue[]): void {
  const known = ['kind', ...DETAILS[kind]];
  for (const name of Object.keys(raw).filter((field) => !known.includes(field)))
    issues.push({ field: `period.${name}`, expected: `nothing: a period of kind ${kind} has ${known.join(', ')}` });
}

function readRule(kind: PeriodRule['kind'], raw: Readonly<Record<string, unknown>>, issues: PlanIssue[]): PeriodRule {
  switch (kind) {
    case 'day':
      return { kind };
    case 'week': {
      const firstDay = WEEKDAYS.find((known) => known === (raw['first_day'] ?? 'monday'));
      if (firstDay === undefined)
        issues.push({ field: 'period.first_day', expected: `one of: ${WEEKDAYS.join(', ')}` });
      return { kind, firstDay: firstDay ?? 'monday' };
    }
    case 'month':
      return { kind, anchorDay: readAnchor(raw, 'anchor_day', 31, issues) };
    case 'quarter':
      return { kind, ...readAnchors(raw, () => 31, issues) };
    case 'year':
      // A year begins once, so a day that its month never has would be a slip of the pen.
      return { kind, ...readAnchors(raw, (month) => countDaysOfMonth(LEAP_YEAR, month), issues) };
  }
}

function readAnchors(
  raw: Readonly<Record<string, unknown>>,
  lastDayOf: (month: number) => number,
  issues: PlanIssue[],
): { readonly anchorMonth: number; readonly anchorDay: number } {
  const anchorMonth = readAnchor(raw, 'anchor_month', 12, issues);
  return { anchorMonth, anchorDay: readAnchor(raw, 'anchor_day', lastDayOf(anchorMonth), issues) };
}

function readAnchor(
  raw: Readonly<Record<string, unknown>>,
  name: 'anchor_month' | 'anchor_day',
  largest: number,
  issues: PlanIssue[],
): number {
  const value = raw[name] ?? 1;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= largest) return value;
  issues.push({ field: `period.${name}`, expected: `a whole number from 1 to ${largest}` });
  return 1;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
