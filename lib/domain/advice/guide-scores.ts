/** Own machines and a cloud API on one criterion, 1 to 10. */
export interface TradeOffScore {
  readonly local: number;
  readonly cloud: number;
}

/**
 * Opinions of guide S1 on own machines against an API; a criterion that is chosen counts twice.
 * @see guide S1, lines 851 to 888
 */
export const TRADE_OFF_SCORES = {
  cost: { local: 8, cloud: 8 },
  latency: { local: 9, cloud: 6 },
  quality: { local: 7, cloud: 10 },
  privacy: { local: 10, cloud: 5 },
  scalability: { local: 5, cloud: 10 },
  simplicity: { local: 6, cloud: 9 },
} as const satisfies Readonly<Record<string, TradeOffScore>>;

/** One criterion of {@link TRADE_OFF_SCORES}. */
export type TradeOffCriterion = keyof typeof TRADE_OFF_SCORES;

/** All of them, in the order of the guide. */
export const TRADE_OFF_CRITERIA = Object.keys(TRADE_OFF_SCORES) as readonly TradeOffCriterion[];

/**
 * Opinions of guide S4 on open source against an API, 1 to 5, by factor: [open source, API].
 * @see guide S4, lines 566 to 575
 */
export const SCORING_MATRIX = {
  data_privacy: [5, 1],
  upfront_budget: [1, 5],
  quality_needs: [3, 5],
  scale: [5, 2],
  team_expertise: [2, 5],
  time_to_market: [2, 5],
  long_term_cost: [5, 2],
  customization: [5, 2],
} as const satisfies Readonly<Record<string, readonly [number, number]>>;

/** One factor of {@link SCORING_MATRIX}. */
export type ScoringFactor = keyof typeof SCORING_MATRIX;

/** All of them, in the order of the guide. */
export const SCORING_FACTORS = Object.keys(SCORING_MATRIX) as readonly ScoringFactor[];
