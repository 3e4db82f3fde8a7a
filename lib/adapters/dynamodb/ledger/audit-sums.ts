import type { BudgetTotals } from '../../../domain/budgets/budget-total.ts';

/** One sum of a budget's totals. */
export interface PartSum {
  readonly period: string;
  readonly part: string;
  readonly sum: bigint;
}

/** Parts from the first name on, up to the second and without it; null = all that are left. */
export type PartRange = readonly [string, string | null];

/** The sums of totals in order; a period that has no parts has one of nothing. */
export function listSums({ spent }: BudgetTotals): readonly PartSum[] {
  const compare = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) => (a < b ? -1 : 1);
  return [...spent].sort(compare).flatMap(([period, parts]) => {
    const sums = parts.size > 0 ? [...parts].sort(compare) : [['', 0n] as const];
    return sums.map(([part, sum]) => ({ period, part, sum }));
  });
}

/**
 * Which parts some consecutive sums stand for, by period, so that parts missing between them are looked for too.
 *
 * @param before - the sum before the first of them
 * @param behind - the sum behind the last of them
 */
export function findRanges(
  sums: readonly PartSum[],
  before: PartSum | undefined,
  behind: PartSum | undefined,
): Record<string, PartRange> {
  return Object.fromEntries(
    [...Map.groupBy(sums, ({ period }) => period)].map(([period, ofPeriod]): [string, PartRange] => [
      period,
      [before?.period === period ? (ofPeriod[0]?.part ?? '') : '', behind?.period === period ? behind.part : null],
    ]),
  );
}

/** The key of a sum: the period, with `#` and the part behind it where it has one. */
export function keyOf(period: string, part: string): string {
  return part === '' ? period : `${period}#${part}`;
}

/**
 * Totals with these sums, by key, in place of their own; keys of periods that they do not have are left out.
 *
 * @param hasParts - whether they are of a budget with `each`, where a key without a part is a period without any
 */
export function withSums(
  spent: BudgetTotals['spent'],
  sums: ReadonlyMap<string, bigint>,
  hasParts: boolean,
): BudgetTotals['spent'] {
  const changed = new Map([...spent].map(([period, parts]) => [period, new Map(parts)]));
  for (const [key, sum] of sums) {
    // Names of periods hold no `#`.
    const at = key.indexOf('#');
    const [period, part] = at < 0 ? [key, ''] : [key.slice(0, at), key.slice(at + 1)];
    if (!hasParts || part !== '') changed.get(period)?.set(part, sum);
  }
  return changed;
}

/** Sums by key from their decimal texts. */
export function toSums(texts: Readonly<Record<string, string>>): Map<string, bigint> {
  return new Map(Object.entries(texts).map(([key, text]) => [key, BigInt(text)]));
}

/** Sums by key as decimal texts. */
export function toTexts(sums: ReadonlyMap<string, bigint>): Record<string, string> {
  return Object.fromEntries([...sums].map(([key, sum]) => [key, sum.toString()]));
}
