import { findLinearBreakEvenRequests } from '../../domain/break-even/linear-break-even.ts';
import {
  computeReplicaCapacityRequests,
  HOURS_PER_MONTH,
  type ReplicaLoad,
} from '../../domain/break-even/self-host-fleet.ts';
import { computeServiceTimeS } from '../../domain/break-even/service-time.ts';
import { findSteppedBreakEven } from '../../domain/break-even/stepped-break-even.ts';
import {
  foldMigrateStates,
  INITIAL_MIGRATE_STATE,
  type MigrateDay,
  type MigratePolicy,
} from '../../domain/migrate-now/migrate-state.ts';
import type { Calculator, InputFields } from '../input-fields.ts';

/** Break-even, sizing and migrate-now. */
export const BREAK_EVEN_CALCULATORS: Readonly<Record<string, Calculator>> = {
  breakeven_requests: (inputs) => ({
    requests_per_month: findLinearBreakEvenRequests({
      selfFixedUsd: inputs.number('self_fixed'),
      apiFixedUsd: inputs.number('api_fixed'),
      apiUnitUsd: inputs.number('api_unit'),
      selfUnitUsd: inputs.numberOr('self_unit', 0),
    }),
  }),
  breakeven_tokens: (inputs) => ({
    tokens_per_month: (inputs.number('self_fixed') / inputs.positive('usd_per_1k_tokens')) * 1000,
  }),
  payback_requests: (inputs) => {
    const savedUsd = inputs.number('api_unit') - inputs.number('self_variable_unit');
    return { requests: savedUsd > 0 ? inputs.number('capex') / savedUsd : null };
  },
  stepped_breakeven: calculateSteppedBreakEven,
  capacity: calculateCapacity,
  fits: (inputs) => ({
    fits: inputs.number('weights_gb') <= inputs.number('vram_gb_total') * inputs.number('usable_share', { max: 1 }),
  }),
  migrate_now: calculateMigrateNow,
};

function calculateSteppedBreakEven(inputs: InputFields): Readonly<Record<string, unknown>> {
  const load = readLoad(inputs, 'rho');
  const capacityRequests = computeReplicaCapacityRequests(load);
  const found = findSteppedBreakEven({
    apiUnitUsd: inputs.number('api_unit'),
    apiFixedUsd: inputs.number('api_fixed'),
    fleet: {
      replicaMonthlyUsd: inputs.number('replica_monthly'),
      opsBaseUsd: inputs.number('ops_base'),
      opsPerReplicaUsd: inputs.number('ops_per_replica'),
      otherUsd: inputs.number('other'),
      minReplicas: inputs.number('min_replicas', { min: 1, whole: true }),
    },
    capacityRequests,
  });
  const tokens = load.inputTokens + load.outputTokens;
  return {
    capacity_requests_per_replica_month: capacityRequests,
    value_of_full_replica_usd: found.fullReplicaValueUsd,
    marginal_replica_usd: found.replicaUsd,
    first_requests_per_month: found.firstRequests,
    stable_requests_per_month: found.stableRequests,
    tokens_per_month_first: found.firstRequests === null ? null : found.firstRequests * tokens,
  };
}

function calculateCapacity(inputs: InputFields): Readonly<Record<string, unknown>> {
  const load = readLoad(inputs, 'target_utilisation');
  const serviceTimeS = computeServiceTimeS(load.serviceTime, load.inputTokens, load.outputTokens);
  const meanRps = inputs.number('requests_per_month') / (3600 * load.hoursPerMonth);
  const peakRps = meanRps * load.peakFactor;
  const maxRpsPerReplica = load.utilisationRatio / serviceTimeS;
  const minReplicas = inputs.number('min_replicas', { whole: true });
  const replicas = Math.max(minReplicas, Math.ceil(peakRps / maxRpsPerReplica));
  return {
    mean_rps: meanRps,
    peak_rps: peakRps,
    service_s_per_request: serviceTimeS,
    max_rps_per_replica: maxRpsPerReplica,
    replicas,
    gpu_monthly_usd: replicas * inputs.number('usd_per_hour_per_replica') * load.hoursPerMonth,
  };
}

function readLoad(inputs: InputFields, utilisationField: string): ReplicaLoad {
  const utilisationRatio = inputs.positive(utilisationField);
  if (utilisationRatio > 1) inputs.refuse(utilisationField, 'must not exceed 1');
  const load = {
    serviceTime: {
      inputTokenS: inputs.number('a'),
      outputTokenS: inputs.number('b'),
      contextTokenS: inputs.number('c'),
    },
    inputTokens: inputs.number('tin'),
    outputTokens: inputs.number('tout'),
    utilisationRatio,
    peakFactor: inputs.positive('peak_factor'),
    hoursPerMonth: inputs.numberOr('hours_per_month', HOURS_PER_MONTH),
  };
  if (computeServiceTimeS(load.serviceTime, load.inputTokens, load.outputTokens) === 0) {
    inputs.refuse('a, b, c', 'give these lengths no service time');
  }
  return load;
}

function calculateMigrateNow(inputs: InputFields): Readonly<Record<string, unknown>> {
  const policy = readPolicy(inputs.object('params'));
  const days = inputs.objects('days').map(readMigrateDay);
  const states = foldMigrateStates(INITIAL_MIGRATE_STATE, days, policy).map((state) => state.verdict);
  const alertDays = states.flatMap((verdict, day) =>
    verdict === 'migrate_now' && states[day - 1] !== 'migrate_now' ? [day] : [],
  );
  return { states, alert_days: alertDays };
}

function readMigrateDay(day: InputFields): MigrateDay {
  return {
    historyDays: day.number('history_days'),
    savingsRatio: day.number('pct', { min: -Number.MAX_VALUE }),
    savingsUsd: day.number('usd', { min: -Number.MAX_VALUE }),
    probability: day.number('prob', { max: 1 }),
    paybackMonths: day.numberOrNull('payback'),
    gates: day.optionalBoolean('gates', true) ? 'pass' : 'fail',
    complete: day.optionalBoolean('complete', true),
  };
}

function readPolicy(params: InputFields): MigratePolicy {
  return {
    onSavingsRatio: params.number('on_pct'),
    onSavingsUsd: params.number('on_usd'),
    onProbability: params.number('on_prob'),
    onDays: params.number('n_on'),
    offSavingsRatio: params.number('off_pct'),
    offSavingsUsd: params.number('off_usd'),
    offProbability: params.number('off_prob'),
    offDays: params.number('n_off'),
    maxPaybackMonths: params.number('max_payback'),
    minHistoryDays: params.number('min_history'),
    maxMissingDays: params.number('max_missing'),
  };
}
