import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readMany } from '../../lib/adapters/dynamodb/ledger/patient-table.ts';
import { type Table, TableRefusedError, type TransactWrite } from '../../lib/adapters/dynamodb/table.ts';
import { MemoryTable } from '../../lib/adapters/memory/table.ts';
import { type EngineTable, startEngineTable } from '../helpers/engine-table.ts';

/** What the ledger relies on, held against the model in memory and the embedded engine alike. */
function behavesAsTable(open: () => Table): void {
  const put = (pk: string, sk: string): TransactWrite => ({
    type: 'put',
    item: { pk, sk },
    condition: { absent: true },
  });

  it('gives back what was put: text, whole numbers of 37 digits, bytes and sets', async () => {
    const table = open();
    const item = {
      pk: 'put',
      sk: '1',
      t: 'x',
      n: 10n ** 36n + 1n,
      b: new Uint8Array([0, 255]),
      s: new Set(['a', 'b']),
    };
    expect(await table.put(item)).toBe('written');
    expect(await table.get({ pk: 'put', sk: '1' })).toEqual(item);
    expect(await table.get({ pk: 'put', sk: '2' })).toBeUndefined();
  });

  it('reads many keys together, in their order, more than one request takes', async () => {
    const table = open();
    const many = Array.from({ length: 130 }, (_, n) => ({ pk: `many-${n % 7}`, sk: String(n) }));
    for (const [n, key] of many.entries()) if (n % 3 > 0) await table.put({ ...key, n: BigInt(n) });
    const found = await readMany(table, many);
    // Two of three were put, each with its own number.
    expect(found.map((item) => item?.['n'])).toEqual(many.map((_, n) => (n % 3 > 0 ? BigInt(n) : undefined)));
  });

  it('puts if absent, or if an attribute has a value, and else changes nothing', async () => {
    const table = open();
    expect(await table.put({ pk: 'cond', sk: '1', n: 1n }, { absent: true })).toBe('written');
    expect(await table.put({ pk: 'cond', sk: '1', n: 2n }, { absent: true })).toBe('failed');
    expect(await table.put({ pk: 'cond', sk: '1', n: 3n }, { attribute: 'n', equals: 2n })).toBe('failed');
    expect(await table.put({ pk: 'cond', sk: '1', n: 4n }, { attribute: 'n', equals: 1n })).toBe('written');
    expect(await table.delete({ pk: 'cond', sk: '1' }, { attribute: 'n', equals: 1n })).toBe('failed');
    expect(await table.delete({ pk: 'cond', sk: '1' }, { attribute: 'n', equals: 4n })).toBe('deleted');
  });

  it('queries a partition in order, behind, up to, by prefix, backwards and bounded', async () => {
    const table = open();
    for (const sk of ['a#1', 'a#2', 'b#1', 'c']) await table.put({ pk: 'query', sk });
    const sks = async (query: object) => (await table.query({ pk: 'query', ...query })).map(({ sk }) => sk);
    expect(await sks({})).toEqual(['a#1', 'a#2', 'b#1', 'c']);
    expect(await sks({ after: 'a#1' })).toEqual(['a#2', 'b#1', 'c']);
    expect(await sks({ upTo: 'b#1' })).toEqual(['a#1', 'a#2', 'b#1']);
    expect(await sks({ after: 'a#1', upTo: 'b' })).toEqual(['a#2']);
    expect(await sks({ after: 'z', upTo: 'b' })).toEqual([]);
    expect(await sks({ prefix: 'a#' })).toEqual(['a#1', 'a#2']);
    expect(await sks({ prefix: 'a#', after: 'a#1' })).toEqual(['a#2']);
    expect(await sks({ descending: true, limit: 1 })).toEqual(['c']);
  });

  it('finds by prefix whatever follows it, of any script', async () => {
    const table = open();
    for (const sk of ['n#a', 'n#é', 'n#\uffee', 'n#😀', 'o']) await table.put({ pk: 'scripts', sk });
    const found = await table.query({ pk: 'scripts', prefix: 'n#' });
    expect(new Set(found.map(({ sk }) => sk))).toEqual(new Set(['n#a', 'n#é', 'n#\uffee', 'n#😀']));
  });

  it('reads every page of a large partition', async () => {
    const table = open();
    const b = new Uint8Array(300_000);
    for (let i = 0; i < 8; i++) await table.put({ pk: 'pages', sk: String(i), b });
    expect((await table.query({ pk: 'pages' })).map(({ sk }) => sk)).toEqual(['0', '1', '2', '3', '4', '5', '6', '7']);
  });

  it('tells each who adds to a set which members were there before', async () => {
    const table = open();
    expect(await table.addToSet({ pk: 'set', sk: '-' }, 's', 'one')).toEqual(new Set());
    expect(await table.addToSet({ pk: 'set', sk: '-' }, 's', 'two')).toEqual(new Set(['one']));
    expect(await table.addToSet({ pk: 'set', sk: '-' }, 's', 'two')).toEqual(new Set(['one', 'two']));
  });

  it('sums exactly, from nothing, with any attribute name', async () => {
    const table = open();
    await table.add({ pk: 'sum', sk: '-' }, { a0: 10n ** 30n, 'field:odd name': 1n });
    await table.add({ pk: 'sum', sk: '-' }, { a0: -1n, 'field:odd name': 1n });
    const item = await table.get({ pk: 'sum', sk: '-' });
    expect([item?.['a0'], item?.['field:odd name']]).toEqual([10n ** 30n - 1n, 2n]);
  });

  it('commits a transaction whole or not at all', async () => {
    const table = open();
    const sums: TransactWrite = { type: 'add', key: { pk: 'tx', sk: 'row' }, set: { upTo: 1n }, add: { a0: 5n } };
    expect(await table.transact([put('tx', 'commit'), sums])).toBe('committed');
    expect(await table.transact([put('tx', 'commit'), sums])).toBe('failed');
    expect(await table.get({ pk: 'tx', sk: 'row' })).toEqual({ pk: 'tx', sk: 'row', upTo: 1n, a0: 5n });
    expect(await table.transact([{ type: 'delete', key: { pk: 'tx', sk: 'commit' } }, sums])).toBe('committed');
    expect(await table.get({ pk: 'tx', sk: 'commit' })).toBeUndefined();
  });

  it('reads backwards from a bound, within a prefix, and stops at a limit', async () => {
    const table = open();
    for (const sk of ['a#1', 'a#2', 'a#3', 'b#1']) await table.put({ pk: 'backwards', sk });
    const sks = async (query: object) => (await table.query({ pk: 'backwards', ...query })).map(({ sk }) => sk);
    expect(await sks({ upTo: 'a#2', descending: true })).toEqual(['a#2', 'a#1']);
    expect(await sks({ upTo: 'b', descending: true, limit: 2 })).toEqual(['a#3', 'a#2']);
    expect(await sks({ prefix: 'a#', descending: true, limit: 1 })).toEqual(['a#3']);
    expect(await sks({ after: 'a#1', limit: 2 })).toEqual(['a#2', 'a#3']);
    expect(await sks({ after: 'b#1', descending: true })).toEqual([]);
  });

  it('writes nothing of a transaction when a value in it is another than was read', async () => {
    const table = open();
    await table.put({ pk: 'owned', sk: 'lease', owner: 'one' });
    const release = (owner: string): TransactWrite[] => [
      { type: 'delete', key: { pk: 'owned', sk: 'lease' }, condition: { attribute: 'owner', equals: owner } },
      { type: 'put', item: { pk: 'owned', sk: 'record' } },
      { type: 'add', key: { pk: 'owned', sk: 'sum' }, set: {}, add: { n: 1n } },
    ];
    expect(await table.transact(release('two'))).toBe('failed');
    expect((await table.query({ pk: 'owned' })).map(({ sk }) => sk)).toEqual(['lease']);
    expect(await table.transact(release('one'))).toBe('committed');
    expect((await table.query({ pk: 'owned' })).map(({ sk }) => sk)).toEqual(['record', 'sum']);
    // A condition on what is not there does not hold.
    expect(await table.transact(release('one'))).toBe('failed');
    expect((await table.get({ pk: 'owned', sk: 'sum' }))?.['n']).toBe(1n);
  });

  it('loses no sum and no member when many add at once', async () => {
    const table = open();
    const many = Array.from({ length: 20 }, (_, index) => index);
    const befores = await Promise.all(many.map((each) => table.addToSet({ pk: 'many', sk: 's' }, 's', `m${each}`)));
    await Promise.all(many.map(() => table.add({ pk: 'many', sk: 'n' }, { n: 1n })));
    // Each saw another number of members before: nobody was overlooked by the one behind.
    expect(befores.map((before) => before.size).sort((a, b) => a - b)).toEqual(many);
    expect((await table.get({ pk: 'many', sk: 'n' }))?.['n']).toBe(20n);
  });

  it('deletes what is not there, and puts over what is, without a condition', async () => {
    const table = open();
    expect(await table.delete({ pk: 'free', sk: '1' })).toBe('deleted');
    await table.put({ pk: 'free', sk: '1', a: 1n });
    await table.put({ pk: 'free', sk: '1', b: 2n });
    expect(await table.get({ pk: 'free', sk: '1' })).toEqual({ pk: 'free', sk: '1', b: 2n });
  });

  it('lets one of many win a number', async () => {
    const table = open();
    const tries = Array.from({ length: 20 }, () => table.transact([put('race', '1')]));
    expect((await Promise.all(tries)).filter((outcome) => outcome === 'committed').length).toBe(1);
  });

  it('refuses what is too large, and writes nothing of it', async () => {
    const table = open();
    const large: TransactWrite = { type: 'put', item: { pk: 'large', sk: '2', b: new Uint8Array(420_000) } };
    await expect(table.transact([put('large', '1'), large])).rejects.toThrow(TableRefusedError);
    await expect(table.put({ pk: 'large', sk: '2', b: new Uint8Array(420_000) })).rejects.toThrow(TableRefusedError);
    const many = Array.from({ length: 101 }, (_, i) => put('large', `m${i}`));
    await expect(table.transact(many)).rejects.toThrow(TableRefusedError);
    expect(await table.query({ pk: 'large' })).toEqual([]);
  });
}

describe('the table in memory', () => {
  const table = new MemoryTable();
  behavesAsTable(() => table);
});

describe('the table on the embedded engine', () => {
  let engine: EngineTable;
  beforeAll(async () => {
    engine = await startEngineTable();
  });
  afterAll(() => engine.stop());
  behavesAsTable(() => engine.table);
});
