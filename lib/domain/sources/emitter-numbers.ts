import type { MissingSpan } from './missing-spans.ts';

/** Consecutive numbers of an emitter that were not recorded, between two that were. */
export interface Gap {
  /** Both included. */
  readonly from: number;
  readonly to: number;
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
    const opened = openGap({ from: high + 1, to: sequence - 1, ...days, noticedMs: atMs });
    return { ...seen, high: sequence, highDay: day, gaps: [...gaps, ...opened] };
  }
  if (sequence < low) {
    const days = { dayBefore: day, dayBehind: numbers.lowDay };
    const gap = { from: sequence + 1, to: low - 1, ...days, noticedMs: atMs };
    const opened = timeMs <= numbers.lowTimeMs ? openGap(gap) : [];
    return { ...seen, low: sequence, lowDay: day, lowTimeMs: timeMs, gaps: [...opened, ...gaps] };
  }
  const index = gaps.findIndex(({ from, to }) => from <= sequence && sequence <= to);
  const gap = gaps[index];
  return gap ? { ...seen, gaps: gaps.toSpliced(index, 1, ...splitGap(gap, sequence, day)) } : seen;
}

/** A gap as the span of days that it belongs to. */
export function toSpan({ from, to, dayBefore, dayBehind }: Gap, app: string | null): MissingSpan {
  const [firstDay, lastDay] = dayBefore < dayBehind ? [dayBefore, dayBehind] : [dayBehind, dayBefore];
  return { firstDay, lastDay, app, count: to - from + 1 };
}

function openGap(gap: Gap): readonly Gap[] {
  const size = gap.to - gap.from + 1;
  return size > 0 && size <= MAX_JUMP ? [gap] : [];
}

function splitGap(gap: Gap, sequence: number, day: string): readonly Gap[] {
  const before = { ...gap, to: sequence - 1, dayBehind: day };
  const behind = { ...gap, from: sequence + 1, dayBefore: day };
  return [before, behind].filter(({ from, to }) => from <= to);
}
