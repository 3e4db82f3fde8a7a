/** A model and its score, on whatever one scale all of them share. */
export interface ScoredModel {
  readonly name: string;
  readonly provider: string;
  readonly score: number;
}

/**
 * Names of the models, best first and equal ones in the order given; with `isLocalOnly` those of provider `local`.
 * @see METHODS of the project, sections 4.1 (order of equal scores) and 5.4 (`capability_rank`)
 */
export function rankByCapability(models: readonly ScoredModel[], isLocalOnly: boolean): readonly string[] {
  const eligible = isLocalOnly ? models.filter(({ provider }) => provider === 'local') : [...models];
  return eligible.sort((a, b) => b.score - a.score).map(({ name }) => name);
}
