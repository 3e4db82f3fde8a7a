import type { Demand } from '../workload/demand.ts';
import { measureDemand } from '../workload/measure-demand.ts';
import { type TypedProfile, typedDemand } from '../workload/typed-demand.ts';
import type { Workload } from '../workload/workload.ts';
import type { HostingTarget } from './hosting-offer.ts';

/** How much shorter and longer answers are taken to be, to see how much depends on it. */
export const OUTPUT_FACTORS = { shorter: 0.5, longer: 2 } as const;

/** What a workload asks of a target, and what it would ask with shorter and longer answers. */
export interface TargetDemand {
  readonly asRecorded: Demand;
  readonly shorter: Demand;
  readonly longer: Demand;
}

/** Measures a recorded workload against a target, its window and kind of call. */
export function measureTargetDemand(workload: Workload, target: HostingTarget): TargetDemand {
  return withFactors((outputFactor) => measureDemand(workload, { ...toDemandTarget(target), outputFactor }));
}

/** The same of calls as somebody typed them. */
export function typeTargetDemand(profile: TypedProfile, target: HostingTarget): TargetDemand {
  return withFactors((outputFactor) => typedDemand(profile, { ...toDemandTarget(target), outputFactor }));
}

function toDemandTarget({ model, serviceTime }: HostingTarget) {
  return { serviceTime: serviceTime.fit, contextTokens: model.contextTokens, kind: model.kind };
}

function withFactors(measure: (outputFactor: number) => Demand): TargetDemand {
  const [shorter, longer] = [measure(OUTPUT_FACTORS.shorter), measure(OUTPUT_FACTORS.longer)];
  return { asRecorded: measure(1), shorter, longer };
}
