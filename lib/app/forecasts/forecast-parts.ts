import type { TenantConfig } from '../ports.ts';
import { listSubjects, type RunningBudget } from './list-subjects.ts';
import { projectScope, type ScopeProjection, type TotalQuestion } from './project-scope.ts';

/** Where one part of a budget is going. */
export interface PartForecast extends Pick<ScopeProjection, 'spent' | 'projection'> {
  readonly part: string;
  /** What it may use in the period, in the budget's unit. */
  readonly amount: bigint;
  readonly runOutDay: string | null;
}

/** The parts of a budget. */
export interface PartForecasts {
  /** Those that use most first, {@link MAX_PROJECTED_PARTS} of them at most. */
  readonly shown: readonly PartForecast[];
  /** Parts that used anything and are not shown. */
  readonly leftOut: number;
}

/**
 * Forecasts the parts of a budget, each on its own series: they are totals of their own, with amounts of their own.
 *
 * @param question - its period is the budget's running one
 */
export function forecastParts(question: TotalQuestion, running: RunningBudget, tenant: TenantConfig): PartForecasts {
  const { scope, each } = running.budget;
  const { subjects, partsLeftOut } = listSubjects(running, question.rows, tenant, question.today);
  const shown = subjects.map(({ part, amount }) => {
    const of = each === null ? {} : { part: { dimension: each, value: part } };
    const { spent, projection, exceed } = projectScope({ ...question, tenant, scope, ...of, levels: [amount] });
    const [odds] = exceed;
    return {
      part,
      amount,
      spent,
      projection: { ...projection, pExceed: odds?.probability ?? null },
      runOutDay: odds?.runOutDay ?? null,
    };
  });
  return { shown, leftOut: partsLeftOut };
}
