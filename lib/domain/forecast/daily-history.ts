/** One day with data: its number (days since 1970-01-01) and what was counted on it, finite and not negative. */
export interface CountedDay {
  readonly number: number;
  readonly amount: number;
}

/**
 * The past of a series as a calendar without holes. Amounts are divided by `unit`, a power of two near the mean, so that
 * the size of a series has no effect on the arithmetic, not even on its rounding.
 */
export interface DailyHistory {
  /** Day number of index 0. The last index is the last complete day. */
  readonly firstDay: number;
  /** In units; 0 where no data is known. */
  readonly amounts: readonly number[];
  readonly isKnown: readonly boolean[];
  /** Sum of the amounts, and count of the days with data, before each index and behind the last. */
  readonly sums: readonly number[];
  readonly counts: readonly number[];
  /** Each day as a multiple of the week around it, at most 4; NaN within three days of an end or of too few data. */
  readonly weekRatios: readonly number[];
  readonly unit: number;
  /** Days with data since the series last began; more than `amounts` has when the series is long. */
  readonly knownDays: number;
}

/** Longest past that is looked at, in days: what is replayed and a year and a month before it. */
const MAX_DAYS = 800;
/** A pause of so many days of zeros ends one workload; what follows is another. */
const LONG_PAUSE_DAYS = 14;
/** Part of the days of a steady workload that have an amount; five of seven on workdays alone. */
const MIN_ACTIVE_RATIO = 0.5;
/** Fewer days before a pause do not show that zeros are not the habit of the series. */
const MIN_STEADY_DAYS = 7;
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
  // A series that ended long ago has no recent day; its last days stand in for them.
  const used = recent.length > 0 ? recent : running.slice(-MAX_DAYS);
  const firstDay = used[0]?.number ?? asOf;
  const length = Math.min(MAX_DAYS, asOf - firstDay + 1);
  const unit = findUnit(used);
  const amounts = new Array<number>(length).fill(0);
  const isKnown = new Array<boolean>(length).fill(false);
  for (const day of used) {
    const index = day.number - firstDay;
    if (index >= length) break;
    amounts[index] = day.amount / unit;
    isKnown[index] = true;
  }
  const sums = accumulate(amounts);
  const counts = accumulate(isKnown.map(Number));
  return {
    firstDay,
    amounts,
    isKnown,
    sums,
    counts,
    weekRatios: compareWithWeek(amounts, isKnown, sums, counts),
    unit,
    knownDays: running.length,
  };
}

/**
 * Sum and count of the days with data in a span of a history; what lies before its start is left out.
 *
 * @param from - index of the first day, may be negative
 * @param to - index behind the last day
 */
export function sumSpan(
  { sums, counts }: Pick<DailyHistory, 'sums' | 'counts'>,
  from: number,
  to: number,
): { readonly sum: number; readonly count: number } {
  const start = Math.max(0, from);
  return {
    sum: Math.max(0, (sums[to] ?? 0) - (sums[start] ?? 0)),
    count: (counts[to] ?? 0) - (counts[start] ?? 0),
  };
}

/**
 * Index of the first day after the last long pause between steady workloads, 0 without one. The first workload may follow
 * zeros alone; a job that runs now and then is no new workload each time.
 */
function findStart(days: readonly CountedDay[]): number {
  let zeros = 0;
  for (let index = days.length - 1; index >= 0; index--) {
    zeros = days[index]?.amount === 0 ? zeros + 1 : 0;
    const start = index + LONG_PAUSE_DAYS;
    if (zeros < LONG_PAUSE_DAYS || start === days.length) continue;
    const before = trimZeros(days.slice(0, index));
    const wasSteady = before.length === 0 || (before.length >= MIN_STEADY_DAYS && isSteady(before));
    return wasSteady && isSteady(days.slice(start)) ? start : 0;
  }
  return 0;
}

/** From the first day with an amount to the last one. */
function trimZeros(days: readonly CountedDay[]): readonly CountedDay[] {
  const isActive = ({ amount }: CountedDay): boolean => amount > 0;
  return days.slice(Math.max(0, days.findIndex(isActive)), days.findLastIndex(isActive) + 1);
}

function isSteady(days: readonly CountedDay[]): boolean {
  return days.filter(({ amount }) => amount > 0).length >= MIN_ACTIVE_RATIO * days.length;
}

function findUnit(days: readonly CountedDay[]): number {
  const mean = days.reduce((total, day) => total + day.amount / days.length, 0);
  return mean > 0 ? 2 ** Math.floor(Math.log2(mean)) : 1;
}

function accumulate(values: readonly number[]): number[] {
  const sums = [0];
  for (const [index, value] of values.entries()) sums.push((sums[index] ?? 0) + value);
  return sums;
}

function compareWithWeek(
  amounts: readonly number[],
  isKnown: readonly boolean[],
  sums: readonly number[],
  counts: readonly number[],
): number[] {
  return amounts.map((amount, index) => {
    if (index < 3 || index >= amounts.length - 3 || isKnown[index] !== true) return Number.NaN;
    const { sum, count } = sumSpan({ sums, counts }, index - 3, index + 4);
    return count >= MIN_DAYS_OF_WEEK && sum > 0 ? Math.min(MAX_WEEK_RATIO, (amount * count) / sum) : Number.NaN;
  });
}
