import { type Budget, scopeOfPart } from '../budgets/budget.ts';
import { describeScope } from '../budgets/budget-scope.ts';
import { DEFAULT_FORECAST_THRESHOLDS_PERCENT, DEFAULT_THRESHOLDS_PERCENT } from '../budgets/parse-budget.ts';
import type { AmountUnit } from '../budgets/periods/amount-plan.ts';
import { toRawPeriodRule } from '../budgets/periods/parse-period-rule.ts';
import type { BudgetSchedule } from '../budgets/periods/period-rule.ts';
import { addDays } from '../local-time.ts';
import { formatUsd } from '../money.ts';
import type { AlertReferences } from './alert-budget-data.ts';
import type { BudgetAlertFacts } from './alert-budget-facts.ts';
import { displayForecastUsd, displayPercent, displayUsd, quoteWord } from './alert-text.ts';

/** The part of the facts that says which running total is meant. */
export type BudgetPartFacts = Pick<BudgetAlertFacts, 'budget' | 'part' | 'period'>;

/** What tells one text about a budget from another. */
export interface BudgetTextLines {
  /** First line: what happened. */
  readonly event: string;
  /** Where the period is heading. */
  readonly outlook: readonly string[];
  readonly show: AlertReferences;
  readonly silencing: readonly string[];
}

/**
 * Lays out a text about a budget: what and where, limit, forecast, largest contributors, as of when and how complete,
 * the command and link that show it, how to silence it.
 */
export function layOutBudgetText(facts: BudgetAlertFacts, lines: BudgetTextLines): string {
  return [
    lines.event,
    '',
    ...describeBudget(facts),
    ...lines.outlook,
    ...listContributors(facts),
    describeCompleteness(facts),
    '',
    `Show it:  ${lines.show.command}`,
    `          ${lines.show.link}`,
    ...lines.silencing,
    `Alert:    ${facts.alertId} (a repeat carries the same id)`,
    '',
  ].join('\n');
}

/** An amount of a budget for people: `$1,234.50`, or `2,000,000 tokens`. */
export function displayAmount(unit: AmountUnit, amount: bigint): string {
  return unit === 'tokens' ? `${groupDigits(amount)} tokens` : displayUsd(amount);
}

/** A forecast figure for people, in USD or tokens. */
export function displayForecast(unit: AmountUnit, figure: number): string {
  return unit === 'tokens' ? `${groupDigits(BigInt(Math.round(figure)))} tokens` : displayForecastUsd(figure);
}

/** The budget, and which part of it: `Teams (team=cx)`. */
export function titleBudget({ name, each }: Budget, part: string): string {
  return each === null ? name : `${name} (${each}=${part})`;
}

/** The attributes that filter policies know a budget's calls by; with `each` the part is the value. */
export function listScopeAttributes({ budget, part }: BudgetPartFacts): Record<string, string> {
  const scope = Object.entries(scopeOfPart(budget, part));
  return Object.fromEntries(scope.filter(([name]) => name === 'team' || name === 'app' || name === 'environment'));
}

/** The lines that say where, how much of what limit, and in which period. */
function describeBudget({
  tenant,
  timeZone,
  budget,
  part,
  period,
  amount,
  spent,
}: BudgetPartFacts & Pick<BudgetAlertFacts, 'tenant' | 'timeZone' | 'amount' | 'spent'>): readonly string[] {
  const { unit } = budget.amount;
  const used = unit === 'tokens' ? 'used' : 'spent';
  const percent = displayPercent(spent, amount);
  const lastDay = addDays(period.toDay, -1);
  const days = period.fromDay === lastDay ? lastDay : `${period.fromDay} to ${lastDay}`;
  return [
    `Where:    tenant ${tenant}, ${describeScope(scopeOfPart(budget, part))}`,
    `Limit:    ${displayAmount(unit, amount)}; ${used} ${displayAmount(unit, spent)}, which is ${percent} %`,
    `Period:   ${namePeriod(budget, period.name)} (${days}, ${timeZone})`,
  ];
}

/** Some names of periods say what kind they are of. */
function namePeriod({ schedule }: Budget, name: string): string {
  const { kind } = schedule.rule;
  return name.startsWith(`${kind}-`) ? name : `${kind} ${name}`;
}

/** The largest contributors, a line each with its share of what was spent. */
function listContributors({
  budget,
  contributorDimension,
  contributors,
  spent,
}: Pick<BudgetAlertFacts, 'budget' | 'contributorDimension' | 'contributors' | 'spent'>): readonly string[] {
  const { unit } = budget.amount;
  const lines = contributors.map(
    (each) =>
      `  ${each.value ?? '(not named)'}: ${displayAmount(unit, each.spent)} (${displayPercent(each.spent, spent)} %)`,
  );
  return [`Largest by ${contributorDimension}:`, ...(lines.length > 0 ? lines : ['  nothing'])];
}

/** As of when the figures are, and how complete. Tokens are counted whether or not they have a price. */
function describeCompleteness({
  budget,
  asOfMs,
  commit,
  unpricedCalls,
}: Pick<BudgetAlertFacts, 'budget' | 'asOfMs' | 'commit' | 'unpricedCalls'>): string {
  const asOf = `As of:    ${new Date(asOfMs).toISOString()}, commit ${commit};`;
  if (budget.amount.unit === 'tokens') return `${asOf} every recorded call is counted`;
  const without = unpricedCalls.unpriced + unpricedCalls.unpriced_unit;
  const partly = unpricedCalls.partially_priced;
  if (without === 0n && partly === 0n) return `${asOf} every recorded call is priced`;
  const gaps = [
    ...(without > 0n ? [`calls without a price: ${without}`] : []),
    ...(partly > 0n ? [`calls priced in part: ${partly}`] : []),
  ];
  return `${asOf} incomplete: ${gaps.join(', ')}; the real spend is higher`;
}

/** The command and the link that show the figures. */
export function referBudget({
  budget,
  part,
  period,
  contributorDimension,
  apiUrl,
}: BudgetPartFacts & Pick<BudgetAlertFacts, 'contributorDimension' | 'apiUrl'>): AlertReferences {
  const { fromDay, toDay } = period;
  const filters = Object.entries(scopeOfPart(budget, part)).map(([name, value]) => `${name}=${value}`);
  const words = filters.map((filter) => ` --filter ${quoteWord(filter)}`).join('');
  const range = `--from ${fromDay} --to ${toDay} --granularity day`;
  const parameters: readonly (readonly [string, string])[] = [
    ['from', fromDay],
    ['to', toDay],
    ['granularity', 'day'],
    ['group_by', contributorDimension],
    ...filters.map((filter) => ['filter', filter] as const),
  ];
  const query = parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  return {
    command: `tokenledger spend ${range} --group-by ${contributorDimension}${words}`,
    link: `${apiUrl ?? ''}/v1/spend?${query}`,
  };
}

/**
 * How to hear no more of a budget: wait, raise it, or end it. The command says all of it, because it sets all of it.
 *
 * @param next - what comes next if nothing is done
 * @param ending - flags that end such messages for good
 */
export function describeSilence(
  { budget, alertId }: Pick<BudgetAlertFacts, 'budget' | 'alertId'>,
  next: string,
  ending: string,
): readonly string[] {
  const words = [...listAmountFlags(budget), ...listPeriodFlags(budget.schedule), ...listOtherFlags(budget)];
  const command = ['tokenledger budgets set', quoteWord(budget.name), ...words].join(' ');
  return [
    `Silence:  tokenledger alerts snooze ${alertId} --hours 24`,
    `          ${next}; to change it, raise the amount in this, or end it with ${ending}:`,
    `          ${command}`,
  ];
}

/** The amounts as they are: the command can be run as it stands, and a plan keeps those of its other months. */
function listAmountFlags({ amount: { unit, amounts } }: Budget): readonly string[] {
  return [unit === 'tokens' ? `--tokens ${amounts.join()}` : `--amount ${amounts.map(formatUsd).join()}`];
}

function listPeriodFlags({ rule, fromDay, toDay }: BudgetSchedule): readonly string[] {
  const raw = toRawPeriodRule(rule);
  const details = typeof raw === 'string' ? (raw === 'month' ? {} : { period: raw }) : { period: rule.kind, ...raw };
  const flags = Object.entries({ ...details, start: fromDay, end: toDay })
    .filter(([name, value]) => name !== 'kind' && value !== undefined)
    .map(([name, value]) => `--${name.replace('_', '-')} ${value}`);
  return flags;
}

function listOtherFlags(budget: Budget): readonly string[] {
  const { thresholdsPercent, forecastThresholdsPercent: ofForecast, each, owner } = budget;
  const isDefault = (percents: readonly number[], byDefault: readonly number[]) => percents.join() === byDefault.join();
  return [
    ...Object.entries(budget.scope).map(([name, value]) => `--filter ${quoteWord(`${name}=${value}`)}`),
    ...(each === null ? [] : [`--each ${quoteWord(each)}`]),
    ...(isDefault(thresholdsPercent, DEFAULT_THRESHOLDS_PERCENT) ? [] : [`--threshold ${thresholdsPercent.join()}`]),
    ...(isDefault(ofForecast, DEFAULT_FORECAST_THRESHOLDS_PERCENT)
      ? []
      : [`--forecast-threshold ${ofForecast.join() || 'none'}`]),
    ...(owner === null ? [] : [`--owner ${quoteWord(owner)}`]),
  ];
}

function groupDigits(count: bigint): string {
  return count.toString().replace(/\B(?=(\d{3})+$)/g, ',');
}
