import { type CacheMetadata, readCacheMetadata } from './ai-sdk-metadata.ts';
import type { Span, SpanScope } from './span.ts';
import { COUNT_UNITS, type CountField } from './span-attributes.ts';
import { countOf, textOf } from './span-facts.ts';

/** What a span counted, in the contract's inclusive shape. */
export interface SpanUsage {
  /** By unit; counts are of any form still, the contract checks them. */
  readonly usage: Readonly<Record<string, unknown>>;
  /** Whether `input_tokens` was reported without its cached part, which was added. */
  readonly isCacheAdded: boolean;
}

/**
 * Reads what a call used. The conventions say that input includes cached tokens and output includes reasoning. Some
 * instrumentations pass on what a provider says instead, where Anthropic and Bedrock leave cached tokens out and Gemini
 * leaves thoughts out; docs/send-opentelemetry.md tells by what they are recognised.
 *
 * @param provider - the catalog's id
 * @returns undefined where the span counts nothing
 */
export function readSpanUsage(span: Span, provider: string | null): SpanUsage | undefined {
  const usage: Record<string, unknown> = {};
  for (const unit of COUNT_UNITS) {
    const count = countOf(span, unit);
    if (count !== undefined) usage[unit] = count;
  }
  const cachedByAiSdk = countOf(span, 'ai_sdk_cached_tokens');
  if (usage['cache_read_tokens'] === undefined && cachedByAiSdk !== undefined)
    usage['cache_read_tokens'] = cachedByAiSdk;
  const besideReasoning = countOf(span, 'beside_reasoning_tokens');
  if (usage['reasoning_tokens'] === undefined && besideReasoning !== undefined)
    usage['reasoning_tokens'] = besideReasoning;
  if (Object.keys(usage).length === 0) return undefined;
  const metadata = readCacheMetadata(span);
  if (metadata) addMetadata(usage, metadata);
  const isCacheAdded = isCacheOutside(span, usage, provider, metadata);
  const isReasoningOutside = isReasoningBeside(span, usage);
  if (isCacheAdded) usage['input_tokens'] = whole(usage['input_tokens']) + cachedTokens(usage);
  if (isReasoningOutside) usage['output_tokens'] = whole(usage['output_tokens']) + whole(usage['reasoning_tokens']);
  return { usage, isCacheAdded };
}

/** Reads that the span counts itself stand; of writes the provider knows more. */
function addMetadata(usage: Record<string, unknown>, { usage: told }: CacheMetadata): void {
  const { cache_read_tokens: read, ...writes } = told;
  usage['cache_read_tokens'] ??= read;
  const written = Object.values(writes).reduce((sum, count) => sum + count, 0);
  if (written === 0 || (usage['cache_write_tokens'] ?? written) !== written) return;
  delete usage['cache_write_tokens'];
  for (const [unit, count] of Object.entries(writes)) if (count > 0) usage[unit] = count;
}

const LEAVES_CACHE_OUT: ReadonlySet<string | null> = new Set(['anthropic', 'aws']);

function isCacheOutside(
  span: Span,
  usage: Readonly<Record<string, unknown>>,
  provider: string | null,
  metadata: CacheMetadata | undefined,
): boolean {
  const cached = cachedTokens(usage);
  const input = usage['input_tokens'];
  if (cached === 0 || (input !== undefined && !isWhole(input))) return false;
  const declared = textOf(span, 'cache_tokens');
  if (declared === 'included' || declared === 'excluded') return declared === 'excluded';
  const uncached = metadata?.uncachedTokens;
  if (uncached !== undefined && (input === uncached || input === uncached + cached)) return input === uncached;
  // More cached than there is leaves one reading.
  if (whole(input) < cached) return true;
  if (differs(span, usage, cached)) return true;
  if (leavesCacheOut(span.scope)) return true;
  // The AI SDK counts everything since its version 6, which tells the uncached part too.
  if (countOf(span, 'uncached_tokens') !== undefined || !LEAVES_CACHE_OUT.has(provider)) return false;
  // Except of objects: of those version 6 tells no more than the versions before, and includes what they leave out.
  const operation = span.attributes.get('ai.operationId');
  if (operation === 'ai.streamObject.doStream') return false;
  if (countOf(span, 'ai_sdk_cached_tokens') !== undefined) return true;
  return metadata !== undefined && operation !== 'ai.generateObject.doGenerate';
}

/**
 * Instrumentations that are known to pass on the input of Bedrock as it is, and up to which version.
 *
 * @see https://github.com/traceloop/openllmetry/issues/4449
 */
const EXCLUSIVE_SCOPES: ReadonlyMap<string, readonly [number, number, number]> = new Map([
  ['opentelemetry.instrumentation.bedrock', [0, 62, 3]],
]);

function leavesCacheOut({ name, version }: SpanScope): boolean {
  const last = EXCLUSIVE_SCOPES.get(name);
  const parts = /^(\d+)\.(\d+)\.(\d+)/.exec(version);
  if (!last || !parts) return false;
  const difference = last.map((part, index) => Number(parts[index + 1]) - part).find((part) => part !== 0) ?? 0;
  return difference <= 0;
}

/** Whether the total counts something beside input and output: `beside`, with the reasoning or without. */
function differs(span: Span, usage: Readonly<Record<string, unknown>>, beside: number): boolean {
  const total = countOf(span, 'total_tokens');
  if (!isWhole(total)) return false;
  const rest = total - whole(usage['input_tokens']) - whole(usage['output_tokens']);
  return rest === beside || rest === beside + whole(usage['reasoning_tokens']);
}

function isReasoningBeside(span: Span, usage: Readonly<Record<string, unknown>>): boolean {
  const reasoning = whole(usage['reasoning_tokens']);
  const output = usage['output_tokens'];
  if (reasoning === 0 || (output !== undefined && !isWhole(output))) return false;
  if (whole(output) < reasoning || countOf(span, 'beside_reasoning_tokens') === reasoning) return true;
  const total = countOf(span, 'total_tokens');
  if (!isWhole(total)) return false;
  const rest = total - whole(usage['input_tokens']) - whole(output);
  return rest === reasoning || rest === reasoning + cachedTokens(usage);
}

const CACHED: readonly CountField[] = [
  'cache_read_tokens',
  'cache_write_tokens',
  'cache_write_5m_tokens',
  'cache_write_1h_tokens',
];

function cachedTokens(usage: Readonly<Record<string, unknown>>): number {
  return CACHED.reduce((sum, unit) => sum + whole(usage[unit]), 0);
}

function whole(count: unknown): number {
  return isWhole(count) ? count : 0;
}

function isWhole(count: unknown): count is number {
  return Number.isSafeInteger(count) && (count as number) >= 0;
}
