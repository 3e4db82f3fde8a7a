import type { KeyMinutes, MinuteSpend } from '../../lib/domain/anomaly/detect-surge.ts';
import { estimateHourBaseline, type HourSpend } from '../../lib/domain/anomaly/hour-baseline.ts';
import { createRandom, type Random } from '../../lib/sample/random.ts';

/** Dimensions that the calls of a made tenant have. */
const NAMES = ['app', 'model', 'team', 'environment'] as const;
type Values = Readonly<Record<(typeof NAMES)[number], string>>;

interface MadeLeaf {
  readonly values: Values;
  readonly callsPerMinute: number;
  readonly callUsd: number;
  readonly sigma: number;
}

/** What the calls of one leaf cost: in the hours before, and in the minutes around the beginning of the surge. */
export interface SurgingLeaf {
  readonly values: Values;
  readonly hours: readonly HourSpend[];
  readonly minutes: readonly MinuteSpend[];
}

/** A tenant with its history, and the minutes after it. */
export interface SurgingTenant {
  readonly leaves: readonly SurgingLeaf[];
  /** When the surge begins; the history ends with the hour before. */
  readonly startMs: number;
  /** The value of a dimension whose calls surge. */
  readonly cause: { readonly dimension: string; readonly value: string };
  /** Values whose calls are the same ones as those of the cause, the cause included: they are as right. */
  readonly sameAsCause: ReadonlySet<string>;
  /** The minutes of all calls, and of each value, beside their baselines. */
  readonly total: KeyMinutes;
  readonly values: readonly KeyMinutes[];
}

/** What surges and how much. */
export interface Surge {
  /** `total`: the tenant spends `factor` times the usual, because of the cause; `own`: the cause alone does. */
  readonly of: 'total' | 'own';
  /** 1 = nothing happens. */
  readonly factor: number;
  /** Minutes after the beginning. */
  readonly minutes: number;
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const HISTORY_HOURS = 28 * 24;

/** Text that names a value of a dimension. */
export const nameValue = (dimension: string, value: string | null): string => `${dimension}=${value}`;

/**
 * Makes a tenant of 5 to 40 leaves: each has an app of its own or shares one, an app belongs to a team, a leaf has one of
 * six models and one of two environments. Calls come by Poisson, 0.2 to 20 a minute on the average; what one costs is
 * log-normal with a sigma of 0.5 to 1.2 around $0.002 to $0.05. Afternoons have three times the calls of nights, weekends
 * four tenths. The surge begins at a random minute of the week after four weeks.
 */
export function makeSurgingTenant(seed: string, surge: Surge): SurgingTenant {
  const random = createRandom(seed);
  const leaves = makeLeaves(random);
  const startMs = Date.UTC(2026, 0, 5) + 4 * 7 * 24 * HOUR_MS + random.below(7 * 24 * 60) * MINUTE_MS;
  const ordinaryUsd = (leaf: MadeLeaf): number => leaf.callsPerMinute * leaf.callUsd;
  const totalUsd = leaves.reduce((sum, leaf) => sum + ordinaryUsd(leaf), 0);
  const dimension = random.pick(['app', 'model', 'team'] as const);
  // What costs next to nothing can surge without anybody minding, so causes are values with a tenth of the spend.
  const shareOf = (value: string): number =>
    leaves.filter(({ values }) => values[dimension] === value).reduce((sum, leaf) => sum + ordinaryUsd(leaf), 0) /
    totalUsd;
  const all = [...new Set(leaves.map(({ values }) => values[dimension]))];
  const large = all.filter((value) => shareOf(value) >= 0.1);
  const value = random.pick(large.length > 0 ? large : all);
  const isCause = (leaf: MadeLeaf): boolean => leaf.values[dimension] === value;
  const causeFactor = surge.of === 'own' ? surge.factor : 1 + (surge.factor - 1) / shareOf(value);
  const history = leaves.map((leaf) => makeHistory(random, leaf, startMs));
  const minutes = leaves.map((leaf) =>
    makeMinutes(random, leaf, startMs, surge.minutes, isCause(leaf) ? causeFactor : 1),
  );
  const keys = NAMES.flatMap((name) =>
    [...new Set(leaves.map(({ values }) => values[name]))].map((one) => ({
      key: { dimension: name, value: one },
      places: leaves.flatMap(({ values }, place) => (values[name] === one ? [place] : [])),
    })),
  );
  const gather = (key: KeyMinutes['key'], places: readonly number[]): KeyMinutes => ({
    key,
    minutes: addMinutes(places.map((place) => minutes[place] ?? [])),
    baseline: estimateHourBaseline(
      addHours(places.map((place) => history[place] ?? [])),
      startMs - (startMs % HOUR_MS),
    ),
  });
  const causePlaces = leaves.flatMap((leaf, place) => (isCause(leaf) ? [place] : []));
  return {
    leaves: leaves.map(({ values }, place) => ({
      values,
      hours: history[place] ?? [],
      minutes: minutes[place] ?? [],
    })),
    startMs,
    cause: { dimension, value },
    sameAsCause: new Set(
      keys
        .filter(({ places }) => String(places) === String(causePlaces))
        .map(({ key }) => nameValue(key.dimension, key.value)),
    ),
    total: gather(null, [...leaves.keys()]),
    values: keys.map(({ key, places }) => gather(key, places)),
  };
}

function makeLeaves(random: Random): readonly MadeLeaf[] {
  const count = 5 + random.below(36);
  const apps = Math.max(2, Math.round(count / 2));
  return Array.from({ length: count }, () => {
    const app = random.below(apps);
    return {
      values: {
        app: `app-${app}`,
        model: `model-${random.below(6)}`,
        team: `team-${app % 4}`,
        environment: random.next() < 0.8 ? 'prod' : 'dev',
      },
      callsPerMinute: 0.2 * 100 ** random.next(),
      callUsd: 0.002 * 25 ** random.next(),
      sigma: 0.5 + 0.7 * random.next(),
    };
  });
}

/** Calls of a leaf at a time, as a factor of its average. */
function rhythm(timeMs: number): number {
  const hour = (timeMs % (24 * HOUR_MS)) / HOUR_MS;
  // The epoch was a Thursday.
  const weekday = (Math.floor(timeMs / (24 * HOUR_MS)) + 3) % 7;
  return (1 + 0.5 * Math.cos(((hour - 15) / 12) * Math.PI)) * (weekday < 5 ? 1.2 : 0.5);
}

function makeHistory(random: Random, leaf: MadeLeaf, startMs: number): readonly HourSpend[] {
  const firstMs = startMs - (startMs % HOUR_MS) - HISTORY_HOURS * HOUR_MS;
  return Array.from({ length: HISTORY_HOURS }, (_, index) => {
    const hourMs = firstMs + index * HOUR_MS;
    // Hours are busier and quieter than others for reasons of their own.
    const mean = 60 * leaf.callsPerMinute * rhythm(hourMs + HOUR_MS / 2) * random.logNormal(1, 0.1);
    const calls = drawPoisson(random, mean);
    return { hourMs, costPicoUsd: drawCost(random, leaf, calls), calls };
  });
}

function makeMinutes(
  random: Random,
  leaf: MadeLeaf,
  startMs: number,
  after: number,
  factor: number,
): readonly MinuteSpend[] {
  return Array.from({ length: 60 + after }, (_, index) => {
    const minuteMs = startMs + (index - 60) * MINUTE_MS;
    const mean = leaf.callsPerMinute * rhythm(minuteMs) * (minuteMs >= startMs ? factor : 1);
    return { minuteMs, costPicoUsd: drawCost(random, leaf, drawPoisson(random, mean)) };
  });
}

/** The cost of so many calls; of more than 30 their sum is close to normal. */
function drawCost(random: Random, { callUsd, sigma }: MadeLeaf, calls: number): bigint {
  let usd = 0;
  if (calls <= 30) for (let call = 0; call < calls; call++) usd += random.logNormal(callUsd, sigma);
  else {
    const mean = callUsd * Math.exp(sigma ** 2 / 2);
    const deviation = mean * Math.sqrt((Math.exp(sigma ** 2) - 1) * calls);
    usd = Math.max(0, calls * mean + deviation * drawNormal(random));
  }
  return BigInt(Math.round(usd * 1e9)) * 1_000n;
}

function drawPoisson(random: Random, mean: number): number {
  if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * drawNormal(random)));
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random.next(); product > limit; product *= random.next()) count += 1;
  return count;
}

function drawNormal(random: Random): number {
  return Math.log(random.logNormal(1, 1));
}

function addHours(lists: readonly (readonly HourSpend[])[]): readonly HourSpend[] {
  const [first = []] = lists;
  return first.map(({ hourMs }, index) => {
    const same = lists.flatMap((list) => list[index] ?? []);
    return {
      hourMs,
      costPicoUsd: same.reduce((sum, { costPicoUsd }) => sum + costPicoUsd, 0n),
      calls: same.reduce((sum, { calls }) => sum + calls, 0),
    };
  });
}

function addMinutes(lists: readonly (readonly MinuteSpend[])[]): readonly MinuteSpend[] {
  const [first = [], ...others] = lists;
  return first.map(({ minuteMs, costPicoUsd }, index) => ({
    minuteMs,
    costPicoUsd: others.reduce((sum, list) => sum + (list[index]?.costPicoUsd ?? 0n), costPicoUsd),
  }));
}
