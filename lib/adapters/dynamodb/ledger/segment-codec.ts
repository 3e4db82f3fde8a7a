import type { LedgerEntry } from '../../../domain/entry.ts';
import { invariant } from '../../../domain/errors.ts';
import type { AppliedPrice, PriceStatus, RatedCall, Rating } from '../../../domain/rated-call.ts';
import type { UsageEvent } from '../../../domain/usage-event.ts';

/** One entry of a segment: the call and what was decided when it was recorded. */
export interface SegmentEntry extends RatedCall {
  readonly day: string;
  readonly hour: string;
}

type Scalar = string | number | boolean | null;

/** A column: one value for all rows (`c`), a dictionary with an index per row (`d`, `i`), or a value per row (`v`). */
type Column = { c: Scalar } | { d: Scalar[]; i: number[] } | { v: Scalar[] };

/** The body of a segment: columns by field path (`usage.input_tokens`), prices once each. */
export interface SegmentBody {
  readonly v: 1;
  readonly n: number;
  readonly columns: Readonly<Record<string, Column>>;
  readonly prices: readonly AppliedPrice[];
}

/** Lays entries out in columns. Every field of the contract that an entry carries is kept, known unit or not. */
export function encodeSegment(entries: readonly SegmentEntry[]): SegmentBody {
  const columns = new Map<string, Scalar[]>();
  const prices: AppliedPrice[] = [];
  const priceIndex = new Map<string, number>();
  const set = (path: string, row: number, value: Scalar | undefined): void => {
    if (value === undefined || value === null) return;
    let column = columns.get(path);
    if (!column) {
      column = new Array<Scalar>(entries.length).fill(null);
      columns.set(path, column);
    }
    column[row] = value;
  };
  for (const [row, entry] of entries.entries()) {
    for (const [path, value] of flatten(entry.event)) set(path, row, value);
    for (const [path, value] of flattenRating(entry.rating)) set(path, row, value);
    const { price } = entry.rating;
    if (price) {
      const index = priceIndex.get(price.key) ?? prices.push(price) - 1;
      priceIndex.set(price.key, index);
      set('=price', row, index);
    }
    set('=hash', row, entry.contentHash);
    set('=day', row, entry.day);
    set('=hour', row, entry.hour);
  }
  return {
    v: 1,
    n: entries.length,
    columns: Object.fromEntries([...columns].map(([path, values]) => [path, packColumn(values)])),
    prices,
  };
}

/**
 * Reads a segment back, entry for entry.
 * @param positions - which entries; all of them when absent
 * @throws when the body is damaged
 */
export function decodeSegment(body: SegmentBody, positions?: readonly number[]): SegmentEntry[] {
  invariant(body.v === 1, `segment version ${body.v} is not known`);
  const columns = Object.entries(body.columns).map(([path, column]) => [path, columnReader(column)] as const);
  const rows = positions ?? Array.from({ length: body.n }, (_, row) => row);
  return rows.map((row) => decodeEntry(body, columns, row));
}

/** The ids and content hashes of a segment, without decoding the rest. */
export function segmentIds(body: SegmentBody): { id: string; contentHash: number }[] {
  const ids = columnReader(body.columns['id'] ?? { c: null });
  const hashes = columnReader(body.columns['=hash'] ?? { c: null });
  return Array.from({ length: body.n }, (_, row) => ({ id: String(ids(row)), contentHash: Number(hashes(row)) }));
}

/** Where an entry of a commit is, as readers show it. */
export function toLedgerEntry(entry: SegmentEntry, commit: number, segmentId: string, position: number): LedgerEntry {
  const { event, rating, day } = entry;
  return { event, rating, recorded: rating, isVoid: false, corrections: [], day, commit, segmentId, position };
}

/** Stands between names of units, which hold spaces where senders like but never a control character. */
const UNIT_SEPARATOR = '\n';

const NESTED = new Set(['usage', 'tags', 'input_parts', 'route', 'emitter']);

function* flatten(event: UsageEvent): Iterable<[string, Scalar | undefined]> {
  for (const [name, value] of Object.entries(event)) {
    if (!NESTED.has(name)) yield [name, value];
    else for (const [inner, scalar] of Object.entries(value ?? {})) yield [`${name}.${inner}`, scalar as Scalar];
  }
}

function* flattenRating(rating: Rating): Iterable<[string, Scalar | undefined]> {
  yield ['=status', rating.status];
  yield ['=cost', rating.costPicoUsd?.toString()];
  // A list cost equal to the cost, by far the usual case, is not written twice.
  if (rating.listCostPicoUsd !== rating.costPicoUsd) yield ['=list', rating.listCostPicoUsd?.toString() ?? 'null'];
  yield ['=saved', rating.savedPicoUsd?.toString()];
  if (rating.unpricedUnits.length > 0) yield ['=unpriced', rating.unpricedUnits.join(UNIT_SEPARATOR)];
}

function packColumn(values: Scalar[]): Column {
  const first = values[0] ?? null;
  if (values.every((value) => value === first)) return { c: first };
  if (typeof first === 'number') return { v: values };
  const distinct = new Map<Scalar, number>();
  for (const value of values) {
    if (!distinct.has(value)) distinct.set(value, distinct.size);
    if (distinct.size > values.length / 3) return { v: values };
  }
  return { d: [...distinct.keys()], i: values.map((value) => distinct.get(value) ?? 0) };
}

function columnReader(column: Column): (row: number) => Scalar {
  if ('c' in column) return () => column.c;
  if ('v' in column) return (row) => column.v[row] ?? null;
  return (row) => column.d[column.i[row] ?? -1] ?? null;
}

type ColumnReaders = readonly (readonly [string, (row: number) => Scalar])[];

function decodeEntry(body: SegmentBody, columns: ColumnReaders, row: number): SegmentEntry {
  const event: Record<string, unknown> = { usage: {} };
  const own: Record<string, Scalar> = {};
  for (const [path, read] of columns) {
    const value = read(row);
    if (value === null) continue;
    if (path.startsWith('=')) own[path] = value;
    else place(event, path, value);
  }
  return {
    event: event as unknown as UsageEvent,
    rating: decodeRating(body, own),
    contentHash: Number(own['=hash']),
    day: String(own['=day']),
    hour: String(own['=hour']),
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

function decodeRating(body: SegmentBody, own: Readonly<Record<string, Scalar>>): Rating {
  const amount = (name: string): bigint | null => {
    const text = own[name];
    return text === undefined || text === null || text === 'null' ? null : BigInt(String(text));
  };
  const price = own['=price'];
  const cost = amount('=cost');
  const saved = amount('=saved');
  return {
    status: own['=status'] as PriceStatus,
    costPicoUsd: cost,
    listCostPicoUsd: own['=list'] === undefined ? cost : amount('=list'),
    price: price === undefined ? null : (body.prices[Number(price)] ?? null),
    unpricedUnits: own['=unpriced'] === undefined ? [] : String(own['=unpriced']).split(UNIT_SEPARATOR),
    ...(saved === null ? {} : { savedPicoUsd: saved }),
  };
}
