import { describe, expect, it } from 'vitest';
import { requestReprice } from '../../../lib/app/corrections/request-reprice.ts';
import { runOrder } from '../../../lib/app/corrections/run-order.ts';
import { settlePrices } from '../../../lib/app/corrections/settle-prices.ts';
import { NO_OVERRIDES } from '../../../lib/domain/prices/book-stamp.ts';
import { TENANT } from '../../helpers/ledger-fixtures.ts';
import { catalogOf } from '../../helpers/pricing.ts';
import { createRepricingWorld, type RepricingWorld, widgetCall, widgetPrice } from '../../helpers/repricing-world.ts';

const JANUARY = { from: '2026-01', to: '2026-02', reason: 'r' };
const GADGETS_TOO = {
  ...catalogOf([
    { unit: 'input_tokens', rate: '1' },
    { model: 'gadget', unit: 'input_tokens', rate: '5' },
  ]),
  version: 'gadgets-too',
};

const state = async (world: RepricingWorld) => world.start().pricingStates.find(TENANT.tenant);
const gadgetCall = (tail: number) => widgetCall(tail, { model: 'gadget' });

/** Ports whose first reading of totals is followed by something that somebody else does. */
function disturbed(world: RepricingWorld, catalog: typeof GADGETS_TOO, disturb: () => Promise<void>) {
  let isDone = false;
  const reader = world.readerWith({
    rollups: async (...asked) => {
      const snapshot = await world.reader.rollups(...asked);
      if (!isDone) {
        isDone = true;
        await disturb();
      }
      return snapshot;
    },
  });
  return { ...world.start(catalog), reader };
}

/** A function that follows the log and dies before its own pass. */
async function followOnly(world: RepricingWorld): Promise<void> {
  const reader = world.readerWith({ rollups: () => Promise.reject(new Error('died')) });
  await settlePrices({ ...world.start(), reader }, TENANT, world.soon()).catch(() => undefined);
}

describe('a pass over calls without a price', () => {
  it('does not forget a month to which such calls came while it was under way', async () => {
    const world = createRepricingWorld();
    await world.record([gadgetCall(1)]);
    await followOnly(world);
    const months: (readonly string[] | undefined)[] = [];
    let reads = 0;
    const reader = world.readerWith({
      rollups: async (...asked) => {
        const snapshot = await world.reader.rollups(...asked);
        reads += 1;
        // The second reading is the one that decides whether the month can be forgotten.
        if (reads === 2) {
          await world.record([widgetCall(2, { model: 'unheard-of' })]);
          await followOnly(world);
          months.push((await state(world))?.unpricedMonths);
        }
        return snapshot;
      },
    });
    await settlePrices({ ...world.start(GADGETS_TOO), reader }, TENANT, world.soon());
    months.push((await state(world))?.unpricedMonths);
    expect(months).toEqual([['2026-01'], ['2026-01']]);
  });

  it('does not count for calls that a function with another catalog let through while it was under way', async () => {
    const world = createRepricingWorld();
    await world.record([widgetCall(1, { model: 'unheard-of' })]);
    const ports = disturbed(world, GADGETS_TOO, async () => {
      await world.record([gadgetCall(2)]);
      await followOnly(world);
    });
    await settlePrices(ports, TENANT, world.soon());
    await world.settle(TENANT, GADGETS_TOO);
    expect((await world.entry(gadgetCall(2))).rating.costPicoUsd).toBe(50_000_000n);
  });

  it.each([
    ['another catalog', { catalogVersion: 'another', book: { global: 0, tenant: 1 } }],
    ['an older price book', { catalogVersion: GADGETS_TOO.version, book: NO_OVERRIDES }],
  ])('does not go on where one with %s stopped', async (_name, begun) => {
    const world = createRepricingWorld();
    await world.record([gadgetCall(1)]);
    await world.override(widgetPrice('2', { effective_from: '2027-01-01T00:00:00Z' }));
    await followOnly(world);
    const { pricingStates } = world.start();
    const current = await pricingStates.find(TENANT.tenant);
    if (!current) throw new Error('nobody followed the log');
    await pricingStates.save(TENANT.tenant, current, { ...current, pass: { ...begun, doneUpTo: '2026-12-31' } });
    await world.settle(TENANT, GADGETS_TOO);
    expect(await world.totals()).toMatchObject({ cost: 50_000_000n, unpriced: 0n });
  });
});

describe('an order', () => {
  it('that took prices away leaves calls that are priced again by themselves', async () => {
    const world = createRepricingWorld(GADGETS_TOO);
    await world.record([gadgetCall(1), widgetCall(2, { model: 'unheard-of' })]);
    await world.settle();
    // The order is carried out by a function of the release before, whose catalog does not know the model.
    const older = world.start(catalogOf([{ unit: 'input_tokens', rate: '1' }]));
    const given = await requestReprice(older, TENANT, 'k', JANUARY);
    await runOrder(older, TENANT, given?.number ?? 0, world.soon());
    expect((await world.entry(gadgetCall(1))).rating.status).toBe('unpriced');
    await world.settle();
    expect((await world.entry(gadgetCall(1))).rating.costPicoUsd).toBe(50_000_000n);
    expect(await world.differences()).toEqual([]);
  });

  it('that took prices away from the only calls of a month puts that month on the list', async () => {
    const world = createRepricingWorld(GADGETS_TOO);
    await world.record([gadgetCall(1)]);
    await world.settle();
    const older = world.start(catalogOf([{ unit: 'input_tokens', rate: '1' }]));
    const given = await requestReprice(older, TENANT, 'k', JANUARY);
    await runOrder(older, TENANT, given?.number ?? 0, world.soon());
    await followOnly(world);
    expect((await state(world))?.unpricedMonths).toEqual(['2026-01']);
  });

  it('begins before it reads where earlier orders stand and what entries are', async () => {
    const world = createRepricingWorld();
    await world.record([widgetCall(1)]);
    const ports = world.start(GADGETS_TOO);
    const given = await requestReprice(ports, TENANT, 'k', JANUARY);
    const steps: string[] = [];
    const reader = world.readerWith({
      entriesOfDays: (...asked) => {
        steps.push('read');
        return world.reader.entriesOfDays(...asked);
      },
    });
    const correct: typeof ports.corrections.correct = (...asked) => {
      steps.push(`correct ${asked[2].length}`);
      return ports.corrections.correct(...asked);
    };
    await runOrder({ ...ports, reader, corrections: { correct } }, TENANT, given?.number ?? 0, world.soon());
    expect(steps).toEqual(['correct 0', 'read']);
  });

  it('that time was too short for is counted as open', async () => {
    const world = createRepricingWorld();
    await world.record([widgetCall(1)]);
    await requestReprice(world.start(), TENANT, 'k', JANUARY);
    expect(await settlePrices(world.start(), TENANT, 0)).toMatchObject({ openOrders: 1 });
    expect(await world.settle()).toMatchObject({ openOrders: 0 });
  });
});
