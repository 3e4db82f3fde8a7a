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
export interface AnomalyNews extends Pick<AnomalyAlertFacts, 'finding' | 'others' | 'unnamed'> {
  /** The complete local day that it is about, of which is told once for ever; absent for minutes and calls. */
  readonly day?: string;
}

/** Of a key is told once in so many hours. */
const CLAIMED_HOURS = 24;

const HOUR_MS = 3_600_000;

/**
 * Tells of an anomaly, unless its key was told of within the last 24 hours.
 * @returns whether this call claimed it
 */
export async function tellAnomaly(
  ports: TellAnomalyPorts,
  { tenant, timeZone }: TenantConfig,
  { day, ...news }: AnomalyNews,
): Promise<boolean> {
  const nowMs = ports.clock();
  const key = keyOfClaims(news.finding);
  const claims = [...nameHours(key, nowMs), ...(day === undefined ? [] : [`ANOMALY#${digestKey(key)}#DAY#${day}`])];
  const [first = ''] = claims;
  // A surge goes on for minutes and hours; to look is cheaper than to fail.
  if ((await ports.alerts.claims(tenant, first)).has(first)) return false;
  const alertId = nameAlert(tenant, first);
  const zone = findZone(timeZone);
  const { key: of, period } = news.finding;
  const days = { firstDay: zone.localDay(period.startMs), lastDay: zone.localDay(period.endMs - 1) };
  const message = renderAnomalyAlert({
    ...news,
    alertId,
    anomalyId: nameAnomaly(days.firstDay, of),
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

/** The pace of a budget is told of apart from the calls that make it. */
function keyOfClaims({ detector, key, evidence: { budget } }: Finding): AnomalyKey {
  return detector === 'budget_pace' && budget ? { dimension: `budget ${budget.name}`, value: budget.part } : key;
}

/** This hour and the 23 after it: two alerts of a key within 24 hours would claim the same hour, and only one can. */
function nameHours(key: AnomalyKey, nowMs: number): readonly string[] {
  const hour = Math.floor(nowMs / HOUR_MS);
  return Array.from(
    { length: CLAIMED_HOURS },
    (_, index) => `ANOMALY#${digestKey(key)}#${String(hour + index).padStart(8, '0')}`,
  );
}
