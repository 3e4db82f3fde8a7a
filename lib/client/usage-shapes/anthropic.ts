import { splitInclusive, type UsageReading } from '../../domain/events/usage-shapes.ts';
import { countAt, emptyCounts, expectOneOf, isFields, objectAt, type RawFields } from './raw-counts.ts';

const COUNTS = [
  'input_tokens',
  'output_tokens',
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
  'cache_creation',
];

/**
 * Reads the usage of Anthropic's messages. `input_tokens` excludes cache reads and writes, `output_tokens` includes
 * thinking. Writes are split by time to live where the response says how; the rest of `cache_creation_input_tokens`
 * lives five minutes. Rounds that compacted the context are not in the totals and are added; rounds of an advisor are
 * not either, but are charged by another model's rates, so they become units that no row prices.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/compaction
 */
export function readAnthropic(raw: RawFields): UsageReading {
  const issues: string[] = [];
  expectOneOf(raw, COUNTS, issues);
  const tokens = readTokens(raw, issues);
  const thinkingTokens = countAt(objectAt(raw, 'output_tokens_details', issues), 'thinking_tokens', issues);
  let advisorTokens: MessageTokens = NO_TOKENS;
  let total = tokens;
  for (const round of roundsOf(raw, issues)) {
    if (round['type'] === 'compaction') total = addTokens(total, readTokens(round, issues));
    if (round['type'] === 'advisor_message') advisorTokens = addTokens(advisorTokens, readTokens(round, issues));
  }
  const reported = emptyCounts();
  const { counts } = reported;
  counts.set('input_tokens', sizeOf(total));
  counts.set('cache_read_tokens', total.read);
  counts.set('cache_write_5m_tokens', total.fiveMinutes);
  counts.set('cache_write_1h_tokens', total.oneHour);
  counts.set('output_tokens', total.output);
  counts.set('reasoning_tokens', thinkingTokens);
  counts.set('web_searches', countAt(objectAt(raw, 'server_tool_use', issues), 'web_search_requests', issues));
  counts.set('advisor_input_tokens', sizeOf(advisorTokens));
  counts.set('advisor_output_tokens', advisorTokens.output);
  return issues.length > 0 ? { ok: false, issues } : splitInclusive(reported);
}

/** The terms under which Anthropic says it served a call; both change the price. */
export function readAnthropicTerms(raw: RawFields): { serviceTier: string | null; region: string | null } {
  const [tier, speed, place] = [raw['service_tier'], raw['speed'], raw['inference_geo']];
  const isFast = typeof speed === 'string' && speed !== 'standard';
  const serviceTier = typeof tier === 'string' ? tier : null;
  return {
    serviceTier: isFast ? speed : serviceTier,
    region: typeof place === 'string' && place !== 'not_available' ? place : null,
  };
}

interface MessageTokens {
  readonly input: bigint;
  readonly read: bigint;
  readonly fiveMinutes: bigint;
  readonly oneHour: bigint;
  readonly output: bigint;
}

const NO_TOKENS: MessageTokens = { input: 0n, read: 0n, fiveMinutes: 0n, oneHour: 0n, output: 0n };

function readTokens(raw: RawFields, issues: string[]): MessageTokens {
  const creation = objectAt(raw, 'cache_creation', issues);
  const fiveMinutes = countAt(creation, 'ephemeral_5m_input_tokens', issues);
  const oneHour = countAt(creation, 'ephemeral_1h_input_tokens', issues);
  const isTotalKnown = (raw['cache_creation_input_tokens'] ?? null) !== null;
  const written = isTotalKnown ? countAt(raw, 'cache_creation_input_tokens', issues) : fiveMinutes + oneHour;
  if (written < fiveMinutes + oneHour) {
    issues.push(`cache_creation_input_tokens ${written} is less than its parts ${fiveMinutes + oneHour}`);
  }
  return {
    input: countAt(raw, 'input_tokens', issues),
    read: countAt(raw, 'cache_read_input_tokens', issues),
    fiveMinutes: written - oneHour,
    oneHour,
    output: countAt(raw, 'output_tokens', issues),
  };
}

function addTokens(a: MessageTokens, b: MessageTokens): MessageTokens {
  return {
    input: a.input + b.input,
    read: a.read + b.read,
    fiveMinutes: a.fiveMinutes + b.fiveMinutes,
    oneHour: a.oneHour + b.oneHour,
    output: a.output + b.output,
  };
}

function sizeOf(tokens: MessageTokens): bigint {
  return tokens.input + tokens.read + tokens.fiveMinutes + tokens.oneHour;
}

function roundsOf(raw: RawFields, issues: string[]): readonly RawFields[] {
  const rounds = raw['iterations'] ?? [];
  if (Array.isArray(rounds)) return rounds.filter(isFields);
  issues.push('iterations: expected a list');
  return [];
}
