import { clamp, estimateSpread, findMean, findMedian } from './statistics.ts';

/** A day on which something was spent. */
export interface SpendingDay {
  /** Days since 1970-01-01. */
  readonly number: number;
  /** Natural logarithm of its spend in USD. */
  readonly logUsd: number;
  /** Days of different numbers stand on different levels, because spend was found to have moved between them. */
  readonly regime: number;
}

/** What days of a key should cost, as logarithms of USD. */
export interface DayBaseline {
  /** Of a day like any other. */
  readonly level: number;
  /** Added to the level, by {@link weekdayOf}. */
  readonly weekdayOffsets: readonly number[];
  /** Standard deviation of a day around what it should be, by weekday; wider where few such days are known. */
  readonly spreads: readonly number[];
}

/** Days before the one in question that are looked at. */
export const BASELINE_WINDOW_DAYS = 56;

/** Days with spend that it takes to say anything. */
const MIN_SPENDING_DAYS = 10;

const DAYS_OF_WEEK = 7;

/** Weight of a day in the level halves with so many days of distance. */
const HALF_LIFE_DAYS = 12;

/** By distance in days. */
const WEIGHTS = Array.from({ length: BASELINE_WINDOW_DAYS + 1 }, (_, days) => 0.5 ** (days / HALF_LIFE_DAYS));

/** Days whose middle the level starts from. */
const NEAREST_DAYS = 11;

/** Further above or below than so many standard deviations a day counts as just so far; spikes go up. */
const CLIP_BELOW = 1.5;
const CLIP_ABOVE = 1.25;

/** Spread taken for granted, and how many days it outweighs. */
const PRIOR_SPREAD = 0.2;
const PRIOR_DAYS = 3;

/** Degrees of freedom that the levels and weekdays take from the days below. */
const FITTED_DAYS = 4.5;

/** A weekday's offset is believed by its square over itself and so many of its own variances. */
const OFFSET_DOUBT = 1.5;

/** So many days on one level tell whether it rises or falls day by day; believed like an offset. */
const MIN_DRIFT_DAYS = 28;
const DRIFT_DOUBT = 9;
const CLIP_DRIFT = 3;

/** How much wider the first days of a weekday are judged, and those on a new level. */
const FEW_DAYS_DOUBT = 3;
const NEW_LEVEL_DOUBT = 3;

const MIN_SPREAD = 0.05;
const ROUNDS = 3;

/** Index of a day's weekday in {@link DayBaseline}. */
export function weekdayOf(dayNumber: number): number {
  return dayNumber % DAYS_OF_WEEK;
}

/**
 * Learns what a day should cost from those before it: a level that recent days weigh most in, an offset for each
 * weekday, and the spread around both. All of it withstands spikes, because days far off count only as far as the
 * clipping goes, and the spread is taken from the days below, where spikes are not.
 *
 * @param days - at most {@link BASELINE_WINDOW_DAYS} before the day, oldest first; days of zero spend left out
 * @param day - number of the day that is to be judged
 * @param regime - the level on which it stands
 * @returns undefined when too few days are known, on that level above all
 */
export function estimateDayBaseline(
  days: readonly SpendingDay[],
  day: number,
  regime: number,
): DayBaseline | undefined {
  if (days.length < MIN_SPENDING_DAYS) return undefined;
  const regimes = [...Map.groupBy(days, (past) => past.regime).values()];
  const own = days.filter((past) => past.regime === regime);
  if (own.length === 0) return undefined;
  const counts = Array.from(
    { length: DAYS_OF_WEEK },
    (_, weekday) => days.filter((past) => weekdayOf(past.number) === weekday).length,
  );
  let raw = startOffsets(regimes);
  let offsets: readonly number[] = raw;
  let [spread, level, drift] = [PRIOR_SPREAD, 0, 0];
  const flatten = (past: readonly SpendingDay[]): FlatDays => ({
    numbers: past.map(({ number }) => number),
    values: past.map(({ number, logUsd }) => logUsd - (offsets[weekdayOf(number)] ?? 0) + drift * (day - number)),
  });
  for (let round = 0; round < ROUNDS; round++) {
    const residuals = regimes.flatMap((past) => {
      const flat = flatten(past);
      return flat.numbers.map((number, index) => {
        return { number, off: (flat.values[index] ?? 0) - levelAt(flat, number, spread) };
      });
    });
    const ownFlat = flatten(own);
    level = levelAt(ownFlat, day, spread);
    drift += findDrift(ownFlat, spread);
    raw = refineOffsets(offsets, raw, residuals, spread);
    offsets = believeOffsets(raw, counts, spread);
    spread = spreadBelow(residuals.map(({ off }) => off));
  }
  const spreads = counts.map((count) => {
    const doubt = FEW_DAYS_DOUBT / (count + 0.5) + NEW_LEVEL_DOUBT / own.length;
    return Math.max(MIN_SPREAD, spread * Math.sqrt(1 + doubt));
  });
  return { level, weekdayOffsets: offsets, spreads };
}

/** Days in order, as two columns: thousands of levels are looked for in one answer, each over all of them. */
interface FlatDays {
  readonly numbers: readonly number[];
  readonly values: readonly number[];
}

/** Each weekday against the middle of the days around it. */
function startOffsets(regimes: readonly (readonly SpendingDay[])[]): readonly number[] {
  const found = regimes.flatMap((days) =>
    days.map(({ number, logUsd }) => {
      const around = days.filter((other) => Math.abs(other.number - number) <= 3).map((other) => other.logUsd);
      return { weekday: weekdayOf(number), off: logUsd - findMedian(around) };
    }),
  );
  return Array.from({ length: DAYS_OF_WEEK }, (_, weekday) => {
    const offs = found.filter((one) => one.weekday === weekday).map(({ off }) => off);
    return offs.length === 0 ? 0 : findMedian(offs);
  });
}

/** The level around a day: from the middle of the nearest days, a mean by distance, clipped. */
function levelAt({ numbers, values }: FlatDays, at: number, spread: number): number {
  const [below, above] = [-CLIP_BELOW * spread, CLIP_ABOVE * spread];
  let level = findNearestMiddle(numbers, values, at);
  for (let pass = 0; pass < 2; pass++) {
    let [weights, sum] = [0, 0];
    for (let index = 0; index < values.length; index++) {
      const weight = WEIGHTS[Math.abs((numbers[index] ?? 0) - at)] ?? 0;
      const off = (values[index] ?? 0) - level;
      weights += weight;
      sum += weight * (off < below ? below : off > above ? above : off);
    }
    level += sum / weights;
  }
  return level;
}

/** The middle value of the days nearest to one, of days in order; of two that are as near the earlier one. */
function findNearestMiddle(numbers: readonly number[], values: readonly number[], at: number): number {
  const distance = (index: number): number => Math.abs((numbers[index] ?? Number.POSITIVE_INFINITY) - at);
  let from = 0;
  while (from + NEAREST_DAYS < numbers.length && distance(from) > distance(from + NEAREST_DAYS)) from += 1;
  const nearest = values.slice(from, from + NEAREST_DAYS);
  // Of so few values, putting each in its place is several times as quick as sorting them.
  for (let index = 1; index < nearest.length; index++) {
    const value = nearest[index] ?? 0;
    let place = index;
    for (; place > 0 && (nearest[place - 1] ?? 0) > value; place--) nearest[place] = nearest[place - 1] ?? 0;
    nearest[place] = value;
  }
  const middle = nearest.length >> 1;
  const upper = nearest[middle] ?? Number.NaN;
  return nearest.length % 2 === 1 ? upper : ((nearest[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** By how much each day is above the one before; 0 while that may well be chance. */
function findDrift({ numbers, values }: FlatDays, spread: number): number {
  if (values.length < MIN_DRIFT_DAYS) return 0;
  const middle = findMedian(values);
  const centre = findMean(numbers);
  let [squares, sum] = [0, 0];
  for (const [index, number] of numbers.entries()) {
    squares += (number - centre) ** 2;
    sum += (number - centre) * clamp((values[index] ?? 0) - middle, -CLIP_DRIFT * spread, CLIP_DRIFT * spread);
  }
  const drift = sum / squares;
  const doubt = (DRIFT_DOUBT * spread ** 2) / squares;
  return (drift * drift ** 4) / (drift ** 4 + doubt ** 2);
}

function refineOffsets(
  offsets: readonly number[],
  raw: readonly number[],
  residuals: readonly { readonly number: number; readonly off: number }[],
  spread: number,
): readonly number[] {
  return raw.map((before, weekday) => {
    const offs = residuals.filter(({ number }) => weekdayOf(number) === weekday).map(({ off }) => clip(off, spread));
    return offs.length === 0 ? before : (offsets[weekday] ?? 0) + findMean(offs);
  });
}

/** Draws offsets that may well be chance towards the middle one; a quiet weekend stays where it is. */
function believeOffsets(raw: readonly number[], counts: readonly number[], spread: number): readonly number[] {
  const middle = findMedian(raw);
  return raw.map((offset, weekday) => {
    const square = (offset - middle) ** 2;
    const doubt = (OFFSET_DOUBT * spread ** 2) / Math.max(0.5, counts[weekday] ?? 0);
    return middle + ((offset - middle) * square) / (square + doubt);
  });
}

function spreadBelow(residuals: readonly number[]): number {
  const farthest = 3 * estimateSpread(residuals);
  const squares = residuals.filter((off) => off < 0).map((off) => Math.min(-off, farthest) ** 2);
  const sum = squares.reduce((total, square) => total + square, 0);
  const freedom = Math.max(1, squares.length - FITTED_DAYS);
  return Math.sqrt((sum + PRIOR_DAYS * PRIOR_SPREAD ** 2) / (freedom + PRIOR_DAYS));
}

function clip(off: number, spread: number): number {
  return clamp(off, -CLIP_BELOW * spread, CLIP_ABOVE * spread);
}
