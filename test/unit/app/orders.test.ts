import { describe, expect, it } from 'vitest';
import { orderRepricing } from '../../../lib/app/corrections/order-repricing.ts';
import { previewReprice } from '../../../lib/app/corrections/preview-reprice.ts';
import { requestReprice } from '../../../lib/app/corrections/request-reprice.ts';
import { runOrder } from '../../../lib/app/corrections/run-order.ts';
import type { TellPorts } from '../../../lib/app/corrections/tell-unpriced.ts';
import { voidEntry } from '../../../lib/app/corrections/void-entry.ts';
import { START_MS, TENANT } from '../../helpers/ledger-fixtures.ts';
import { catalogOf } from '../../helpers/pricing.ts';
import { createRepricingWorld, WIDGETS, widgetCall, widgetPrice } from '../../helpers/repricing-world.ts';

const DAY_MS = 86_400_000;
const JANUARY = { from: '2026-01', to: '2026-02', reason: 'the invoice says so' };

/** Another list price, 3 USD per million: 10 tokens cost 30 x 10^6 picoUSD instead of 10 x 10^6. */
const DEARER = catalogOf([{ unit: 'input_tokens', rate: '3' }]);

/** Calls on three days, 10 tokens each, in one commit a day. */
async function withThreeDays() {
  const world = createRepricingWorld();
  const calls = [0, 1, 2].map((day) => widgetCall(day, { timeMs: START_MS - day * DAY_MS }));
  for (const call of calls) await world.record([call]);
  return { ...world, calls };
}

async function order(ports: TellPorts, request: Parameters<typeof requestReprice>[3] = JANUARY): Promise<number> {
  const given = await requestReprice(ports, TENANT, 'key_admin', request);
  if (!given) throw new Error('nothing to be ordered');
  return given.number;
}

describe('an order of repricing', () => {
  it('is numbered, recorded, carried out to its end and sums up what it changed', async () => {
    const world = await withThreeDays();
    const ports = world.start(DEARER);
    const number = await order(ports);
    expect(await ports.orders.open(TENANT.tenant)).toEqual([1]);
    const standing = await runOrder(ports, TENANT, number, world.soon());
    // Three calls of 10 tokens, 2 x 10^6 picoUSD dearer each token.
    expect(standing).toMatchObject({
      order: {
        number: 1,
        by: 'key_admin',
        reason: 'the invoice says so',
        days: { first: '2026-01-27', last: '2026-01-29' },
      },
      progress: { state: 'done', examined: 3 },
      sums: { corrected: 3, costPicoUsd: 60_000_000n, listCostPicoUsd: 60_000_000n },
    });
    expect(await world.totals()).toMatchObject({ calls: 3n, cost: 90_000_000n, listCost: 90_000_000n });
    expect(await ports.orders.open(TENANT.tenant)).toEqual([]);
    expect(await world.adminActions()).toContainEqual(
      expect.objectContaining({
        action: 'correction.ordered',
        number: 1,
        kind: 'reprice',
        reason: 'the invoice says so',
      }),
    );
    expect(await world.differences()).toEqual([]);
  });

  it('changes nothing when it is given a second time', async () => {
    const world = await withThreeDays();
    const ports = world.start(DEARER);
    await runOrder(ports, TENANT, await order(ports), world.soon());
    const head = await world.reader.head(TENANT.tenant);
    const again = await runOrder(ports, TENANT, await order(ports), world.soon());
    expect(again).toMatchObject({ order: { number: 2 }, progress: { state: 'done' }, sums: { corrected: 0 } });
    expect(await world.reader.head(TENANT.tenant)).toBe(head);
  });

  it('is about calls of its window and model alone, by the time of the call', async () => {
    const world = createRepricingWorld(
      catalogOf([
        { unit: 'input_tokens', rate: '1' },
        { model: 'gadget', unit: 'input_tokens', rate: '1' },
      ]),
    );
    const dearer = catalogOf([
      { unit: 'input_tokens', rate: '3' },
      { model: 'gadget', unit: 'input_tokens', rate: '3' },
    ]);
    const [inside, before, after, other] = [
      widgetCall(1),
      widgetCall(2, { timeMs: START_MS - 1 }),
      widgetCall(3, { timeMs: START_MS + 60_000 }),
      widgetCall(4, { model: 'gadget' }),
    ];
    await world.record([inside, before, after, other]);
    const ports = world.start(dearer);
    const window = { from: '2026-01-29T18:30:00Z', to: '2026-01-29T18:31:00Z', model: 'widget', reason: 'r' };
    await runOrder(ports, TENANT, await order(ports, window), world.soon());
    const costs = await Promise.all(
      [inside, before, after, other].map(async (call) => (await world.entry(call)).rating.costPicoUsd),
    );
    expect(costs).toEqual([30_000_000n, 10_000_000n, 10_000_000n, 10_000_000n]);
  });

  it('leaves calls alone that were recorded after it was given', async () => {
    const world = await withThreeDays();
    const ports = world.start(DEARER);
    const number = await order(ports);
    const late = widgetCall(9);
    await world.record([late]);
    expect(await runOrder(ports, TENANT, number, world.soon())).toMatchObject({ sums: { corrected: 3 } });
    expect((await world.entry(late)).corrections).toEqual([]);
  });

  it('is not given where the window holds no calls, or none of the model', async () => {
    const world = await withThreeDays();
    const ports = world.start(DEARER);
    const none = { from: '2026-01-30', to: '2026-02', reason: 'r' };
    expect(await requestReprice(ports, TENANT, 'key_admin', none)).toBeNull();
    expect(await requestReprice(ports, TENANT, 'key_admin', { ...JANUARY, model: 'gadget' })).toBeNull();
    expect(await ports.orders.last(TENANT.tenant)).toBe(0);
  });

  it('stops behind its deadline and goes on where it stopped', async () => {
    const world = await withThreeDays();
    const ports = world.start(DEARER);
    const number = await order(ports);
    let reads = 0;
    const now = () => ports.now() + (reads > 0 ? 100_000 : 0);
    const entriesOfDays: TellPorts['reader']['entriesOfDays'] = async (...asked) => {
      const page = await world.reader.entriesOfDays(...asked);
      reads += 1;
      return page;
    };
    const slow = { ...ports, now, reader: world.readerWith({ entriesOfDays }) };
    const early = await runOrder(slow, TENANT, number, world.soon());
    // Time is up right behind the first page: its calls are left to the next runner.
    expect(early).toMatchObject({ progress: { state: 'running' }, sums: { corrected: 0 } });
    expect(await runOrder(ports, TENANT, number, world.soon())).toMatchObject({
      progress: { state: 'done' },
      sums: { corrected: 3 },
    });
  });

  it('is finished by whoever comes next, wherever a runner dies', async () => {
    const sound = await withThreeDays();
    await runOrder(sound.start(DEARER), TENANT, await order(sound.start(DEARER)), sound.soon());
    const expected = await sound.totals();
    let isThrough = false;
    for (let step = 1; !isThrough; step++) {
      const world = await withThreeDays();
      const number = await order(world.start(DEARER));
      const dying = dieAtCall(world.start(DEARER), step);
      const outcome = await runOrder(dying.ports, TENANT, number, world.soon()).catch((error: Error) => error.message);
      isThrough = outcome !== 'died';
      await world.settle(TENANT, DEARER);
      expect(await world.totals()).toEqual(expected);
      expect(await world.start().orders.find(TENANT.tenant, number)).toMatchObject({
        progress: { state: 'done' },
        sums: { corrected: 3 },
      });
      expect(await world.differences()).toEqual([]);
      expect(step).toBeLessThan(100);
    }
  });

  it('reads every page of a day, however many commits are about it', async () => {
    const world = createRepricingWorld();
    for (let index = 0; index < 25; index++) await world.record([widgetCall(index)]);
    const standing = await runOrder(world.start(DEARER), TENANT, await order(world.start(DEARER)), world.soon());
    expect(standing).toMatchObject({ progress: { state: 'done', examined: 25 }, sums: { corrected: 25 } });
  });

  it('is carried out once by several runners at the same time', async () => {
    const world = createRepricingWorld();
    const calls = Array.from({ length: 40 }, (_, index) =>
      widgetCall(index, { timeMs: START_MS - (index % 20) * DAY_MS }),
    );
    for (const call of calls) await world.record([call]);
    const number = await order(world.start(DEARER));
    await Promise.all([1, 2, 3].map(() => runOrder(world.start(DEARER), TENANT, number, world.soon())));
    const standing = await runOrder(world.start(DEARER), TENANT, number, world.soon());
    expect(standing).toMatchObject({ progress: { state: 'done', examined: 40 }, sums: { corrected: 40 } });
    // 40 calls of 10 tokens at 3 x 10^6 picoUSD.
    expect(await world.totals()).toMatchObject({ calls: 40n, cost: 1_200_000_000n });
    expect(await world.differences()).toEqual([]);
  });

  it('has the last word over an earlier order that is still being carried out', async () => {
    const world = await withThreeDays();
    const cheap = catalogOf([{ unit: 'input_tokens', rate: '2' }]);
    const first = await order(world.start(cheap));
    const second = await order(world.start(DEARER));
    await runOrder(world.start(DEARER), TENANT, second, world.soon());
    await runOrder(world.start(cheap), TENANT, first, world.soon());
    expect(await world.totals()).toMatchObject({ cost: 90_000_000n });
  });

  it('has the last word over a runner of an earlier order who decided and then slept', async () => {
    const world = await withThreeDays();
    const first = await order(world.start(DEARER));
    const ports = world.start(DEARER);
    const correct: typeof ports.corrections.correct = async (tenant, authority, places, decide, deadlineMs) => {
      let hasSlept = false;
      const sleepy: typeof decide = async (entries) => {
        const decision = await decide(entries);
        if (!hasSlept && entries.length > 0) {
          hasSlept = true;
          // Meanwhile somebody else finishes this order, and a later one takes all of it back.
          await runOrder(world.start(DEARER), TENANT, first, deadlineMs);
          await runOrder(world.start(), TENANT, await order(world.start()), deadlineMs);
        }
        return decision;
      };
      return ports.corrections.correct(tenant, authority, places, sleepy, deadlineMs);
    };
    await runOrder({ ...ports, corrections: { correct } }, TENANT, first, world.soon());
    expect(await world.totals()).toMatchObject({ cost: 30_000_000n });
    expect(await world.differences()).toEqual([]);
  });

  it('has the last word also where it found nothing to change', async () => {
    const world = await withThreeDays();
    const first = await order(world.start(DEARER));
    const second = await order(world.start());
    // The second one says 1 USD, which is what the calls cost; the first one, 3 USD, comes too late.
    await runOrder(world.start(), TENANT, second, world.soon());
    await runOrder(world.start(DEARER), TENANT, first, world.soon());
    expect(await world.totals()).toMatchObject({ cost: 30_000_000n });
  });

  it('shows beforehand exactly what it then changes', async () => {
    const world = await withThreeDays();
    const ports = world.start(DEARER);
    const { rows, examined, next } = await previewReprice(ports, TENANT, JANUARY);
    expect({ examined, next }).toEqual({ examined: 3, next: undefined });
    expect(rows).toEqual(
      ['2026-01-27', '2026-01-28', '2026-01-29'].map((day) => ({
        model: 'widget',
        day,
        entries: 1,
        newlyPriced: 0,
        costBefore: 10_000_000n,
        costAfter: 30_000_000n,
        listBefore: 10_000_000n,
        listAfter: 30_000_000n,
      })),
    );
    expect(await world.totals()).toMatchObject({ cost: 30_000_000n });
    await runOrder(ports, TENANT, await order(ports), world.soon());
    expect((await previewReprice(ports, TENANT, JANUARY)).rows).toEqual([]);
  });

  it('shows list cost apart from what the tenant pays', async () => {
    const world = createRepricingWorld();
    await world.override(widgetPrice('2'));
    await world.record([widgetCall(1)]);
    const { rows } = await previewReprice(world.start(DEARER), TENANT, JANUARY);
    // 10 tokens: the tenant pays 2 x 10^6 picoUSD each, as before; the list says 3 where it said 1.
    expect(rows).toMatchObject([
      { costBefore: 20_000_000n, costAfter: 20_000_000n, listBefore: 10_000_000n, listAfter: 30_000_000n },
    ]);
  });

  it('does not show as newly priced what gets another reason for having no price', async () => {
    const world = createRepricingWorld();
    await world.record([widgetCall(1, { model: 'gadget', usage: { images: 1 } })]);
    const ports = world.start(catalogOf([{ model: 'gadget', unit: 'input_tokens', rate: '5' }]));
    const { rows } = await previewReprice(ports, TENANT, JANUARY);
    expect(rows).toMatchObject([{ entries: 1, newlyPriced: 0, costBefore: 0n, costAfter: 0n }]);
    expect(await runOrder(ports, TENANT, await order(ports), world.soon())).toMatchObject({ sums: { corrected: 1 } });
    expect((await world.entry(widgetCall(1))).rating.status).toBe('unpriced_unit');
  });

  it('is shown in parts that are together of the ledger as the first one found it', async () => {
    const world = await withThreeDays();
    // A page holds ten commits: those of the three days and seven more, then five.
    for (let tail = 3; tail < 15; tail++) await world.record([widgetCall(tail)]);
    const ports = world.start(DEARER);
    let ticks = 0;
    // Each look at the clock is 6 s after the last one, so that every part stops behind one page.
    const slow = { ...ports, now: () => START_MS + 6_000 * ticks++ };
    const days: string[] = [];
    let cursor: string | undefined;
    do {
      const part = await previewReprice(slow, TENANT, JANUARY, cursor);
      days.push(...part.rows.map(({ day, entries }) => `${day} ${entries}`));
      cursor = part.next;
      await world.record([widgetCall(100 + days.length)]);
    } while (cursor !== undefined);
    expect(days).toEqual(['2026-01-27 1', '2026-01-28 1', '2026-01-29 8', '2026-01-29 5']);
  });

  it('refuses a window, a catalog or a reason that cannot be, by field', async () => {
    const world = await withThreeDays();
    const ask = (change: Readonly<Record<string, string>>) =>
      requestReprice(world.start(), TENANT, 'k', { ...JANUARY, ...change }).catch((error: Error) => error.message);
    expect(await ask({ from: 'soon', to: '2026-13' })).toMatch(
      /^from: expected a local day.*; to: expected a local day/,
    );
    expect(await ask({ to: '2026-01' })).toBe('to: expected a time after from; it is excluded');
    expect(await ask({ catalogVersion: 'x' })).toBe('catalog_version: expected one of test-version');
    expect(await ask({ reason: 'é'.repeat(251) })).toBe('reason: expected 1 to 500 bytes of text');
    expect(await ask({ reason: ' ' })).toBe('reason: expected 1 to 500 bytes of text');
  });
});

describe('a void', () => {
  it('takes the call out of every sum, and says so when it is asked for again', async () => {
    const world = await withThreeDays();
    const ports = world.start();
    const [call] = world.calls;
    const wish = { id: call?.id ?? '', reason: 'sent by a test' };
    expect(await voidEntry(ports, TENANT, 'key_admin', wish, world.soon())).toMatchObject({ outcome: 'voided' });
    expect(await world.totals()).toMatchObject({ calls: 2n, cost: 20_000_000n });
    expect(await voidEntry(ports, TENANT, 'key_admin', wish, world.soon())).toEqual({
      outcome: 'already_void',
      standing: null,
    });
    expect(await ports.orders.last(TENANT.tenant)).toBe(1);
    expect(await world.differences()).toEqual([]);
  });

  it('is final: a later repricing passes it by', async () => {
    const world = await withThreeDays();
    const ports = world.start(DEARER);
    await voidEntry(ports, TENANT, 'k', { id: world.calls[0]?.id ?? '', reason: 'r' }, world.soon());
    expect(await runOrder(ports, TENANT, await order(ports), world.soon())).toMatchObject({ sums: { corrected: 2 } });
    expect(await world.totals()).toMatchObject({ calls: 2n, cost: 60_000_000n });
  });

  it('holds although a later order was carried out before it', async () => {
    const world = await withThreeDays();
    const ports = world.start(DEARER);
    const id = world.calls[0]?.id ?? '';
    const dead = { ...ports, corrections: { correct: () => Promise.reject(new Error('died')) } };
    await voidEntry(dead, TENANT, 'k', { id, reason: 'r' }, world.soon()).catch(() => undefined);
    await runOrder(ports, TENANT, await order(ports), world.soon());
    await world.settle(TENANT, DEARER);
    expect(await world.entry({ id })).toMatchObject({ isVoid: true });
    expect(await world.totals()).toMatchObject({ calls: 2n, cost: 60_000_000n });
    expect(await ports.orders.open(TENANT.tenant)).toEqual([]);
  });

  it('that time was too short for is an order, and the sweep carries it out', async () => {
    const world = await withThreeDays();
    const [call] = world.calls;
    const wish = { id: call?.id ?? '', reason: 'r' };
    expect(await voidEntry(world.start(), TENANT, 'k', wish, 0)).toMatchObject({
      outcome: 'ordered',
      standing: { progress: { state: 'running' } },
    });
    await world.settle();
    expect(await world.entry(wish)).toMatchObject({ isVoid: true });
  });

  it('of an id that the ledger does not hold is refused', async () => {
    const world = await withThreeDays();
    const wish = voidEntry(world.start(), TENANT, 'k', { id: 'nobody', reason: 'r' }, world.soon());
    await expect(wish).rejects.toMatchObject({ code: 'request/not-found' });
  });
});

describe('a catalog by its version', () => {
  it('prices what it knows, and takes no price away', async () => {
    const world = createRepricingWorld(
      catalogOf([
        { unit: 'input_tokens', rate: '1' },
        { model: 'gadget', unit: 'input_tokens', rate: '5' },
      ]),
    );
    const [known, unknown] = [widgetCall(1), widgetCall(2, { model: 'gadget' })];
    await world.record([known, unknown]);
    const ports = world.start();
    const { inForce } = ports.catalogs;
    const then = world.start(DEARER).catalogs.inForce;
    const versions = async () => ['now', 'then'];
    const catalogs = { version: 'now', inForce, versions, keep: async () => {}, at: async () => then };
    const named = { ...ports, catalogs };
    const number = await order(named, { ...JANUARY, catalogVersion: 'then' });
    expect(await runOrder(named, TENANT, number, world.soon())).toMatchObject({ sums: { corrected: 1 } });
    expect((await world.entry(known)).rating.costPicoUsd).toBe(30_000_000n);
    expect((await world.entry(unknown)).rating.costPicoUsd).toBe(50_000_000n);
  });

  it.each([
    ['which the call has', '1', 10_000_000n, 0],
    ['which the call has not', '2', 20_000_000n, 1],
  ])(
    'whose price, %s, is asked for has the last word over the ledger, which is late to mend a call',
    async (...given) => {
      const [, rate, listCostPicoUsd, corrected] = given;
      const world = createRepricingWorld(WIDGETS);
      await world.override(widgetPrice('3', { effective_to: '2027-01-01T00:00:00Z' }));
      const held = await world.takeBook();
      await world.override(widgetPrice('3'));
      await world.settle();
      const call = widgetCall(1);
      await world.record([call], TENANT, held);
      // The call's list price is 1, that in force 3; the writer missed a change, which the ledger is yet to find.
      const ports = world.start({ ...DEARER, version: 'dearer' });
      const catalogs = { ...ports.catalogs, inForce: ports.catalogs.inForce, version: 'dearer' };
      const then = world.start(catalogOf([{ unit: 'input_tokens', rate }])).catalogs.inForce;
      const named = {
        ...ports,
        catalogs: { ...catalogs, versions: async () => ['dearer', 'then'], keep: async () => {}, at: async () => then },
      };
      const number = await order(named, { ...JANUARY, catalogVersion: 'then' });
      expect(await runOrder(named, TENANT, number, world.soon())).toMatchObject({ sums: { corrected } });
      await world.settle(TENANT, { ...DEARER, version: 'dearer' });
      expect((await world.entry(call)).rating).toMatchObject({ costPicoUsd: 30_000_000n, listCostPicoUsd });
      expect(await world.differences()).toEqual([]);
    },
  );

  it('is kept once and found again', async () => {
    const world = createRepricingWorld(WIDGETS);
    await world.settle();
    await world.settle();
    expect(await world.start(DEARER).catalogs.versions()).toEqual(['test-version']);
    expect(await world.start().catalogs.at('nobody')).toBeUndefined();
  });
});

describe('an order that follows from overrides', () => {
  it('reprices exactly the calls of its window and model that were recorded before it', async () => {
    const world = createRepricingWorld(
      catalogOf([
        { unit: 'input_tokens', rate: '1' },
        { model: 'gadget', unit: 'input_tokens', rate: '1' },
      ]),
    );
    const [inside, before, other] = [
      widgetCall(1),
      widgetCall(2, { timeMs: START_MS - DAY_MS }),
      widgetCall(3, { model: 'gadget' }),
    ];
    await world.record([inside, before, other]);
    await world.override(
      widgetPrice('2', { effective_from: '2026-01-29T00:00:00Z', effective_to: '2026-01-30T00:00:00Z' }),
    );
    const ports = world.start();
    expect(await orderRepricing(ports, TENANT)).toEqual([1]);
    const standing = await runOrder(ports, TENANT, 1, world.soon());
    expect(standing).toMatchObject({
      order: {
        request: { kind: 'override', scope: 'tenant', change: 1 },
        by: 'key_admin',
        days: { first: '2026-01-29', last: '2026-01-29' },
      },
      progress: { state: 'done', examined: 1 },
      sums: { corrected: 1, costPicoUsd: 10_000_000n, listCostPicoUsd: 0n },
    });
    const costs = await Promise.all(
      [inside, before, other].map(async (call) => (await world.entry(call)).rating.costPicoUsd),
    );
    expect(costs).toEqual([20_000_000n, 10_000_000n, 10_000_000n]);
    // The list price is the catalog's, whatever the tenant pays: 3 calls of 10 tokens.
    expect(await world.totals()).toMatchObject({ cost: 40_000_000n, listCost: 30_000_000n });
    expect(await world.differences()).toEqual([]);
  });

  it('is given once, whoever tries and however often', async () => {
    const world = await withThreeDays();
    await world.override(widgetPrice('2'));
    const found = await Promise.all([1, 2, 3, 4].map(() => orderRepricing(world.start(), TENANT)));
    expect(found).toEqual([[1], [1], [1], [1]]);
    expect(await world.start().orders.last(TENANT.tenant)).toBe(1);
  });

  it('is given once although many others were given since, and whoever gave it died before noting that', async () => {
    const world = await withThreeDays();
    await world.override(widgetPrice('2'));
    const ports = world.start();
    const { find } = ports.pricingStates;
    const dying = { find: find.bind(ports.pricingStates), save: () => Promise.reject(new Error('died')) };
    await orderRepricing({ ...ports, pricingStates: dying }, TENANT).catch(() => undefined);
    for (let given = 0; given < 130; given++) await order(ports);
    await orderRepricing(world.start(), TENANT);
    expect(await ports.orders.last(TENANT.tenant)).toBe(131);
  });

  it('is given once although somebody else gives it behind the look at the orders given so far', async () => {
    const world = await withThreeDays();
    await world.override(widgetPrice('2'));
    const ports = world.start();
    const list: typeof ports.orders.list = async (...asked) => {
      const page = await ports.orders.list(...asked);
      await orderRepricing(world.start(), TENANT);
      return page;
    };
    const { create, last, find, open, advance } = ports.orders;
    const orders = { create, last, find, open, advance };
    for (const [name, method] of Object.entries(orders)) Object.assign(orders, { [name]: method.bind(ports.orders) });
    await orderRepricing({ ...ports, orders: { ...orders, list } }, TENANT);
    expect(await ports.orders.last(TENANT.tenant)).toBe(1);
  });

  it('is given once, wherever somebody dies between storing and ordering', async () => {
    let isThrough = false;
    for (let step = 1; !isThrough; step++) {
      const world = await withThreeDays();
      await world.override(widgetPrice('2'));
      const dying = dieAtCall(world.start(), step);
      const outcome = await orderRepricing(dying.ports, TENANT).catch((error: Error) => error.message);
      isThrough = outcome !== 'died';
      await world.settle();
      expect(await world.start().orders.last(TENANT.tenant)).toBe(1);
      expect(await world.totals()).toMatchObject({ cost: 60_000_000n });
      expect(step).toBeLessThan(50);
    }
  });

  it('is not given for a price of the future; calls made then are recorded with it', async () => {
    const world = await withThreeDays();
    await world.override(widgetPrice('2', { effective_from: '2026-02-01T00:00:00Z' }));
    expect(await orderRepricing(world.start(), TENANT)).toEqual([]);
    await world.settle();
    expect(await world.start().orders.last(TENANT.tenant)).toBe(0);
    const later = widgetCall(7, { timeMs: Date.UTC(2026, 1, 2) });
    await world.record([later]);
    expect((await world.entry(later)).rating.costPicoUsd).toBe(20_000_000n);
    await world.settle();
    expect((await world.entry(later)).corrections).toEqual([]);
  });

  it('is not given for a model that nobody called', async () => {
    const world = createRepricingWorld(
      catalogOf([
        { unit: 'input_tokens', rate: '1' },
        { model: 'gadget', unit: 'input_tokens', rate: '1' },
      ]),
    );
    await world.record([widgetCall(1)]);
    await world.override({
      overrides: [{ model: 'gadget', provider: '*', rates: { input_tokens: '5' }, per: 1_000_000 }],
    });
    expect(await orderRepricing(world.start(), TENANT)).toEqual([]);
  });

  it('is given to every tenant for a change that is for all', async () => {
    const other = { ...TENANT, tenant: 'other' };
    const world = createRepricingWorld(WIDGETS, [TENANT, other]);
    await world.record([widgetCall(1)]);
    await world.record([widgetCall(2), widgetCall(3)], other);
    await world.override(widgetPrice('2'), '*');
    for (const tenant of [TENANT, other]) {
      await world.settle(tenant);
      expect(await world.start().orders.find(tenant.tenant, 1)).toMatchObject({
        order: { request: { kind: 'override', scope: 'global', change: 1 } },
        progress: { state: 'done' },
      });
    }
    expect(await world.totals()).toMatchObject({ cost: 20_000_000n });
    expect(await world.totals(other)).toMatchObject({ cost: 40_000_000n });
  });

  it('leaves calls alone that were rated with the change, whatever the catalog says by now', async () => {
    const world = createRepricingWorld();
    await world.override(widgetPrice('2'));
    await world.record([widgetCall(1)]);
    // The catalog has become dearer since; the multiplier touches the call, but the call knows it already.
    const ports = world.start(DEARER);
    await orderRepricing(ports, TENANT);
    for (const number of await ports.orders.open(TENANT.tenant)) await runOrder(ports, TENANT, number, world.soon());
    expect(await world.totals()).toMatchObject({ cost: 20_000_000n, listCost: 10_000_000n });
  });
});

/** Ports that fail at one of their calls and at every later one, as a function that died would never make them. */
function dieAtCall(ports: TellPorts, step: number): { readonly ports: TellPorts } {
  let calls = 0;
  const mortal = <T extends object>(port: T): T =>
    new Proxy(port, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        return (...given: unknown[]) => {
          calls += 1;
          if (calls >= step) throw new Error('died');
          return value.apply(target, given);
        };
      },
    });
  const { orders, corrections, pricingStates, reader } = ports;
  return {
    ports: {
      ...ports,
      orders: mortal(orders),
      corrections: mortal(corrections),
      pricingStates: mortal(pricingStates),
      reader: mortal(reader),
    },
  };
}
