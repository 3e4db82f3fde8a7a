import { solveLeastSquares } from './least-squares.ts';
import { computeServiceTimeS, type ServiceTimeFit } from './service-time.ts';

/** The rate of one replica at one mix of lengths; output tokens and rate above 0. */
export interface LengthRate {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly outputTokensPerS: number;
}

/** A fit and how far its rows are from it: mean and largest relative error of the service time. */
export interface FittedServiceTime {
  readonly fit: ServiceTimeFit;
  readonly meanErrorRatio: number;
  readonly maxErrorRatio: number;
}

/** Fewer different lengths say too little. */
export const MIN_FIT_ROWS = 4;

/** Every choice of the three terms that may be above zero; the others are zero. */
const SUPPORTS = [[0, 1, 2], [0, 1], [0, 2], [1, 2], [0], [1], [2]] as const;

/**
 * Fits the service time to throughput rows, each of which gives `t = output_len / output_tokens_per_s`: least squares of
 * the relative error with no term below zero. The best such fit is the unbounded one on some choice of terms, so all
 * seven choices are tried.
 *
 * @returns `null` when the rows do not settle the fit: fewer than {@link MIN_FIT_ROWS} different lengths, or lengths
 *   that cannot tell the three terms apart, such as one output length throughout
 * @see METHODS of the project, section 5.2 (2)
 */
export function fitServiceTime(rows: readonly LengthRate[]): FittedServiceTime | null {
  const lengths = new Set(rows.map(({ inputTokens, outputTokens }) => `${inputTokens} ${outputTokens}`));
  if (lengths.size < MIN_FIT_ROWS) return null;
  const columns = [0, 1, 2].map((term) => rows.map((row) => listTerms(row)[term] ?? 0));
  const target = rows.map(() => 1);
  if (solveLeastSquares(columns, target) === null) return null;
  let best: { readonly terms: readonly number[]; readonly error: number } | undefined;
  for (const support of SUPPORTS) {
    const solved = solveLeastSquares(
      support.map((term) => columns[term] ?? []),
      target,
    );
    if (solved === null || solved.some((value) => value < 0)) continue;
    const terms = [0, 1, 2].map((term) => solved[(support as readonly number[]).indexOf(term)] ?? 0);
    const error = sumSquaredErrors(columns, terms);
    if (best === undefined || error < best.error) best = { terms, error };
  }
  return best === undefined ? null : judgeFit(best.terms, rows);
}

/** What one unit of each term adds to the row's time, as a share of the time. */
function listTerms({ inputTokens, outputTokens, outputTokensPerS }: LengthRate): readonly number[] {
  const timeS = outputTokens / outputTokensPerS;
  return [inputTokens, outputTokens, outputTokens * (inputTokens + outputTokens / 2)].map((term) => term / timeS);
}

function sumSquaredErrors(columns: readonly (readonly number[])[], terms: readonly number[]): number {
  const rows = columns[0] ?? [];
  return rows.reduce((sum, _first, row) => {
    const ratio = terms.reduce((total, value, term) => total + value * (columns[term]?.[row] ?? 0), 0);
    return sum + (ratio - 1) ** 2;
  }, 0);
}

function judgeFit(terms: readonly number[], rows: readonly LengthRate[]): FittedServiceTime {
  const [inputTokenS = 0, outputTokenS = 0, contextTokenS = 0] = terms;
  const fit = { inputTokenS, outputTokenS, contextTokenS };
  const errors = rows.map(({ inputTokens, outputTokens, outputTokensPerS }) => {
    const timeS = outputTokens / outputTokensPerS;
    return Math.abs(computeServiceTimeS(fit, inputTokens, outputTokens) / timeS - 1);
  });
  const meanErrorRatio = errors.reduce((sum, error) => sum + error, 0) / errors.length;
  return { fit, meanErrorRatio, maxErrorRatio: errors.reduce((max, error) => Math.max(max, error), 0) };
}
