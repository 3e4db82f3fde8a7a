/** A column whose part of its own, beside the columns before it, is smaller than this share says nothing of its own. */
const DEPENDENT_RATIO = 1e-9;

/**
 * Least squares `columns x solution ~ target` by orthogonalising the columns one after another, the target with them.
 *
 * @param columns - at least one, each as long as the target
 * @returns one number per column, or `null` when the columns do not settle them
 */
export function solveLeastSquares(
  columns: readonly (readonly number[])[],
  target: readonly number[],
): readonly number[] | null {
  const bases: { readonly unit: readonly number[]; readonly length: number }[] = [];
  const shares: (readonly number[])[] = [];
  for (const column of columns) {
    const { rest, along } = takeOff(bases, column);
    const length = measure(rest);
    if (!(length > DEPENDENT_RATIO * measure(column))) return null;
    bases.push({ unit: rest.map((value) => value / length), length });
    shares.push(along);
  }
  const { along } = takeOff(bases, target);
  const solution = [...along];
  for (let last = columns.length - 1; last >= 0; last--) {
    solution[last] = (solution[last] ?? 0) / (bases[last]?.length ?? 1);
    for (let before = 0; before < last; before++) {
      solution[before] = (solution[before] ?? 0) - (shares[last]?.[before] ?? 0) * (solution[last] ?? 0);
    }
  }
  return solution;
}

/** A vector split into its parts along the bases and what is left of it. */
function takeOff(
  bases: readonly { readonly unit: readonly number[] }[],
  vector: readonly number[],
): { readonly rest: readonly number[]; readonly along: readonly number[] } {
  let rest = vector;
  const along = bases.map(({ unit }) => {
    const part = unit.reduce((sum, value, row) => sum + value * (rest[row] ?? 0), 0);
    rest = rest.map((value, row) => value - part * (unit[row] ?? 0));
    return part;
  });
  return { rest, along };
}

function measure(vector: readonly number[]): number {
  return Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
}
