import { divideOrNull } from '../quotient.ts';

/** Two ways scored on one criterion, and what the criterion weighs; weights from 0. */
export interface WeightedPair {
  readonly scores: readonly [number, number];
  readonly weight: number;
}

/** Weighted sums of both ways. @see METHODS of the project, section 5.4 (`tradeoff_matrix`) */
export function sumWeighted(pairs: readonly WeightedPair[]): readonly [number, number] {
  return pairs.reduce<readonly [number, number]>(
    ([first, second], { scores, weight }) => [first + weight * scores[0], second + weight * scores[1]],
    [0, 0],
  );
}

/**
 * Weighted means of both ways, whatever the weights sum to; `null` where nothing weighs anything.
 * @see METHODS of the project, section 5.4 (`scoring_matrix`)
 */
export function averageWeighted(pairs: readonly WeightedPair[]): readonly [number | null, number | null] {
  const total = pairs.reduce((sum, { weight }) => sum + weight, 0);
  const [first, second] = sumWeighted(pairs);
  return [divideOrNull(first, total), divideOrNull(second, total)];
}
