import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  computeFleetMonthlyUsd,
  computeReplicaCapacityRequests,
  sizeFleetReplicas,
} from '../../lib/domain/break-even/self-host-fleet.ts';
import {
  findLastCrossingRequests,
  findSteppedBreakEven,
  type SteppedBills,
} from '../../lib/domain/break-even/stepped-break-even.ts';

// Amounts are multiples of the price of a call, so crossings are whole volumes, and a walk in halves sees every step
// and every loss between two of them without a tolerance.
const smallBills: fc.Arbitrary<SteppedBills> = fc
  .record({
    unit: fc.integer({ min: 1, max: 12 }),
    capacity: fc.integer({ min: 1, max: 40 }),
    replica: fc.integer({ min: 1, max: 50 }),
    base: fc.integer({ min: 0, max: 100 }),
    apiFixed: fc.integer({ min: 0, max: 100 }),
    minReplicas: fc.integer({ min: 1, max: 3 }),
    replicasPerMachine: fc.integer({ min: 1, max: 4 }),
    spareReplicas: fc.integer({ min: 0, max: 2 }),
  })
  .map(({ unit, capacity, replica, base, apiFixed, ...counts }) => ({
    apiUnitUsd: unit,
    apiFixedUsd: unit * apiFixed,
    fleet: {
      replicaMonthlyUsd: unit * replica,
      opsPerReplicaUsd: 0,
      opsBaseUsd: unit * base,
      otherUsd: 0,
      ...counts,
    },
    capacityRequests: capacity,
  }));

const selfUsd = (bills: SteppedBills, requests: number) =>
  computeFleetMonthlyUsd(bills.fleet, sizeFleetReplicas(bills.fleet, bills.capacityRequests, requests));
const apiUsd = (bills: SteppedBills, requests: number) => bills.apiFixedUsd + bills.apiUnitUsd * requests;
const pays = (bills: SteppedBills, requests: number) => selfUsd(bills, requests) <= apiUsd(bills, requests);

describe('findSteppedBreakEven', () => {
  it('agrees with a walk over every volume', () => {
    fc.assert(
      fc.property(smallBills, (bills) => {
        const { firstRequests, stableRequests, fullReplicaValueUsd, replicaUsd } = findSteppedBreakEven(bills);
        // In calls: capacity exceeds a replica's price by 1 at least, so past 100 of base, 2 x 39 of spare replicas, 3 x 39
        // of empty places and 40 of the last replica's own calls every further one pays.
        const walked = 340 * bills.capacityRequests;
        let first: number | null = null;
        let lastLoss = -0.5;
        for (let requests = 0; requests <= walked; requests += 0.5) {
          if (!pays(bills, requests)) lastLoss = requests;
          else first ??= requests;
        }
        expect(firstRequests).toBe(first);
        const lasting = firstRequests !== null && fullReplicaValueUsd > replicaUsd;
        expect(stableRequests).toBe(lasting ? lastLoss + 0.5 : null);
      }),
      { numRuns: 300 },
    );
  });

  it('makes both bills equal at each break-even above 0', () => {
    const fractions = fc.record({
      unit: fc.double({ min: 1e-5, max: 0.1, noNaN: true }),
      capacity: fc.double({ min: 1e3, max: 1e7, noNaN: true }),
      replica: fc.double({ min: 100, max: 20_000, noNaN: true }),
      base: fc.double({ min: 0, max: 5000, noNaN: true }),
      minReplicas: fc.integer({ min: 1, max: 4 }),
    });
    fc.assert(
      fc.property(fractions, ({ unit, capacity, replica, base, minReplicas }) => {
        const fleet = { replicaMonthlyUsd: replica, opsPerReplicaUsd: 0, opsBaseUsd: base, otherUsd: 0, minReplicas };
        const bills = { apiUnitUsd: unit, apiFixedUsd: 0, fleet, capacityRequests: capacity };
        // Where a full replica earns its cost to a millionth, which of millions of them crosses is a matter of rounding.
        fc.pre(Math.abs(unit * capacity - replica) > 1e-6 * replica);
        const { firstRequests, stableRequests } = findSteppedBreakEven(bills);
        for (const requests of [firstRequests, stableRequests]) {
          if (requests === null) continue;
          // A crossing at the very end of a step may round onto the next one.
          const replicas = sizeFleetReplicas(fleet, capacity, requests * (1 - 1e-12));
          const self = computeFleetMonthlyUsd(fleet, replicas);
          expect(Math.abs(apiUsd(bills, requests) - self)).toBeLessThanOrEqual(1e-9 * self);
        }
        if (stableRequests !== null) expect(stableRequests).toBeGreaterThanOrEqual(firstRequests ?? Infinity);
      }),
    );
  });

  it('names, at any paying volume, the volume below which it stops paying', () => {
    fc.assert(
      fc.property(smallBills, fc.integer({ min: 1, max: 1000 }), (bills, requests) => {
        fc.pre(pays(bills, requests));
        const replicas = sizeFleetReplicas(bills.fleet, bills.capacityRequests, requests);
        const reversing = findLastCrossingRequests(bills, replicas);
        expect(reversing).toBeLessThanOrEqual(requests);
        for (let volume = reversing; volume <= requests; volume += 0.5) expect(pays(bills, volume)).toBe(true);
        if (reversing > 0) expect(pays(bills, reversing - 0.5)).toBe(false);
      }),
    );
  });
});

describe('the self-hosted bill', () => {
  it('never falls when the volume grows', () => {
    fc.assert(
      fc.property(smallBills, fc.nat(5000), fc.nat(5000), (bills, some, more) => {
        expect(selfUsd(bills, some + more)).toBeGreaterThanOrEqual(selfUsd(bills, some));
      }),
    );
  });

  it('does not rise when a replica serves more', () => {
    const load = (peakFactor: number) =>
      computeReplicaCapacityRequests({
        serviceTime: { inputTokenS: 1e-5, outputTokenS: 1e-4, contextTokenS: 1e-8 },
        inputTokens: 500,
        outputTokens: 300,
        utilisationRatio: 0.7,
        peakFactor,
        hoursPerMonth: 730,
      });
    fc.assert(
      fc.property(smallBills, fc.double({ min: 1, max: 9, noNaN: true }), fc.nat(1e8), (bills, peak, requests) => {
        const flat = { ...bills, capacityRequests: load(1) };
        const peaky = { ...bills, capacityRequests: load(peak) };
        expect(selfUsd(flat, requests)).toBeLessThanOrEqual(selfUsd(peaky, requests));
      }),
    );
  });
});
