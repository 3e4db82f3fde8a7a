import type { BreakEvenPolicy } from '../break-even/break-even-policy.ts';
import type { Purchase } from '../break-even/hosting-offer.ts';
import type { ServiceTimeFit } from '../break-even/service-time.ts';
import type { ScopeFilter } from '../budgets/budget-scope.ts';
import type { GatesOutcome, MigratePolicy } from './migrate-state.ts';

/** Gates that a profile may answer itself, in place of what is computed. */
export const TYPED_GATES = ['quality', 'expertise', 'timeline', 'capacity'] as const;

/** One gate of {@link TYPED_GATES}. */
export type TypedGate = (typeof TYPED_GATES)[number];

/** `mandatory`: the calls must leave the API whatever it costs; `forbidden`: they must not. */
export type PrivacyRule = 'allowed' | 'mandatory' | 'forbidden' | 'unknown';

/** What gates are computed from where the ledger and the reference cannot know; null = not said. */
export interface GateFacts {
  /** Level of the team, 0 to 3; 2 is enough to run models. */
  readonly expertiseLevel: number | null;
  /** Whether somebody else runs the machines. */
  readonly isManaged: boolean;
  /** Months that the workload is planned to live. */
  readonly plannedLifeMonths: number | null;
  /** The least score of the target on a named scale. */
  readonly quality: BreakEvenPolicy['quality'];
  /** Day of an evaluation of the target on own calls that it passed. */
  readonly evaluationPassedOn: string | null;
}

/** Figures that stand in the place of measured or published ones where they are typed; null = they are not. */
export interface TypedFigures {
  readonly replicaMonthlyUsd: number | null;
  readonly serviceTime: ServiceTimeFit | null;
  /** Most tokens of a call that the target takes. */
  readonly contextTokens: number | null;
  /** Peak over mean of the service time demanded, at least 1. */
  readonly peakFactor: number | null;
  /** Probability, 0 to 1, that the saving holds. */
  readonly savingsProbability: number | null;
}

/** One target that a workload could move to. USD figures are inputs of a model (numbers), never ledger money. */
export interface MigrationProfile {
  readonly name: string;
  /** Selects the calls. */
  readonly scope: ScopeFilter;
  /** A model with open weights of the reference, or any name where service time and price are typed. */
  readonly targetModel: string;
  /** Id of a row of hardware, or any name where the price is typed. */
  readonly hardware: string;
  /** Which of a model's precisions; null = whichever is cheapest. */
  readonly precision: string | null;
  /** How the machine is paid for; null = whatever the row offers first. */
  readonly purchase: Purchase | null;
  /** Where a typed price comes from and the day it was checked, as text. */
  readonly priceSource: string | null;
  readonly typed: TypedFigures;
  /** How the fleet is run; what counts as a saving is that of the leaving line of `policy`. */
  readonly running: BreakEvenPolicy;
  readonly privacy: PrivacyRule;
  /** Gates that were answered; the others are computed. */
  readonly gates: Readonly<Partial<Record<TypedGate, GatesOutcome>>>;
  readonly facts: GateFacts;
  readonly policy: MigratePolicy;
  /** Days after an alert without a second one. */
  readonly repeatDays: number;
  /** Day on which the workload moved: it is no longer assessed. */
  readonly migratedOn: string | null;
  /** Names of the optional fields that were left out and took their defaults. */
  readonly defaulted: readonly string[];
}

/** Stable key of the subject that is followed from day to day: another target or hardware is another subject. */
export function nameMigrationSubject(profile: MigrationProfile): string {
  return JSON.stringify([profile.name, profile.targetModel, profile.hardware]);
}
