import { divideOrNull } from '../quotient.ts';

/** Hardware that is bought. Money in USD (model figures); `pue` is the building's power over the machine's, at least 1. */
export interface OwnedHardware {
  readonly machines: number;
  readonly capexUsd: number;
  readonly lifeYears: number;
  readonly watts: number;
  readonly hoursPerDay: number;
  readonly daysPerMonth: number;
  readonly usdPerKwh: number;
  readonly maintenanceUsd: number;
  readonly pue: number;
}

/**
 * A month of owned hardware in USD: straight-line depreciation, power and maintenance. The cash part leaves out
 * depreciation, which a payback already counts as the one-time cost.
 *
 * @see METHODS of the project, section 5.2 (5)
 */
export function computeOwnedBill(hardware: OwnedHardware): {
  readonly depreciationUsd: number;
  readonly powerUsd: number;
  readonly monthlyUsd: number;
  readonly cashMonthlyUsd: number;
} {
  const depreciationUsd = (hardware.machines * hardware.capexUsd) / (12 * hardware.lifeYears);
  const kilowatts = (hardware.machines * hardware.watts * hardware.pue) / 1000;
  const powerUsd = kilowatts * hardware.hoursPerDay * hardware.daysPerMonth * hardware.usdPerKwh;
  const cashMonthlyUsd = powerUsd + hardware.maintenanceUsd;
  return { depreciationUsd, powerUsd, monthlyUsd: depreciationUsd + cashMonthlyUsd, cashMonthlyUsd };
}

/** A month of rented instances in USD; the discount is a share, 0.3 = 30 %. @see METHODS of the project, section 5.2 (4) */
export function computeRentedMonthlyUsd(
  instances: number,
  usdPerHour: number,
  hoursPerMonth: number,
  reservedDiscountRatio: number,
): number {
  return instances * usdPerHour * hoursPerMonth * (1 - reservedDiscountRatio);
}

/**
 * A month of self-hosting in USD from its parts. A reserved discount falls on the GPU part alone, not on operations or
 * other infrastructure.
 *
 * @see METHODS of the project, sections 4.1 and 5.2 (4, 6)
 */
export function computeSelfHostMonthlyUsd(
  gpuUsd: number,
  otherUsd: number,
  opsUsd: number,
  reservedDiscountRatio: number,
): number {
  return gpuUsd * (1 - reservedDiscountRatio) + otherUsd + opsUsd;
}

/** Operations in USD a month: a base and a part per instance. @see METHODS of the project, section 5.2 (6) */
export function computeOpsUsd(instances: number, opsBaseUsd: number, opsPerInstanceUsd: number): number {
  return opsBaseUsd + opsPerInstanceUsd * instances;
}

/**
 * A router that keeps `localShareRatio` of the calls on own hardware and sends the rest to the API, in USD a month.
 * @see METHODS of the project, section 5.4 (`hybrid_monthly`)
 */
export function computeHybridBill(
  localShareRatio: number,
  requests: number,
  apiUnitUsd: number,
  apiFixedUsd: number,
  selfUsd: number,
): { readonly localUsd: number; readonly apiUsd: number; readonly monthlyUsd: number } {
  const apiUsd = (1 - localShareRatio) * requests * apiUnitUsd + apiFixedUsd;
  return { localUsd: selfUsd, apiUsd, monthlyUsd: selfUsd + apiUsd };
}

/** Electricity in USD for so many hours. @see METHODS of the project, section 5.4 (`electricity_monthly`) */
export function computeElectricityUsd(gpus: number, kwPerGpu: number, hours: number, usdPerKwh: number): number {
  return gpus * kwPerGpu * hours * usdPerKwh;
}

/** Decimal gigabytes of a model's weights. @see METHODS of the project, section 5.2 (3) */
export function computeWeightsGb(parametersBillions: number, bits: number): number {
  return (parametersBillions * bits) / 8;
}

/**
 * USD per 1M output tokens of hardware by the hour; `null` where it makes none.
 * @see METHODS of the project, section 5.4 (`usd_per_million_output`)
 */
export function computeOutputPriceUsd(usdPerHour: number, tokensPerS: number, utilisationRatio: number): number | null {
  return divideOrNull(usdPerHour * 1e6, tokensPerS * utilisationRatio * 3600);
}
