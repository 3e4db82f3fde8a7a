import type { ScopeFilter } from './budget-scope.ts';

/**
 * How a filter stands to a call of which some dimensions are known: it counts it, it counts another value than the
 * one known, or it depends on a dimension that is not known.
 */
export type Coverage = 'counts' | 'other' | 'unknown';

/**
 * Judges a filter by what is known of a call.
 *
 * @param known - values by dimension or `tags.<name>`; a dimension that is absent may have any value
 */
export function judgeCoverage(filter: ScopeFilter, known: ScopeFilter): Coverage {
  const wanted = Object.entries(filter);
  if (wanted.some(([name, value]) => known[name] !== undefined && known[name] !== value)) return 'other';
  return wanted.every(([name]) => known[name] !== undefined) ? 'counts' : 'unknown';
}

/** Whether there can be a call that both filters count: no dimension is fixed to two values. */
export function canMeet(a: ScopeFilter, b: ScopeFilter): boolean {
  return judgeCoverage(a, b) !== 'other';
}
