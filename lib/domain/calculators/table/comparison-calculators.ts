import { HOURS_PER_MONTH } from '../../break-even/self-host-fleet.ts';
import { computeServiceTimeS } from '../../break-even/service-time.ts';
import {
  readInputs,
  takeFields,
  takeList,
  takeMap,
  takeNumber,
  takeShare,
  takeSigned,
  takeTuple,
  withDefault,
} from '../../inputs/inputs.ts';
import { showName } from '../../shown-value.ts';
import { computeApiBill } from '../api-bill.ts';
import { refuseInput } from '../calculation-error.ts';
import { defineCalculator } from '../calculator.ts';
import { computeCapacity } from '../capacity.ts';
import { computeRentedMonthlyUsd } from '../hosting-bill.ts';
import { summariseMonthEnd } from '../month-end.ts';
import { computeOwnershipCost } from '../ownership-cost.ts';
import { computePaybackMonths, computeSavings, computeSavingsProbability } from '../savings.ts';
import { computeTornado, type TornadoRange } from '../tornado.ts';

const USD_MONTH = 'USD a month';

const savings = defineCalculator(
  {
    name: 'savings',
    summary: 'What self-hosting saves; a saving is a share of the API bill',
    inputs: { api_usd: takeNumber('USD'), self_usd: takeNumber('USD, over the same time') },
    result: {
      savings_usd: 'USD; negative where it costs more',
      savings_pct_of_api: 'share of the API bill; null where that is 0',
      self_premium_pct: 'share of the self-hosted bill; null where that is 0',
    },
    source: 'METHODS 5.4; guide S4 lines 373 to 378',
  },
  ({ api_usd, self_usd }) => {
    const found = computeSavings(api_usd, self_usd);
    return {
      savings_usd: found.savingsUsd,
      savings_pct_of_api: found.apiShareRatio,
      self_premium_pct: found.selfPremiumRatio,
    };
  },
);

const paybackMonths = defineCalculator(
  {
    name: 'payback_months',
    summary: 'Months until a one-time cost is earned back',
    inputs: {
      one_time: takeNumber('USD'),
      api_monthly: takeNumber(USD_MONTH),
      self_cash_monthly: takeNumber(`${USD_MONTH}, without depreciation`),
    },
    result: { months: 'months; null where nothing is saved' },
    source: 'METHODS 5.2 (10)',
  },
  (inputs) => ({ months: computePaybackMonths(inputs.one_time, inputs.api_monthly, inputs.self_cash_monthly) }),
);

const tco = defineCalculator(
  {
    name: 'tco',
    summary: 'Both bills over some months; volume grows monthly, API prices fall yearly, nothing is re-sized',
    inputs: {
      // A century bounds the sum.
      months: takeNumber('months', { max: 1200, whole: true }),
      api_variable: takeNumber(`${USD_MONTH}, the first`),
      api_fixed: takeNumber(USD_MONTH),
      self_monthly: takeNumber(USD_MONTH),
      one_time: takeNumber('USD'),
      growth_monthly: withDefault(takeNumber('share a month', { min: -1 }), 0),
      api_decline_annual: withDefault(takeNumber('share a year; negative is a rise', { min: -1, max: 1 }), 0),
    },
    result: { api_usd: 'USD', self_usd: 'USD', savings_usd: 'USD; negative where self-hosting costs more' },
    source: 'METHODS 5.4; guide S4 lines 38 to 43',
  },
  (inputs) => {
    const cost = computeOwnershipCost({
      months: inputs.months,
      apiVariableUsd: inputs.api_variable,
      apiFixedUsd: inputs.api_fixed,
      selfMonthlyUsd: inputs.self_monthly,
      oneTimeUsd: inputs.one_time,
      growthMonthlyRatio: inputs.growth_monthly,
      apiDeclineAnnualRatio: inputs.api_decline_annual,
    });
    return { api_usd: cost.apiUsd, self_usd: cost.selfUsd, savings_usd: cost.savingsUsd };
  },
);

const monthEndFromPaths = defineCalculator(
  {
    name: 'month_end_from_paths',
    summary: "The month's end from what is spent and simulated rests",
    inputs: {
      mtd: takeSigned('USD spent so far'),
      remaining_paths: takeList(takeSigned('USD of one simulated rest'), 1),
      budget: withDefault(takeSigned('USD'), null),
    },
    result: {
      median: 'USD',
      lo80: 'USD',
      hi80: 'USD',
      lo95: 'USD',
      hi95: 'USD',
      p_exceed: 'share strictly above the budget; null without one',
    },
    source: 'METHODS 1.4 (8) and 5.4',
  },
  ({ mtd, remaining_paths, budget }) => {
    const { pExceed, ...quantiles } = summariseMonthEnd(mtd, remaining_paths, budget);
    return { ...quantiles, p_exceed: pExceed };
  },
);

const savingsProbability = defineCalculator(
  {
    name: 'savings_probability',
    summary: 'Share of forecast API bills under which moving saves enough',
    inputs: {
      api_month_end_paths: takeList(takeSigned('USD of one forecast month'), 1),
      self_monthly: takeNumber(USD_MONTH),
      min_pct: takeNumber('share of the API bill to save at least'),
      min_usd: takeNumber('USD to save at least'),
    },
    result: { probability: 'share' },
    source: 'METHODS 5.2 (14)',
  },
  (inputs) => ({
    probability: computeSavingsProbability(
      inputs.api_month_end_paths,
      inputs.self_monthly,
      inputs.min_pct,
      inputs.min_usd,
    ),
  }),
);

const TORNADO_BASE = {
  requests: takeNumber('calls a month'),
  tin: takeNumber('input tokens a call'),
  tout: takeNumber('output tokens a call'),
  pin: takeNumber('USD per 1M tokens'),
  pout: takeNumber('USD per 1M tokens'),
  cached: withDefault(takeNumber('tokens of `tin` read from cache'), 0),
  pcached: withDefault(takeNumber('USD per 1M tokens'), 0),
  api_fixed: takeNumber(USD_MONTH),
  a: takeNumber('s an input token'),
  b: takeNumber('s an output token'),
  c: takeNumber('s an output token and token in context'),
  rho: takeNumber('load aimed at, as a share', { above: 0, max: 1 }),
  peak_factor: takeNumber('peak over mean', { above: 0 }),
  min_replicas: takeNumber('replicas', { whole: true }),
  usd_per_hour: takeNumber('USD a replica and hour'),
  reserved_discount: takeShare('share taken off the replicas'),
  ops_base: takeNumber(USD_MONTH),
  ops_per_replica: takeNumber('USD a replica and month'),
  other: takeNumber(USD_MONTH),
} as const;

type Parameter = keyof typeof TORNADO_BASE;
type Parameters = Readonly<Record<Parameter, number>>;

const PARAMETERS = Object.keys(TORNADO_BASE) as readonly Parameter[];

const tornado = defineCalculator(
  {
    name: 'tornado',
    summary: 'Which assumption decides the saving: each to its low and high, replicas re-sized',
    inputs: {
      base: takeFields(TORNADO_BASE),
      ranges: takeMap(takeTuple([takeSigned('low'), takeSigned('high')])),
    },
    result: {
      base_savings_usd: USD_MONTH,
      base_replicas: 'replicas',
      order: 'names, the largest swing first, ties as given',
      rows: 'list of `param`, `low`, `high`, `savings_at_low`, `savings_at_high`, `swing` (USD a month)',
    },
    source: 'METHODS 5.2 (13) and 5.4',
  },
  ({ base, ranges }) => {
    const atBase = computeModelSaving(base, 'base');
    const named = [...ranges].map(([name, [low = 0, high = 0]]) => readRange(base, name, low, high));
    const bars = computeTornado<Parameter>(base, named, (parameters) => computeModelSaving(parameters, 'ranges').usd);
    return {
      base_savings_usd: atBase.usd,
      base_replicas: atBase.replicas,
      order: bars.map(({ name }) => name),
      rows: bars.map((bar) => ({
        param: bar.name,
        low: bar.low,
        high: bar.high,
        savings_at_low: bar.atLow,
        savings_at_high: bar.atHigh,
        swing: bar.swing,
      })),
    };
  },
);

/** A range of a parameter there is, both ends such as the base could hold. */
function readRange(base: Parameters, param: string, low: number, high: number): TornadoRange<Parameter> {
  const name = PARAMETERS.find((known) => known === param);
  if (name === undefined)
    return refuseInput(`ranges.${showName(param)}`, `a parameter of the base: ${PARAMETERS.join(', ')}`);
  for (const value of [low, high]) {
    const { [name]: input } = TORNADO_BASE;
    const reading = { issues: [], ignored: [] };
    if (readInputs({ [name]: input }, { ...base, [name]: value }, 'ranges', reading) === undefined) {
      refuseInput(`ranges.${name}`, `each end ${input.expected}, not ${value}`);
    }
  }
  return { name, low, high };
}

function computeModelSaving(
  parameters: Parameters,
  field: string,
): { readonly usd: number; readonly replicas: number } {
  const { tin, tout, cached } = parameters;
  if (cached > tin) refuseInput(`${field}.cached`, `a number of at most \`tin\`, ${tin}, not ${cached}`);
  const api = computeApiBill({
    requests: parameters.requests,
    inputTokens: tin,
    cachedTokens: cached,
    outputTokens: tout,
    inputPriceUsd: parameters.pin,
    cachedPriceUsd: parameters.pcached,
    outputPriceUsd: parameters.pout,
    fixedUsd: parameters.api_fixed,
  });
  const fit = { inputTokenS: parameters.a, outputTokenS: parameters.b, contextTokenS: parameters.c };
  const { replicas } = computeCapacity({
    requestsPerMonth: parameters.requests,
    hoursPerMonth: HOURS_PER_MONTH,
    peakFactor: parameters.peak_factor,
    utilisationRatio: parameters.rho,
    serviceTimeS: computeServiceTimeS(fit, tin, tout),
    minReplicas: parameters.min_replicas,
  });
  const { usd_per_hour, reserved_discount, ops_base, ops_per_replica, other } = parameters;
  const rentUsd = computeRentedMonthlyUsd(replicas, usd_per_hour, HOURS_PER_MONTH, reserved_discount);
  return { usd: api.monthlyUsd - (rentUsd + ops_base + ops_per_replica * replicas + other), replicas };
}

/** Both ways side by side, over time and under other assumptions. */
export const COMPARISON_CALCULATORS = [savings, paybackMonths, tco, monthEndFromPaths, savingsProbability, tornado];
