/** A modelled month of calls. Token prices are USD per 1M tokens; `cachedTokens` is the part of `inputTokens` read from cache. */
export interface ApiWorkload {
  readonly requests: number;
  readonly inputTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
  readonly inputPriceUsd: number;
  readonly cachedPriceUsd: number;
  readonly outputPriceUsd: number;
  readonly fixedUsd: number;
}

/**
 * The API bill of typed-in calls, in USD as a model figure. Recorded calls are never priced this way: theirs is the sum
 * of the ledger's entries.
 *
 * @see METHODS of the project, section 5.2 (1)
 */
export function computeApiBill(workload: ApiWorkload): {
  readonly unitUsd: number;
  readonly variableUsd: number;
  readonly monthlyUsd: number;
} {
  const millionthsUsd =
    (workload.inputTokens - workload.cachedTokens) * workload.inputPriceUsd +
    workload.cachedTokens * workload.cachedPriceUsd +
    workload.outputTokens * workload.outputPriceUsd;
  const unitUsd = millionthsUsd / 1e6;
  const variableUsd = workload.requests * unitUsd;
  return { unitUsd, variableUsd, monthlyUsd: variableUsd + workload.fixedUsd };
}

/**
 * USD per 1M tokens of a price per 1,000 characters. `charactersPerToken` is an assumption about the language.
 * @see METHODS of the project, section 5.4 (`price_unit_convert`)
 */
export function convertCharacterPriceUsd(usdPerThousandCharacters: number, charactersPerToken: number): number {
  return usdPerThousandCharacters * 1000 * charactersPerToken;
}

/** Tokens and USD of training: every epoch is charged. @see METHODS of the project, section 5.4 (`training_cost`) */
export function computeTrainingCost(
  fileTokens: number,
  epochs: number,
  usdPerMillion: number,
): { readonly trainingTokens: number; readonly usd: number } {
  const trainingTokens = fileTokens * epochs;
  return { trainingTokens, usd: (trainingTokens * usdPerMillion) / 1e6 };
}
