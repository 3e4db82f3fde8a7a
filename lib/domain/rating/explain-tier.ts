import { type DisjointUsage, inputSizeTokens } from '../events/usage-shapes.ts';
import type { CatalogRow } from '../prices/price-catalog.ts';

/** A size at which rates change. `>`: a request of exactly `overTokens` is still below; `>=`: it is already above. */
export interface SizeThreshold {
  readonly operator: '>' | '>=';
  readonly overTokens: bigint;
  readonly isReached: boolean;
}

/** Why a request was rated with the rates of its size. */
export interface TierDecision {
  /** The whole prompt, cached tokens counted. */
  readonly sizeTokens: bigint;
  /** How many of these were read from a cache or written to it. */
  readonly cachedTokens: bigint;
  /** The highest threshold reached, as the rates of the entry name it; null = base rates. */
  readonly applied: SizeThreshold | null;
  /** Every threshold that is known, ascending. */
  readonly thresholds: readonly SizeThreshold[];
  /** The decision as a sentence. */
  readonly sentence: string;
}

/**
 * Explains the size tier of a request.
 *
 * @param tier - as held with the entry, `>200000`; null = base rates
 * @param rows - the catalog rows of the rates; undefined where they are not at hand, so that only `tier` is known
 */
export function explainTier(
  tier: string | null,
  usage: DisjointUsage,
  rows: readonly CatalogRow[] | undefined,
): TierDecision {
  const sizeTokens = inputSizeTokens(usage);
  const cachedTokens = CACHE_UNITS.reduce((sum, unit) => sum + (usage.counts.get(unit) ?? 0n), 0n);
  const thresholds = new Map<string, SizeThreshold>();
  const note = (operator: '>' | '>=', overTokens: bigint): SizeThreshold => {
    const isReached = operator === '>' ? sizeTokens > overTokens : sizeTokens >= overTokens;
    const threshold = { operator, overTokens, isReached };
    thresholds.set(`${operator}${overTokens}`, threshold);
    return threshold;
  };
  const named = /^(>=?)(\d+)$/.exec(tier ?? '');
  const applied = named ? note(named[1] === '>' ? '>' : '>=', BigInt(named[2] ?? '0')) : null;
  for (const row of rows ?? []) for (const { operator, over } of row.tiers) note(operator, over);
  const ascending = [...thresholds.values()].sort((a, b) => (firstAbove(a) < firstAbove(b) ? -1 : 1));
  const decision = { sizeTokens, cachedTokens, applied, thresholds: ascending };
  return { ...decision, sentence: toSentence(decision, rows !== undefined) };
}

const CACHE_UNITS = [
  'cache_read_tokens',
  'cache_audio_read_tokens',
  'cache_write_tokens',
  'cache_write_5m_tokens',
  'cache_write_1h_tokens',
];

function firstAbove({ operator, overTokens }: SizeThreshold): bigint {
  return operator === '>' ? overTokens + 1n : overTokens;
}

function toSentence(decision: Omit<TierDecision, 'sentence'>, isCatalogKnown: boolean): string {
  const { sizeTokens, cachedTokens, applied, thresholds } = decision;
  const size = `${sizeTokens} input tokens, ${cachedTokens} of them read from or written to a cache,`;
  if (applied !== null) {
    const relation = applied.operator === '>' ? 'more than' : 'at least';
    return `${size} are ${relation} ${applied.overTokens}: the whole request has the rates of this tier`;
  }
  const next = thresholds.find(({ isReached }) => !isReached);
  if (next === undefined) {
    return isCatalogKnown ? 'rates do not depend on the size of the request' : 'base rates';
  }
  const relation = next.operator === '>' ? 'not more than' : 'fewer than';
  return `${size} are ${relation} ${next.overTokens}: base rates`;
}
