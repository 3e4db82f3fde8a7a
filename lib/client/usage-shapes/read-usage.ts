import { showValue } from '../../domain/shown-value.ts';
import type { UsageReading } from '../../domain/usage-shapes.ts';
import { readAnthropic } from './anthropic.ts';
import { readCanonical, readCanonicalInclusive } from './canonical.ts';
import { readOpenaiChat } from './openai-chat.ts';
import { isFields, type RawFields } from './raw-counts.ts';

const READERS: ReadonlyMap<string, (raw: RawFields) => UsageReading> = new Map([
  ['canonical', readCanonical],
  ['canonical_inclusive', readCanonicalInclusive],
  ['openai_chat', readOpenaiChat],
  ['anthropic', readAnthropic],
]);

/** The shapes {@link readUsage} understands. */
export const USAGE_SHAPES: readonly string[] = [...READERS.keys()];

/** What raw usage says about a call. `serviceTier` and `region` are null when it does not say. */
export interface RawUsage {
  readonly reading: UsageReading;
  readonly serviceTier: string | null;
  readonly region: string | null;
}

/**
 * Reads a provider's usage by the name of its shape. Impossible usage (negative, fractional, parts above their
 * whole) comes back as issues, never corrected. @returns undefined for a shape it does not know
 */
export function readUsage(shape: string, raw: unknown): RawUsage | undefined {
  const read = READERS.get(shape);
  if (read === undefined) return undefined;
  if (!isFields(raw)) {
    const issues = [`usage: expected an object, got ${showValue(raw)}`];
    return { reading: { ok: false, issues }, serviceTier: null, region: null };
  }
  const reading = read(raw);
  return shape === 'anthropic' ? { reading, ...readAnthropicTerms(raw) } : { reading, serviceTier: null, region: null };
}

/** Anthropic reports beside the counts under which terms it served the call; both change the price. */
function readAnthropicTerms(raw: RawFields): Pick<RawUsage, 'serviceTier' | 'region'> {
  const [tier, speed, place] = [raw['service_tier'], raw['speed'], raw['inference_geo']];
  const isFast = typeof speed === 'string' && speed !== 'standard';
  const serviceTier = typeof tier === 'string' ? tier : null;
  return {
    serviceTier: isFast ? speed : serviceTier,
    region: typeof place === 'string' && place !== 'not_available' ? place : null,
  };
}
