import { keys, padNumber } from '../../../contracts/table-keys.ts';
import type { Correction, CorrectionAuthority, CorrectionKind } from '../../../domain/corrections/correction.ts';
import { invariant } from '../../../domain/errors.ts';
import type { BookStamp } from '../../../domain/prices/book-stamp.ts';
import type { AppliedPrice, Rating } from '../../../domain/rating/rated-call.ts';
import { numberAttribute } from '../item-attributes.ts';
import type { Item } from '../table.ts';
import { type Columns, ColumnWriter, columnReaders, type Scalar } from './columns.ts';
import { type PackedBits, pack, packBits, unpack, unpackBits } from './packing.ts';
import { PriceList, readRating, setRating } from './rating-columns.ts';

/**
 * What a correction makes of an entry: another rating, void (`null`), or `confirmed`: the rating it has stays, on the
 * word of this order, so that no earlier order can change it any more.
 */
export type CorrectedRating = Rating | null | 'confirmed';

/** What is common to the entries of a segment that are corrected together. */
export interface CorrectionHead extends CorrectionAuthority {
  readonly book: BookStamp;
  /** Drawn by the caller that wrote it: how it knows its own after an unknown outcome. */
  readonly token: string;
  /** Commit that counts the segment. */
  readonly recordedIn: number;
}

/** A correction of one segment as the table holds it: the next number of its base, written once. */
export interface StoredCorrection extends CorrectionHead {
  readonly number: number;
  /** Commit that brought it. */
  readonly commit: number;
  readonly atMs: number;
  /** By position in the segment. */
  readonly ratings: ReadonlyMap<number, CorrectedRating>;
}

interface PackedCorrection {
  readonly v: 1;
  readonly order: number;
  readonly kind: CorrectionKind;
  readonly by: string;
  readonly reason: string;
  readonly book: readonly [number, number];
  readonly token: string;
  readonly base: number;
  /** Entries of the segment, and which of them are corrected. */
  readonly n: number;
  readonly at: PackedBits;
  readonly columns: Columns;
  readonly prices: readonly AppliedPrice[];
}

/** Lays out everything of a correction that does not depend on its commit. @param length - entries of the segment */
export function packCorrection(
  head: CorrectionHead,
  length: number,
  ratings: ReadonlyMap<number, CorrectedRating>,
): Uint8Array {
  const { order, kind, by, reason, book, token, recordedIn } = head;
  const columns = new ColumnWriter(ratings.size);
  const prices = new PriceList();
  const positions = [...ratings.keys()].sort((a, b) => a - b);
  for (const [row, position] of positions.entries()) {
    const rating = ratings.get(position) ?? null;
    if (rating === 'confirmed') columns.set('=confirmed', row, true);
    else if (rating) setRating(columns, prices, row, rating);
  }
  const packed: PackedCorrection = {
    v: 1,
    order,
    kind,
    by,
    reason,
    book: [book.global, book.tenant],
    token,
    base: recordedIn,
    n: length,
    at: packBits(Array.from({ length }, (_, position) => ratings.has(position))),
    columns: columns.pack(),
    prices: prices.prices,
  };
  return pack(packed);
}

/** The item of a correction: number `number` of its segment, brought by commit `commit`. */
export function correctionItem(
  tenant: string,
  segmentId: string,
  number: number,
  brought: { readonly commit: number; readonly atMs: number },
  body: Uint8Array,
): Item {
  return {
    pk: keys.corrections(tenant, segmentId),
    sk: padNumber(number),
    commit: BigInt(brought.commit),
    atMs: BigInt(brought.atMs),
    b: body,
  };
}

/** Reads a correction's item. @throws when the item is damaged */
export function decodeCorrection(item: Item): StoredCorrection {
  const packed = unpack(item['b'] as Uint8Array) as PackedCorrection;
  invariant(packed.v === 1, `correction version ${packed.v} is not known`);
  const { order, kind, by, reason, token, base: recordedIn } = packed;
  const columns = columnReaders(packed.columns);
  const positions = unpackBits(packed.at, packed.n).flatMap((isIn, position) => (isIn ? [position] : []));
  const ratings = positions.map((position, row): [number, CorrectedRating] => {
    const own: Record<string, Scalar> = Object.fromEntries(columns.map(([name, read]) => [name, read(row)]));
    return [position, readCorrected(packed, own)];
  });
  return {
    number: Number(item.sk),
    commit: numberAttribute(item, 'commit'),
    atMs: numberAttribute(item, 'atMs'),
    order,
    kind,
    by,
    reason,
    book: { global: packed.book[0], tenant: packed.book[1] },
    token,
    recordedIn,
    ratings: new Map(ratings),
  };
}

function readCorrected({ kind, prices }: PackedCorrection, own: Record<string, Scalar>): CorrectedRating {
  if (kind === 'void') return null;
  if (own['=confirmed']) return 'confirmed';
  const present = Object.entries(own).filter(([, value]) => value !== null);
  return readRating(prices, Object.fromEntries(present));
}

/** What an entry counts for, and how it came to that. */
export interface EntryState {
  /** The rating in force; that of a void entry is the last one it had. */
  readonly rating: Rating;
  readonly isVoid: boolean;
  readonly corrections: readonly Correction[];
}

/** The state of one entry after the corrections of its segment, given in the order of their numbers. */
export function stateAfter(recorded: Rating, position: number, corrections: readonly StoredCorrection[]): EntryState {
  let rating = recorded;
  let isVoid = false;
  const made: Correction[] = [];
  for (const { ratings, token: _token, recordedIn: _recordedIn, ...correction } of corrections) {
    const corrected = ratings.get(position);
    if (corrected === undefined) continue;
    if (corrected === null) isVoid = true;
    else if (corrected !== 'confirmed') rating = corrected;
    made.push({ ...correction, rating: corrected === null ? null : rating });
  }
  return { rating, isVoid, corrections: made };
}
