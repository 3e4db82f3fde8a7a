import { INPUT_PARTS, type InputPart } from '../../contracts/usage-units.ts';
import type { UsageEvent } from '../events/usage-event.ts';
import type { DisjointUsage } from '../events/usage-shapes.ts';
import { ALL_MILLIONTHS } from './change.ts';

/** Text of a prompt by what became of it, from its front: a cache holds the front, and what is new stands behind. */
const FRONT_TO_BACK = [
  'cache_read_tokens',
  'cache_write_1h_tokens',
  'cache_write_5m_tokens',
  'cache_write_tokens',
  'input_tokens',
] as const;

/** Shares of a prompt in millionths, by part; together at most all of it. */
export type PartShares = ReadonlyMap<InputPart, bigint>;

/** What a call used, with the parts that its prompt begins with, from the front. */
export interface Prompt {
  readonly usage: DisjointUsage;
  /** Tokens by part; null = the call did not tell, and nothing was assumed. */
  readonly parts: ReadonlyMap<InputPart, bigint> | null;
}

/**
 * Lays out the prompt of a call: its parts in the contract's order, and behind them whatever is of no part.
 *
 * @param assumed - for calls that did not tell their parts; empty = nothing is assumed
 */
export function layOutPrompt(usage: DisjointUsage, sent: UsageEvent['input_parts'], assumed: PartShares): Prompt {
  if (sent !== undefined) {
    return { usage, parts: new Map(INPUT_PARTS.map((part) => [part, BigInt(sent[part] ?? 0)])) };
  }
  if (assumed.size === 0) return { usage, parts: null };
  const text = textTokens(usage);
  const shareOf = (part: InputPart): bigint => (text * (assumed.get(part) ?? 0n)) / ALL_MILLIONTHS;
  return { usage, parts: new Map(INPUT_PARTS.map((part) => [part, shareOf(part)])) };
}

/** Tokens of text in a prompt, cached ones included. */
export function textTokens({ counts }: DisjointUsage): bigint {
  return FRONT_TO_BACK.reduce((sum, unit) => sum + (counts.get(unit) ?? 0n), 0n);
}

/** A stretch of one part of a prompt that is billed as one unit. */
export interface PromptStretch {
  /** Null: behind every part. */
  readonly part: InputPart | null;
  readonly unit: (typeof FRONT_TO_BACK)[number];
  readonly tokens: bigint;
}

/** The text of a prompt cut wherever the part or the unit changes, from the front. */
export function cutPrompt({ usage: { counts }, parts }: Prompt): readonly PromptStretch[] {
  const units = FRONT_TO_BACK.map((unit) => ({ unit, left: counts.get(unit) ?? 0n }));
  const stretches: PromptStretch[] = [];
  const take = (part: InputPart | null, wanted: bigint | null): void => {
    let left = wanted;
    for (const each of units) {
      const tokens = left === null || each.left < left ? each.left : left;
      if (tokens > 0n) stretches.push({ part, unit: each.unit, tokens });
      each.left -= tokens;
      if (left !== null) left -= tokens;
    }
  };
  for (const [part, tokens] of parts ?? []) take(part, tokens);
  take(null, null);
  return stretches;
}

/**
 * Leaves a fraction of one part of a prompt: of what a cache served of it, of what was written to the cache and of the plain
 * rest alike, each rounded up to whole tokens. So a part that lies in the cache saves no more than cached tokens cost, and
 * leaving out twice saves no more than leaving out each time by itself.
 *
 * @param left - of `all`; 0 leaves nothing
 */
export function shrinkPart(prompt: Prompt, part: InputPart, left: bigint, all: bigint): Prompt {
  const counts = new Map(prompt.usage.counts);
  let taken = 0n;
  for (const { part: of, unit, tokens } of cutPrompt(prompt)) {
    if (of !== part) continue;
    const cut = tokens - (tokens * left + all - 1n) / all;
    setCount(counts, unit, (counts.get(unit) ?? 0n) - cut);
    taken += cut;
  }
  const parts = new Map(prompt.parts ?? []);
  // A part can be larger than the text where it counts pictures or sound; what is no text was not taken away.
  parts.set(part, (parts.get(part) ?? 0n) - taken);
  return { usage: { ...prompt.usage, counts }, parts };
}

/** Serves plain tokens of a prompt from a cache, and writes some of the others to it; never more than there are. */
export function serveFromCache(
  { usage, parts }: Prompt,
  readTokens: bigint,
  writeUnit: 'cache_write_5m_tokens' | 'cache_write_1h_tokens',
  writeTokens: bigint,
): Prompt {
  const counts = new Map(usage.counts);
  const plain = counts.get('input_tokens') ?? 0n;
  const read = smallerOf(readTokens, plain);
  const written = smallerOf(writeTokens, plain - read);
  setCount(counts, 'input_tokens', plain - read - written);
  setCount(counts, 'cache_read_tokens', (counts.get('cache_read_tokens') ?? 0n) + read);
  setCount(counts, writeUnit, (counts.get(writeUnit) ?? 0n) + written);
  return { usage: { ...usage, counts }, parts };
}

/** Makes the front of a prompt one unit, whatever it was billed as. @param tokens - from the front, of its text */
export function billFront({ usage, parts }: Prompt, tokens: bigint, unit: (typeof FRONT_TO_BACK)[number]): Prompt {
  const counts = new Map(usage.counts);
  let left = smallerOf(tokens, textTokens(usage));
  const moved = left;
  for (const each of FRONT_TO_BACK) {
    const taken = smallerOf(usage.counts.get(each) ?? 0n, left);
    setCount(counts, each, (counts.get(each) ?? 0n) - taken);
    left -= taken;
  }
  setCount(counts, unit, (counts.get(unit) ?? 0n) + moved);
  return { usage: { ...usage, counts }, parts };
}

/** The same usage with what a prompt cache served or took in under these units as plain input; other units stay. */
export function asPlainInput(usage: DisjointUsage, units: readonly string[]): DisjointUsage {
  const counts = new Map(usage.counts);
  for (const unit of units) {
    const plain = PLAIN_UNITS.get(unit);
    if (plain === undefined) continue;
    setCount(counts, plain, (counts.get(plain) ?? 0n) + (counts.get(unit) ?? 0n));
    setCount(counts, unit, 0n);
  }
  return { ...usage, counts };
}

/** What tokens are billed as where no cache takes part, by the unit that they have with one. */
const PLAIN_UNITS: ReadonlyMap<string, string> = new Map([
  ...FRONT_TO_BACK.filter((unit) => unit !== 'input_tokens').map((unit) => [unit, 'input_tokens'] as const),
  ['cache_audio_read_tokens', 'input_audio_tokens'],
]);

function setCount(counts: Map<string, bigint>, unit: string, count: bigint): void {
  // Usage without a unit and usage with none of it are the same, and only the first has no need of a rate.
  if (count === 0n) counts.delete(unit);
  else counts.set(unit, count);
}

function smallerOf(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
