import { amountAtPercent, type ForecastStanding } from '../budgets/forecast-thresholds.ts';
import { addDays } from '../local-time.ts';
import { type AlertMessage, type AlertSeverity, toShortMessage, toSubject } from './alert.ts';
import { type AlertReferences, renderBudgetAlertData } from './alert-budget-data.ts';
import type { BudgetAlertFacts, BudgetForecast } from './alert-budget-facts.ts';
import {
  describeSilence,
  displayAmount,
  displayForecast,
  layOutBudgetText,
  listScopeAttributes,
  titleBudget,
} from './alert-budget-lines.ts';
import { nameBudgetSubject } from './alert-subject.ts';
import { quoteWord } from './alert-text.ts';

/**
 * All that an alert on a budget's forecast says. Its thresholds are forecast thresholds: `firing` when the period is
 * likely to end above them, `resolved` when that was told and is unlikely by now.
 */
export interface ForecastAlertFacts extends BudgetAlertFacts {
  readonly forecast: BudgetForecast;
  /** One for each forecast threshold of the budget, ascending. */
  readonly standings: readonly ForecastStanding[];
  /** The tenant's local day. */
  readonly today: string;
}

/** It is critical when the amount is exceeded with this probability at least and is used up within so many days. */
const CRITICAL_PROBABILITY = 0.95;
const CRITICAL_DAYS = 3;

/**
 * Writes the alert of a budget that is likely to be exceeded before its period ends, or is so no longer: what and where,
 * limit, forecast with probabilities and run-out day, largest contributors, as of when and how complete, the command
 * and link that show it, how to silence it; in that order.
 */
export function renderForecastAlert(facts: ForecastAlertFacts): AlertMessage {
  const { budget, status } = facts;
  const severity = judgeSeverity(facts);
  const headline = describeHeadline(facts);
  return {
    alertId: facts.alertId,
    kind: 'budget_forecast',
    severity,
    tenant: facts.tenant,
    subject: toSubject(`[${severity}] ${headline}`),
    text: renderText(facts),
    sms: toShortMessage(`${headline}. Alert ${facts.alertId.slice(0, 8)}`),
    data: renderData(facts, severity),
    about: [nameBudgetSubject(facts)],
    attributes: {
      tenant: facts.tenant,
      kind: 'budget_forecast',
      severity,
      status,
      budget: budget.name,
      alert_id: facts.alertId,
      ...listScopeAttributes(facts),
    },
  };
}

function judgeSeverity({ status, forecast, today }: ForecastAlertFacts): AlertSeverity {
  if (status === 'resolved') return 'info';
  const { runOutDay, projection } = forecast;
  const isSoon = runOutDay !== null && runOutDay <= addDays(today, CRITICAL_DAYS);
  return isSoon && (projection.pExceed ?? 0) >= CRITICAL_PROBABILITY ? 'critical' : 'warning';
}

function describeHeadline({ budget, part, status, amount, forecast, period }: ForecastAlertFacts): string {
  const { unit } = budget.amount;
  const title = `${status === 'resolved' ? 'Resolved: budget' : 'Budget'} ${titleBudget(budget, part)}`;
  const { point } = forecast.projection;
  const end = point === null ? 'an unknown part' : displayForecast(unit, point);
  return `${title}: ${end} of ${displayAmount(unit, amount)} expected in ${period.name}`;
}

function renderText(facts: ForecastAlertFacts): string {
  return layOutBudgetText(facts, {
    event: describeEvent(facts),
    outlook: [
      `Forecast: ${describeForecast(facts)}`,
      `Odds:     ${describeOdds(facts)}`,
      `Runs out: ${describeRunOut(facts)}`,
    ],
    show: referForecast(facts),
    silencing: describeSilencing(facts),
  });
}

function describeEvent({ budget, part, status, thresholdsPercent }: ForecastAlertFacts): string {
  const thresholds = thresholdsPercent.map((threshold) => `${threshold} %`).join(', ');
  const name = `Budget "${budget.name}"${budget.each === null ? '' : ` for ${budget.each}=${part}`}`;
  return status === 'resolved'
    ? `${name} is not expected to exceed ${thresholds} of its limit any more.`
    : `${name} is expected to exceed ${thresholds} of its limit before its period ends.`;
}

function describeForecast({ budget, forecast }: ForecastAlertFacts): string {
  const { unit } = budget.amount;
  const { point, lo80, hi80, state, historyDays } = forecast.projection;
  if (point === null || lo80 === null || hi80 === null) return 'none, there is no complete day to go by';
  const range = `80 % range ${displayForecast(unit, lo80)} to ${displayForecast(unit, hi80)}`;
  return `${displayForecast(unit, point)} by the end of the period, ${range} (${state}, ${historyDays} days of history)`;
}

function describeOdds({ budget, amount, standings }: ForecastAlertFacts): string {
  const odds = standings.flatMap(({ thresholdPercent, probability }) => {
    if (probability === null) return [];
    const level = displayAmount(budget.amount.unit, amountAtPercent(amount, thresholdPercent));
    return [`${displayProbability(probability)} to exceed ${thresholdPercent} % (${level})`];
  });
  return odds.length > 0 ? odds.join('; ') : 'not known';
}

/** In whole percents, rounded down, so that only what is certain reads as 100 %. */
function displayProbability(probability: number): string {
  return `${Math.floor(probability * 100 + 1e-9)} %`;
}

function describeRunOut({ spent, amount, forecast }: ForecastAlertFacts): string {
  if (spent >= amount) return 'used up already';
  return `${forecast.runOutDay ?? 'not within this period'}, if it goes on as expected`;
}

function describeSilencing(facts: ForecastAlertFacts): readonly string[] {
  const { budget, status, thresholdsPercent } = facts;
  if (status === 'resolved') {
    return ['Silence:  none needed, what this message names is not told again in this period, whatever is expected'];
  }
  const told = thresholdsPercent.at(-1) ?? 0;
  const higher = budget.forecastThresholdsPercent.find((threshold) => threshold > told);
  const next =
    higher === undefined
      ? 'in this period only the end of this forecast is still told of'
      : `the next message comes when ${higher} % is likely`;
  return describeSilence(facts, next, '--forecast-threshold none or --paused');
}

function referForecast({ budget, part, apiUrl }: ForecastAlertFacts): AlertReferences {
  const ofPart = budget.each === null ? '' : ` --part ${quoteWord(part)}`;
  const parameter = budget.each === null ? '' : `&part=${encodeURIComponent(part)}`;
  return {
    command: `tokenledger forecast --budget ${quoteWord(budget.name)}${ofPart}`,
    link: `${apiUrl ?? ''}/v1/forecast?budget=${encodeURIComponent(budget.name)}${parameter}`,
  };
}

/** The data of a budget alert, with the odds of each forecast threshold. */
function renderData(facts: ForecastAlertFacts, severity: AlertSeverity): Readonly<Record<string, unknown>> {
  const data = renderBudgetAlertData(facts, severity, referForecast(facts));
  const thresholds = facts.standings.map(({ thresholdPercent, probability }) => ({
    percent: thresholdPercent,
    p_exceed: probability,
  }));
  const forecast = { ...(data['forecast'] as Readonly<Record<string, unknown>>), thresholds };
  return { ...data, kind: 'budget_forecast', forecast };
}
