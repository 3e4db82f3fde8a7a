import { type Histogram, MEASURES, type Measure } from '../../../contracts/measures.ts';
import { invariant } from '../../../domain/errors.ts';
import type { SumName, Sums } from '../../../domain/spend.ts';
import type { Item } from '../table.ts';

/**
 * Several leaves share one rollup item, so that one write unit (1 KB) carries as many as fit: five with their
 * histograms in an hour row, ten in a day or month row. An attribute is named by what it sums and the leaf's place in
 * the item, e.g. `a3` or `lb0`; the shortest names leave the most room. See docs/adr/0002-rollup-packing.md.
 */
export const LEAVES_PER_HOUR_ROW = 5;
export const LEAVES_PER_PERIOD_ROW = 10;

/** Number of the last commit that touched a row. */
export const UP_TO = 'upTo';

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const HISTOGRAM_LETTERS: Readonly<Record<Histogram, string>> = {
  latency_ms: 'l',
  ttft_ms: 't',
  quota_used_percent: 'q',
};

const codes = new Map<SumName, string>();
const names = new Map<string, SumName>();

for (const [index, measure] of MEASURES.entries()) remember(measure, LETTERS[index] ?? '');
for (const histogram of ['latency_ms', 'ttft_ms'] as const) {
  for (let bucket = 0; bucket < 24; bucket++) {
    remember(`${histogram}:${bucket}`, HISTOGRAM_LETTERS[histogram] + LETTERS[bucket]);
  }
}
for (let bucket = 0; bucket < 129; bucket++) {
  remember(`quota_used_percent:${bucket}`, `q${bucket.toString(36).padStart(2, '0')}`);
}

function remember(name: SumName, code: string): void {
  invariant(code !== '' && !names.has(code), `no free code for ${name}`);
  codes.set(name, code);
  names.set(code, name);
}

/** The storage code of a sum: one letter for a measure, two or three characters for a bucket. Frozen with contract v1. */
export function codeOf(name: SumName): string {
  const code = codes.get(name);
  invariant(code, `${name} has no storage code`);
  return code;
}

/** The sum that a storage code stands for. */
export function nameOf(code: string): SumName {
  const name = names.get(code);
  invariant(name, `storage code ${code} is not known`);
  return name;
}

/** Whether a sum is kept in hour rows only. */
export const isHistogram = (name: SumName): boolean => name.includes(':');

/** Whether a sum is a measure, kept in rows of every period. */
export const isMeasure = (name: SumName): name is Measure => !name.includes(':');

/** Sort key of a row within its partition: its period there, and the shard of leaves it holds. */
export const rowSortKey = (period: string, shard: number): string => `${period}#${String(shard).padStart(5, '0')}`;

/** A rollup row as it is held: sums of some consecutive leaves over one period. */
export interface HeldRow {
  readonly upTo: number;
  readonly period: string;
  readonly firstLeaf: number;
  /** By leaf number; a leaf whose sums are all zero is absent. */
  readonly sums: Map<number, Sums>;
}

/** Reads a rollup row. */
export function decodeRow(item: Item, leavesPerRow: number): HeldRow {
  const [period = '', shard = ''] = item.sk.split('#');
  const firstLeaf = Number(shard) * leavesPerRow;
  const byLeaf = new Map<number, Sums>();
  for (const [attribute, value] of Object.entries(item)) {
    if (typeof value !== 'bigint' || attribute === UP_TO || value === 0n) continue;
    const leafNumber = firstLeaf + Number(attribute.at(-1));
    const sums = byLeaf.get(leafNumber) ?? new Map();
    byLeaf.set(leafNumber, sums.set(nameOf(attribute.slice(0, -1)), value));
  }
  return { upTo: Number(item[UP_TO] ?? 0n), period, firstLeaf, sums: byLeaf };
}
