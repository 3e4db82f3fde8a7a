import type { ServedTokens } from './capacity.ts';

/**
 * What the used share of a day is known by: samples of its GPUs, tokens served over tokens that could be, the absence of
 * any call, or nothing.
 */
export const UTILISATION_BASES = ['gpu_samples', 'tokens', 'no_calls', 'unknown'] as const;

/** One basis of {@link UTILISATION_BASES}. */
export type UtilisationBasis = (typeof UTILISATION_BASES)[number];

/** The used share of a day. */
export interface Utilisation {
  readonly basis: UtilisationBasis;
  /** Billionths of the day's capacity, 0 to 10^9; null = not known. */
  readonly billionths: number | null;
  /** Hours of the day in which GPUs were sampled; 0 where they were not, or that is not what it is known by. */
  readonly sampledHours: number;
}

/** What a day's use is judged by. */
export interface DayOfUse {
  readonly calls: bigint;
  /** In and out together. */
  readonly tokens: bigint;
  readonly lengthMs: number;
  /** Length of the local month that the day is in. */
  readonly monthMs: number;
  /** Null = not known. */
  readonly serves: ServedTokens | null;
  /** Samples by hour, each 0 to 1; hours without any are not among them. */
  readonly sampledHours: readonly (readonly number[])[];
}

/** A billionth is the finest that a share is told to. */
export const BILLION = 1_000_000_000;

/** Of a day that was sampled less than this, its other hours say more than those do. */
const LEAST_SAMPLED_SHARE = 0.5;

const HOUR_MS = 3_600_000;

/**
 * Judges how much of a day's capacity was used. Samples count where at least half of the day's hours have some: each hour
 * by its mean, and the day by the mean of those hours, so that an hour that was sampled more often counts no more, and one
 * without samples is taken to be like the others. A day without calls was not used, whatever kept the machines busy, and
 * samples that say nothing was done are not believed of one with calls.
 */
export function judgeUse({ calls, tokens, lengthMs, monthMs, serves, sampledHours }: DayOfUse): Utilisation {
  if (calls === 0n) return { basis: 'no_calls', billionths: 0, sampledHours: 0 };
  const hours = sampledHours.filter((ratios) => ratios.length > 0).map(meanOf);
  const busy = hours.length === 0 ? 0 : toBillionths(meanOf(hours));
  if (busy > 0 && hours.length >= (LEAST_SAMPLED_SHARE * lengthMs) / HOUR_MS) {
    return { basis: 'gpu_samples', billionths: busy, sampledHours: hours.length };
  }
  if (serves === null) return { basis: 'unknown', billionths: null, sampledHours: 0 };
  const served = serves.per === 'second' ? (serves.tokens * lengthMs) / 1_000 : (serves.tokens * lengthMs) / monthMs;
  return { basis: 'tokens', billionths: toBillionths(Number(tokens) / served), sampledHours: 0 };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function toBillionths(ratio: number): number {
  return Math.round(Math.min(1, ratio) * BILLION);
}
