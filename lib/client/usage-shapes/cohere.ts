import { disjoint, type UsageReading } from '../../domain/events/usage-shapes.ts';
import { countAt, emptyCounts, expectOneOf, objectAt, type RawFields } from './raw-counts.ts';

/** Cohere's billed units and the units of the contract; what the contract has no unit for keeps a name of its own. */
const UNITS: ReadonlyArray<readonly [billed: string, unit: string]> = [
  ['input_tokens', 'input_tokens'],
  ['output_tokens', 'output_tokens'],
  ['image_tokens', 'input_image_tokens'],
  ['images', 'input_images'],
  // A search unit is one query with up to 100 documents: what rerank models charge for a request.
  ['search_units', 'requests'],
  ['pages', 'pages'],
  ['classifications', 'classifications'],
];

/**
 * Reads Cohere's `usage` (chat v2) or `meta` (other endpoints). Only `billed_units` are charged; `tokens` also counts
 * what Cohere adds to a prompt by itself, and `cached_tokens` is part of it without a price.
 *
 * @see https://docs.cohere.com/docs/how-does-cohere-pricing-work
 */
export function readCohere(raw: RawFields): UsageReading {
  const issues: string[] = [];
  expectOneOf(raw, ['billed_units'], issues);
  const billed = objectAt(raw, 'billed_units', issues);
  const isBilled = UNITS.some(([field]) => (billed[field] ?? null) !== null);
  if (!isBilled && issues.length === 0) issues.push('billed_units: expected a count of something, got none');
  const reported = emptyCounts();
  for (const [field, unit] of UNITS) reported.counts.set(unit, countAt(billed, field, issues));
  return issues.length > 0 ? { ok: false, issues } : disjoint(reported);
}
