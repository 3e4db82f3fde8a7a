/** GPUs by users as the guide's scaling table has them. */
const CALCULATOR_GPUS: ReadonlyMap<number, number> = new Map([
  [10, 1],
  [50, 2],
  [100, 3],
  [500, 8],
  [1000, 15],
  [10_000, 100],
]);

/** The guide's horizontal scaling: up to so many users, included, where its ranges overlap. */
const HORIZONTAL_GPUS: readonly { readonly upTo: number; readonly gpus: number | readonly [number, number] }[] = [
  { upTo: 50, gpus: 1 },
  { upTo: 150, gpus: 2 },
  { upTo: 300, gpus: 3 },
  { upTo: 500, gpus: 5 },
  { upTo: 1000, gpus: [8, 10] },
];

/**
 * Legacy: the guide's two tables of GPUs by users, which contradict each other and size nothing here. A number of users
 * that a table does not hold has no answer, `null`; a pair is a range. Whole users, from 1 on.
 *
 * @see guide S4, lines 343 to 350 and 445 to 449, and METHODS of the project, section 4.2 (GPU count)
 */
export function lookUpLegacyGpus(users: number): {
  readonly calculator: number | null;
  readonly horizontal: number | readonly [number, number] | null;
} {
  return {
    calculator: CALCULATOR_GPUS.get(users) ?? null,
    horizontal: HORIZONTAL_GPUS.find(({ upTo }) => users <= upTo)?.gpus ?? null,
  };
}
