import type { UsageReading } from '../../domain/events/usage-shapes.ts';
import { showValue } from '../../domain/shown-value.ts';
import { readAnthropic, readAnthropicTerms } from './anthropic.ts';
import { readBedrockConverse } from './bedrock-converse.ts';
import { readCanonical, readCanonicalInclusive } from './canonical.ts';
import { readGemini, readGeminiTier } from './gemini.ts';
import { readOpenaiChat } from './openai-chat.ts';
import { readOpenaiResponses } from './openai-responses.ts';
import { readOpenrouterChat, readOpenrouterCost } from './openrouter.ts';
import { isFields, type RawFields } from './raw-counts.ts';

/** What raw usage says about a call. What it does not say is null. */
export interface RawUsage {
  readonly reading: UsageReading;
  readonly serviceTier: string | null;
  readonly region: string | null;
  /** The provider's own charge in USD as decimal text. */
  readonly reportedCostUsd: string | null;
}

interface UsageShape {
  read(raw: RawFields): UsageReading;
  readTerms?(raw: RawFields): { serviceTier: string | null; region: string | null };
  readCost?(raw: RawFields, issues: string[]): string | null;
}

const SHAPES: ReadonlyMap<string, UsageShape> = new Map<string, UsageShape>([
  ['canonical', { read: readCanonical }],
  ['canonical_inclusive', { read: readCanonicalInclusive }],
  ['openai_chat', { read: (raw) => readOpenaiChat(raw) }],
  ['openai_responses', { read: readOpenaiResponses }],
  ['anthropic', { read: readAnthropic, readTerms: readAnthropicTerms }],
  ['gemini', { read: readGemini, readTerms: (raw) => ({ serviceTier: readGeminiTier(raw), region: null }) }],
  ['bedrock_converse', { read: readBedrockConverse }],
  ['openrouter_chat', { read: readOpenrouterChat, readCost: readOpenrouterCost }],
]);

/** The shapes {@link readUsage} understands. */
export const USAGE_SHAPES: readonly string[] = [...SHAPES.keys()];

/**
 * Reads a provider's usage by the name of its shape. Impossible usage (negative, fractional, parts above their
 * whole) comes back as issues, never corrected. @returns undefined for a shape it does not know
 */
export function readUsage(shapeName: string, raw: unknown): RawUsage | undefined {
  const shape = SHAPES.get(shapeName);
  if (shape === undefined) return undefined;
  if (!isFields(raw)) {
    const issues = [`usage: expected an object, got ${showValue(raw)}`];
    return { reading: { ok: false, issues }, serviceTier: null, region: null, reportedCostUsd: null };
  }
  const issues: string[] = [];
  const reportedCostUsd = shape.readCost?.(raw, issues) ?? null;
  const reading = shape.read(raw);
  return {
    reading: issues.length > 0 ? { ok: false, issues } : reading,
    ...(shape.readTerms?.(raw) ?? { serviceTier: null, region: null }),
    reportedCostUsd,
  };
}
