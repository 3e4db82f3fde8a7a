import type { AlertMessage, AlertSeverity } from './alert.ts';
import { toShortMessage, toSubject } from './alert.ts';
import { renderBudgetAlertData } from './alert-budget-data.ts';
import type { BudgetAlertFacts } from './alert-budget-facts.ts';
import {
  describeSilence,
  displayAmount,
  displayForecast,
  layOutBudgetText,
  listScopeAttributes,
  referBudget,
  titleBudget,
} from './alert-budget-lines.ts';
import { nameBudgetSubject } from './alert-subject.ts';
import { displayPercent } from './alert-text.ts';

/**
 * Writes the alert of a budget whose thresholds were crossed, or hold no longer: what and where, limit, forecast,
 * largest contributors, as of when and how complete, the command and link that show it, how to silence it; in that
 * order.
 */
export function renderBudgetAlert(facts: BudgetAlertFacts): AlertMessage {
  const { budget } = facts;
  const { unit } = budget.amount;
  const isResolved = facts.status === 'resolved';
  const severity = isResolved ? 'info' : judgeSeverity(facts);
  const share = `${displayPercent(facts.spent, facts.amount)}% of ${displayAmount(unit, facts.amount)}`;
  const title = `${isResolved ? 'Resolved: budget' : 'Budget'} ${titleBudget(budget, facts.part)}`;
  const headline = `${title}: ${share} ${nameUse(facts)} in ${facts.period.name}`;
  return {
    alertId: facts.alertId,
    kind: 'budget_actual',
    severity,
    tenant: facts.tenant,
    subject: toSubject(`[${severity}] ${headline}`),
    text: renderText(facts),
    sms: toShortMessage(`${headline}. ${displayAmount(unit, facts.spent)} so far. Alert ${facts.alertId.slice(0, 8)}`),
    data: renderBudgetAlertData(facts, severity, referBudget(facts)),
    about: [nameBudgetSubject(facts)],
    attributes: {
      tenant: facts.tenant,
      kind: 'budget_actual',
      severity,
      status: facts.status,
      budget: budget.name,
      alert_id: facts.alertId,
      ...listScopeAttributes(facts),
    },
  };
}

/** By what is used: a budget whose only threshold is 50 % may be far beyond all of its amount when that is told. */
function judgeSeverity({ spent, amount }: BudgetAlertFacts): AlertSeverity {
  if (spent >= amount) return 'critical';
  return spent * 100n >= amount * 80n ? 'warning' : 'info';
}

function nameUse({ budget }: BudgetAlertFacts): string {
  return budget.amount.unit === 'tokens' ? 'used' : 'spent';
}

function renderText(facts: BudgetAlertFacts): string {
  return layOutBudgetText(facts, {
    event: describeEvent(facts),
    outlook: [`Forecast: ${describeForecast(facts)}`, `Runs out: ${describeRunOut(facts)}`],
    show: referBudget(facts),
    silencing: describeSilencing(facts),
  });
}

function describeEvent({ budget, part, status, thresholdsPercent, isClosed }: BudgetAlertFacts): string {
  const thresholds = thresholdsPercent.map((threshold) => `${threshold} %`).join(', ');
  const name = `Budget "${budget.name}"${budget.each === null ? '' : ` for ${budget.each}=${part}`}`;
  if (status === 'resolved') {
    const over = isClosed ? ' This period is over.' : '';
    return `${name} is back below ${thresholds}: what was counted before has been corrected.${over}`;
  }
  const over = isClosed ? ' This period is over; calls that arrived late were added to it.' : '';
  return `${name} has crossed ${thresholds}.${over}`;
}

function describeForecast({ budget, forecast, isClosed }: BudgetAlertFacts): string {
  if (isClosed) return 'none, the period is over';
  if (forecast === null) return 'not known, it could not be made';
  const { unit } = budget.amount;
  const { point, lo80, hi80, state, historyDays } = forecast.projection;
  if (point === null || lo80 === null || hi80 === null) return 'none yet, there is no complete day to go by';
  const range = `80 % range ${displayForecast(unit, lo80)} to ${displayForecast(unit, hi80)}`;
  return `${displayForecast(unit, point)} by the end of the period, ${range} (${state}, ${historyDays} days of history)`;
}

function describeRunOut({ spent, amount, forecast, isClosed }: BudgetAlertFacts): string {
  if (spent >= amount) return 'used up already';
  if (isClosed) return 'no, the period is over';
  if (forecast === null || forecast.projection.point === null) return 'not known';
  return `${forecast.runOutDay ?? 'not within this period'} at the projected rate`;
}

function describeSilencing(facts: BudgetAlertFacts): readonly string[] {
  const { budget, status, thresholdsPercent } = facts;
  if (status === 'resolved') {
    return ['Silence:  none needed, what this message names is not told again in this period, whatever is spent'];
  }
  const told = thresholdsPercent.at(-1) ?? 0;
  const higher = budget.thresholdsPercent.find((threshold) => threshold > told);
  const next =
    higher === undefined ? 'no higher threshold is left in this period' : `the next message comes at ${higher} %`;
  return describeSilence(facts, next, '--paused');
}
