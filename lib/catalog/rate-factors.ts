import { formatDecimal, parseDecimal, timesDecimal } from '../domain/decimal.ts';
import { invariant } from '../domain/errors.ts';
import type { SnapshotFacts, SnapshotRate } from './snapshot.ts';

/** Rates by unit of usage, as a period of the snapshot holds them. */
export type Rates = Readonly<Record<string, SnapshotRate>>;

/** A list that shows prices and limits of most vendors, for what their own pages do not show in one place. */
export const LITELLM = 'BerriAI/litellm model_prices_and_context_window.json (copy of 2026-07-24)';

/**
 * Rates that a vendor words as a multiple of others ("half of the standard price"): base rates and those of larger
 * requests alike. Exact; blocks and minimums stay.
 * @param factor - exact decimal text
 */
export function timesRates(rates: Rates, factor: string): Record<string, SnapshotRate> {
  const scaled = Object.entries(rates).map(([unit, entry]): [string, SnapshotRate] => {
    if (typeof entry === 'string') return [unit, times(entry, factor)];
    const { tiers } = entry;
    const above = tiers?.map(([operator, over, rate]) => [operator, over, times(rate, factor)] as const);
    return [unit, { ...entry, rate: times(entry.rate, factor), ...(above === undefined ? {} : { tiers: above }) }];
  });
  return Object.fromEntries(scaled);
}

/** A rate and the one that takes its place in requests of more than `over` input tokens, cached ones included. */
export function above(over: number, rate: string, larger: string): SnapshotRate {
  return { rate, tiers: [['>', over, larger]] };
}

/** The product of two decimals as exact text. */
export function times(a: string, b: string): string {
  const [x, y] = [parseDecimal(a), parseDecimal(b)];
  invariant(x !== undefined && y !== undefined, `own rows hold "${a}" and "${b}", expected plain decimals`);
  return formatDecimal(timesDecimal(x, y));
}

/** Facts of a model that chats: tokens of prompt and answer together, and at most of the answer. */
export function chat(contextTokens: number, maxOutputTokens: number): Omit<SnapshotFacts, 'source'> {
  return { kind: 'chat', contextTokens, maxOutputTokens };
}
