import type { Credit } from '../corrections/credit.ts';
import type { UsageEvent } from '../events/usage-event.ts';
import { addDays } from '../local-time.ts';
import { toProviderId } from '../prices/model-name.ts';
import type { CoverDimension } from '../prices/price-book-capacities.ts';
import type { RatedCall } from '../rating/rated-call.ts';
import type { AccruedDay } from './accrued-day.ts';
import type { Capacity } from './capacity.ts';
import { CAPACITY_OPERATIONS, nameCapacityModel } from './capacity-leaf.ts';
import type { Caller } from './day-demand.ts';

/** An entry of a capacity before its content is hashed: as a credit, an amount that is no call, above zero. */
export type CapacityEntry = Omit<RatedCall, 'contentHash'> & { readonly credit: Credit };

/**
 * The entries of a day: one for each share, under whoever called, and one for what is unused, under nobody. They stand on
 * the day's first moment, under the capacity's own name in the place of a model, and under the deployment, provider,
 * region and billing account that it covers.
 *
 * @param dayStartMs - first moment of the day in the tenant's zone, epoch milliseconds
 * @param nameEntry - the id of the entry at a place, from 0; the same for the same revision of the day
 */
export function toCapacityEntries(
  accrued: AccruedDay,
  { covers }: Pick<Capacity, 'covers'>,
  dayStartMs: number,
  nameEntry: (place: number) => string,
): readonly CapacityEntry[] {
  const { capacity, day, shares, unusedPicoUsd } = accrued;
  const toEntry = (use: 'used' | 'unused', picoUsd: bigint, caller: Partial<Caller>, place: number): CapacityEntry => ({
    event: {
      id: nameEntry(place),
      timeMs: dayStartMs,
      model: nameCapacityModel(capacity),
      operation: CAPACITY_OPERATIONS[use],
      usage: {},
      ...placeOf(covers),
      ...sentOf(caller),
    },
    rating: { status: 'priced', costPicoUsd: picoUsd, listCostPicoUsd: 0n, price: null, unpricedUnits: [] },
    credit: {
      reason: `capacity ${capacity}, ${use} share of ${day}`,
      fromDay: day,
      toDay: addDays(day, 1),
      allocation: 'none',
    },
  });
  const entries = shares.map(({ caller, picoUsd }, place) => toEntry('used', picoUsd, caller, place));
  return unusedPicoUsd === 0n ? entries : [...entries, toEntry('unused', unusedPicoUsd, {}, shares.length)];
}

/** How many entries a day has. */
export function countCapacityEntries({ shares, unusedPicoUsd }: AccruedDay): number {
  return shares.length + (unusedPicoUsd === 0n ? 0 : 1);
}

const PLACE_DIMENSIONS = ['deployment', 'region', 'billing_account'] as const satisfies readonly CoverDimension[];

function placeOf(covers: Capacity['covers']): Partial<UsageEvent> {
  const provider = toProviderId(covers.provider ?? null);
  return {
    ...sentOf(Object.fromEntries(PLACE_DIMENSIONS.map((name) => [name, covers[name] ?? null]))),
    ...(provider === null ? {} : { provider }),
  };
}

/** The fields that have a value: an event leaves out what it does not say. */
function sentOf(fields: Readonly<Record<string, string | null>>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).flatMap(([name, value]) => (value === null ? [] : [[name, value]])));
}
