import type { DailySpend } from '../../lib/domain/anomaly/finding.ts';
import { addDays } from '../../lib/domain/local-time.ts';
import { createRandom, type Random } from '../../lib/sample/random.ts';

/** What is built into a series beside its weekly pattern, noise and spikes. */
export interface SeriesShape {
  /** Share of series in which a tenth of the days is zero. */
  readonly sparseRatio: number;
  /** Spikes of each of {@link SPIKE_FACTORS}. */
  readonly spikesPerFactor: number;
  /** Factor by which every day is above the day before. */
  readonly dailyGrowth: number;
  /** Factor of every day from the one in the middle on. */
  readonly shiftFactor: number;
}

/** The set that the detectors are measured on. */
export const MEASURED_SHAPE: SeriesShape = { sparseRatio: 0.2, spikesPerFactor: 3, dailyGrowth: 1, shiftFactor: 1 };

/** Days of a series, and the index of the first that may hold a spike. */
export const SERIES_DAYS = 92;
const FIRST_SPIKE_DAY = 29;

/** How many times its ordinary spend a day with a spike has. */
export const SPIKE_FACTORS = [1.5, 2, 3] as const;

/** One series of daily spend with what is wrong with it. */
export interface AnomalySeries {
  /** One for each day, oldest first. */
  readonly days: readonly DailySpend[];
  /** Factors of days with a spike, by index of the day. */
  readonly spikes: ReadonlyMap<number, number>;
}

/**
 * Makes a set of series: level log-uniform from $50 to $5,000 a day, a weekend of 0.3 to 1.1 times the week, five
 * working days that differ by a tenth, log-normal noise with a sigma of 0.1 to 0.3, three spikes each of 1.5, 2 and 3
 * times the day on days drawn from the 30th on. Days of zero spend get none: twice nothing is nothing to be found.
 *
 * @param seed - equal seeds give equal sets
 * @param count - series of the set
 */
export function makeAnomalySeries(seed: string, count: number, shape: SeriesShape = MEASURED_SHAPE): AnomalySeries[] {
  return Array.from({ length: count }, (_, index) => {
    const random = createRandom(`${seed}/${index}`);
    const isSparse = index < count * shape.sparseRatio;
    return makeSeries(random, isSparse, shape);
  });
}

function makeSeries(random: Random, isSparse: boolean, shape: SeriesShape): AnomalySeries {
  const levelUsd = 50 * 100 ** random.next();
  const sigma = 0.1 + 0.2 * random.next();
  const weekendFactor = 0.3 + 0.8 * random.next();
  const weekday = Array.from({ length: 7 }, (_, index) => (index < 5 ? random.logNormal(1, 0.1) : weekendFactor));
  const isZero = Array.from({ length: SERIES_DAYS }, () => isSparse && random.next() < 0.1);
  const spikes = drawSpikes(random, shape.spikesPerFactor, isZero);
  const days = Array.from({ length: SERIES_DAYS }, (_, index): DailySpend => {
    const shift = index >= SERIES_DAYS / 2 ? shape.shiftFactor : 1;
    const ordinaryUsd = levelUsd * (weekday[index % 7] ?? 1) * shape.dailyGrowth ** index * shift;
    const usd = isZero[index] ? 0 : random.logNormal(ordinaryUsd, sigma) * (spikes.get(index) ?? 1);
    // 2026-01-05 is a Monday; a whole number of micro-USD.
    return { day: addDays('2026-01-05', index), costPicoUsd: BigInt(Math.round(usd * 1e6)) * 1_000_000n };
  });
  return { days, spikes };
}

function drawSpikes(random: Random, perFactor: number, isZero: readonly boolean[]): ReadonlyMap<number, number> {
  const spikes = new Map<number, number>();
  for (const factor of SPIKE_FACTORS) {
    for (let drawn = 0; drawn < perFactor; ) {
      const index = FIRST_SPIKE_DAY + random.below(SERIES_DAYS - FIRST_SPIKE_DAY);
      if (spikes.has(index) || isZero[index]) continue;
      spikes.set(index, factor);
      drawn += 1;
    }
  }
  return spikes;
}
