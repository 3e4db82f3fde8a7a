import type { Credit, CreditAllocation } from '../../../domain/corrections/credit.ts';
import { invariant } from '../../../domain/errors.ts';
import type { UsageEvent } from '../../../domain/events/usage-event.ts';
import type { AppliedPrice, RatedCall } from '../../../domain/rating/rated-call.ts';
import { type ColumnReaders, type Columns, ColumnWriter, columnReader, columnReaders, type Scalar } from './columns.ts';
import { PriceList, readRating, setRating } from './rating-columns.ts';

/** One entry of a segment: the call and what was decided when it was recorded. */
export interface SegmentEntry extends RatedCall {
  readonly day: string;
  readonly hour: string;
}

/** The body of a segment: columns by field path (`usage.input_tokens`), prices once each. */
export interface SegmentBody {
  readonly v: 1;
  readonly n: number;
  readonly columns: Columns;
  readonly prices: readonly AppliedPrice[];
}

/** Lays entries out in columns. Every field of the contract that an entry carries is kept, known unit or not. */
export function encodeSegment(entries: readonly SegmentEntry[]): SegmentBody {
  const columns = new ColumnWriter(entries.length);
  const prices = new PriceList();
  for (const [row, entry] of entries.entries()) {
    for (const [path, value] of flatten(entry.event)) columns.set(path, row, value);
    setRating(columns, prices, row, entry.rating);
    if (entry.credit) for (const [path, value] of flattenCredit(entry.credit)) columns.set(path, row, value);
    columns.set('=hash', row, entry.contentHash);
    columns.set('=day', row, entry.day);
    columns.set('=hour', row, entry.hour);
  }
  return { v: 1, n: entries.length, columns: columns.pack(), prices: prices.prices };
}

/**
 * Reads a segment back, entry for entry.
 * @param positions - which entries; all of them when absent
 * @throws when the body is damaged
 */
export function decodeSegment(body: SegmentBody, positions?: readonly number[]): SegmentEntry[] {
  invariant(body.v === 1, `segment version ${body.v} is not known`);
  const columns = columnReaders(body.columns);
  const rows = positions ?? Array.from({ length: body.n }, (_, row) => row);
  return rows.map((row) => decodeEntry(body, columns, row));
}

/** The ids and content hashes of a segment, without decoding the rest. */
export function segmentIds(body: SegmentBody): { id: string; contentHash: number }[] {
  const ids = columnReader(body.columns['id'] ?? { c: null });
  const hashes = columnReader(body.columns['=hash'] ?? { c: null });
  return Array.from({ length: body.n }, (_, row) => ({ id: String(ids(row)), contentHash: Number(hashes(row)) }));
}

const NESTED = new Set(['usage', 'tags', 'input_parts', 'route', 'emitter']);

function* flatten(event: UsageEvent): Iterable<[string, Scalar | undefined]> {
  for (const [name, value] of Object.entries(event)) {
    if (!NESTED.has(name)) yield [name, value];
    else for (const [inner, scalar] of Object.entries(value ?? {})) yield [`${name}.${inner}`, scalar as Scalar];
  }
}

function* flattenCredit(credit: Credit): Iterable<[string, Scalar]> {
  yield ['=credit', credit.reason];
  yield ['=credit.from', credit.fromDay];
  yield ['=credit.to', credit.toDay];
  yield ['=credit.allocation', credit.allocation];
}

function decodeEntry(body: SegmentBody, columns: ColumnReaders, row: number): SegmentEntry {
  const event: Record<string, unknown> = { usage: {} };
  const own: Record<string, Scalar> = {};
  for (const [path, read] of columns) {
    const value = read(row);
    if (value === null) continue;
    if (path.startsWith('=')) own[path] = value;
    else place(event, path, value);
  }
  const credit = decodeCredit(own);
  return {
    event: event as unknown as UsageEvent,
    rating: readRating(body.prices, own),
    contentHash: Number(own['=hash']),
    day: String(own['=day']),
    hour: String(own['=hour']),
    ...(credit ? { credit } : {}),
  };
}

function place(event: Record<string, unknown>, path: string, value: Scalar): void {
  const dot = path.indexOf('.');
  const group = dot < 0 ? path : path.slice(0, dot);
  if (dot < 0 || !NESTED.has(group)) {
    event[path] = value;
    return;
  }
  const nested = (event[group] ?? {}) as Record<string, Scalar>;
  nested[path.slice(dot + 1)] = value;
  event[group] = nested;
}

function decodeCredit(own: Readonly<Record<string, Scalar>>): Credit | undefined {
  if (own['=credit'] === undefined) return undefined;
  return {
    reason: String(own['=credit']),
    fromDay: String(own['=credit.from']),
    toDay: String(own['=credit.to']),
    allocation: own['=credit.allocation'] as CreditAllocation,
  };
}
