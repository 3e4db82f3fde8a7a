import { describe, expect, it } from 'vitest';
import { createCapacityWorld, noonOf, OWN, ownCall } from '../../../helpers/capacity-world.ts';

const DOLLAR = 1_000_000_000_000n;
/** Ten tokens of `acme/widget` at 1 USD per million. */
const CALL_LIST = 10_000_000n;

describe('the report of a capacity', () => {
  it('sets cost against the calls of days that were accrued, and leaves those of the running day out', async () => {
    const world = createCapacityWorld();
    await world.put('h100', { ...OWN, from: '2026-01-28' });
    await world.record([ownCall(1, '2026-01-28', { app: 'bot' }), ownCall(2, '2026-01-29', { app: 'bot' })]);
    await world.accrue();
    const report = await world.report('h100', '2026-01-28', '2026-01-30');
    // 24 USD for the 10 tokens of the 28th; the 29th has 10 more, and its cost is not known yet.
    expect(report.total).toMatchObject({
      usedPicoUsd: 24n * DOLLAR,
      demand: { calls: 1n, tokens: 10n, listPicoUsd: CALL_LIST },
      allocatedPerMillionPicoUsd: 2_400_000n * DOLLAR,
      savedPicoUsd: CALL_LIST - 24n * DOLLAR,
    });
    expect(report.apps.map(({ app, demand }) => [app, demand.calls])).toEqual([['bot', 1n]]);
    expect(report.days.map(({ day, utilisation, demand }) => [day, utilisation === null, demand.calls])).toEqual([
      ['2026-01-28', false, 1n],
      ['2026-01-29', true, 1n],
    ]);
    expect(report.reasons.map(({ reason }) => reason)).toEqual(['period_open']);
  });

  it('says that it is not complete while a day that is over is not accrued', async () => {
    const world = createCapacityWorld();
    await world.put('h100', { ...OWN, from: '2026-01-27' });
    const before = await world.report('h100', '2026-01-27', '2026-01-29');
    expect(before.reasons.map(({ reason }) => reason)).toEqual(['period_open']);
    await world.accrue();
    expect((await world.report('h100', '2026-01-27', '2026-01-29')).reasons).toEqual([]);
  });

  it('charges an app with its part of the idle time on the basis of all cost, and with none on that of use', async () => {
    const world = createCapacityWorld();
    // 86,400 s x 0.01 tokens/s = 864 tokens a day; 216 are a quarter.
    await world.put('h100', { ...OWN, from: '2026-01-28', serves_tokens: 0.01, serves_per: 'second' });
    await world.record([
      ownCall(1, '2026-01-28', { app: 'bot', usage: { input_tokens: 54 } }),
      ownCall(2, '2026-01-28', { app: 'search', usage: { input_tokens: 162 } }),
    ]);
    await world.accrue();
    const { apps, total } = await world.report('h100', '2026-01-28', '2026-01-29');
    // Used: 6 of 24 USD, a quarter of it by bot. A million tokens are 6 / 216 of a million, all cost 24 / 216.
    const used = (6n * DOLLAR * 1_000_000n) / 216n;
    const all = (24n * DOLLAR * 1_000_000n) / 216n;
    expect(total).toMatchObject({ usedPerMillionPicoUsd: used + 1n, allocatedPerMillionPicoUsd: all });
    expect(
      apps.map((each) => [each.app, each.usedPicoUsd, each.usedPerMillionPicoUsd, each.allocatedPerMillionPicoUsd]),
    ).toEqual([
      ['search', (9n * DOLLAR) / 2n, used + 1n, all],
      ['bot', (3n * DOLLAR) / 2n, used + 1n, all],
    ]);
  });

  it('keeps its cost whatever a sender calls a model', async () => {
    const world = createCapacityWorld();
    await world.put('h100', { ...OWN, from: '2026-01-28' });
    await world.record([ownCall(1, '2026-01-28', { app: 'bot' })]);
    await world.accrue();
    const forged = { timeMs: noonOf('2026-01-28'), app: 'bot', model: 'capacity:h100', operation: 'capacity_used' };
    const { provider: _, ...call } = ownCall(2, '2026-01-28', forged);
    await world.record([call]);
    const { total } = await world.report('h100', '2026-01-28', '2026-01-29');
    expect(total.usedPicoUsd).toBe(24n * DOLLAR);
  });
});
