import { listKeptNames, type ScopeFilter } from '../../domain/budgets/budget-scope.ts';
import { showValue } from '../../domain/shown-value.ts';
import type { TenantConfig } from '../ports.ts';
import type { RequestIssue } from '../request-errors.ts';

/**
 * Reads filters `dimension=value` into a scope. A scope has one value of each dimension, so that what was measured of it
 * can be found again.
 *
 * @param issues - takes in every fault
 */
export function readScopeFilter(tenant: TenantConfig, texts: readonly string[], issues: RequestIssue[]): ScopeFilter {
  const scope = new Map<string, string>();
  for (const text of texts) {
    const at = text.indexOf('=');
    const [name, value] = [text.slice(0, at), text.slice(at + 1)];
    if (at <= 0 || value === '') issues.push({ field: 'filter', expected: 'dimension=value' });
    else if (scope.has(name)) issues.push({ field: 'filter', expected: `one value of ${name}` });
    else scope.set(name, value);
  }
  const names = listKeptNames(tenant);
  for (const name of [...scope.keys()].filter((it) => !names.includes(it)))
    issues.push({ field: 'filter', expected: `one of ${names.join(', ')}, not ${showValue(name)}` });
  return Object.fromEntries(scope);
}
