import { describe, expect, it } from 'vitest';
import { TableCorrectionOrders } from '../../../lib/adapters/dynamodb/correction-orders.ts';
import { openCorrections, toRate, toVoid } from '../../helpers/corrections-fixture.ts';
import { callOf } from '../../helpers/ledger-corrections-world.ts';
import { TENANT } from '../../helpers/ledger-fixtures.ts';
import { auditAll } from '../../helpers/recording-world.ts';

/** One entry of 10 tokens recorded at rate 2, and some orders that are being carried out. */
async function openOrders(kinds: readonly ('override' | 'void')[]) {
  const world = await openCorrections([[callOf(0, 2)]]);
  const orders = new TableCorrectionOrders(world.memory);
  const record = { atMs: 1, keyId: 'k', action: 'a', detail: {} };
  const given = { by: 'k', reason: 'r', createdAtMs: 1, upToCommit: 1, days: null };
  for (const [index, kind] of kinds.entries()) {
    const request = kind === 'void' ? { kind, id: 'x' } : ({ kind, scope: 'tenant', change: 1 } as const);
    await orders.create('acme', { number: index + 1, request, ...given }, record);
  }
  const end = async (number: number) => {
    const start = { state: 'running', cursor: '', ratio: 0, examined: 0 } as const;
    expect(await orders.advance('acme', number, start, { ...start, state: 'done' })).toBe('moved');
  };
  const cost = async () => {
    expect(await auditAll(world.memory, TENANT)).toEqual([]);
    return (await world.total()).cost;
  };
  return { ...world, orders, end, cost };
}

describe('orders about the same entry', () => {
  it('let the later one win although it found nothing to do and the earlier one is slow', async () => {
    const { correct, entries, orders, cost } = await openOrders(['override', 'override']);
    const slow = { order: 1, target: toRate(3), meanwhile: () => correct({ order: 2, target: toRate(2) }) };
    expect(await correct(slow)).toEqual({ corrected: 0, unchanged: 1 });
    expect(await cost()).toBe(20n);
    const [entry] = await entries();
    // The later order confirmed the price, once, and changed nothing.
    expect(entry?.corrections.map(({ order, rating }) => [order, rating === entry.recorded])).toEqual([[2, true]]);
    expect(await correct({ order: 2, target: toRate(2) })).toEqual({ corrected: 0, unchanged: 1 });
    expect((await entries())[0]?.corrections).toHaveLength(1);
    expect((await orders.find('acme', 2))?.sums.corrected).toBe(0);
  });

  it('let no straggler of an order commit what it decided before a later order began', async () => {
    const { correct, end, reader, cost } = await openOrders(['override', 'override']);
    const meanwhile = async () => {
      // The book says the recorded rate again: another process ends order 1, order 2 finds nothing to do either.
      await correct({ order: 1, target: toRate(2) });
      await end(1);
      await correct({ order: 2, target: toRate(2) });
    };
    expect(await correct({ order: 1, target: toRate(3), meanwhile })).toEqual({ corrected: 0, unchanged: 1 });
    expect(await cost()).toBe(20n);
    expect(await reader.head('acme')).toBe(1);
  });

  it('let no straggler commit once its order is done, even if it decided after a later order began', async () => {
    const { correct, end, reader, cost } = await openOrders(['override', 'override']);
    await correct({ order: 2, target: () => 'keep' });
    const meanwhile = async () => {
      await end(1);
      await correct({ order: 2, target: toRate(2) });
    };
    expect(await correct({ order: 1, target: toRate(3), meanwhile })).toEqual({ corrected: 0, unchanged: 1 });
    expect(await cost()).toBe(20n);
    expect(await reader.head('acme')).toBe(1);
  });

  it('begin by a call without places, which alone stops what was decided before', async () => {
    const { correct, end, reader, memory } = await openOrders(['override', 'override']);
    const meanwhile = async () => {
      await end(1);
      expect(await correct({ order: 2, target: toRate(2) }, memory, [])).toEqual({ corrected: 0, unchanged: 0 });
    };
    expect(await correct({ order: 1, target: toRate(3), meanwhile })).toEqual({ corrected: 0, unchanged: 1 });
    expect(await reader.head('acme')).toBe(1);
  });

  it('let the earlier one go on where the later one does not speak', async () => {
    const { correct, end, cost } = await openOrders(['override', 'override']);
    await correct({ order: 2, target: () => 'keep' });
    expect(await correct({ order: 1, target: toRate(3) })).toEqual({ corrected: 1, unchanged: 0 });
    await end(1);
    // An order that is done, with a later one begun, does nothing any more.
    expect(await correct({ order: 1, target: toRate(1) })).toEqual({ corrected: 0, unchanged: 1 });
    expect(await cost()).toBe(30n);
  });

  it('make the ledger decide again when one began meanwhile', async () => {
    const { correct, cost } = await openOrders(['override']);
    const rates = [3, 2];
    const target: ReturnType<typeof toRate> = (entry) => toRate(rates.shift() ?? 0)(entry);
    const meanwhile = () => correct({ order: 1, target: toRate(2) });
    expect(await correct({ order: 0, target, meanwhile })).toEqual({ corrected: 0, unchanged: 1 });
    expect(await cost()).toBe(20n);
  });

  it('confirm nothing for the sake of a void, which wins in any case', async () => {
    const { correct, reader, cost } = await openOrders(['void', 'override']);
    expect(await correct({ order: 2, target: toRate(2) })).toEqual({ corrected: 0, unchanged: 1 });
    expect(await reader.head('acme')).toBe(1);
    const slow = { order: 1, target: toVoid, meanwhile: () => correct({ order: 2, target: toRate(3) }) };
    expect(await correct(slow)).toEqual({ corrected: 1, unchanged: 0 });
    expect(await cost()).toBe(0n);
  });
});
