/** Both bills over some months in USD (model figures). Ratios are shares: 0.2 = 20 %. `months` is whole. */
export interface OwnershipInputs {
  readonly months: number;
  readonly apiVariableUsd: number;
  readonly apiFixedUsd: number;
  readonly selfMonthlyUsd: number;
  readonly oneTimeUsd: number;
  /** Growth of the volume from month to month. */
  readonly growthMonthlyRatio: number;
  /** Fall of API prices after every twelfth month. */
  readonly apiDeclineAnnualRatio: number;
}

/**
 * Total cost of both ways: the API's variable part grows monthly and gets cheaper yearly; self-hosting is not re-sized.
 * `savingsUsd` is API minus self-hosting.
 *
 * @see METHODS of the project, section 5.4 (`tco`)
 */
export function computeOwnershipCost(inputs: OwnershipInputs): {
  readonly apiUsd: number;
  readonly selfUsd: number;
  readonly savingsUsd: number;
} {
  let apiUsd = 0;
  for (let month = 0; month < inputs.months; month++) {
    const volume = (1 + inputs.growthMonthlyRatio) ** month;
    const price = (1 - inputs.apiDeclineAnnualRatio) ** Math.floor(month / 12);
    apiUsd += inputs.apiVariableUsd * volume * price + inputs.apiFixedUsd;
  }
  const selfUsd = inputs.oneTimeUsd + inputs.months * inputs.selfMonthlyUsd;
  return { apiUsd, selfUsd, savingsUsd: apiUsd - selfUsd };
}
