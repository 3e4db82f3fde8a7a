import { describe, expect, it } from 'vitest';
import { giveOrder } from '../../../lib/app/corrections/give-order.ts';
import { orderRepricing } from '../../../lib/app/corrections/order-repricing.ts';
import { runOrder } from '../../../lib/app/corrections/run-order.ts';
import { PricesUnsettledError, settlePrices } from '../../../lib/app/corrections/settle-prices.ts';
import { START_MS, TENANT } from '../../helpers/ledger-fixtures.ts';
import { catalogOf } from '../../helpers/pricing.ts';
import {
  createRepricingWorld,
  type RepricingWorld,
  WIDGETS,
  widgetCall,
  widgetPrice,
} from '../../helpers/repricing-world.ts';

const DAY_MS = 86_400_000;

const GADGETS_TOO = catalogOf([
  { unit: 'input_tokens', rate: '1' },
  { model: 'gadget', unit: 'input_tokens', rate: '5' },
]);

const state = async (world: RepricingWorld) => world.start().pricingStates.find(TENANT.tenant);

describe('a call that was rated with an outdated price book', () => {
  it('is mended by the sweep, though it was committed after the order of the change was done', async () => {
    const world = createRepricingWorld();
    await world.record([widgetCall(1)]);
    const held = await world.takeBook();
    await world.override(widgetPrice('2'));
    await world.settle();
    const late = widgetCall(2);
    await world.record([late], TENANT, held);
    expect((await world.entry(late)).rating.costPicoUsd).toBe(10_000_000n);
    expect(await world.settle()).toMatchObject({ corrected: 1, openOrders: 0 });
    expect((await world.entry(late)).rating.costPicoUsd).toBe(20_000_000n);
    expect((await world.entry(late)).corrections).toMatchObject([
      { order: 0, by: 'ledger', reason: 'rated with an outdated price book', book: { global: 0, tenant: 1 } },
    ]);
    expect(await world.settle()).toMatchObject({ corrected: 0 });
    expect(await world.differences()).toEqual([]);
  });

  it('is mended as far as the changes that it missed are about it, and not otherwise', async () => {
    const world = createRepricingWorld();
    const held = await world.takeBook();
    await world.override(widgetPrice('2', { effective_from: '2026-01-29T00:00:00Z' }));
    await world.settle();
    const [touched, untouched] = [widgetCall(1), widgetCall(2, { timeMs: START_MS - 2 * DAY_MS })];
    await world.record([touched, untouched], TENANT, held);
    // By now the catalog says 3 USD; that is no reason to touch what no override is about.
    const dearer = catalogOf([{ unit: 'input_tokens', rate: '3' }]);
    expect(await world.settle(TENANT, dearer)).toMatchObject({ corrected: 1 });
    expect((await world.entry(touched)).rating.costPicoUsd).toBe(20_000_000n);
    expect((await world.entry(untouched)).corrections).toEqual([]);
  });

  it('is left to the order of the change where that is about it', async () => {
    const world = createRepricingWorld();
    await world.record([widgetCall(1)]);
    await world.override(widgetPrice('2'));
    expect(await world.settle()).toMatchObject({ followedTo: 1, corrected: 0, openOrders: 0 });
    expect(await world.start().orders.find(TENANT.tenant, 1)).toMatchObject({ sums: { corrected: 1 } });
    expect(await world.totals()).toMatchObject({ cost: 20_000_000n });
  });

  it('is mended when the change was for every tenant', async () => {
    const world = createRepricingWorld();
    const held = await world.takeBook();
    await world.override(widgetPrice('2'), '*');
    await world.settle();
    await world.record([widgetCall(1)], TENANT, held);
    expect(await world.settle()).toMatchObject({ corrected: 1 });
    expect(await world.totals()).toMatchObject({ cost: 20_000_000n });
  });

  it('is looked for among recorded calls alone: what an order corrected is the business of orders', async () => {
    const world = createRepricingWorld();
    await world.record([widgetCall(1)]);
    await world.override(widgetPrice('2'));
    const [order] = await orderRepricing(world.start(), TENANT);
    await runOrder(world.start(), TENANT, order ?? 0, world.soon());
    // A price of the future needs no order, so each commit before it was made without it, as far as anybody knows.
    await world.override(widgetPrice('3', { effective_from: '2027-01-01' }));
    const read: number[] = [];
    const reader = world.readerWith({
      entriesOfCommit: (tenant, number) => {
        read.push(number);
        return world.reader.entriesOfCommit(tenant, number);
      },
      entriesOfDay: () => Promise.reject(new Error('a whole day is read for the sake of one commit')),
    });
    const report = await settlePrices({ ...world.start(), reader }, TENANT, world.soon());
    expect(report).toMatchObject({ followedTo: 2, corrected: 0, openOrders: 0 });
    expect(read).toEqual([1]);
    expect(await world.totals()).toMatchObject({ cost: 20_000_000n });
  });
});

describe('calls without a price', () => {
  it('are priced as soon as an override names their model, a thousand of them, without anyone asking', async () => {
    const world = createRepricingWorld();
    const calls = Array.from({ length: 1_000 }, (_, index) =>
      widgetCall(index, { model: 'gadget', timeMs: START_MS - (index % 40) * DAY_MS }),
    );
    await world.record(calls);
    await world.settle();
    expect(await world.totals()).toMatchObject({ calls: 1_000n, cost: 0n, unpriced: 1_000n });
    expect((await state(world))?.unpricedMonths).toEqual(['2025-12', '2026-01']);
    await world.override({
      overrides: [{ model: 'gadget', provider: '*', rates: { input_tokens: '5' }, per: 1_000_000 }],
    });
    await world.settle();
    // 1,000 calls of 10 tokens at 5 x 10^6 picoUSD.
    expect(await world.totals()).toEqual({
      calls: 1_000n,
      cost: 50_000_000_000n,
      listCost: 50_000_000_000n,
      unpriced: 0n,
    });
    expect((await state(world))?.unpricedMonths).toEqual([]);
    expect(await world.differences()).toEqual([]);
  });

  it('are priced by a new catalog, which changes no price that was there', async () => {
    const world = createRepricingWorld();
    const [priced, unpriced] = [widgetCall(1), widgetCall(2, { model: 'gadget' })];
    await world.record([priced, unpriced]);
    await world.settle();
    const released = catalogOf([
      { unit: 'input_tokens', rate: '9' },
      { model: 'gadget', unit: 'input_tokens', rate: '5' },
    ]);
    const renamed = { ...released, version: 'released' };
    expect(await world.settle(TENANT, renamed)).toMatchObject({ corrected: 1 });
    expect((await world.entry(priced)).corrections).toEqual([]);
    expect((await world.entry(unpriced)).corrections).toMatchObject([{ order: 0, reason: 'a price was found' }]);
    expect(await world.totals()).toMatchObject({ cost: 60_000_000n, unpriced: 0n });
    expect(await state(world)).toMatchObject({ unpricedMonths: [], triedWith: { catalogVersion: 'released' } });
  });

  it('are priced at once when a writer with an older catalog recorded them', async () => {
    const world = createRepricingWorld(WIDGETS);
    await world.settle(TENANT, GADGETS_TOO);
    await world.record([widgetCall(1, { model: 'gadget' })]);
    expect(await world.settle(TENANT, GADGETS_TOO)).toMatchObject({ corrected: 1 });
    expect(await world.totals()).toMatchObject({ cost: 50_000_000n, unpriced: 0n });
    expect(world.alerted).toEqual([]);
  });

  it('get the missing part of their price, and keep the part that they have until there is more', async () => {
    const world = createRepricingWorld();
    const call = widgetCall(1, { usage: { input_tokens: 10, output_tokens: 10, images: 1 } });
    await world.record([call]);
    await world.settle();
    expect((await world.entry(call)).rating).toMatchObject({
      status: 'partially_priced',
      unpricedUnits: ['output_tokens', 'images'],
    });
    const more = {
      ...catalogOf([
        { unit: 'input_tokens', rate: '7' },
        { unit: 'output_tokens', rate: '2' },
      ]),
      version: 'more',
    };
    const same = { ...catalogOf([{ unit: 'input_tokens', rate: '7' }]), version: 'same' };
    await world.settle(TENANT, same);
    expect((await world.entry(call)).rating.costPicoUsd).toBe(10_000_000n);
    await world.settle(TENANT, more);
    // 10 x 7 + 10 x 2, in 10^6 picoUSD.
    expect((await world.entry(call)).rating).toMatchObject({ status: 'partially_priced', costPicoUsd: 90_000_000n });
    expect((await state(world))?.unpricedMonths).toEqual(['2026-01']);
  });

  it('are not looked at again while neither the catalog nor the overrides change', async () => {
    const world = createRepricingWorld();
    const partly = { usage: { input_tokens: 10, images: 1 } };
    await world.record([widgetCall(1, partly), widgetCall(2, { model: 'gadget', timeMs: START_MS - DAY_MS })]);
    await world.settle();
    let pages = 0;
    const ports = world.start();
    const entriesOfDay: typeof world.reader.entriesOfDay = (...asked) => {
      pages += 1;
      return world.reader.entriesOfDay(...asked);
    };
    const reader = world.readerWith({ entriesOfDay });
    await settlePrices({ ...ports, reader }, TENANT, world.soon());
    expect(pages).toBe(0);
    // Another override makes them be looked at: the day of the known model once, that of the unknown one not at all.
    await world.override(widgetPrice('2', { effective_from: '2027-01-01T00:00:00Z' }));
    await settlePrices({ ...ports, reader }, TENANT, world.soon());
    expect(pages).toBe(1);
  });

  it('are told of once they are in the log, and again if the one who told died before noting it', async () => {
    const world = createRepricingWorld();
    const call = widgetCall(1, { model: 'gadget' });
    await world.record([call, widgetCall(2)]);
    const ports = world.start();
    const dying = {
      ...ports,
      pricingStates: {
        find: ports.pricingStates.find.bind(ports.pricingStates),
        save: () => Promise.reject(new Error('died')),
      },
    };
    await settlePrices(dying, TENANT, world.soon()).catch(() => undefined);
    await world.settle();
    await world.settle();
    expect(world.alerted.map(({ event }) => event.id)).toEqual([call.id, call.id]);
    expect(world.alerted[0]).toMatchObject({ rating: { status: 'unpriced' }, event: { usage: { input_tokens: 10 } } });
  });

  it('go on from the day at which time ran out, in a function that has just started', async () => {
    const world = createRepricingWorld();
    // Tokens get a price and images do not, so that every day still holds calls without a full price.
    const partly = { model: 'gadget', usage: { input_tokens: 10, images: 1 } };
    for (let day = 0; day < 4; day++)
      await world.record([widgetCall(day, { ...partly, timeMs: START_MS - day * DAY_MS })]);
    await world.settle();
    const renamed = { ...GADGETS_TOO, version: 'released' };
    const visited: string[] = [];
    let isLate = false;
    const entriesOfDay: typeof world.reader.entriesOfDay = async (tenant, day, cursor) => {
      visited.push(day);
      return world.reader.entriesOfDay(tenant, day, cursor);
    };
    for (let minute = 0; minute < 6; minute++) {
      isLate = false;
      const cold = world.start(renamed);
      const correct: typeof cold.corrections.correct = async (...given) => {
        const report = await cold.corrections.correct(...given);
        isLate = true;
        return report;
      };
      const ports = {
        ...cold,
        now: () => cold.now() + (isLate ? 100_000 : 0),
        reader: world.readerWith({ entriesOfDay }),
        corrections: { correct },
      };
      await settlePrices(ports, TENANT, world.soon());
    }
    expect(visited).toEqual(['2026-01-26', '2026-01-27', '2026-01-28', '2026-01-29']);
    expect(await world.totals()).toMatchObject({ cost: 200_000_000n, unpriced: 4n });
    expect(await state(world)).toMatchObject({ triedWith: { catalogVersion: 'released' } });
  });
});

describe('settling', () => {
  it('may run several times at once', async () => {
    const world = createRepricingWorld();
    const held = await world.takeBook();
    for (let index = 0; index < 10; index++)
      await world.record([widgetCall(index, { model: index % 2 ? 'gadget' : 'widget' })]);
    await world.override({
      overrides: [
        ...widgetPrice('2').overrides,
        { model: 'gadget', provider: '*', rates: { input_tokens: '5' }, per: 1_000_000 },
      ],
    });
    await world.record([widgetCall(20)], TENANT, held);
    await Promise.all([1, 2, 3].map(() => world.settle()));
    await world.settle();
    // 6 widgets of 10 tokens at 2 and 5 gadgets at 5, in 10^6 picoUSD.
    expect(await world.totals()).toMatchObject({ calls: 11n, cost: 370_000_000n, unpriced: 0n });
    expect(await state(world)).toMatchObject({ unpricedMonths: [], ordered: { global: 0, tenant: 1 } });
    expect(await world.start().orders.last(TENANT.tenant)).toBe(1);
    expect(await world.differences()).toEqual([]);
  });

  it('goes on behind an order that cannot be carried out, and says why it cannot', async () => {
    const world = createRepricingWorld();
    await world.record([widgetCall(1)]);
    await world.settle();
    const ports = world.start();
    const request = { kind: 'reprice', fromMs: 0, toMs: START_MS + 1, model: null, catalogVersion: 'lost' } as const;
    const days = { first: '2026-01-29', last: '2026-01-29' };
    await giveOrder(ports, TENANT, { request, by: 'k', reason: 'r', upToCommit: 1, days });
    await world.override(widgetPrice('2'));
    const failure = await world.settle().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(PricesUnsettledError);
    expect(failure).toMatchObject({ message: 'catalog lost is not in the archive', retryable: true });
    expect(await ports.orders.open(TENANT.tenant)).toEqual([1]);
    expect(await world.totals()).toMatchObject({ cost: 20_000_000n });
  });

  it('follows a long log piece by piece, as far as time allows', async () => {
    const world = createRepricingWorld();
    for (let index = 0; index < 230; index++) await world.record([widgetCall(index)]);
    let looks = 0;
    const ports = world.start();
    // Time is up at the 150th look at the clock, in the middle of the second hundred.
    const now = () => ports.now() + (++looks > 150 ? 100_000 : 0);
    const { followedTo } = await settlePrices({ ...ports, now }, TENANT, world.soon());
    expect(followedTo).toBeGreaterThan(100);
    expect(followedTo).toBeLessThan(230);
    expect(await world.settle()).toMatchObject({ followedTo: 230 });
    expect((await state(world))?.days).toEqual({ first: '2026-01-29', last: '2026-01-29' });
  });
});

describe('a month under an override of 15 %', () => {
  it('costs exactly 15 % less than its list price, in the totals and in every entry', async () => {
    // One token costs 2 x 10^6 picoUSD by list, so every amount is a whole number of picoUSD before and after.
    const world = createRepricingWorld(
      catalogOf([
        { unit: 'input_tokens', rate: '2' },
        { unit: 'output_tokens', rate: '10' },
      ]),
    );
    const calls = Array.from({ length: 50 }, (_, index) =>
      widgetCall(index, {
        timeMs: START_MS - (index % 25) * DAY_MS,
        usage: { input_tokens: 7 * index + 1, output_tokens: index },
      }),
    );
    await world.record(calls);
    const before = await world.totals();
    await world.override({ overrides: [{ model: '*', provider: '*', multiplier: '0.85' }] });
    await world.settle();
    const { cost, listCost } = await world.totals();
    expect(listCost).toBe(before.listCost);
    expect((listCost - cost) * 100n).toBe(listCost * 15n);
    for (const call of calls) {
      const { rating } = await world.entry(call);
      const [list, net] = [rating.listCostPicoUsd ?? 0n, rating.costPicoUsd ?? 0n];
      expect((list - net) * 100n).toBe(list * 15n);
    }
    expect(await world.differences()).toEqual([]);
  });
});
