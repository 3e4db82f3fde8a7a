import { computeOwnedBill, computeRentedMonthlyUsd, computeWeightsGb } from '../calculators/hosting-bill.ts';
import { findHardware } from '../reference/find-reference.ts';
import type { HardwareRow, OwnedHardware, Reference, RentedHardware } from '../reference/reference-rows.ts';
import type { BreakEvenPolicy } from './break-even-policy.ts';
import type {
  HostingOffer,
  HostingTarget,
  MachineCost,
  NotOffered,
  NotOfferedReason,
  Purchase,
} from './hosting-offer.ts';
import { isGpuOf } from './list-targets.ts';
import { HOURS_PER_MONTH } from './self-host-fleet.ts';

/**
 * Every target on every machine that has its GPU, enough of them, and memory for it. Of a machine the newest price counts,
 * and what is superseded is left out.
 */
export function listOffers(
  reference: Pick<Reference, 'hardware'>,
  targets: readonly HostingTarget[],
  policy: BreakEvenPolicy,
): { readonly offers: readonly HostingOffer[]; readonly notOffered: readonly NotOffered[] } {
  const offers: HostingOffer[] = [];
  const notOffered: NotOffered[] = [];
  const current = findHardware(reference, {});
  for (const hardware of current) {
    const lacks = findLack(hardware, targets);
    if (lacks !== null) notOffered.push({ kind: 'hardware', id: hardware.id, reason: lacks });
  }
  for (const target of targets) {
    const machines = current.filter(
      (row) =>
        isGpuOf(target, row.gpu) && (row.gpuCount ?? 0) >= target.gpusPerReplica && findLack(row, targets) === null,
    );
    const holding = machines.filter((row) => holdsTarget(row, target));
    const found = holding.flatMap((row) => priceMachine(row, policy).map((price) => ({ row, ...price })));
    if (found.length === 0) {
      const reason = machines.length > 0 && holding.length === 0 ? 'memory' : 'no_machine';
      notOffered.push({ kind: 'target', id: target.id, reason });
    }
    for (const { row, ...price } of found) offers.push(describeOffer(target, row, price, current));
  }
  return { offers, notOffered };
}

/** A way to pay for a machine. */
interface MachinePrice {
  readonly purchase: Purchase;
  readonly machine: MachineCost;
  readonly assumed: readonly string[];
}

function describeOffer(
  target: HostingTarget,
  hardware: HardwareRow,
  price: MachinePrice,
  current: readonly HardwareRow[],
): HostingOffer {
  // A replica's GPUs stand in one machine, so GPUs that are left over between replicas serve nothing.
  const replicasPerMachine = Math.floor((hardware.gpuCount ?? 0) / target.gpusPerReplica);
  return {
    id: `${target.id} on ${hardware.id} ${price.purchase}`,
    target,
    hardware,
    replicasPerMachine,
    marketRatios: compareMarket(hardware, current),
    ...price,
  };
}

function findLack(row: HardwareRow, targets: readonly HostingTarget[]): NotOfferedReason | null {
  if (row.kind === 'flat') return row.gpuCount === 0 ? 'no_throughput' : 'unknown_size';
  if (row.gpuCount === 0) return 'no_throughput';
  if (row.gpu === null || row.gpuCount === null || row.vramGb === null) return 'unknown_size';
  if (row.kind === 'owned' ? row.capexUsd === null || row.powerWatts === null : !hasPrice(row)) return 'no_price';
  return targets.some((target) => isGpuOf(target, row.gpu)) ? null : 'no_throughput';
}

function hasPrice({ hourlyUsd, reservedHourlyUsd }: RentedHardware): boolean {
  return hourlyUsd !== null || reservedHourlyUsd !== null;
}

/** Share of the memory that weights and cache may take; the engine needs the rest. */
const USABLE_RATIO = 0.9;

/**
 * Weights must leave room for the cache of one call that fills the context window, where its size is known: a target that
 * cannot take such a call would not serve its window.
 *
 * @see METHODS of the project, section 5.2 (3)
 */
function holdsTarget({ vramGb, gpuCount }: HardwareRow, { model, bits, gpusPerReplica }: HostingTarget): boolean {
  const usableGb = (USABLE_RATIO * (vramGb ?? 0) * gpusPerReplica) / (gpuCount ?? 1);
  const cacheGb = ((model.cacheTokenBytes ?? 0) * model.contextTokens) / 1e9;
  return computeWeightsGb(model.paramsB, bits) + cacheGb <= usableGb;
}

function priceMachine(row: HardwareRow, policy: BreakEvenPolicy): readonly MachinePrice[] {
  if (row.kind === 'owned') return [priceOwned(row, policy)];
  if (row.kind === 'flat') return [];
  const prices: MachinePrice[] = [];
  if (row.hourlyUsd !== null) {
    const machine = { ...rentMachine(row.hourlyUsd, row.spotHourlyUsd), hourlyUsd: row.hourlyUsd };
    prices.push({ purchase: 'on_demand', machine, assumed: [] });
  }
  const isDiscounted = row.reservedHourlyUsd === null && row.hourlyUsd !== null && policy.reservedDiscountRatio > 0;
  const reservedUsd = isDiscounted ? (row.hourlyUsd ?? 0) * (1 - policy.reservedDiscountRatio) : row.reservedHourlyUsd;
  if (reservedUsd !== null) {
    const assumed = isDiscounted
      ? [`a reserved price ${policy.reservedDiscountRatio * 100} % below that on demand`]
      : [];
    prices.push({ purchase: 'reserved', machine: rentMachine(reservedUsd, null), assumed });
  }
  return prices;
}

function rentMachine(hourlyUsd: number, spotHourlyUsd: number | null): MachineCost {
  const monthlyUsd = computeRentedMonthlyUsd(1, hourlyUsd, HOURS_PER_MONTH, 0);
  return {
    monthlyUsd,
    cashMonthlyUsd: monthlyUsd,
    hourlyUsd: null,
    spotMonthlyUsd: spotHourlyUsd === null ? null : computeRentedMonthlyUsd(1, spotHourlyUsd, HOURS_PER_MONTH, 0),
    capexUsd: 0,
    lifeMonths: Number.POSITIVE_INFINITY,
    salvageUsd: 0,
  };
}

function priceOwned(row: OwnedHardware, policy: BreakEvenPolicy): MachinePrice {
  const lifeYears = row.lifeYears ?? policy.lifeYears;
  const capexUsd = row.capexUsd ?? 0;
  const salvageUsd = row.salvageUsd ?? 0;
  const bill = computeOwnedBill({
    machines: 1,
    // What it is sold for in the end is not used up.
    capexUsd: capexUsd - salvageUsd,
    lifeYears,
    watts: row.powerWatts ?? 0,
    hoursPerDay: 24,
    daysPerMonth: HOURS_PER_MONTH / 24,
    usdPerKwh: row.tariffUsd ?? policy.tariffUsd,
    maintenanceUsd: row.maintenanceMonthlyUsd ?? 0,
    pue: row.pueRatio ?? 1,
  });
  const lacking: readonly (readonly [value: number | null, text: string])[] = [
    [row.lifeYears, `a life of ${lifeYears} years of the machine`],
    [row.tariffUsd, `${policy.tariffUsd} USD per kWh`],
    [row.pueRatio, 'no power for cooling'],
    [row.maintenanceMonthlyUsd, 'no maintenance of the machine'],
    [row.salvageUsd, 'a machine worth nothing at its end'],
  ];
  return {
    purchase: 'owned',
    machine: {
      monthlyUsd: bill.monthlyUsd,
      cashMonthlyUsd: bill.cashMonthlyUsd,
      hourlyUsd: null,
      spotMonthlyUsd: null,
      capexUsd,
      lifeMonths: 12 * lifeYears,
      salvageUsd,
    },
    assumed: [
      'no more to buy than the GPUs of the row',
      ...lacking.flatMap(([value, text]) => (value === null ? [text] : [])),
    ],
  };
}

/** Prices of a GPU over those of this machine: rented on demand beside rented, bought beside bought. */
function compareMarket(hardware: HardwareRow, current: readonly HardwareRow[]): HostingOffer['marketRatios'] {
  const own = findGpuPrice(hardware);
  const alike = current.filter((row) => row.kind === hardware.kind && row.gpu === hardware.gpu);
  const ratios = alike.flatMap((row) => {
    const price = findGpuPrice(row);
    return own === null || price === null ? [] : [price / own];
  });
  return { low: Math.min(1, ...ratios), high: Math.max(1, ...ratios) };
}

function findGpuPrice(row: HardwareRow): number | null {
  if (row.gpuCount === null || row.gpuCount === 0 || row.kind === 'flat') return null;
  const usd = row.kind === 'owned' ? row.capexUsd : (row.hourlyUsd ?? row.reservedHourlyUsd);
  return usd === null ? null : usd / row.gpuCount;
}
