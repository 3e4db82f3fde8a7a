import { readCatalogRows } from '../../../lib/catalog/rows.ts';

/** A rate of the price list in USD per million tokens, from and to an instant (half open) where it is dated. */
export interface ListRow {
  readonly model: string;
  readonly unit: 'input_tokens' | 'output_tokens' | 'cache_read_tokens';
  readonly rate: string;
  readonly effective_from?: string;
  readonly effective_to?: string;
}

/** When the price of `dated` changes: local midnight in none of the tenants' zones. */
const CHANGE = '2026-03-01T00:00:00Z';

/** The first price list of every history: flat, of halves of a picodollar, dated, with cache reads, and with a rate missing. */
export const LIST_ROWS: readonly ListRow[] = [
  { model: 'plain', unit: 'input_tokens', rate: '1' },
  { model: 'plain', unit: 'output_tokens', rate: '2' },
  { model: 'halves', unit: 'input_tokens', rate: '0.3333335' },
  { model: 'halves', unit: 'output_tokens', rate: '0.0000005' },
  { model: 'dated', unit: 'input_tokens', rate: '3', effective_to: CHANGE },
  { model: 'dated', unit: 'output_tokens', rate: '15', effective_to: CHANGE },
  { model: 'dated', unit: 'input_tokens', rate: '5', effective_from: CHANGE },
  { model: 'dated', unit: 'output_tokens', rate: '15', effective_from: CHANGE },
  { model: 'cached', unit: 'input_tokens', rate: '2' },
  { model: 'cached', unit: 'cache_read_tokens', rate: '0.5' },
  { model: 'cached', unit: 'output_tokens', rate: '8' },
  { model: 'partly', unit: 'input_tokens', rate: '1' },
  // One call costs more picodollars than a floating-point number can tell apart.
  { model: 'vast', unit: 'input_tokens', rate: '123456789.7654321' },
  { model: 'vast', unit: 'output_tokens', rate: '0.0000001' },
];

/** What the next price list has besides. */
const NEXT_ROWS: readonly ListRow[] = [
  { model: 'awaited', unit: 'input_tokens', rate: '1.5' },
  { model: 'awaited', unit: 'output_tokens', rate: '6' },
];

/** The rows of a release's price list; no release changes or drops what an earlier one had. */
export const rowsOf = (release: number): readonly ListRow[] =>
  release === 0 ? LIST_ROWS : [...LIST_ROWS, ...NEXT_ROWS];

/**
 * Models of calls; `late` has a price only once an override brings it, `awaited` once the next price list does, `never`
 * has none.
 */
export const MODELS = ['plain', 'halves', 'dated', 'cached', 'partly', 'late', 'never', 'awaited'] as const;

/** Models of which no call lacks a price. */
export const PRICED_MODELS = ['plain', 'halves', 'dated', 'cached'] as const;

/** Who offers the models of the list. */
export const PROVIDER = 'acme';

const catalogs = [0, 1].map((release) => {
  const rows = rowsOf(release).map((row) => ({ provider: PROVIDER, ...row }));
  return { catalog: readCatalogRows({ rows }, `sim-${release + 1}`), readText: () => JSON.stringify({ rows }) };
});

/** The price list of a release as the product reads it, and as text. */
export function catalogOf(release: number) {
  const catalog = catalogs[release];
  if (!catalog) throw new RangeError(`there is no release ${release}`);
  return catalog;
}
