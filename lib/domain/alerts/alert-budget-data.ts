import { formatUsd } from '../money.ts';
import type { AlertSeverity } from './alert.ts';
import type { BudgetAlertFacts, BudgetForecast } from './alert-budget-facts.ts';
import { displayPercent } from './alert-text.ts';

/** The command and the link under which a reader finds the figures of an alert. */
export interface AlertReferences {
  readonly command: string;
  readonly link: string;
}

/** What a budget alert is about. */
export function nameBudgetSubject({ budget }: BudgetAlertFacts): string {
  return `budget:${budget.name}`;
}

/** A budget alert for programs: JSON of `lib/contracts/alert.schema.json`, money as exact decimal text. */
export function renderBudgetAlertData(
  facts: BudgetAlertFacts,
  severity: AlertSeverity,
  show: AlertReferences,
): Readonly<Record<string, unknown>> {
  const { budget, days } = facts;
  const reasons = listIncompleteReasons(facts);
  return {
    schema_version: 1,
    alert_id: facts.alertId,
    kind: 'budget_actual',
    severity,
    tenant: facts.tenant,
    about: [nameBudgetSubject(facts)],
    as_of: new Date(facts.asOfMs).toISOString(),
    commit: facts.commit,
    complete: reasons.length === 0,
    incomplete_reasons: reasons,
    budget: {
      id: budget.id,
      name: budget.name,
      version: budget.version,
      filter: budget.scope,
      amount_usd: formatUsd(budget.amountPicoUsd),
      thresholds: budget.thresholdsPercent,
      crossed: facts.newThresholdsPercent,
      spent_usd: formatUsd(facts.spentPicoUsd),
      percent: displayPercent(facts.spentPicoUsd, budget.amountPicoUsd),
      period: {
        kind: budget.period,
        name: facts.period,
        from: days.fromDay,
        to: days.toDay,
        time_zone: facts.timeZone,
        closed: facts.isClosed,
      },
    },
    forecast: facts.forecast === null ? null : forecastData(facts.forecast),
    contributors: {
      dimension: facts.contributorDimension,
      largest: facts.contributors.map(({ value, costPicoUsd }) => ({ value, cost_usd: formatUsd(costPicoUsd) })),
    },
    show,
  };
}

function listIncompleteReasons({ unpricedCalls, isClosed }: BudgetAlertFacts): readonly object[] {
  const reasons = Object.entries(unpricedCalls)
    .filter(([, count]) => count > 0n)
    .map(([reason, count]) => ({ reason, count: Number(count) }));
  return isClosed ? reasons : [...reasons, { reason: 'period_open', count: 1 }];
}

function forecastData({ projection, runOutDay }: BudgetForecast): object {
  return {
    point_usd: projection.point,
    lo80_usd: projection.lo80,
    hi80_usd: projection.hi80,
    p_exceed: projection.pExceed,
    state: projection.state,
    method: projection.method,
    history_days: projection.historyDays,
    run_out_day: runOutDay,
  };
}
