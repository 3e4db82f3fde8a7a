import { disjoint, type UsageReading } from '../../domain/events/usage-shapes.ts';
import { countAt, emptyCounts, expectOneOf, isFields, type RawFields } from './raw-counts.ts';

/**
 * Reads the usage of Bedrock's Converse. `inputTokens` excludes what was read from and written to the cache. Writes
 * are split by time to live where `cacheDetails` says how; the rest lives five minutes.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_TokenUsage.html
 */
export function readBedrockConverse(raw: RawFields): UsageReading {
  const issues: string[] = [];
  expectOneOf(raw, ['inputTokens', 'outputTokens', 'cacheReadInputTokens', 'cacheWriteInputTokens'], issues);
  const written = cacheCountAt(raw, 'Write', issues);
  const details = raw['cacheDetails'] ?? [];
  let [oneHour, detailed] = [0n, 0n];
  for (const detail of Array.isArray(details) ? details : [details]) {
    if (!isFields(detail)) {
      issues.push('cacheDetails: expected a list of objects');
      continue;
    }
    const tokens = countAt(detail, 'inputTokens', issues);
    detailed += tokens;
    if (detail['ttl'] === '1h') oneHour += tokens;
  }
  if (written < detailed) issues.push(`cacheWriteInputTokens ${written} is less than its parts ${detailed}`);
  const reported = emptyCounts();
  const { counts } = reported;
  counts.set('input_tokens', countAt(raw, 'inputTokens', issues));
  counts.set('cache_read_tokens', cacheCountAt(raw, 'Read', issues));
  counts.set('cache_write_5m_tokens', written - oneHour);
  counts.set('cache_write_1h_tokens', oneHour);
  counts.set('output_tokens', countAt(raw, 'outputTokens', issues));
  return issues.length > 0 ? { ok: false, issues } : disjoint(reported);
}

/** Newer servers name each cache count twice; a single name is either of them. */
function cacheCountAt(raw: RawFields, kind: 'Read' | 'Write', issues: string[]): bigint {
  const field = `cache${kind}InputTokens`;
  return countAt(raw, (raw[field] ?? null) === null ? `cache${kind}InputTokenCount` : field, issues);
}
