import type { EmitterNumbers } from '../domain/sources/emitter-numbers.ts';
import type { SightedCommit } from '../domain/sources/sighting.ts';
import type { SourceState } from '../domain/sources/source-state.ts';
import type { UnknownFields } from './ports.ts';

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
  /** Number of the last commit; 0 for an empty ledger. */
  head(tenant: string): Promise<number>;
  /** Commits after `afterNumber` up to and including `toNumber`, in order, without gaps. */
  sightings(tenant: string, afterNumber: number, toNumber: number): AsyncIterable<SightedCommit>;
}

/** A state as it was read, with what a change of it must name. */
export interface StoredSources {
  readonly state: SourceState;
  /** 0 = nothing is stored yet. */
  readonly revision: number;
}

/** Who sends to each tenant, and which numbers of whose emitters were recorded. */
export interface SourceStates {
  find(tenant: string): Promise<StoredSources>;
  /** Every chunk of emitters, by number. */
  emitters(tenant: string): Promise<readonly (readonly EmitterNumbers[])[]>;
  /**
   * Stores a state and the chunks that changed with it, all or nothing, over what was read.
   * @returns the new revision; undefined when somebody else stored one meanwhile, and nothing was written
   */
  save(
    tenant: string,
    from: StoredSources,
    to: SourceState,
    chunks: ReadonlyMap<number, readonly EmitterNumbers[]>,
  ): Promise<number | undefined>;
}
