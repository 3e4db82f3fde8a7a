import { describeScope } from '../budgets/budget-scope.ts';
import { addDays } from '../local-time.ts';
import { type AlertMessage, type AlertSeverity, toShortMessage, toSubject } from './alert.ts';
import { nameBudgetSubject, renderBudgetAlertData } from './alert-budget-data.ts';
import type { BudgetAlertFacts, BudgetForecast } from './alert-budget-facts.ts';
import { displayForecastUsd, displayPercent, displayUsd, quoteWord } from './alert-text.ts';

/**
 * Writes the alert of a budget whose thresholds were crossed: what and where, limit, forecast, largest contributors,
 * as of when and how complete, the command and link that show it, how to silence it; in that order.
 */
export function renderBudgetAlert(facts: BudgetAlertFacts): AlertMessage {
  const { budget } = facts;
  const severity = judgeSeverity(facts.newThresholdsPercent);
  const percent = displayPercent(facts.spentPicoUsd, budget.amountPicoUsd);
  const headline = `Budget ${budget.name}: ${percent}% of ${displayUsd(budget.amountPicoUsd)} spent in ${facts.period}`;
  return {
    alertId: facts.alertId,
    kind: 'budget_actual',
    severity,
    tenant: facts.tenant,
    subject: toSubject(`[${severity}] ${headline}`),
    text: renderText(facts, percent),
    sms: toShortMessage(`${headline}. ${displayUsd(facts.spentPicoUsd)} so far. Alert ${facts.alertId.slice(0, 8)}`),
    data: renderBudgetAlertData(facts, severity, { command: showCommand(facts), link: showLink(facts) }),
    about: [nameBudgetSubject(facts)],
    attributes: {
      tenant: facts.tenant,
      kind: 'budget_actual',
      severity,
      budget: budget.name,
      alert_id: facts.alertId,
      ...knownAttributes(facts),
    },
  };
}

function judgeSeverity(thresholdsPercent: readonly number[]): AlertSeverity {
  const highest = Math.max(...thresholdsPercent);
  if (highest >= 100) return 'critical';
  return highest >= 80 ? 'warning' : 'info';
}

function knownAttributes(facts: BudgetAlertFacts): Record<string, string> {
  const scope = Object.entries(facts.budget.scope);
  return Object.fromEntries(scope.filter(([name]) => name === 'team' || name === 'app' || name === 'environment'));
}

function renderText(facts: BudgetAlertFacts, percent: string): string {
  const { budget } = facts;
  const thresholds = facts.newThresholdsPercent.map((threshold) => `${threshold} %`).join(', ');
  const lastDay = addDays(facts.days.toDay, -1);
  const over = facts.isClosed ? ' This period is over; calls that arrived late were added to it.' : '';
  return [
    `Budget "${budget.name}" has crossed ${thresholds}.${over}`,
    '',
    `Where:    tenant ${facts.tenant}, ${describeScope(budget.scope)}`,
    `Limit:    ${displayUsd(budget.amountPicoUsd)}; spent ${displayUsd(facts.spentPicoUsd)}, which is ${percent} %`,
    `Period:   ${budget.period} ${facts.period} (${facts.days.fromDay} to ${lastDay}, ${facts.timeZone})`,
    `Forecast: ${describeForecast(facts)}`,
    `Runs out: ${describeRunOut(facts)}`,
    `Largest by ${facts.contributorDimension}:`,
    ...listContributors(facts),
    `As of:    ${new Date(facts.asOfMs).toISOString()}, commit ${facts.commit}; ${describeCompleteness(facts)}`,
    '',
    `Show it:  ${showCommand(facts)}`,
    `          ${showLink(facts)}`,
    `Silence:  ${describeSilencing(facts)}`,
    `Alert:    ${facts.alertId} (a repeat carries the same id)`,
    '',
  ].join('\n');
}

function describeForecast({ forecast }: BudgetAlertFacts): string {
  if (forecast === null) return 'none, the period is over';
  const { point, lo80, hi80, state, historyDays } = forecast.projection;
  if (point === null || lo80 === null || hi80 === null) return 'none yet, there is no complete day to go by';
  const range = `80 % range ${displayForecastUsd(lo80)} to ${displayForecastUsd(hi80)}`;
  return `${displayForecastUsd(point)} by the end of the period, ${range} (${state}, ${historyDays} days of history)`;
}

function describeRunOut(facts: BudgetAlertFacts): string {
  if (facts.spentPicoUsd >= facts.budget.amountPicoUsd) return 'used up already';
  const forecast: BudgetForecast | null = facts.forecast;
  if (forecast === null) return 'no, the period is over';
  if (forecast.projection.point === null) return 'not known';
  return `${forecast.runOutDay ?? 'not within this period'} at the projected rate`;
}

function listContributors(facts: BudgetAlertFacts): readonly string[] {
  if (facts.contributors.length === 0) return ['  nothing'];
  return facts.contributors.map(({ value, costPicoUsd }) => {
    const share = displayPercent(costPicoUsd, facts.spentPicoUsd);
    return `  ${value ?? '(not named)'}: ${displayUsd(costPicoUsd)} (${share} %)`;
  });
}

function describeCompleteness({ unpricedCalls }: BudgetAlertFacts): string {
  const without = unpricedCalls.unpriced + unpricedCalls.unpriced_unit;
  const partly = unpricedCalls.partially_priced;
  if (without === 0n && partly === 0n) return 'every recorded call is priced';
  const gaps = [
    ...(without > 0n ? [`calls without a price: ${without}`] : []),
    ...(partly > 0n ? [`calls priced in part: ${partly}`] : []),
  ];
  return `incomplete: ${gaps.join(', ')}; the real spend is higher`;
}

function showCommand({ budget, days, contributorDimension }: BudgetAlertFacts): string {
  const filters = Object.entries(budget.scope).map(([name, value]) => ` --filter ${quoteWord(`${name}=${value}`)}`);
  const range = `--from ${days.fromDay} --to ${days.toDay} --granularity day`;
  return `tokenledger spend ${range} --group-by ${contributorDimension}${filters.join('')}`;
}

function showLink({ apiUrl, budget, days, contributorDimension }: BudgetAlertFacts): string {
  const parameters: readonly (readonly [string, string])[] = [
    ['from', days.fromDay],
    ['to', days.toDay],
    ['granularity', 'day'],
    ['group_by', contributorDimension],
    ...Object.entries(budget.scope).map(([name, value]) => ['filter', `${name}=${value}`] as const),
  ];
  const query = parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  return `${apiUrl ?? ''}/v1/spend?${query}`;
}

function describeSilencing({ budget, newThresholdsPercent }: BudgetAlertFacts): string {
  const told = newThresholdsPercent.at(-1);
  const higher = budget.thresholdsPercent.find((threshold) => threshold > (told ?? 0));
  const next = higher === undefined ? 'nothing more is sent for this period' : `the next message comes at ${higher} %`;
  return `${next}; raise the budget with "tokenledger budgets set ${quoteWord(budget.name)} --amount USD", or store it with "paused": true`;
}
