import type { Budget } from '../../domain/budgets/budget.ts';

/** One running total of a budget: a part of it ('' = the whole) in the period of that name. */
export interface BudgetSlice {
  readonly budget: Pick<Budget, 'id' | 'version'>;
  readonly period: string;
  readonly part: string;
}

/**
 * What is claimed once for a slice: that a threshold was told of (`firing`), or that it was told to hold no longer
 * (`resolved`). `actual` thresholds are held against what was spent, `forecast` ones against the projected end.
 */
export interface ClaimedStep {
  readonly basis: 'actual' | 'forecast';
  readonly percent: number;
  readonly status: 'firing' | 'resolved';
}

/** How the keys of all claims of a version of a budget begin; behind it stands the period, so they sort by time. */
export function nameClaims({ id, version }: BudgetSlice['budget']): string {
  return `${id}#${version}#`;
}

/** Key of a claim: `id#version#2026-01#0080`, `...#f0100`, `...#resolved#0080`; with `#` and the part behind it. */
export function nameClaim({ budget, period, part }: BudgetSlice, { basis, percent, status }: ClaimedStep): string {
  const resolved = status === 'resolved' ? `${RESOLVED}#` : '';
  const threshold = `${basis === 'forecast' ? 'f' : ''}${String(percent).padStart(4, '0')}`;
  return `${nameClaims(budget)}${period}#${resolved}${threshold}${part === '' ? '' : `#${part}`}`;
}

/** A claim of this version of a budget by its key; undefined when the key is of none. */
export function readClaim(
  budget: BudgetSlice['budget'],
  claim: string,
): (Omit<BudgetSlice, 'budget'> & ClaimedStep) | undefined {
  const prefix = nameClaims(budget);
  const found = claim.startsWith(prefix) ? CLAIM.exec(claim.slice(prefix.length)) : null;
  if (found === null) return undefined;
  const [, period = '', resolved, forecast, percent, part = ''] = found;
  return {
    period,
    part,
    basis: forecast === undefined ? 'actual' : 'forecast',
    percent: Number(percent),
    status: resolved === undefined ? 'firing' : 'resolved',
  };
}

const RESOLVED = 'resolved';

/** Period names hold no `#`; a part may hold anything, so it comes last. */
const CLAIM = new RegExp(`^([^#]+)#(${RESOLVED}#)?(f)?(\\d{4})(?:#(.*))?$`, 'su');
