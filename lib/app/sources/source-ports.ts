import type { EmitterNumbers, NumberedCall } from '../../domain/sources/emitter-numbers.ts';
import type { MissingSpan } from '../../domain/sources/missing-spans.ts';
import type { SightedCommit } from '../../domain/sources/sighting.ts';
import type { SourceState } from '../../domain/sources/source-state.ts';
import type { UnknownFields } from '../ports.ts';

/** Tells how many calls emitters sent that the ledger never got. */
export interface SequenceGaps {
  /**
   * Counts the sequence numbers of emitters that are missing in local days: numbers that lie between two that were
   * recorded and that did not come for longer than a message may take on its way. It is as of the last sweep, and reads
   * one small item. Missing calls whose neighbours lie on several days count on each of these.
   *
   * @param fromDay - first local day of the tenant, `2026-01-29`
   * @param toDay - local day behind the last one
   * @returns a whole number of calls, never negative; a lower bound where emitters are too many to be told apart
   */
  countMissing(tenant: string, fromDay: string, toDay: string): Promise<number>;
}

/** Tells which calls emitters sent that the ledger never got. */
export interface MissingCalls {
  /** Every span of days with calls that {@link SequenceGaps} counts, in no order; it reads one small item. */
  listMissing(tenant: string): Promise<readonly MissingSpan[]>;
}

/** Names of unknown fields with how often they were sent, by the app that sent them. */
export type FieldsByApp = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** Names of fields that the contract does not know, also by the app that sent them. */
export interface UnknownFieldCounts extends UnknownFields {
  /** @param byApp - the same fields as far as their events named an app */
  count(tenant: string, names: ReadonlyMap<string, number>, byApp?: FieldsByApp): Promise<void>;
  /** The fields of each app; those of apps beyond a bound are only counted without their app. */
  listByApp(tenant: string): Promise<FieldsByApp>;
}

/** The ledger's log as far as it tells who sent what. */
export interface SourceLog {
  /**
   * Number of the last commit; 0 for an empty ledger.
   * @param known - a commit that there is, from which it is looked for
   */
  head(tenant: string, known: number): Promise<number>;
  /** Commits after `afterNumber` up to and including `toNumber`, in order, without gaps. */
  sightings(tenant: string, afterNumber: number, toNumber: number): AsyncIterable<SightedCommit>;
}

/** A number that arrived with a call which had been recorded before, by whomever. */
export interface SpareNumber extends Omit<NumberedCall, 'atMs'> {
  /** The emitter's. */
  readonly id: string;
}

/** Spare numbers that were kept together. */
export interface SpareGroup {
  /** Names the group in the store. */
  readonly name: string;
  readonly atMs: number;
  readonly numbers: readonly SpareNumber[];
}

/** Numbers that no entry of the ledger holds and that are not missing. */
export interface SpareNumbers {
  /** Keeps numbers until the log is followed next; keeping the same ones again changes nothing. */
  keepSpare(tenant: string, numbers: readonly SpareNumber[], atMs: number): Promise<void>;
}

/** A state as it was read, with what a change of it must name. */
export interface StoredSources {
  readonly state: SourceState;
  /** 0 = nothing is stored yet. */
  readonly revision: number;
  /** Spare numbers that are not in the state yet, {@link MAX_SPARE_GROUPS} of them at most. */
  readonly spare: readonly SpareGroup[];
}

/** Groups of spare numbers that one change of a state takes in. */
export const MAX_SPARE_GROUPS = 10;

/** Who sends to each tenant, and which numbers of whose emitters were recorded. */
export interface SourceStates {
  find(tenant: string): Promise<StoredSources>;
  /** Every chunk of emitters, by number. */
  emitters(tenant: string): Promise<readonly (readonly EmitterNumbers[])[]>;
  /**
   * Stores a state and the chunks that changed with it, all or nothing, over what was read.
   *
   * @param taken - groups of spare numbers that are in it, which are dropped; at most {@link MAX_SPARE_GROUPS}
   * @returns the new revision; undefined when somebody else stored one meanwhile, and nothing was written
   */
  save(
    tenant: string,
    from: StoredSources,
    to: SourceState,
    chunks: ReadonlyMap<number, readonly EmitterNumbers[]>,
    taken: readonly SpareGroup[],
  ): Promise<number | undefined>;
}
