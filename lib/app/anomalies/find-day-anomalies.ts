import type { AnomalySettings } from '../../domain/anomaly/anomaly-settings.ts';
import { detectDays } from '../../domain/anomaly/detect-days.ts';
import { detectNovelty } from '../../domain/anomaly/detect-novelty.ts';
import { type AnomalyKey, type Finding, nameAnomalyKey } from '../../domain/anomaly/finding.ts';
import { expectByShare, rankContributors } from '../../domain/anomaly/rank-contributors.ts';
import { addDays, type Zone } from '../../domain/local-time.ts';
import type { AnomalyDays } from './anomaly-days.ts';
import { type DayDoubt, doubtfulDays } from './day-doubts.ts';

/** What complete days are judged by. */
export interface DaySearch {
  readonly zone: Zone;
  /** The days that are judged and those before them. */
  readonly days: AnomalyDays;
  readonly doubts: readonly DayDoubt[];
  readonly settings: AnomalySettings;
  /** Days that are judged, from included, to excluded. */
  readonly fromDay: string;
  readonly toDay: string;
}

/** Findings of complete days. */
export interface FoundDays {
  /** Those that end on one of the days, each with its contributors. */
  readonly findings: readonly Finding[];
  /** Values of dimensions that were looked at each by itself, and those that cost too little to be. */
  readonly values: number;
  readonly valuesLeftOut: number;
}

/** Values that are looked at by themselves, those that cost most. */
export const MAX_ANOMALY_VALUES = 40;

/** Nothing is new while everything is; and what is no older than this has no history to be judged by. */
const NOVELTY_DAYS = 14;

/** Days with spend before a first use, of any calls: who only tried something out weeks ago has no usual yet. */
const MIN_SPENDING_DAYS = 7;

/** Days before those asked about in which levels are looked for that moved, and drops that go on. */
const SCANNED_DAYS = 28;

/** Dimensions of which a value that was never seen before is told; of the same calls, the first of these. */
const NOVEL_DIMENSIONS = ['model', 'app', 'billing_account', 'region', 'provider', 'deployment'];

/** What values should have cost is shared out by so many days before. */
const SHARE_DAYS = 28;

/**
 * Judges days: all spend, and each value of a dimension by itself. What is found of all spend is not found again of the
 * values that made it so, which are its contributors.
 */
export function findDayAnomalies(search: DaySearch): FoundDays {
  const { zone, days, settings, fromDay, toDay } = search;
  const values = days.values();
  const judged = values.slice(0, MAX_ANOMALY_VALUES);
  const sinceDay = addDays(fromDay, -SCANNED_DAYS);
  const found = [null, ...judged].flatMap((key) =>
    detectDays(zone, key, listDays(search, key), settings.daily, sinceDay),
  );
  const meant = dropExplained(zone, days, [...found, ...findNovelties(search, values)]).filter(
    ({ detector, period }) =>
      settings.enabled.has(detector) &&
      period.endMs > zone.dayStartMs(fromDay) &&
      period.startMs < zone.dayStartMs(toDay),
  );
  return {
    findings: meant.map((finding) => withContributors(zone, days, finding)),
    values: judged.length,
    valuesLeftOut: values.length - judged.length,
  };
}

/** The days of a key up to the end of the search, those in doubt marked. */
export function listDays(
  { days, doubts, toDay }: Pick<DaySearch, 'days' | 'doubts' | 'toDay'>,
  key: AnomalyKey,
): ReturnType<AnomalyDays['series']> {
  const doubtful = doubtfulDays(doubts, key);
  const series = days.series(key, toDay);
  return doubtful.size === 0
    ? series
    : series.map((day) => (doubtful.has(day.day) ? { ...day, isPartial: true } : day));
}

/** Keeps of findings about the same calls the one that says most: that of all calls, else the one that is furthest off. */
function dropExplained(zone: Zone, days: AnomalyDays, found: readonly Finding[]): readonly Finding[] {
  const strength = ({ key, evidence }: Finding): number =>
    key === null ? Number.MAX_VALUE : Math.min(Math.abs(evidence.z ?? Number.MAX_VALUE), Number.MAX_VALUE / 2);
  const kept: Finding[] = [];
  for (const finding of found.toSorted((a, b) => strength(b) - strength(a))) {
    const { detector, key, period } = finding;
    // Where little is left of what there was, the days before tell whose calls they were.
    const [first, end] = detector === 'drop' ? daysBefore(zone, finding) : daysOf(zone, finding);
    const own = days.sumOfBoth(key, key, first, end);
    const isExplained = kept.some(
      (other) =>
        other.detector === detector &&
        nameAnomalyKey(other.key) !== nameAnomalyKey(key) &&
        other.period.startMs < period.endMs &&
        other.period.endMs > period.startMs &&
        2n * days.sumOfBoth(other.key, key, first, end) >= own,
    );
    if (!isExplained) kept.push(finding);
  }
  return kept;
}

/** The first day, in its first fortnight, on which a value costs more than a new one may. */
function findNovelties(
  { zone, days, settings, fromDay, toDay }: DaySearch,
  values: ReturnType<AnomalyDays['values']>,
): readonly Finding[] {
  const { firstDay = toDay } = days;
  const spending = days.series(null, toDay).filter(({ costPicoUsd }) => costPicoUsd > 0n);
  const settledDay = spending[MIN_SPENDING_DAYS]?.day ?? toDay;
  const novel = NOVEL_DIMENSIONS.flatMap((name) => values.filter(({ dimension }) => dimension === name));
  return novel.flatMap((key) => {
    const series = days.series(key, toDay);
    const [first] = series;
    if (!first || first.day < addDays(firstDay, NOVELTY_DAYS) || first.day < settledDay) return [];
    const costly = series.slice(0, NOVELTY_DAYS).find(({ costPicoUsd }) => costPicoUsd > settings.firstUsePicoUsd);
    if (!costly || costly.day < fromDay) return [];
    const period = { startMs: zone.dayStartMs(costly.day), endMs: zone.dayStartMs(addDays(costly.day, 1)) };
    const value = { ...key, costPicoUsd: costly.costPicoUsd, isKnown: false };
    return detectNovelty(period, { values: [value], prices: [] }, settings.firstUsePicoUsd);
  });
}

function withContributors(zone: Zone, days: AnomalyDays, finding: Finding): Finding {
  const { key, evidence } = finding;
  const [first, end] = daysOf(zone, finding);
  const now = days.split(key, first, end);
  const before = days.split(key, ...daysBefore(zone, finding), 'regular');
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

/** The days before a finding that say how spend is shared out. */
function daysBefore(zone: Zone, { period }: Finding): readonly [first: string, end: string] {
  const end = zone.localDay(period.startMs);
  return [addDays(end, -SHARE_DAYS), end];
}

/** Local days of a finding, from included, to excluded. */
function daysOf(zone: Zone, { period }: Finding): readonly [first: string, end: string] {
  return [zone.localDay(period.startMs), zone.localDay(period.endMs)];
}
