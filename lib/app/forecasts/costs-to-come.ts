import { DIMENSIONS, type Leaf } from '../../contracts/dimensions.ts';
import type { LeafDay } from '../../domain/anomaly/mask-days.ts';
import type { DayRange } from '../../domain/budgets/periods/find-period.ts';
import type { Capacity } from '../../domain/capacity/capacity.ts';
import { toCapacityEntries } from '../../domain/capacity/capacity-entries.ts';
import { nameCapacityModel } from '../../domain/capacity/capacity-leaf.ts';
import type { FixedCosts } from '../../domain/capacity/fixed-costs.ts';
import { addDays } from '../../domain/local-time.ts';
import { toPicoUsd } from '../../domain/money.ts';
import { leafOf } from '../../domain/spend.ts';
import { type LeafPast, RECENT_DAYS } from './leaf-past.ts';

const MODEL = DIMENSIONS.indexOf('model');

/**
 * What capacities with a fixed price will cost of the leaves that pass a test, in picoUSD by day: from yesterday on, which
 * may not be booked yet, every day that is not. What a day costs is known; of several callers each is taken to bear of it
 * what it bore of late, and where nothing was booked yet, all of it is nobody's.
 *
 * @param leaves - of the whole tenant
 */
export function listCostsToCome(
  fixed: FixedCosts,
  leaves: readonly LeafPast[],
  matches: (leaf: Leaf) => boolean,
  { days, today }: { readonly days: DayRange; readonly today: string },
): ReadonlyMap<string, bigint> {
  const found = new Map<string, bigint>();
  const booking = leaves.filter(({ setAside }) => setAside.length > 0);
  const yesterday = addDays(today, -1);
  for (const name of fixed.names) {
    const booked = booking.flatMap(({ leaf, setAside }) => (leaf[MODEL] === nameCapacityModel(name) ? setAside : []));
    const known = new Set(booked.map(({ period }) => period));
    const late = booked.filter(({ period }) => period >= addDays(today, -RECENT_DAYS) && period < today);
    const [own, all] = [sumOf(late.filter(({ leaf }) => matches(leaf))), sumOf(late)];
    for (let day = days.fromDay > yesterday ? days.fromDay : yesterday; day < days.toDay; day = addDays(day, 1)) {
      const cost = known.has(day) ? 0n : fixed.costOf(name, day);
      const capacity = cost > 0n ? fixed.find(name, day) : undefined;
      if (capacity === undefined) continue;
      const isNobodys = all <= 0n && matches(unusedLeafOf(capacity, day));
      const part = all > 0n ? toPicoUsd({ numerator: cost * own, denominator: all }) : isNobodys ? cost : 0n;
      if (part > 0n) found.set(day, (found.get(day) ?? 0n) + part);
    }
  }
  return found;
}

function sumOf(rows: readonly LeafDay[]): bigint {
  return rows.reduce((sum, { measures }) => sum + (measures.cost ?? 0n), 0n);
}

/** Where a day that nobody used stands. */
function unusedLeafOf(capacity: Capacity, day: string): Leaf {
  const split = {
    costPicoUsd: 1n,
    unusedPicoUsd: 1n,
    shares: [],
    utilisation: { basis: 'no_calls', billionths: 0, sampledHours: 0 },
  } as const;
  const accrued = { ...split, capacity: capacity.name, day, revision: 1, version: null };
  const [entry] = toCapacityEntries(accrued, capacity, 0, () => '');
  return entry ? leafOf({ tagDimensions: [], trackUsers: false }, entry.event, entry.rating, entry.credit) : [];
}
