import { DIMENSIONS, type Leaf } from '../../contracts/dimensions.ts';

/** Which calls are meant: exact values by dimension or `tags.<name>`, all of which must match; empty = every call. */
export type ScopeFilter = Readonly<Record<string, string>>;

/** Prefix under which a declared tag is named in filters and answers. */
export const TAG_PREFIX = 'tags.';

const TAG_SLOTS: ReadonlySet<string> = new Set(['tag1', 'tag2', 'tag3']);

/** The names that a filter of a tenant may use: the dimensions, with each tag under its own name. */
export function listScopeNames(tagDimensions: readonly string[]): readonly string[] {
  return [
    ...DIMENSIONS.filter((dimension) => !TAG_SLOTS.has(dimension)),
    ...tagDimensions.map((tag) => `${TAG_PREFIX}${tag}`),
  ];
}

/** What a tenant keeps of the calls beside the dimensions that every tenant keeps. */
export interface KeptDimensions {
  /** In the order of `tag1` to `tag3`. */
  readonly tagDimensions: readonly string[];
  readonly trackUsers: boolean;
}

/** The names of what a tenant keeps: a filter by anything else would count nothing for ever. */
export function listKeptNames({ tagDimensions, trackUsers }: KeptDimensions): readonly string[] {
  return listScopeNames(tagDimensions).filter((name) => name !== 'user' || trackUsers);
}

/**
 * Compiles a filter into a test of leaves.
 *
 * @param tagDimensions - the tags that the tenant keeps, in the order of `tag1` to `tag3`
 * @returns a test that no leaf passes when the filter names something the ledger does not keep
 */
export function createLeafMatcher(filter: ScopeFilter, tagDimensions: readonly string[]): (leaf: Leaf) => boolean {
  const wanted = Object.entries(filter).map(([name, value]) => ({
    position: findPosition(name, tagDimensions),
    value,
  }));
  return (leaf) => wanted.every(({ position, value }) => position !== undefined && leaf[position] === value);
}

/** Where a dimension or `tags.<name>` stands in a leaf; undefined when the tenant does not keep it. */
export function findPosition(name: string, tagDimensions: readonly string[]): number | undefined {
  const slot = name.startsWith(TAG_PREFIX) ? `tag${tagDimensions.indexOf(name.slice(TAG_PREFIX.length)) + 1}` : name;
  const position = (DIMENSIONS as readonly string[]).indexOf(slot);
  return position < 0 ? undefined : position;
}

/** A filter in words, in the order given: `team=cx, app=support-bot`; every call when it is empty. */
export function describeScope(filter: ScopeFilter): string {
  const parts = Object.entries(filter).map(([name, value]) => `${name}=${value}`);
  return parts.length > 0 ? parts.join(', ') : 'all calls of the tenant';
}
