import { INPUT_PARTS, type InputPart } from '../../contracts/usage-units.ts';
import type { UsageEvent } from '../events/usage-event.ts';
import { type DisjointUsage, readEventUsage } from '../events/usage-shapes.ts';
import type { Rating } from '../rating/rated-call.ts';
import { linesOf } from '../rating/rating-lines.ts';
import { cutPrompt, layOutPrompt, type PromptStretch } from './prompt.ts';

/**
 * What tokens and their cost are told apart by: the parts of a prompt; input of no part (pictures and sound too); output;
 * units that are no tokens of a prompt or an answer; and cost that no unit's rate explains, such as a provider's own charge.
 */
export const AUDIT_PARTS = [...INPUT_PARTS, 'other_input', 'output', 'other', 'not_split'] as const;

/** One of {@link AUDIT_PARTS}. */
export type AuditPart = (typeof AUDIT_PARTS)[number];

/** Tokens of one part and what they cost, picoUSD, as recorded. */
export interface PartSums {
  readonly tokens: bigint;
  readonly costPicoUsd: bigint;
}

/** Sums by part over calls: their cost adds up to the calls' cost to the picodollar. */
export interface TokenAudit {
  readonly calls: number;
  /** Those that told the parts of their prompt; of the others all input is `other_input`. */
  readonly callsWithParts: number;
  readonly parts: ReadonlyMap<AuditPart, PartSums>;
}

const OUTPUT_UNITS: ReadonlySet<string> = new Set([
  'output_tokens',
  'reasoning_tokens',
  'output_audio_tokens',
  'output_image_tokens',
]);
const OTHER_INPUT_UNITS: ReadonlySet<string> = new Set([
  'input_audio_tokens',
  'input_image_tokens',
  'cache_audio_read_tokens',
]);

/** Adds up what the parts of prompts cost. */
export class TokenAuditFold {
  #calls = 0;
  #callsWithParts = 0;
  readonly #parts = new Map<AuditPart, PartSums>();

  /**
   * Adds a recorded call. A part is billed at the rates of the tokens that it lies over: a cache holds the front of a
   * prompt, in the contract's order of parts.
   */
  add({ event, rating }: { readonly event: UsageEvent; readonly rating: Rating }): void {
    const reading = readEventUsage(event.usage);
    if (!reading.ok) return;
    this.#calls += 1;
    if (event.input_parts !== undefined) this.#callsWithParts += 1;
    const { usage } = reading;
    const stretches = cutPrompt(layOutPrompt(usage, event.input_parts, new Map()));
    this.#addTokens(usage, stretches);
    let unexplained = rating.costPicoUsd ?? 0n;
    for (const { unit, amountPicoUsd } of linesOf(rating, usage)) {
      if (unit === 'reported_cost') continue;
      this.#addAmount(unit, amountPicoUsd, stretches);
      unexplained -= amountPicoUsd;
    }
    if (unexplained !== 0n) this.#add('not_split', 0n, unexplained);
  }

  sums(): TokenAudit {
    return { calls: this.#calls, callsWithParts: this.#callsWithParts, parts: this.#parts };
  }

  #addTokens({ counts }: DisjointUsage, stretches: readonly PromptStretch[]): void {
    for (const { part, tokens } of stretches) this.#add(part ?? 'other_input', tokens, 0n);
    for (const [unit, count] of counts) {
      if (OUTPUT_UNITS.has(unit)) this.#add('output', count, 0n);
      if (OTHER_INPUT_UNITS.has(unit)) this.#add('other_input', count, 0n);
    }
  }

  #addAmount(unit: string, picoUsd: bigint, stretches: readonly PromptStretch[]): void {
    const inText = stretches.filter((stretch) => stretch.unit === unit);
    if (inText.length > 0) {
      for (const [part, amount] of shareOut(picoUsd, inText)) this.#add(part ?? 'other_input', 0n, amount);
    } else if (OUTPUT_UNITS.has(unit)) this.#add('output', 0n, picoUsd);
    else this.#add(OTHER_INPUT_UNITS.has(unit) ? 'other_input' : 'other', 0n, picoUsd);
  }

  #add(part: AuditPart, tokens: bigint, costPicoUsd: bigint): void {
    const before = this.#parts.get(part) ?? { tokens: 0n, costPicoUsd: 0n };
    this.#parts.set(part, { tokens: before.tokens + tokens, costPicoUsd: before.costPicoUsd + costPicoUsd });
  }
}

/** Splits what a unit cost by tokens; what rounding leaves over goes to the parts in front. */
function shareOut(
  picoUsd: bigint,
  stretches: readonly PromptStretch[],
): ReadonlyArray<readonly [InputPart | null, bigint]> {
  const all = stretches.reduce((sum, { tokens }) => sum + tokens, 0n);
  let [tokensBefore, given] = [0n, 0n];
  return stretches.map(({ part, tokens }) => {
    tokensBefore += tokens;
    // Up to and including this part, rounded up: what is given always adds up to the whole.
    const upToHere = (picoUsd * tokensBefore + all - 1n) / all;
    const amount = upToHere - given;
    given = upToHere;
    return [part, amount] as const;
  });
}
