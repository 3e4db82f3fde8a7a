import { describe, expect, it } from 'vitest';
import { LedgerUnavailableError } from '../../../lib/adapters/dynamodb/ledger/patient-table.ts';
import type { Table, TransactWrite } from '../../../lib/adapters/dynamodb/table.ts';
import type { CorrectionTarget } from '../../../lib/domain/corrections/correction.ts';
import type { LedgerEntry } from '../../../lib/domain/events/entry.ts';
import { NO_OVERRIDES } from '../../../lib/domain/prices/book-stamp.ts';
import type { RatedCall } from '../../../lib/domain/rating/rated-call.ts';
import { MONTH, openCorrections, toRate, toVoid } from '../../helpers/corrections-fixture.ts';
import { type Fault, FaultyTable, type TableCall } from '../../helpers/faulty-table.ts';
import { callOf, numberOf, ratingAt } from '../../helpers/ledger-corrections-world.ts';
import { ratedCall, START_MS, TENANT, uuidV7 } from '../../helpers/ledger-fixtures.ts';
import { auditAll } from '../../helpers/recording-world.ts';

/** Faults that happen to certain calls of a kind, by how many of that kind came before. */
function faultAt(table: Table, kind: TableCall, faults: Readonly<Record<number, Fault>>): FaultyTable {
  let calls = 0;
  return new FaultyTable(table, (call) => (call === kind ? faults[calls++] : undefined));
}

/** A table whose transactions are looked at. */
function observe(table: Table, look: (writes: readonly TransactWrite[]) => void): Table {
  return {
    get: (key) => table.get(key),
    query: (query) => table.query(query),
    put: (item, condition) => table.put(item, condition),
    delete: (key, condition) => table.delete(key, condition),
    addToSet: (key, attribute, member) => table.addToSet(key, attribute, member),
    add: (key, sums) => table.add(key, sums),
    transact: (writes) => {
      look(writes);
      return table.transact(writes);
    },
  };
}

describe('a correction', () => {
  it('corrects what was corrected before by the difference, and leaves what is right alone', async () => {
    const { memory, reader, correct, entries, total } = await openCorrections([[callOf(0, 2), callOf(1, 2)]]);
    expect(await correct({ order: 1, target: toRate(3) })).toEqual({ corrected: 2, unchanged: 0 });
    expect(await correct({ order: 2, target: toRate(1) })).toEqual({ corrected: 2, unchanged: 0 });
    const head = await reader.head('acme');
    expect(await correct({ order: 2, target: toRate(1) })).toEqual({ corrected: 0, unchanged: 2 });
    expect(await correct({ order: 3, target: toRate(1) })).toEqual({ corrected: 0, unchanged: 2 });
    expect(await reader.head('acme')).toBe(head);
    // 10 and 11 tokens at 1, list 5.
    expect(await total()).toEqual({ cost: 21n, calls: 2n, discount: 84n, unpriced: 0n });
    const first = (await entries()).find((entry) => numberOf(entry) === 0);
    expect(first?.recorded).toEqual(ratingAt(2, 10));
    expect(first?.rating).toEqual(ratingAt(1, 10));
    expect(first?.corrections).toEqual(
      [3, 1].map((rate, index) => ({
        number: index + 1,
        commit: index + 2,
        atMs: expect.any(Number),
        order: index + 1,
        kind: 'reprice',
        by: 'key_1',
        reason: 'r',
        book: NO_OVERRIDES,
        rating: ratingAt(rate, 10),
      })),
    );
    expect(await auditAll(memory, TENANT)).toEqual([]);
  });

  it('ends an entry by a void: no later order brings it back, and its id stays taken', async () => {
    const { memory, ledger, correct, entries, total } = await openCorrections([[callOf(0, 2)], [callOf(1, 2)]]);
    expect(await correct({ order: 5, target: toRate(3) })).toEqual({ corrected: 2, unchanged: 0 });
    expect(await correct({ order: 4, target: toVoid })).toEqual({ corrected: 2, unchanged: 0 });
    expect(await correct({ order: 6, target: toRate(1) })).toEqual({ corrected: 0, unchanged: 2 });
    expect(await correct({ order: 7, target: toVoid })).toEqual({ corrected: 0, unchanged: 2 });
    expect(await total()).toEqual({ cost: 0n, calls: 0n, discount: 0n, unpriced: 0n });
    expect((await entries()).map(({ isVoid, rating }) => [isVoid, rating])).toEqual([
      [true, ratingAt(3, 10)],
      [true, ratingAt(3, 11)],
    ]);
    const again = [callOf(0, 2), { ...callOf(1, 2), contentHash: 1 }];
    expect(await ledger.append(TENANT, again, START_MS + 50_000)).toEqual(['duplicate', 'conflict']);
    expect(await auditAll(memory, TENANT)).toEqual([]);
  });

  it('gives an unpriced entry its price, in the leaf in which it was recorded', async () => {
    const { memory, reader, correct, total } = await openCorrections([[callOf(0, 0), callOf(2, 2)]]);
    expect(await total()).toEqual({ cost: 24n, calls: 2n, discount: 36n, unpriced: 1n });
    await correct({ order: 0, target: toRate(3) });
    // (10 + 12) x 3 and (10 + 12) x (5 - 3).
    expect(await total()).toEqual({ cost: 66n, calls: 2n, discount: 44n, unpriced: 0n });
    const { rows } = await reader.rollups('acme', MONTH);
    // The first had no provider when it was recorded; its price names one now.
    expect(rows.map(({ leaf, measures }) => [leaf[4], measures.cost])).toEqual(
      expect.arrayContaining([
        [null, 30n],
        ['of rate 2', 36n],
      ]),
    );
    expect(await auditAll(memory, TENANT)).toEqual([]);
  });

  it('is left to the order that came later and to the newer price book, of recording or of correction', async () => {
    const { ledger, reader, correct } = await openCorrections([[callOf(0, 2)]]);
    await correct({ order: 2, book: { global: 0, tenant: 2 }, target: toRate(3) });
    expect(await correct({ order: 1, book: { global: 0, tenant: 9 }, target: toRate(1) })).toMatchObject({
      corrected: 0,
    });
    for (const order of [0, 3]) {
      const older = { order, book: { global: 0, tenant: 1 }, target: toRate(1) };
      expect(await correct(older)).toMatchObject({ corrected: 0 });
    }
    expect(await correct({ order: 0, book: { global: 0, tenant: 3 }, target: toRate(1) })).toMatchObject({
      corrected: 1,
    });
    await ledger.append(TENANT, [callOf(4, 2)], START_MS + 50_000, { global: 4, tenant: 0 });
    const commits = [];
    for await (const { number, book, isRecording } of reader.commits('acme', 0, 4)) {
      commits.push([number, book.global, book.tenant, isRecording]);
    }
    expect(commits).toEqual([
      [1, 0, 0, true],
      [2, 0, 2, false],
      [3, 0, 3, false],
      [4, 4, 0, true],
    ]);
    const places = await reader.entriesOfCommit('acme', 4);
    const older = { order: 9, book: { global: 3, tenant: 9 }, target: toRate(1) };
    expect(await correct(older, undefined, places)).toEqual({ corrected: 0, unchanged: 1 });
  });

  it('is not made for a price that differs only in the versions it was found in', async () => {
    const { reader, correct } = await openCorrections([[callOf(0, 2)]]);
    const renamed = (entry: LedgerEntry): CorrectionTarget => {
      const { price } = entry.rating;
      return { ...entry.rating, price: price && { ...price, key: 'new', catalogVersion: 'c2', overrideVersion: 'o' } };
    };
    expect(await correct({ target: renamed })).toEqual({ corrected: 0, unchanged: 1 });
    const found = (entry: LedgerEntry): CorrectionTarget => {
      const { price } = entry.rating;
      return { ...entry.rating, price: price && { ...price, key: 'new', method: 'alias' } };
    };
    expect(await correct({ target: found })).toEqual({ corrected: 1, unchanged: 0 });
    expect(await reader.head('acme')).toBe(2);
  });

  it('takes a credit back by a void and never gives it another price', async () => {
    const credit = { reason: 'outage', fromDay: '2026-01-01', toDay: '2026-02-01', allocation: 'none' } as const;
    const call = ratedCall({ id: 'credit-1', usage: {} });
    const given: RatedCall = {
      ...call,
      credit,
      rating: { ...call.rating, costPicoUsd: -7n, listCostPicoUsd: 0n, price: null },
    };
    const { memory, correct, entries, total } = await openCorrections([[callOf(0, 2), given]]);
    // 10 x 2 - 7, and a discount of 10 x 3 + 7: list cost stays 50. A credit is no call.
    expect(await total()).toEqual({ cost: 13n, calls: 1n, discount: 37n, unpriced: 0n });
    expect((await entries())[1]).toMatchObject({ credit, rating: given.rating });
    expect(await correct({ target: () => ratingAt(3, 10) })).toEqual({ corrected: 1, unchanged: 1 });
    expect(await total()).toEqual({ cost: 23n, calls: 1n, discount: 27n, unpriced: 0n });
    expect(await correct({ order: 2, target: toVoid })).toEqual({ corrected: 2, unchanged: 0 });
    expect(await total()).toEqual({ cost: 0n, calls: 0n, discount: 0n, unpriced: 0n });
    expect(await auditAll(memory, TENANT)).toEqual([]);
  });

  it('is one transaction for a full segment, and a dozen for a thousand segments of one entry', async () => {
    const full = Array.from({ length: 2_000 }, (_, n) => ({ ...callOf(n, 2) }));
    const one = await openCorrections([full]);
    const heads = await one.reader.head('acme');
    expect(await one.correct({ target: toRate(3) })).toEqual({ corrected: 2_000, unchanged: 0 });
    expect((await one.reader.head('acme')) - heads).toBe(heads);
    expect(await auditAll(one.memory, TENANT)).toEqual([]);
    const many = await openCorrections(Array.from({ length: 1_000 }, (_, n) => [callOf(n * 6, 2)]));
    expect(await many.correct({ target: toRate(3) })).toEqual({ corrected: 1_000, unchanged: 0 });
    expect((await many.reader.head('acme')) - 1_000).toBeLessThanOrEqual(13);
    expect(await auditAll(many.memory, TENANT)).toEqual([]);
  });

  it('is halved where sums need a longer expression than the service takes', async () => {
    // Five leaves of an hour, with values in nearly all buckets of three histograms: a void takes all of them back.
    const calls = Array.from({ length: 480 }, (_, n) => {
      const latencyMs = 40 * 2 ** ((n % 24) / 2);
      return ratedCall({
        id: uuidV7(START_MS, n),
        app: `app-${n % 5}`,
        quota_used_ratio: (n % 129) / 100,
        latency_ms: latencyMs,
        ttft_ms: latencyMs,
        usage: { input_tokens: 10, output_tokens: 1, requests: 1, pages: 1, images: 1 },
        input_parts: { system: 1, tools: 1, history: 1, retrieved: 1, memory: 1, user: 1, tool_results: 1 },
      });
    });
    const groups = Array.from({ length: 120 }, (_, n) => calls.slice(n * 4, n * 4 + 4));
    const { memory, correct, total } = await openCorrections(groups);
    let longest = 0;
    const measured = observe(memory, (writes) => {
      for (const write of writes) {
        // Of each sum its name, a placeholder of at most four characters, and what stands between.
        const names = write.type === 'add' ? Object.keys(write.add) : [];
        longest = Math.max(longest, 'SET upTo=:0 ADD '.length + names.join('').length + names.length * 6);
      }
    });
    expect(await correct({ target: toVoid }, measured)).toEqual({ corrected: 480, unchanged: 0 });
    expect(longest).toBeGreaterThan(2_000);
    expect(longest).toBeLessThanOrEqual(4_096);
    expect(await total()).toEqual({ cost: 0n, calls: 0n, discount: 0n, unpriced: 0n });
    expect(await auditAll(memory, TENANT)).toEqual([]);
  });

  it('spans months whose leaves have dictionaries of their own', async () => {
    const months = [0, 1, 2, 3].map((month) =>
      ratedCall({ id: `call-${month}`, timeMs: Date.UTC(2025, 9 + month, 15), app: `app-${month % 2}` }),
    );
    const { memory, correct } = await openCorrections([months.slice(0, 3), months.slice(3)]);
    expect(await correct({ target: () => ratingAt(3, 10) })).toEqual({ corrected: 4, unchanged: 0 });
    expect(await auditAll(memory, TENANT)).toEqual([]);
  });

  it('counts its own once when the answer was lost, and no one else’s', async () => {
    const { memory, correct, places } = await openCorrections([[callOf(0, 2), callOf(1, 2)]]);
    const lost = faultAt(memory, 'transact', { 0: 'lost-answer' });
    expect(await correct({ target: toRate(3) }, lost)).toEqual({ corrected: 2, unchanged: 0 });
    expect(await correct({ target: toRate(3) }, memory, [...places, ...places])).toEqual({
      corrected: 0,
      unchanged: 2,
    });
    const never = faultAt(memory, 'transact', { 0: 'lost-request', 1: 'busy', 2: 'late' });
    expect(await correct({ order: 2, target: toRate(1) }, never)).toEqual({ corrected: 2, unchanged: 0 });
    expect(await auditAll(memory, TENANT)).toEqual([]);
  });

  it('gives up at its deadline, and goes on where it stopped', async () => {
    const { memory, correct, total } = await openCorrections([[callOf(0, 2)]]);
    const broken = new FaultyTable(memory, (call) => (call === 'transact' ? 'busy' : undefined));
    await expect(correct({ target: toRate(3) }, broken)).rejects.toThrow(LedgerUnavailableError);
    expect(await correct({ target: toRate(3) })).toEqual({ corrected: 1, unchanged: 0 });
    expect((await total()).cost).toBe(30n);
  });

  it('refuses places that no commit counts, and orders that void and reprice at once', async () => {
    const { correct, places } = await openCorrections([[callOf(0, 2)]]);
    const [place] = places;
    const wrong = [{ commit: 1, segmentId: place?.segmentId ?? '', position: 1 }];
    await expect(correct({ target: toRate(3) }, undefined, wrong)).rejects.toThrow('counts no entry 1');
    await expect(correct({ target: () => 'void' })).rejects.toThrow('cannot do something else');
  });
});
