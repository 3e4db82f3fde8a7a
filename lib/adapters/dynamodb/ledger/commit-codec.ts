import { invariant } from '../../../domain/errors.ts';
import { type BookStamp, isOlderBook, NO_OVERRIDES } from '../../../domain/prices/book-stamp.ts';
import type { SumName, Sums } from '../../../domain/spend.ts';
import type { Item, Key } from '../table.ts';
import { type PackedBits, type PackedInteger, pack, packInteger, unpack } from './packing.ts';
import { codeOf, nameOf } from './rollup-codec.ts';
import type { SegmentBody } from './segment-codec.ts';

/** Sums of one commit by local day, UTC hour and leaf number (numbers are dense within the day's month). */
export type CommitDeltas = Map<string, Map<string, Map<number, Sums>>>;

/** A segment as its commit names it, and which of its entries that commit counts. */
export interface NamedSegment {
  readonly segmentId: string;
  readonly length: number;
  readonly counted: PackedBits;
}

/** A correction as its commit names it: the segment that it corrects, and its number there. */
export interface NamedCorrection {
  readonly segmentId: string;
  readonly number: number;
}

/** One transaction of the ledger: what it names and what it added. The ledger is what commits name. */
export interface Commit {
  readonly number: number;
  readonly atMs: number;
  readonly segments: readonly NamedSegment[];
  /** Empty in a commit that holds calls. */
  readonly corrections: readonly NamedCorrection[];
  /** The price book that its calls were rated with, or its corrections made with. */
  readonly book: BookStamp;
  readonly deltas: CommitDeltas;
  /** Body of its only segment where that is small enough to travel inside. */
  readonly inlineBody?: SegmentBody;
  /** Id slots in which it wrote a page. */
  readonly slots: readonly number[];
}

interface PackedCommit {
  readonly v: 1;
  readonly at: number;
  readonly s: readonly (readonly [string, number, PackedBits])[];
  readonly d: Readonly<
    Record<string, Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, PackedInteger>>>>>>>
  >;
  readonly p: readonly number[];
  readonly e?: SegmentBody;
  readonly c?: readonly (readonly [string, number])[];
  /** Absent for a book without overrides. */
  readonly b?: readonly [number, number];
}

/** Lays a commit out as its item. */
export function encodeCommit(key: Key, commit: Commit): Item {
  const packed: PackedCommit = {
    v: 1,
    at: commit.atMs,
    s: commit.segments.map(({ segmentId, length, counted }) => [segmentId, length, counted]),
    d: packDeltas(commit.deltas),
    p: commit.slots,
    ...(commit.inlineBody ? { e: commit.inlineBody } : {}),
    ...(commit.corrections.length > 0
      ? { c: commit.corrections.map(({ segmentId, number }) => [segmentId, number] as const) }
      : {}),
    ...(isOlderBook(NO_OVERRIDES, commit.book) ? { b: [commit.book.global, commit.book.tenant] as const } : {}),
  };
  return { ...key, b: pack(packed) };
}

/** Reads a commit's item. @throws when the item is damaged */
export function decodeCommit(item: Item): Commit {
  const packed = unpack(item['b'] as Uint8Array) as PackedCommit;
  invariant(packed.v === 1, `commit version ${packed.v} is not known`);
  return {
    number: Number(item.sk),
    atMs: packed.at,
    segments: packed.s.map(([segmentId, length, counted]) => ({ segmentId, length, counted })),
    corrections: (packed.c ?? []).map(([segmentId, number]) => ({ segmentId, number })),
    book: packed.b ? { global: packed.b[0], tenant: packed.b[1] } : NO_OVERRIDES,
    deltas: unpackDeltas(packed.d),
    slots: packed.p,
    ...(packed.e ? { inlineBody: packed.e } : {}),
  };
}

function packDeltas(deltas: CommitDeltas): PackedCommit['d'] {
  const sums = (leaf: Sums) => Object.fromEntries([...leaf].map(([name, sum]) => [codeOf(name), packInteger(sum)]));
  const leaves = (hour: Map<number, Sums>) => Object.fromEntries([...hour].map(([leaf, of]) => [leaf, sums(of)]));
  const hours = (day: Map<string, Map<number, Sums>>) =>
    Object.fromEntries([...day].map(([hour, of]) => [hour, leaves(of)]));
  return Object.fromEntries([...deltas].map(([day, of]) => [day, hours(of)]));
}

function unpackDeltas(packed: PackedCommit['d']): CommitDeltas {
  const deltas: CommitDeltas = new Map();
  for (const [day, hours] of Object.entries(packed)) {
    for (const [hour, leaves] of Object.entries(hours)) {
      for (const [leaf, sums] of Object.entries(leaves)) {
        const target = sumsAt(deltas, day, hour, Number(leaf));
        for (const [code, sum] of Object.entries(sums)) target.set(nameOf(code), BigInt(sum));
      }
    }
  }
  return deltas;
}

/** The sums of one leaf in one hour, created where missing. */
export function sumsAt(deltas: CommitDeltas, day: string, hour: string, leafNumber: number): Sums {
  const hours = getOrCreate(deltas, day, () => new Map<string, Map<number, Sums>>());
  const leaves = getOrCreate(hours, hour, () => new Map<number, Sums>());
  return getOrCreate(leaves, leafNumber, () => new Map());
}

function getOrCreate<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const created = create();
  map.set(key, created);
  return created;
}

/** Every leaf's sums of a commit. */
export function* eachDelta(
  deltas: CommitDeltas,
): Iterable<{ day: string; hour: string; leafNumber: number; sums: ReadonlyMap<SumName, bigint> }> {
  for (const [day, hours] of deltas) {
    for (const [hour, leaves] of hours) for (const [leafNumber, sums] of leaves) yield { day, hour, leafNumber, sums };
  }
}

/** The local month of a local day. */
export const monthOf = (day: string): string => day.slice(0, 7);
