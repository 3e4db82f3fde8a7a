/** One day with data: its number (days since 1970-01-01) and what was counted on it, finite and not negative. */
export interface CountedDay {
  readonly number: number;
  readonly amount: number;
}

/**
 * The recent past of a series as a calendar without holes. Amounts are divided by `unit`, a power of two near the mean,
 * so that the size of a series has no effect on the arithmetic, not even on its rounding.
 */
export interface DailyHistory {
  /** Day number of index 0. The last index is the last complete day. */
  readonly firstDay: number;
  /** In units, lone outliers cut down; 0 where no data is known. */
  readonly amounts: readonly number[];
  /** As they came; 0 where no data is known. */
  readonly uncutAmounts: readonly number[];
  readonly isKnown: readonly boolean[];
  /** Each day as a multiple of the week around it, at most 4; NaN within three days of an end or of too few data. */
  readonly weekRatios: readonly number[];
  readonly unit: number;
  /** Days with data since the series last began; more than `amounts` has when the series is long. */
  readonly knownDays: number;
}

/** Longest past that is looked at, in days: half a year. */
const MAX_DAYS = 182;
/** A pause of so many days of zeros ends one workload; what follows is another. */
const LONG_PAUSE_DAYS = 14;
/** Part of the days after a pause that must have an amount. Below it zeros are the habit of the series. */
const MIN_ACTIVE_RATIO = 0.75;
/** One or two days so many times as high as every other are accidents, cut to twice the highest of the others. */
const OUTLIER_RATIO = 5;
const MAX_OUTLIERS = 2;
const MIN_DAYS_TO_JUDGE = 14;
/** A jump of the last days may be a new level, and is left as it is. */
const UNJUDGED_DAYS = 3;
const MAX_WEEK_RATIO = 4;
const MIN_DAYS_OF_WEEK = 5;

/**
 * Lays the days out on a calendar up to `asOf`, from the day on which the workload last began.
 *
 * @param days - ascending, at least one, none after `asOf`
 */
export function buildHistory(days: readonly CountedDay[], asOf: number): DailyHistory {
  const running = days.slice(findStart(days));
  const oldest = asOf - MAX_DAYS + 1;
  const recent = running.filter((day) => day.number >= oldest);
  // A series that ended long ago has no recent day; its last half-year stands in for it.
  const used = recent.length > 0 ? recent : running.slice(-MAX_DAYS);
  const firstDay = used[0]?.number ?? asOf;
  const length = Math.min(MAX_DAYS, asOf - firstDay + 1);
  const unit = findUnit(used);
  const uncutAmounts = new Array<number>(length).fill(0);
  const isKnown = new Array<boolean>(length).fill(false);
  for (const day of used) {
    const index = day.number - firstDay;
    if (index >= length) break;
    uncutAmounts[index] = day.amount / unit;
    isKnown[index] = true;
  }
  const amounts = cutLoneOutliers(uncutAmounts, used.length);
  return {
    firstDay,
    amounts,
    uncutAmounts,
    isKnown,
    weekRatios: compareWithWeek(amounts, isKnown),
    unit,
    knownDays: running.length,
  };
}

/** Index of the first day after the last long pause, 0 without one. */
function findStart(days: readonly CountedDay[]): number {
  let active = 0;
  let zeros = 0;
  for (let index = days.length - 1; index >= 0; index--) {
    if (days[index]?.amount !== 0) {
      active += 1;
      zeros = 0;
      continue;
    }
    zeros += 1;
    if (zeros < LONG_PAUSE_DAYS) continue;
    const start = index + LONG_PAUSE_DAYS;
    return active > 0 && active >= MIN_ACTIVE_RATIO * (days.length - start) ? start : 0;
  }
  return 0;
}

function findUnit(days: readonly CountedDay[]): number {
  const mean = days.reduce((total, day) => total + day.amount / days.length, 0);
  return mean > 0 ? 2 ** Math.floor(Math.log2(mean)) : 1;
}

function cutLoneOutliers(amounts: readonly number[], knownDays: number): readonly number[] {
  if (knownDays < MIN_DAYS_TO_JUDGE) return amounts;
  const highest = [...amounts].sort((a, b) => b - a).slice(0, MAX_OUTLIERS + 1);
  const habit = highest.find((amount, index) => index > 0 && (highest[index - 1] ?? 0) > OUTLIER_RATIO * amount);
  // Where all other days are zero, the few with an amount are the habit.
  if (habit === undefined || habit === 0) return amounts;
  return amounts.map((amount, index) =>
    amount > OUTLIER_RATIO * habit && index < amounts.length - UNJUDGED_DAYS ? 2 * habit : amount,
  );
}

function compareWithWeek(amounts: readonly number[], isKnown: readonly boolean[]): number[] {
  return amounts.map((amount, index) => {
    if (index < 3 || index >= amounts.length - 3 || isKnown[index] !== true) return Number.NaN;
    let total = 0;
    let count = 0;
    for (let near = index - 3; near <= index + 3; near++) {
      if (isKnown[near] !== true) continue;
      total += amounts[near] ?? 0;
      count += 1;
    }
    return count >= MIN_DAYS_OF_WEEK && total > 0 ? Math.min(MAX_WEEK_RATIO, (amount * count) / total) : Number.NaN;
  });
}
