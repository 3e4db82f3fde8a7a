import type { Zone } from '../local-time.ts';
import { type Capacity, type CapacityVersion, findVersion } from './capacity.ts';
import { costOfDay } from './day-cost.ts';

/** What capacities with a fixed price cost on any day, past or to come: known exactly, whoever calls. */
export interface FixedCosts {
  readonly names: readonly string[];
  /** What a capacity is on a local day; undefined where it is not there. */
  find(name: string, day: string): Capacity | undefined;
  /** In picoUSD; 0 where it is not there. */
  costOf(name: string, day: string): bigint;
}

/** Lays out what capacities cost. What was asked is remembered, so that all forecasts of a tenant may ask the same. */
export function createFixedCosts(versions: ReadonlyMap<string, readonly CapacityVersion[]>, zone: Zone): FixedCosts {
  const known = new Map<string, bigint>();
  const find = (name: string, day: string): Capacity | undefined =>
    findVersion(versions.get(name) ?? [], day)?.capacity;
  return {
    names: [...versions.keys()],
    find,
    costOf(name, day) {
      const key = `${name} ${day}`;
      const capacity = known.has(key) ? undefined : find(name, day);
      const cost = known.get(key) ?? (capacity === undefined ? 0n : costOfDay(capacity.price, zone, day));
      known.set(key, cost);
      return cost;
    },
  };
}
