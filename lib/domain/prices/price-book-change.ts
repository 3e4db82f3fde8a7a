import { InvariantError } from '../errors.ts';
import type { CapacityCover } from './price-book-capacities.ts';
import { type OverrideFile, parseOverrideFile } from './price-book-file.ts';

/** What a stored change says: a file that it puts in force, or the file of an earlier change that it takes away. */
export interface ChangeContent {
  /** Number of the change that is withdrawn; null = this change puts its file in force. */
  readonly withdraws: number | null;
  readonly file: OverrideFile;
}

/** A version of a capacity as a change keeps it: the part that prices depend on, beside what its owner wrote. */
export interface StoredCapacity<Definition = unknown> {
  readonly cover: CapacityCover;
  readonly definition: Definition;
}

/**
 * Reads the text of a stored change: a file of overrides, `{"withdraw": number, "file": ...}` with the file that is
 * taken away, so that whoever reads one change knows which calls it is about, or `{"capacity": ...}`.
 *
 * @throws {@link InvariantError} when it is neither, which is checked where changes are stored
 */
export function parseChange(text: string): ChangeContent {
  try {
    const json: unknown = JSON.parse(text);
    if (isCapacity(json)) return { withdraws: null, file: { ...NOTHING, capacity: json.capacity.cover } };
    const withdrawn = isWithdrawal(json) ? json : null;
    return { withdraws: withdrawn?.withdraw ?? null, file: parseOverrideFile(withdrawn?.file ?? json) };
  } catch (cause) {
    throw new InvariantError(`a stored change of overrides cannot be read: ${String(cause)}`, { cause });
  }
}

const NOTHING: OverrideFile = { overrides: [], aliases: [], reportedCost: null, capacity: null };

/** The text of the change that stores a version of a capacity. */
export function formatCapacity<Definition>(capacity: StoredCapacity<Definition>): string {
  return JSON.stringify({ capacity });
}

/** The version of a capacity in the text of a stored change; undefined where the change is about something else. */
export function readCapacity(text: string): StoredCapacity | undefined {
  // Files of overrides may be long, and few changes are about capacities.
  if (!text.startsWith('{"capacity":')) return undefined;
  const json: unknown = JSON.parse(text);
  return isCapacity(json) ? json.capacity : undefined;
}

/** The text of the change that withdraws another one, given by its number and text. */
export function formatWithdrawal(number: number, fileText: string): string {
  return JSON.stringify({ withdraw: number, file: JSON.parse(fileText) });
}

/** The changes of a chain that are in force or will be: what is left of those that put something in force. */
export function withoutWithdrawn<T extends { readonly number: number; readonly content: ChangeContent }>(
  changes: readonly T[],
): readonly T[] {
  const withdrawn = new Set(changes.map(({ content }) => content.withdraws));
  return changes.filter(({ number, content }) => content.withdraws === null && !withdrawn.has(number));
}

/** Only {@link formatCapacity} writes this field, from what was checked. */
function isCapacity(json: unknown): json is { readonly capacity: StoredCapacity } {
  return typeof json === 'object' && json !== null && 'capacity' in json;
}

function isWithdrawal(json: unknown): json is { readonly withdraw: number; readonly file: unknown } {
  return typeof json === 'object' && json !== null && 'withdraw' in json && typeof json.withdraw === 'number';
}
