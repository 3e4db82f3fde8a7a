import { CHECKED_ON, type OwnModel } from './own-model.ts';
import type { SnapshotFacts, SnapshotPeriod, SnapshotRate } from './snapshot.ts';

/** The vendor's price list, read in copies of different times because it only shows the current prices. */
export const OPENAI_PRICING = 'developers.openai.com/api/docs/pricing (copies of November 2025 and September 2026)';

/** USD per 1M tokens as the vendor lists them; `null` = the vendor lists no price for the kind of token. */
export type TokenRates = readonly [
  input: string,
  cacheRead: string | null,
  output: string | null,
  cacheWrite?: string | undefined,
];

/** Rates of a request of ordinary size, and of one that is large as a whole. */
export interface SizedRates {
  readonly short: TokenRates;
  readonly long: TokenRates;
}

/** What a model costs under the service tiers besides the default one, over one period; what is absent is not sold. */
export interface TierPrices {
  /** RFC 3339 date, included. @default open */
  readonly from?: string;
  /** RFC 3339 date, excluded. @default open */
  readonly to?: string;
  readonly batch?: TokenRates | SizedRates;
  readonly flex?: TokenRates | SizedRates;
  /** Sold as `fast` too since its renaming. */
  readonly priority?: TokenRates | SizedRates;
}

/**
 * Tokens above which a request is large as a whole. The models' pages say "more than 272K"; the heading of the price
 * list, "<272K", leaves exactly so many open, and the library, which follows it, is corrected.
 * @see developers.openai.com/api/docs/models/gpt-5.4, pydantic/genai-prices issue 711, unslothai/unsloth pull 9527
 */
const LARGE_TOKENS = 272_000;

/** A call of the web search tool, the same under every service tier. */
export const WEB_SEARCH = { web_searches: { rate: '10', per: 1000 } } as const;

/** The rates of a period by unit of usage. */
export function tokenRates(rates: TokenRates | SizedRates): Record<string, SnapshotRate> {
  const { short, long } = isSized(rates) ? rates : { short: rates, long: null };
  const units = ['input_tokens', 'cache_read_tokens', 'output_tokens', 'cache_write_tokens'];
  const found: Record<string, SnapshotRate> = {};
  for (const [index, unit] of units.entries()) {
    const rate = short[index];
    const large = long?.[index];
    if (typeof rate !== 'string') continue;
    found[unit] = typeof large === 'string' ? { rate, tiers: [['>', LARGE_TOKENS, large]] } : rate;
  }
  return found;
}

function isSized(rates: TokenRates | SizedRates): rates is SizedRates {
  return 'short' in rates;
}

/** Day on which the vendor renamed priority processing; since then calls may name either. */
const FAST_SINCE = '2026-07-30';

/** The periods of the tiers that are sold; `extra` holds prices that every tier shares. */
export function tierPeriods(
  { from, to, batch, flex, priority }: TierPrices,
  extra: Readonly<Record<string, SnapshotRate>> = {},
): SnapshotPeriod[] {
  const until = to === undefined ? {} : { to };
  const dates = { ...(from === undefined ? {} : { from }), ...until };
  const fastFrom = from !== undefined && from > FAST_SINCE ? from : FAST_SINCE;
  const isFast = to === undefined || to > FAST_SINCE;
  return [
    { ...dates, tier: 'batch', sold: batch },
    { ...dates, tier: 'flex', sold: flex },
    { ...dates, tier: 'priority', sold: priority },
    { from: fastFrom, ...until, tier: 'fast', sold: isFast ? priority : undefined },
  ].flatMap(({ sold, ...period }) =>
    sold === undefined ? [] : [{ ...period, rates: { ...tokenRates(sold), ...extra } }],
  );
}

/** Tokens of prompt and answer together, and at most of the answer. */
export function chatFacts(contextTokens: number, maxOutputTokens: number): Omit<SnapshotFacts, 'source'> {
  return { kind: 'chat', contextTokens, maxOutputTokens };
}

/** Adds periods to a model of the library that goes by the same id there. */
export function extendOpenAi(
  model: string,
  periods: readonly SnapshotPeriod[],
  more: Partial<OwnModel> = {},
): OwnModel {
  return { ...openAi(model, periods), replaces: model, scope: 'units', ...more };
}

/** A model of which the library has nothing, or another price. */
export function openAi(model: string, periods: readonly SnapshotPeriod[], more: Partial<OwnModel> = {}): OwnModel {
  return {
    provider: 'openai',
    model,
    replaces: null,
    scope: 'all',
    periods,
    source: OPENAI_PRICING,
    checkedOn: CHECKED_ON,
    ...more,
  };
}
