import type { SentEvent } from '../history/calls.ts';
import type { ListRow } from '../history/catalog.ts';

/** A price override as it was stored, from the table's own text of the file. */
export interface StoredPrice {
  readonly model: string;
  readonly rates: Readonly<Record<string, string>>;
  readonly effective_from?: string;
  readonly effective_to?: string;
  readonly replace: boolean;
}

/** What a call must come to. */
export interface ExpectedRating {
  readonly status: string;
  /** Null = no price. */
  readonly costPicoUsd: bigint | null;
}

const UNITS = ['input_tokens', 'cache_read_tokens', 'output_tokens'] as const;

/**
 * What a call costs by a list and the overrides of today, in order of storing, worked out from their texts: the rates
 * in force at its time, a later override over an earlier one, the whole rounded once, half to even.
 */
export function priceCall(
  event: SentEvent,
  list: readonly ListRow[],
  overrides: readonly StoredPrice[],
): ExpectedRating {
  const atMs = Date.parse(event.time);
  const isInForce = (row: { readonly effective_from?: string; readonly effective_to?: string }): boolean =>
    (row.effective_from === undefined || Date.parse(row.effective_from) <= atMs) &&
    (row.effective_to === undefined || atMs < Date.parse(row.effective_to));
  let rates = new Map<string, string>();
  for (const row of list) if (row.model === event.model && isInForce(row)) rates.set(row.unit, row.rate);
  let isKnown = list.some(({ model }) => model === event.model);
  for (const override of overrides) {
    if (override.model !== event.model || !isInForce(override)) continue;
    if (override.replace) rates = new Map();
    for (const [unit, rate] of Object.entries(override.rates)) rates.set(unit, rate);
    isKnown = true;
  }
  if (event.response_cache_hit) return { status: 'priced', costPicoUsd: 0n };
  if (!isKnown) return { status: 'unpriced', costPicoUsd: null };
  return sumUp(event, rates);
}

function sumUp(event: SentEvent, rates: ReadonlyMap<string, string>): ExpectedRating {
  const { input_tokens: input = 0, cache_read_tokens: cached = 0, output_tokens: output = 0 } = event.usage;
  const counts = { input_tokens: input - cached, cache_read_tokens: cached, output_tokens: output };
  // Rates are USD per million tokens; ten million parts of a picoUSD hold seven further decimals of them.
  const SCALE = 10_000_000n;
  let scaled = 0n;
  let missing = 0;
  let priced = 0;
  for (const unit of UNITS) {
    const count = counts[unit];
    if (count === 0) continue;
    const rate = rates.get(unit);
    if (rate === undefined) missing += 1;
    else {
      priced += 1;
      scaled += BigInt(count) * scaledPicoUsd(rate);
    }
  }
  if (missing > 0 && priced === 0) return { status: 'unpriced_unit', costPicoUsd: null };
  return { status: missing > 0 ? 'partially_priced' : 'priced', costPicoUsd: roundHalfEven(scaled, SCALE) };
}

/** USD per million tokens as ten-millionths of a picoUSD per token: 1 USD / 1e6 = 1e6 picoUSD = 1e13 of them. */
function scaledPicoUsd(rate: string): bigint {
  const [whole = '0', decimals = ''] = rate.split('.');
  return BigInt(whole + decimals.padEnd(13, '0'));
}

function roundHalfEven(amount: bigint, scale: bigint): bigint {
  const floor = amount / scale;
  const rest = amount % scale;
  if (rest * 2n > scale || (rest * 2n === scale && floor % 2n === 1n)) return floor + 1n;
  return floor;
}
