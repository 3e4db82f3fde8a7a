import { formatDecimal } from '../domain/decimal.ts';

/** Fields whose amounts are read from the text of the line: a JSON number would be rounded to a double. */
const AMOUNTS: ReadonlySet<string> = new Set(['cost', 'upstream_inference_cost', 'total_cost']);

// What a longer number says of an amount in USD is noise; the bound keeps arithmetic on it cheap.
const MAX_EXPONENT = 300;

/**
 * Parses JSON in which amounts keep every digit they were written with, as plain decimal text. Amounts that are
 * negative or beyond any bound stay numbers, for their reader to refuse. An engine that does not hand out the source
 * of a number (Node before 21) gives the shortest decimal that names it, by the reader's own conversion.
 *
 * @throws SyntaxError when the text is not JSON
 */
export function parseExactJson(text: string): unknown {
  // A reviver costs several times the parse itself, and few lines hold an amount.
  return text.includes('cost"') ? JSON.parse(text, keepAmount) : JSON.parse(text);
}

function keepAmount(field: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || !AMOUNTS.has(field)) return value;
  return plainDecimal(context?.source ?? '') ?? value;
}

/** A JSON number of 0 or more as plain decimal text. */
function plainDecimal(source: string): string | undefined {
  const match = /^(\d{1,300})(?:\.(\d{1,300}))?(?:[eE]([+-]?\d{1,4}))?$/.exec(source);
  if (match === null) return undefined;
  const exponent = Number(match[3] ?? 0);
  if (Math.abs(exponent) > MAX_EXPONENT) return undefined;
  const fraction = match[2] ?? '';
  const scale = fraction.length - exponent;
  const digits = BigInt((match[1] ?? '') + fraction);
  return formatDecimal(scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 });
}
