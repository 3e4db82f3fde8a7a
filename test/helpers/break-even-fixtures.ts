import type { AssessmentContext } from '../../lib/domain/break-even/assess-target.ts';
import { DEFAULT_BREAK_EVEN_POLICY } from '../../lib/domain/break-even/break-even-policy.ts';
import type { HostingOffer } from '../../lib/domain/break-even/hosting-offer.ts';
import { listOffers } from '../../lib/domain/break-even/list-offers.ts';
import { listTargets } from '../../lib/domain/break-even/list-targets.ts';
import type {
  FlatHardware,
  HardwareRow,
  OpenModelRow,
  OwnedHardware,
  Reference,
  RentedHardware,
  ThroughputRow,
} from '../../lib/domain/reference/reference-rows.ts';
import { DayDigest } from '../../lib/domain/workload/day-digest.ts';
import type { Workload } from '../../lib/domain/workload/workload.ts';
import type { WorkloadCall } from '../../lib/domain/workload/workload-call.ts';

const SOURCED = {
  source: 'a test',
  asOf: '2026-01-01',
  checkedOn: '2026-01-02',
  standing: 'stated',
  note: null,
} as const;

/** A chat model of 8 billion parameters and a window of 8,192 tokens, unless it is told otherwise. */
export function modelRow(fields: Partial<OpenModelRow> = {}): OpenModelRow {
  return {
    ...{ ...SOURCED, id: 'Small-8B', names: [], kind: 'chat', paramsB: 8, activeParamsB: null },
    ...{ contextTokens: 8_192, cacheTokenBytes: null, licence: 'MIT' },
    ...fields,
  } as OpenModelRow;
}

/** One GPU at 1,000 tokens out a second with 1,000 tokens in and 1,000 out, so that a token takes half a millisecond. */
export function throughputRow(fields: Partial<ThroughputRow> = {}): ThroughputRow {
  return {
    ...{ ...SOURCED, id: `rate-${JSON.stringify(fields)}`, model: 'Small-8B', paramsB: 8, gpu: 'G1', gpuCount: 1 },
    ...{ precision: 'fp8', engine: 'vLLM', concurrency: null, inputTokens: 1_000, outputTokens: 1_000 },
    ...{ inputTokensPerS: null, outputTokensPerS: 1_000, kind: 'max-load' },
    ...fields,
  };
}

/** A machine with one GPU of 80 GB at $1 an hour. */
export function rentedRow(fields: Partial<RentedHardware> = {}): RentedHardware {
  return {
    ...{ ...SOURCED, id: 'cloud/one', kind: 'rented', provider: 'Cloud', instance: fields.id ?? 'one', region: null },
    ...{ gpu: 'G1', gpuCount: 1, vramGb: 80, vcpu: null, ramGb: null },
    ...{ hourlyUsd: 1, reservedHourlyUsd: null, spotHourlyUsd: null },
    ...fields,
  };
}

/** A bought machine with one GPU: $3,600 for three years, 1 kW at $0.10 a kWh. */
export function ownedRow(fields: Partial<OwnedHardware> = {}): OwnedHardware {
  return {
    ...{ ...SOURCED, id: 'own', kind: 'owned', name: fields.id ?? 'own', gpu: 'G1', gpuCount: 1, vramGb: 80 },
    ...{ capexUsd: 3_600, lifeYears: 3, powerWatts: 1_000, pueRatio: 1, tariffUsd: 0.1 },
    ...{ maintenanceMonthlyUsd: 0, salvageUsd: 0 },
    ...fields,
  };
}

/** A server without GPU at $50 to $100 a month. */
export function flatRow(fields: Partial<FlatHardware> = {}): FlatHardware {
  return {
    ...{ ...SOURCED, id: 'server', kind: 'flat', name: 'a server', gpu: null, gpuCount: 0, vramGb: 0 },
    ...{ lowMonthlyUsd: 50, highMonthlyUsd: 100 },
    ...fields,
  };
}

/** Rows of reference; without any, one model on one machine. */
export function referenceOf(rows: Partial<Reference> = {}): Reference {
  return {
    ...{ version: 'test', hardware: [rentedRow()], throughput: [throughputRow()], models: [modelRow()] },
    ...{ quality: [], training: [], hosting: [] },
    ...rows,
  };
}

/** A policy without cost beside the machines, one replica at least and all of it in use, and no forecast. */
export function contextOf(fields: Partial<AssessmentContext> = {}): AssessmentContext {
  const policy = {
    ...DEFAULT_BREAK_EVEN_POLICY,
    ...{ utilisationRatio: 1, minReplicas: 1, opsBaseUsd: 0, opsPerReplicaUsd: 0, otherUsd: 0 },
    ...fields.policy,
  };
  return { reference: referenceOf(), outlook: null, historyDays: 28, acceptedRatio: null, ...fields, policy };
}

/** The first offer of rows of reference. */
export function offerOf(rows: Partial<Reference> = {}, context: AssessmentContext = contextOf()): HostingOffer {
  const reference = referenceOf(rows);
  const { targets } = listTargets(reference, { inputTokens: 1_000, outputTokens: 1_000 });
  const [offer] = listOffers(reference, targets, context.policy).offers;
  if (offer === undefined) throw new Error('nothing is on offer');
  return offer;
}

/** The rows of machines on offer, by id. */
export function offeredIds(hardware: readonly HardwareRow[], rows: Partial<Reference> = {}): readonly string[] {
  const reference = referenceOf({ ...rows, hardware });
  const { targets } = listTargets(reference, { inputTokens: 1_000, outputTokens: 1_000 });
  return listOffers(reference, targets, contextOf().policy).offers.map(
    (offer) => `${offer.hardware.id} ${offer.purchase}`,
  );
}

/** A call at a minute of the first day: chat of 1,000 tokens in and 1,000 out, a second of service, for $0.01. */
export function callAt(minute: number, fields: Partial<WorkloadCall> = {}): WorkloadCall {
  return {
    ...{ timeMs: minute * 60_000, kind: 'chat', isMultimodal: false, isCovered: false, model: 'today', provider: null },
    ...{ inputTokens: 1_000, outputTokens: 1_000, costPicoUsd: 10_000_000_000n, isUnpriced: false },
    ...fields,
  };
}

/** Calls of days from 1 January 1970 on, all days in between included. */
export function workloadOf(calls: readonly WorkloadCall[], days = 1, boundsTokens = [512, 8_192, 131_072]): Workload {
  const digests = Array.from({ length: days }, (_, day) => {
    const name = new Date(day * 86_400_000).toISOString().slice(0, 10);
    return new DayDigest({ day: name, firstMinute: day * 1_440, minutes: 1_440, boundsTokens });
  });
  for (const call of calls) digests[Math.floor(call.timeMs / 86_400_000)]?.add(call);
  return { days: digests.map((digest) => digest.finish()) };
}
