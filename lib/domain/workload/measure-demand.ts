import type { ServiceTimeFit } from '../break-even/service-time.ts';
import { invariant } from '../errors.ts';
import type { CallTotals, Demand, UnservableReason } from './demand.ts';
import { measureHours, measureWeekHours } from './demand-hours.ts';
import { addSums, createSums } from './load-sums.ts';
import { findPercentile } from './minutes.ts';
import type { CallKind, LoadSums, ModelLoad, Workload, WorkloadClass, WorkloadDay } from './workload.ts';

/** What a target does and how fast. */
export interface DemandTarget {
  readonly serviceTime: ServiceTimeFit;
  /** Most tokens of input and output together, included. Of a target whose window is not known nothing can be said. */
  readonly contextTokens: number;
  readonly kind: CallKind;
  /** Whether it takes images or sound too. @default false */
  readonly takesMultimodal?: boolean;
  /** Whether calls that a capacity with a fixed price covers are meant too. @default false */
  readonly takesCovered?: boolean;
  /** Every answer longer (or shorter) by this factor; which calls fit stays as recorded. @default 1 */
  readonly outputFactor?: number;
}

/** The part of the window's minutes whose load a fleet must take without a queue. */
export const PEAK_PERCENT = 99;

/**
 * Measures what a workload would ask of a target. Exact but for the rounding of floats: times follow from the sums of
 * each minute, and sizes from classes cut at the target's window.
 *
 * @throws {@link InvariantError} when calls of the workload were not told apart at the target's window
 * @see METHODS of the project, section 5.1 (peak) and 5.2 (2)
 */
export function measureDemand(workload: Workload, target: DemandTarget): Demand {
  const busyByMinute = new Float64Array(workload.days.reduce((sum, { minutes }) => sum + minutes, 0));
  const callsByMinute = new Float64Array(busyByMinute.length);
  const totals = new TotalsByReason();
  let offset = 0;
  for (const day of workload.days) {
    for (const loads of day.classes) {
      const reason = findReason(loads, day, target);
      totals.add(reason, loads.models);
      if (reason !== null) continue;
      for (const load of loads.minutes) {
        const index = offset + load.minute - day.firstMinute;
        busyByMinute[index] = (busyByMinute[index] ?? 0) + computeServiceSeconds(load, target) / 60;
        callsByMinute[index] = (callsByMinute[index] ?? 0) + load.calls;
      }
    }
    offset += day.minutes;
  }
  const { servable, models, unservable } = totals.finish();
  const serviceSeconds = computeServiceSeconds(servable, target);
  const minutes = busyByMinute.length;
  const meanBusyReplicas = minutes === 0 ? 0 : serviceSeconds / (60 * minutes);
  const peakBusyReplicas = Math.max(findPercentile(busyByMinute, PEAK_PERCENT), meanBusyReplicas);
  return {
    isPeakMeasured: true,
    days: workload.days.length,
    minutes,
    servable,
    models,
    unservable,
    serviceSeconds,
    meanServiceS: servable.calls === 0 ? 0 : serviceSeconds / servable.calls,
    meanBusyReplicas,
    peakBusyReplicas,
    peakFactor: meanBusyReplicas === 0 ? 1 : peakBusyReplicas / meanBusyReplicas,
    busyByMinute,
    hours: measureHours(workload, busyByMinute, callsByMinute),
    weekHours: measureWeekHours(workload, busyByMinute, PEAK_PERCENT),
  };
}

/** Seconds of one replica that calls of these sums take: `a*in + b*out + c*(in*out + out*out/2)`, answers made longer. */
export function computeServiceSeconds(
  sums: LoadSums,
  { serviceTime, outputFactor = 1 }: Pick<DemandTarget, 'serviceTime' | 'outputFactor'>,
): number {
  const contextTokens = sums.inputOutputTokens * outputFactor + (sums.outputSquaredTokens * outputFactor ** 2) / 2;
  return (
    serviceTime.inputTokenS * sums.inputTokens +
    serviceTime.outputTokenS * sums.outputTokens * outputFactor +
    serviceTime.contextTokenS * contextTokens
  );
}

function findReason(loads: WorkloadClass, day: WorkloadDay, target: DemandTarget): UnservableReason | null {
  if (loads.isCovered && target.takesCovered !== true) return 'covered';
  if (loads.kind === 'measurement') return 'measurement';
  if (loads.kind !== target.kind) return 'kind';
  if (loads.isMultimodal && target.takesMultimodal !== true) return 'modality';
  if (loads.upToTokens <= target.contextTokens) return null;
  const aboveTokens = day.boundsTokens.findLast((bound) => bound < loads.upToTokens) ?? -1;
  invariant(
    aboveTokens >= target.contextTokens,
    `calls of ${day.day} between ${aboveTokens} and ${loads.upToTokens} tokens were not told apart at ${target.contextTokens}`,
  );
  return 'context';
}

type GrowingTotals = { -readonly [Name in keyof CallTotals]: CallTotals[Name] };

/** Adds up calls by the reason why they stay, and those that do not by model. */
class TotalsByReason {
  readonly #servable = createTotals();
  readonly #unservable = createUnservable();
  readonly #models = new Map<string, GrowingTotals & Pick<ModelLoad, 'model' | 'provider'>>();

  add(reason: UnservableReason | null, loads: readonly ModelLoad[]): void {
    const totals = reason === null ? this.#servable : this.#unservable[reason];
    for (const load of loads) {
      addTotals(totals, load);
      if (reason === null) addTotals(this.#model(load), load);
    }
  }

  finish(): Pick<Demand, 'servable' | 'models' | 'unservable'> {
    const models = [...this.#models].sort(([keyA, a], [keyB, b]) => {
      if (a.costPicoUsd !== b.costPicoUsd) return a.costPicoUsd > b.costPicoUsd ? -1 : 1;
      return keyA < keyB ? -1 : 1;
    });
    return { servable: this.#servable, models: models.map(([, model]) => model), unservable: this.#unservable };
  }

  #model({ model, provider }: ModelLoad): GrowingTotals {
    const key = JSON.stringify([provider, model]);
    const known = this.#models.get(key);
    if (known) return known;
    const fresh = { model, provider, ...createTotals() };
    this.#models.set(key, fresh);
    return fresh;
  }
}

/** Totals of no call, to be added to. */
export function createTotals(): GrowingTotals {
  return { ...createSums(), costPicoUsd: 0n, unpricedCalls: 0 };
}

function addTotals(totals: GrowingTotals, load: CallTotals): void {
  addSums(totals, load);
  totals.costPicoUsd += load.costPicoUsd;
  totals.unpricedCalls += load.unpricedCalls;
}

/** Totals of no call under every reason. */
export function createUnservable(): Record<UnservableReason, GrowingTotals> {
  return {
    covered: createTotals(),
    measurement: createTotals(),
    kind: createTotals(),
    modality: createTotals(),
    context: createTotals(),
  };
}
