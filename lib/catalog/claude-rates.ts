import { above, type Rates, times, timesRates } from './rate-factors.ts';
import type { SnapshotPeriod, SnapshotRate } from './snapshot.ts';

/** What one Claude model costs; the rest follows from the multiples that hold for all of them. */
export interface ClaudePrice {
  /** USD per 1M tokens. */
  readonly input: string;
  readonly output: string;
  /** A cache hit as a multiple of the input price. @default "0.1" */
  readonly cacheRead?: string;
  /** Requests of more tokens than `over`, cached ones included, cost these multiples as a whole. */
  readonly long?: { readonly over: number; readonly input: string; readonly output: string };
}

/** Requests of more than 200,000 tokens, as Sonnet 4 and 4.5 charge them, and 4.6 did until it was given up. */
export const LONG_CONTEXT = { over: 200_000, input: '2', output: '1.5' } as const;

/** A search costs the same under every service tier. */
export const CLAUDE_SEARCH = { web_searches: { rate: '10', per: 1000 } } as const;

/**
 * Rates of tokens under the standard service tier: writes that live five minutes cost 1.25 times the input, writes
 * that live an hour twice as much.
 * @see https://platform.claude.com/docs/en/about-claude/pricing#prompt-caching
 */
export function claudeRates({ input, output, cacheRead = '0.1', long }: ClaudePrice): Rates {
  const inputTimes = (factor: string): SnapshotRate => {
    const rate = times(input, factor);
    return long === undefined ? rate : above(long.over, rate, times(rate, long.input));
  };
  return {
    input_tokens: inputTimes('1'),
    cache_write_tokens: inputTimes('1.25'),
    cache_write_1h_tokens: inputTimes('2'),
    cache_read_tokens: inputTimes(cacheRead),
    output_tokens: long === undefined ? output : above(long.over, output, times(output, long.output)),
  };
}

/** The price under the Batch API: half of everything but searches; the multiples for cached tokens stay. */
export function batchPeriod(price: ClaudePrice, dates: Pick<SnapshotPeriod, 'from' | 'to'> = {}): SnapshotPeriod {
  return { ...dates, tier: 'batch', rates: { ...timesRates(claudeRates(price), '0.5'), ...CLAUDE_SEARCH } };
}

/** The price of fast mode, a multiple of the standard price of tokens, whatever the size of the request. */
export function fastPeriod(
  { long: _, ...price }: ClaudePrice,
  factor: string,
  dates: Pick<SnapshotPeriod, 'from' | 'to'> = {},
): SnapshotPeriod {
  return { ...dates, tier: 'fast', rates: { ...timesRates(claudeRates(price), factor), ...CLAUDE_SEARCH } };
}
