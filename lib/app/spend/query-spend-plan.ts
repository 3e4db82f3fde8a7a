import { DIMENSIONS } from '../../contracts/dimensions.ts';
import { findPosition, listScopeNames } from '../../domain/budgets/budget-scope.ts';
import type { DayRange } from '../../domain/budgets/periods/find-period.ts';
import { parseDayNumber } from '../../domain/forecast/day-number.ts';
import { parseInstant } from '../../domain/instant.ts';
import { addDays, nextMonth, type Zone } from '../../domain/local-time.ts';
import type { RollupQuery, TenantConfig } from '../ports.ts';
import { InvalidRequestError, type RequestIssue } from '../request-errors.ts';

/** Lengths of the periods that spend is answered by. */
export const GRANULARITIES = ['month', 'day', 'hour'] as const;

/** One of {@link GRANULARITIES}. */
export type Granularity = (typeof GRANULARITIES)[number];

/** Most dimensions that one answer may be grouped by. */
export const MAX_GROUP_BY = 3;

/** Most local days that one answer may span, by granularity. */
export const MAX_DAYS: Readonly<Record<Granularity, number>> = { month: 3_660, day: 400, hour: 31 };

/** A question about spend as it was asked: texts, not yet checked. */
export interface SpendRequest {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly granularity: Granularity;
  readonly groupBy: readonly string[];
  /** `dimension=value` each; an empty value asks for calls that did not send the dimension. */
  readonly filters: readonly string[];
}

/** One end of the time asked for: the start of a local day, or a whole UTC hour within it. */
export interface Boundary {
  readonly day: string;
  /** Absent at the start of the day. */
  readonly hourMs?: number;
}

/** A dimension of the answer and its place in a leaf. */
export interface GroupColumn {
  readonly name: string;
  readonly position: number;
}

/** A checked question about spend. */
export interface SpendPlan {
  readonly from: Boundary;
  readonly to: Boundary;
  readonly granularity: Granularity;
  readonly columns: readonly GroupColumn[];
  /** Accepted values by place in a leaf; every place must match one of its values (null = not sent). */
  readonly filters: ReadonlyMap<number, ReadonlySet<string | null>>;
  /** Rows to read; together they cover the time asked for, without overlap. */
  readonly slices: readonly Slice[];
  /** Every local day that the time asked for touches. */
  readonly days: DayRange;
  /** End of the last period asked for, epoch milliseconds. */
  readonly endMs: number;
}

/** Rollup rows of one length. Hour rows at the edges are kept only where their hour lies in the time asked for. */
export interface Slice extends RollupQuery {
  readonly fromMs?: number;
  readonly toMs?: number;
}

const HOUR_MS = 3_600_000;

/**
 * Checks a question and decides which rollup rows answer it: month rows for whole months, day rows for whole days,
 * hour rows only where the time asked for begins or ends inside a day.
 *
 * @throws {@link InvalidRequestError} naming every parameter at fault
 */
export function planSpend(tenant: TenantConfig, zone: Zone, request: SpendRequest, nowMs: number): SpendPlan {
  const issues: RequestIssue[] = [];
  const month = zone.localDay(nowMs).slice(0, 7);
  const from = readBoundary(zone, 'from', request.from ?? month, issues);
  const to = readBoundary(zone, 'to', request.to ?? nextMonth(month), issues);
  const columns = readColumns(tenant, request.groupBy, issues);
  const filters = readFilters(tenant, request.filters, issues);
  if (issues.length === 0) checkSpan(zone, request.granularity, from, to, issues);
  if (issues.length > 0) throw new InvalidRequestError(issues);
  const { granularity } = request;
  const slices = granularity === 'hour' ? hourSlices(from, to) : daySlices(granularity, from, to);
  const days = { fromDay: from.day, toDay: to.hourMs === undefined ? to.day : addDays(to.day, 1) };
  return { from, to, granularity, columns, filters, slices, days, endMs: to.hourMs ?? zone.dayStartMs(to.day) };
}

function readBoundary(zone: Zone, field: string, text: string, issues: RequestIssue[]): Boundary {
  const day = /^\d{4}-\d{2}$/.test(text) ? `${text}-01` : text;
  if (parseDayNumber(day) !== undefined) return { day };
  const timeMs = parseInstant(text);
  if (timeMs !== undefined) {
    const localDay = zone.localDay(timeMs);
    if (zone.dayStartMs(localDay) === timeMs) return { day: localDay };
    if (timeMs % HOUR_MS === 0) return { day: localDay, hourMs: timeMs };
  }
  issues.push({ field, expected: 'a local day 2026-01-29, a month 2026-01, or an RFC 3339 time on a whole UTC hour' });
  return { day: '1970-01-01' };
}

/** The dimensions of an answer, as `group_by` names them. @param issues - takes in every fault */
export function readColumns(tenant: TenantConfig, names: readonly string[], issues: RequestIssue[]): GroupColumn[] {
  if (names.length > MAX_GROUP_BY || new Set(names).size < names.length) {
    issues.push({ field: 'group_by', expected: `at most ${MAX_GROUP_BY} different dimensions` });
  }
  return names.map((name) => ({ name, position: readDimension(tenant, 'group_by', name, issues) }));
}

/**
 * Filters of an answer, `dimension=value` each: values of one dimension are alternatives, dimensions all hold.
 * @param issues - takes in every fault
 */
export function readFilters(
  tenant: TenantConfig,
  texts: readonly string[],
  issues: RequestIssue[],
): SpendPlan['filters'] {
  const filters = new Map<number, Set<string | null>>();
  for (const text of texts) {
    const [name = '', ...rest] = text.split('=');
    if (rest.length === 0) issues.push({ field: 'filter', expected: 'dimension=value' });
    else {
      const position = readDimension(tenant, 'filter', name, issues);
      filters.set(position, (filters.get(position) ?? new Set()).add(rest.join('=') || null));
    }
  }
  return filters;
}

function readDimension(tenant: TenantConfig, field: string, name: string, issues: RequestIssue[]): number {
  const names = listScopeNames(tenant.tagDimensions);
  const position = names.includes(name) ? findPosition(name, tenant.tagDimensions) : undefined;
  if (position === undefined) issues.push({ field, expected: `one of ${names.join(', ')}` });
  return position ?? DIMENSIONS.length;
}

function checkSpan(zone: Zone, granularity: Granularity, from: Boundary, to: Boundary, issues: RequestIssue[]): void {
  const startMs = from.hourMs ?? zone.dayStartMs(from.day);
  const endMs = to.hourMs ?? zone.dayStartMs(to.day);
  if (startMs >= endMs) issues.push({ field: 'to', expected: 'a time after from; it is excluded' });
  if (addDays(from.day, MAX_DAYS[granularity]) < to.day) {
    issues.push({ field: 'to', expected: `at most ${MAX_DAYS[granularity]} days after from by ${granularity}` });
  }
}

function hourSlices(from: Boundary, to: Boundary): Slice[] {
  return [hourSlice(from.day, to.hourMs === undefined ? to.day : addDays(to.day, 1), from, to)];
}

function hourSlice(fromDay: string, toDay: string, from: Boundary, to: Boundary): Slice {
  return {
    granularity: 'hour',
    fromDay,
    toDay,
    ...(from.hourMs === undefined ? {} : { fromMs: from.hourMs }),
    ...(to.hourMs === undefined ? {} : { toMs: to.hourMs }),
  };
}

function daySlices(granularity: 'month' | 'day', from: Boundary, to: Boundary): Slice[] {
  const firstDay = from.hourMs === undefined ? from.day : addDays(from.day, 1);
  const slices: Slice[] = [];
  if (firstDay > to.day) return hourSlices(from, to);
  if (from.hourMs !== undefined) slices.push(hourSlice(from.day, firstDay, from, to));
  slices.push(...wholeDays(granularity, firstDay, to.day));
  if (to.hourMs !== undefined) slices.push(hourSlice(to.day, addDays(to.day, 1), from, to));
  return slices;
}

function wholeDays(granularity: 'month' | 'day', firstDay: string, endDay: string): Slice[] {
  const days = (fromDay: string, toDay: string): Slice[] =>
    fromDay < toDay ? [{ granularity: 'day', fromDay, toDay }] : [];
  if (granularity === 'day') return days(firstDay, endDay);
  const firstMonth = firstDay.endsWith('-01') ? firstDay : `${nextMonth(firstDay.slice(0, 7))}-01`;
  const endMonth = `${endDay.slice(0, 7)}-01`;
  if (firstMonth >= endMonth) return days(firstDay, endDay);
  return [
    ...days(firstDay, firstMonth),
    { granularity: 'month', fromDay: firstMonth, toDay: endMonth },
    ...days(endMonth, endDay),
  ];
}
