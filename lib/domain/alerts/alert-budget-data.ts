import type { AmountUnit } from '../budgets/periods/amount-plan.ts';
import { formatUsd } from '../money.ts';
import type { AlertSeverity } from './alert.ts';
import type { BudgetAlertFacts, BudgetForecast } from './alert-budget-facts.ts';
import { nameBudgetSubject } from './alert-subject.ts';
import { displayPercent } from './alert-text.ts';

/** The command and the link under which a reader finds the figures of an alert. */
export interface AlertReferences {
  readonly command: string;
  readonly link: string;
}

/** A budget alert for programs: JSON of `lib/contracts/alert.schema.json`, money as exact decimal text. */
export function renderBudgetAlertData(
  facts: BudgetAlertFacts,
  severity: AlertSeverity,
  show: AlertReferences,
): Readonly<Record<string, unknown>> {
  const { budget, period } = facts;
  const { unit } = budget.amount;
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
    status: facts.status,
    budget: {
      id: budget.id,
      name: budget.name,
      version: budget.version,
      filter: budget.scope,
      each: budget.each,
      part: budget.each === null ? null : facts.part,
      owner: budget.owner,
      ...inUnit('amount', unit, facts.amount),
      thresholds: budget.thresholdsPercent,
      crossed: facts.thresholdsPercent,
      ...inUnit('spent', unit, facts.spent),
      percent: displayPercent(facts.spent, facts.amount),
      period: {
        kind: budget.schedule.rule.kind,
        name: period.name,
        from: period.fromDay,
        to: period.toDay,
        time_zone: facts.timeZone,
        closed: facts.isClosed,
      },
    },
    forecast: facts.forecast === null ? null : forecastData(unit, facts.forecast),
    contributors: {
      dimension: facts.contributorDimension,
      largest: facts.contributors.map(({ value, spent }) => ({
        value,
        cost_usd: unit === 'tokens' ? null : formatUsd(spent),
        tokens: unit === 'tokens' ? spent.toString() : null,
      })),
    },
    show,
  };
}

/** A figure as `<name>_usd` and `<name>_tokens`, as decimal text; the one that the budget does not count in is null. */
export function inUnit(name: string, unit: AmountUnit, amount: bigint): Readonly<Record<string, string | null>> {
  return {
    [`${name}_usd`]: unit === 'tokens' ? null : formatUsd(amount),
    [`${name}_tokens`]: unit === 'tokens' ? amount.toString() : null,
  };
}

function listIncompleteReasons({ budget, unpricedCalls, isClosed }: BudgetAlertFacts): readonly object[] {
  // Tokens are counted whether or not they have a price.
  const reasons = (budget.amount.unit === 'tokens' ? [] : Object.entries(unpricedCalls))
    .filter(([, count]) => count > 0n)
    .map(([reason, count]) => ({ reason, count: Number(count) }));
  return isClosed ? reasons : [...reasons, { reason: 'period_open', count: 1 }];
}

function forecastData(unit: AmountUnit, { projection, runOutDay }: BudgetForecast): object {
  const { point, lo80, hi80 } = projection;
  const [usd, tokens] = unit === 'tokens' ? [null, projection] : [projection, null];
  return {
    point_usd: usd && point,
    lo80_usd: usd && lo80,
    hi80_usd: usd && hi80,
    point_tokens: tokens && point,
    lo80_tokens: tokens && lo80,
    hi80_tokens: tokens && hi80,
    p_exceed: projection.pExceed,
    state: projection.state,
    method: projection.method,
    history_days: projection.historyDays,
    run_out_day: runOutDay,
  };
}
