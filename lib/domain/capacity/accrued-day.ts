import { toPicoUsd } from '../money.ts';
import type { Caller, CallerDemand } from './day-demand.ts';
import { splitByWeight } from './split-cost.ts';
import { BILLION, type Utilisation } from './utilisation.ts';

/** Callers that a day is split to; what further ones used is one share that names none of them. */
export const MAX_SHARES = 200;

/** What one caller's use of a day comes to. */
export interface Share {
  readonly caller: Caller;
  readonly picoUsd: bigint;
}

/** What a day of a capacity comes to: the shares and what is unused sum to the cost. */
export interface DaySplit {
  readonly costPicoUsd: bigint;
  readonly utilisation: Utilisation;
  /** Above zero each, sorted by caller. */
  readonly shares: readonly Share[];
  readonly unusedPicoUsd: bigint;
}

/** A day's split as it was made, once for each revision. */
export interface AccruedDay extends DaySplit {
  readonly capacity: string;
  readonly day: string;
  /** From 1; a later one takes the place of those before it. */
  readonly revision: number;
  /** Number of the version that it was made with; null = none is in force on the day, and nothing is due. */
  readonly version: number | null;
}

/** A day on which nothing is due. */
export const NOTHING_DUE: DaySplit = {
  costPicoUsd: 0n,
  utilisation: { basis: 'no_calls', billionths: 0, sampledHours: 0 },
  shares: [],
  unusedPicoUsd: 0n,
};

const NOBODY: Caller = { app: null, environment: null, team: null, feature: null };

/**
 * Splits a day's cost: the used part to the callers in proportion to the work they made, and where that was none, to
 * their calls; the rest is unused. Where it is not known how much was used, all of it goes to the callers.
 */
export function splitDay(costPicoUsd: bigint, utilisation: Utilisation, callers: readonly CallerDemand[]): DaySplit {
  if (callers.length === 0) return { costPicoUsd, utilisation, shares: [], unusedPicoUsd: costPicoUsd };
  const billionths = BigInt(utilisation.billionths ?? BILLION);
  const used = toPicoUsd({ numerator: costPicoUsd * billionths, denominator: BigInt(BILLION) });
  const isWork = callers.some(({ work }) => work > 0n);
  const weighed = callers.map(({ caller, work, calls }) => ({ caller, weight: isWork ? work : calls }));
  const named = nameLargest(weighed);
  const parts = splitByWeight(
    used,
    named.map(({ weight }) => weight),
  );
  const shares = named.map(({ caller }, index) => ({ caller, picoUsd: parts[index] ?? 0n }));
  return {
    costPicoUsd,
    utilisation,
    shares: shares.filter(({ picoUsd }) => picoUsd > 0n),
    unusedPicoUsd: costPicoUsd - used,
  };
}

interface Weighed {
  readonly caller: Caller;
  readonly weight: bigint;
}

/** The callers in their order; of too many the largest, and one for all others. */
function nameLargest(callers: readonly Weighed[]): readonly Weighed[] {
  if (callers.length <= MAX_SHARES) return callers;
  const bySize = [...callers].sort((a, b) => (a.weight === b.weight ? 0 : a.weight < b.weight ? 1 : -1));
  const largest = new Set(bySize.slice(0, MAX_SHARES - 1));
  const others = callers.filter((each) => !largest.has(each)).reduce((sum, { weight }) => sum + weight, 0n);
  return [...callers.filter((each) => largest.has(each)), { caller: NOBODY, weight: others }];
}

/** Whether two splits come to the same entries. */
export function isSameSplit(one: DaySplit, other: DaySplit): boolean {
  const contentOf = ({ shares, unusedPicoUsd }: DaySplit): string =>
    JSON.stringify([
      String(unusedPicoUsd),
      shares.map(({ caller: { app, environment, team, feature }, picoUsd }) => [
        ...[app, environment, team, feature],
        String(picoUsd),
      ]),
    ]);
  return contentOf(one) === contentOf(other);
}
