import {
  type AnomalySettings,
  DEFAULT_ANOMALY_SETTINGS,
  toAnomalySettings,
} from '../../domain/anomaly/anomaly-settings.ts';
import { detectNovelty } from '../../domain/anomaly/detect-novelty.ts';
import { type Finding, nameAnomalyKey, type UnitPrice } from '../../domain/anomaly/finding.ts';
import { addDays, type Zone } from '../../domain/local-time.ts';
import type { LedgerReader, PriceBooks, TenantConfig } from '../ports.ts';
import type { SourceStates } from '../sources/source-ports.ts';
import { findZone } from '../zones.ts';
import { AnomalyDays } from './anomaly-days.ts';
import type { AnomalyStore, WatchedDays } from './anomaly-ports.ts';
import { followPrices, listPrices } from './compare-prices.ts';
import { dropContinued, sumsWithin } from './continued-days.ts';
import { doubtfulDays, listDayDoubts } from './day-doubts.ts';
import { findDayAnomalies } from './find-day-anomalies.ts';
import { isToldAlready } from './known-surges.ts';
import { nameAnomaly } from './name-anomaly.ts';
import { listConfirmedDays } from './one-offs.ts';
import { HISTORY_DAYS } from './query-anomalies.ts';
import { type AnomalyNews, type TellAnomalyPorts, tellAnomaly } from './tell-anomaly.ts';

/** What watching over complete days takes. */
export interface WatchDaysPorts extends TellAnomalyPorts {
  readonly reader: Pick<LedgerReader, 'rollups'>;
  readonly anomalies: AnomalyStore;
  readonly sourceStates: Pick<SourceStates, 'find'>;
  readonly priceBooks: PriceBooks;
  /** The moment before which every accepted message is recorded or given up, epoch milliseconds; undefined = unknown. */
  readonly readClearedMs: () => Promise<number | undefined>;
}

/** What one watch came to, over all tenants. */
export interface WatchDaysReport extends Readonly<Record<string, number>> {
  /** Tenants whose last complete day was looked at by this watch. */
  readonly watched: number;
  /** Alerts that this watch itself claimed. */
  readonly claimed: number;
}

/** A day is taken as it is where so long after its end nobody knows whether all of it was recorded. */
const LONGEST_WAIT_MS = 6 * 3_600_000;

/** Days that are caught up with where nobody watched. */
const MAX_DAYS_BACK = 7;

/** Days before those looked at in which what goes on may have begun: a level that moved is known by then. */
const RUN_DAYS = 6;

const NOTHING_TOLD: WatchedDays['told'] = { prices: {}, changedOn: {} };

/** First uses that are told of one by one. */
const MAX_FIRSTS = 3;

/** Messages about one day, the largest anomalies; the last one counts the others. */
const MAX_MESSAGES = 10;

/**
 * Tells what was out of the ordinary on the last complete day of each tenant, once per key and day, and of units of models
 * that have another price. May run at any time and several times at once; where nothing is to be done it costs a read a
 * tenant. A failure of one tenant stops none of the others, and is made up for by the next watch.
 *
 * @param deadlineMs - epoch milliseconds after which nothing new is begun
 * @throws AggregateError of what failed, when everything was tried
 */
export async function watchDays(
  ports: WatchDaysPorts,
  tenants: readonly TenantConfig[],
  deadlineMs: number,
): Promise<WatchDaysReport> {
  const causes: unknown[] = [];
  let [watched, claimed] = [0, 0];
  const clearedMs = await ports.readClearedMs();
  for (const tenant of tenants) {
    if (ports.clock() >= deadlineMs) break;
    try {
      const told = await watchTenant(ports, tenant, clearedMs);
      watched += told === undefined ? 0 : 1;
      claimed += told ?? 0;
    } catch (cause) {
      causes.push(cause);
    }
  }
  if (causes.length > 0) {
    const texts = causes.map((cause) => (cause instanceof Error ? cause.message : 'unknown'));
    throw new AggregateError(causes, texts.join('; '));
  }
  return { watched, claimed };
}

/** @returns how many alerts it claimed; undefined where there was no day to look at */
async function watchTenant(
  ports: WatchDaysPorts,
  tenant: TenantConfig,
  clearedMs: number | undefined,
): Promise<number | undefined> {
  const nowMs = ports.clock();
  const zone = findZone(tenant.timeZone);
  const today = zone.localDay(nowMs);
  const stored = await ports.anomalies.watched(tenant.tenant);
  const yesterday = addDays(today, -1);
  if (stored && stored.lastDay >= yesterday) return undefined;
  const endMs = zone.dayStartMs(today);
  if ((clearedMs ?? Number.NEGATIVE_INFINITY) < endMs && nowMs < endMs + LONGEST_WAIT_MS) return undefined;
  const oldest = addDays(today, -MAX_DAYS_BACK);
  // Who is watched for the first time is not told of history.
  const next = stored ? addDays(stored.lastDay, 1) : yesterday;
  const fromDay = next > oldest ? next : oldest;
  const { messages, told } = await findNews(ports, tenant, zone, fromDay, today, stored, clearedMs ?? endMs);
  let claimed = 0;
  for (const message of messages) claimed += (await tellAnomaly(ports, tenant, message)) ? 1 : 0;
  // Behind telling: who crashes before this tells again, and the claims see to it that nobody hears it twice.
  await ports.anomalies.saveWatched(tenant.tenant, { lastDay: yesterday, told }, stored?.lastDay);
  return claimed;
}

async function findNews(
  ports: WatchDaysPorts,
  tenant: TenantConfig,
  zone: Zone,
  fromDay: string,
  toDay: string,
  stored: WatchedDays | undefined,
  asOfMs: number,
): Promise<{ readonly messages: readonly AnomalyNews[]; readonly told: WatchedDays['told'] }> {
  const beforeDay = addDays(fromDay, -RUN_DAYS);
  const read = { fromDay: addDays(beforeDay, -HISTORY_DAYS), toDay };
  const [written, decisions, { state: sources }, { rows }, book] = await Promise.all([
    ports.anomalies.settings(tenant.tenant),
    ports.anomalies.decisions(tenant.tenant),
    ports.sourceStates.find(tenant.tenant),
    ports.reader.rollups(tenant.tenant, { granularity: 'day', ...read }),
    ports.priceBooks.current(tenant.tenant),
  ]);
  const settings = written ? toAnomalySettings(written) : DEFAULT_ANOMALY_SETTINGS;
  const days = new AnomalyDays(tenant, rows, listConfirmedDays(decisions));
  const search = { zone, days, doubts: listDayDoubts({ zone, rows, sources, asOfMs, ...read }), settings };
  const { findings } = findDayAnomalies({ ...search, fromDay, toDay });
  // As it was found then: who is watched for the first time has not heard of it.
  const heard = stored ? findDayAnomalies({ ...search, fromDay: beforeDay, toDay: fromDay }).findings : [];
  const decided = new Set(decisions.map(({ id }) => id));
  const news: Finding[] = [];
  for (const finding of dropContinued(zone, days, heard, findings)) {
    const { detector, key, period } = finding;
    if (!settings.told.has(detector) || decided.has(nameAnomaly(zone.localDay(period.startMs), key))) continue;
    const isKnown =
      detector === 'daily_spike' && (await isToldAlready(ports, tenant, finding, sumsWithin(zone, days, period)));
    if (!isKnown) news.push(finding);
  }
  const leaves = rows
    .filter(({ period, measures }) => period >= fromDay && (measures.calls ?? 0n) > 0n)
    .map(({ leaf }) => leaf);
  const prices = listPrices(book, leaves, zone.dayStartMs(toDay) - 1);
  const { changes, known } = followPrices(stored?.told ?? NOTHING_TOLD, prices, toDay);
  const changed = findPriceChanges(zone, days, toDay, changes, settings);
  const messages = groupByKey(zone, news).map((message) => {
    const { key, period } = message.finding;
    const inDoubt = [...doubtfulDays(search.doubts, key)].map((day) => zone.dayStartMs(day));
    return { ...message, isDoubtful: inDoubt.some((startMs) => startMs >= period.startMs && startMs < period.endMs) };
  });
  return { messages: [...messages, ...groupPrices(zone, changed)], told: known };
}

function findPriceChanges(
  zone: Zone,
  days: AnomalyDays,
  toDay: string,
  prices: readonly UnitPrice[],
  { enabled, told }: AnomalySettings,
): readonly Finding[] {
  if (!enabled.has('price_change') || !told.has('price_change')) return [];
  const day = addDays(toDay, -1);
  const period = { startMs: zone.dayStartMs(day), endMs: zone.dayStartMs(toDay) };
  return detectNovelty(period, { values: [], prices }).map((finding) => {
    const actualPicoUsd = days.sumOfBoth(finding.key, null, day, toDay);
    return { ...finding, evidence: { ...finding.evidence, actualPicoUsd, expectedPicoUsd: null } };
  });
}

/** One message for each key and last day, the largest first; where much is new at once, one of all of that. */
function groupByKey(zone: Zone, findings: readonly Finding[]): readonly AnomalyNews[] {
  const lastDay = ({ period }: Finding): string => zone.localDay(period.endMs - 1);
  const ordered = findings.toSorted((a, b) => compareSizes(sizeOf(b), sizeOf(a)));
  const isFirst = ({ detector }: Finding): boolean => detector === 'first_use';
  const areMany = findings.filter(isFirst).length > MAX_FIRSTS;
  const nameGroup = (finding: Finding): string =>
    lastDay(finding) + (areMany && isFirst(finding) ? 'first uses' : nameAnomalyKey(finding.key));
  const groups = [...Map.groupBy(ordered, nameGroup).values()];
  const named = groups.slice(0, MAX_MESSAGES);
  return named.flatMap(([finding, ...others], index) => {
    const unnamed = index === named.length - 1 ? groups.length - named.length : 0;
    return finding ? [{ finding, others, unnamed, day: lastDay(finding) }] : [];
  });
}

/** One message of all models whose prices changed: a new catalog changes many. */
function groupPrices(zone: Zone, changed: readonly Finding[]): readonly AnomalyNews[] {
  const spent = ({ evidence }: Finding): bigint => evidence.actualPicoUsd;
  const [finding, ...others] = changed.toSorted((a, b) => compareSizes(spent(b), spent(a)));
  return finding ? [{ finding, others, unnamed: 0, day: zone.localDay(finding.period.startMs) }] : [];
}

function sizeOf({ evidence: { excessPicoUsd } }: Finding): bigint {
  return excessPicoUsd < 0n ? -excessPicoUsd : excessPicoUsd;
}

function compareSizes(a: bigint, b: bigint): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
