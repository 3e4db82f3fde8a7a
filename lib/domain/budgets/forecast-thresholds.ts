import type { ProjectionState } from '../forecast/forecast.ts';

/** When a forecast threshold counts as crossed, and when as taken back. */
export const FORECAST_RULE = {
  /** The period's total exceeds the threshold with this probability at least. */
  likelyProbability: 0.8,
  /** Below this probability it does not look like it any more. */
  unlikelyProbability: 0.5,
  /** So many hourly projections running must say so. */
  hoursRunning: 2,
  /** Farther ahead than this, in days with the running one, budgets tell of what was spent only. */
  maxDaysLeft: 45,
} as const;

/** How likely a period's total exceeds one forecast threshold of its budget, and for how many hours running it was so. */
export interface ForecastStanding {
  /** Of the amount, a whole percent. */
  readonly thresholdPercent: number;
  /** 0 to 1; `null` where nothing is known. */
  readonly probability: number | null;
  /** Hourly projections running, this one included, that found it likely. */
  readonly hoursLikely: number;
  /** Hourly projections running, this one included, that found it unlikely. */
  readonly hoursUnlikely: number;
}

/** A projection of a budget's period as far as its thresholds are concerned. */
export interface ProjectedHour {
  /** Whole hours since 1970 in which it was made. */
  readonly hour: number;
  readonly state: ProjectionState;
  /** Days of the period that are not over, the running one included. */
  readonly daysLeft: number;
  readonly standings: readonly ForecastStanding[];
}

/** Probability by threshold, in the order of the budget. */
export type ThresholdOdds = Pick<ForecastStanding, 'thresholdPercent' | 'probability'>;

/**
 * Counts on from the projection of the hour before. After a gap the count begins anew, because nobody knows what the
 * hours between would have said. A projection that is not relied on (`learning`, `degraded`, ...) or that looks too far
 * ahead counts for nothing and ends what was running; one of a pause in all spend (`idle`) is sure enough to take an
 * alert back, not to send one.
 *
 * @param before - the last projection of the same budget version, period and part; undefined for the first
 */
export function countHoursRunning(
  odds: readonly ThresholdOdds[],
  now: Omit<ProjectedHour, 'standings'>,
  before: Pick<ProjectedHour, 'hour' | 'standings'> | undefined,
): readonly ForecastStanding[] {
  const known = before?.hour === now.hour - 1 ? before.standings : [];
  const isNear = now.daysLeft <= FORECAST_RULE.maxDaysLeft;
  const isSound = isNear && (now.state === 'ready' || now.state === 'provisional');
  const isSoundOrIdle = isSound || (isNear && now.state === 'idle');
  return odds.map(({ thresholdPercent, probability }) => {
    const last = known.find((standing) => standing.thresholdPercent === thresholdPercent);
    const isLikely = isSound && probability !== null && probability >= FORECAST_RULE.likelyProbability;
    const isUnlikely = isSoundOrIdle && probability !== null && probability < FORECAST_RULE.unlikelyProbability;
    return {
      thresholdPercent,
      probability,
      hoursLikely: isLikely ? (last?.hoursLikely ?? 0) + 1 : 0,
      hoursUnlikely: isUnlikely ? (last?.hoursUnlikely ?? 0) + 1 : 0,
    };
  });
}

/**
 * The thresholds that a forecast has crossed, in percent and in order. One that the spend itself has reached is left
 * out: the alert on what was spent says more.
 *
 * @param spent - of the period so far, in the unit of `amount`
 */
export function findForecastCrossings(
  standings: readonly ForecastStanding[],
  spent: bigint,
  amount: bigint,
): readonly number[] {
  return standings
    .filter(({ hoursLikely }) => hoursLikely >= FORECAST_RULE.hoursRunning)
    .map(({ thresholdPercent }) => thresholdPercent)
    .filter((percent) => spent * 100n < amount * BigInt(percent));
}

/** The thresholds that a forecast has fallen back from, in percent and in order, whether or not anybody was told. */
export function findForecastRetreats(standings: readonly ForecastStanding[]): readonly number[] {
  return standings
    .filter(({ hoursUnlikely }) => hoursUnlikely >= FORECAST_RULE.hoursRunning)
    .map(({ thresholdPercent }) => thresholdPercent);
}

/** The amount whose exceeding crosses a threshold: that percent of the amount, without what is less than a unit. */
export function amountAtPercent(amount: bigint, percent: number): bigint {
  return (amount * BigInt(percent)) / 100n;
}
