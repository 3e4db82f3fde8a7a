import type { HostingOffer, HostingTarget, NotOfferedReason } from '../break-even/hosting-offer.ts';
import { listOffers } from '../break-even/list-offers.ts';
import { listTargets, type MeanLengths, runsOn } from '../break-even/list-targets.ts';
import type { ServiceTimeFit } from '../break-even/service-time.ts';
import { findHardware, findOpenModel, nameMachine } from '../reference/find-reference.ts';
import type { HardwareRow, OpenModelRow, Reference } from '../reference/reference-rows.ts';
import type { MigrationProfile } from './migration-profile.ts';

/** Why a profile's target cannot be assessed. */
export type OfferLack = NotOfferedReason | 'unknown_hardware';

/** Ways to run a profile's target on its machine; none with the reason. */
export interface MigrationOffers {
  readonly offers: readonly HostingOffer[];
  readonly lack: OfferLack | null;
}

/** A window that every call fits: of a typed target whose window nobody named. */
export const UNBOUNDED_TOKENS = Number.POSITIVE_INFINITY;

/**
 * The offers of a profile: its model on its machine, from the reference where service time or price are not typed. Of a
 * machine the newest price counts, also where the profile names an older row.
 */
export function findMigrationOffers(
  profile: MigrationProfile,
  reference: Reference,
  lengths: MeanLengths,
): MigrationOffers {
  const { replicaMonthlyUsd, serviceTime } = profile.typed;
  const hardware = findCurrentRow(reference, profile.hardware);
  const targets = serviceTime
    ? [typeTarget(profile, serviceTime, reference, hardware)]
    : findTargets(profile, reference, lengths);
  if (targets.length === 0) return { offers: [], lack: findTargetLack(profile, reference) };
  if (replicaMonthlyUsd !== null) {
    const running = targets.filter(
      (target) => serviceTime !== null || (hardware !== undefined && runsOn(target, hardware)),
    );
    const offers = running.map((target) => typeOffer(profile, target, replicaMonthlyUsd, hardware));
    return { offers, lack: offers.length > 0 ? null : 'unknown_hardware' };
  }
  if (hardware === undefined) return { offers: [], lack: 'unknown_hardware' };
  // Whether the memory holds a call of the largest size cannot be said without that size.
  if (targets.some(({ model }) => model.contextTokens === UNBOUNDED_TOKENS))
    return { offers: [], lack: 'unknown_context_window' };
  const { offers, notOffered } = listOffers({ hardware: [hardware] }, targets, profile.running);
  const paid = offers.filter(({ purchase }) => purchase === (profile.purchase ?? offers[0]?.purchase));
  if (paid.length > 0) return { offers: paid, lack: null };
  return { offers: [], lack: notOffered[0]?.reason ?? 'no_price' };
}

function findCurrentRow({ hardware }: Reference, id: string): HardwareRow | undefined {
  const named = hardware.find((row) => row.id === id);
  if (named === undefined) return undefined;
  return findHardware({ hardware }, {}).find((row) => nameMachine(row) === nameMachine(named)) ?? named;
}

function findTargets(
  { targetModel, precision }: MigrationProfile,
  reference: Reference,
  lengths: MeanLengths,
): readonly HostingTarget[] {
  const model = findOpenModel(reference, targetModel);
  return listTargets(reference, lengths).targets.filter(
    (target) =>
      target.model.id === model?.id &&
      (precision === null || target.precision?.toLowerCase() === precision.toLowerCase()),
  );
}

function findTargetLack({ targetModel }: MigrationProfile, reference: Reference): OfferLack {
  const model = findOpenModel(reference, targetModel);
  if (model === undefined) return 'unknown_model';
  return model.contextTokens === null ? 'unknown_context_window' : 'no_throughput';
}

const TYPED_ROW = { source: 'typed', asOf: null, checkedOn: '', standing: 'estimate', note: null } as const;

function typeTarget(
  { targetModel, precision, typed }: MigrationProfile,
  fit: ServiceTimeFit,
  reference: Reference,
  hardware: HardwareRow | undefined,
): HostingTarget {
  const known: OpenModelRow = findOpenModel(reference, targetModel) ?? {
    ...{ ...TYPED_ROW, id: targetModel, names: [], kind: 'chat', licence: 'not known' },
    ...{ paramsB: 0, activeParamsB: null, contextTokens: null, cacheTokenBytes: null },
  };
  const contextTokens = typed.contextTokens ?? known.contextTokens ?? UNBOUNDED_TOKENS;
  return {
    id: `${known.id}/typed`,
    model: { ...known, contextTokens },
    precision,
    bits: 16,
    gpu: hardware?.gpu ?? hardware?.id ?? 'typed',
    gpusPerReplica: hardware?.gpuCount ?? 1,
    engine: null,
    serviceTime: { fit, method: 'fitted', meanErrorRatio: null, rows: [] },
  };
}

function typeOffer(
  profile: MigrationProfile,
  target: HostingTarget,
  monthlyUsd: number,
  known: HardwareRow | undefined,
): HostingOffer {
  const hardware: HardwareRow = known ?? {
    ...{ ...TYPED_ROW, id: profile.hardware, source: profile.priceSource ?? 'typed', kind: 'rented' },
    ...{ provider: 'typed', instance: profile.hardware, region: null, vcpu: null, ramGb: null },
    ...{ gpu: target.gpu, gpuCount: target.gpusPerReplica, vramGb: null },
    ...{ hourlyUsd: null, reservedHourlyUsd: null, spotHourlyUsd: null },
  };
  return {
    id: `${target.id} on ${profile.hardware}`,
    target,
    hardware,
    purchase: profile.purchase ?? 'on_demand',
    replicasPerMachine: 1,
    machine: {
      ...{ monthlyUsd, cashMonthlyUsd: monthlyUsd, hourlyUsd: null, spotMonthlyUsd: null },
      ...{ capexUsd: 0, lifeMonths: Number.POSITIVE_INFINITY, salvageUsd: 0 },
    },
    marketRatios: { low: 1, high: 1 },
    assumed: [],
  };
}
