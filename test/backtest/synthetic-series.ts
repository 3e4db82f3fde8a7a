/** A source of numbers from 0 (included) to 1 (excluded); the same seed gives the same numbers. */
export type Random = () => number;

/** A small generator of 32 bits of state, the one known as mulberry32. */
export function seedRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What a series is made of; an ingredient left out has no effect. Spreads are those of logarithms. */
export interface Ingredients {
  /** Daily step of a level that wanders. */
  readonly wander?: number;
  /** Noise that carries over to the next day: by how much, and how strong. */
  readonly carried?: readonly [ratio: number, spread: number];
  readonly noise?: number;
  /** Part of the amount that two days of the week lack. */
  readonly weekend?: number;
  readonly dailyGrowth?: number;
  readonly shifts?: number;
  /** Chance a day, size, and what is left of a spike on the next day. */
  readonly spikes?: readonly [chance: number, size: number, kept: number];
  readonly zeroRatio?: number;
  /** Height of a wave of one year. */
  readonly season?: number;
  /** Factor on the last three days of thirty. */
  readonly monthEnd?: number;
  /** Chance a day that a day or a week off begins. */
  readonly holidays?: number;
  /** A run of a job every so many days, so many times a day's amount. */
  readonly batch?: readonly [everyDays: number, factor: number];
  /** Day of half the final level, and its steepness in days, of a workload that is taken up. */
  readonly takeUp?: readonly [middle: number, days: number];
}

/** One amount a day, not negative. */
export function makeSeries(random: Random, length: number, parts: Ingredients): number[] {
  const week = makeWeek(random, parts.weekend ?? 0);
  const shifts = new Map<number, number>();
  for (let shift = 0; shift < (parts.shifts ?? 0); shift++) {
    shifts.set(Math.floor(random() * length), (random() < 0.5 ? -1 : 1) * between(random, 0.25, 1.2));
  }
  const seasonStart = between(random, 0, 2 * Math.PI);
  const monthStart = Math.floor(random() * 30);
  const [keptNoise, carriedSpread] = parts.carried ?? [0, 0];
  const [spikeChance, spikeSize, keptSpike] = parts.spikes ?? [0, 0, 0];
  let level = Math.log(100) + 0.6 * drawNormal(random);
  let carried = 0;
  let spike = 0;
  let daysOff = 0;
  return Array.from({ length }, (_, day) => {
    level += drawNormal(random) * (parts.wander ?? 0) + (parts.dailyGrowth ?? 0) + (shifts.get(day) ?? 0);
    carried = keptNoise * carried + drawNormal(random) * carriedSpread * Math.sqrt(1 - keptNoise ** 2);
    spike *= keptSpike;
    if (random() < spikeChance) spike += spikeSize * (1 - random()) ** (-1 / 1.8);
    const season = (parts.season ?? 0) * Math.sin((2 * Math.PI * day) / 365 + seasonStart);
    let amount = Math.exp(level + carried + season + drawNormal(random) * (parts.noise ?? 0)) * (1 + spike);
    amount *= week[day % 7] ?? 1;
    if ((day + monthStart) % 30 >= 27) amount *= parts.monthEnd ?? 1;
    if (parts.batch !== undefined && day % parts.batch[0] === 0) amount *= parts.batch[1];
    if (parts.takeUp !== undefined) amount *= 0.03 + 1 / (1 + Math.exp((parts.takeUp[0] - day) / parts.takeUp[1]));
    if (daysOff > 0) daysOff -= 1;
    else if (random() < (parts.holidays ?? 0)) daysOff = random() < 0.6 ? 1 : Math.floor(between(random, 3, 9));
    if (daysOff > 0) amount *= between(random, 0.15, 0.6);
    return random() < (parts.zeroRatio ?? 0) ? 0 : amount;
  });
}

/** A number from `low` (included) to `high`. */
export function between(random: Random, low: number, high: number): number {
  return low + (high - low) * random();
}

function drawNormal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function makeWeek(random: Random, weekend: number): number[] {
  const first = Math.floor(random() * 7);
  return Array.from({ length: 7 }, (_, day) => {
    const own = Math.exp(0.08 * drawNormal(random));
    return day === first || day === (first + 1) % 7 ? own * (1 - weekend) * between(random, 0.9, 1.1) : own;
  });
}
