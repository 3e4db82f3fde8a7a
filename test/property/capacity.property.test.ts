import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_SHARES, splitDay } from '../../lib/domain/capacity/accrued-day.ts';
import { costOfDay } from '../../lib/domain/capacity/day-cost.ts';
import type { CallerDemand } from '../../lib/domain/capacity/day-demand.ts';
import { splitByWeight } from '../../lib/domain/capacity/split-cost.ts';
import { BILLION } from '../../lib/domain/capacity/utilisation.ts';
import { addDays, createZone } from '../../lib/domain/local-time.ts';
import { createCapacityWorld, OWN, ownCall } from '../helpers/capacity-world.ts';
import { FAULTS, FaultyTable } from '../helpers/faulty-table.ts';

const ZONES = [
  ...['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Pacific/Apia'],
  ...['America/Sao_Paulo', 'Africa/Casablanca', 'Pacific/Kwajalein', 'Asia/Kathmandu'],
].map((name) => createZone(name));

const zones = fc.constantFrom(...ZONES);
const months = fc
  .tuple(fc.integer({ min: 1990, max: 2035 }), fc.integer({ min: 1, max: 12 }))
  .map(([year, month]) => `${year}-${String(month).padStart(2, '0')}`);
const amounts = fc.bigInt({ min: 0n, max: 10n ** 21n });

describe('the days of any month in any zone', () => {
  it('sum to the price of a month exactly, none a picodollar from another', () => {
    fc.assert(
      fc.property(zones, months, amounts, (zone, month, picoUsd) => {
        const costs = zone.daysOfMonth(month).map((day) => costOfDay({ picoUsd, per: 'month' }, zone, day));
        expect(costs.reduce((sum, cost) => sum + cost, 0n)).toBe(picoUsd);
        const [least, most] = [costs.reduce((a, b) => (a < b ? a : b)), costs.reduce((a, b) => (a > b ? a : b))];
        expect(most - least).toBeLessThanOrEqual(1n);
      }),
    );
  });

  it('sum to what its hours cost, whatever clocks do', () => {
    fc.assert(
      fc.property(zones, months, amounts, (zone, month, picoUsd) => {
        const { startMs, endMs } = zone.monthBounds(month);
        const days = Array.from({ length: 31 }, (_, at) => addDays(`${month}-01`, at)).filter((day) =>
          day.startsWith(month),
        );
        const sum = days.reduce((total, day) => total + costOfDay({ picoUsd, per: 'hour' }, zone, day), 0n);
        expect(sum).toBe((picoUsd * BigInt(endMs - startMs)) / 3_600_000n);
      }),
    );
  });

  it('cost what a day costs, but for dates that the zone left out', () => {
    fc.assert(
      fc.property(zones, months, amounts, (zone, month, picoUsd) => {
        const days = zone.daysOfMonth(month);
        expect(days.every((day) => costOfDay({ picoUsd, per: 'day' }, zone, day) === picoUsd)).toBe(true);
      }),
    );
    // Samoa went from the 29th to the 31st of December 2011.
    const apia = createZone('Pacific/Apia');
    for (const per of ['hour', 'day', 'month'] as const) {
      expect(costOfDay({ picoUsd: 31n, per }, apia, '2011-12-30')).toBe(0n);
    }
  });
});

const demands = (most: number) =>
  fc.array(
    fc.record({
      app: fc.option(fc.stringMatching(/^[a-z]{1,6}$/), { nil: null }),
      work: fc.bigInt({ min: 0n, max: 10n ** 12n }),
      calls: fc.bigInt({ min: 1n, max: 10n ** 6n }),
    }),
    { minLength: 1, maxLength: most },
  );

const toCaller = ({ app, work, calls }: { app: string | null; work: bigint; calls: bigint }): CallerDemand => ({
  caller: { app, environment: null, team: null, feature: null },
  ...{ work, calls, tokens: work, listPicoUsd: 0n, callsWithoutList: 0n },
});

describe('the split of a day', () => {
  it('sums to its cost to the picodollar, whoever called and however much was used', () => {
    const billionths = fc.option(fc.integer({ min: 0, max: BILLION }), { nil: null });
    fc.assert(
      fc.property(amounts, billionths, demands(2 * MAX_SHARES), (cost, used, callers) => {
        const split = splitDay(cost, { basis: 'tokens', billionths: used, sampledHours: 0 }, callers.map(toCaller));
        const shares = split.shares.reduce((sum, { picoUsd }) => sum + picoUsd, 0n);
        expect(shares + split.unusedPicoUsd).toBe(cost);
        expect(split.unusedPicoUsd).toBeGreaterThanOrEqual(0n);
        expect(split.shares.length).toBeLessThanOrEqual(MAX_SHARES);
        if (used === null) expect(split.unusedPicoUsd).toBe(0n);
        // Within half a picodollar of the used share.
        else expect(abs(shares * BigInt(BILLION) - cost * BigInt(used)) * 2n).toBeLessThanOrEqual(BigInt(BILLION));
      }),
      { numRuns: 50 },
    );
  });

  it('gives nobody more than a picodollar more or less than the share of the work', () => {
    const weights = fc
      .array(fc.bigInt({ min: 0n, max: 10n ** 15n }), { minLength: 1, maxLength: 50 })
      .filter((all) => all.some((weight) => weight > 0n));
    fc.assert(
      fc.property(amounts, weights, (picoUsd, all) => {
        const whole = all.reduce((sum, weight) => sum + weight, 0n);
        const parts = splitByWeight(picoUsd, all);
        expect(parts.reduce((sum, part) => sum + part, 0n)).toBe(picoUsd);
        for (const [at, part] of parts.entries()) {
          expect(abs(part * whole - picoUsd * (all[at] ?? 0n))).toBeLessThan(whole);
        }
      }),
    );
  });
});

const abs = (value: bigint): bigint => (value < 0n ? -value : value);

/** Runs again and again, each time with other faults, until one gets through. */
async function persist(run: () => Promise<unknown>): Promise<void> {
  for (let left = 60; ; left--) {
    try {
      await run();
      return;
    } catch (cause) {
      if (left === 0) throw cause;
    }
  }
}

describe('days that are booked through faults, crashes and by several at once', () => {
  it('are each in the ledger once, to the picodollar, and the audit finds nothing', async () => {
    const steps = fc.array(
      fc.record({
        fault: fc.constantFrom(...FAULTS, 'late', 'crash-before', 'crash-after'),
        at: fc.integer({ min: 0, max: 40 }),
        late: fc.boolean(),
      }),
      { minLength: 1, maxLength: 5 },
    );
    await fc.assert(
      fc.asyncProperty(steps, fc.boolean(), async (plan, isAgain) => {
        const world = createCapacityWorld();
        await world.put('h100', { ...OWN, from: '2026-01-26', serves_tokens: 100, serves_per: 'month' });
        await world.put('a100', { ...OWN, from: '2026-01-27', covers: { deployment: 'other' }, price_usd: '7' });
        await world.record(['bot', 'search', null].map((app, at) => ownCall(at, '2026-01-27', app ? { app } : {})));
        const faulty = ({ fault, at }: (typeof plan)[number]) =>
          new FaultyTable(world.table, (_call, index) => (index === at ? fault : undefined));
        const attempt = async (step: (typeof plan)[number], run: (table: FaultyTable) => Promise<unknown>) => {
          const table = faulty(step);
          await Promise.race([run(table).catch(() => undefined), table.death]);
        };
        for (const [index, step] of plan.entries()) {
          await attempt(step, (table) => world.accrue(table));
          // What comes between two tries changes no day that was split.
          if (step.late) await world.record([ownCall(100 + index, '2026-01-27', { app: `late-${index}` })]);
        }
        await Promise.all([persist(() => world.accrue()), persist(() => world.accrue())]);
        if (isAgain) {
          for (const step of plan) {
            await attempt(step, (table) => world.again('h100', '2026-01-26', '2026-01-29', false, table));
          }
          await persist(() => world.accrue());
        }
        const byDay: Record<string, bigint> = {};
        for (const [name, picoUsd] of Object.entries(await world.booked())) {
          const key = name.split(' ').slice(0, 2).join(' ');
          byDay[key] = (byDay[key] ?? 0n) + picoUsd;
        }
        const dollar = 10n ** 12n;
        expect(byDay).toEqual({
          '2026-01-26 capacity:h100': 24n * dollar,
          '2026-01-27 capacity:a100': 7n * dollar,
          '2026-01-27 capacity:h100': 24n * dollar,
          '2026-01-28 capacity:a100': 7n * dollar,
          '2026-01-28 capacity:h100': 24n * dollar,
        });
        expect(await world.differences()).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });
});
