import { divideOrNull } from '../quotient.ts';

/**
 * Bills in USD (model figures) of calls that share a prompt prefix, without and with a prompt cache: the first call
 * writes the prefix at a premium, the others read it at a discount. Tokens per call; the price is per 1M input tokens.
 *
 * @see METHODS of the project, section 5.4 (`prompt_cache`)
 */
export function computePromptCacheBills(inputs: {
  readonly requests: number;
  readonly prefixTokens: number;
  readonly dynamicTokens: number;
  readonly inputPriceUsd: number;
  readonly discountRatio: number;
  readonly writePremiumRatio: number;
}): { readonly withoutUsd: number; readonly withUsd: number; readonly savingsRatio: number | null } {
  const { requests, prefixTokens, dynamicTokens } = inputs;
  const writtenTokens = prefixTokens * (1 + inputs.writePremiumRatio);
  const readTokens = (requests - 1) * prefixTokens * (1 - inputs.discountRatio);
  const withoutUsd = (requests * (prefixTokens + dynamicTokens) * inputs.inputPriceUsd) / 1e6;
  const withUsd = ((writtenTokens + readTokens + requests * dynamicTokens) * inputs.inputPriceUsd) / 1e6;
  return { withoutUsd, withUsd, savingsRatio: computeReductionRatio(withoutUsd, withUsd) };
}

/** Share taken off; `null` when there was nothing before. @see METHODS of the project, section 5.4 (`reduction`) */
export function computeReductionRatio(before: number, after: number): number | null {
  const remainingRatio = divideOrNull(after, before);
  return remainingRatio === null ? null : 1 - remainingRatio;
}

/** Share taken off by reductions one after another. @see METHODS of the project, section 5.4 (`combined_reduction`) */
export function combineReductionRatios(reductions: readonly number[]): number {
  return 1 - reductions.reduce((remaining, reduction) => remaining * (1 - reduction), 1);
}

/** Share taken off when part of a text shrinks to `1 / factor`. @see METHODS of the project, section 5.4 (`compression`) */
export function computeCompressionRatio(shareCompressedRatio: number, factor: number): number {
  return shareCompressedRatio - shareCompressedRatio / factor;
}

/**
 * USD per call over a mix of routes, and what it saves against one route for all; shares in the order of the prices.
 * @see METHODS of the project, section 5.4 (`routing_savings`)
 */
export function computeRoutingSavings(
  shares: readonly number[],
  usdPerRequest: readonly number[],
  baselineUsdPerRequest: number,
): { readonly blendedUsd: number; readonly savingsRatio: number | null } {
  const blendedUsd = shares.reduce((total, share, route) => total + share * (usdPerRequest[route] ?? 0), 0);
  return { blendedUsd, savingsRatio: computeReductionRatio(baselineUsdPerRequest, blendedUsd) };
}
