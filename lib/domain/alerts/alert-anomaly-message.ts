import type { AnomalyKey, Contributor, Finding } from '../anomaly/finding.ts';
import { formatUsd } from '../money.ts';
import { type AlertMessage, type AlertSeverity, toShortMessage, toSubject } from './alert.ts';
import { displayUsd, quoteWord, toOneLine } from './alert-text.ts';

/** All that an alert about a surge says. */
export interface AnomalyAlertFacts {
  readonly alertId: string;
  readonly tenant: string;
  readonly timeZone: string;
  /** Of the detector `burn_rate`: minutes that cost far more than they should have. */
  readonly finding: Finding;
  /** When it was looked at, epoch milliseconds. */
  readonly asOfMs: number;
  /** Address of the API without a slash at the end; null = not known, the link is then a path. */
  readonly apiUrl: string | null;
}

const KIND = 'anomaly';
const SEVERITY: AlertSeverity = 'warning';
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** Causes that a message names. */
const MAX_NAMED = 3;

/** Writes the alert about minutes that cost far more than they should have. */
export function renderAnomalyAlert(facts: AnomalyAlertFacts): AlertMessage {
  const { alertId, tenant, finding } = facts;
  const headline = `${describeKey(finding.key)}: ${describeTimes(finding)} the usual spend in ${countMinutes(finding)} minutes`;
  const [top] = finding.evidence.contributors;
  const cause = top ? `, most of all ${describeValue(top)}` : '';
  const { dimension, value } = finding.key ?? top ?? { dimension: null, value: null };
  const named = dimension === 'app' || dimension === 'team' || dimension === 'environment' || dimension === 'model';
  return {
    alertId,
    kind: KIND,
    severity: SEVERITY,
    tenant,
    subject: toSubject(`[${SEVERITY}] ${headline}`),
    text: renderText(facts),
    sms: toShortMessage(`${headline}${cause}. Alert ${alertId.slice(0, 8)}`),
    data: renderData(facts),
    about: listAbout(finding),
    attributes: {
      tenant,
      kind: KIND,
      severity: SEVERITY,
      ...(named && value !== null ? { [dimension]: value } : {}),
      alert_id: alertId,
    },
  };
}

function listAbout({ key }: Finding): readonly string[] {
  return [key ? `anomaly:${key.dimension}=${key.value ?? ''}` : 'anomaly:all'];
}

function renderText(facts: AnomalyAlertFacts): string {
  const { finding, tenant, timeZone, alertId } = facts;
  const { evidence, period } = finding;
  const causes = evidence.contributors.slice(0, MAX_NAMED);
  return [
    `The last ${countMinutes(finding)} minutes cost ${describeTimes(finding)} what they should have.`,
    '',
    `Where:    tenant ${toOneLine(tenant)} (${timeZone}), ${describeKey(finding.key)}`,
    `When:     ${toTime(period.startMs)} to ${toTime(period.endMs)}, by the time of the calls`,
    `Spent:    ${displayUsd(evidence.actualPicoUsd)}, where ${displayUsd(toCents(evidence.expectedPicoUsd ?? 0n))} was to be expected`,
    `Pace:     ${displayUsd(toCents(hourly(finding)))} an hour`,
    `Limit:    ${evidence.limitRatio ?? '-'} times what the same hours of the last weeks cost`,
    ...(causes.length > 0 ? ['Cause:    what rose most, the likeliest cause first:'] : []),
    ...causes.map(
      ({ actualPicoUsd, expectedPicoUsd, ...value }) =>
        `  ${describeValue(value)}: ${displayUsd(actualPicoUsd)} instead of ${displayUsd(toCents(expectedPicoUsd))}`,
    ),
    `As of:    ${toTime(facts.asOfMs)}; incomplete, calls of these minutes may still be on their way`,
    '',
    `Show it:  ${toOneLine(showCommand(finding))}`,
    `          ${showLink(facts)}`,
    `Silence:  none needed, for 24 hours nothing more is told of ${describeKey(finding.key)}`,
    `Alert:    ${alertId} (a repeat carries the same id)`,
    '',
  ].join('\n');
}

function describeKey(key: AnomalyKey): string {
  return key ? describeValue(key) : 'all calls';
}

function describeValue({ dimension, value }: Pick<Contributor, 'dimension' | 'value'>): string {
  return value === null ? `no ${dimension}` : `${dimension} ${toOneLine(value)}`;
}

function describeTimes({ evidence: { ratio } }: Finding): string {
  return `${(ratio ?? 0).toFixed(1)} times`;
}

function countMinutes({ period }: Finding): number {
  return (period.endMs - period.startMs) / MINUTE_MS;
}

function hourly({ evidence, period }: Finding): bigint {
  return (evidence.actualPicoUsd * BigInt(HOUR_MS)) / BigInt(period.endMs - period.startMs);
}

/** An estimate down to the cent: more digits would promise too much. */
function toCents(picoUsd: bigint): bigint {
  return picoUsd - (picoUsd % 10_000_000_000n);
}

/** Whole hours around the minutes, and the dimension to look at. */
function showing({ key, period, evidence }: Finding) {
  const top = evidence.contributors.find(({ dimension }) => dimension !== key?.dimension);
  return {
    from: toHour(Math.floor(period.startMs / HOUR_MS) * HOUR_MS),
    to: toHour(Math.ceil(period.endMs / HOUR_MS) * HOUR_MS),
    groupBy: top?.dimension ?? 'app',
    filter: key ? `${key.dimension}=${key.value ?? ''}` : undefined,
  };
}

function showCommand(finding: Finding): string {
  const { from, to, groupBy, filter } = showing(finding);
  const filtered = filter === undefined ? '' : ` --filter ${quoteWord(filter)}`;
  return `tokenledger spend --from ${from} --to ${to} --granularity hour --group-by ${groupBy}${filtered}`;
}

function showLink({ finding, apiUrl }: AnomalyAlertFacts): string {
  const { from, to, groupBy, filter } = showing(finding);
  const parameters = [
    `from=${encodeURIComponent(from)}`,
    `to=${encodeURIComponent(to)}`,
    'granularity=hour',
    `group_by=${encodeURIComponent(groupBy)}`,
    ...(filter === undefined ? [] : [`filter=${encodeURIComponent(filter)}`]),
  ];
  return `${apiUrl ?? ''}/v1/spend?${parameters.join('&')}`;
}

function toTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

function toHour(timeMs: number): string {
  return `${toTime(timeMs).slice(0, 19)}Z`;
}

function renderData(facts: AnomalyAlertFacts): Readonly<Record<string, unknown>> {
  const { detector, key, period, evidence } = facts.finding;
  return {
    schema_version: 1,
    alert_id: facts.alertId,
    kind: KIND,
    severity: SEVERITY,
    tenant: facts.tenant,
    about: listAbout(facts.finding),
    as_of: toTime(facts.asOfMs),
    // Minutes that have just gone by are never known to be whole.
    complete: false,
    incomplete_reasons: [{ reason: 'period_open', count: 1 }],
    anomaly: {
      detector,
      dimension: key?.dimension ?? null,
      value: key?.value ?? null,
      from: toTime(period.startMs),
      to: toTime(period.endMs),
      actual_usd: formatUsd(evidence.actualPicoUsd),
      expected_usd: formatUsd(evidence.expectedPicoUsd ?? 0n),
      excess_usd: formatUsd(evidence.excessPicoUsd),
      hourly_usd: formatUsd(hourly(facts.finding)),
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
    },
    show: { command: showCommand(facts.finding), link: showLink(facts) },
  };
}
