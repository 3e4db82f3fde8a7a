import type { Dimension } from '../../contracts/dimensions.ts';
import type { FleetPrices } from '../break-even/self-host-fleet.ts';
import type { ServiceTimeFit } from '../break-even/service-time.ts';
import type { GatesOutcome, MigratePolicy } from './migrate-state.ts';

/** Gates that are answered in the profile; the data gate is computed from the ledger. */
export const TYPED_GATES = ['quality', 'expertise', 'timeline', 'capacity'] as const;

/** One gate of {@link TYPED_GATES}. */
export type TypedGate = (typeof TYPED_GATES)[number];

/** `mandatory`: the calls must leave the API whatever it costs; `forbidden`: they must not. */
export type PrivacyRule = 'allowed' | 'mandatory' | 'forbidden' | 'unknown';

/**
 * One target that a workload could move to: what the ledger cannot know. Everything in it is typed in by someone and
 * is shown as assumed. USD figures are inputs of a model (numbers), never ledger money.
 */
export interface MigrationProfile {
  readonly name: string;
  /** Dimension values that select the calls; empty = all calls of the tenant. */
  readonly scope: Readonly<Partial<Record<Dimension, string>>>;
  readonly targetModel: string;
  readonly hardware: string;
  /** Where the replica's price comes from and the day it was checked, as text. */
  readonly priceSource: string | null;
  readonly fleet: FleetPrices;
  readonly serviceTime: ServiceTimeFit;
  /** Load aimed at, in (0, 1]. */
  readonly utilisationRatio: number;
  /** Peak over mean of the service time demanded, at least 1. */
  readonly peakFactor: number;
  readonly oneTimeUsd: number;
  /** Probability, 0 to 1, that the saving holds. */
  readonly savingsProbability: number;
  readonly privacy: PrivacyRule;
  readonly gates: Readonly<Record<TypedGate, GatesOutcome>>;
  readonly policy: MigratePolicy;
  /** Days after an alert without a second one. */
  readonly repeatDays: number;
  /** Names of the optional fields that were left out and took their defaults. */
  readonly defaulted: readonly string[];
}

/** Stable key of the subject that is followed from day to day: another target or hardware is another subject. */
export function nameMigrationSubject(profile: MigrationProfile): string {
  return JSON.stringify([profile.name, profile.targetModel, profile.hardware]);
}
