import type { Leaf } from '../../contracts/dimensions.ts';
import { projectLeaves, type ScopeProjection, type TotalQuestion } from './project-scope.ts';
import { sumAmounts, toFigure } from './restate-past.ts';

/** The part of a forecast that falls to a value of a dimension. */
export interface ForecastShare {
  /** Exact, in the unit. */
  readonly spent: bigint;
  /** In the unit's figures; the points of all shares together are that of the total. `null` without data. */
  readonly point: number | null;
}

/** A forecast by the values of one dimension. */
export interface SplitForecast {
  /** Those that come to most first, {@link MAX_SHARES} of them at most; the value is null where none was sent. */
  readonly shares: readonly (ForecastShare & { readonly value: string | null })[];
  /** All other values together; `null` where there are none. */
  readonly others: (ForecastShare & { readonly values: number }) | null;
}

/** Values that are shown on their own. */
export const MAX_SHARES = 50;

/**
 * Splits a forecast by a dimension, for display: each value is forecast on its own series, and what they are yet to come
 * to is scaled to the total's, because intervals of parts do not add up.
 *
 * @param position - place of the dimension in a leaf
 * @param isOfTotal - whether a leaf is in the total
 */
export function splitForecast(
  question: TotalQuestion,
  total: ScopeProjection,
  position: number,
  isOfTotal: (leaf: Leaf) => boolean,
): SplitForecast {
  const groups = groupRows(question, position, isOfTotal);
  const [shown, rest] = [groups.slice(0, MAX_SHARES), groups.slice(MAX_SHARES)];
  const together = { values: rest.flatMap(({ values }) => values), amount: sumOf(rest) };
  const lines = rest.length === 0 ? shown : [...shown, together];
  const shares = scaleToTotal(
    lines.map(({ values }) => {
      const meant = new Set(values);
      const matches = (leaf: Leaf): boolean => isOfTotal(leaf) && meant.has(leaf[position] ?? null);
      return projectLeaves({ ...question, levels: [] }, matches);
    }),
    lines.map(({ amount }) => toFigure(amount, question.unit)),
    total,
    question,
  );
  return {
    shares: shown.map(({ values: [value = null] }, index) => ({ value, ...(shares[index] ?? NOTHING) })),
    others: rest.length === 0 ? null : { values: rest.length, ...(shares.at(-1) ?? NOTHING) },
  };
}

const NOTHING: ForecastShare = { spent: 0n, point: null };

interface ValueAmount {
  readonly values: readonly (string | null)[];
  readonly amount: bigint;
}

function groupRows(
  { rows, oneOffs, unit }: TotalQuestion,
  position: number,
  isOfTotal: (leaf: Leaf) => boolean,
): readonly ValueAmount[] {
  const own = [...rows, ...oneOffs].filter(({ leaf }) => isOfTotal(leaf));
  const byValue = Map.groupBy(own, ({ leaf }) => leaf[position] ?? null);
  const groups = [...byValue].map(([value, of]) => ({ values: [value], amount: sumAmounts(of, unit) }));
  return groups.sort((a, b) => (a.amount > b.amount ? -1 : a.amount < b.amount ? 1 : 0));
}

function sumOf(groups: readonly ValueAmount[]): bigint {
  return groups.reduce((sum, { amount }) => sum + amount, 0n);
}

/** @param weights - by which what is to come is shared out where no value alone expects any */
function scaleToTotal(
  parts: readonly ScopeProjection[],
  weights: readonly number[],
  total: ScopeProjection,
  { unit }: TotalQuestion,
): readonly ForecastShare[] {
  const point = total.projection.point;
  if (point === null) return parts.map(({ spent }) => ({ spent, point: null }));
  const toCome = point - toFigure(total.spent, unit);
  const own = parts.map(({ spent, projection }) => Math.max(0, (projection.point ?? 0) - toFigure(spent, unit)));
  const used = own.some((amount) => amount > 0) ? own : weights.map((weight) => Math.max(0, weight));
  const all = used.reduce((sum, amount) => sum + amount, 0);
  return parts.map(({ spent }, index) => ({
    spent,
    point: toFigure(spent, unit) + (all === 0 ? 0 : (toCome * (used[index] ?? 0)) / all),
  }));
}
