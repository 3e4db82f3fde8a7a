import { readFileSync } from 'node:fs';
import { readPublicSeries } from './public-series.ts';
import { FAMILIES } from './synthetic-families.ts';
import { between, makeSeries, seedRandom } from './synthetic-series.ts';
import type { SeriesDay } from './windows.ts';

/** A series of daily bills, ascending. */
export interface BillSeries {
  readonly name: string;
  readonly days: readonly SeriesDay[];
}

/** Length of a followed series: four weeks to begin with, and six months. */
export const FOLLOWED_DAYS = 210;
const SYNTHETIC_SERIES = 60;

/** The public series, each over its last {@link FOLLOWED_DAYS} days. */
export function readLastStretches(): BillSeries[] {
  return readPublicSeries().map(({ name, days }) => ({ name, days: days.slice(-FOLLOWED_DAYS) }));
}

/** Every stretch of the public series that are longer, one after another, back from the last. */
export function readAllStretches(): BillSeries[] {
  return readPublicSeries().flatMap(({ name, days }) => {
    const stretches = Math.floor(days.length / FOLLOWED_DAYS);
    return Array.from({ length: stretches }, (_, index) => {
      const end = days.length - index * FOLLOWED_DAYS;
      return { name: `${name}, stretch ${index + 1}`, days: days.slice(end - FOLLOWED_DAYS, end) };
    });
  });
}

/**
 * Workloads as they mostly are: a week, noise, rare peaks, a level that wanders, is flat or grows; two of five change
 * their level once, up or down. How much of each was chosen so that the rules without a probability do as METHODS 6 has
 * them, seed 1 in view; a rule that is chosen afterwards is tried on a seed that nobody looked at before.
 */
export function makeWorkloads(seed: number): BillSeries[] {
  return Array.from({ length: SYNTHETIC_SERIES }, (_, index) => {
    const random = seedRandom(seed * 7919 + index * 104_729);
    const parts = {
      weekend: between(random, 0, 0.6),
      noise: between(random, 0.05, 0.25),
      carried: [0.6, between(random, 0.02, 0.12)] as const,
      wander: between(random, 0.002, 0.012),
      dailyGrowth: between(random, -0.0005, 0.004),
      spikes: [between(random, 0, 0.02), between(random, 0.3, 1.5), between(random, 0.1, 0.6)] as const,
      holidays: 0.01,
    };
    const changeDay = index % 5 < 2 ? Math.floor(between(random, 0, FOLLOWED_DAYS)) : FOLLOWED_DAYS;
    const change = Math.exp(between(random, -0.3, 0.6));
    const amounts = makeSeries(random, FOLLOWED_DAYS, parts);
    const days = amounts.map((amount, day) => toDay(day, day >= changeDay ? amount * change : amount));
    return { name: `workload ${index + 1}`, days };
  });
}

/** Three series of each kind that the forecast is tried with; many of them fall for good, stop or jump. */
export function makeHardSeries(seed: number): BillSeries[] {
  return FAMILIES.flatMap((family, kind) =>
    Array.from({ length: 3 }, (_, index) => {
      const random = seedRandom(seed * 7919 + (kind * 3 + index) * 104_729);
      const amounts = makeSeries(random, FOLLOWED_DAYS, family.draw(random));
      return { name: `${family.name} ${index + 1}`, days: amounts.map((amount, day) => toDay(day, amount)) };
    }),
  );
}

/** Series of somebody's own from a CSV file with the columns series, date, value and a header. */
export function readSeriesFile(path: string): BillSeries[] {
  const bySeries = new Map<string, SeriesDay[]>();
  for (const line of readFileSync(path, 'utf8').trim().split('\n').slice(1)) {
    const [name = '', date = '', value = ''] = line.split(',');
    const day = { number: Date.parse(`${date.trim()}T00:00:00Z`) / 86_400_000, amount: Number(value) };
    bySeries.set(name, [...(bySeries.get(name) ?? []), day]);
  }
  return [...bySeries].map(([name, days]) => ({ name, days: days.sort((a, b) => a.number - b.number) }));
}

function toDay(day: number, amount: number): SeriesDay {
  return { number: 20_000 + day, amount };
}
