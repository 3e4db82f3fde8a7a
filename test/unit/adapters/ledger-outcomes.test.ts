import { describe, expect, it } from 'vitest';
import { DynamoLedger } from '../../../lib/adapters/dynamodb/ledger/ledger.ts';
import { idDigest } from '../../../lib/adapters/dynamodb/ledger/pending.ts';
import { decodePage, encodePage } from '../../../lib/adapters/dynamodb/ledger/seen-ids.ts';
import { DynamoLedgerReader } from '../../../lib/adapters/dynamodb/ledger-reader.ts';
import {
  type Table,
  TableBusyError,
  TableRefusedError,
  TableUnknownError,
} from '../../../lib/adapters/dynamodb/table.ts';
import { TenantStore } from '../../../lib/adapters/dynamodb/tenant-store.ts';
import { MemoryTable } from '../../../lib/adapters/memory/table.ts';
import { keys } from '../../../lib/contracts/table-keys.ts';
import { ratedCall, START_MS, steadySurroundings, TENANT, uuidV7 } from '../../helpers/ledger-fixtures.ts';
import { auditAll } from '../../helpers/recording-world.ts';

const LIFE_MS = 50_000;
const january = { granularity: 'month', fromDay: '2026-01-01', toDay: '2026-02-01' } as const;

async function open() {
  const memory = new MemoryTable();
  await new TenantStore(memory, () => 0).create(TENANT);
  const reader = new DynamoLedgerReader(memory, new TenantStore(memory, () => 0));
  const callsOf = async () =>
    (await reader.rollups('acme', january)).rows.reduce((sum, { measures }) => sum + (measures.calls ?? 0n), 0n);
  return { memory, callsOf };
}

/** A table of which one method is another. */
function replace<Name extends keyof Table>(table: Table, name: Name, method: Table[Name]): Table {
  return new Proxy(table, {
    get(target, member) {
      if (member === name) return method;
      const found = Reflect.get(target, member);
      return typeof found === 'function' ? found.bind(target) : found;
    },
  });
}

/** A warm writer with a clock of its own. */
function writer(table: Table, startMs = START_MS, seed = 1) {
  const surroundings = steadySurroundings(startMs, seed);
  const ledger = new DynamoLedger(table, surroundings);
  return (...calls: Parameters<DynamoLedger['append']>[1][number][]) =>
    ledger.append(TENANT, calls, surroundings.now() + LIFE_MS);
}

const conflictsOf = (table: MemoryTable): unknown[] =>
  [...table.items()].filter(({ pk }) => pk.startsWith('CONFLICT')).map((item) => item['id']);

describe('what the ledger answers', () => {
  it.each([uuidV7(START_MS, 1), 'untimed'])('calls nothing a conflict before it is kept as one (id %s)', async (id) => {
    const { memory } = await open();
    await writer(memory)(ratedCall({ id }));
    let isBusy = true;
    const busy = replace(memory, 'transact', async (writes) => {
      if (isBusy) throw new TableBusyError('transaction conflict');
      return memory.transact(writes);
    });
    const append = writer(busy, START_MS, 2);
    const group = [ratedCall({ id, usage: { input_tokens: 2 } }), ratedCall({ id: uuidV7(START_MS, 2) })];
    // The other call of the group cannot be committed before the deadline: the conflict goes back with it.
    expect(await append(...group)).toEqual(['unsettled', 'unsettled']);
    isBusy = false;
    expect(await append(...group)).toEqual(['conflict', 'recorded']);
    expect(conflictsOf(memory)).toEqual([id]);
  });

  it('calls nothing a duplicate of, or in conflict with, a call that was never recorded', async () => {
    const { memory, callsOf } = await open();
    const busy = replace(memory, 'transact', async () => {
      throw new TableBusyError('throttled');
    });
    const group = [ratedCall({ id: 'x' }), ratedCall({ id: 'x', usage: { input_tokens: 2 } })] as const;
    expect(await writer(busy)(...group, group[0])).toEqual(['unsettled', 'unsettled', 'unsettled']);
    expect(await writer(memory, START_MS, 2)(group[1])).toEqual(['recorded']);
    expect(await callsOf()).toBe(1n);
    expect(conflictsOf(memory)).toEqual([]);
  });

  it('knows the conflict of a timed id that it recorded itself, beside an untimed one', async () => {
    const { memory, callsOf } = await open();
    const append = writer(memory);
    const id = uuidV7(START_MS, 1);
    expect(await append(ratedCall({ id }), ratedCall({ id: 'untimed' }))).toEqual(['recorded', 'recorded']);
    expect(await append(ratedCall({ id, usage: { input_tokens: 2 } }))).toEqual(['conflict']);
    expect(await callsOf()).toBe(2n);
  });

  it('knows an id again whose hash is that of another id of its minute', async () => {
    const { memory, callsOf } = await open();
    const first = ratedCall({ id: uuidV7(START_MS, 1) });
    const second = ratedCall({ id: uuidV7(START_MS, 2), usage: { input_tokens: 2 } });
    await writer(memory)(first);
    // No two such ids are known, so the page of the first is made to hold the hash of the second.
    const page = [...memory.items()].find(({ pk }) => pk.startsWith('P#'));
    if (!(page?.['b'] instanceof Uint8Array)) throw new Error('no page was written');
    const { idHash } = idDigest(second.event.id);
    const body = encodePage([...decodePage(page['b'])].map(({ contentHash }) => ({ ...idHash, contentHash })));
    await memory.put({ ...page, b: body });
    const append = writer(memory, START_MS, 2);
    expect(await append(second)).toEqual(['recorded']);
    expect(await append(second)).toEqual(['duplicate']);
    expect(await writer(memory, START_MS, 3)(second)).toEqual(['duplicate']);
    expect(await callsOf()).toBe(2n);
    expect(conflictsOf(memory)).toEqual([]);
  });

  it('does not take a committed segment for the record of an id that it claimed and does not hold', async () => {
    const { memory, callsOf } = await open();
    await writer(memory)(ratedCall({ id: 'other' }));
    const other = await memory.get(keys.claim('acme', idDigest('other').claimHash));
    const [segmentId = ''] = other?.['s'] instanceof Set ? [...other['s']] : [];
    await memory.addToSet(keys.claim('acme', idDigest('wanted').claimHash), 's', segmentId);
    expect(await writer(memory, START_MS, 2)(ratedCall({ id: 'wanted' }))).toEqual(['recorded']);
    expect(await callsOf()).toBe(2n);
  });

  it('counts an untimed id once by writers whose clocks are an hour apart', async () => {
    const { memory, callsOf } = await open();
    const ahead = writer(memory, START_MS + 3_600_000, 2);
    let isFirst = true;
    const overtaken = replace(memory, 'transact', async (writes) => {
      // Between the claim and the commit of the writer that is behind, the one ahead takes the number.
      if (isFirst) await ahead(ratedCall({ id: 'between' }));
      isFirst = false;
      return memory.transact(writes);
    });
    const call = ratedCall({ id: 'wanted' });
    expect(await writer(overtaken)(call)).toEqual(['recorded']);
    expect(await writer(memory, START_MS, 3)(call)).toEqual(['duplicate']);
    expect(await callsOf()).toBe(2n);
  });

  it('refuses the one call that the table never takes, and records its neighbours once', async () => {
    const { memory, callsOf } = await open();
    const refusing = replace(memory, 'transact', async (writes) => {
      const isRefused = writes.some((write) => write.type === 'add' && Object.values(write.add).some((n) => n >= 999n));
      if (isRefused) throw new TableRefusedError('validation');
      return memory.transact(writes);
    });
    const calls = Array.from({ length: 9 }, (_, n) => ratedCall({ id: n % 2 ? uuidV7(START_MS, n) : `call-${n}` }));
    const group = calls.toSpliced(4, 0, ratedCall({ id: 'bad', usage: { input_tokens: 999 } }));
    const outcomesWith = (outcome: string) => group.map(({ event }) => (event.id === 'bad' ? 'refused' : outcome));
    expect(await writer(refusing)(...group)).toEqual(outcomesWith('recorded'));
    expect(await writer(refusing, START_MS, 2)(...group)).toEqual(outcomesWith('duplicate'));
    expect(await callsOf()).toBe(9n);
    expect(await auditAll(memory, TENANT)).toEqual([]);
  });

  it('says recorded, not duplicate, of what its own transaction of unknown outcome recorded', async () => {
    const { memory, callsOf } = await open();
    const silent = replace(memory, 'transact', async (writes) => {
      await memory.transact(writes);
      throw new TableUnknownError('time-out after the commit');
    });
    const calls = [ratedCall({ id: 'untimed' }), ratedCall({ id: uuidV7(START_MS, 1) })];
    expect(await writer(silent)(...calls)).toEqual(['recorded', 'recorded']);
    expect(await callsOf()).toBe(2n);
  });

  it('numbers a new leaf anew when another writer took its number first', async () => {
    const { memory, callsOf } = await open();
    const other = writer(memory, START_MS, 2);
    let isFirst = true;
    const overtaken = replace(memory, 'transact', async (writes) => {
      if (isFirst) await other(ratedCall({ id: 'between', app: 'other' }));
      isFirst = false;
      return memory.transact(writes);
    });
    expect(await writer(overtaken)(ratedCall({ id: 'wanted', app: 'mine' }))).toEqual(['recorded']);
    expect(await callsOf()).toBe(2n);
    expect(await auditAll(memory, TENANT)).toEqual([]);
  });

  it('begins no claim after one failed, and asks nothing more of the table once it has answered', async () => {
    const { memory } = await open();
    let asked = 0;
    const ids = new Set<string>();
    const busy = replace(memory, 'addToSet', async ({ pk }) => {
      asked++;
      ids.add(pk);
      throw new TableBusyError('throttled');
    });
    const group = Array.from({ length: 100 }, (_, n) => ratedCall({ id: `call-${n}` }));
    expect(new Set(await writer(busy)(...group))).toEqual(new Set(['unsettled']));
    expect(ids.size).toBeLessThan(100);
    const before = asked;
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(asked).toBe(before);
  });
});
