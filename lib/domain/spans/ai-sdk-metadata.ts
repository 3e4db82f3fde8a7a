import { isRawObject, type RawObject } from '../field-reading.ts';
import type { Span } from './span.ts';
import { PROVIDER_METADATA } from './span-attributes.ts';

/** What a provider told the AI SDK of its cache, as the provider counts it. */
export interface CacheMetadata {
  /** Tokens that were neither read from the cache nor written to it; undefined where it does not say. */
  readonly uncachedTokens: number | undefined;
  /** By unit of the contract. */
  readonly usage: Readonly<Record<string, number>>;
}

/**
 * Reads what the AI SDK passes on from Anthropic and Bedrock beside its own counts, which know nothing of what was
 * written to a cache before its version 6, and nothing of what was read before its version 5. Only counts are taken.
 *
 * @returns undefined where the span has nothing of the kind
 * @see https://github.com/get-convex/agent/issues/191
 */
export function readCacheMetadata(span: Span): CacheMetadata | undefined {
  const text = span.attributes.get(PROVIDER_METADATA);
  const metadata = typeof text === 'string' ? parse(text) : {};
  const anthropic = objectAt(metadata, 'anthropic');
  const raw = objectAt(anthropic, 'usage');
  const bedrock = objectAt(objectAt(metadata, 'bedrock'), 'usage');
  const read = firstCount(
    raw['cache_read_input_tokens'],
    anthropic['cacheReadInputTokens'],
    bedrock['cacheReadInputTokens'],
  );
  const written = firstCount(
    raw['cache_creation_input_tokens'],
    anthropic['cacheCreationInputTokens'],
    bedrock['cacheWriteInputTokens'],
  );
  if (read === undefined && written === undefined) return undefined;
  const usage = { cache_read_tokens: read ?? 0, ...readWrites(objectAt(raw, 'cache_creation'), written ?? 0) };
  return { uncachedTokens: firstCount(raw['input_tokens']), usage };
}

/** Writes by their time to live, where the parts make the whole. */
function readWrites(parts: RawObject, written: number): Record<string, number> {
  const short = firstCount(parts['ephemeral_5m_input_tokens']) ?? 0;
  const long = firstCount(parts['ephemeral_1h_input_tokens']) ?? 0;
  if (short + long !== written) return { cache_write_tokens: written };
  return { cache_write_5m_tokens: short, cache_write_1h_tokens: long };
}

function firstCount(...values: readonly unknown[]): number | undefined {
  return values.find((value): value is number => Number.isSafeInteger(value) && (value as number) >= 0);
}

function parse(text: string): RawObject {
  try {
    const value: unknown = JSON.parse(text);
    return isRawObject(value) ? value : {};
  } catch {
    return {};
  }
}

function objectAt(raw: RawObject, name: string): RawObject {
  const value = raw[name];
  return isRawObject(value) ? value : {};
}
