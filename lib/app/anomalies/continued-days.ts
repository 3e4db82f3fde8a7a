import type { Finding } from '../../domain/anomaly/finding.ts';
import type { Bounds, Zone } from '../../domain/local-time.ts';
import type { AnomalyDays } from './anomaly-days.ts';
import { causeOf, isSameCause, type SumOfBoth } from './known-surges.ts';

/** A spike that goes on is told of again where it is so many times what was told. */
const GROWTH = 2n;

/** What the calls of keys cost within days. */
export function sumsWithin(zone: Zone, days: AnomalyDays, { startMs, endMs }: Bounds): SumOfBoth {
  return (one, other) => days.sumOfBoth(one, other, zone.localDay(startMs), zone.localDay(endMs));
}

/**
 * Leaves out what only goes on: a spike on the day after one with the same cause, unless it has doubled, and a level that
 * was found to have moved before under another name. So the days of a new level are told of once on the first of them,
 * and once when it is known to be one.
 *
 * @param heard - what was found on the days before
 * @param found - what is found now
 */
export function dropContinued(
  zone: Zone,
  days: AnomalyDays,
  heard: readonly Finding[],
  found: readonly Finding[],
): readonly Finding[] {
  const spikes: { readonly finding: Finding; readonly toldPicoUsd: bigint }[] = [];
  const kept: Finding[] = [];
  const inOrder = [...heard, ...found].toSorted((a, b) => a.period.endMs - b.period.endMs);
  const levels = heard.filter(({ detector }) => detector === 'level_shift');
  for (const finding of inOrder) {
    const sumOfBoth = sumsWithin(zone, days, finding.period);
    const isSame = (other: Finding): boolean => isSameCause(causeOf(finding), causeOf(other), sumOfBoth);
    let isContinued = false;
    if (finding.detector === 'daily_spike') {
      const before = spikes.find((one) => one.finding.period.endMs === finding.period.startMs && isSame(one.finding));
      const { excessPicoUsd } = finding.evidence;
      isContinued = before !== undefined && excessPicoUsd < GROWTH * before.toldPicoUsd;
      spikes.push({ finding, toldPicoUsd: isContinued && before ? before.toldPicoUsd : excessPicoUsd });
    }
    if (finding.detector === 'level_shift')
      isContinued = levels.some(
        (other) => other !== finding && overlaps(other, finding) && isUp(other) === isUp(finding) && isSame(other),
      );
    if (!isContinued && found.includes(finding)) kept.push(finding);
  }
  return kept;
}

function overlaps({ period: a }: Finding, { period: b }: Finding): boolean {
  return a.startMs < b.endMs && a.endMs > b.startMs;
}

function isUp({ evidence: { excessPicoUsd } }: Finding): boolean {
  return excessPicoUsd > 0n;
}
