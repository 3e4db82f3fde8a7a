import { calcPrice } from '@pydantic/genai-prices';

/** A call as the tables of these tests give it; counts are disjoint, as in the canonical usage shape. */
export interface TableCall {
  readonly provider: string | null;
  readonly model: string;
  readonly units: Readonly<Record<string, number>>;
  /** @default "2026-11-21" */
  readonly on?: string;
  readonly service_tier?: string;
  readonly region?: string;
}

/** The library's counts that hold ours within. */
const WITHIN: Readonly<Record<string, readonly string[]>> = {
  input_tokens: ['input_tokens'],
  cache_read_tokens: ['input_tokens', 'cache_read_tokens'],
  cache_write_tokens: ['input_tokens', 'cache_write_tokens'],
  cache_write_1h_tokens: ['input_tokens', 'cache_write_tokens', 'cache_write_1h_tokens'],
  input_audio_tokens: ['input_tokens', 'input_audio_tokens'],
  output_tokens: ['output_tokens'],
  reasoning_tokens: ['output_tokens'],
  output_audio_tokens: ['output_tokens', 'output_audio_tokens'],
};

/**
 * What the pinned library makes of a call, in USD; null where it knows no price. It has no service tiers and regions,
 * and ignores units that it has no count for.
 */
export function libraryUsd(call: TableCall): number | null {
  const usage: Record<string, number> = {};
  for (const [unit, count] of Object.entries(call.units)) {
    for (const name of WITHIN[unit] ?? [unit]) usage[name] = (usage[name] ?? 0) + count;
  }
  const provider = call.provider === null ? {} : { providerId: call.provider };
  const timestamp = new Date(call.on ?? '2026-11-21');
  return calcPrice(usage, call.model, { ...provider, timestamp })?.total_price ?? null;
}
