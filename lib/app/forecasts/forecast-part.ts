import type { BudgetForecast } from '../../domain/alerts/alert-budget-facts.ts';
import type { BudgetDefinition } from '../../domain/budgets/budget.ts';
import type { SpendLine } from '../../domain/budgets/budget-total.ts';
import type { DayRange } from '../../domain/budgets/periods/find-period.ts';
import type { TenantConfig } from '../ports.ts';
import { type ForecastInputs, projectScope } from './project-scope.ts';
import { completeInputs, type ForecastSourcePorts } from './read-forecast-inputs.ts';

/** One running total of a budget, in a period that is not over. */
export interface ForecastedPart {
  readonly budget: Pick<BudgetDefinition, 'scope' | 'each' | 'amount'>;
  /** '' in a budget with one total. */
  readonly part: string;
  readonly period: DayRange;
  /** Of the period, in the unit of the budget. */
  readonly amount: bigint;
}

/**
 * Forecasts a running total of a budget over lines that were read already, at whatever commit.
 *
 * @param lines - of the whole tenant, of the days that `findDaysToRead` names for the period
 */
export type PartForecaster = (part: ForecastedPart, lines: readonly SpendLine[]) => Promise<BudgetForecast>;

/**
 * A forecaster for the messages of one moment: what it reads besides the lines, it reads once for the same list of them.
 *
 * @param today - the running local day
 */
export function createPartForecaster(
  sources: ForecastSourcePorts,
  tenant: TenantConfig,
  today: string,
): PartForecaster {
  const known = new Map<readonly SpendLine[], Promise<ForecastInputs>>();
  return async (part, lines) => {
    const rows = () => lines.map(({ day, leaf, measures }) => ({ period: day, leaf, measures }));
    const inputs = known.get(lines) ?? completeInputs(sources, tenant, rows(), today);
    known.set(lines, inputs);
    return projectPart(tenant, part, await inputs);
  };
}

function projectPart(
  tenant: TenantConfig,
  { budget, part, period, amount }: ForecastedPart,
  inputs: ForecastInputs,
): BudgetForecast {
  const { projection, exceed } = projectScope({
    ...inputs,
    tenant,
    scope: budget.scope,
    ...(budget.each === null ? {} : { part: { dimension: budget.each, value: part } }),
    unit: budget.amount.unit,
    days: { fromDay: period.fromDay, toDay: period.toDay },
    levels: [amount],
  });
  const [odds] = exceed;
  return { projection: { ...projection, pExceed: odds?.probability ?? null }, runOutDay: odds?.runOutDay ?? null };
}
