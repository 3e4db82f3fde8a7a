import { invariant } from '../errors.ts';
import { parseDayNumber } from '../forecast/day-number.ts';
import { addDays, type Zone } from '../local-time.ts';
import {
  BASELINE_WINDOW_DAYS,
  type DayBaseline,
  estimateDayBaseline,
  type SpendingDay,
  weekdayOf,
} from './day-baseline.ts';
import { type AnomalyDetector, type AnomalyKey, compareAmounts, type DailySpend, type Finding } from './finding.ts';
import { fromStatisticalUsd, toStatisticalUsd } from './statistics.ts';

/** When a day is an anomaly; every figure is a setting. */
export interface DailyRule {
  /** Complete days before a day that it takes to judge it. */
  readonly minHistoryDays: number;
  /** A day is far off when the logarithm of actual over expected is beyond `marginLog + marginSpreads * spread`... */
  readonly marginLog: number;
  readonly marginSpreads: number;
  /** So many spreads more while fewer than `fewDays` days are known: of each weekday there are three at the most then. */
  readonly fewDays: number;
  readonly fewDaysSpreads: number;
  /** And when it is off by so much at least, picoUSD. A level moved when its days together are. */
  readonly minExcessPicoUsd: bigint;
  /** Days in a row far below that make a drop. */
  readonly dropDays: number;
  /** A level moved when so many of so many days are beyond so many spreads on one side. */
  readonly shiftDays: number;
  readonly shiftWindowDays: number;
  readonly shiftSpreads: number;
}

/** Chosen on sets of series that no test uses; docs/anomalies.md has what it finds and what it costs. */
export const DAILY_RULE: DailyRule = {
  minHistoryDays: 14,
  marginLog: Math.log(1.16),
  marginSpreads: 1.55,
  fewDays: 28,
  fewDaysSpreads: 0.6,
  minExcessPicoUsd: 10_000_000_000_000n,
  dropDays: 3,
  shiftDays: 5,
  shiftWindowDays: 7,
  shiftSpreads: 1.75,
};

/**
 * Looks at every day of a key in the light of the days before it: days far above what they should have cost (A1), runs
 * of days far below (A3), and levels that moved for good (A4), after which days are judged by the new level. Same input,
 * same findings; a day is never judged by a later one, but for the level shift that later days bring to light.
 *
 * @param zone - in which the days are days
 * @param days - complete days, oldest first, each at most once; a day that is absent is one without data, not of zero
 * @param sinceDay - earlier days are only learned from, which saves most of the work
 * @returns by time of their end
 * @throws {@link InvariantError} when a day is none of the calendar
 */
export function detectDays(
  zone: Zone,
  key: AnomalyKey,
  days: readonly DailySpend[],
  rule: DailyRule = DAILY_RULE,
  sinceDay = '',
): readonly Finding[] {
  const scan = new DayScan(rule);
  const findings: Finding[] = [];
  const toFinding = (detector: AnomalyDetector, judged: readonly JudgedDay[]): Finding => {
    const [first, last] = [judged[0]?.day ?? '', judged.at(-1)?.day ?? ''];
    const actual = judged.reduce((sum, { costPicoUsd }) => sum + costPicoUsd, 0n);
    const expected = judged.reduce((sum, { expectedPicoUsd }) => sum + expectedPicoUsd, 0n);
    const { limitRatio, z } = judged.at(-1) ?? { limitRatio: null, z: null };
    return {
      detector,
      key,
      period: { startMs: zone.dayStartMs(first), endMs: zone.dayStartMs(addDays(last, 1)) },
      evidence: compareAmounts(actual, expected, { limitRatio, z }),
      isTold: detector !== 'drop',
    };
  };
  for (const day of days) {
    const { spike, drop, shift } = scan.take(day, day.day >= sinceDay);
    if (spike) findings.push(toFinding('daily_spike', [spike]));
    if (drop) findings.push(toFinding('drop', drop));
    if (shift) findings.push(toFinding('level_shift', shift));
  }
  return findings;
}

/** A day beside what it should have cost. */
interface JudgedDay {
  readonly day: string;
  readonly number: number;
  readonly costPicoUsd: bigint;
  readonly expectedPicoUsd: bigint;
  /** Logarithm of actual over expected; minus infinity for a day of zero. */
  readonly off: number;
  readonly spread: number;
  readonly z: number | null;
  /** Of a spike, or of a drop for a day below. */
  readonly limitRatio: number;
}

interface DayFindings {
  readonly spike?: JudgedDay;
  readonly drop?: readonly JudgedDay[];
  readonly shift?: readonly JudgedDay[];
}

/** Days as they come, with what is known before each. */
class DayScan {
  readonly #rule: DailyRule;
  readonly #days: { readonly day: string; readonly number: number; readonly costPicoUsd: bigint }[] = [];
  #spending: SpendingDay[] = [];
  #regime = 0;
  #first: number | undefined;
  /** Baselines as they were before the days of the shift window, oldest first. */
  readonly #baselines: { readonly number: number; readonly regime: number; readonly baseline: DayBaseline }[] = [];
  #below: JudgedDay[] = [];

  constructor(rule: DailyRule) {
    this.#rule = rule;
  }

  take(
    { day, costPicoUsd, regularPicoUsd = costPicoUsd, isPartial = false }: DailySpend,
    isAsked: boolean,
  ): DayFindings {
    const number = parseDayNumber(day);
    invariant(number !== undefined, `not a calendar day: ${day}`);
    this.#first ??= number;
    this.#spending = this.#spending.filter((past) => past.number >= number - BASELINE_WINDOW_DAYS);
    const isJudged = isAsked && number - this.#first >= this.#rule.minHistoryDays;
    const baseline = isJudged ? estimateDayBaseline(this.#spending, number, this.#regime) : undefined;
    if (!isPartial) this.#days.push({ day, number, costPicoUsd: regularPicoUsd });
    if (regularPicoUsd > 0n && !isPartial) {
      this.#spending.push({ number, logUsd: Math.log(toStatisticalUsd(regularPicoUsd)), regime: this.#regime });
    }
    if (!baseline) return {};
    const isYoung = number - this.#first < this.#rule.fewDays;
    const judged = judgeDay(this.#rule, { day, number, costPicoUsd }, baseline, isYoung);
    this.#baselines.push({ number, regime: this.#regime, baseline });
    const isSpike = judged.off > 0 && this.#isFar(judged);
    if (isPartial) {
      // What is below may only be missing, and what went before is no run of days in a row any more.
      this.#below = [];
      return isSpike ? { spike: judged } : {};
    }
    const drop = this.#followDrop(judged);
    const shift = this.#findShift(number);
    return { ...(isSpike ? { spike: judged } : {}), ...(drop ? { drop } : {}), ...(shift ? { shift } : {}) };
  }

  #isFar({ off, costPicoUsd, expectedPicoUsd, limitRatio }: JudgedDay): boolean {
    const excess = costPicoUsd - expectedPicoUsd;
    const size = excess < 0n ? -excess : excess;
    return Math.abs(off) > Math.abs(Math.log(limitRatio)) && size >= this.#rule.minExcessPicoUsd;
  }

  #isMuch(judged: readonly JudgedDay[]): boolean {
    const excess = judged.reduce((sum, { costPicoUsd, expectedPicoUsd }) => sum + costPicoUsd - expectedPicoUsd, 0n);
    return (excess < 0n ? -excess : excess) >= this.#rule.minExcessPicoUsd;
  }

  /** A run of days far below is told of once, when it is long enough. */
  #followDrop(judged: JudgedDay): readonly JudgedDay[] | undefined {
    // A weekday on which there is usually nothing says nothing, so it neither continues a run nor ends it.
    if (judged.costPicoUsd === 0n && this.#isUsuallyZero(judged.number)) return undefined;
    this.#below = judged.off < 0 && this.#isFar(judged) ? [...this.#below, judged] : [];
    return this.#below.length === this.#rule.dropDays ? this.#below : undefined;
  }

  #isUsuallyZero(number: number): boolean {
    const same = this.#days.filter(
      (past) =>
        weekdayOf(past.number) === weekdayOf(number) &&
        past.number < number &&
        past.number >= number - BASELINE_WINDOW_DAYS,
    );
    return same.filter(({ costPicoUsd }) => costPicoUsd === 0n).length * 2 >= same.length;
  }

  /** Judges the last days by what was known before all of them. Where most are off to one side, a new level began. */
  #findShift(number: number): readonly JudgedDay[] | undefined {
    const { shiftWindowDays, shiftDays, shiftSpreads } = this.#rule;
    const start = number - shiftWindowDays + 1;
    while ((this.#baselines[0]?.number ?? start) < start) this.#baselines.shift();
    const before = this.#baselines[0];
    if (before?.number !== start || before.regime !== this.#regime) return undefined;
    const judged = this.#days
      .filter((past) => past.number >= start && past.costPicoUsd > 0n)
      .map((past) => judgeDay(this.#rule, past, before.baseline, false));
    for (const side of [1, -1]) {
      const off = judged.filter((day) => day.off * side > shiftSpreads * day.spread);
      const from = off[0]?.number;
      if (off.length < shiftDays || from === undefined || !this.#isMuch(judged.filter((day) => day.number >= from)))
        continue;
      this.#regime += 1;
      this.#spending = this.#spending.map((past) => (past.number >= from ? { ...past, regime: this.#regime } : past));
      this.#below = [];
      return judged.filter((day) => day.number >= from);
    }
    return undefined;
  }
}

function judgeDay(
  rule: DailyRule,
  { day, number, costPicoUsd }: Pick<JudgedDay, 'day' | 'number' | 'costPicoUsd'>,
  { level, weekdayOffsets, spreads }: DayBaseline,
  isYoung: boolean,
): JudgedDay {
  const weekday = weekdayOf(number);
  const spread = spreads[weekday] ?? Number.POSITIVE_INFINITY;
  const expectedLog = level + (weekdayOffsets[weekday] ?? 0);
  const off = costPicoUsd === 0n ? Number.NEGATIVE_INFINITY : Math.log(toStatisticalUsd(costPicoUsd)) - expectedLog;
  const margin = rule.marginLog + (rule.marginSpreads + (isYoung ? rule.fewDaysSpreads : 0)) * spread;
  return {
    day,
    number,
    costPicoUsd,
    expectedPicoUsd: fromStatisticalUsd(Math.exp(expectedLog)),
    off,
    spread,
    z: costPicoUsd === 0n ? null : off / spread,
    limitRatio: Math.exp(off < 0 ? -margin : margin),
  };
}
