import type { Measures } from '../../contracts/measures.ts';
import type { LedgerEntry } from '../../domain/events/entry.ts';
import { lacksPrice } from '../../domain/workload/workload-call.ts';

/**
 * What the ledger's totals say of a scope and day: calls of every kind, and cost with credits and the like. A day's
 * entries add up to it exactly, so whoever read all of them knows.
 */
export interface DaySums {
  readonly calls: bigint;
  readonly unpricedCalls: bigint;
  readonly costPicoUsd: bigint;
  readonly inputTokens: bigint;
  readonly outputTokens: bigint;
}

/** Sums of nothing. */
export const NO_SUMS: DaySums = { calls: 0n, unpricedCalls: 0n, costPicoUsd: 0n, inputTokens: 0n, outputTokens: 0n };

/** Two sums as one. */
export function addDaySums(a: DaySums, b: DaySums): DaySums {
  return {
    calls: a.calls + b.calls,
    unpricedCalls: a.unpricedCalls + b.unpricedCalls,
    costPicoUsd: a.costPicoUsd + b.costPicoUsd,
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
  };
}

/** Sums as a row of totals has them. */
export function sumsOfMeasures(measures: Measures): DaySums {
  return {
    calls: measures.calls ?? 0n,
    unpricedCalls: (measures.unpriced ?? 0n) + (measures.unpriced_unit ?? 0n) + (measures.partially_priced ?? 0n),
    costPicoUsd: measures.cost ?? 0n,
    inputTokens: measures.input_tokens ?? 0n,
    outputTokens: measures.output_tokens ?? 0n,
  };
}

/** What an entry adds to the totals, as it counts for now: nothing where it is void, and a credit is no call. */
export function sumsOfEntry({
  event,
  rating,
  isVoid,
  credit,
}: Pick<LedgerEntry, 'event' | 'rating' | 'isVoid' | 'credit'>): DaySums {
  if (isVoid) return NO_SUMS;
  const costPicoUsd = rating.costPicoUsd ?? 0n;
  if (credit) return { ...NO_SUMS, costPicoUsd };
  return {
    calls: 1n,
    unpricedCalls: lacksPrice(rating) ? 1n : 0n,
    costPicoUsd,
    inputTokens: BigInt(event.usage.input_tokens ?? 0),
    outputTokens: BigInt(event.usage.output_tokens ?? 0),
  };
}

/** Whether two sums are the same. */
export function areSameSums(a: DaySums, b: DaySums): boolean {
  return (
    a.calls === b.calls &&
    a.unpricedCalls === b.unpricedCalls &&
    a.costPicoUsd === b.costPicoUsd &&
    a.inputTokens === b.inputTokens &&
    a.outputTokens === b.outputTokens
  );
}
