import type { AlertRule } from '../../domain/rules/alert-rule.ts';
import type { GpuHour } from '../../domain/rules/judge-rule.ts';
import type { RuleFiring } from '../../domain/rules/rule-firing.ts';

/** The rules that a tenant stored: its own and its changes of defaults, by name. */
export interface StoredRules {
  readonly rules: readonly AlertRule[];
  /** The mark that a change must name; 0 while nothing was ever stored. */
  readonly revision: number;
}

/** A firing as stored, with the mark that a change of it must name. */
export interface StoredFiring {
  readonly firing: RuleFiring;
  readonly revision: number;
}

/** Rules of each tenant, and which of them were found broken. */
export interface RuleStore {
  rules(tenant: string): Promise<StoredRules>;
  /**
   * Stores all rules of a tenant in the place of those that were read.
   * @returns `behind` when somebody changed them since; nothing was written then
   */
  saveRules(tenant: string, rules: readonly AlertRule[], overRevision: number): Promise<'written' | 'behind'>;
  firings(tenant: string): Promise<readonly StoredFiring[]>;
  /**
   * Stores a firing in the place of the one that was read (`undefined`: there was none).
   * @returns undefined when somebody changed it since; nothing was written then
   */
  saveFiring(tenant: string, firing: RuleFiring, over: StoredFiring | undefined): Promise<StoredFiring | undefined>;
  /** Forgets a firing as it was read. @returns `behind` when somebody changed it since */
  removeFiring(tenant: string, stored: StoredFiring): Promise<'removed' | 'behind'>;
}

/** Samples of a time, as far as they were read. */
export interface GpuReading {
  readonly hours: readonly GpuHour[];
  /** Whether there are more deployments than are looked at. */
  readonly isCut: boolean;
}

/** Reads what own deployments reported of their load. */
export interface GpuSampleReader {
  /**
   * The samples of whole UTC hours, by deployment and hour; hours without a sample are left out.
   *
   * @param fromMs - start of the first hour, epoch milliseconds
   * @param toMs - end of the last hour
   * @param deployment - the only one that is looked at; left out: all of them, of too many the first by name
   */
  readHours(tenant: string, fromMs: number, toMs: number, deployment?: string): Promise<GpuReading>;
}
