import { disjoint, type UsageReading } from '../../domain/usage-shapes.ts';
import { countAt, emptyCounts, expectOneOf, objectAt, type RawFields } from './raw-counts.ts';

const COUNTS = [
  'input_tokens',
  'output_tokens',
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
  'cache_creation',
];

/**
 * Reads the usage of Anthropic's messages. `input_tokens` excludes cache reads and writes. Writes are split by time
 * to live where the response says how; the rest of `cache_creation_input_tokens` lives five minutes.
 */
export function readAnthropic(raw: RawFields): UsageReading {
  const issues: string[] = [];
  expectOneOf(raw, COUNTS, issues);
  const creation = objectAt(raw, 'cache_creation', issues);
  const fiveMinutes = countAt(creation, 'ephemeral_5m_input_tokens', issues);
  const oneHour = countAt(creation, 'ephemeral_1h_input_tokens', issues);
  const isTotalKnown = (raw['cache_creation_input_tokens'] ?? null) !== null;
  const written = isTotalKnown ? countAt(raw, 'cache_creation_input_tokens', issues) : fiveMinutes + oneHour;
  if (written < fiveMinutes + oneHour) {
    issues.push(`cache_creation_input_tokens ${written} is less than its parts ${fiveMinutes + oneHour}`);
  }
  const reported = emptyCounts();
  const { counts } = reported;
  counts.set('input_tokens', countAt(raw, 'input_tokens', issues));
  counts.set('cache_read_tokens', countAt(raw, 'cache_read_input_tokens', issues));
  counts.set('cache_write_5m_tokens', written - oneHour);
  counts.set('cache_write_1h_tokens', oneHour);
  counts.set('output_tokens', countAt(raw, 'output_tokens', issues));
  counts.set('web_searches', countAt(objectAt(raw, 'server_tool_use', issues), 'web_search_requests', issues));
  return issues.length > 0 ? { ok: false, issues } : disjoint(reported);
}
