/**
 * Splits an amount in proportion to weights so that the parts sum to it exactly: each is rounded down, and what is left
 * goes to the largest remainders, earlier ones first.
 *
 * @param picoUsd - 0 or above
 * @param weights - 0 or above, one of them above 0
 * @returns one part for each weight, in order
 */
export function splitByWeight(picoUsd: bigint, weights: readonly bigint[]): readonly bigint[] {
  const whole = weights.reduce((sum, weight) => sum + weight, 0n);
  const parts = weights.map((weight) => (picoUsd * weight) / whole);
  const left = picoUsd - parts.reduce((sum, part) => sum + part, 0n);
  const byRemainder = weights
    .map((weight, index) => ({ index, remainder: (picoUsd * weight) % whole }))
    .sort((a, b) => (a.remainder === b.remainder ? a.index - b.index : a.remainder < b.remainder ? 1 : -1));
  for (const { index } of byRemainder.slice(0, Number(left))) parts[index] = (parts[index] ?? 0n) + 1n;
  return parts;
}
