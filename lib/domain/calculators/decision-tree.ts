const QUALITY_BRANCHES = { best: 'premium_api', very_good: 'open_source', good_enough: 'budget_api' } as const;
const EXPERTISE_BRANCHES = { none: 'api', some: 'hybrid', strong: 'open_source' } as const;
const BUDGET_BRANCHES = { limited_upfront: 'api', can_invest: 'open_source', very_limited: 'budget' } as const;

/** How good the answers must be. */
export type QualityNeed = keyof typeof QUALITY_BRANCHES;
/** What the team can run by itself. */
export type Expertise = keyof typeof EXPERTISE_BRANCHES;
/** What may be spent before anything is saved. */
export type BudgetKind = keyof typeof BUDGET_BRANCHES;

/** The words that the tree knows, for whoever reads its answers to questions. */
export const DECISION_WORDS = {
  quality: Object.keys(QUALITY_BRANCHES) as readonly QualityNeed[],
  expertise: Object.keys(EXPERTISE_BRANCHES) as readonly Expertise[],
  budget: Object.keys(BUDGET_BRANCHES) as readonly BudgetKind[],
};

/** What the tree asks. */
export interface DecisionProfile {
  readonly isPrivacyCritical: boolean;
  readonly queriesPerMonth: number;
  readonly timelineMonths: number;
  readonly quality: QualityNeed;
  readonly expertise: Expertise;
  readonly budget: BudgetKind;
}

/**
 * Where each question of the tree leads; `mandatory` goes before all of them. Both bounds of a middle range belong to
 * it: 10,000 to 50,000 queries a month, 3 to 12 months.
 *
 * @see guide S4, lines 529 to 568, and METHODS of the project, section 5.4 (`decision_tree`)
 */
export function followDecisionTree(profile: DecisionProfile): {
  readonly mandatory: 'open_source' | null;
  readonly branches: Readonly<Record<'volume' | 'timeline' | 'quality' | 'expertise' | 'budget', string>>;
} {
  const { queriesPerMonth, timelineMonths } = profile;
  return {
    mandatory: profile.isPrivacyCritical ? 'open_source' : null,
    branches: {
      volume: queriesPerMonth < 10_000 ? 'api' : queriesPerMonth <= 50_000 ? 'evaluate' : 'open_source',
      timeline: timelineMonths < 3 ? 'api' : timelineMonths <= 12 ? 'hybrid' : 'open_source',
      quality: QUALITY_BRANCHES[profile.quality],
      expertise: EXPERTISE_BRANCHES[profile.expertise],
      budget: BUDGET_BRANCHES[profile.budget],
    },
  };
}
