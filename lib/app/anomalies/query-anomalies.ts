import { detectDays } from '../../domain/anomaly/detect-days.ts';
import { detectNovelty } from '../../domain/anomaly/detect-novelty.ts';
import { type Finding, nameAnomalyKey } from '../../domain/anomaly/finding.ts';
import { type Anomaly, mergeFindings } from '../../domain/anomaly/merge-findings.ts';
import { expectByShare, rankContributors } from '../../domain/anomaly/rank-contributors.ts';
import { parseDayNumber } from '../../domain/forecast/day-number.ts';
import { addDays, type Zone } from '../../domain/local-time.ts';
import type { ForecastPorts } from '../forecasts/query-forecast.ts';
import type { TenantConfig } from '../ports.ts';
import { InvalidRequestError, type RequestIssue } from '../request-errors.ts';
import { countLackingPrice, type IncompleteReason, listIncompleteReasons } from '../spend/query-completeness.ts';
import { findZone } from '../zones.ts';
import { AnomalyDays } from './anomaly-days.ts';

/** What looking for anomalies needs. */
export type AnomalyPorts = Pick<ForecastPorts, 'reader' | 'readFreshness' | 'now'>;

/** Local days to look at, from included, to excluded; as asked for, not yet checked. */
export interface AnomalyRequest {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** What was found on complete local days. */
export interface AnomalyAnswer {
  readonly fromDay: string;
  /** Excluded; never behind the running day. */
  readonly toDay: string;
  /** Those that begin last first. Each finding has its contributors. */
  readonly anomalies: readonly Anomaly[];
  /** Complete days with spend, or between such days, that were there to judge the last one by. */
  readonly historyDays: number;
  /** Values of dimensions that were looked at each by itself, and those that cost too little to be. */
  readonly values: number;
  readonly valuesLeftOut: number;
  readonly reasons: readonly IncompleteReason[];
  readonly asOfMs: number;
}

/** Most days that one answer looks at, and those that it looks at where nothing is said. */
export const MAX_ANOMALY_DAYS = 92;
const DEFAULT_DAYS = 30;

/** Days before them that they are judged by. */
const HISTORY_DAYS = 92;

/** Values that are looked at by themselves, those that cost most. */
export const MAX_ANOMALY_VALUES = 40;

/** Nothing is new while everything is. */
const NOVELTY_HISTORY_DAYS = 14;

/** Dimensions of which a value that was never seen before is told. */
const NOVEL_DIMENSIONS: ReadonlySet<string> = new Set(['model', 'region', 'billing_account', 'deployment']);

/** What values should have cost is shared out by so many days before. */
const SHARE_DAYS = 28;

/**
 * Looks for days on which a tenant spent far more or less than it should have: all of it, and each value of a dimension
 * by itself. What is found of all spend is not told again of the values that made it so, which are its contributors.
 *
 * @throws {@link InvalidRequestError} naming every parameter at fault
 */
export async function queryAnomalies(
  ports: AnomalyPorts,
  tenant: TenantConfig,
  request: AnomalyRequest,
): Promise<AnomalyAnswer> {
  const zone = findZone(tenant.timeZone);
  const { fromDay, toDay } = readDays(request, zone.localDay(ports.now()));
  const read = { fromDay: addDays(fromDay, -HISTORY_DAYS), toDay };
  const freshness = await ports.readFreshness(tenant, read);
  const { rows } = await ports.reader.rollups(tenant.tenant, { granularity: 'day', ...read });
  const days = new AnomalyDays(tenant, rows);
  const values = days.values();
  const judged = values.slice(0, MAX_ANOMALY_VALUES);
  const found = [null, ...judged].flatMap((key) => detectDays(zone, key, days.series(key, toDay)));
  const meant = [...dropExplained(zone, days, found), ...findNovelties(zone, days, fromDay, toDay)].filter(
    ({ period }) => period.endMs > zone.dayStartMs(fromDay),
  );
  const told = meant.map((finding) => withContributors(zone, days, finding));
  return {
    fromDay,
    toDay,
    anomalies: mergeFindings(told).toReversed(),
    historyDays: days.series(null, toDay).length,
    values: judged.length,
    valuesLeftOut: values.length - judged.length,
    reasons: listIncompleteReasons(freshness, countLackingPrice(rows), false),
    asOfMs: freshness.asOfMs,
  };
}

function readDays({ from, to }: AnomalyRequest, today: string): { readonly fromDay: string; readonly toDay: string } {
  const issues: RequestIssue[] = [];
  for (const [field, day] of [
    ['from', from],
    ['to', to],
  ] as const) {
    if (day !== undefined && parseDayNumber(day) === undefined)
      issues.push({ field, expected: 'a day of the calendar, such as 2026-01-29' });
  }
  if (issues.length > 0) throw new InvalidRequestError(issues);
  // A day that is not over has not cost yet what it will.
  const toDay = to === undefined || to > today ? today : to;
  const fromDay = from ?? addDays(toDay, -DEFAULT_DAYS);
  if (fromDay >= toDay)
    issues.push({ field: 'from', expected: `a day before ${toDay}, where the complete days asked for end` });
  else if (addDays(fromDay, MAX_ANOMALY_DAYS) < toDay)
    issues.push({ field: 'to', expected: `at most ${MAX_ANOMALY_DAYS} days after from` });
  if (issues.length > 0) throw new InvalidRequestError(issues);
  return { fromDay, toDay };
}

/** Keeps of findings about the same calls the one that says most: that of all calls, else the one that is furthest off. */
function dropExplained(zone: Zone, days: AnomalyDays, found: readonly Finding[]): readonly Finding[] {
  const strength = ({ key, evidence }: Finding): number =>
    key === null ? Number.POSITIVE_INFINITY : Math.abs(evidence.z ?? Number.MAX_VALUE);
  const kept: Finding[] = [];
  for (const finding of found.toSorted((a, b) => strength(b) - strength(a))) {
    const { detector, key, period, evidence } = finding;
    const [first, end] = daysOf(zone, finding);
    const isExplained = kept.some(
      (other) =>
        other.detector === detector &&
        nameAnomalyKey(other.key) !== nameAnomalyKey(key) &&
        other.period.startMs < period.endMs &&
        other.period.endMs > period.startMs &&
        2n * days.sumOfBoth(other.key, key, first, end) >= evidence.actualPicoUsd,
    );
    if (!isExplained) kept.push(finding);
  }
  return kept;
}

function findNovelties(zone: Zone, days: AnomalyDays, fromDay: string, toDay: string): readonly Finding[] {
  const { firstDay = toDay } = days;
  const values = days.values().filter(({ dimension }) => NOVEL_DIMENSIONS.has(dimension));
  return values.flatMap((key) => {
    const [first] = days.series(key, toDay);
    if (!first || first.day < fromDay || first.day < addDays(firstDay, NOVELTY_HISTORY_DAYS)) return [];
    const period = { startMs: zone.dayStartMs(first.day), endMs: zone.dayStartMs(addDays(first.day, 1)) };
    const value = { ...key, costPicoUsd: first.costPicoUsd, isKnown: false };
    return detectNovelty(period, { values: [value], prices: [], unpriced: [] });
  });
}

function withContributors(zone: Zone, days: AnomalyDays, finding: Finding): Finding {
  const { key, evidence } = finding;
  const [first, end] = daysOf(zone, finding);
  const now = days.split(key, first, end);
  const before = days.split(key, addDays(first, -SHARE_DAYS), first);
  const expectedPicoUsd = evidence.expectedPicoUsd ?? 0n;
  const values = [...new Map([...before, ...now])].map(([name, { key: value }]) => ({
    ...value,
    actualPicoUsd: now.get(name)?.costPicoUsd ?? 0n,
    beforePicoUsd: before.get(name)?.costPicoUsd ?? 0n,
  }));
  const amounts = [...Map.groupBy(values, ({ dimension }) => dimension).values()].flatMap((own) =>
    expectByShare(expectedPicoUsd, own),
  );
  const contributors = rankContributors(amounts, { actualPicoUsd: evidence.actualPicoUsd, expectedPicoUsd });
  return { ...finding, evidence: { ...evidence, contributors } };
}

/** Local days of a finding, from included, to excluded. */
function daysOf(zone: Zone, { period }: Finding): readonly [first: string, end: string] {
  return [zone.localDay(period.startMs), zone.localDay(period.endMs)];
}
