import { type Decimal, decimalOfNumber, formatDecimal, parseDecimal, powerOfTen } from '../../domain/decimal.ts';
import type { UsageReading } from '../../domain/events/usage-shapes.ts';
import { showValue } from '../../domain/shown-value.ts';
import { type ChatDifferences, OPENAI_CHAT, readOpenaiChat } from './openai-chat.ts';
import { valueAt } from './openai-paths.ts';
import type { RawFields } from './raw-counts.ts';

/**
 * OpenRouter speaks OpenAI's chat protocol and counts the searches that it made for the call. With Google's models the
 * tokens that a call writes to the cache are among those it reads, and both are charged.
 */
export const OPENROUTER_CHAT: ChatDifferences = {
  ...OPENAI_CHAT,
  countsWritesAsReads: true,
  alsoCounts: [['server_tool_use_details.web_search_requests', 'web_searches']],
};

/** Reads the counts of OpenRouter's chat usage; {@link readOpenrouterCost} reads the charge beside them. */
export function readOpenrouterChat(raw: RawFields): UsageReading {
  return readOpenaiChat(raw, OPENROUTER_CHAT);
}

/**
 * What OpenRouter says the call cost, as decimal text in USD. With the caller's own provider key (`is_byok`) `cost`
 * is only OpenRouter's fee, and the provider's charge beside it is added; without that charge the cost is unknown.
 *
 * @param issues - gets a sentence when a charge is no amount
 * @returns null when the usage names no cost
 */
export function readOpenrouterCost(raw: RawFields, issues: string[]): string | null {
  const cost = amountAt(raw, 'cost', issues);
  if (cost === null || raw['is_byok'] !== true) return cost === null ? null : formatDecimal(cost);
  const upstream = amountAt(raw, 'cost_details.upstream_inference_cost', issues);
  return upstream === null ? null : formatDecimal(sum(cost, upstream));
}

/**
 * Reads an amount in USD: decimal text as a reader that loses no digits keeps it, or a JSON number by the shortest
 * decimal that names it, since parsing has dropped any digits beyond. Absent is null; anything else is an issue and
 * reads as null.
 */
export function amountAt(raw: RawFields, path: string, issues: string[]): Decimal | null {
  const value = valueAt(raw, path) ?? null;
  if (value === null) return null;
  const amount =
    typeof value === 'number' ? decimalOfNumber(value) : parseAmount(typeof value === 'string' ? value : '');
  if (amount === undefined) issues.push(`${path}: expected an amount of 0 or more, got ${showValue(value)}`);
  return amount ?? null;
}

/** Decimal text, also with the exponent that writers of JSON give to small numbers. */
function parseAmount(text: string): Decimal | undefined {
  const [, digits = text, exponentText = '0'] = /^(.+)e([+-]?\d{1,2})$/i.exec(text) ?? [];
  const amount = parseDecimal(digits);
  if (amount === undefined) return undefined;
  const scale = amount.scale - Number(exponentText);
  return scale >= 0 ? { ...amount, scale } : { digits: amount.digits * powerOfTen(-scale), scale: 0 };
}

function sum(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale);
  return { digits: a.digits * powerOfTen(scale - a.scale) + b.digits * powerOfTen(scale - b.scale), scale };
}
