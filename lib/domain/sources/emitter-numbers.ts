import type { MissingSpan } from './missing-spans.ts';

/** Numbers of an emitter of which some were not recorded, between two that were. */
export interface Gap {
  /** Both included. */
  readonly from: number;
  readonly to: number;
  /** How many of them are missing: all, unless gaps grew together to save room; then nobody knows which. */
  readonly count: number;
  /** Local days of the recorded calls on both sides, by number. */
  readonly dayBefore: string;
  readonly dayBehind: string;
  /** Arrival of the call that opened it, epoch milliseconds. */
  readonly noticedMs: number;
}

/** Which numbers of one emitter were recorded: all from `low` to `high` but those in the gaps. */
export interface EmitterNumbers {
  readonly id: string;
  /** App of its last call; null = none was sent. */
  readonly app: string | null;
  readonly low: number;
  readonly lowDay: string;
  /** Time of the call with the lowest number. */
  readonly lowTimeMs: number;
  readonly high: number;
  readonly highDay: string;
  /** Arrival of its last call. */
  readonly lastMs: number;
  /** Ascending, apart from each other. */
  readonly gaps: readonly Gap[];
}

/** A numbered call. */
export interface NumberedCall {
  readonly sequence: number;
  readonly day: string;
  readonly timeMs: number;
  /** Its arrival, epoch milliseconds. */
  readonly atMs: number;
  readonly app: string | null;
}

/** More numbers than this between two calls are no loss: the numbering began anew or counts something else. */
export const MAX_JUMP = 10_000_000;

/** Numbers of an emitter of which this is the first call. What came before is not known and not missed. */
export function firstNumber(id: string, { sequence, day, timeMs, atMs, app }: NumberedCall): EmitterNumbers {
  const ends = { low: sequence, lowDay: day, lowTimeMs: timeMs, high: sequence, highDay: day };
  return { id, app, ...ends, lastMs: atMs, gaps: [] };
}

/**
 * Takes a number in: one above the highest opens a gap behind it, one inside a gap closes that much of it, and one that
 * was there before changes nothing. A number below the lowest opens a gap where its call is the earlier one (it is
 * late); where it is the later one, the emitter began to count anew and what lies between is not known.
 *
 * Which numbers are missing, and between which days, does not depend on the order in which late ones come.
 */
export function takeNumber(numbers: EmitterNumbers, call: NumberedCall): EmitterNumbers {
  const { sequence, day, timeMs, atMs, app } = call;
  const { low, high, gaps } = numbers;
  const seen = { ...numbers, app, lastMs: Math.max(numbers.lastMs, atMs) };
  if (sequence > high) {
    const days = { dayBefore: numbers.highDay, dayBehind: day };
    const opened = openGap(high + 1, sequence - 1, { ...days, noticedMs: atMs });
    return { ...seen, high: sequence, highDay: day, gaps: [...gaps, ...opened] };
  }
  if (sequence < low) {
    const days = { dayBefore: day, dayBehind: numbers.lowDay };
    const isLate = timeMs <= numbers.lowTimeMs;
    const opened = isLate ? openGap(sequence + 1, low - 1, { ...days, noticedMs: atMs }) : [];
    return { ...seen, low: sequence, lowDay: day, lowTimeMs: timeMs, gaps: [...opened, ...gaps] };
  }
  const index = findGap(gaps, sequence);
  const gap = gaps[index];
  return gap ? { ...seen, gaps: gaps.toSpliced(index, 1, ...splitGap(gap, sequence, day)) } : seen;
}

/** Whether a number lies in gaps that grew together, so that nobody knows whether it is missing. */
export function isBlurred({ gaps }: EmitterNumbers, sequence: number): boolean {
  const gap = gaps[findGap(gaps, sequence)];
  return gap !== undefined && gap.count <= gap.to - gap.from;
}

/**
 * Lets neighbouring gaps grow together until so many are left: those first that were noticed soonest after each other, of
 * these the lowest. Nothing that is missing is lost by it, and late numbers still count down what is.
 *
 * @param most - from 1
 */
export function joinGaps(gaps: readonly Gap[], most: number): readonly Gap[] {
  const excess = gaps.length - most;
  if (excess <= 0) return gaps;
  const distances = gaps.map(({ noticedMs }, index) => Math.abs(noticedMs - (gaps[index - 1]?.noticedMs ?? 0)));
  const places = gaps.map((_, index) => index).slice(1);
  places.sort((a, b) => (distances[a] ?? 0) - (distances[b] ?? 0) || a - b);
  const isJoined = new Set(places.slice(0, excess));
  const joined: Gap[] = [];
  for (const [index, gap] of gaps.entries()) {
    const before = isJoined.has(index) ? joined.pop() : undefined;
    joined.push(before ? joinTwo(before, gap) : gap);
  }
  return joined;
}

/** A gap as the span of days that it belongs to. */
export function toSpan({ count, ...gap }: Gap, app: string | null): MissingSpan {
  const [firstDay, lastDay] = daysOf(gap);
  return { firstDay, lastDay, app, count };
}

function openGap(from: number, to: number, rest: Pick<Gap, 'dayBefore' | 'dayBehind' | 'noticedMs'>): readonly Gap[] {
  const count = to - from + 1;
  return count > 0 && count <= MAX_JUMP ? [{ from, to, count, ...rest }] : [];
}

/** Place of the gap around a number; -1 = it lies in none. There may be thousands, so they are not gone through. */
function findGap(gaps: readonly Gap[], sequence: number): number {
  let [low, high] = [0, gaps.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((gaps[middle]?.to ?? 0) < sequence) low = middle + 1;
    else high = middle;
  }
  return (gaps[low]?.from ?? Number.POSITIVE_INFINITY) <= sequence ? low : -1;
}

function splitGap(gap: Gap, sequence: number, day: string): readonly Gap[] {
  if (gap.count <= gap.to - gap.from) return gap.count === 1 ? [] : [{ ...gap, count: gap.count - 1 }];
  const before = { ...gap, to: sequence - 1, count: sequence - gap.from, dayBehind: day };
  const behind = { ...gap, from: sequence + 1, count: gap.to - sequence, dayBefore: day };
  return [before, behind].filter(({ count }) => count > 0);
}

/** The later notice counts: what may still be on its way must not be missed too early. */
function joinTwo(a: Gap, b: Gap): Gap {
  const days = [...daysOf(a), ...daysOf(b)].sort();
  const [dayBefore = a.dayBefore, dayBehind = b.dayBehind] = [days[0], days.at(-1)];
  const noticedMs = Math.max(a.noticedMs, b.noticedMs);
  return { from: a.from, to: b.to, count: a.count + b.count, dayBefore, dayBehind, noticedMs };
}

function daysOf({ dayBefore, dayBehind }: Pick<Gap, 'dayBefore' | 'dayBehind'>): readonly [string, string] {
  return dayBefore < dayBehind ? [dayBefore, dayBehind] : [dayBehind, dayBefore];
}
