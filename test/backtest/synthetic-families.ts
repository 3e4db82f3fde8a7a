import { between, type Ingredients, makeSeries, type Random, seedRandom } from './synthetic-series.ts';
import type { BacktestWindow } from './windows.ts';

/** Series of one kind; each draws its own strength of every ingredient. */
export interface Family {
  readonly name: string;
  /** Days of history before the period, of which each series has one. */
  readonly historyDays: readonly number[];
  readonly draw: (random: Random) => Ingredients;
}

const ANY_HISTORY = [7, 14, 24, 28, 45, 60, 90, 120, 180] as const;
const LONG_HISTORY = [28, 45, 60, 90, 120, 180] as const;
const SHORT_HISTORY = [0, 3, 7, 10] as const;

/** The kinds of series that the forecast is fitted on and tried with; none is taken from public data. */
export const FAMILIES: readonly Family[] = [
  family('steady, strong week', ANY_HISTORY, (r) => ({
    weekend: between(r, 0.4, 0.8),
    noise: between(r, 0.04, 0.15),
    wander: 0.005,
  })),
  family('weak week', ANY_HISTORY, (r) => ({
    weekend: between(r, 0.1, 0.3),
    noise: between(r, 0.1, 0.35),
    wander: 0.01,
  })),
  family('no week, noise carried over', ANY_HISTORY, (r) => ({
    carried: [between(r, 0.3, 0.85), between(r, 0.2, 0.6)],
    noise: 0.05,
    wander: 0.01,
  })),
  family('wandering level', ANY_HISTORY, (r) => ({
    weekend: between(r, 0, 0.5),
    wander: between(r, 0.03, 0.09),
    noise: between(r, 0.05, 0.25),
  })),
  family('level shifts', LONG_HISTORY, (r) => ({
    weekend: between(r, 0, 0.6),
    noise: between(r, 0.05, 0.25),
    shifts: 2,
  })),
  family('growth', ANY_HISTORY, (r) => ({
    weekend: between(r, 0, 0.6),
    noise: between(r, 0.05, 0.25),
    dailyGrowth: between(r, 0.005, 0.02),
    wander: 0.01,
  })),
  family('decline', ANY_HISTORY, (r) => ({
    weekend: between(r, 0, 0.6),
    noise: between(r, 0.05, 0.25),
    dailyGrowth: -between(r, 0.005, 0.02),
    wander: 0.01,
  })),
  family('sparse', ANY_HISTORY, (r) => ({
    noise: between(r, 0.2, 0.7),
    zeroRatio: between(r, 0.5, 0.85),
    wander: 0.01,
  })),
  family('some zeros', ANY_HISTORY, (r) => ({
    weekend: between(r, 0.1, 0.6),
    noise: between(r, 0.1, 0.4),
    zeroRatio: between(r, 0.05, 0.3),
  })),
  family('bursty', ANY_HISTORY, (r) => ({
    carried: [between(r, 0.3, 0.8), between(r, 0.6, 1.1)],
    noise: between(r, 0.2, 0.6),
    wander: 0.02,
  })),
  family('heavy tails', ANY_HISTORY, (r) => ({
    weekend: between(r, 0, 0.4),
    spikes: [between(r, 0.01, 0.06), between(r, 0.5, 2), between(r, 0.2, 0.75)],
    noise: between(r, 0.08, 0.25),
    carried: [0.7, 0.15],
    wander: 0.01,
  })),
  family('month ends', LONG_HISTORY, (r) => ({
    weekend: between(r, 0, 0.5),
    monthEnd: between(r, 1.5, 3),
    noise: between(r, 0.05, 0.2),
    wander: 0.01,
  })),
  family('holidays', ANY_HISTORY, (r) => ({
    weekend: between(r, 0.2, 0.7),
    holidays: between(r, 0.02, 0.05),
    noise: between(r, 0.05, 0.15),
    wander: 0.005,
  })),
  family('short history', SHORT_HISTORY, (r) => ({
    weekend: between(r, 0, 0.7),
    noise: between(r, 0.05, 0.5),
    wander: between(r, 0, 0.05),
    dailyGrowth: between(r, -0.01, 0.03),
  })),
  family('season of a year', LONG_HISTORY, (r) => ({
    season: between(r, 0.1, 0.4),
    weekend: between(r, 0.1, 0.5),
    carried: [0.7, between(r, 0.03, 0.1)],
    noise: 0.03,
    holidays: 0.012,
  })),
  family('take-up of a new workload', [0, 7, 14, 28], (r) => ({
    takeUp: [between(r, 5, 40), between(r, 3, 9)],
    weekend: between(r, 0, 0.6),
    noise: between(r, 0.1, 0.35),
    wander: 0.02,
  })),
  family('office hours', ANY_HISTORY, (r) => ({
    weekend: between(r, 0.9, 0.99),
    noise: between(r, 0.1, 0.3),
    wander: 0.015,
  })),
  family('batch jobs', ANY_HISTORY, (r) => ({
    batch: [[3, 5, 10, 14][Math.floor(r() * 4)] ?? 3, between(r, 3, 15)],
    noise: between(r, 0.1, 0.3),
  })),
  family('everything at once', LONG_HISTORY, (r) => ({
    weekend: between(r, 0, 0.5),
    carried: [0.6, between(r, 0.05, 0.3)],
    noise: between(r, 0.05, 0.2),
    wander: between(r, 0.005, 0.03),
    spikes: [between(r, 0, 0.02), between(r, 0.3, 1.5), between(r, 0.1, 0.6)],
    season: between(r, 0, 0.2),
    holidays: 0.01,
    shifts: r() < 0.3 ? 1 : 0,
  })),
];

/** One 30-day period of each of `count` series of a family; the same arguments give the same windows. */
export function makeWindows(of: Family, count: number, seed: number): BacktestWindow[] {
  return Array.from({ length: count }, (_, index) => {
    const random = seedRandom(hashText(of.name) + seed * 7919 + index * 104_729);
    const history = of.historyDays[Math.floor(random() * of.historyDays.length)] ?? 0;
    const parts = of.draw(random);
    const firstDay = 20_000 + Math.floor(random() * 7);
    const days = makeSeries(random, history + 30, parts).map((amount, day) => ({ number: firstDay + day, amount }));
    return { days, startDay: firstDay + history };
  });
}

function family(name: string, historyDays: readonly number[], draw: Family['draw']): Family {
  return { name, historyDays, draw };
}

function hashText(text: string): number {
  return [...text].reduce((hash, character) => (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0, 0);
}
