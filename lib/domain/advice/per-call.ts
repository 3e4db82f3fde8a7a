import type { Market, PerCallOffer } from './market.ts';
import { MIN_QUALITY_RATIOS } from './per-call-models.ts';
import type { AdviceProfile } from './profile-fields.ts';

/** A model paid by the call, for the calls of a profile. */
export interface PerCallChoice {
  readonly offer: PerCallOffer;
  /** USD a call; null = lengths are not known. */
  readonly unitUsd: number | null;
}

/** USD of a call at an offer; null where lengths are not known. */
export function computeCallUsd(profile: AdviceProfile, offer: PerCallOffer): number | null {
  const { input_tokens_per_request: inputTokens, output_tokens_per_request: outputTokens } = profile;
  if (inputTokens === null || outputTokens === null) return null;
  const { inputUsd, cachedUsd, outputUsd } = offer.pricesAt(inputTokens);
  const cachedTokens = inputTokens * profile.cached_input_ratio;
  return ((inputTokens - cachedTokens) * inputUsd + cachedTokens * cachedUsd + outputTokens * outputUsd) / 1e6;
}

/** Three tokens in for each one out order the offers where lengths are not known. */
const BLEND = { inputTokens: 750, outputTokens: 250 };

/** The cheapest of the offers that are accepted and hold a mean call; of equal ones the first. */
export function findCheapest(
  profile: AdviceProfile,
  market: Market,
  accepts: (offer: PerCallOffer) => boolean,
): PerCallChoice | null {
  const { input_tokens_per_request: inputTokens, output_tokens_per_request: outputTokens } = profile;
  const tokens = (inputTokens ?? 0) + (outputTokens ?? 0);
  const blended = {
    ...profile,
    input_tokens_per_request: inputTokens ?? BLEND.inputTokens,
    output_tokens_per_request: outputTokens ?? BLEND.outputTokens,
  };
  let best: { readonly offer: PerCallOffer; readonly usd: number } | null = null;
  for (const offer of market.perCall) {
    if (!accepts(offer) || tokens > (offer.contextTokens ?? Number.POSITIVE_INFINITY)) continue;
    const usd = computeCallUsd(blended, offer) ?? 0;
    if (best === null || usd < best.usd) best = { offer, usd };
  }
  return best && { offer: best.offer, unitUsd: computeCallUsd(profile, best.offer) };
}

/** Whoever names a model without a score vouches for it, but for the best only a score does. */
export function isGoodEnough({ qualityRatio, isNamed }: PerCallOffer, minQualityRatio: number): boolean {
  if (qualityRatio !== null) return qualityRatio >= minQualityRatio;
  return isNamed && minQualityRatio < MIN_QUALITY_RATIOS.best;
}
