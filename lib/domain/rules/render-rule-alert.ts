import { type AlertMessage, type AlertSeverity, toShortMessage, toSubject } from '../alerts/alert.ts';
import { toOneLine } from '../alerts/alert-text.ts';
import { describeScope } from '../budgets/budget-scope.ts';
import { formatUsd } from '../money.ts';
import { type AlertRule, findUnit, isOfGpus } from './alert-rule.ts';
import { CONTRIBUTION_WORDS, displayMeasured, displayThreshold, displayValue, METRIC_WORDS } from './describe-rule.ts';
import type { RuleFiring } from './rule-firing.ts';

/** All that an alert about a rule says. */
export interface RuleAlertFacts {
  readonly alertId: string;
  readonly tenant: string;
  readonly timeZone: string;
  readonly rule: AlertRule;
  readonly firing: RuleFiring;
  /** When the figures were read, epoch milliseconds. */
  readonly asOfMs: number;
  /** Address of the API without a slash at the end; null = not known, the link is then a path. */
  readonly apiUrl: string | null;
}

const KIND = 'operational';

/** Dimensions that filter policies of subscribers may name. */
const ATTRIBUTE_DIMENSIONS = ['team', 'app', 'environment', 'model'];

/** Writes the alert that a rule is broken, or that it is all right again. */
export function renderRuleAlert(facts: RuleAlertFacts): AlertMessage {
  const { alertId, tenant, rule, firing } = facts;
  const severity: AlertSeverity = firing.state === 'firing' ? rule.severity : 'info';
  const measured = displayMeasured(rule, firing.evidence);
  const what = `${METRIC_WORDS[rule.metric]} ${measured}`;
  const headline =
    firing.state === 'firing'
      ? `${rule.name}${describeKey(facts, ' of ')}: ${what}, limit ${displayThreshold(rule)}`
      : `${rule.name}${describeKey(facts, ' of ')} is all right again: ${what}`;
  const about = [nameAbout(firing)];
  return {
    alertId,
    kind: KIND,
    severity,
    tenant,
    subject: toSubject(`[${severity}] ${headline}`),
    text: renderText(facts),
    sms: toShortMessage(`${headline}. Alert ${alertId.slice(0, 8)}`),
    data: renderData(facts, severity, about),
    about,
    attributes: { tenant, kind: KIND, severity, ...listDimensions(facts), rule: rule.name, alert_id: alertId },
  };
}

/** The stable name of what a firing is about: `rule:<name>:<key>`, the key empty where there is none. */
function nameAbout({ rule, key }: RuleFiring): string {
  return `rule:${rule}:${key ?? ''}`;
}

function renderText(facts: RuleAlertFacts): string {
  const { rule, firing, tenant, timeZone, alertId } = facts;
  const { evidence, state } = firing;
  const isFiring = state === 'firing';
  const things = isOfGpus(rule.metric) ? 'samples' : 'calls';
  return [
    isFiring
      ? `The ${METRIC_WORDS[rule.metric]} is ${rule.comparison} what rule ${rule.name} allows.`
      : `The ${METRIC_WORDS[rule.metric]} is within what rule ${rule.name} allows again.`,
    '',
    `Where:    tenant ${toOneLine(tenant)} (${timeZone}), ${describePlace(facts)}`,
    `Limit:    ${isFiring ? 'told of' : 'was told of'} when ${rule.comparison} ${displayThreshold(rule)} over ${countHours(rule.windowHours)} with ${rule.minimumCount} ${things} or more`,
    `Measured: ${displayMeasured(rule, evidence)}, of ${groupDigits(evidence.count)} ${things}`,
    `When:     ${toTime(evidence.window.startMs)} to ${toTime(evidence.window.endMs)}, by the time of the ${things}`,
    ...(isFiring ? [] : [`Since:    first told of ${toTime(firing.firedAtMs)}`]),
    ...describeContributors(facts),
    `As of:    ${toTime(facts.asOfMs)}; ${describeGaps(firing)}${things} of that time that arrive later are not in it`,
    '',
    `Show it:  tokenledger rules check ${rule.name}`,
    `          ${showLink(facts)}`,
    ...(isFiring
      ? [
          `Silence:  tokenledger alerts snooze ${alertId} --hours 24`,
          `          tokenledger rules set ${rule.name} --threshold N (now ${formatUsd(rule.thresholdPico)}), or --disable`,
          '          it is told of again only when it was all right in between, and not within 24 hours',
        ]
      : ['Silence:  none needed, nothing more is told of it until 24 hours after it was first told of']),
    `Alert:    ${alertId} (a repeat carries the same id)`,
    '',
  ].join('\n');
}

function describePlace(facts: RuleAlertFacts): string {
  const { metric, filter } = facts.rule;
  const key = describeKey(facts, '');
  const scope = Object.keys(filter).length > 0 ? toOneLine(describeScope(filter)) : '';
  const all = isOfGpus(metric) ? 'all deployments together' : 'all calls together';
  return [scope, key].filter((part) => part !== '').join(', ') || all;
}

/** What the message is of within its rule; nothing where a rule judges everything together. */
function describeKey({ rule, firing }: RuleAlertFacts, before: string): string {
  if (rule.each === null) return '';
  return `${before}${firing.key === null ? `no ${rule.each}` : `${rule.each} ${toOneLine(firing.key)}`}`;
}

function describeContributors({ rule, firing }: RuleAlertFacts): readonly string[] {
  const { by, contributors, dimension } = firing.evidence;
  if (dimension === null || contributors.length === 0 || firing.state === 'resolved') return [];
  return [
    `Largest:  by ${CONTRIBUTION_WORDS[by]}, of each ${dimension}`,
    ...contributors.map(({ value, amount }) => {
      const shown = by === 'cost_usd' ? displayValue(findUnit(rule.metric), amount) : groupDigits(amount);
      return `  ${value === null ? `no ${dimension}` : toOneLine(value)}: ${shown}`;
    }),
  ];
}

function describeGaps({ evidence: { lackingPrice } }: RuleFiring): string {
  if (lackingPrice.length === 0) return '';
  const gaps = lackingPrice.map(({ reason, count }) => `${groupDigits(count)} ${reason.replaceAll('_', ' ')}`);
  return `incomplete, calls that lack a price: ${gaps.join(', ')}; `;
}

function countHours(hours: number): string {
  return hours === 1 ? 'a complete hour' : `${hours} complete hours`;
}

function groupDigits(count: string): string {
  return count.replace(/\B(?=(\d{3})+$)/g, ',');
}

function showLink({ rule, apiUrl }: RuleAlertFacts): string {
  return `${apiUrl ?? ''}/v1/alert-rule-checks?name=${encodeURIComponent(rule.name)}`;
}

/** Values that the message is certain to be about, for filter policies. */
function listDimensions({ rule, firing }: RuleAlertFacts): Readonly<Record<string, string>> {
  const values = { ...rule.filter, ...(rule.each === null || firing.key === null ? {} : { [rule.each]: firing.key }) };
  return Object.fromEntries(Object.entries(values).filter(([name]) => ATTRIBUTE_DIMENSIONS.includes(name)));
}

function toTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

function renderData(
  facts: RuleAlertFacts,
  severity: AlertSeverity,
  about: readonly string[],
): Readonly<Record<string, unknown>> {
  const { rule, firing, tenant, timeZone } = facts;
  const { window, low, high, count, lackingPrice, dimension, by, contributors } = firing.evidence;
  return {
    schema_version: 1,
    alert_id: facts.alertId,
    kind: KIND,
    about,
    severity,
    tenant,
    as_of: toTime(facts.asOfMs),
    complete: lackingPrice.length === 0,
    incomplete_reasons: lackingPrice.map(({ reason, count: calls }) => ({ reason, count: Number(calls) })),
    operational: {
      state: firing.state,
      rule: rule.name,
      metric: rule.metric,
      comparison: rule.comparison,
      threshold: formatUsd(rule.thresholdPico),
      window_hours: rule.windowHours,
      minimum_count: rule.minimumCount,
      filter: rule.filter,
      each: rule.each,
      key: firing.key,
      from: toTime(window.startMs),
      to: toTime(window.endMs),
      time_zone: timeZone,
      low,
      high,
      count,
      by,
      dimension,
      contributors,
      fired_at: toTime(firing.firedAtMs),
    },
    show: { command: `tokenledger rules check ${rule.name}`, link: showLink(facts) },
  };
}
