import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { projectPeriod } from '../../lib/domain/forecast/forecast.ts';

const dayText = (offset: number) => new Date(Date.UTC(2026, 0, 1 + offset)).toISOString().slice(0, 10);

// From a picodollar up: far below it, where floats lose digits, doubling is no longer exact.
const amount = fc.double({ min: 1e-12, max: 1e10, noNaN: true });

const inputs = fc
  .record({
    amounts: fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 90 }), fc.oneof(fc.constant(0), amount)), {
      selector: ([day]) => day,
      maxLength: 60,
    }),
    start: fc.integer({ min: 1, max: 60 }),
    length: fc.integer({ min: 1, max: 45 }),
    asOfAfterStart: fc.integer({ min: -1, max: 50 }),
    budget: amount,
  })
  .map(({ amounts, start, length, asOfAfterStart, budget }) => ({
    series: amounts.map(([day, amount]) => [dayText(day), amount] as const),
    asOf: dayText(start + asOfAfterStart),
    periodStart: dayText(start),
    periodEnd: dayText(start + length - 1),
    budget,
  }));

describe('projectPeriod', () => {
  it('orders its bounds, never falls below what is spent, and keeps the point inside the middle half', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const projection = projectPeriod(input);
        const { lo95, lo80, lo50, point, hi50, hi80, hi95, pExceed } = projection;
        const known = input.series.filter(([day]) => day <= input.asOf);
        if (known.length === 0) {
          expect([point, lo50, hi95, pExceed]).toEqual([null, null, null, null]);
          return;
        }
        const spent = known
          .filter(([day]) => day >= input.periodStart && day <= input.periodEnd)
          .reduce((sum, [, amount]) => sum + amount, 0);
        // The sum is rounded in another order here, hence the relative slack.
        const ordered = [spent * (1 - 1e-12), lo95, lo80, lo50, point, hi50, hi80, hi95].map(Number);
        for (const [index, bound] of ordered.entries()) {
          expect(bound).toBeLessThanOrEqual((ordered[index + 1] ?? Number.POSITIVE_INFINITY) * (1 + 1e-12));
        }
        expect(pExceed).toBeGreaterThanOrEqual(0);
        expect(pExceed).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('does not depend on the order of the series, and says the same again', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const backwards = { ...input, series: [...input.series].reverse() };
        expect(projectPeriod(backwards)).toEqual(projectPeriod(input));
      }),
    );
  });

  it('scales with the amounts', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        // Doubling is exact in binary, so no tolerance is needed.
        const doubled = input.series.map(([day, amount]) => [day, 2 * amount] as const);
        const { point, hi95, pExceed } = projectPeriod(input);
        const twice = projectPeriod({ ...input, series: doubled, budget: 2 * input.budget });
        expect(twice.point).toBe(point === null ? null : 2 * point);
        expect(twice.hi95).toBe(hi95 === null ? null : 2 * hi95);
        expect(twice.pExceed).toBe(pExceed);
      }),
    );
  });

  it('never finds a larger budget likelier to be exceeded', () => {
    fc.assert(
      fc.property(inputs, fc.double({ min: 1, max: 10, noNaN: true }), (input, factor) => {
        const { pExceed } = projectPeriod(input);
        const raised = projectPeriod({ ...input, budget: input.budget * factor }).pExceed;
        // The series behind the normal distribution may err in its seventh digit.
        if (pExceed !== null) expect(raised).toBeLessThanOrEqual(pExceed + 1e-6);
      }),
    );
  });

  it('is finite for amounts of any size side by side', () => {
    fc.assert(
      fc.property(inputs, fc.integer({ min: 0, max: 59 }), (input, at) => {
        const series = input.series.map(([day, amount], index) => [day, index === at ? 1e12 : amount] as const);
        for (const figure of Object.values(projectPeriod({ ...input, series }))) {
          if (typeof figure === 'number') expect(Number.isFinite(figure)).toBe(true);
        }
      }),
    );
  });
});
