import { describe, expect, it } from 'vitest';
import { pack, unpack } from '../../../lib/adapters/dynamodb/ledger/packing.ts';
import { decodeRow, rowSortKey } from '../../../lib/adapters/dynamodb/ledger/rollup-codec.ts';
import {
  decodeSegment,
  encodeSegment,
  type SegmentBody,
  type SegmentEntry,
} from '../../../lib/adapters/dynamodb/ledger/segment-codec.ts';
import type { Rating } from '../../../lib/domain/rating/rated-call.ts';
import { ratedCall } from '../../helpers/ledger-fixtures.ts';

const entry = (id: string, rating: Partial<Rating> = {}, event: Partial<SegmentEntry['event']> = {}): SegmentEntry => {
  const call = ratedCall({ id, ...event });
  return { ...call, rating: { ...call.rating, ...rating }, day: '2026-01-29', hour: '2026-01-29T18' };
};

/** Through the very bytes that the table keeps. */
const roundTrip = (entries: readonly SegmentEntry[]): SegmentEntry[] =>
  decodeSegment(unpack(pack(encodeSegment(entries))) as SegmentBody);

describe('the body of a segment', () => {
  it('gives back names of units, tags and fields that look like something else', () => {
    const names = [
      'constructor',
      'toString',
      'a.b',
      '.',
      '=',
      '=cost',
      'my unit',
      '1',
      'é',
      '💸',
      '\u2028',
      'x'.repeat(128),
    ];
    const usage = Object.fromEntries(names.map((name, index) => [name, index]));
    const tags = Object.fromEntries(names.map((name) => [name, `${name}=${name}`]));
    const entries = [entry('plain'), entry('\u2028 💸', { unpricedUnits: names }, { usage, tags }), entry('=id')];
    expect(roundTrip(entries)).toEqual(entries);
  });

  it('tells an unknown amount from zero, and a list cost from a cost', () => {
    const amounts = [null, 0n, 1n, 2n ** 80n, 10n ** 30n + 1n];
    const entries = amounts.flatMap((costPicoUsd) =>
      amounts.flatMap((listCostPicoUsd) => [
        entry('x', { costPicoUsd, listCostPicoUsd, status: 'partially_priced', unpricedUnits: ['pages'] }),
        entry('y', { costPicoUsd, listCostPicoUsd, savedPicoUsd: 0n, status: 'unpriced', price: null }),
      ]),
    );
    expect(roundTrip(entries)).toEqual(entries);
  });

  it('keeps every entry of a group apart, whichever of its columns are constant, repeated or sparse', () => {
    const entries = Array.from({ length: 200 }, (_, n) =>
      entry(
        `id-${n}`,
        {},
        {
          app: `app-${n % 3}`,
          timeMs: 1_420_070_400_000 + n,
          ...(n % 7 === 0 ? { status: 'error' as const, latency_ms: n + 0.5 } : {}),
          ...(n % 50 === 49 ? { route: { attempt: n }, response_cache_hit: n % 100 === 49 } : {}),
        },
      ),
    );
    expect(roundTrip(entries)).toEqual(entries);
  });
});

describe('the key of a rollup row', () => {
  it('tells every shard from every other, however many leaves a month has', () => {
    const shards = [0, 1, 99_999, 100_000, 1_234_567];
    const rows = shards.map((shard) => decodeRow({ pk: '-', sk: rowSortKey('2026-01', shard), a3: 1n }, 10));
    expect(rows.flatMap(({ sums }) => [...sums.keys()])).toEqual([3, 13, 999_993, 1_000_003, 12_345_673]);
  });
});
