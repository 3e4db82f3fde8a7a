import { type AnomalyAlertFacts, renderAnomalyAlert } from '../../domain/alerts/alert-anomaly-message.ts';
import type { AnomalyKey, Finding } from '../../domain/anomaly/finding.ts';
import type { PublishPorts } from '../alerts/alert-ports.ts';
import { nameAlert } from '../alerts/name-alert.ts';
import { drawLease, publishHeld } from '../alerts/publish-alerts.ts';
import type { TenantConfig } from '../ports.ts';
import { findZone } from '../zones.ts';
import { digestKey, nameAnomaly } from './name-anomaly.ts';

/** What telling of an anomaly takes. */
export interface TellAnomalyPorts extends PublishPorts {
  /** Address of the API without a slash at the end, for links; null = not known. */
  readonly apiUrl: string | null;
}

/** What is to be told. */
export interface AnomalyNews extends Pick<AnomalyAlertFacts, 'finding' | 'unnamed'> {
  /** What else is told of with it. */
  readonly others: readonly Finding[];
  /** Whether calls of the days are or may be missing; not where absent. */
  readonly isDoubtful?: boolean;
  /** The complete local day that it is about, of which is told once for ever; absent for minutes and calls. */
  readonly day?: string;
}

/** This hour and so many after it less one are claimed for a key: two alerts are a day apart at least, to the minute. */
const CLAIMED_HOURS = 25;

const HOUR_MS = 3_600_000;

/**
 * Tells of an anomaly: of minutes and calls unless their key was told of within the last 24 hours, of a complete day
 * unless that day was.
 * @returns whether this call claimed it
 */
export async function tellAnomaly(
  ports: TellAnomalyPorts,
  { tenant, timeZone }: TenantConfig,
  { day, others, isDoubtful = false, ...news }: AnomalyNews,
): Promise<boolean> {
  const nowMs = ports.clock();
  const key = keyOfClaims(news.finding);
  const claims = day === undefined ? nameHours(key, nowMs) : [`ANOMALY#${digestKey(key)}#DAY#${day}`];
  const [first = ''] = claims;
  // A surge goes on for minutes and hours; to look is cheaper than to fail.
  if ((await ports.alerts.claims(tenant, first)).has(first)) return false;
  const alertId = nameAlert(tenant, first);
  const zone = findZone(timeZone);
  const daysOf = ({ period: { startMs, endMs } }: Finding) => ({
    firstDay: zone.localDay(startMs),
    lastDay: zone.localDay(endMs - 1),
  });
  const days = daysOf(news.finding);
  const message = renderAnomalyAlert({
    ...news,
    isDoubtful,
    others: others.map((finding) => ({ finding, days: daysOf(finding) })),
    alertId,
    anomalyId: nameAnomaly(days.firstDay, news.finding.key),
    tenant,
    timeZone,
    days,
    asOfMs: nowMs,
    apiUrl: ports.apiUrl,
  });
  const held = {
    alertId,
    tenant,
    claimedAtMs: nowMs,
    attempts: 1,
    lease: drawLease(ports),
    deliveries: {},
    message,
  };
  if ((await ports.alerts.claim(claims, held)) === 'lost') return false;
  await publishHeld(ports, held);
  return true;
}

/** What has alerts of its own beside the calls of a key: the pace of a budget, single calls and prices of a model. */
function keyOfClaims({ detector, key, evidence: { budget } }: Finding): AnomalyKey {
  if (detector === 'budget_pace' && budget) return { dimension: `budget ${budget.name}`, value: budget.part };
  if (detector === 'call_outlier' || detector === 'price_change')
    return { dimension: `${detector} of model`, value: key?.value ?? null };
  return key;
}

/** Two alerts of a key within 24 hours would claim the same hour, and only one can. */
function nameHours(key: AnomalyKey, nowMs: number): readonly string[] {
  const hour = Math.floor(nowMs / HOUR_MS);
  return Array.from(
    { length: CLAIMED_HOURS },
    (_, index) => `ANOMALY#${digestKey(key)}#${String(hour + index).padStart(8, '0')}`,
  );
}
