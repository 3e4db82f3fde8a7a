import { computeTornado, type TornadoBar, type TornadoRange } from '../calculators/tornado.ts';
import type { BreakEvenPolicy } from './break-even-policy.ts';
import { billFleetUsd, findCapacityRequests, priceFleet } from './fleet-bill.ts';
import type { HostingOffer } from './hosting-offer.ts';
import type { TornadoParameter } from './target-assessment.ts';
import { OUTPUT_FACTORS, type TargetDemand } from './target-demand.ts';
import type { VolumeOutlook } from './volume-outlook.ts';

/** What the swings are computed from. */
export interface TornadoCase {
  readonly offer: HostingOffer;
  readonly policy: BreakEvenPolicy;
  readonly demand: TargetDemand;
  readonly requestsPerMonth: number;
  readonly apiUsd: number;
  /** Part of the API bill that output tokens cost. */
  readonly outputCostRatio: number;
  readonly outlook: VolumeOutlook | null;
}

/** Where nothing was forecast, a month may bring a quarter less or more. */
const ASSUMED_VOLUME = { lo80Ratio: 0.75, hi80Ratio: 1.25 };

/**
 * What each assumption does to the monthly saving while the others stay, replicas re-sized.
 * @see METHODS of the project, section 5.2 (13)
 */
export function computeSavingTornado(facts: TornadoCase): readonly TornadoBar<TornadoParameter>[] {
  const { policy, outlook, offer } = facts;
  const { lo80Ratio, hi80Ratio } = outlook ?? ASSUMED_VOLUME;
  const base = {
    ...{ volume: 1, api_price: 1, output_length: 1, gpu_price: 1, peak: 1, reserved_discount: 0 },
    utilisation: policy.utilisationRatio,
    ops_base: policy.opsBaseUsd,
  };
  const ranges: readonly TornadoRange<TornadoParameter>[] = [
    { name: 'volume', low: lo80Ratio, high: hi80Ratio },
    { name: 'api_price', low: 0.5, high: 1 },
    { name: 'output_length', low: OUTPUT_FACTORS.shorter, high: OUTPUT_FACTORS.longer },
    { name: 'gpu_price', ...offer.marketRatios },
    { name: 'utilisation', low: 0.4, high: 0.85 },
    { name: 'peak', low: 0.6, high: 2 },
    { name: 'ops_base', low: policy.opsBaseUsd / 4, high: policy.opsBaseUsd * 4 },
    // What is reserved or bought already has no further discount, nor what has a range of prices only.
    { name: 'reserved_discount', low: 0, high: isDiscountable(offer) ? 0.4 : 0 },
  ];
  return computeTornado(base, ranges, (parameters) => computeSavingUsd(facts, parameters));
}

function isDiscountable({ purchase, hardware }: HostingOffer): boolean {
  return purchase === 'on_demand' && hardware.kind !== 'flat';
}

function computeSavingUsd(
  { offer, policy, demand, requestsPerMonth, ...facts }: TornadoCase,
  parameters: Readonly<Record<TornadoParameter, number>>,
): number {
  const { peakBusyReplicas, meanBusyReplicas } = pickDemand(demand, parameters.output_length);
  // Ever so even a load still has its mean to serve.
  const peak = Math.max(meanBusyReplicas, peakBusyReplicas * parameters.peak);
  const machineUsd = offer.machine.monthlyUsd * parameters.gpu_price * (1 - parameters.reserved_discount);
  const outputPriceRatio = 1 + facts.outputCostRatio * (parameters.output_length - 1);
  const apiUsd = facts.apiUsd * parameters.api_price * outputPriceRatio;
  const selfUsd = billFleetUsd(
    {
      fleet: priceFleet(offer, { ...policy, opsBaseUsd: parameters.ops_base }, machineUsd),
      capacityRequests: findCapacityRequests(requestsPerMonth, peak, parameters.utilisation),
      requestsPerMonth,
      apiUsd,
    },
    parameters.volume,
  );
  return apiUsd * parameters.volume - selfUsd;
}

function pickDemand({ asRecorded, shorter, longer }: TargetDemand, outputFactor: number) {
  if (outputFactor === OUTPUT_FACTORS.shorter) return shorter;
  return outputFactor === OUTPUT_FACTORS.longer ? longer : asRecorded;
}
