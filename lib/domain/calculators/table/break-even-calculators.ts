import { fitServiceTime, MIN_FIT_ROWS } from '../../break-even/fit-service-time.ts';
import { findLinearBreakEvenRequests } from '../../break-even/linear-break-even.ts';
import { computeReplicaCapacityRequests, HOURS_PER_MONTH } from '../../break-even/self-host-fleet.ts';
import { computeServiceTimeS } from '../../break-even/service-time.ts';
import { findSteppedBreakEven } from '../../break-even/stepped-break-even.ts';
import { takeChoice, takeList, takeNumber, takeShare, takeText, takeTuple, withDefault } from '../../inputs/inputs.ts';
import { isAtLeast } from '../../quotient.ts';
import { refuseInput } from '../calculation-error.ts';
import { defineCalculator } from '../calculator.ts';
import { computeCapacity } from '../capacity.ts';
import { computeBreakEvenTokens, computePaybackRequests } from '../savings.ts';

const USD_MONTH = 'USD a month';
const FIT_FIELDS = ['input_len', 'output_len', 'output_tokens_per_s_per_replica'] as const;

const breakevenRequests = defineCalculator(
  {
    name: 'breakeven_requests',
    summary: 'Calls a month from which a fixed bill costs no more than the API',
    inputs: {
      self_fixed: takeNumber(USD_MONTH),
      api_fixed: takeNumber(USD_MONTH),
      api_unit: takeNumber('USD a call'),
      self_unit: withDefault(takeNumber('USD a call'), 0),
    },
    result: { requests_per_month: 'calls; 0 where self-hosting has no larger fixed part, null = never' },
    source: 'METHODS 5.2 (8)',
  },
  (inputs) => ({
    requests_per_month: findLinearBreakEvenRequests({
      selfFixedUsd: inputs.self_fixed,
      apiFixedUsd: inputs.api_fixed,
      apiUnitUsd: inputs.api_unit,
      selfUnitUsd: inputs.self_unit,
    }),
  }),
);

const breakevenTokens = defineCalculator(
  {
    name: 'breakeven_tokens',
    summary: 'Tokens a month from which a fixed bill costs no more than the API',
    inputs: { self_fixed: takeNumber(USD_MONTH), usd_per_1k_tokens: takeNumber('USD per 1,000 tokens') },
    result: { tokens_per_month: 'tokens; 0 without a fixed part, null = never' },
    source: 'METHODS 5.4; guide S0 lines 52 to 61',
  },
  (inputs) => ({ tokens_per_month: computeBreakEvenTokens(inputs.self_fixed, inputs.usd_per_1k_tokens) }),
);

const paybackRequests = defineCalculator(
  {
    name: 'payback_requests',
    summary: 'Calls that earn back bought hardware',
    inputs: {
      capex: takeNumber('USD'),
      api_unit: takeNumber('USD a call'),
      self_variable_unit: takeNumber('USD a call'),
    },
    result: { requests: 'calls; null where a call saves nothing' },
    source: 'METHODS 4.1 and 5.4; guide S1 lines 748 to 757',
  },
  (inputs) => ({ requests: computePaybackRequests(inputs.capex, inputs.api_unit, inputs.self_variable_unit) }),
);

const LOAD = {
  tin: takeNumber('input tokens a call'),
  tout: takeNumber('output tokens a call'),
  a: takeNumber('s an input token'),
  b: takeNumber('s an output token'),
  c: takeNumber('s an output token and token in context'),
  peak_factor: takeNumber('peak over mean', { above: 0 }),
  hours_per_month: withDefault(takeNumber('hours', { above: 0 }), HOURS_PER_MONTH),
  throughput_key: withDefault(takeText('name of the throughput; changes nothing'), null),
};
const UTILISATION = takeNumber('load aimed at, as a share', { above: 0, max: 1 });

interface LoadInputs {
  readonly tin: number;
  readonly tout: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

function readServiceTime({ tin, tout, a, b, c }: LoadInputs) {
  const serviceTime = { inputTokenS: a, outputTokenS: b, contextTokenS: c };
  const serviceTimeS = computeServiceTimeS(serviceTime, tin, tout);
  if (serviceTimeS === 0) refuseInput('a, b, c', 'terms that give these lengths a time above 0');
  return { serviceTime, serviceTimeS };
}

const capacity = defineCalculator(
  {
    name: 'capacity',
    summary: 'Replicas for the peak, and their rent',
    inputs: {
      requests_per_month: takeNumber('calls'),
      ...LOAD,
      target_utilisation: UTILISATION,
      min_replicas: takeNumber('replicas', { whole: true }),
      usd_per_hour_per_replica: takeNumber('USD'),
    },
    result: {
      mean_rps: 'calls a second',
      peak_rps: 'calls a second',
      service_s_per_request: 's of one replica',
      max_rps_per_replica: 'calls a second',
      replicas: 'replicas',
      gpu_monthly_usd: USD_MONTH,
    },
    source: 'METHODS 5.2 (2, 3) and 5.4',
  },
  (inputs) => {
    const { serviceTimeS } = readServiceTime(inputs);
    const sized = computeCapacity({
      requestsPerMonth: inputs.requests_per_month,
      hoursPerMonth: inputs.hours_per_month,
      peakFactor: inputs.peak_factor,
      utilisationRatio: inputs.target_utilisation,
      serviceTimeS,
      minReplicas: inputs.min_replicas,
    });
    return {
      mean_rps: sized.meanRps,
      peak_rps: sized.peakRps,
      service_s_per_request: serviceTimeS,
      max_rps_per_replica: sized.maxRpsPerReplica,
      replicas: sized.replicas,
      gpu_monthly_usd: sized.replicas * inputs.usd_per_hour_per_replica * inputs.hours_per_month,
    };
  },
);

const steppedBreakeven = defineCalculator(
  {
    name: 'stepped_breakeven',
    summary: 'First and stable break-even of whole replicas against a price per call',
    inputs: {
      api_unit: takeNumber('USD a call'),
      api_fixed: takeNumber(USD_MONTH),
      ...LOAD,
      rho: UTILISATION,
      min_replicas: takeNumber('replicas', { min: 1, whole: true }),
      replica_monthly: takeNumber('USD a replica and month'),
      ops_base: takeNumber(USD_MONTH),
      ops_per_replica: takeNumber('USD a replica and month'),
      other: takeNumber(USD_MONTH),
    },
    result: {
      capacity_requests_per_replica_month: 'calls',
      value_of_full_replica_usd: USD_MONTH,
      marginal_replica_usd: USD_MONTH,
      first_requests_per_month: 'calls; null = never',
      stable_requests_per_month: 'calls; null = never for good',
      tokens_per_month_first: 'tokens; null = never',
    },
    source: 'METHODS 5.2 (9)',
  },
  (inputs) => {
    const capacityRequests = computeReplicaCapacityRequests({
      serviceTime: readServiceTime(inputs).serviceTime,
      inputTokens: inputs.tin,
      outputTokens: inputs.tout,
      utilisationRatio: inputs.rho,
      peakFactor: inputs.peak_factor,
      hoursPerMonth: inputs.hours_per_month,
    });
    const found = findSteppedBreakEven({
      apiUnitUsd: inputs.api_unit,
      apiFixedUsd: inputs.api_fixed,
      fleet: {
        replicaMonthlyUsd: inputs.replica_monthly,
        opsBaseUsd: inputs.ops_base,
        opsPerReplicaUsd: inputs.ops_per_replica,
        otherUsd: inputs.other,
        minReplicas: inputs.min_replicas,
      },
      capacityRequests,
    });
    return {
      capacity_requests_per_replica_month: capacityRequests,
      value_of_full_replica_usd: found.fullReplicaValueUsd,
      marginal_replica_usd: found.replicaUsd,
      first_requests_per_month: found.firstRequests,
      stable_requests_per_month: found.stableRequests,
      tokens_per_month_first: found.firstRequests === null ? null : found.firstRequests * (inputs.tin + inputs.tout),
    };
  },
);

const fits = defineCalculator(
  {
    name: 'fits',
    summary: 'Whether weights fit in the memory left for them',
    inputs: {
      weights_gb: takeNumber('GB'),
      vram_gb_total: takeNumber('GB of a replica'),
      usable_share: takeShare('share of it for weights'),
    },
    result: { fits: 'true or false; a tie fits' },
    source: 'METHODS 5.2 (3) and 5.4',
  },
  (inputs) => ({ fits: isAtLeast(inputs.vram_gb_total * inputs.usable_share, inputs.weights_gb) }),
);

const fit = defineCalculator(
  {
    name: 'fit_service_time',
    summary: 'Service time of a replica from published throughputs',
    inputs: {
      rows: takeList(
        takeTuple([
          takeNumber('input tokens a call'),
          takeNumber('output tokens a call', { above: 0 }),
          takeNumber('output tokens a second of one replica', { above: 0 }),
        ]),
        MIN_FIT_ROWS,
      ),
      row_fields: withDefault(takeTuple(FIT_FIELDS.map((name) => takeChoice(name, [name]))), null),
    },
    result: {
      a: 's an input token',
      b: 's an output token',
      c: 's an output token and token in context',
      mape: 'mean error, as a share of the time',
      max_err: 'largest error, as a share of the time',
    },
    source: 'METHODS 5.2 (2) and 5.4',
  },
  ({ rows }) => {
    const fitted = fitServiceTime(
      rows.map(([inputTokens = 0, outputTokens = 0, outputTokensPerS = 0]) => ({
        inputTokens,
        outputTokens,
        outputTokensPerS,
      })),
    );
    if (fitted === null) {
      return refuseInput('rows', `at least ${MIN_FIT_ROWS} different lengths, which tell a, b and c apart`);
    }
    return {
      a: fitted.fit.inputTokenS,
      b: fitted.fit.outputTokenS,
      c: fitted.fit.contextTokenS,
      mape: fitted.meanErrorRatio,
      max_err: fitted.maxErrorRatio,
    };
  },
);

/** Where two bills cross, and what decides how many replicas there are. */
export const BREAK_EVEN_CALCULATORS = [
  breakevenRequests,
  breakevenTokens,
  paybackRequests,
  steppedBreakeven,
  capacity,
  fits,
  fit,
];
