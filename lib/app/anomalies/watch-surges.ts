import { createHash } from 'node:crypto';
import type { Leaf } from '../../contracts/dimensions.ts';
import { renderAnomalyAlert } from '../../domain/alerts/alert-anomaly-message.ts';
import { detectSurge, type KeyMinutes } from '../../domain/anomaly/detect-surge.ts';
import { type AnomalyKey, type Finding, nameAnomalyKey } from '../../domain/anomaly/finding.ts';
import { estimateHourBaseline, type HourBaseline, type HourSpend } from '../../domain/anomaly/hour-baseline.ts';
import { findPosition, listScopeNames } from '../../domain/budgets/budget-scope.ts';
import { isOfCredits } from '../../domain/corrections/credit.ts';
import { addDays } from '../../domain/local-time.ts';
import type { PublishPorts } from '../alerts/alert-ports.ts';
import { drawLease, publishHeld } from '../alerts/publish-alerts.ts';
import { nameAlert } from '../alerts/name-alert.ts';
import type { LedgerReader, TenantConfig } from '../ports.ts';
import { findZone } from '../zones.ts';
import { type LeafMinute, RecentMinutes, startOfHour } from './recent-minutes.ts';

/** What watching for surges takes. */
export interface WatchSurgesPorts extends PublishPorts {
  readonly reader: Pick<LedgerReader, 'head' | 'commits' | 'entriesOfCommit' | 'rollups'>;
  /** Kept between the invocations of a warm function; an empty map at cold start. Keys are tenants. */
  readonly surges: Map<string, SurgeMemory>;
  /** Address of the API without a slash at the end, for links; null = not known. */
  readonly apiUrl: string | null;
}

/** What a warm function remembers of a tenant. */
export interface SurgeMemory {
  readonly minutes: RecentMinutes;
  readonly baselines: Baselines | null;
}

/** What the hours of a tenant, and of its values that cost most, should cost. */
export interface Baselines {
  /** When they were learned, epoch milliseconds. */
  readonly atMs: number;
  readonly total: HourBaseline;
  readonly values: ReadonlyMap<string, { readonly key: NonNullable<AnomalyKey>; readonly baseline: HourBaseline }>;
}

/** What one watch came to, over all tenants. */
export interface WatchSurgesReport {
  /** Tenants whose last hour was looked at. */
  readonly current: number;
  /** Alerts that this watch itself claimed. */
  readonly claimed: number;
}

/** Baselines are learned again when they are this old. */
const BASELINE_AGE_MS = 6 * 3_600_000;
const BASELINE_DAYS = 28;

/** Values that have a baseline of their own, those that cost most. */
const MAX_VALUES = 40;

/** An hour in which less was spent, in picoUSD, holds no surge that anybody would be told of. */
const QUIET_PICO_USD = 500_000_000_000n;

/** Of a key is told once in so many hours. */
const CLAIMED_HOURS = 24;

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const UNKNOWN = estimateHourBaseline([], 0);

/**
 * Looks whether the last minutes of each tenant cost far more than they should have, and tells of it, once per key and
 * 24 hours. A failure of one tenant stops none of the others.
 *
 * @param deadlineMs - epoch milliseconds after which nothing new is begun
 * @throws AggregateError of what failed, when everything was tried
 */
export async function watchSurges(
  ports: WatchSurgesPorts,
  tenants: readonly TenantConfig[],
  deadlineMs: number,
): Promise<WatchSurgesReport> {
  const causes: unknown[] = [];
  let [current, claimed] = [0, 0];
  for (const tenant of tenants) {
    if (ports.clock() >= deadlineMs) break;
    try {
      const known = ports.surges.get(tenant.tenant) ?? { minutes: new RecentMinutes(), baselines: null };
      ports.surges.set(tenant.tenant, known);
      if (!(await known.minutes.follow(ports.reader, tenant, ports.clock, deadlineMs))) continue;
      const finding = await findSurge(ports, tenant, known, deadlineMs);
      current += 1;
      if (finding && (await tell(ports, tenant, finding))) claimed += 1;
    } catch (cause) {
      causes.push(cause);
    }
  }
  if (causes.length > 0) {
    const texts = causes.map((cause) => (cause instanceof Error ? cause.message : 'unknown'));
    throw new AggregateError(causes, texts.join('; '));
  }
  return { current, claimed };
}

async function findSurge(
  ports: WatchSurgesPorts,
  tenant: TenantConfig,
  known: SurgeMemory,
  deadlineMs: number,
): Promise<Finding | undefined> {
  const minutes = known.minutes.list();
  if (minutes.reduce((sum, { costPicoUsd }) => sum + costPicoUsd, 0n) < QUIET_PICO_USD) return undefined;
  const nowMs = ports.clock();
  const isOld = !known.baselines || nowMs - known.baselines.atMs >= BASELINE_AGE_MS;
  const baselines = isOld ? await learnBaselines(ports, tenant, nowMs, deadlineMs) : known.baselines;
  if (!baselines) return undefined;
  ports.surges.set(tenant.tenant, { ...known, baselines });
  const total: KeyMinutes = { key: null, minutes: sumMinutes(minutes), baseline: baselines.total };
  const values = [...groupByValue(tenant, minutes, ({ leaf }) => leaf)].map(([name, { key, rows }]): KeyMinutes => {
    return { key, minutes: sumMinutes(rows), baseline: baselines.values.get(name)?.baseline ?? UNKNOWN };
  });
  return detectSurge(total, values, Math.floor(nowMs / MINUTE_MS) * MINUTE_MS);
}

/** Reads day by day, so that four weeks of hours are never in memory at once. @returns null where time ran out */
async function learnBaselines(
  { reader, clock }: WatchSurgesPorts,
  tenant: TenantConfig,
  nowMs: number,
  deadlineMs: number,
): Promise<Baselines | null> {
  const today = findZone(tenant.timeZone).localDay(nowMs);
  const total = new HourSums();
  const values = new Map<string, { readonly key: NonNullable<AnomalyKey>; readonly hours: HourSums }>();
  for (let back = BASELINE_DAYS; back >= 0; back--) {
    if (clock() >= deadlineMs) return null;
    const query = { granularity: 'hour' as const, fromDay: addDays(today, -back), toDay: addDays(today, 1 - back) };
    const { rows } = await reader.rollups(tenant.tenant, query);
    const ofCalls = rows.filter((row) => !isOfCredits(row));
    const spends = ofCalls.map(({ period, leaf, measures }) => ({
      leaf,
      spend: {
        hourMs: Date.parse(`${period}:00:00Z`),
        costPicoUsd: measures.cost ?? 0n,
        calls: Number(measures.calls ?? 0n),
      },
    }));
    for (const { spend } of spends) total.add(spend);
    for (const [name, { key, rows: own }] of groupByValue(tenant, spends, ({ leaf }) => leaf)) {
      const known = values.get(name) ?? { key, hours: new HourSums() };
      for (const { spend } of own) known.hours.add(spend);
      values.set(name, known);
    }
  }
  const endMs = startOfHour(nowMs);
  const largest = [...values].sort(([, a], [, b]) => Number(b.hours.costPicoUsd - a.hours.costPicoUsd));
  return {
    atMs: nowMs,
    total: estimateHourBaseline(total.list(), endMs),
    values: new Map(
      largest
        .slice(0, MAX_VALUES)
        .map(([name, { key, hours }]) => [name, { key, baseline: estimateHourBaseline(hours.list(), endMs) }]),
    ),
  };
}

/** Sums by hour: an hour cut by local midnight is two rows. */
class HourSums {
  costPicoUsd = 0n;
  readonly #hours = new Map<number, HourSpend>();

  add({ hourMs, costPicoUsd, calls }: HourSpend): void {
    const known = this.#hours.get(hourMs) ?? { hourMs, costPicoUsd: 0n, calls: 0 };
    this.#hours.set(hourMs, { hourMs, costPicoUsd: known.costPicoUsd + costPicoUsd, calls: known.calls + calls });
    this.costPicoUsd += costPicoUsd;
  }

  list(): readonly HourSpend[] {
    return [...this.#hours.values()];
  }
}

/** Rows by each value of each dimension; users are not looked at one by one. */
function groupByValue<T>(
  { tagDimensions }: TenantConfig,
  rows: readonly T[],
  leafOfRow: (row: T) => Leaf,
): ReadonlyMap<string, { readonly key: NonNullable<AnomalyKey>; readonly rows: readonly T[] }> {
  const columns = listScopeNames(tagDimensions).filter((name) => name !== 'user');
  const groups = new Map<string, { readonly key: NonNullable<AnomalyKey>; readonly rows: T[] }>();
  for (const dimension of columns) {
    const position = findPosition(dimension, tagDimensions) ?? -1;
    for (const row of rows) {
      const value = leafOfRow(row)[position] ?? null;
      if (value === null) continue;
      const key = { dimension, value };
      const group = groups.get(nameAnomalyKey(key)) ?? { key, rows: [] };
      group.rows.push(row);
      groups.set(nameAnomalyKey(key), group);
    }
  }
  return groups;
}

function sumMinutes(rows: readonly LeafMinute[]): KeyMinutes['minutes'] {
  const sums = new Map<number, bigint>();
  for (const { minuteMs, costPicoUsd } of rows) sums.set(minuteMs, (sums.get(minuteMs) ?? 0n) + costPicoUsd);
  return [...sums].map(([minuteMs, costPicoUsd]) => ({ minuteMs, costPicoUsd }));
}

/** @returns whether this call claimed it; not where the key was told of within the last 24 hours */
async function tell(ports: WatchSurgesPorts, tenant: TenantConfig, finding: Finding): Promise<boolean> {
  const nowMs = ports.clock();
  const claims = nameClaims(finding.key, nowMs);
  const [first = ''] = claims;
  // A surge goes on for minutes and hours; to look is cheaper than to fail.
  if ((await ports.alerts.claims(tenant.tenant, first)).has(first)) return false;
  const alertId = nameAlert(tenant.tenant, first);
  const { timeZone } = tenant;
  const message = renderAnomalyAlert({
    alertId,
    tenant: tenant.tenant,
    timeZone,
    finding,
    asOfMs: nowMs,
    apiUrl: ports.apiUrl,
  });
  const held = { alertId, tenant: tenant.tenant, claimedAtMs: nowMs, attempts: 1, lease: drawLease(ports), message };
  if ((await ports.alerts.claim(claims, held)) === 'lost') return false;
  await publishHeld(ports, held);
  return true;
}

/** This hour and the 23 after it: two alerts of a key within 24 hours would claim the same hour, and only one can. */
function nameClaims(key: AnomalyKey, nowMs: number): readonly string[] {
  const digest = createHash('sha256').update(nameAnomalyKey(key)).digest('base64url').slice(0, 22);
  const hour = Math.floor(nowMs / HOUR_MS);
  return Array.from(
    { length: CLAIMED_HOURS },
    (_, index) => `ANOMALY#${digest}#${String(hour + index).padStart(8, '0')}`,
  );
}
