import { z } from 'zod';
import type { ApplyReport } from '../../app/budgets/apply-budgets.ts';
import type { BudgetCheck, CheckedBudget } from '../../app/budgets/check-budgets.ts';
import type { BudgetReport, BudgetsReport, OwnerReport, UnitReport } from '../../app/budgets/report-budgets.ts';
import { BUDGET_DEEDS } from '../../domain/budgets/budget-diff.ts';
import {
  NO_FORECAST_REASONS,
  type ReportLine,
  type ReportTotal,
  toEstimateUnit,
} from '../../domain/budgets/budget-report.ts';
import { findUsedPercent } from '../../domain/budgets/budget-room.ts';
import type { AmountUnit } from '../../domain/budgets/periods/amount-plan.ts';
import { formatUsd } from '../../domain/money.ts';
import { renderCompleteness, renderTime, renderTimeOrNull, renderWhole } from './render.ts';
import { completenessFields, dayText, decimalText, smallCount, timeText, wholeNumber } from './schemas.ts';

/** Names of other budgets that a budget overlaps, at the most; beyond that only their number. */
const MAX_OVERLAPS = 20;

/** What amounts are called and how they are written, by unit. */
const UNITS = {
  pico_usd: { suffix: 'usd', exact: decimalText, write: formatUsd },
  tokens: { suffix: 'tokens', exact: wholeNumber, write: renderWhole },
} as const;

/** Body of the answer to a list of budgets. */
export const applyAnswer = z.strictObject({
  dry_run: z.boolean(),
  done: z.boolean().describe('False when some changes failed: apply the list again. True for a dry run.'),
  changes: z.array(
    z.strictObject({
      name: z.string(),
      change: z.enum(BUDGET_DEEDS),
      state: z.enum(['same', 'planned', 'applied', 'failed']),
      listed: z.boolean().describe('False: the list leaves the budget out.'),
      arms_anew: z.boolean().describe('A new version: every threshold counts as not yet told.'),
      fields: z.array(z.strictObject({ field: z.string(), before: z.unknown(), after: z.unknown() })),
    }),
  ),
});

const periodFields = { period: z.string(), from: dayText, to: dayText.describe('Excluded.') };

const percent = z.number().describe('With two decimals, cut: 100 only when all of the amount is used.');

/** Body of the answer to the question before a call. */
export const checkAnswer = z.strictObject({
  allowed: z.boolean(),
  decided_by: z.string().nullable().describe('The budget that has no room for the call; the most used of several.'),
  limit_percent: smallCount,
  budgets: z
    .array(
      z.strictObject({
        budget: z.string(),
        part: z.string().nullable().describe('The value that the total is about, in a budget of each value.'),
        ...periodFields,
        allowed: z.boolean(),
        used_percent: percent,
        ...checkedFields('pico_usd'),
        ...checkedFields('tokens'),
      }),
    )
    .describe('Those that count such a call: without room first, then the most used.'),
  unknown: z
    .array(z.strictObject({ budget: z.string(), needs: z.array(z.string()) }))
    .describe('Budgets that depend on dimensions which were not given; they decide nothing.'),
  commit: smallCount,
  as_of: timeText,
});

const forecastNumber = z.number().nullable();

/** Body of the answer to a report of budgets. */
export const reportAnswer = z.strictObject({
  usd: unitSchema('pico_usd'),
  tokens: unitSchema('tokens'),
  paused: smallCount.describe('Budgets left out because they are paused.'),
  not_in_force: smallCount.describe('Budgets left out because they have no such period.'),
  ...completenessFields,
  commit: smallCount,
});

/** Writes what became of a list of budgets. */
export function renderApplied({ differences, failures }: ApplyReport, isDryRun: boolean): Record<string, unknown> {
  return {
    dry_run: isDryRun,
    done: failures.length === 0,
    changes: differences.map(({ name, deed, state, isListed, armsAnew, fields }) => ({
      name,
      change: deed,
      state,
      listed: isListed,
      arms_anew: armsAnew,
      fields,
    })),
  };
}

/** Writes the verdict on a call. */
export function renderCheck(check: BudgetCheck, limitPercent: number): Record<string, unknown> {
  const [first] = check.counted;
  return {
    allowed: check.isAllowed,
    decided_by: first && !first.isAllowing ? first.budget.name : null,
    limit_percent: limitPercent,
    budgets: check.counted.map(renderChecked),
    unknown: check.unknown.map(({ budget, lacking }) => ({ budget: budget.name, needs: lacking })),
    commit: check.commit,
    as_of: renderTime(check.asOfMs),
  };
}

/** Writes a report of budgets. */
export function renderReport(report: BudgetsReport): Record<string, unknown> {
  return {
    usd: renderUnit(report.units.pico_usd),
    tokens: renderUnit(report.units.tokens),
    paused: report.paused,
    not_in_force: report.notInForce,
    ...renderCompleteness(report.reasons, report.asOfMs),
    commit: report.commit,
  };
}

function checkedFields(unit: AmountUnit): Readonly<Record<string, z.ZodType>> {
  const { suffix, exact } = UNITS[unit];
  return Object.fromEntries(['amount', 'spent', 'remaining'].map((name) => [`${name}_${suffix}`, exact.nullable()]));
}

function renderChecked({ budget, part, period, spent, amount, isAllowing }: CheckedBudget): Record<string, unknown> {
  const amounts = (unit: AmountUnit): Record<string, unknown> => {
    const { suffix, write } = UNITS[unit];
    const isIts = budget.amount.unit === unit;
    return {
      [`amount_${suffix}`]: isIts ? write(amount) : null,
      [`spent_${suffix}`]: isIts ? write(spent) : null,
      [`remaining_${suffix}`]: isIts ? write(amount - spent) : null,
    };
  };
  return {
    budget: budget.name,
    part: budget.each === null ? null : part,
    ...renderPeriod(period),
    allowed: isAllowing,
    used_percent: findUsedPercent({ spent, amount }),
    ...amounts('pico_usd'),
    ...amounts('tokens'),
  };
}

function renderPeriod({ name, fromDay, toDay }: CheckedBudget['period']): Record<string, unknown> {
  return { period: name, from: fromDay, to: toDay };
}

function unitSchema(unit: AmountUnit): z.ZodType {
  const { suffix, exact } = UNITS[unit];
  const sums = {
    [`amount_${suffix}`]: exact,
    [`actual_${suffix}`]: exact,
    used_percent: percent.nullable(),
    [`variance_${suffix}`]: exact.nullable().describe('Actual less amount, once the period is over.'),
    [`forecast_${suffix}`]: forecastNumber,
    [`forecast_variance_${suffix}`]: forecastNumber.describe('Forecast less amount, while the period is open.'),
  };
  const line = z.strictObject({
    part: z.string().nullable().describe('Null in a budget without each, and for parts without a line of their own.'),
    parts: smallCount.describe('Parts that the line sums.'),
    ...sums,
    [`forecast_lo80_${suffix}`]: forecastNumber,
    [`forecast_hi80_${suffix}`]: forecastNumber,
    forecast_state: z.string().nullable(),
    projected_at: timeText.nullable(),
    no_forecast: z.enum(NO_FORECAST_REASONS).nullable(),
  });
  const budget = z.strictObject({
    budget: z.string(),
    filter: z.record(z.string(), z.string()),
    each: z.string().nullable(),
    ...periodFields,
    open: z.boolean().describe('Whether the period is not over yet.'),
    lines: z.array(line).min(1),
    overlaps: smallCount.describe('Other budgets of the tenant that may count the same calls.'),
    overlaps_with: z.array(z.string()).max(MAX_OVERLAPS),
    unpriced_calls: wholeNumber,
    partially_priced_calls: wholeNumber,
  });
  const total = z.strictObject({
    budgets: smallCount,
    period: z.string().nullable().describe('Null when the budgets have different periods.'),
    ...sums,
    overlapping: z
      .boolean()
      .describe('Whether two of the budgets may count the same call, which is in the sums twice.'),
  });
  return z.strictObject({
    owners: z.array(z.strictObject({ owner: z.string().nullable(), budgets: z.array(budget), total })),
    total,
  });
}

function renderUnit(report: UnitReport): Record<string, unknown> {
  const { unit } = report;
  return {
    owners: report.owners.map((each) => ({
      owner: each.owner,
      budgets: each.budgets.map((budget) => renderBudget(unit, budget)),
      total: renderTotal(unit, each),
    })),
    total: renderTotal(unit, report),
  };
}

function renderBudget(unit: AmountUnit, report: BudgetReport): Record<string, unknown> {
  const { budget, overlapsWith, calls } = report;
  return {
    budget: budget.name,
    filter: budget.scope,
    each: budget.each,
    ...renderPeriod(report.period),
    open: report.isOpen,
    lines: report.lines.map((line) => renderLine(unit, line, report.isOpen)),
    overlaps: overlapsWith.length,
    overlaps_with: overlapsWith.slice(0, MAX_OVERLAPS),
    unpriced_calls: renderWhole(calls.unpriced),
    partially_priced_calls: renderWhole(calls.partiallyPriced),
  };
}

function renderLine(unit: AmountUnit, line: ReportLine, isOpen: boolean): Record<string, unknown> {
  const { suffix } = UNITS[unit];
  const forecast = typeof line.forecast === 'string' ? null : line.forecast;
  const basis = isOpen ? 'forecast' : 'actual';
  return {
    part: line.part,
    parts: line.parts,
    ...renderSums(unit, { ...line, forecast: forecast?.point ?? null, basis }),
    [`forecast_lo80_${suffix}`]: forecast?.lo80 ?? null,
    [`forecast_hi80_${suffix}`]: forecast?.hi80 ?? null,
    forecast_state: forecast?.state ?? null,
    projected_at: renderTimeOrNull(forecast?.projectedAtMs ?? null),
    no_forecast: typeof line.forecast === 'string' ? line.forecast : null,
  };
}

function renderTotal(unit: AmountUnit, { total, isOverlapping }: Pick<OwnerReport, 'total' | 'isOverlapping'>) {
  return { budgets: total.budgets, period: total.period, ...renderSums(unit, total), overlapping: isOverlapping };
}

function renderSums(unit: AmountUnit, sums: Omit<ReportTotal, 'budgets' | 'period'>): Record<string, unknown> {
  const { suffix, write } = UNITS[unit];
  const { amount, actual, forecast, basis } = sums;
  return {
    [`amount_${suffix}`]: write(amount),
    [`actual_${suffix}`]: write(actual),
    used_percent: amount === 0n ? null : findUsedPercent({ spent: actual, amount }),
    [`variance_${suffix}`]: basis === 'actual' ? write(actual - amount) : null,
    [`forecast_${suffix}`]: forecast,
    [`forecast_variance_${suffix}`]: forecast === null ? null : forecast - toEstimateUnit(unit, amount),
  };
}
