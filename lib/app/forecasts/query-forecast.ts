import type { BudgetPeriod } from '../../domain/budgets/periods/find-period.ts';
import type { Projection } from '../../domain/forecast/forecast.ts';
import type { ForecastUnit } from '../../domain/forecast-conditions/conditions.ts';
import { addDays } from '../../domain/local-time.ts';
import type { BudgetStore } from '../budgets/budget-ports.ts';
import type { TenantConfig } from '../ports.ts';
import { InvalidRequestError, type RequestIssue } from '../request-errors.ts';
import {
  type FreshnessReader,
  type IncompleteReason,
  listIncompleteReasons,
  type UnpricedCounts,
} from '../spend/query-completeness.ts';
import { readColumns } from '../spend/query-spend-plan.ts';
import { findZone } from '../zones.ts';
import { forecastParts, type PartForecasts } from './forecast-parts.ts';
import { type ForecastRequest, type ForecastSubject, findSubject, refuseUnkept } from './forecast-subject.ts';
import { projectLeaves, type ScopeProjection } from './project-scope.ts';
import { type ForecastInputPorts, readForecastInputs } from './read-forecast-inputs.ts';
import { type SplitForecast, splitForecast } from './split-forecast.ts';

/** What a projection of a running period needs. */
export interface ForecastPorts extends ForecastInputPorts {
  readonly budgets: Pick<BudgetStore, 'find'>;
  readonly readFreshness: FreshnessReader;
}

/** Where the running period is going. */
export interface PeriodForecast {
  readonly period: BudgetPeriod;
  readonly unit: ForecastUnit;
  /** Last local day that is over; its spend and everything before it is what the projection knows. */
  readonly lastCompleteDay: string;
  /** Exact, in the unit, less credits; today's included. */
  readonly spent: bigint;
  /** How much of it is of confirmed anomalies, beyond what was expected. */
  readonly oneOffs: bigint;
  /** In USD, tokens or calls; an estimate, not ledger money. Its probability is that of exceeding the budget. */
  readonly projection: Projection;
  readonly budget: ForecastSubject['budget'];
  /** The local day on which the expected course uses the budget up; `null` = not in the period, or no budget. */
  readonly runOutDay: string | null;
  readonly history: ScopeProjection['history'];
  readonly unpriced: ScopeProjection['unpriced'];
  /** `null` where no dimension was asked for. */
  readonly split: SplitForecast | null;
  /** Of a budget with a total for each value that was asked about as a whole; else `null`. */
  readonly parts: PartForecasts | null;
  /** About the period alone; what its history lacks stands in `unpriced` and `history`. */
  readonly reasons: readonly IncompleteReason[];
  readonly asOfMs: number;
}

/**
 * Projects a total of the running period to its end: of a budget, or of any scope and kind of period; without either it
 * is the known cost of the tenant's month. A day without calls counts as zero from the first day with some on.
 *
 * @param groupBy - a dimension to split the answer by
 * @throws {@link InvalidRequestError} naming every parameter at fault
 * @throws {@link NotFoundError} when the tenant has no such budget
 */
export async function forecastPeriod(
  ports: ForecastPorts,
  tenant: TenantConfig,
  request: ForecastRequest,
  groupBy?: string,
): Promise<PeriodForecast> {
  const today = findZone(tenant.timeZone).localDay(ports.now());
  const position = groupBy === undefined ? undefined : readDimension(tenant, groupBy);
  const { matches, unit, period, budget, partsOf } = await findSubject(ports.budgets, tenant, request, today);
  const days = { fromDay: period.fromDay, toDay: period.toDay };
  const freshness = await ports.readFreshness(tenant, days);
  const inputs = await readForecastInputs(ports, tenant, days);
  const question = { ...inputs, unit, days, levels: budget?.amount == null ? [] : [budget.amount] };
  const total = projectLeaves(question, matches);
  const odds = total.exceed[0];
  return {
    period,
    unit,
    lastCompleteDay: addDays(inputs.today, -1),
    spent: total.spent,
    oneOffs: total.oneOffs,
    projection: { ...total.projection, pExceed: odds?.probability ?? null },
    budget,
    runOutDay: odds?.runOutDay ?? null,
    history: total.history,
    unpriced: total.unpriced,
    split: position === undefined ? null : splitForecast(question, total, position, matches),
    parts: partsOf === null ? null : forecastParts(question, partsOf, tenant),
    // Calls without a price are calls, and their tokens tokens.
    reasons: listIncompleteReasons(freshness, unit === 'pico_usd' ? total.unpriced.period : NONE_UNPRICED, true),
    asOfMs: freshness.asOfMs,
  };
}

const NONE_UNPRICED: UnpricedCounts = { unpriced: 0n, partiallyPriced: 0n };

function readDimension(tenant: TenantConfig, groupBy: string): number | undefined {
  const issues: RequestIssue[] = [];
  const [column] = readColumns(tenant, [groupBy], issues);
  refuseUnkept(tenant, 'group_by', [groupBy], issues);
  if (issues.length > 0) throw new InvalidRequestError(issues);
  return column?.position;
}
