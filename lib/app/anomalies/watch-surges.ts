import {
  type AnomalySettings,
  DEFAULT_ANOMALY_SETTINGS,
  toAnomalySettings,
} from '../../domain/anomaly/anomaly-settings.ts';
import { detectSurge, type KeyMinutes } from '../../domain/anomaly/detect-surge.ts';
import { type Finding, nameAnomalyKey } from '../../domain/anomaly/finding.ts';
import { toClockMs } from '../../domain/anomaly/hour-baseline.ts';
import { createFoldRule } from '../../domain/budgets/budget-total.ts';
import type { TenantConfig } from '../ports.ts';
import { findZone } from '../zones.ts';
import { createKeyMatcher } from './anomaly-days.ts';
import type { AnomalyStore, SpendLog } from './anomaly-ports.ts';
import {
  type BudgetPacePorts,
  findBudgetPaces,
  findConcernedBudget,
  listRunningBudgets,
  type RunningBudget,
} from './budget-paces.ts';
import { findOutliers } from './find-outliers.ts';
import { isToldAlready, type SumOfBoth } from './known-surges.ts';
import { type LeafMinute, RecentCalls } from './recent-calls.ts';
import { type Baselines, groupByValue, learnBaselines, UNKNOWN_BASELINE } from './surge-baselines.ts';
import { type TellAnomalyPorts, tellAnomaly } from './tell-anomaly.ts';

/** What watching for surges takes. */
export interface WatchSurgesPorts extends TellAnomalyPorts, BudgetPacePorts {
  readonly spendLog: SpendLog;
  readonly anomalies: Pick<AnomalyStore, 'settings'>;
  /** Kept between the invocations of a warm function; an empty map at cold start. Keys are tenants. */
  readonly surges: Map<string, SurgeMemory>;
}

/** What a warm function remembers of a tenant. */
export interface SurgeMemory {
  readonly calls: RecentCalls;
  baselines: Baselines | null;
  settings: { readonly atMs: number; readonly settings: AnomalySettings } | null;
  /** Until when a key needs no telling, epoch milliseconds, by its name. */
  readonly quietUntilMs: Map<string, number>;
  /** Outlying calls that nobody could be told of yet: what was followed is not looked at again. */
  untold: readonly Finding[];
}

/** What one watch came to, over all tenants. */
export interface WatchSurgesReport {
  /** Tenants whose last hour was looked at. */
  readonly current: number;
  /** Alerts that this watch itself claimed. */
  readonly claimed: number;
}

/** Baselines are learned again when they are this old, and settings read again. */
const BASELINE_AGE_MS = 6 * 3_600_000;
const SETTINGS_AGE_MS = 5 * 60_000;

/** An hour in which less was spent, in picoUSD, holds no surge that anybody would be told of. */
const QUIET_PICO_USD = 500_000_000_000n;

/** How long nobody looks again at what was told of: an alert stands for 24 hours, which are claimed. */
const QUIET_MS = 3_600_000;

/** Outlying calls that wait to be told of, one a model and minute. */
const MAX_UNTOLD = 200;

const MINUTE_MS = 60_000;

/**
 * Looks whether the last minutes of each tenant, or single calls, cost far more than they should have, and tells of it,
 * once per key and 24 hours. A failure of one tenant stops none of the others.
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
      const found = await watchTenant(ports, tenant, recall(ports.surges, tenant.tenant), deadlineMs);
      current += found.isCurrent ? 1 : 0;
      claimed += found.claimed;
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

function recall(surges: WatchSurgesPorts['surges'], tenant: string): SurgeMemory {
  const known = surges.get(tenant) ?? {
    calls: new RecentCalls(),
    baselines: null,
    settings: null,
    quietUntilMs: new Map(),
    untold: [],
  };
  surges.set(tenant, known);
  return known;
}

async function watchTenant(
  ports: WatchSurgesPorts,
  tenant: TenantConfig,
  memory: SurgeMemory,
  deadlineMs: number,
): Promise<{ readonly isCurrent: boolean; readonly claimed: number }> {
  const settings = await readSettings(ports, tenant, memory);
  const { outlier, enabled } = settings;
  const leastPicoUsd = outlier.minPicoUsd < outlier.limitPicoUsd ? outlier.minPicoUsd : outlier.limitPicoUsd;
  const { isCurrent, costly } = await memory.calls.follow(
    ports.spendLog,
    tenant,
    leastPicoUsd,
    ports.clock,
    deadlineMs,
  );
  if (enabled.has('call_outlier'))
    memory.untold = [...memory.untold, ...findOutliers(tenant, memory.calls, costly, outlier)].slice(-MAX_UNTOLD);
  let claimed = 0;
  for (const finding of memory.untold) {
    claimed += await tell(ports, tenant, memory, finding);
    memory.untold = memory.untold.filter((one) => one !== finding);
  }
  if (isCurrent)
    for (const finding of await findSurges(ports, tenant, memory, settings, deadlineMs))
      claimed += await tell(ports, tenant, memory, finding);
  return { isCurrent, claimed };
}

/** @returns how many alerts it claimed, one at the most */
async function tell(
  ports: WatchSurgesPorts,
  tenant: TenantConfig,
  { quietUntilMs, calls }: SurgeMemory,
  finding: Finding,
): Promise<number> {
  const { budget } = finding.evidence;
  const name = JSON.stringify([finding.detector, nameAnomalyKey(finding.key), budget?.name, budget?.part]);
  if ((quietUntilMs.get(name) ?? 0) > ports.clock()) return 0;
  const isKnown =
    finding.detector === 'burn_rate' &&
    (await isToldAlready(ports, tenant, finding, sumsWithin(tenant, calls, finding)));
  const isClaimed = !isKnown && (await tellAnomaly(ports, tenant, { finding, others: [], unnamed: 0 }));
  quietUntilMs.set(name, ports.clock() + QUIET_MS);
  return isClaimed ? 1 : 0;
}

function sumsWithin({ tagDimensions }: TenantConfig, calls: RecentCalls, { period }: Finding): SumOfBoth {
  const isOf = createKeyMatcher(tagDimensions);
  const minutes = calls.list().filter(({ minuteMs }) => minuteMs >= period.startMs && minuteMs < period.endMs);
  return (one, other) =>
    minutes
      .filter(({ leaf }) => isOf(leaf, one) && isOf(leaf, other))
      .reduce((sum, { costPicoUsd }) => sum + costPicoUsd, 0n);
}

async function readSettings(
  { anomalies, clock }: WatchSurgesPorts,
  { tenant }: TenantConfig,
  memory: SurgeMemory,
): Promise<AnomalySettings> {
  const nowMs = clock();
  if (memory.settings && nowMs - memory.settings.atMs < SETTINGS_AGE_MS) return memory.settings.settings;
  const written = await anomalies.settings(tenant);
  const settings = written ? toAnomalySettings(written) : DEFAULT_ANOMALY_SETTINGS;
  memory.settings = { atMs: nowMs, settings };
  for (const [name, untilMs] of memory.quietUntilMs) if (untilMs <= nowMs) memory.quietUntilMs.delete(name);
  return settings;
}

async function findSurges(
  ports: WatchSurgesPorts,
  tenant: TenantConfig,
  memory: SurgeMemory,
  settings: AnomalySettings,
  deadlineMs: number,
): Promise<readonly Finding[]> {
  const minutes = memory.calls.list();
  if (minutes.reduce((sum, { costPicoUsd }) => sum + costPicoUsd, 0n) < QUIET_PICO_USD) return [];
  const nowMs = ports.clock();
  const running = await listRunningBudgets(ports.budgets, tenant, nowMs);
  const isOld = !memory.baselines || nowMs - memory.baselines.atMs >= BASELINE_AGE_MS;
  if (isOld) memory.baselines = (await learn(ports, tenant, running, deadlineMs)) ?? memory.baselines;
  const { baselines } = memory;
  if (!baselines) return [];
  const endMs = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS;
  const surge = settings.enabled.has('burn_rate') ? detect(tenant, minutes, baselines, settings, endMs) : undefined;
  const paces = settings.enabled.has('budget_pace')
    ? await findBudgetPaces(ports, tenant, running, { minutes, baselines, endMs }, settings.budgetPaceRatio)
    : [];
  if (!surge) return paces;
  const budget = await findConcernedBudget(ports, tenant, running, minutes, surge);
  return [budget ? { ...surge, evidence: { ...surge.evidence, budget } } : surge, ...paces];
}

function learn(
  { reader, clock }: WatchSurgesPorts,
  tenant: TenantConfig,
  running: readonly RunningBudget[],
  deadlineMs: number,
): Promise<Baselines | null> {
  const others = running.map(({ budget }) => {
    const { partOf } = createFoldRule(budget, tenant.tagDimensions);
    return [budget.name, (leaf: LeafMinute['leaf']) => partOf(leaf) !== undefined] as const;
  });
  return learnBaselines(reader, tenant, new Map(others), clock, deadlineMs);
}

function detect(
  tenant: TenantConfig,
  minutes: readonly LeafMinute[],
  baselines: Baselines,
  { surge }: AnomalySettings,
  endMs: number,
): Finding | undefined {
  const total: KeyMinutes = { key: null, minutes: sumMinutes(minutes), baseline: baselines.total };
  const values = [...groupByValue(tenant, minutes)].map(([name, { key, rows }]): KeyMinutes => {
    return { key, minutes: sumMinutes(rows), baseline: baselines.values.get(name) ?? UNKNOWN_BASELINE };
  });
  return detectSurge(total, values, endMs, toClockMs(findZone(tenant.timeZone), endMs), surge);
}

function sumMinutes(rows: readonly LeafMinute[]): KeyMinutes['minutes'] {
  const sums = new Map<number, bigint>();
  for (const { minuteMs, costPicoUsd } of rows) sums.set(minuteMs, (sums.get(minuteMs) ?? 0n) + costPicoUsd);
  return [...sums].map(([minuteMs, costPicoUsd]) => ({ minuteMs, costPicoUsd }));
}
