import { describe, expect, it } from 'vitest';
import {
  findLastCrossingRequests,
  findSteppedBreakEven,
  type SteppedBills,
} from '../../../../lib/domain/break-even/stepped-break-even.ts';

const fleet = { replicaMonthlyUsd: 900, opsPerReplicaUsd: 100, opsBaseUsd: 0, otherUsd: 0, minReplicas: 1 };
/** 0.01 a call, 1,000 a replica, so that n replicas cross at n x 100,000 calls. */
const bills = (more: Partial<SteppedBills> = {}): SteppedBills => ({
  apiUnitUsd: 0.01,
  apiFixedUsd: 0,
  fleet,
  capacityRequests: 250_000,
  ...more,
});

describe('findSteppedBreakEven', () => {
  it('crosses once for good where the next replica pays from its first call', () => {
    // One replica crosses at 100,000 <= 250,000. Two would cross at 200,000, below the 250,001st call that needs them.
    expect(findSteppedBreakEven(bills())).toEqual({
      fullReplicaValueUsd: 2500,
      replicaUsd: 1000,
      firstRequests: 100_000,
      stableRequests: 100_000,
    });
  });

  it('crosses again at each replica that starts with a loss', () => {
    // With 120,000 a replica, n crosses at n x 100,000, above (n - 1) x 120,000 while n < 6: last at 5 x 100,000.
    const saw = findSteppedBreakEven(bills({ capacityRequests: 120_000 }));
    expect(saw).toMatchObject({ firstRequests: 100_000, stableRequests: 500_000 });
  });

  it('skips replicas that are full before they have paid', () => {
    // 60 a month of base: n crosses at (n x 1,000 + 60) / 0.01 = n x 100,000 + 6,000 <= n x 102,000 from n = 3 on.
    const found = findSteppedBreakEven(bills({ capacityRequests: 102_000, fleet: { ...fleet, opsBaseUsd: 60 } }));
    expect(found.firstRequests).toBeCloseTo(306_000, 6);
  });

  it('is never where a full replica earns less than it costs', () => {
    // A full replica is worth 900 and costs 1,000.
    const found = findSteppedBreakEven(bills({ capacityRequests: 90_000 }));
    expect(found).toMatchObject({ firstRequests: null, stableRequests: null });
  });

  it('pays once but not for good where only the fixed API cost makes up for the first replica', () => {
    // One replica costs 1,000 - 500 beyond the API's fixed part: 50,000 calls. Every further one loses 100.
    const found = findSteppedBreakEven(bills({ capacityRequests: 90_000, apiFixedUsd: 500 }));
    expect(found).toMatchObject({ firstRequests: 50_000, stableRequests: null });
  });

  it('pays from the start where the API costs more without a call', () => {
    const free = bills({ apiFixedUsd: 1000, capacityRequests: 250_000 });
    expect(findSteppedBreakEven(free)).toMatchObject({ firstRequests: 0, stableRequests: 0 });
    expect(findSteppedBreakEven({ ...free, apiUnitUsd: 0 })).toMatchObject({ firstRequests: 0, stableRequests: null });
    expect(findSteppedBreakEven({ ...free, apiUnitUsd: 0, apiFixedUsd: 0 })).toMatchObject({ firstRequests: null });
  });

  it('finds the volume that reverses a saving on a given fleet', () => {
    const saw = bills({ capacityRequests: 120_000 });
    // At 235,000 calls two replicas pay 2,000 against 2,350; below 200,000 they do not.
    expect(findLastCrossingRequests(saw, 2)).toBe(200_000);
    expect(findLastCrossingRequests(saw, 1)).toBe(100_000);
  });
});

it('takes a full replica that earns its cost but for the last digit of a binary fraction for one that earns nothing', () => {
  const fleet = { replicaMonthlyUsd: 0.3, opsPerReplicaUsd: 0, opsBaseUsd: 5_000, otherUsd: 0, minReplicas: 1 };
  // 0.1 x 3 is above 0.3 by 5.6e-17: some 9e19 replicas would earn the 5,000.
  const bills = { apiUnitUsd: 0.1, apiFixedUsd: 0, fleet: { ...fleet, replicasPerMachine: 4 }, capacityRequests: 3 };
  expect(findSteppedBreakEven(bills)).toMatchObject({ firstRequests: null, stableRequests: null });
});

it('ends where so many replicas would have to earn it that counting them one by one does not', () => {
  const fleet = { replicaMonthlyUsd: 1, opsPerReplicaUsd: 0, opsBaseUsd: 1e6, otherUsd: 0, minReplicas: 1 };
  // A gain of 1e-8 a replica takes 1e14 of them.
  const bills = { apiUnitUsd: 1 + 1e-8, apiFixedUsd: 0, fleet, capacityRequests: 1 };
  const { firstRequests, stableRequests } = findSteppedBreakEven(bills);
  for (const requests of [firstRequests, stableRequests]) expect(requests).toBeGreaterThan(9e13);
});
