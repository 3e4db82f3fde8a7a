import { disjoint, type UsageReading } from '../../domain/events/usage-shapes.ts';
import { readBedrockConverse } from './bedrock-converse.ts';
import { countAt, emptyCounts, expectOneOf, isFields, type RawFields } from './raw-counts.ts';

/**
 * Reads the counts that Bedrock itself puts beside a model's own answer, as `amazon-bedrock-invocationMetrics` in the
 * last chunk of a stream. Input excludes the cached part, as in Converse.
 */
export function readInvocationMetrics(metrics: RawFields): UsageReading {
  const issues: string[] = [];
  expectOneOf(metrics, ['inputTokenCount', 'outputTokenCount'], issues);
  if (Object.keys(metrics).length === 0) issues.push('amazon-bedrock-invocationMetrics: expected counts, got none');
  if (issues.length > 0) return { ok: false, issues };
  return readBedrockConverse({
    inputTokens: metrics['inputTokenCount'],
    outputTokens: metrics['outputTokenCount'],
    cacheReadInputTokens: metrics['cacheReadInputTokenCount'],
    cacheWriteInputTokens: metrics['cacheWriteInputTokenCount'],
  });
}

/**
 * Reads the same counts from the headers of an InvokeModel response.
 *
 * @param headers - names in any case
 * @returns undefined when none of the headers is there
 */
export function readInvokeHeaders(headers: Readonly<Record<string, unknown>>): UsageReading | undefined {
  const byName = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const countOf = (kind: string): unknown => byName.get(`x-amzn-bedrock-${kind}-token-count`) ?? null;
  const [input, output] = [countOf('input'), countOf('output')];
  if (input === null && output === null) return undefined;
  return readInvocationMetrics({
    inputTokenCount: input,
    outputTokenCount: output,
    cacheReadInputTokenCount: countOf('cache-read-input'),
    cacheWriteInputTokenCount: countOf('cache-write-input'),
  });
}

/** Reads a body of Amazon Titan: text, with a count per result or for the stream so far, or an embedding. */
export function readTitan(raw: RawFields): UsageReading {
  const issues: string[] = [];
  expectOneOf(raw, ['inputTextTokenCount'], issues);
  const reported = emptyCounts();
  const results = Array.isArray(raw['results']) ? raw['results'] : [];
  let outputTokens = countAt(raw, 'totalOutputTextTokenCount', issues);
  for (const result of results) if (isFields(result)) outputTokens += countAt(result, 'tokenCount', issues);
  reported.counts.set('input_tokens', countAt(raw, 'inputTextTokenCount', issues));
  reported.counts.set('output_tokens', outputTokens);
  return issues.length > 0 ? { ok: false, issues } : disjoint(reported);
}

/** Reads a body of Meta's Llama. */
export function readLlama(raw: RawFields): UsageReading {
  const issues: string[] = [];
  expectOneOf(raw, ['prompt_token_count'], issues);
  const reported = emptyCounts();
  reported.counts.set('input_tokens', countAt(raw, 'prompt_token_count', issues));
  reported.counts.set('output_tokens', countAt(raw, 'generation_token_count', issues));
  return issues.length > 0 ? { ok: false, issues } : disjoint(reported);
}
