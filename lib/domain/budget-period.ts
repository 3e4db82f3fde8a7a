import { nextMonth } from './local-time.ts';

/** Kinds of period that a budget may have. */
export const BUDGET_PERIODS = ['month'] as const;

/** One kind of {@link BUDGET_PERIODS}. */
export type BudgetPeriodKind = (typeof BUDGET_PERIODS)[number];

/** Local days, from included, to excluded. */
export interface DayRange {
  readonly fromDay: string;
  readonly toDay: string;
}

/** The period of that kind which a local day (`2026-01-29`) falls into, e.g. `2026-01`. */
export function findPeriod(kind: BudgetPeriodKind, day: string): string {
  switch (kind) {
    case 'month':
      return day.slice(0, 7);
  }
}

/** The local days of a period that {@link findPeriod} named. */
export function listPeriodDays(kind: BudgetPeriodKind, period: string): DayRange {
  switch (kind) {
    case 'month':
      return { fromDay: `${period}-01`, toDay: `${nextMonth(period)}-01` };
  }
}
