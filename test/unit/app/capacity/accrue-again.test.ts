import { describe, expect, it } from 'vitest';
import { bookDay } from '../../../../lib/app/capacity/book-day.ts';
import { readCapacities } from '../../../../lib/app/capacity/read-capacities.ts';
import { DaySplitter } from '../../../../lib/app/capacity/split-day.ts';
import { createCapacityWorld, OWN, ownCall } from '../../../helpers/capacity-world.ts';

const DOLLAR = 1_000_000_000_000n;

/** A world in which the 26th, 27th and 28th were accrued at $24 each, all of it unused. */
async function accrued() {
  const world = createCapacityWorld();
  await world.put('h100', { ...OWN, from: '2026-01-26' });
  await world.accrue();
  return world;
}

const amounts = async (world: Awaited<ReturnType<typeof accrued>>) =>
  Object.entries(await world.booked()).map(([name, picoUsd]) => [name.slice(8, 10), picoUsd / DOLLAR]);

describe('days that are accrued again', () => {
  it('are shown and left alone by a dry run', async () => {
    const world = await accrued();
    await world.put('h100', { ...OWN, from: '2026-01-27', price_usd: '10' });
    const days = await world.again('h100', '2026-01-26', '2026-01-29', true);
    expect(days.map(({ day, outcome, after }) => [day, outcome, after.costPicoUsd / DOLLAR])).toEqual([
      ['2026-01-26', 'unchanged', 24n],
      ['2026-01-27', 'would_change', 10n],
      ['2026-01-28', 'would_change', 10n],
    ]);
    expect(await amounts(world)).toEqual([
      ['26', 24n],
      ['27', 24n],
      ['28', 24n],
    ]);
  });

  it('have their entries made void and others recorded, once, however often that is asked', async () => {
    const world = await accrued();
    await world.put('h100', { ...OWN, from: '2026-01-27', price_usd: '10' });
    for (const outcome of ['booked', 'unchanged']) {
      const days = await world.again('h100', '2026-01-27', '2026-01-29');
      expect(days.map((day) => day.outcome)).toEqual([outcome, outcome]);
    }
    expect(await amounts(world)).toEqual([
      ['26', 24n],
      ['27', 10n],
      ['28', 10n],
    ]);
    const entries = (await world.reader.entriesOfDay(world.tenant.tenant, '2026-01-27')).entries;
    expect(entries.map(({ isVoid }) => isVoid)).toEqual([true, false]);
    expect((await world.adminActions()).find(({ action }) => action === 'capacity.accrued_again')).toMatchObject({
      name: 'h100',
      days: ['2026-01-27', '2026-01-28'],
      reason: 'a test',
    });
    expect(await world.differences()).toEqual([]);
  });

  it('behind the end of their capacity lose their entries and get no others', async () => {
    const world = await accrued();
    await world.end('h100', '2026-01-28');
    expect((await world.report('h100', '2026-01-26', '2026-01-29')).days.map(({ isOutdated }) => isOutdated)).toEqual([
      false,
      false,
      true,
    ]);
    await world.again('h100', '2026-01-26', '2026-01-29');
    expect(await amounts(world)).toEqual([
      ['26', 24n],
      ['27', 24n],
    ]);
    // Registered again, the day is accrued again: a third revision, as nothing is deleted.
    await world.put('h100', { ...OWN, from: '2026-01-28', price_usd: '5' });
    expect(await world.accrue()).toMatchObject({ days: 0 });
    await world.again('h100', '2026-01-28', '2026-01-29');
    expect((await amounts(world)).at(-1)).toEqual(['28', 5n]);
    expect(await world.differences()).toEqual([]);
  });

  it('take in the calls that came late', async () => {
    const world = await accrued();
    await world.record([ownCall(1, '2026-01-27', { app: 'late' })]);
    await world.again('h100', '2026-01-27', '2026-01-28');
    expect((await world.booked())['2026-01-27 capacity:h100 capacity_used late']).toBe(24n * DOLLAR);
  });

  it('count once also where whoever booked them first comes to it last', async () => {
    const world = createCapacityWorld();
    const { versions } = await world.put('h100', { ...OWN, from: '2026-01-28' });
    const [version] = versions;
    // Another run has stored its split of the day and was stopped before it recorded the entries.
    const first = await new DaySplitter(
      world.ports(),
      world.tenant,
      await readCapacities(world.ports(), world.tenant),
    ).split('h100', '2026-01-28');
    const stopped = { ...first, capacity: 'h100', day: '2026-01-28', revision: 1 };
    await world.ports().capacities.add(world.tenant.tenant, stopped);
    await world.put('h100', { ...OWN, from: '2026-01-28', price_usd: '5' });
    await world.again('h100', '2026-01-28', '2026-01-29');
    await bookDay(world.ports(), world.tenant, stopped, version ? [version] : [], world.soon());
    expect(await amounts(world)).toEqual([['28', 5n]]);
    expect(await world.differences()).toEqual([]);
  });

  it('count once also where an earlier request was stopped before it booked any of its own', async () => {
    const world = await accrued();
    const [first] = await world
      .ports()
      .capacities.list(world.tenant.tenant, 'h100', { from: '2026-01-28', to: '2026-01-29' });
    if (!first) throw new Error('nothing accrued');
    const ten = { costPicoUsd: 10n * DOLLAR, unusedPicoUsd: 10n * DOLLAR };
    await world.ports().capacities.add(world.tenant.tenant, { ...first, ...ten, revision: 2 });
    await world.put('h100', { ...OWN, from: '2026-01-28', price_usd: '5' });
    expect(await world.again('h100', '2026-01-28', '2026-01-29')).toMatchObject([{ outcome: 'booked' }]);
    expect((await amounts(world)).at(-1)).toEqual(['28', 5n]);
    expect(await world.differences()).toEqual([]);
  });

  it.each([
    ['2026-01-27', '2026-01-27', 'a day after "from"'],
    ['2026-01-27', '2026-01-30', 'at most 2026-01-29'],
    ['2025-12-01', '2026-01-02', 'at most 31 days'],
  ])('are none from %s to %s', async (from, to, words) => {
    const world = await accrued();
    await expect(world.again('h100', from, to)).rejects.toThrow(words);
  });

  it('are those of a capacity that there is', async () => {
    const world = await accrued();
    await expect(world.again('a100', '2026-01-27', '2026-01-28')).rejects.toThrow('no capacity');
  });
});

describe('the report of a capacity', () => {
  it('tells cost, use and saving, by app and day', async () => {
    const world = createCapacityWorld();
    // 864 tokens a day can be served; 432 are a half.
    await world.put('h100', { ...OWN, from: '2026-01-27', serves_tokens: 0.01, serves_per: 'second' });
    await world.record([
      ownCall(1, '2026-01-28', { app: 'bot', usage: { input_tokens: 324 } }),
      ownCall(2, '2026-01-28', { app: 'search', usage: { input_tokens: 108 } }),
    ]);
    await world.accrue();
    const report = await world.report('h100', '2026-01-27', '2026-01-30');
    // Two days of 24; the 27th is unused, half of the 28th is: 36 unused, 12 used.
    expect(report.total).toMatchObject({ usedPicoUsd: 12n * DOLLAR, unusedPicoUsd: 36n * DOLLAR });
    expect(report.utilisationRatio).toBe(0.25);
    // 48 and 12 USD over 432 tokens, per million: 111,111.1... and 27,777.7...
    expect(report.total.allocatedPerMillionPicoUsd).toBe((48n * DOLLAR * 1_000_000n) / 432n);
    expect(report.total.usedPerMillionPicoUsd).toBe((12n * DOLLAR * 1_000_000n + 216n) / 432n);
    // At list price 432 tokens are 432 x 10^6 picoUSD.
    expect(report.total.savedPicoUsd).toBe(432_000_000n - 48n * DOLLAR);
    expect(report.apps.map(({ app, usedPicoUsd, demand }) => [app, usedPicoUsd / DOLLAR, demand.tokens])).toEqual([
      ['bot', 9n, 324n],
      ['search', 3n, 108n],
    ]);
    expect(report.days.map(({ day, utilisation }) => [day, utilisation?.basis])).toEqual([
      ['2026-01-27', 'no_calls'],
      ['2026-01-28', 'tokens'],
      ['2026-01-29', undefined],
    ]);
    expect(report.reasons).toEqual([{ reason: 'period_open', count: 1n }]);
  });

  it('knows no saving where the list price of a call is not known, and says of how many', async () => {
    const world = createCapacityWorld();
    await world.put('h100', { ...OWN, from: '2026-01-28' });
    await world.record([ownCall(1, '2026-01-28', { provider: 'vllm', model: 'llama' }), ownCall(2, '2026-01-28')]);
    await world.accrue();
    const { total, reasons } = await world.report('h100', '2026-01-28', '2026-01-29');
    expect([total.savedPicoUsd, total.demand.callsWithoutList, total.demand.listPicoUsd]).toEqual([
      null,
      1n,
      10_000_000n,
    ]);
    expect(reasons).toEqual([{ reason: 'partially_priced', count: 1n }]);
  });
});
