import { describe, expect, it } from 'vitest';
import { detectNovelty, type NoveltyInput } from '../../../../lib/domain/anomaly/detect-novelty.ts';
import { detectOutliers } from '../../../../lib/domain/anomaly/detect-outliers.ts';
import { detectSurge, expectBetween, type KeyMinutes } from '../../../../lib/domain/anomaly/detect-surge.ts';
import { type AnomalyKey, compareAmounts, type Finding } from '../../../../lib/domain/anomaly/finding.ts';
import {
  estimateHourBaseline,
  type HourSpend,
  hourOfWeek,
  toClockMs,
} from '../../../../lib/domain/anomaly/hour-baseline.ts';
import { maskDays } from '../../../../lib/domain/anomaly/mask-days.ts';
import { mergeFindings } from '../../../../lib/domain/anomaly/merge-findings.ts';
import { expectByShare, rankContributors } from '../../../../lib/domain/anomaly/rank-contributors.ts';
import { describeRunOut, projectRunOut } from '../../../../lib/domain/anomaly/run-out.ts';
import { addDays, createZone } from '../../../../lib/domain/local-time.ts';

const USD = 1_000_000_000_000n;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** A Thursday midnight, so that hours of the week count from it. */
const NOW_MS = Date.UTC(2026, 0, 29);

/** Four weeks of hours at $60 with 600 calls, those of Sunday at three at $600. */
const hours: readonly HourSpend[] = Array.from({ length: 672 }, (_, index) => {
  const hourMs = NOW_MS - (672 - index) * HOUR_MS;
  const isNightly = new Date(hourMs).getUTCDay() === 0 && new Date(hourMs).getUTCHours() === 3;
  return { hourMs, costPicoUsd: (isNightly ? 600n : 60n) * USD, calls: isNightly ? 6_000 : 600 };
});

describe('what an hour should cost', () => {
  it('is the middle of the same hour on other days, and what happens every week is ordinary', () => {
    const { hourlyUsd, historyDays } = estimateHourBaseline(hours, NOW_MS);
    expect(historyDays).toBe(28);
    expect(hourlyUsd[hourOfWeek(Date.UTC(2026, 1, 1, 3))]).toBeCloseTo(600, 6);
    expect(hourlyUsd[hourOfWeek(Date.UTC(2026, 1, 2, 3))]).toBeCloseTo(60, 6);
  });

  it('does not follow a single wild day', () => {
    const wild = hours.map((one, index) => (index === 640 ? { ...one, costPicoUsd: 5_000n * USD } : one));
    expect(estimateHourBaseline(wild, NOW_MS).hourlyUsd).toEqual(estimateHourBaseline(hours, NOW_MS).hourlyUsd);
  });

  it('counts an hour without a row as one of zero', () => {
    const daytime = hours.filter(({ hourMs }) => new Date(hourMs).getUTCHours() >= 8);
    expect(estimateHourBaseline(daytime, NOW_MS).hourlyUsd[hourOfWeek(Date.UTC(2026, 1, 2, 5))]).toBe(0);
  });

  it('goes by the clock of the tenant: nine in the morning stays so where clocks change', () => {
    // Berlin: $100 an hour from nine to five each day, until Monday 2026-03-30, the day after clocks went forward.
    const zone = createZone('Europe/Berlin');
    const endMs = zone.dayStartMs('2026-03-30');
    const worked = Array.from({ length: 672 }, (_, index) => endMs - (index + 1) * HOUR_MS).map((hourMs) => {
      const isWork = zone.localHour(hourMs) >= 9 && zone.localHour(hourMs) < 17;
      return { hourMs: toClockMs(zone, hourMs), costPicoUsd: isWork ? 100n * USD : 0n, calls: isWork ? 100 : 0 };
    });
    const baseline = estimateHourBaseline(worked, toClockMs(zone, endMs));
    // The middle of the hour from nine to ten, which is 07:30 UTC that day and was 08:30 UTC before.
    const nineMs = toClockMs(zone, Date.UTC(2026, 2, 30, 7, 30));
    expect(expectBetween(baseline, nineMs, nineMs + MINUTE_MS) * 60).toBeCloseTo(100, 6);
    expect(expectBetween(baseline, nineMs - HOUR_MS, nineMs - HOUR_MS + MINUTE_MS) * 60).toBeCloseTo(0, 6);
  });

  it('is shared out over its minutes', () => {
    // $60 an hour is a dollar a minute.
    const baseline = estimateHourBaseline(hours, NOW_MS);
    expect(expectBetween(baseline, NOW_MS + 10 * MINUTE_MS, NOW_MS + 20 * MINUTE_MS)).toBeCloseTo(10, 6);
  });
});

/** The last hour of a key at so much a minute, the last five minutes of it at another pace. */
const minutesOf = (key: AnomalyKey, history: readonly HourSpend[], usd: bigint, lastUsd: bigint): KeyMinutes => ({
  key,
  baseline: estimateHourBaseline(history, NOW_MS),
  minutes: Array.from({ length: 60 }, (_, index) => ({
    minuteMs: NOW_MS + index * MINUTE_MS,
    costPicoUsd: (index < 55 ? usd : lastUsd) * USD,
  })),
});

const END_MS = NOW_MS + HOUR_MS;
const part = (tenths: bigint): readonly HourSpend[] =>
  hours.map((one) => ({ ...one, costPicoUsd: (one.costPicoUsd * tenths) / 10n, calls: one.calls / 2 }));
const app = (value: string): AnomalyKey => ({ dimension: 'app', value });

describe('the last minutes', () => {
  it('are a surge when they cost five times what they should, with the cause on top', () => {
    // $1 a minute is usual; the last five cost $5 each, $4 of it more than usual and all of that by one app.
    const total = minutesOf(null, hours, 1n, 5n);
    const values = [minutesOf(app('chat'), part(5n), 0n, 0n), minutesOf(app('loop'), part(5n), 0n, 5n)];
    const finding = detectSurge(total, values, END_MS);
    expect(finding).toMatchObject({ detector: 'burn_rate', key: null, isTold: true });
    expect(finding?.period).toEqual({ startMs: END_MS - 5 * MINUTE_MS, endMs: END_MS });
    expect(finding?.evidence.actualPicoUsd).toBe(25n * USD);
    expect(finding?.evidence.ratio).toBeCloseTo(5, 6);
    expect(finding?.evidence.contributors[0]).toMatchObject({ dimension: 'app', value: 'loop' });
  });

  it('are none as long as they cost what they should', () => {
    expect(detectSurge(minutesOf(null, hours, 1n, 1n), [], END_MS)).toBeUndefined();
  });

  it('are a surge of one value where the total hardly moves', () => {
    const total = minutesOf(
      null,
      hours.map((one) => ({ ...one, costPicoUsd: one.costPicoUsd * 10n, calls: one.calls * 10 })),
      10n,
      15n,
    );
    const finding = detectSurge(total, [minutesOf(app('loop'), hours, 1n, 12n)], END_MS);
    expect(finding?.key).toEqual(app('loop'));
  });

  it('are not judged by a single day, and by a wider measure in the first week', () => {
    const lately = (days: number) => hours.slice(-24 * days);
    expect(detectSurge(minutesOf(null, lately(1), 1n, 20n), [], END_MS)).toBeUndefined();
    // Five times the usual is enough after a week, and not after three days.
    expect(detectSurge(minutesOf(null, lately(8), 1n, 5n), [], END_MS)?.evidence.limitRatio).toBe(2.5);
    expect(detectSurge(minutesOf(null, lately(3), 1n, 5n), [], END_MS)).toBeUndefined();
    expect(detectSurge(minutesOf(null, lately(3), 1n, 9n), [], END_MS)?.evidence.limitRatio).toBe(6);
  });

  it('are none for cents, however many times the usual', () => {
    const cents = hours.map((one) => ({ ...one, costPicoUsd: one.costPicoUsd / 1_000n }));
    const minutes = minutesOf(null, cents, 0n, 0n);
    // 5 x $0.08 = $0.40 in five minutes, where half a cent is usual.
    const spends = minutes.minutes.map((one) => ({ ...one, costPicoUsd: (8n * USD) / 100n }));
    expect(detectSurge({ ...minutes, minutes: spends.slice(-5) }, [], END_MS)).toBeUndefined();
  });
});

describe('the run-out of a budget', () => {
  it('is what is left over the pace of the last minutes', () => {
    // $30 in the last 60 minutes is half a dollar a minute: $20 last 40 minutes.
    const runOut = projectRunOut(20n * USD, 30n * USD, 60);
    expect(runOut).toEqual({ hourlyPicoUsd: 30n * USD, minutesLeft: 40 });
    expect(describeRunOut(runOut)).toBe('the budget is gone in 40 minutes');
  });

  it('is now where nothing is left, and never where nothing is spent', () => {
    expect(projectRunOut(-1n, 0n, 60).minutesLeft).toBe(0);
    expect(describeRunOut(projectRunOut(0n, 5n, 60))).toBe('the budget is gone');
    expect(projectRunOut(USD, 0n, 60).minutesLeft).toBeNull();
    expect(describeRunOut(projectRunOut(USD, 0n, 60))).toBeUndefined();
  });

  it('is told in the unit that people think in', () => {
    const inWords = (minutesLeft: number) => describeRunOut({ minutesLeft });
    expect([1, 119, 120, 2_879, 2_880].map(inWords)).toEqual([
      'the budget is gone in 1 minute',
      'the budget is gone in 119 minutes',
      'the budget is gone in 2 hours',
      'the budget is gone in 47 hours',
      'the budget is gone in 2 days',
    ]);
  });
});

const DAY = { startMs: NOW_MS, endMs: NOW_MS + 24 * HOUR_MS };
const NOTHING: NoveltyInput = { values: [], prices: [] };

describe('what is new', () => {
  it('is a value that costs more than $20 on its first day, and no known one', () => {
    const value = (name: string, usd: bigint, isKnown: boolean) => ({
      dimension: 'model',
      value: name,
      costPicoUsd: usd * USD,
      isKnown,
    });
    const findings = detectNovelty(DAY, {
      ...NOTHING,
      values: [value('a', 21n, false), value('b', 20n, false), value('c', 90n, true)],
    });
    expect(findings.map(({ detector, key }) => [detector, key])).toEqual([
      ['first_use', { dimension: 'model', value: 'a' }],
    ]);
    expect(findings[0]?.evidence.excessPicoUsd).toBe(21n * USD);
  });

  it('is a price that changed, not one that is written otherwise', () => {
    const price = (model: string, beforeUsd: string, nowUsd: string) => ({
      model,
      unit: 'input_tokens',
      beforeUsd,
      nowUsd,
    });
    const findings = detectNovelty(DAY, {
      ...NOTHING,
      prices: [price('a', '2.50', '2.5'), price('b', '2.5', '5'), price('c', '10', '1')],
    });
    expect(findings.map(({ key }) => key?.value)).toEqual(['b', 'c']);
  });
});

describe('a single call', () => {
  const cents = (count: number) => Array.from({ length: count }, () => USD / 100n);
  const call = (costPicoUsd: bigint) => ({ id: 'c-1', model: 'm', timeMs: NOW_MS, costPicoUsd });

  it('is an outlier above a dollar, whatever is known of its model', () => {
    const [finding, ...others] = detectOutliers([call(USD), call(USD + 1n)], new Map());
    expect(others).toEqual([]);
    expect(finding?.evidence).toMatchObject({ actualPicoUsd: USD + 1n, expectedPicoUsd: null, ratio: null });
  });

  it('is one above 20 times what 99 of 100 calls of its model cost', () => {
    // The 99th percentile of 100 calls at a cent is a cent; 20 times that is 20 cents.
    const usual = new Map([['m', cents(100)]]);
    expect(detectOutliers([call(USD / 5n)], usual)).toEqual([]);
    expect(detectOutliers([call(USD / 5n + 1n)], usual)[0]?.evidence).toMatchObject({
      expectedPicoUsd: USD / 100n,
      limitRatio: 20,
    });
  });

  it('is none while few calls are known, or for less than five cents', () => {
    expect(detectOutliers([call(USD / 2n)], new Map([['m', cents(99)]]))).toEqual([]);
    const cheap = new Map([['m', cents(100).map((cost) => cost / 1_000n)]]);
    expect(detectOutliers([call((USD * 4n) / 100n)], cheap)).toEqual([]);
  });
});

describe('the cause', () => {
  const amounts = (dimension: string, value: string, expected: bigint, actual: bigint) => ({
    dimension,
    value,
    expectedPicoUsd: expected * USD,
    actualPicoUsd: actual * USD,
  });
  const total = { expectedPicoUsd: 100n * USD, actualPicoUsd: 300n * USD };

  it('is the smallest part that explains the difference: the app, not its team nor the environment of all', () => {
    const ranked = rankContributors(
      [
        amounts('environment', 'prod', 100n, 300n),
        amounts('team', 'cx', 40n, 240n),
        amounts('team', 'ops', 60n, 60n),
        amounts('app', 'bot', 10n, 210n),
        amounts('app', 'mail', 30n, 30n),
        amounts('app', 'batch', 60n, 60n),
      ],
      total,
    );
    expect(ranked.map(({ value, shareRatio }) => [value, shareRatio])).toEqual([
      ['bot', 1],
      ['cx', 1],
      ['prod', 1],
    ]);
  });

  it('is the whole team where all of its apps went up', () => {
    const ranked = rankContributors(
      [
        amounts('team', 'cx', 40n, 240n),
        amounts('team', 'ops', 60n, 60n),
        amounts('app', 'bot', 20n, 120n),
        amounts('app', 'mail', 20n, 120n),
        amounts('app', 'batch', 60n, 60n),
      ],
      total,
    );
    expect(ranked.map(({ value, shareRatio }) => [value, shareRatio])).toEqual([
      ['cx', 1],
      ['bot', 0.5],
      ['mail', 0.5],
    ]);
  });

  it('of less than expected is what went down', () => {
    const fallen = rankContributors([amounts('app', 'bot', 60n, 10n), amounts('app', 'mail', 40n, 45n)], {
      expectedPicoUsd: 100n * USD,
      actualPicoUsd: 55n * USD,
    });
    // 50 of 45 below.
    expect(fallen.map(({ value }) => value)).toEqual(['bot']);
    expect(fallen[0]?.shareRatio).toBeCloseTo(50 / 45, 9);
  });

  it('names three values of a dimension at most, and none where nothing differs', () => {
    const five = ['a', 'b', 'c', 'd', 'e'].map((name, index) => amounts('app', name, 20n, 60n + BigInt(index)));
    expect(rankContributors(five, total).map(({ value }) => value)).toEqual(['e', 'd', 'c']);
    expect(rankContributors(five, { expectedPicoUsd: 5n, actualPicoUsd: 5n })).toEqual([]);
  });

  it('is expected to cost its part of what was usual, a new one nothing', () => {
    const shared = expectByShare(90n * USD, [
      { dimension: 'app', value: 'a', actualPicoUsd: 5n, beforePicoUsd: 2n },
      { dimension: 'app', value: 'b', actualPicoUsd: 5n, beforePicoUsd: 1n },
      { dimension: 'app', value: 'new', actualPicoUsd: 5n, beforePicoUsd: 0n },
    ]);
    expect(shared.map(({ expectedPicoUsd }) => expectedPicoUsd)).toEqual([60n * USD, 30n * USD, 0n]);
  });
});

const finding = (key: AnomalyKey, startHour: number, usd: bigint): Finding => ({
  detector: 'burn_rate',
  key,
  period: { startMs: NOW_MS + startHour * HOUR_MS, endMs: NOW_MS + (startHour + 1) * HOUR_MS },
  evidence: compareAmounts(usd * USD, 0n, { limitRatio: null, z: null }),
  isTold: true,
});

describe('findings', () => {
  it('of a key that begin on the same local day are one anomaly, led by the largest; later ones are another', () => {
    const found = [finding(null, 0, 10n), finding(null, 24, 5n), finding(null, 23, 30n)];
    const anomalies = mergeFindings(createZone('UTC'), found);
    expect(anomalies.map(({ findings, main }) => [findings.length, main.evidence.excessPicoUsd])).toEqual([
      [2, 30n * USD],
      [1, 5n * USD],
    ]);
    expect(anomalies[0]?.period).toEqual({ startMs: NOW_MS, endMs: NOW_MS + 24 * HOUR_MS });
  });

  it('of two days stay apart where the first of them has 23 hours', () => {
    // Clocks in Berlin went forward on 2026-03-29: Sunday begins at 23:00 UTC, Monday at 22:00 UTC.
    const zone = createZone('Europe/Berlin');
    const days = ['2026-03-29', '2026-03-30'].map((day) => {
      const period = { startMs: zone.dayStartMs(day), endMs: zone.dayStartMs(addDays(day, 1)) };
      return { ...finding(null, 0, 10n), period };
    });
    expect(mergeFindings(zone, days)).toHaveLength(2);
  });

  it('of other keys stay apart, also of calls that sent no value', () => {
    const keys: readonly AnomalyKey[] = [
      null,
      app('a'),
      { dimension: 'app', value: null },
      { dimension: 'team', value: 'a' },
    ];
    expect(
      mergeFindings(
        createZone('UTC'),
        keys.map((key) => finding(key, 0, 1n)),
      ),
    ).toHaveLength(4);
  });
});

/** Calls of an app on a day, in whole picoUSD and calls. */
const row = (period: string, appName: string, cost: bigint, calls: bigint) => ({
  period,
  leaf: [appName],
  measures: { cost, calls },
});
const isOf = (leaf: readonly (string | null)[], key: AnomalyKey) => key === null || leaf[0] === key.value;

describe('a confirmed anomaly', () => {
  it('is taken off its calls and kept apart, and both together are the sums as they were', () => {
    const rows = [
      row('2026-01-06', 'bot', 901n, 90n),
      row('2026-01-06', 'mail', 100n, 7n),
      row('2026-01-07', 'bot', 9n, 1n),
    ];
    const confirmed = { key: app('bot'), day: '2026-01-06', expectedPicoUsd: 110n };
    const { regular, oneOffs } = maskDays(rows, [confirmed], isOf);
    // 90 calls x 110 / 901 = 10.99.
    expect(regular).toEqual([row('2026-01-06', 'bot', 110n, 10n), rows[1], rows[2]]);
    expect(oneOffs).toEqual([row('2026-01-06', 'bot', 791n, 80n)]);
  });

  it('of all calls takes off what one of an app has left', () => {
    const rows = [row('2026-01-06', 'bot', 900n, 9n), row('2026-01-06', 'mail', 100n, 1n)];
    const confirmed = [
      { key: app('bot'), day: '2026-01-06', expectedPicoUsd: 100n },
      { key: null, day: '2026-01-06', expectedPicoUsd: 100n },
    ];
    const { regular, oneOffs } = maskDays(rows, confirmed, isOf);
    // 900 -> 100, then (100 + 100) -> 100.
    expect(regular.map(({ measures }) => measures.cost)).toEqual([50n, 50n]);
    expect(oneOffs.reduce((sum, { measures }) => sum + (measures.cost ?? 0n), 0n)).toBe(900n);
  });

  it('that cost no more than it should have stays as it is', () => {
    const rows = [row('2026-01-06', 'bot', 90n, 9n)];
    const confirmed = { key: null, day: '2026-01-06', expectedPicoUsd: 110n };
    expect(maskDays(rows, [confirmed], isOf)).toEqual({ regular: rows, oneOffs: [] });
  });
});
