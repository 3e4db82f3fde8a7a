import { describe, expect, it } from 'vitest';
import type { CapacityVersion } from '../../../../lib/domain/capacity/capacity.ts';
import { createZone } from '../../../../lib/domain/local-time.ts';
import { costOfUnpaidDays, spreadMonthlyPrice } from '../../../../lib/domain/what-if/fixed-cost.ts';

const utc = createZone('UTC');
const newYork = createZone('America/New_York');
const at = (text: string): number => Date.parse(text);

describe('a monthly price over a stretch of time', () => {
  it('is whole for whole months, however long they are', () => {
    const year = [at('2026-01-01T00:00:00Z'), at('2027-01-01T00:00:00Z')] as const;
    expect(spreadMonthlyPrice(700n, utc, ...year)).toBe(8_400n);
    // March in New York has 743 hours.
    const march = newYork.monthBounds('2026-03');
    expect(spreadMonthlyPrice(700n, newYork, march.startMs, march.endMs)).toBe(700n);
  });

  it('is the share of a month that the stretch covers, by the clock', () => {
    // 12 of 744 hours of January, then 24 of 672 of February: 744 x 12 / 744 + 672 x 24 / 672
    const from = at('2026-01-31T12:00:00Z');
    expect(spreadMonthlyPrice(744n * 672n, utc, from, at('2026-02-02T00:00:00Z'))).toBe(672n * 12n + 744n * 24n);
    // The night that is an hour short: 23 of 743 hours.
    const day = [newYork.dayStartMs('2026-03-08'), newYork.dayStartMs('2026-03-09')] as const;
    expect(spreadMonthlyPrice(7_430n, newYork, ...day)).toBe(230n);
  });

  it('is rounded once, half to even, and nothing where there is no time', () => {
    // Half of February: 336 of 672 hours; 0.5 and 1.5 picoUSD
    const half = [at('2026-02-01T00:00:00Z'), at('2026-02-15T00:00:00Z')] as const;
    expect([1n, 3n].map((price) => spreadMonthlyPrice(price, utc, ...half))).toEqual([0n, 2n]);
    expect(spreadMonthlyPrice(700n, utc, half[1], half[0])).toBe(0n);
    expect(spreadMonthlyPrice(700n, utc, half[0], half[0])).toBe(0n);
  });
});

describe('a capacity over a stretch of time', () => {
  const version = (from: string, to: string | null): CapacityVersion => ({
    number: 1,
    capacity: {
      ...{ name: 'own', kind: 'self_hosted', from, to, price: { picoUsd: 5n, per: 'day' } },
      ...{ covers: { deployment: 'own' }, list: null, serves: null, gpus: null },
    },
  });

  it('costs its price on the days on which it is not booked, the day that begins at the end not among them', () => {
    const of = (versions: readonly CapacityVersion[], from: string, to: string) =>
      costOfUnpaidDays(versions, newYork, newYork.dayStartMs(from), newYork.dayStartMs(to));
    // Booked on 5 to 7 March: the 3rd, 4th, 8th and 9th are not.
    expect(of([version('2026-03-05', '2026-03-08')], '2026-03-03', '2026-03-10')).toBe(20n);
    expect(of([version('2026-03-05', null)], '2026-03-05', '2026-03-10')).toBe(0n);
    expect(of([version('2026-03-05', null)], '2026-03-04', '2026-03-05')).toBe(5n);
    expect(of([version('2026-03-05', null)], '2026-03-04', '2026-03-04')).toBe(0n);
    expect(of([], '2026-03-04', '2026-03-05')).toBe(0n);
  });
});
