import type { AnomalyKey, Finding } from '../../domain/anomaly/finding.ts';
import { nameAnomalyKey } from '../../domain/anomaly/finding.ts';
import type { AlertStore } from '../alerts/alert-ports.ts';
import type { Clock, TenantConfig } from '../ports.ts';

/** How long an alert of a surge stands for what goes on. */
const STANDS_MS = 86_400_000;

/** A value with such a part of a surge is the surge under another name. */
const SAME_RATIO = 0.5;

/**
 * Whether a surge is one that was told of within 24 hours under another name: minute by minute, it is now all spend that
 * is furthest off, now its app and now its model. It is the same where its cause was named as one then.
 */
export async function isToldAlready(
  { alerts, clock }: { readonly alerts: Pick<AlertStore, 'list'>; readonly clock: Clock },
  { tenant }: TenantConfig,
  { key, evidence }: Finding,
): Promise<boolean> {
  const [top] = evidence.contributors;
  const cause = nameAnomalyKey(key ?? (top ? { dimension: top.dimension, value: top.value } : null));
  const sinceMs = clock() - STANDS_MS;
  const page = await alerts.list(tenant);
  return page.alerts.some(
    ({ kind, data, claimedAtMs }) =>
      kind === 'anomaly' && claimedAtMs > sinceMs && listCauses(data['anomaly']).has(cause),
  );
}

/** Names of the keys that an alert of a surge was about. */
function listCauses(anomaly: unknown): ReadonlySet<string> {
  if (!isObject(anomaly) || anomaly['detector'] !== 'burn_rate') return new Set();
  const contributors = Array.isArray(anomaly['contributors']) ? anomaly['contributors'].filter(isObject) : [];
  const same = contributors.filter(({ share_ratio: share }) => typeof share === 'number' && share >= SAME_RATIO);
  return new Set([anomaly, ...same].map((one) => nameAnomalyKey(readKey(one))));
}

function readKey({ dimension, value }: Readonly<Record<string, unknown>>): AnomalyKey {
  if (typeof dimension !== 'string') return null;
  return { dimension, value: typeof value === 'string' ? value : null };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
