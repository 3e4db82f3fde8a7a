import { type AnomalyKey, compareAmounts, type Finding } from './finding.ts';
import { type HourBaseline, hourOfWeek } from './hour-baseline.ts';
import { rankContributors } from './rank-contributors.ts';
import { fromStatisticalUsd, toStatisticalUsd } from './statistics.ts';

/** What the calls of a minute cost, by their own time. */
export interface MinuteSpend {
  /** Its beginning, epoch milliseconds. */
  readonly minuteMs: number;
  readonly costPicoUsd: bigint;
}

/** The last minutes of a key beside what its hours should cost. */
export interface KeyMinutes {
  readonly key: AnomalyKey;
  /** In any order, each once; a minute that is absent is one of zero. */
  readonly minutes: readonly MinuteSpend[];
  readonly baseline: HourBaseline;
}

/** When minutes are an anomaly; every figure is a setting. */
export interface SurgeRule {
  /** How many of the last minutes are looked at together; the shortest window that is far off is told of. */
  readonly windowsMinutes: readonly number[];
  readonly minHistoryDays: number;
  readonly minRatio: number;
  /** The ratio while fewer than `fewDays` days are known. */
  readonly fewDays: number;
  readonly fewDaysRatio: number;
  /** Standard deviations above what should have been spent, of all calls and of those with one of many values. */
  readonly minZ: number;
  readonly minValueZ: number;
  /** What the window must be above by, and what an hour at its pace would be, picoUSD. */
  readonly minExcessPicoUsd: bigint;
  readonly minHourlyExcessPicoUsd: bigint;
}

/** Chosen on tenants that no test uses; docs/anomalies.md has what it finds and what it costs. */
export const SURGE_RULE: SurgeRule = {
  windowsMinutes: [5, 10, 15, 30, 60],
  minHistoryDays: 2,
  minRatio: 2.5,
  fewDays: 7,
  fewDaysRatio: 6,
  minZ: 5,
  minValueZ: 8,
  minExcessPicoUsd: 500_000_000_000n,
  minHourlyExcessPicoUsd: 5_000_000_000_000n,
};

/** Mean square over squared mean of what a call costs: one call in a few dozen costs ten times the others. */
const CALL_DISPERSION = 8;

const MINUTE_MS = 60_000;
const MINUTES_PER_HOUR = 60;

/**
 * Looks whether the last minutes cost far more than they should have (A2): of all calls, or else of those with one value
 * of a dimension. One surge is one finding: where the total is far off, that is told, with the values that made it so;
 * where only values are, the one that is furthest off.
 *
 * @param total - all calls of the tenant
 * @param values - the values of the dimensions that causes are looked for in
 * @param endMs - end of the last complete minute, epoch milliseconds; later minutes are not looked at
 * @param clockMs - the same moment by the clock that the baselines were learned by
 */
export function detectSurge(
  total: KeyMinutes,
  values: readonly KeyMinutes[],
  endMs: number,
  clockMs: number = endMs,
  rule: SurgeRule = SURGE_RULE,
): Finding | undefined {
  for (const minutes of rule.windowsMinutes) {
    const whole = measureWindow(total, endMs, clockMs, minutes);
    const parts = values.map((one) => measureWindow(one, endMs, clockMs, minutes));
    const found = isSurge(whole, rule) ? whole : findFurthest(parts.filter((part) => isSurge(part, rule)));
    if (!found) continue;
    const amounts = parts.flatMap(({ key, actualPicoUsd, expectedPicoUsd }) =>
      key ? [{ ...key, actualPicoUsd, expectedPicoUsd }] : [],
    );
    const evidence = compareAmounts(found.actualPicoUsd, found.expectedPicoUsd, {
      limitRatio: limitOf(found, rule),
      z: found.z,
    });
    return {
      detector: 'burn_rate',
      key: found.key,
      period: { startMs: endMs - minutes * MINUTE_MS, endMs },
      evidence: { ...evidence, contributors: rankContributors(amounts, whole) },
      isTold: true,
    };
  }
  return undefined;
}

/**
 * What a key should cost from `startMs` to `endMs` by the clock of its baseline, statistical USD: hours blend into each
 * other at their ends.
 */
export function expectBetween({ hourlyUsd }: HourBaseline, startMs: number, endMs: number): number {
  const hourMs = MINUTES_PER_HOUR * MINUTE_MS;
  let usd = 0;
  for (let minuteMs = startMs; minuteMs < endMs; minuteMs += MINUTE_MS) {
    // An hour's own pace holds in its middle.
    const fromMs = minuteMs - hourMs / 2;
    const part = (fromMs % hourMs) / hourMs;
    const [before, after] = [hourlyUsd[hourOfWeek(fromMs)] ?? 0, hourlyUsd[hourOfWeek(fromMs + hourMs)] ?? 0];
    usd += (before * (1 - part) + after * part) / MINUTES_PER_HOUR;
  }
  return usd;
}

interface Window {
  readonly key: AnomalyKey;
  readonly minutes: number;
  readonly historyDays: number;
  readonly actualPicoUsd: bigint;
  readonly expectedPicoUsd: bigint;
  /** Null where nothing was expected. */
  readonly z: number | null;
}

function measureWindow(
  { key, minutes: spends, baseline }: KeyMinutes,
  endMs: number,
  clockMs: number,
  minutes: number,
): Window {
  const startMs = endMs - minutes * MINUTE_MS;
  let actualPicoUsd = 0n;
  for (const { minuteMs, costPicoUsd } of spends)
    if (minuteMs >= startMs && minuteMs < endMs) actualPicoUsd += costPicoUsd;
  const expectedUsd = expectBetween(baseline, clockMs - minutes * MINUTE_MS, clockMs);
  // Calls come by chance, and the fewer there should be the more their cost is off by chance.
  const variance = baseline.spread ** 2 + (CALL_DISPERSION * baseline.callUsd) / expectedUsd;
  return {
    key,
    minutes,
    historyDays: baseline.historyDays,
    actualPicoUsd,
    expectedPicoUsd: fromStatisticalUsd(expectedUsd),
    z: expectedUsd > 0 ? (toStatisticalUsd(actualPicoUsd) / expectedUsd - 1) / Math.sqrt(variance) : null,
  };
}

function isSurge(window: Window, rule: SurgeRule): boolean {
  const { minutes, historyDays, actualPicoUsd, expectedPicoUsd, z } = window;
  const excess = actualPicoUsd - expectedPicoUsd;
  return (
    historyDays >= rule.minHistoryDays &&
    z !== null &&
    z >= (window.key ? rule.minValueZ : rule.minZ) &&
    Number(actualPicoUsd) >= limitOf(window, rule) * Number(expectedPicoUsd) &&
    excess >= rule.minExcessPicoUsd &&
    (excess * BigInt(MINUTES_PER_HOUR)) / BigInt(minutes) >= rule.minHourlyExcessPicoUsd
  );
}

function limitOf({ historyDays }: Window, rule: SurgeRule): number {
  return historyDays < rule.fewDays ? rule.fewDaysRatio : rule.minRatio;
}

function findFurthest(windows: readonly Window[]): Window | undefined {
  return windows.toSorted((a, b) => (b.z ?? 0) - (a.z ?? 0))[0];
}
