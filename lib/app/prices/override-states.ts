import { parseChange } from '../../domain/prices/price-book-change.ts';
import type { OverrideFile } from '../../domain/prices/price-book-file.ts';
import type { Period } from '../../domain/prices/price-catalog-time.ts';
import type { OverrideChange } from './override-ports.ts';

/** A file of overrides as it was accepted. */
export interface StoredFile {
  readonly overrides?: readonly unknown[];
  readonly aliases?: readonly unknown[];
  readonly reported_cost?: unknown;
  /** A version of a capacity with a fixed price, which is stored and ended by a way of its own. */
  readonly capacity?: { readonly cover: { readonly name: string } };
}

/** A stored change and where it stands. */
export interface ChangeStanding {
  readonly number: number;
  readonly version: string;
  readonly storedAtMs: number;
  readonly keyId: string;
  /**
   * `scheduled`: no part of it took effect yet. `in_effect`: some part did and not all have ended. `ended`: all have.
   * `withdrawn`: taken back before it took effect. A withdrawal itself is in effect from the moment it is stored.
   */
  readonly state: 'scheduled' | 'in_effect' | 'ended' | 'withdrawn';
  /** Number of the change that this one takes back; null = it puts a file in force. */
  readonly withdraws: number | null;
  /** Empty for a withdrawal. */
  readonly file: StoredFile;
}

/** Says of every change of a chain where it stands at a time. */
export function standChanges(changes: readonly OverrideChange[], nowMs: number): readonly ChangeStanding[] {
  const read = changes.map((change) => ({ change, ...parseChange(change.fileText) }));
  const withdrawn = new Set(read.map(({ withdraws }) => withdraws));
  return read.map(({ change: { number, version, storedAtMs, keyId, fileText }, withdraws, file }) => {
    const common = { number, version, storedAtMs, keyId, withdraws };
    if (withdraws !== null) return { ...common, state: 'in_effect', file: {} };
    const state = withdrawn.has(number) ? 'withdrawn' : stateAt(file, nowMs);
    // The text was accepted as a file of overrides when it was stored.
    return { ...common, state, file: JSON.parse(fileText) as StoredFile };
  });
}

/**
 * Since when a change is in effect, as epoch milliseconds: the earliest moment at which a part of it was, or the one at
 * which it was stored for a part that is for all times. Null while no part took effect.
 */
export function findEffectSince(change: Pick<OverrideChange, 'fileText' | 'storedAtMs'>, nowMs: number): number | null {
  const begun = periodsOf(parseChange(change.fileText).file).flatMap(({ fromMs }) => {
    const sinceMs = fromMs ?? change.storedAtMs;
    return sinceMs <= nowMs ? [sinceMs] : [];
  });
  return begun.length === 0 ? null : Math.min(...begun);
}

function stateAt(file: OverrideFile, nowMs: number): 'scheduled' | 'in_effect' | 'ended' {
  const periods = periodsOf(file);
  if (periods.every(({ toMs }) => toMs !== null && toMs <= nowMs)) return 'ended';
  return periods.every(({ fromMs }) => fromMs !== null && fromMs > nowMs) ? 'scheduled' : 'in_effect';
}

function periodsOf({ overrides, aliases, reportedCost, capacity }: OverrideFile): readonly Period[] {
  return [...overrides, ...aliases, ...(reportedCost === null ? [] : [reportedCost]), ...(capacity ? [capacity] : [])];
}
