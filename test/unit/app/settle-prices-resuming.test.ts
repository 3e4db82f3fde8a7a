import { describe, expect, it, vi } from 'vitest';
import { giveDueOrders } from '../../../lib/app/corrections/order-repricing.ts';
import { previewReprice } from '../../../lib/app/corrections/preview-reprice.ts';
import { requestReprice } from '../../../lib/app/corrections/request-reprice.ts';
import { runOrder } from '../../../lib/app/corrections/run-order.ts';
import { PricesUnsettledError, settlePrices } from '../../../lib/app/corrections/settle-prices.ts';
import type { UnpricedCall } from '../../../lib/app/corrections/tell-unpriced.ts';
import { START_MS, TENANT } from '../../helpers/ledger-fixtures.ts';
import { catalogOf } from '../../helpers/pricing.ts';
import { createRepricingWorld, type RepricingWorld, widgetCall, widgetPrice } from '../../helpers/repricing-world.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const OTHER = { ...TENANT, tenant: 'other' };
const JANUARY = { from: '2026-01', to: '2026-02' };

const state = async (world: RepricingWorld) => world.start().pricingStates.find(TENANT.tenant);
const gadgetCall = (tail: number, timeMs = START_MS) => widgetCall(tail, { model: 'gadget', timeMs });
const namedCatalog = (version: string, rows: Parameters<typeof catalogOf>[0]) => ({ ...catalogOf(rows), version });

/** Settles with an alert that does as told. */
function settleWith(world: RepricingWorld, alert: (calls: readonly UnpricedCall[]) => void, tenant = TENANT) {
  const alertUnpriced = async (_tenant: unknown, calls: readonly UnpricedCall[]) => alert(calls);
  return settlePrices({ ...world.start(), alertUnpriced }, tenant, world.soon());
}

/** Ports whose reader counts the commits that it hands out, and whose time is up after so many looks at the clock. */
function countingPorts(world: RepricingWorld, looks = Number.POSITIVE_INFINITY) {
  const ports = world.start();
  const seen: number[] = [];
  let looked = 0;
  const reader = world.readerWith({
    async *commits(...asked) {
      for await (const commit of world.reader.commits(...asked)) {
        seen.push(commit.number);
        yield commit;
      }
    },
  });
  const now = () => ports.now() + (++looked > looks ? 100_000 : 0);
  return { ports: { ...ports, reader, now }, seen };
}

describe('an alert that fails', () => {
  it('holds up neither the log nor prices, is reported, and is told as soon as it can be', async () => {
    const world = createRepricingWorld();
    const held = await world.takeBook();
    await world.override(widgetPrice('2'));
    await world.settle();
    await world.record([gadgetCall(1)]);
    await world.record([widgetCall(2)], TENANT, held);
    const refuse = () => {
      throw new Error('the alert cannot be written');
    };
    const failure = await settleWith(world, refuse).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(PricesUnsettledError);
    expect(failure).toMatchObject({ message: 'the alert cannot be written' });
    expect((await world.entry(widgetCall(2))).rating.costPicoUsd).toBe(20_000_000n);
    expect(await state(world)).toMatchObject({ unpricedMonths: ['2026-01'], untold: [{ after: 0, upTo: 2 }] });
    const told: string[] = [];
    await settleWith(world, (calls) => told.push(...calls.map(({ event }) => event.id)));
    expect(told).toEqual([gadgetCall(1).id]);
    expect((await state(world))?.untold).toEqual([]);
  });

  it('is not told of calls that have found their price meanwhile', async () => {
    const world = createRepricingWorld();
    await world.record([gadgetCall(1), gadgetCall(2)]);
    await world.record([widgetCall(3, { model: 'unheard-of' })]);
    await settleWith(world, () => {
      throw new Error('not now');
    }).catch(() => undefined);
    await world.override({
      overrides: [{ model: 'gadget', provider: '*', rates: { input_tokens: '5' }, per: 1_000_000 }],
    });
    await settleWith(world, () => {
      throw new Error('not now');
    }).catch(() => undefined);
    const told: string[] = [];
    await settleWith(world, (calls) => told.push(...calls.map(({ event }) => event.model)));
    expect(told).toEqual(['unheard-of']);
  });

  it('for one commit only is set apart, and all the others are told of', async () => {
    const world = createRepricingWorld();
    for (let tail = 1; tail <= 9; tail++) await world.record([gadgetCall(tail)]);
    const bad = gadgetCall(4).id;
    const told = new Set<string>();
    const alert = (calls: readonly UnpricedCall[]) => {
      if (calls.some(({ event }) => event.id === bad)) throw new Error('this one never');
      for (const { event } of calls) told.add(event.id);
    };
    for (let minute = 0; minute < 4; minute++) {
      await settleWith(world, alert).catch(() => undefined);
      world.wait(MINUTE_MS);
    }
    expect(told.size).toBe(8);
    expect(await state(world)).toMatchObject({ followedTo: 9, untold: [{ after: 3, upTo: 4 }] });
  });

  it('for an hour leaves a note of bounded size, from which every commit is told of in the end', async () => {
    const world = createRepricingWorld();
    const ids: string[] = [];
    for (let minute = 0; minute < 60; minute++) {
      const call = gadgetCall(minute);
      ids.push(call.id);
      await world.record([call]);
      await settleWith(world, () => {
        throw new Error('down');
      }).catch(() => undefined);
      world.wait(MINUTE_MS);
    }
    expect((await state(world))?.untold.length).toBeLessThanOrEqual(20);
    const told = new Set<string>();
    await settleWith(world, (calls) => {
      for (const { event } of calls) told.add(event.id);
    });
    expect([...told].sort()).toEqual(ids.sort());
    expect((await state(world))?.untold).toEqual([]);
  });

  it('is no matter of other tenants', async () => {
    const world = createRepricingWorld(undefined, [TENANT, OTHER]);
    await world.record([gadgetCall(1)]);
    await world.record([gadgetCall(1)], OTHER);
    const failing = await settleWith(world, () => {
      throw new Error('not for this one');
    }).catch((error: Error) => error.message);
    expect(failing).toBe('not for this one');
    const told: string[] = [];
    await settleWith(world, (calls) => told.push(...calls.map(({ event }) => event.id)), OTHER);
    expect(told).toEqual([gadgetCall(1).id]);
  });
});

describe('a log that grew by more than can be read at once', () => {
  const longLog = async () => {
    const world = createRepricingWorld();
    for (let tail = 0; tail < 650; tail++) {
      // The first day is in the first commits only, so that who forgets what they said does not come to it again.
      await world.record([widgetCall(tail, { timeMs: START_MS - (tail < 5 ? 19 : tail % 10) * DAY_MS })]);
    }
    return world;
  };

  it('is surveyed piece by piece, each once, until the order of a change can be given', async () => {
    const world = await longLog();
    await world.override(widgetPrice('2'));
    const seen: number[] = [];
    let isThrough = false;
    let tries = 0;
    for (; !isThrough; tries++) {
      // One look before the change, one behind the first piece, where time is up.
      const late = countingPorts(world, 1);
      isThrough = await giveDueOrders(late.ports, TENANT, world.soon());
      seen.push(...late.seen);
      expect(tries).toBeLessThan(10);
    }
    // Three pieces of 200 commits, then the 50 that are left.
    expect(tries).toBe(4);
    expect(seen).toEqual(Array.from({ length: 650 }, (_, index) => index + 1));
    const ports = world.start();
    expect(await ports.orders.find(TENANT.tenant, 1)).toMatchObject({
      order: { upToCommit: 650, days: { first: '2026-01-10', last: '2026-01-29' } },
    });
    await runOrder(ports, TENANT, 1, world.soon());
    // 650 calls of 10 tokens at 2 x 10^6 picoUSD.
    expect(await world.totals()).toMatchObject({ cost: 13_000_000_000n });
  });

  it('is surveyed by a preview that says "go on" until it knows where its window begins', async () => {
    const world = await longLog();
    let [entries, parts]: [number, number] = [0, 0];
    let cursor: string | undefined;
    const dearer = world.start(catalogOf([{ unit: 'input_tokens', rate: '3' }]));
    do {
      let looks = 0;
      const { ports, seen } = countingPorts(world);
      // The first look sets the end of the time, every later one is behind it.
      const now = () => dearer.now() + (looks++ > 0 ? 100_000 : 0);
      const part = await previewReprice({ ...dearer, reader: ports.reader, now }, TENANT, JANUARY, cursor);
      expect(seen.length).toBeLessThanOrEqual(200);
      entries += part.rows.reduce((sum, row) => sum + row.entries, 0);
      cursor = part.next;
      parts += 1;
      expect(parts).toBeLessThan(100);
    } while (cursor !== undefined);
    expect(entries).toBe(650);
  });

  it('makes a request for a repricing come again, which then needs to read less', async () => {
    const world = await longLog();
    const ask = () => {
      let looks = 0;
      const ports = world.start();
      const now = () => ports.now() + (looks++ > 0 ? 100_000 : 0);
      return requestReprice({ ...ports, now }, TENANT, 'k', { ...JANUARY, reason: 'r' }).catch((error) => error);
    };
    for (let tries = 0; tries < 3; tries++) {
      expect(await ask()).toMatchObject({ code: 'prices/log-unread', retryable: true });
    }
    expect(await ask()).toMatchObject({ number: 1, upToCommit: 650 });
  });

  it('does not keep open orders from being carried out', async () => {
    const world = createRepricingWorld();
    await world.record([widgetCall(1)]);
    await world.override(widgetPrice('2'));
    await giveDueOrders(world.start(), TENANT, world.soon());
    const ports = world.start();
    const overrideChanges = { list: () => Promise.reject(new Error('changes cannot be read')) };
    const failure = await settlePrices({ ...ports, overrideChanges }, TENANT, world.soon()).catch((error) => error);
    expect(failure).toBeInstanceOf(PricesUnsettledError);
    const request = { from: '2026-01', to: '2026-02', reason: 'r' };
    const second = await requestReprice(ports, TENANT, 'k', request);
    await settlePrices({ ...ports, overrideChanges }, TENANT, world.soon()).catch(() => undefined);
    expect(await ports.orders.find(TENANT.tenant, second?.number ?? 0)).toMatchObject({ progress: { state: 'done' } });
  });
});

describe('a change of overrides', () => {
  it('looks through the totals of its own periods, and of no more months than it needs', async () => {
    const world = createRepricingWorld();
    for (let month = 0; month < 12; month++) {
      await world.record([widgetCall(month, { timeMs: START_MS - month * 30 * DAY_MS })]);
    }
    const months: string[] = [];
    const reader = world.readerWith({
      rollups: (tenant, query) => {
        months.push(query.fromDay.slice(0, 7));
        return world.reader.rollups(tenant, query);
      },
    });
    const ports = { ...world.start(), reader };
    await world.override(widgetPrice('2', { effective_from: '2027-01-01' }));
    await giveDueOrders(ports, TENANT, world.soon());
    expect(months).toEqual([]);
    await world.override(
      widgetPrice('3', { effective_from: '2025-10-01T00:00:00Z', effective_to: '2025-10-31T00:00:00Z' }),
    );
    await giveDueOrders(ports, TENANT, world.soon());
    expect(months).toEqual(['2025-10']);
    months.length = 0;
    await world.override(widgetPrice('4'));
    await giveDueOrders(ports, TENANT, world.soon());
    expect(months).toEqual(['2025-03', '2026-01']);
  });
});

describe('calls that nobody has a price for', () => {
  /** Three years of them, one a month. */
  const threeYears = async (perMonth: Parameters<typeof widgetCall>[1] = { model: 'unheard-of' }) => {
    const world = createRepricingWorld();
    for (let month = 0; month < 36; month++) {
      const timeMs = Date.UTC(2023, 1 + month, 15);
      await world.record([widgetCall(month, { ...perMonth, timeMs })]);
    }
    return world;
  };

  it('cost a sweep no reads as long as nothing is new, however many months hold such calls', async () => {
    const world = await threeYears();
    await world.settle();
    expect((await state(world))?.unpricedMonths.length).toBe(36);
    const ports = world.start();
    await settlePrices(ports, TENANT, world.soon());
    const query = vi.spyOn(world.table, 'query');
    const get = vi.spyOn(world.table, 'get');
    const put = vi.spyOn(world.table, 'put');
    await settlePrices(ports, TENANT, world.soon());
    expect(query.mock.calls.length + get.mock.calls.length).toBeLessThanOrEqual(16);
    expect(put).not.toHaveBeenCalled();
  });

  it('cost each month of them one look under a new catalog, shared by as many cold functions as it takes', async () => {
    const world = await threeYears();
    await world.settle();
    const released = namedCatalog('released', [
      { unit: 'input_tokens', rate: '1' },
      { model: 'gadget', unit: 'input_tokens', rate: '5' },
    ]);
    const months: string[] = [];
    for (let sweeps = 0; (await state(world))?.triedWith?.catalogVersion !== 'released'; sweeps++) {
      let isLate = false;
      const ports = world.start(released);
      let read = 0;
      const reader = world.readerWith({
        rollups: (tenant, query) => {
          months.push(query.fromDay);
          // Each month is read twice: for its days, and to see whether it can be forgotten.
          read += 1;
          isLate = read >= 20;
          return world.reader.rollups(tenant, query);
        },
      });
      const now = () => ports.now() + (isLate ? 100_000 : 0);
      await settlePrices({ ...ports, reader, now }, TENANT, world.soon());
      expect(read).toBeLessThanOrEqual(20);
      expect(sweeps).toBeLessThan(5);
    }
    expect(months.length).toBe(72);
    expect(new Set(months).size).toBe(36);
  });

  it.each([
    ['on one day', { effective_from: '2026-01-29T18:10:00Z', effective_to: '2026-01-29T18:30:00Z' }],
    ['every day', { windows: [{ from: '18:10', to: '18:30' }] }],
  ])('are priced by a price that held for less than an hour, %s, between two full hours', async (_name, hours) => {
    const world = createRepricingWorld();
    const call = gadgetCall(1, Date.UTC(2026, 0, 29, 18, 20));
    await world.record([call]);
    await world.settle();
    const short = namedCatalog('short', [
      { unit: 'input_tokens', rate: '1' },
      { model: 'gadget', unit: 'input_tokens', rate: '5', ...hours },
    ]);
    expect(await world.settle(TENANT, short)).toMatchObject({ corrected: 1 });
    expect((await world.entry(call)).rating.costPicoUsd).toBe(50_000_000n);
  });

  it('are tried with a catalog again where a function with another one followed the log meanwhile', async () => {
    const world = createRepricingWorld();
    const newer = namedCatalog('newer', [
      { unit: 'input_tokens', rate: '1' },
      { model: 'gadget', unit: 'input_tokens', rate: '5' },
    ]);
    await world.record([widgetCall(1, { model: 'unheard-of' })]);
    await world.settle(TENANT, newer);
    await world.record([gadgetCall(2)]);
    // The older function dies between following the log and its own pass.
    const ports = world.start();
    const dying = { ...ports, reader: world.readerWith({ rollups: () => Promise.reject(new Error('died')) }) };
    await settlePrices(dying, TENANT, world.soon()).catch(() => undefined);
    expect(await state(world)).toMatchObject({ followedTo: 2 });
    await world.settle(TENANT, newer);
    expect((await world.entry(gadgetCall(2))).rating.costPicoUsd).toBe(50_000_000n);
  });
});

describe('functions of two releases that take turns', () => {
  it('write corrections in their first turns only', async () => {
    const world = createRepricingWorld();
    const usage = { input_tokens: 10, output_tokens: 10, images: 1 };
    await world.record([widgetCall(1, { usage }), gadgetCall(2), widgetCall(3, { model: 'gizmo', usage })]);
    const released = [
      namedCatalog('v1', [
        { unit: 'input_tokens', rate: '1' },
        { model: 'gadget', unit: 'input_tokens', rate: '5' },
        { model: 'gizmo', unit: 'output_tokens', rate: '2' },
      ]),
      namedCatalog('v2', [
        { unit: 'output_tokens', rate: '3' },
        { model: 'gadget', unit: 'input_tokens', rate: '7' },
        { model: 'gizmo', unit: 'input_tokens', rate: '2' },
      ]),
    ];
    const heads: number[] = [];
    for (let turn = 0; turn < 6; turn++) {
      await world.settle(TENANT, released[turn % 2]);
      heads.push(await world.reader.head(TENANT.tenant));
    }
    expect(new Set(heads.slice(1)).size).toBe(1);
    expect(await world.differences()).toEqual([]);
  });
});

describe('an order of 5,000 calls that time runs out for', () => {
  it('goes on where it stopped, and rates hardly anything twice', async () => {
    const world = createRepricingWorld();
    for (let commit = 0; commit < 50; commit++) {
      await world.record(Array.from({ length: 100 }, (_, index) => widgetCall(commit * 100 + index)));
    }
    const ports = world.start(catalogOf([{ unit: 'input_tokens', rate: '3' }]));
    const order = await requestReprice(ports, TENANT, 'k', { ...JANUARY, reason: 'r' });
    const pages: (string | undefined)[] = [];
    let done = false;
    let runs = 0;
    for (; !done; runs++) {
      let read = 0;
      const reader = world.readerWith({
        entriesOfDays: (...asked) => {
          pages.push(asked[3]);
          read += 1;
          return world.reader.entriesOfDays(...asked);
        },
      });
      // Time is up while the second page is being read: its entries are left to the next run.
      const now = () => ports.now() + (read >= 2 ? 100_000 : 0);
      const standing = await runOrder({ ...ports, reader, now }, TENANT, order?.number ?? 0, world.soon());
      done = standing.progress.state === 'done';
      expect(runs).toBeLessThan(10);
    }
    // Five pages of ten commits, each but the first read once in vain.
    expect(pages.length).toBe(9);
    expect(new Set(pages).size).toBe(5);
    expect(await ports.orders.find(TENANT.tenant, order?.number ?? 0)).toMatchObject({
      progress: { examined: 5_000 },
      // 5,000 calls of 10 tokens, 2 x 10^6 picoUSD dearer each token.
      sums: { corrected: 5_000, costPicoUsd: 100_000_000_000n },
    });
    expect(await world.differences()).toEqual([]);
  });
});
