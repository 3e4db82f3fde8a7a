import { computeOwnedBill, computeRentedMonthlyUsd, computeWeightsGb } from '../calculators/hosting-bill.ts';
import { findHardware } from '../reference/find-reference.ts';
import type { FlatHardware, HardwareRow, OwnedHardware, Reference } from '../reference/reference-rows.ts';
import type { BreakEvenPolicy } from './break-even-policy.ts';
import type {
  HostingOffer,
  HostingTarget,
  MachineCost,
  NotOffered,
  NotOfferedReason,
  Purchase,
} from './hosting-offer.ts';
import { runsOn } from './list-targets.ts';
import { HOURS_PER_MONTH } from './self-host-fleet.ts';

/**
 * Every target on every machine that has its GPU, enough of them, or is the one it was measured on, and memory for it. Of a machine the newest price counts,
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
      (row) => runsOn(target, row) && (row.gpuCount ?? 0) >= target.gpusPerReplica && findLack(row, targets) === null,
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
  const { gpusPerReplica } = target;
  const replicasPerMachine = gpusPerReplica === 0 ? 1 : Math.floor((hardware.gpuCount ?? 0) / gpusPerReplica);
  const isFitKnown = hardware.gpuCount !== 0 || findRamGb(hardware) !== null;
  return {
    id: `${target.id} on ${hardware.id} ${price.purchase}`,
    target,
    hardware,
    replicasPerMachine,
    marketRatios: compareMarket(hardware, current),
    ...price,
    assumed: [...(isFitKnown ? [] : ['memory enough, since it was measured on this machine']), ...price.assumed],
  };
}

function findLack(row: HardwareRow, targets: readonly HostingTarget[]): NotOfferedReason | null {
  const isSized = row.gpuCount === 0 || (row.gpu !== null && row.gpuCount !== null && row.vramGb !== null);
  if (!isSized) return 'unknown_size';
  if (!hasPrice(row)) return 'no_price';
  return targets.some((target) => runsOn(target, row)) ? null : 'no_throughput';
}

function hasPrice(row: HardwareRow): boolean {
  if (row.kind === 'owned') return row.capexUsd !== null && row.powerWatts !== null;
  return row.kind === 'flat' || row.hourlyUsd !== null || row.reservedHourlyUsd !== null;
}

/** Share of the memory that weights and cache may take; the engine needs the rest. */
const USABLE_RATIO = 0.9;

/**
 * Weights must leave room for the cache of one call that fills the context window, where its size is known: a target that
 * cannot take such a call would not serve its window. Without GPU it is the machine's memory that counts; where nobody
 * says it, the model was measured on this very machine.
 *
 * @see METHODS of the project, section 5.2 (3)
 */
function holdsTarget(row: HardwareRow, { model, bits, gpusPerReplica }: HostingTarget): boolean {
  const { vramGb, gpuCount } = row;
  const memoryGb =
    gpuCount === 0 ? (findRamGb(row) ?? Number.POSITIVE_INFINITY) : ((vramGb ?? 0) * gpusPerReplica) / (gpuCount ?? 1);
  const cacheGb = ((model.cacheTokenBytes ?? 0) * model.contextTokens) / 1e9;
  return computeWeightsGb(model.paramsB, bits) + cacheGb <= USABLE_RATIO * memoryGb;
}

function findRamGb(row: HardwareRow): number | null {
  return row.kind === 'rented' ? row.ramGb : null;
}

function priceMachine(row: HardwareRow, policy: BreakEvenPolicy): readonly MachinePrice[] {
  if (row.kind === 'owned') return [priceOwned(row, policy)];
  if (row.kind === 'flat') return [priceFlat(row)];
  const prices: MachinePrice[] = [];
  if (row.hourlyUsd !== null) {
    const machine = { ...rentByHour(row.hourlyUsd, row.spotHourlyUsd), hourlyUsd: row.hourlyUsd };
    prices.push({ purchase: 'on_demand', machine, assumed: [] });
  }
  const isDiscounted = row.reservedHourlyUsd === null && row.hourlyUsd !== null && policy.reservedDiscountRatio > 0;
  const reservedUsd = isDiscounted ? (row.hourlyUsd ?? 0) * (1 - policy.reservedDiscountRatio) : row.reservedHourlyUsd;
  if (reservedUsd !== null) {
    const assumed = isDiscounted
      ? [`a reserved price ${policy.reservedDiscountRatio * 100} % below that on demand`]
      : [];
    prices.push({ purchase: 'reserved', machine: rentByHour(reservedUsd, null), assumed });
  }
  return prices;
}

/** The dearer end: a saving must not rest on the cheaper one. */
function priceFlat({ lowMonthlyUsd, highMonthlyUsd }: FlatHardware): MachinePrice {
  const assumed =
    lowMonthlyUsd < highMonthlyUsd ? [`the dearer end of ${lowMonthlyUsd} to ${highMonthlyUsd} USD a month`] : [];
  return { purchase: 'on_demand', machine: rentByMonth(highMonthlyUsd), assumed };
}

function rentByHour(hourlyUsd: number, spotHourlyUsd: number | null): MachineCost {
  const inMonth = (usd: number): number => computeRentedMonthlyUsd(1, usd, HOURS_PER_MONTH, 0);
  return { ...rentByMonth(inMonth(hourlyUsd)), spotMonthlyUsd: spotHourlyUsd === null ? null : inMonth(spotHourlyUsd) };
}

function rentByMonth(monthlyUsd: number): MachineCost {
  return {
    monthlyUsd,
    cashMonthlyUsd: monthlyUsd,
    hourlyUsd: null,
    spotMonthlyUsd: null,
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

/** Prices of a GPU over those of this machine: rented on demand beside rented, bought beside bought; of a range its ends. */
function compareMarket(hardware: HardwareRow, current: readonly HardwareRow[]): HostingOffer['marketRatios'] {
  if (hardware.kind === 'flat') return { low: hardware.lowMonthlyUsd / hardware.highMonthlyUsd, high: 1 };
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
