import { describe, expect, it } from 'vitest';
import { detectDays } from '../../../../lib/domain/anomaly/detect-days.ts';
import type { DailySpend, Finding } from '../../../../lib/domain/anomaly/finding.ts';
import { addDays, createZone } from '../../../../lib/domain/local-time.ts';

const ZONE = createZone('Europe/Berlin');
const USD = 1_000_000_000_000n;

/** Days in a row from Monday 2026-01-05 on, in whole USD. */
const days = (amounts: readonly number[]): readonly DailySpend[] =>
  amounts.map((usd, index) => ({ day: addDays('2026-01-05', index), costPicoUsd: BigInt(usd) * USD }));

/** So many days of about $100, the working days of $110 and the weekend of $60. */
const weeks = (count: number): number[] =>
  Array.from({ length: count }, (_, index) => (index % 7 < 5 ? 110 : 60) + ((index * 3) % 5));

const detect = (amounts: readonly number[]): readonly Finding[] => detectDays(ZONE, null, days(amounts));
const names = (findings: readonly Finding[]) => findings.map(({ detector }) => detector);

describe('days of a key', () => {
  it('that go on as always hold nothing', () => {
    expect(detect(weeks(92))).toEqual([]);
  });

  it('are told of when one is three times the usual, with what speaks for it', () => {
    // Day 35 is a Monday, 2026-02-09; it should cost about $110 and costs $330.
    const [finding, ...others] = detect([...weeks(35), 330]);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ detector: 'daily_spike', key: null, isTold: true });
    // The day in Berlin, an hour ahead of UTC.
    expect(finding?.period).toEqual({ startMs: Date.UTC(2026, 1, 8, 23), endMs: Date.UTC(2026, 1, 9, 23) });
    const evidence = finding?.evidence;
    expect(evidence?.actualPicoUsd).toBe(330n * USD);
    expect(Number(evidence?.expectedPicoUsd) / 1e12).toBeCloseTo(110, -1);
    expect((evidence?.expectedPicoUsd ?? 0n) + (evidence?.excessPicoUsd ?? 0n)).toBe(330n * USD);
    expect(evidence?.ratio).toBeGreaterThan(evidence?.limitRatio ?? 9);
    expect(evidence?.z).toBeGreaterThan(3);
  });

  it('are judged by their weekday: what is usual on a Friday is not on a Sunday', () => {
    expect(detect([...weeks(39), 111])).toEqual([]);
    expect(names(detect([...weeks(41), 130]))).toEqual(['daily_spike']);
  });

  it('say nothing in the first fortnight, and nothing for less than ten dollars', () => {
    expect(detect([...weeks(13), 500])).toEqual([]);
    // A tenth of everything: $33 instead of $11 is $22 more; a hundredth: $3.30 instead of $1.10.
    const small = (part: bigint) =>
      detectDays(
        ZONE,
        null,
        days([...weeks(35), 330]).map((one) => ({ ...one, costPicoUsd: one.costPicoUsd / part })),
      );
    expect(names(small(10n))).toEqual(['daily_spike']);
    expect(small(100n)).toEqual([]);
  });

  it('of zero spend are no ordinary days: the next ones are not spikes beside them', () => {
    const sparse = weeks(60).map((usd, index) => (index % 9 === 4 ? 0 : usd));
    expect(detect(sparse)).toEqual([]);
  });

  it('of which a weekday is always zero are no drop', () => {
    const working = weeks(70).map((usd, index) => (index % 7 < 4 ? usd : 0));
    expect(detect(working)).toEqual([]);
  });

  it('without data are not looked at', () => {
    const known = days(weeks(60)).filter((_, index) => index < 30 || index > 40);
    expect(detectDays(ZONE, null, known)).toEqual([]);
  });

  it('are a drop when three in a row are far below, which is shown and not told', () => {
    const findings = detect([...weeks(35), 5, 4, 6]);
    expect(names(findings)).toEqual(['drop']);
    // 5 + 4 + 6 = 15, where three working days were due.
    expect(findings[0]?.evidence.actualPicoUsd).toBe(15n * USD);
    expect(findings[0]?.evidence.excessPicoUsd).toBeLessThan(-250n * USD);
    expect(findings[0]?.isTold).toBe(false);
    expect(detect([...weeks(35), 5, 4, 110])).toEqual([]);
    expect(names(detect([...weeks(35), 0, 0, 0]))).toEqual(['drop']);
  });

  it('that move to another level are told of as that, once, and are ordinary from then on', () => {
    const findings = detect([...weeks(42), ...weeks(30).map((usd) => usd * 2)]);
    const shifts = findings.filter(({ detector }) => detector === 'level_shift');
    expect(shifts).toHaveLength(1);
    // From the first day of the new level on, day 42 = 2026-02-16.
    expect(shifts[0]?.period.startMs).toBe(ZONE.dayStartMs('2026-02-16'));
    const spikes = findings.filter(({ detector }) => detector === 'daily_spike');
    expect(spikes.every(({ period }) => period.startMs < ZONE.dayStartMs('2026-02-23'))).toBe(true);
  });

  it('that move by cents are not told of', () => {
    // $1.10 a day becomes $2.20: five days are off by $5.50.
    const cents = [...weeks(42), ...weeks(10).map((usd) => usd * 2)].map((usd, index) => ({
      day: addDays('2026-01-05', index),
      costPicoUsd: (BigInt(usd) * USD) / 100n,
    }));
    expect(detectDays(ZONE, null, cents)).toEqual([]);
  });

  it('of which calls may be missing are no drop, no measure for others, and may be spikes all the same', () => {
    const drop = days([...weeks(35), 5, 4, 6]).map((day, index) => ({ ...day, isPartial: index >= 36 }));
    expect(detectDays(ZONE, null, drop)).toEqual([]);
    const spike = days([...weeks(35), 330]).map((day, index) => ({ ...day, isPartial: index === 35 }));
    expect(names(detectDays(ZONE, null, spike))).toEqual(['daily_spike']);
    // A week at a tenth, of which nine tenths got lost, leaves the expected amount of the next day as it was.
    const lost = days([...weeks(35), ...weeks(7).map((usd) => Math.round(usd / 10)), 330]);
    const expected = (marked: boolean) =>
      detectDays(
        ZONE,
        null,
        lost.map((day, index) => ({ ...day, isPartial: marked && index >= 35 && index < 42 })),
      ).find(({ detector }) => detector === 'daily_spike')?.evidence.expectedPicoUsd ?? 0n;
    expect(Number(expected(true)) / 1e12).toBeCloseTo(112, -1);
    expect(expected(false)).toBeLessThan(expected(true));
  });

  it('are judged by the regular part of days that were confirmed to be one-offs', () => {
    // A week at $300 looks like a new level, beside which Monday's $250 is nothing special.
    const usual = weeks(35);
    const moved = days([...usual, ...usual.slice(0, 7).map(() => 300), 250]);
    const onMonday = (series: readonly DailySpend[]) =>
      detectDays(ZONE, null, series).filter(({ period }) => period.startMs === ZONE.dayStartMs('2026-02-16'));
    expect(onMonday(moved)).toEqual([]);
    const confirmed = moved.map((day, index) =>
      index >= 35 && index < 42 ? { ...day, regularPicoUsd: BigInt(usual[index - 35] ?? 0) * USD } : day,
    );
    const [spike] = onMonday(confirmed);
    expect(spike?.detector).toBe('daily_spike');
    expect(Number(spike?.evidence.expectedPicoUsd) / 1e12).toBeCloseTo(112, -1);
    // The confirmed days stay what they were, spikes of $300.
    const spikes = detectDays(ZONE, null, confirmed).filter(({ detector }) => detector === 'daily_spike');
    expect(spikes.filter(({ evidence }) => evidence.actualPicoUsd === 300n * USD)).toHaveLength(7);
  });

  it('are judged by those before them alone, whatever comes later', () => {
    const amounts = [...weeks(35), 330, ...weeks(20)];
    const early = detect(amounts.slice(0, 40));
    expect(detect(amounts).slice(0, early.length)).toEqual(early);
  });

  it('must be days of the calendar', () => {
    expect(() => detectDays(ZONE, null, [{ day: '2026-02-30', costPicoUsd: 1n }])).toThrow('2026-02-30');
  });
});
