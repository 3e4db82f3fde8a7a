import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { MAX_GPU_DEPLOYMENTS } from '../../../../lib/adapters/dynamodb/gpu-sample-store.ts';
import { DynamoRebuilder } from '../../../../lib/adapters/dynamodb/ledger/rebuild.ts';
import { TenantStore } from '../../../../lib/adapters/dynamodb/tenant-store.ts';
import { accrueCapacities } from '../../../../lib/app/capacity/accrue-capacities.ts';
import { createCapacityWorld, noonOf, OWN, ownCall } from '../../../helpers/capacity-world.ts';
import { steadySurroundings, TENANT } from '../../../helpers/ledger-fixtures.ts';
import { catalogOf } from '../../../helpers/pricing.ts';

const DOLLAR = 1_000_000_000_000n;
/** Ten tokens of `acme/widget` at 1 USD per million. */
const CALL_LIST = 10_000_000n;

describe('a capacity that is registered', () => {
  it('in the past reprices the calls of its window by an order, and no others', async () => {
    const world = createCapacityWorld();
    const [early, covered, other] = [
      ownCall(1, '2026-01-04'),
      ownCall(2, '2026-01-06'),
      ownCall(3, '2026-01-06', { deployment: 'rented' }),
    ];
    await world.record([early, covered, other]);
    await world.put('h100');
    await world.settle();
    const costs = await Promise.all([early, covered, other].map(async (each) => (await world.entry(each)).rating));
    expect(costs.map(({ costPicoUsd }) => costPicoUsd)).toEqual([CALL_LIST, 0n, CALL_LIST]);
    expect(costs.map(({ listCostPicoUsd }) => listCostPicoUsd)).toEqual([CALL_LIST, CALL_LIST, CALL_LIST]);
    expect((await world.entry(covered)).corrections.map(({ order }) => order)).toEqual([1]);
    expect((await world.adminActions()).map(({ action }) => action)).toEqual(
      expect.arrayContaining(['capacity.stored', 'correction.ordered']),
    );
    expect(await world.differences()).toEqual([]);
  });

  it('covers calls that are recorded afterwards at once', async () => {
    const world = createCapacityWorld();
    await world.put('h100');
    await world.record([ownCall(1, '2026-01-06')]);
    expect(await world.totals()).toMatchObject({ calls: 1n, cost: 0n, listCost: CALL_LIST });
  });

  it('and ended earlier gives the calls behind its end their price back', async () => {
    const world = createCapacityWorld();
    await world.put('h100');
    const [before, after] = [ownCall(1, '2026-01-09'), ownCall(2, '2026-01-10')];
    await world.record([before, after]);
    await world.end('h100', '2026-01-10');
    await world.settle();
    expect((await world.entry(before)).rating.costPicoUsd).toBe(0n);
    expect((await world.entry(after)).rating.costPicoUsd).toBe(CALL_LIST);
  });

  it('and stored anew for other calls gives those that it covers no more their price back', async () => {
    const world = createCapacityWorld();
    await world.put('h100');
    const [own, rented] = [ownCall(1, '2026-01-09'), ownCall(2, '2026-01-09', { deployment: 'rented' })];
    await world.record([own, rented]);
    await world.put('h100', { ...OWN, from: '2026-01-08', covers: { deployment: 'rented' } });
    await world.settle();
    expect((await world.entry(own)).rating.costPicoUsd).toBe(CALL_LIST);
    expect((await world.entry(rented)).rating.costPicoUsd).toBe(0n);
    expect(await world.differences()).toEqual([]);
  });

  it('twice in the same words is stored once, and its end too', async () => {
    const world = createCapacityWorld();
    const outcomes = [await world.put('h100'), await world.put('h100')];
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['stored', 'unchanged']);
    const ends = [await world.end('h100', '2026-01-10'), await world.end('h100', '2026-01-12')];
    expect(ends.map(({ outcome }) => outcome)).toEqual(['stored', 'unchanged']);
  });

  it('leaves calls whose list price nobody knows with cost 0 and without list cost, until one is known', async () => {
    const world = createCapacityWorld();
    await world.put('h100');
    const call = ownCall(1, '2026-01-06', { provider: 'vllm', model: 'llama' });
    await world.record([call]);
    expect((await world.entry(call)).rating).toMatchObject({
      status: 'partially_priced',
      costPicoUsd: 0n,
      listCostPicoUsd: null,
      unpricedUnits: ['input_tokens'],
    });
    expect(await world.totals()).toMatchObject({ cost: 0n, unpriced: 1n });
    await world.put('h100', { ...OWN, list_price_of: { provider: 'acme', model: 'widget' } });
    await world.settle();
    expect((await world.entry(call)).rating).toMatchObject({ status: 'priced', listCostPicoUsd: CALL_LIST });
    expect(await world.totals()).toMatchObject({ cost: 0n, listCost: CALL_LIST, unpriced: 0n });
    expect(await world.differences()).toEqual([]);
  });

  it('is found by the model of a call whose price an override brings later', async () => {
    const world = createCapacityWorld();
    await world.put('h100');
    const call = ownCall(1, '2026-01-06', { provider: 'vllm', model: 'llama' });
    await world.record([call]);
    await world.settle();
    await world.override({ overrides: [{ model: 'llama', rates: { input_tokens: '2' } }] });
    await world.settle();
    expect((await world.entry(call)).rating).toMatchObject({
      status: 'priced',
      costPicoUsd: 0n,
      listCostPicoUsd: 2n * CALL_LIST,
    });
  });
});

describe('the daily accrual', () => {
  it('books the cost of every complete day since its first one, once, however often it runs', async () => {
    const world = createCapacityWorld();
    await world.put('h100', { ...OWN, from: '2026-01-26' });
    // It is 2026-01-29 in Berlin: the 26th, 27th and 28th are over.
    expect(await world.accrue()).toMatchObject({ days: 3, isCut: false });
    expect(await world.accrue()).toMatchObject({ days: 0 });
    expect(await world.booked()).toEqual({
      '2026-01-26 capacity:h100 capacity_unused null': 24n * DOLLAR,
      '2026-01-27 capacity:h100 capacity_unused null': 24n * DOLLAR,
      '2026-01-28 capacity:h100 capacity_unused null': 24n * DOLLAR,
    });
    expect(await world.differences()).toEqual([]);
  });

  it('books all of a day to its callers by their work where its use is not known', async () => {
    const world = createCapacityWorld();
    await world.put('h100', { ...OWN, from: '2026-01-28' });
    await world.record([
      ownCall(1, '2026-01-28', { app: 'bot', usage: { input_tokens: 100 } }),
      ownCall(2, '2026-01-28', { app: 'bot', usage: { input_tokens: 60, cache_read_tokens: 60 } }),
      ownCall(3, '2026-01-28', { app: 'search', usage: { input_tokens: 100, output_tokens: 50 } }),
      ownCall(4, '2026-01-28', { app: 'elsewhere', deployment: 'rented' }),
    ]);
    await world.accrue();
    // Work: bot 100 + 0, search 100 + 4 x 50 = 300. A quarter and three quarters of 24.
    expect(await world.booked()).toEqual({
      '2026-01-28 capacity:h100 capacity_used bot': 6n * DOLLAR,
      '2026-01-28 capacity:h100 capacity_used search': 18n * DOLLAR,
    });
  });

  it('books what the tokens leave of the capacity as unused', async () => {
    const world = createCapacityWorld();
    // 86,400 s x 0.01 tokens/s = 864 tokens a day; 216 are a quarter.
    await world.put('h100', { ...OWN, from: '2026-01-28', serves_tokens: 0.01, serves_per: 'second' });
    await world.record([ownCall(1, '2026-01-28', { app: 'bot', usage: { input_tokens: 216 } })]);
    await world.accrue();
    expect(await world.booked()).toEqual({
      '2026-01-28 capacity:h100 capacity_unused null': 18n * DOLLAR,
      '2026-01-28 capacity:h100 capacity_used bot': 6n * DOLLAR,
    });
  });

  it('goes by the GPUs of the deployment where half of the hours of the day have samples', async () => {
    const world = createCapacityWorld();
    await world.put('h100', { ...OWN, from: '2026-01-27', serves_tokens: 1, serves_per: 'second' });
    await world.record(['2026-01-27', '2026-01-28'].map((day, at) => ownCall(at, day, { app: 'bot' })));
    const sample = (day: string, hour: number, ratio: number, deployment = 'own') => ({
      deployment,
      // Local days of Berlin begin at 23:00 UTC of the day before.
      timeMs: noonOf(day) + (hour - 13) * 3_600_000,
      gpu_utilisation_ratio: ratio,
    });
    const hours = Array.from({ length: 12 }, (_, hour) => hour);
    await world.gpuSamples.keep(world.tenant.tenant, [
      // Twelve hours of 0.5, one of which was sampled twice; the other hours are taken to be like them.
      ...hours.map((hour) => sample('2026-01-28', hour, 0.5)),
      { ...sample('2026-01-28', 0, 0.5), timeMs: noonOf('2026-01-28') - 13 * 3_600_000 + 1 },
      sample('2026-01-28', 13, 1, 'another'),
      // Eleven hours say too little of the 27th.
      ...hours.slice(1).map((hour) => sample('2026-01-27', hour, 0.5)),
    ]);
    await world.accrue();
    const booked = await world.booked();
    expect(booked['2026-01-28 capacity:h100 capacity_unused null']).toBe(12n * DOLLAR);
    // 10 of 86,400 tokens: 24 x 10 / 86,400 to the nearest billionth of 24: 115,741 billionths.
    expect(booked['2026-01-27 capacity:h100 capacity_used bot']).toBe((24n * DOLLAR * 115_741n) / 1_000_000_000n);
  });

  it('does not believe GPUs that say they did nothing while calls were served', async () => {
    const world = createCapacityWorld();
    await world.put('h100', { ...OWN, from: '2026-01-28' });
    await world.record([ownCall(1, '2026-01-28', { app: 'bot' })]);
    const idle = Array.from({ length: 24 }, (_, hour) => ({
      deployment: 'own',
      timeMs: noonOf('2026-01-28') + (hour - 13) * 3_600_000,
      gpu_utilisation_ratio: 0,
    }));
    await world.gpuSamples.keep(world.tenant.tenant, idle);
    await world.accrue();
    // Nothing else tells the use: it is unknown, and all cost is the caller's.
    expect(await world.booked()).toEqual({ '2026-01-28 capacity:h100 capacity_used bot': 24n * DOLLAR });
  });

  it('finds the GPUs of its deployment among any number of others', async () => {
    const world = createCapacityWorld();
    await world.put('h100', { ...OWN, from: '2026-01-28' });
    await world.record([ownCall(1, '2026-01-28', { app: 'bot' })]);
    const sample = (deployment: string, hour: number) => ({
      deployment,
      timeMs: noonOf('2026-01-28') + (hour - 13) * 3_600_000,
      gpu_utilisation_ratio: 0.5,
    });
    const others = Array.from({ length: MAX_GPU_DEPLOYMENTS }, (_, at) => sample(`gpu-${at}`, 0));
    const own = Array.from({ length: 24 }, (_, hour) => sample('own', hour));
    await world.gpuSamples.keep(world.tenant.tenant, [...others, ...own]);
    await world.accrue();
    expect((await world.booked())['2026-01-28 capacity:h100 capacity_unused null']).toBe(12n * DOLLAR);
  });

  it('counts calls where those of a day took no tokens', async () => {
    const world = createCapacityWorld(catalogOf([{ unit: 'images', rate: '1', per: 1 }]));
    await world.put('h100', { ...OWN, from: '2026-01-28' });
    const images = { usage: { images: 1 } };
    await world.record([
      ownCall(1, '2026-01-28', { app: 'a', ...images }),
      ownCall(2, '2026-01-28', { app: 'b', ...images }),
      ownCall(3, '2026-01-28', { app: 'b', ...images }),
    ]);
    await world.accrue();
    expect(await world.booked()).toEqual({
      '2026-01-28 capacity:h100 capacity_used a': 8n * DOLLAR,
      '2026-01-28 capacity:h100 capacity_used b': 16n * DOLLAR,
    });
  });

  it('leaves a day as it was split when calls of it come later', async () => {
    const world = createCapacityWorld();
    await world.put('h100', { ...OWN, from: '2026-01-28' });
    await world.record([ownCall(1, '2026-01-28', { app: 'bot' })]);
    await world.accrue();
    await world.record([ownCall(2, '2026-01-28', { app: 'late' })]);
    await world.accrue();
    expect(await world.booked()).toEqual({ '2026-01-28 capacity:h100 capacity_used bot': 24n * DOLLAR });
  });

  it('books the split that was stored first where another run made another one of the same day', async () => {
    const world = createCapacityWorld();
    await world.put('h100', { ...OWN, from: '2026-01-28' });
    await world.accrue();
    await world.record([ownCall(1, '2026-01-28', { app: 'late' })]);
    // A run that began before the first one stored anything sees no split of the day.
    const ports = world.ports();
    const unaware = new Proxy(ports.capacities, {
      get: (store, name) => {
        if (name === 'list') return async () => [];
        if (name === 'progress') return async () => null;
        const value: unknown = Reflect.get(store, name);
        return typeof value === 'function' ? value.bind(store) : value;
      },
    });
    await accrueCapacities({ ...ports, capacities: unaware }, world.tenant, world.soon());
    expect(await world.booked()).toEqual({ '2026-01-28 capacity:h100 capacity_unused null': 24n * DOLLAR });
  });

  it('books no day from its end on, and days that a later version brings', async () => {
    const world = createCapacityWorld();
    await world.put('h100', { ...OWN, from: '2026-01-26', to: '2026-01-28' });
    await world.accrue();
    await world.put('h100', { ...OWN, from: '2026-01-24', to: '2026-01-25', price_usd: '10' });
    await world.put('h100', { ...OWN, from: '2026-01-28', price_usd: '1' });
    await world.accrue();
    const days = Object.entries(await world.booked()).map(([name, picoUsd]) => [name.slice(0, 10), picoUsd / DOLLAR]);
    // The 25th has no version; the 26th and 27th stay as they were booked, whatever the version of the 24th says.
    expect(days).toEqual([
      ['2026-01-24', 10n],
      ['2026-01-26', 24n],
      ['2026-01-27', 24n],
      ['2026-01-28', 1n],
    ]);
  });

  it('books the local days of its tenant, each with the hours that it has', async () => {
    const world = createCapacityWorld(undefined, { ...TENANT, timeZone: 'America/New_York' });
    // Clocks went back on 2025-11-02; in New York that day began at 04:00 UTC.
    await world.put('h100', { ...OWN, from: '2025-11-01', to: '2025-11-04', price_usd: '1', per: 'hour' });
    await world.record(
      [{ ...ownCall(1, '2025-11-02', { app: 'bot' }), timeMs: Date.UTC(2025, 10, 3, 4, 59) }],
      world.tenant,
    );
    await world.accrue();
    expect(await world.booked()).toEqual({
      '2025-11-01 capacity:h100 capacity_unused null': 24n * DOLLAR,
      '2025-11-02 capacity:h100 capacity_used bot': 25n * DOLLAR,
      '2025-11-03 capacity:h100 capacity_unused null': 24n * DOLLAR,
    });
  });

  it('waits an hour after the end of a day', async () => {
    const world = createCapacityWorld();
    await world.put('h100', { ...OWN, from: '2026-01-29' });
    const ports = world.ports();
    // The 29th ends at 23:00 UTC.
    const at = (timeMs: number) => ({ ...ports, now: () => timeMs });
    const endMs = Date.UTC(2026, 0, 30);
    expect((await accrueCapacities(at(endMs - 1), world.tenant, endMs + 50_000)).days).toBe(0);
    expect((await accrueCapacities(at(endMs), world.tenant, endMs + 50_000)).days).toBe(1);
  });
});

describe('entries of a capacity', () => {
  it('stand under the deployment that it covers, are no calls, and stay when prices change', async () => {
    const world = createCapacityWorld();
    await world.put('h100', { ...OWN, from: '2026-01-28' });
    await world.record([ownCall(1, '2026-01-28', { app: 'bot', team: 'cx' })]);
    await world.accrue();
    await world.override({ overrides: [{ model: '*', multiplier: '0.5' }] });
    await world.settle();
    const [entry] = (await world.reader.entriesOfDay(world.tenant.tenant, '2026-01-28')).entries.filter(
      ({ credit }) => credit,
    );
    expect(entry?.event).toMatchObject({
      model: 'capacity:h100',
      operation: 'capacity_used',
      app: 'bot',
      team: 'cx',
      deployment: 'own',
      usage: {},
    });
    expect(entry?.credit).toEqual({
      reason: 'capacity h100, used share of 2026-01-28',
      fromDay: '2026-01-28',
      toDay: '2026-01-29',
      allocation: 'none',
    });
    expect(await world.totals()).toMatchObject({ calls: 1n, cost: 24n * DOLLAR });
    expect(await world.differences()).toEqual([]);
  });

  it('are in totals that are rebuilt bit for bit', async () => {
    const world = createCapacityWorld();
    await world.put('h100', { ...OWN, from: '2026-01-27', serves_tokens: 1_000, serves_per: 'month' });
    await world.record([ownCall(1, '2026-01-28', { app: 'bot' }), ownCall(2, '2026-01-28', { model: 'llama' })]);
    await world.accrue();
    await world.end('h100', '2026-01-28');
    await world.settle();
    await world.again('h100', '2026-01-27', '2026-01-29');
    const isTotal = ({ pk }: { readonly pk: string }): boolean => /^R[MDH]#/.test(pk);
    const textOf = (): readonly string[] =>
      [...world.table.items()].filter(isTotal).map((item) => inspect(item, { depth: 9, sorted: true }));
    const before = textOf().toSorted();
    for (const item of [...world.table.items()].filter(isTotal)) await world.table.delete(item);
    const store = new TenantStore(world.table, () => 0);
    const rebuilder = new DynamoRebuilder(world.table, store, steadySurroundings());
    for (let cursor: string | undefined; ; ) {
      const request = { announce: async () => {}, ...(cursor === undefined ? {} : { cursor }) };
      cursor = (await rebuilder.rebuild(world.tenant.tenant, request)).next;
      if (cursor === undefined) break;
    }
    expect(before.length).toBeGreaterThan(5);
    expect(textOf().toSorted()).toEqual(before);
    expect(await world.differences()).toEqual([]);
  });
});
