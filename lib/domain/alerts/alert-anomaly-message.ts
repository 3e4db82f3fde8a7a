import type { Finding } from '../anomaly/finding.ts';
import { formatUsd } from '../money.ts';
import { type AlertMessage, type AlertSeverity, toShortMessage, toSubject } from './alert.ts';
import {
  describeFinding,
  describeKey,
  describeValue,
  type FindingDays,
  hourlyPicoUsd,
  toCents,
} from './alert-anomaly-words.ts';
import { displayUsd, quoteWord, toOneLine } from './alert-text.ts';

/** All that an alert about an anomaly says. */
export interface AnomalyAlertFacts {
  readonly alertId: string;
  /** By which the anomaly is confirmed or dismissed. */
  readonly anomalyId: string;
  readonly tenant: string;
  readonly timeZone: string;
  readonly finding: Finding;
  readonly days: FindingDays;
  /** What else is told of with it, each with its own days. */
  readonly others: readonly { readonly finding: Finding; readonly days: FindingDays }[];
  /** Anomalies of the day, of other keys, that no message is sent of. */
  readonly unnamed: number;
  /** Whether calls of the days are or may be missing. */
  readonly isDoubtful: boolean;
  /** When it was looked at, epoch milliseconds. */
  readonly asOfMs: number;
  /** Address of the API without a slash at the end; null = not known, the link is then a path. */
  readonly apiUrl: string | null;
}

const KIND = 'anomaly';
const HOUR_MS = 3_600_000;

/** Causes that a message names. */
const MAX_NAMED = 3;

/** Other findings that a message names one by one. */
const MAX_OTHERS = 5;

/** A budget that is gone so soon leaves no time to wait for somebody to look. */
const CRITICAL_MINUTES = 60;

/** Dimensions that filter policies know. */
const FILTERED = ['app', 'team', 'environment', 'model'] as const;

/** Writes the alert about spend that is out of the ordinary. */
export function renderAnomalyAlert(facts: AnomalyAlertFacts): AlertMessage {
  const { alertId, tenant, finding, days } = facts;
  const { headline } = describeFinding(finding, days);
  const severity = rateSeverity(finding);
  const { budget, contributors } = finding.evidence;
  const [top] = contributors;
  const cause = top ? `, most of all ${describeValue(top)}` : '';
  const about = listAbout(finding);
  return {
    alertId,
    kind: KIND,
    severity,
    tenant,
    subject: toSubject(`[${severity}] ${headline}`),
    text: renderText(facts),
    sms: toShortMessage(`${headline}${cause}. Alert ${alertId.slice(0, 8)}`),
    data: { ...renderData(facts), severity, about },
    about,
    attributes: {
      tenant,
      kind: KIND,
      severity,
      ...(budget ? { budget: budget.name } : {}),
      ...nameForFilters(finding),
      alert_id: alertId,
    },
  };
}

/** The value that it is about; where it is about all calls, the likeliest cause. */
function nameForFilters({ key, evidence: { contributors } }: Finding): Readonly<Record<string, string>> {
  const one = key ?? contributors[0];
  const name = FILTERED.find((dimension) => dimension === one?.dimension);
  return name !== undefined && one && one.value !== null ? { [name]: one.value } : {};
}

function rateSeverity({ evidence: { budget } }: Finding): AlertSeverity {
  const minutesLeft = budget?.minutesLeft ?? null;
  return minutesLeft !== null && minutesLeft <= CRITICAL_MINUTES ? 'critical' : 'warning';
}

function listAbout({ detector, key, evidence: { budget } }: Finding): readonly string[] {
  if (detector === 'budget_pace' && budget) return [`anomaly:budget=${budget.name}`];
  return [key ? `anomaly:${key.dimension}=${key.value ?? ''}` : 'anomaly:all'];
}

function renderText(facts: AnomalyAlertFacts): string {
  const { finding, days, others, unnamed, tenant, timeZone, alertId } = facts;
  const words = describeFinding(finding, days);
  const causes = finding.evidence.contributors.slice(0, MAX_NAMED);
  const line = (label: string, content: string): string => `${`${label}:`.padEnd(10)}${content}`;
  return [
    words.opening,
    '',
    line('Where', `tenant ${toOneLine(tenant)} (${timeZone}), ${describeKey(finding.key)}`),
    ...words.facts.map(([label, content]) => line(label, content)),
    ...(causes.length > 0 ? [line('Cause', 'what rose most, the likeliest cause first:')] : []),
    ...causes.map(
      ({ actualPicoUsd, expectedPicoUsd, ...value }) =>
        `  ${describeValue(value)}: ${displayUsd(actualPicoUsd)} instead of ${displayUsd(toCents(expectedPicoUsd))}`,
    ),
    ...others.slice(0, MAX_OTHERS).map((other) => line('Also', describeFinding(other.finding, other.days).headline)),
    ...(others.length > MAX_OTHERS ? [line('Also', `${others.length - MAX_OTHERS} more of the same kind`)] : []),
    ...(unnamed > 0 ? [line('Also', `${unnamed} smaller anomalies of that day, of which no message is sent`)] : []),
    line('As of', `${toTime(facts.asOfMs)}; ${describeWholeness(facts)}`),
    '',
    line('Show it', toOneLine(showCommand(facts))),
    `${' '.repeat(10)}${showLink(facts)}`,
    ...(isDecided(finding) ? settleLines(facts) : []),
    line('Silence', `tokenledger alerts snooze ${alertId} --hours 24`),
    `${' '.repeat(10)}tokenledger anomalies set ${silencingSetting(finding)}`,
    line('Alert', `${alertId} (a repeat carries the same id)`),
    '',
  ].join('\n');
}

/** What keeps a detector from ever telling again; those of minutes and calls can only be switched off. */
function silencingSetting({ detector }: Finding): string {
  const isOfMinutes = detector === 'burn_rate' || detector === 'budget_pace' || detector === 'call_outlier';
  return isOfMinutes ? `${detector}.enabled=false` : `${detector}.told=false`;
}

/** Minutes and the running day may get more calls; a day that is told of was complete. */
function isOpen({ detector }: Finding): boolean {
  return detector === 'burn_rate' || detector === 'budget_pace';
}

function describeWholeness({ finding, isDoubtful }: AnomalyAlertFacts): string {
  if (isDoubtful) return 'incomplete, calls of these days are or may be missing';
  if (isOpen(finding)) return 'incomplete, calls of these minutes may still be on their way';
  return finding.detector === 'call_outlier' ? 'as it was recorded' : 'the day is over';
}

/** Whether it makes sense to leave it out of what other days are judged by. */
function isDecided({ detector }: Finding): boolean {
  return detector !== 'budget_pace' && detector !== 'price_change' && detector !== 'drop';
}

/** What it was: a one-off, which is no measure for other days, or ordinary after all. */
function settleLines({ anomalyId }: AnomalyAlertFacts): readonly string[] {
  const commands = ['confirm', 'dismiss'].map((verdict) => `tokenledger anomalies ${verdict} ${anomalyId}`);
  return [`Settle:   ${commands[0]}`, `          ${commands[1]}`];
}

/** Whole hours around minutes, or the days, and the dimension to look at. */
function showing({ finding, days }: AnomalyAlertFacts) {
  const { key, period, evidence } = finding;
  const top = evidence.contributors.find(({ dimension }) => dimension !== key?.dimension);
  const isOfMinutes = finding.detector === 'burn_rate';
  return {
    from: isOfMinutes ? toHour(Math.floor(period.startMs / HOUR_MS) * HOUR_MS) : days.firstDay,
    to: isOfMinutes ? toHour(Math.ceil(period.endMs / HOUR_MS) * HOUR_MS) : dayAfter(days.lastDay),
    granularity: isOfMinutes || finding.detector === 'budget_pace' ? 'hour' : 'day',
    groupBy: top?.dimension ?? 'app',
    filter: key ? `${key.dimension}=${key.value ?? ''}` : undefined,
  };
}

function showCommand(facts: AnomalyAlertFacts): string {
  const { detector, evidence } = facts.finding;
  if (detector === 'call_outlier') return `tokenledger explain ${quoteWord(evidence.calls?.id ?? '')}`;
  const { from, to, granularity, groupBy, filter } = showing(facts);
  const filtered = filter === undefined ? '' : ` --filter ${quoteWord(filter)}`;
  return `tokenledger spend --from ${from} --to ${to} --granularity ${granularity} --group-by ${groupBy}${filtered}`;
}

function showLink(facts: AnomalyAlertFacts): string {
  const { detector, evidence } = facts.finding;
  const api = facts.apiUrl ?? '';
  if (detector === 'call_outlier') return `${api}/v1/entries/${encodeURIComponent(evidence.calls?.id ?? '')}/explain`;
  const { from, to, granularity, groupBy, filter } = showing(facts);
  const parameters = [
    `from=${encodeURIComponent(from)}`,
    `to=${encodeURIComponent(to)}`,
    `granularity=${granularity}`,
    `group_by=${encodeURIComponent(groupBy)}`,
    ...(filter === undefined ? [] : [`filter=${encodeURIComponent(filter)}`]),
  ];
  return `${api}/v1/spend?${parameters.join('&')}`;
}

function toTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

function toHour(timeMs: number): string {
  return `${toTime(timeMs).slice(0, 19)}Z`;
}

function dayAfter(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + 24 * HOUR_MS).toISOString().slice(0, 10);
}

function renderData(facts: AnomalyAlertFacts): Readonly<Record<string, unknown>> {
  const { finding, isDoubtful } = facts;
  const isComplete = !isDoubtful && !isOpen(finding);
  return {
    schema_version: 1,
    alert_id: facts.alertId,
    kind: KIND,
    tenant: facts.tenant,
    as_of: toTime(facts.asOfMs),
    complete: isComplete,
    // Minutes that have just gone by are never known to be whole, and some days are not.
    incomplete_reasons: isComplete ? [] : [{ reason: 'period_open', count: 1 }],
    anomaly: renderFinding(facts),
    show: { command: showCommand(facts), link: showLink(facts) },
  };
}

function renderFinding({ finding, anomalyId, days, others, unnamed }: AnomalyAlertFacts) {
  const { detector, key, period, evidence } = finding;
  const { budget, calls, prices } = evidence;
  return {
    id: anomalyId,
    detector,
    dimension: key?.dimension ?? null,
    value: key?.value ?? null,
    from: toTime(period.startMs),
    to: toTime(period.endMs),
    first_day: days.firstDay,
    last_day: days.lastDay,
    actual_usd: formatUsd(evidence.actualPicoUsd),
    expected_usd: evidence.expectedPicoUsd === null ? null : formatUsd(evidence.expectedPicoUsd),
    excess_usd: formatUsd(evidence.excessPicoUsd),
    hourly_usd: detector === 'burn_rate' ? formatUsd(hourlyPicoUsd(finding)) : null,
    ratio: evidence.ratio,
    limit_ratio: evidence.limitRatio,
    z: evidence.z,
    contributors: evidence.contributors.map((one) => ({
      dimension: one.dimension,
      value: one.value,
      actual_usd: formatUsd(one.actualPicoUsd),
      expected_usd: formatUsd(one.expectedPicoUsd),
      share_ratio: one.shareRatio,
    })),
    ...(budget
      ? {
          budget: {
            name: budget.name,
            part: budget.part,
            remaining_usd: formatUsd(budget.remainingPicoUsd),
            minutes_left: budget.minutesLeft,
            projected_day_usd: budget.projectedDayPicoUsd === undefined ? null : formatUsd(budget.projectedDayPicoUsd),
          },
        }
      : {}),
    ...(calls ? { calls } : {}),
    ...(prices
      ? { prices: prices.map(({ unit, beforeUsd, nowUsd }) => ({ unit, before_usd: beforeUsd, now_usd: nowUsd })) }
      : {}),
    also: others.slice(0, MAX_OTHERS).map(({ finding: other }) => other.detector),
    more_anomalies: unnamed,
  };
}
