import { computePaybackMonths } from '../calculators/savings.ts';
import { invariant } from '../errors.ts';
import type { Reference } from '../reference/reference-rows.ts';
import { type Demand, UNSERVABLE_REASONS } from '../workload/demand.ts';
import type { BreakEvenPolicy } from './break-even-policy.ts';
import { compareQuality } from './compare-quality.ts';
import { billFleetUsd, type FleetCase, findCapacityRequests, priceFleet } from './fleet-bill.ts';
import type { HostingOffer } from './hosting-offer.ts';
import { computeHourlyFleet } from './hourly-fleet.ts';
import { billHybridUsd, computeHybridCurve } from './hybrid-bills.ts';
import { computeLongRunCosts } from './long-run-costs.ts';
import { computeSavingTornado } from './saving-tornado.ts';
import { computeFleetMonthlyUsd, countMachines, HOURS_PER_MONTH, sizeFleetReplicas } from './self-host-fleet.ts';
import { findLastCrossingRequests, findSteppedBreakEven, type SteppedBills } from './stepped-break-even.ts';
import type { MonthlyRange, TargetAssessment } from './target-assessment.ts';
import type { TargetDemand } from './target-demand.ts';
import { computeProbability, judgeConfidence, type VolumeOutlook } from './volume-outlook.ts';

/** What an offer is assessed by, beside what the calls ask of it. */
export interface AssessmentContext {
  readonly policy: BreakEvenPolicy;
  readonly reference: Pick<Reference, 'quality' | 'models'>;
  /** Forecast volumes; null = nothing was forecast. */
  readonly outlook: VolumeOutlook | null;
  /** Complete days recorded of these calls, also before the window; 0 for typed calls. */
  readonly historyDays: number;
  /** Mean of the reported qualities, 0 to 1: the share of answers that were good enough; null = not reported. */
  readonly acceptedRatio: number | null;
}

/**
 * Compares one offer with the API for the calls that it can serve, all of them and no other: what it cannot serve stays on
 * the API and is in neither bill. Unpriced calls are load without a known API cost, which understates the saving.
 *
 * @param demand - of the offer's target, with at least one servable call
 * @throws {@link InvariantError} when the target can serve none of the calls
 * @see METHODS of the project, section 5.2
 */
export function assessTarget(offer: HostingOffer, demand: TargetDemand, context: AssessmentContext): TargetAssessment {
  const { policy, reference, outlook } = context;
  const { asRecorded } = demand;
  const { servable } = asRecorded;
  invariant(servable.calls > 0 && asRecorded.minutes > 0, `${offer.target.id} can serve none of the calls`);
  const perMonth = (HOURS_PER_MONTH * 60) / asRecorded.minutes;
  const requestsPerMonth = servable.calls * perMonth;
  const apiUsd = toUsd(servable.costPicoUsd) * perMonth;
  const fleet = priceFleet(offer, policy, offer.machine.monthlyUsd);
  const cashFleet = priceFleet(offer, policy, offer.machine.cashMonthlyUsd);
  const capacityRequests = findCapacityRequests(requestsPerMonth, asRecorded.peakBusyReplicas, policy.utilisationRatio);
  const fleetCase: FleetCase = { fleet, capacityRequests, requestsPerMonth, apiUsd };
  const replicas = sizeFleetReplicas(fleet, capacityRequests, requestsPerMonth);
  const machines = countMachines(fleet, replicas);
  const selfUsd = computeFleetMonthlyUsd(fleet, replicas);
  const oneTimeUsd = policy.oneTimeUsd + machines * offer.machine.capexUsd;
  const probability = outlook && computeProbability(fleetCase, policy, outlook);
  const outputCostRatio = policy.outputCostRatio ?? estimateOutputCostRatio(servable);
  const tornado = computeSavingTornado({
    ...{ offer, policy, demand, requestsPerMonth, apiUsd, outlook, outputCostRatio },
  });
  return {
    offer,
    requestsPerMonth,
    inputTokensPerMonth: servable.inputTokens * perMonth,
    outputTokensPerMonth: servable.outputTokens * perMonth,
    unpricedCalls: servable.unpricedCalls,
    ...describeUnservable(asRecorded, perMonth),
    meanBusyReplicas: asRecorded.meanBusyReplicas,
    peakBusyReplicas: asRecorded.peakBusyReplicas,
    isPeakMeasured: asRecorded.isPeakMeasured,
    serviceTimeS: asRecorded.meanServiceS,
    replicas,
    spareReplicas: policy.spareReplicas,
    machines,
    utilisationRatio: asRecorded.meanBusyReplicas / replicas,
    breakEvenUtilisationRatio: findBreakEvenUtilisation(fleetCase, asRecorded, replicas, selfUsd),
    api: rangeOver(outlook, apiUsd, (ratio) => apiUsd * ratio),
    self: rangeOver(outlook, selfUsd, (ratio) => billFleetUsd(fleetCase, ratio)),
    ...describeHybrids(fleetCase, outlook),
    hourlyFleet: computeHourlyFleet(offer, policy, asRecorded.hours, replicas),
    spotMonthlyUsd: billSpotUsd(offer, policy, replicas),
    savingsUsd: apiUsd - selfUsd,
    savingsRatio: apiUsd > 0 ? (apiUsd - selfUsd) / apiUsd : 0,
    ...findCrossings(fleetCase, replicas, selfUsd, servable.outputTokens * perMonth),
    paybackMonths: computePaybackMonths(oneTimeUsd, apiUsd, computeFleetMonthlyUsd(cashFleet, replicas)),
    oneTimeUsd,
    longRun: computeLongRunCosts(fleetCase, cashFleet, offer, policy),
    ...compareQuality({
      ...{ reference, target: offer.target, apiUsd, selfUsd, asked: policy.quality },
      currentModel: asRecorded.models[0]?.model ?? null,
    }),
    accepted: priceAccepted(context.acceptedRatio, apiUsd, selfUsd, requestsPerMonth),
    tornado,
    decidedBy: tornado.slice(0, 3).map(({ name }) => name),
    probability,
    confidence: judgeConfidence({
      probability,
      fitErrorRatio: offer.target.serviceTime.meanErrorRatio,
      isPeakMeasured: asRecorded.isPeakMeasured,
      historyDays: context.historyDays,
    }),
    assumed: listAssumed(offer, asRecorded, context),
  };
}

/** Ledger money as a model figure. */
function toUsd(picoUsd: bigint): number {
  return Number(picoUsd) / 1e12;
}

function rangeOver(outlook: VolumeOutlook | null, usd: number, bill: (ratio: number) => number): MonthlyRange {
  if (outlook === null) return { usd, lo80Usd: null, hi80Usd: null };
  return { usd, lo80Usd: bill(outlook.lo80Ratio), hi80Usd: bill(outlook.hi80Ratio) };
}

function describeUnservable(
  { unservable }: Demand,
  perMonth: number,
): Pick<TargetAssessment, 'unservable' | 'restMonthlyUsd'> {
  const byReason = UNSERVABLE_REASONS.map((reason) => ({ reason, ...unservable[reason] }));
  const restPicoUsd = byReason.reduce((sum, { costPicoUsd }) => sum + costPicoUsd, 0n);
  return {
    unservable: byReason.flatMap(({ reason, calls, costPicoUsd }) =>
      calls > 0 ? [{ reason, calls, costPicoUsd }] : [],
    ),
    restMonthlyUsd: toUsd(restPicoUsd) * perMonth,
  };
}

function describeHybrids(
  fleet: FleetCase,
  outlook: VolumeOutlook | null,
): Pick<TargetAssessment, 'router' | 'cascade' | 'hybrid'> {
  const [router, cascade] = [computeHybridCurve(fleet, 'router'), computeHybridCurve(fleet, 'cascade')];
  const mode = cascade.best.monthlyUsd < router.best.monthlyUsd ? 'cascade' : 'router';
  const { shareRatio, monthlyUsd } = mode === 'router' ? router.best : cascade.best;
  const range = rangeOver(outlook, monthlyUsd, (ratio) => billHybridUsd(fleet, mode, shareRatio, ratio));
  return { router, cascade, hybrid: { ...range, mode, shareRatio } };
}

/** The share of the standing fleet's time at which its bill is the API's. */
function findBreakEvenUtilisation(
  { apiUsd }: FleetCase,
  { meanBusyReplicas }: Demand,
  replicas: number,
  selfUsd: number,
): number | null {
  const ratio = apiUsd > 0 ? ((selfUsd / apiUsd) * meanBusyReplicas) / replicas : Number.POSITIVE_INFINITY;
  return ratio <= 1 ? ratio : null;
}

function billSpotUsd(offer: HostingOffer, policy: BreakEvenPolicy, replicas: number): number | null {
  const { spotMonthlyUsd } = offer.machine;
  return spotMonthlyUsd === null ? null : computeFleetMonthlyUsd(priceFleet(offer, policy, spotMonthlyUsd), replicas);
}

function findCrossings(
  { fleet, capacityRequests, requestsPerMonth, apiUsd }: FleetCase,
  replicas: number,
  selfUsd: number,
  outputTokensPerMonth: number,
): Pick<TargetAssessment, 'breakEven' | 'reversing'> {
  const bills: SteppedBills = { apiUnitUsd: apiUsd / requestsPerMonth, apiFixedUsd: 0, fleet, capacityRequests };
  const breakEven = findSteppedBreakEven(bills);
  if (selfUsd > apiUsd) return { breakEven, reversing: null };
  return {
    breakEven,
    reversing: {
      belowRequestsPerMonth: findLastCrossingRequests(bills, replicas),
      belowUsdPerMillionOutput: outputTokensPerMonth > 0 ? (selfUsd / outputTokensPerMonth) * 1e6 : null,
    },
  };
}

/** Price of an output token over that of an input token, where the policy does not say what output costs. */
const OUTPUT_PRICE_FACTOR = 4;

function estimateOutputCostRatio({ inputTokens, outputTokens }: Demand['servable']): number {
  const weighted = inputTokens + OUTPUT_PRICE_FACTOR * outputTokens;
  return weighted > 0 ? (OUTPUT_PRICE_FACTOR * outputTokens) / weighted : 0;
}

function priceAccepted(
  ratio: number | null,
  apiUsd: number,
  selfUsd: number,
  requestsPerMonth: number,
): TargetAssessment['accepted'] {
  if (ratio === null || ratio <= 0 || apiUsd <= 0) return null;
  return { ratio, apiUsd: apiUsd / (requestsPerMonth * ratio), evenRatio: (ratio * selfUsd) / apiUsd };
}

function listAssumed(
  { assumed, target, purchase }: HostingOffer,
  { isPeakMeasured, peakFactor }: Demand,
  { policy, outlook }: AssessmentContext,
): readonly string[] {
  const { serviceTime, model } = target;
  const ops = `${policy.opsBaseUsd} and ${policy.opsPerReplicaUsd} a replica for operations`;
  return [
    ...(serviceTime.method === 'nearest' ? ['one measured mix of lengths, every token taken to be alike'] : []),
    ...(target.precision === null ? ['weights of 16 bits'] : []),
    ...(model.cacheTokenBytes === null ? ['room for the cache of long calls'] : []),
    ...(isPeakMeasured ? [] : [`a peak ${peakFactor} times the mean`]),
    ...(outlook === null ? ['a volume that stays'] : []),
    `a load of ${policy.utilisationRatio * 100} % aimed at, and at least ${policy.minReplicas} replicas`,
    `${ops}, ${policy.otherUsd} for all else, ${policy.oneTimeUsd} once (USD)`,
    ...(policy.outputCostRatio === null
      ? [`an output token at ${OUTPUT_PRICE_FACTOR} times the price of one put in`]
      : []),
    ...(purchase === 'reserved' ? ['a commitment that is used to its end'] : []),
    'answers as long as those recorded',
    ...assumed,
  ];
}
