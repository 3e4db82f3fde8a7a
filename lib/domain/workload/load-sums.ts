import type { LoadSums } from './workload.ts';

/** Sums that are still being added to. */
export type GrowingSums = { -readonly [Name in keyof LoadSums]: LoadSums[Name] };

/** Sums of no call. */
export function createSums(): GrowingSums {
  return { calls: 0, inputTokens: 0, outputTokens: 0, inputOutputTokens: 0, outputSquaredTokens: 0 };
}

/** Adds a number of calls that all have the same lengths. */
export function addCalls(sums: GrowingSums, calls: number, inputTokens: number, outputTokens: number): void {
  sums.calls += calls;
  sums.inputTokens += calls * inputTokens;
  sums.outputTokens += calls * outputTokens;
  sums.inputOutputTokens += calls * inputTokens * outputTokens;
  sums.outputSquaredTokens += calls * outputTokens * outputTokens;
}

/** Adds what was summed elsewhere. */
export function addSums(sums: GrowingSums, more: LoadSums): void {
  sums.calls += more.calls;
  sums.inputTokens += more.inputTokens;
  sums.outputTokens += more.outputTokens;
  sums.inputOutputTokens += more.inputOutputTokens;
  sums.outputSquaredTokens += more.outputSquaredTokens;
}
