import type { Contributor } from './finding.ts';
import { clamp } from './statistics.ts';

/** What the calls with one value of one dimension cost, and what they should have. */
export type ContributorAmounts = Omit<Contributor, 'shareRatio'>;

/** Values of one dimension that are named. */
const NAMED_PER_DIMENSION = 3;

/** A value that cost nothing before counts as if it had had this part of the spend. */
const LEAST_PART = 1e-6;

/**
 * Says what made the difference between an amount and what was expected of it. Within a dimension the values with the
 * largest part of the difference are named, the largest first. Between dimensions the one comes first whose largest
 * value explains the amounts best: if only it had changed and all else had not. An environment that all calls have
 * explains every difference and none; one app of a team explains it better than the team where the others went on as
 * usual.
 *
 * @param amounts - of every value of every dimension in question, each once; all not below zero
 * @param total - the amounts of all calls
 * @returns values that went the same way as the total, the top cause first; none when there is no difference
 * @see Kulldorff, A spatial scan statistic (1997): its likelihood ratio orders the dimensions
 */
export function rankContributors(
  amounts: readonly ContributorAmounts[],
  total: { readonly actualPicoUsd: bigint; readonly expectedPicoUsd: bigint },
): readonly Contributor[] {
  const excess = total.actualPicoUsd - total.expectedPicoUsd;
  if (excess === 0n) return [];
  const dimensions = [...Map.groupBy(amounts, ({ dimension }) => dimension).values()].map((values) =>
    rankValues(values, Number(excess)),
  );
  return dimensions.toSorted((a, b) => b.strength - a.strength).flatMap(({ named }) => named);
}

/** Ranks the values of one dimension, and says how well the first explains the amounts. */
function rankValues(
  values: readonly ContributorAmounts[],
  excess: number,
): { readonly strength: number; readonly named: readonly Contributor[] } {
  const same = values
    .map((one): Contributor => {
      return { ...one, shareRatio: Number(one.actualPicoUsd - one.expectedPicoUsd) / excess };
    })
    .filter(({ shareRatio }) => shareRatio > 0)
    .toSorted((a, b) => b.shareRatio - a.shareRatio || compareNames(a, b));
  const [first] = same;
  if (!first) return { strength: Number.NEGATIVE_INFINITY, named: [] };
  const actual = values.reduce((sum, { actualPicoUsd }) => sum + actualPicoUsd, 0n);
  const expected = values.reduce((sum, { expectedPicoUsd }) => sum + expectedPicoUsd, 0n);
  const part = partOf(first.actualPicoUsd, actual);
  const ordinary = clamp(partOf(first.expectedPicoUsd, expected), LEAST_PART, 1 - LEAST_PART);
  const strength = logRatio(part, ordinary) + logRatio(1 - part, 1 - ordinary);
  return {
    strength: Math.sign(part - ordinary) * Math.sign(excess) * strength,
    named: same.slice(0, NAMED_PER_DIMENSION),
  };
}

function partOf(amountPicoUsd: bigint, ofPicoUsd: bigint): number {
  return ofPicoUsd === 0n ? 0 : Number(amountPicoUsd) / Number(ofPicoUsd);
}

function logRatio(part: number, ordinary: number): number {
  return part === 0 ? 0 : part * Math.log(part / ordinary);
}

/**
 * Shares an expected amount out by what each value cost before; a value that is new is expected to cost nothing.
 *
 * @param expectedPicoUsd - of all values together, not below zero
 * @param values - what each one cost before, and now
 */
export function expectByShare(
  expectedPicoUsd: bigint,
  values: readonly (Omit<ContributorAmounts, 'expectedPicoUsd'> & { readonly beforePicoUsd: bigint })[],
): readonly ContributorAmounts[] {
  const before = values.reduce((sum, { beforePicoUsd }) => sum + beforePicoUsd, 0n);
  return values.map(({ dimension, value, actualPicoUsd, beforePicoUsd }) => {
    const share = before === 0n ? 0n : (expectedPicoUsd * beforePicoUsd) / before;
    return { dimension, value, actualPicoUsd, expectedPicoUsd: share };
  });
}

function compareNames(a: Contributor, b: Contributor): number {
  if (a.value === b.value) return 0;
  return (a.value ?? '') < (b.value ?? '') ? -1 : 1;
}
