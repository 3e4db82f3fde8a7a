import type { Span } from './span.ts';
import { attributesOf, type CountField, type SpanField } from './span-attributes.ts';

/** The first text among the attributes of a field; numbers and flags are no texts, empty ones say nothing. */
export function textOf(span: Span, field: SpanField): string | undefined {
  for (const name of attributesOf(field)) {
    const value = span.attributes.get(name);
    if (typeof value === 'string' && value !== '') return value;
  }
  return undefined;
}

/**
 * The first count among the attributes of a field. Digits in a text are a number, as some exporters write them; what is
 * neither comes back as it is, for the contract to refuse.
 */
export function countOf(span: Span, field: CountField): unknown {
  for (const name of attributesOf(field)) {
    const value = span.attributes.get(name);
    if (value !== undefined && value !== '') return toNumber(value);
  }
  return undefined;
}

/** The first number, zero or more, among the attributes of a field. */
export function numberOf(span: Span, field: SpanField): number | undefined {
  for (const name of attributesOf(field)) {
    const value = toNumber(span.attributes.get(name));
    if (typeof value === 'number' && value >= 0) return value;
  }
  return undefined;
}

function toNumber(value: unknown): unknown {
  // JSON has no word for these, and would make an absent field of them.
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  // And writes a negative zero as zero, so that the event that is sent on is another one than is checked here.
  if (value === 0) return 0;
  return typeof value === 'string' && /^\d{1,20}$/.test(value) ? Number(value) : value;
}
