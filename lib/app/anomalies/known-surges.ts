import type { AnomalyKey, Finding } from '../../domain/anomaly/finding.ts';
import { nameAnomalyKey } from '../../domain/anomaly/finding.ts';
import type { AlertRecord, AlertStore } from '../alerts/alert-ports.ts';
import type { Clock, TenantConfig } from '../ports.ts';

/** What the calls of both keys cost within a finding; of one key twice: what its calls cost. */
export type SumOfBoth = (one: AnomalyKey, other: AnomalyKey) => bigint;

const DAY_MS = 86_400_000;

/** How long an alert of spend stands for what goes on, and how long one of a level does: by then minutes know it. */
const STANDS_MS = DAY_MS;
const LEVEL_STANDS_MS = 14 * DAY_MS;

/** Minutes on a level that was told of, or of a day that was, may be so much further off without being news. */
const FURTHER_RATIO = 1.5;

/** A value with such a part of a surge is the surge under another name. */
const SAME_RATIO = 0.5;

/** Pages of alerts that are looked through at the most, the newest first. */
const MAX_PAGES = 10;

/** The calls that a finding is about: its key, or where that is all calls their likeliest cause. */
export function causeOf({ key, evidence }: Pick<Finding, 'key' | 'evidence'>): AnomalyKey {
  const [top] = evidence.contributors;
  return key ?? (top ? { dimension: top.dimension, value: top.value } : null);
}

/** Whether at least half of what the calls of one cause cost is that of another: the same thing under two names. */
export function isSameCause(cause: AnomalyKey, other: AnomalyKey, sumOfBoth: SumOfBoth): boolean {
  if (nameAnomalyKey(cause) === nameAnomalyKey(other)) return true;
  // All calls hold everything, which says nothing of what they have in common.
  return other !== null && 2n * sumOfBoth(other, cause) >= sumOfBoth(cause, cause);
}

/**
 * Whether what was found is in an alert that stands, under whatever name: minute by minute, it is now all spend that is
 * furthest off, now its app and now its model. It is the same where its calls are those of the cause that was named.
 *
 * @param finding - of minutes, or of a day
 */
export async function isToldAlready(
  { alerts, clock }: { readonly alerts: Pick<AlertStore, 'list'>; readonly clock: Clock },
  { tenant }: TenantConfig,
  finding: Finding,
  sumOfBoth: SumOfBoth,
): Promise<boolean> {
  const cause = causeOf(finding);
  const nowMs = clock();
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const found = await alerts.list(tenant, cursor);
    const isKnown = found.alerts.some(({ kind, data, claimedAtMs }) => {
      const told = kind === 'anomaly' ? readTold(data['anomaly']) : undefined;
      return told !== undefined && stands(told, finding, nowMs - claimedAtMs) && names(told, cause, sumOfBoth);
    });
    if (isKnown) return true;
    cursor = found.next;
    if (cursor === undefined || isOld(found.alerts.at(-1), nowMs)) return false;
  }
  return false;
}

function isOld(last: AlertRecord | undefined, nowMs: number): boolean {
  return last !== undefined && last.claimedAtMs < nowMs - LEVEL_STANDS_MS;
}

/** What an alert told of. */
interface ToldAnomaly {
  readonly detector: unknown;
  readonly ratio: number;
  readonly toMs: number;
  readonly cause: AnomalyKey;
  /** Names of the keys that it was about. */
  readonly causes: ReadonlySet<string>;
}

function readTold(anomaly: unknown): ToldAnomaly | undefined {
  if (!isObject(anomaly)) return undefined;
  const contributors = Array.isArray(anomaly['contributors']) ? anomaly['contributors'].filter(isObject) : [];
  const same = contributors.filter(({ share_ratio: share }) => typeof share === 'number' && share >= SAME_RATIO);
  const key = readKey(anomaly);
  const [top] = same;
  return {
    detector: anomaly['detector'],
    ratio: typeof anomaly['ratio'] === 'number' ? anomaly['ratio'] : 0,
    toMs: Date.parse(String(anomaly['to'])),
    cause: key ?? (top ? readKey(top) : null),
    causes: new Set([anomaly, ...same].map((one) => nameAnomalyKey(readKey(one)))),
  };
}

/** Whether an alert of such an age may be about what was found, whoever caused it. */
function stands({ detector, ratio, toMs }: ToldAnomaly, finding: Finding, ageMs: number): boolean {
  const { startMs, endMs } = finding.period;
  // Of a day only its own minutes have told.
  if (finding.detector !== 'burn_rate') return detector === 'burn_rate' && toMs > startMs && toMs <= endMs;
  if (detector === 'burn_rate') return ageMs < STANDS_MS;
  const isNotFurther = (finding.evidence.ratio ?? Number.POSITIVE_INFINITY) <= FURTHER_RATIO * ratio;
  if (detector === 'level_shift') return ageMs < LEVEL_STANDS_MS && isNotFurther;
  return detector === 'daily_spike' && ageMs < STANDS_MS && isNotFurther;
}

function names({ cause, causes }: ToldAnomaly, found: AnomalyKey, sumOfBoth: SumOfBoth): boolean {
  return causes.has(nameAnomalyKey(found)) || isSameCause(found, cause, sumOfBoth);
}

function readKey({ dimension, value }: Readonly<Record<string, unknown>>): AnomalyKey {
  if (typeof dimension !== 'string') return null;
  return { dimension, value: typeof value === 'string' ? value : null };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
