import { readCatalogRows } from '../../lib/catalog/rows.ts';
import type { DisjointUsage } from '../../lib/domain/events/usage-shapes.ts';
import { parseOverrideFile } from '../../lib/domain/prices/price-book-file.ts';
import type { Override } from '../../lib/domain/prices/price-book-overrides.ts';
import type { Catalog } from '../../lib/domain/prices/price-catalog.ts';

/** Disjoint counts from plain numbers. */
export function counts(units: Readonly<Record<string, number | bigint>>): DisjointUsage {
  const entries = Object.entries(units).map(([unit, count]) => [unit, BigInt(count)] as const);
  return { counts: new Map(entries.filter(([, count]) => count > 0n)), audioSeconds: null };
}

/** A catalog of one model `acme/widget`, or of the rows given, each with what the rows leave out. */
export function catalogOf(rows: ReadonlyArray<Readonly<Record<string, unknown>>>): Catalog {
  return readCatalogRows({ rows: rows.map((row) => ({ provider: 'acme', model: 'widget', ...row })) }, 'test-version');
}

/** Overrides as their file gives them. */
export function overridesOf(...entries: ReadonlyArray<Readonly<Record<string, unknown>>>): readonly Override[] {
  return entries.length === 0 ? [] : parseOverrideFile({ overrides: entries }).overrides;
}
