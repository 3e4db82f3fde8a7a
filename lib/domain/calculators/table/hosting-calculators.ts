import { HOURS_PER_MONTH } from '../../break-even/self-host-fleet.ts';
import { takeNumber, takeShare, withDefault } from '../../inputs/inputs.ts';
import { defineCalculator } from '../calculator.ts';
import {
  computeElectricityUsd,
  computeHybridBill,
  computeOpsUsd,
  computeOutputPriceUsd,
  computeOwnedBill,
  computeRentedMonthlyUsd,
  computeSelfHostMonthlyUsd,
  computeWeightsGb,
} from '../hosting-bill.ts';

const USD_MONTH = 'USD a month';
const MONTHLY = { monthly_usd: USD_MONTH };
const HOURS = withDefault(takeNumber('hours'), HOURS_PER_MONTH);
const DISCOUNT = takeShare('share taken off the instances');

const rentedMonthly = defineCalculator(
  {
    name: 'rented_monthly',
    summary: 'A month of rented instances',
    inputs: {
      instances: takeNumber('instances'),
      usd_per_hour: takeNumber('USD an instance and hour'),
      hours_per_month: HOURS,
      reserved_discount: withDefault(DISCOUNT, 0),
    },
    result: MONTHLY,
    source: 'METHODS 5.2 (4)',
  },
  (inputs) => ({
    monthly_usd: computeRentedMonthlyUsd(
      inputs.instances,
      inputs.usd_per_hour,
      inputs.hours_per_month,
      inputs.reserved_discount,
    ),
  }),
);

const rentedFlat = defineCalculator(
  {
    name: 'rented_flat',
    summary: 'GPUs at a monthly price',
    inputs: { gpus: takeNumber('GPUs'), usd_month_per_gpu: takeNumber('USD a GPU and month') },
    result: MONTHLY,
    source: 'METHODS 5.4',
  },
  ({ gpus, usd_month_per_gpu }) => ({ monthly_usd: gpus * usd_month_per_gpu }),
);

const discountedMonthly = defineCalculator(
  {
    name: 'discounted_monthly',
    summary: 'A bill of instances alone under a reservation',
    inputs: { monthly_usd: takeNumber(USD_MONTH), reserved_discount: DISCOUNT },
    result: MONTHLY,
    source: 'METHODS 5.4; guide S4 line 729',
  },
  ({ monthly_usd, reserved_discount }) => ({ monthly_usd: monthly_usd * (1 - reserved_discount) }),
);

const ownedMonthly = defineCalculator(
  {
    name: 'owned_monthly',
    summary: 'A month of bought hardware: straight-line depreciation, power, maintenance',
    inputs: {
      capex: takeNumber('USD a machine'),
      life_years: takeNumber('years', { above: 0 }),
      watts: takeNumber('W a machine'),
      hours_per_day: takeNumber('hours', { max: 24 }),
      days_per_month: takeNumber('days', { max: 31 }),
      usd_per_kwh: takeNumber('USD'),
      maintenance: takeNumber(USD_MONTH),
      n: withDefault(takeNumber('machines'), 1),
      pue: withDefault(takeNumber("the building's power over the machines'", { min: 1 }), 1),
    },
    result: {
      depreciation_usd: USD_MONTH,
      power_usd: USD_MONTH,
      monthly_usd: USD_MONTH,
      cash_monthly_usd: `${USD_MONTH}, without depreciation`,
    },
    source: 'METHODS 5.2 (5); guide S1 lines 680 to 730',
  },
  (inputs) => {
    const bill = computeOwnedBill({
      machines: inputs.n,
      capexUsd: inputs.capex,
      lifeYears: inputs.life_years,
      watts: inputs.watts,
      hoursPerDay: inputs.hours_per_day,
      daysPerMonth: inputs.days_per_month,
      usdPerKwh: inputs.usd_per_kwh,
      maintenanceUsd: inputs.maintenance,
      pue: inputs.pue,
    });
    return {
      depreciation_usd: bill.depreciationUsd,
      power_usd: bill.powerUsd,
      monthly_usd: bill.monthlyUsd,
      cash_monthly_usd: bill.cashMonthlyUsd,
    };
  },
);

const OPS = {
  instances: takeNumber('instances'),
  ops_base: takeNumber(USD_MONTH),
  ops_per_instance: takeNumber('USD an instance and month'),
};

const selfhostFormula = defineCalculator(
  {
    name: 'selfhost_formula',
    summary: 'A month of self-hosting from instances and operations',
    inputs: {
      ...OPS,
      usd_per_hour: takeNumber('USD an instance and hour'),
      hours_per_month: HOURS,
      other: takeNumber(USD_MONTH),
    },
    result: MONTHLY,
    source: 'METHODS 5.2 (6); guide S4 lines 318 to 328',
  },
  (inputs) => {
    const gpuUsd = computeRentedMonthlyUsd(inputs.instances, inputs.usd_per_hour, inputs.hours_per_month, 0);
    const opsUsd = computeOpsUsd(inputs.instances, inputs.ops_base, inputs.ops_per_instance);
    return { monthly_usd: computeSelfHostMonthlyUsd(gpuUsd, inputs.other, opsUsd, 0) };
  },
);

const opsCost = defineCalculator(
  {
    name: 'ops_cost',
    summary: 'Operations: a base and a part for each instance',
    inputs: OPS,
    result: { usd: USD_MONTH },
    source: 'METHODS 5.2 (6); guide S4 line 326',
  },
  (inputs) => ({ usd: computeOpsUsd(inputs.instances, inputs.ops_base, inputs.ops_per_instance) }),
);

const PARTS = { gpu: takeNumber(USD_MONTH), other: takeNumber(USD_MONTH), ops: takeNumber(USD_MONTH) };
const YEARLY = { monthly_usd: USD_MONTH, annual_usd: 'USD a year of 12 months' };

const selfhostSum = defineCalculator(
  {
    name: 'selfhost_sum',
    summary: 'A month and a year of self-hosting from its parts',
    inputs: PARTS,
    result: YEARLY,
    source: 'METHODS 5.2 (6); guide S4 lines 222 to 242',
  },
  (inputs) => sumParts(inputs, 0),
);

const selfhostReserved = defineCalculator(
  {
    name: 'selfhost_reserved',
    summary: 'The same with reserved instances; nothing else gets the discount',
    inputs: { ...PARTS, reserved_discount: DISCOUNT },
    result: YEARLY,
    source: 'METHODS 4.1 and 5.2 (4)',
  },
  (inputs) => sumParts(inputs, inputs.reserved_discount),
);

function sumParts(
  parts: { readonly gpu: number; readonly other: number; readonly ops: number },
  discountRatio: number,
) {
  const monthlyUsd = computeSelfHostMonthlyUsd(parts.gpu, parts.other, parts.ops, discountRatio);
  return { monthly_usd: monthlyUsd, annual_usd: 12 * monthlyUsd };
}

const hybridMonthly = defineCalculator(
  {
    name: 'hybrid_monthly',
    summary: 'A router: some calls on own hardware, the others on the API',
    inputs: {
      share_local: takeShare('share of the calls on own hardware'),
      requests: takeNumber('calls a month, all of them'),
      api_unit: takeNumber('USD a call'),
      api_fixed: takeNumber(USD_MONTH),
      self_usd: takeNumber(`${USD_MONTH}, for the local share`),
    },
    result: { local_usd: USD_MONTH, api_usd: USD_MONTH, monthly_usd: USD_MONTH },
    source: 'METHODS 5.2 (7) and 5.4',
  },
  (inputs) => {
    const { share_local, requests, api_unit, api_fixed, self_usd } = inputs;
    const bill = computeHybridBill(share_local, requests, api_unit, api_fixed, self_usd);
    return { local_usd: bill.localUsd, api_usd: bill.apiUsd, monthly_usd: bill.monthlyUsd };
  },
);

const electricityMonthly = defineCalculator(
  {
    name: 'electricity_monthly',
    summary: 'Electricity of GPUs',
    inputs: {
      gpus: takeNumber('GPUs'),
      kw_per_gpu: takeNumber('kW'),
      hours: takeNumber('hours a month'),
      usd_per_kwh: takeNumber('USD'),
    },
    result: { usd: USD_MONTH },
    source: 'METHODS 5.4',
  },
  (inputs) => ({ usd: computeElectricityUsd(inputs.gpus, inputs.kw_per_gpu, inputs.hours, inputs.usd_per_kwh) }),
);

const weightsGb = defineCalculator(
  {
    name: 'weights_gb',
    summary: "Size of a model's weights",
    inputs: { params_b: takeNumber('billions of parameters'), bits: takeNumber('bits a parameter') },
    result: { weights_gb: 'GB, decimal' },
    source: 'METHODS 5.2 (3)',
  },
  ({ params_b, bits }) => ({ weights_gb: computeWeightsGb(params_b, bits) }),
);

const usdPerMillionOutput = defineCalculator(
  {
    name: 'usd_per_million_output',
    summary: 'Price of the output of hardware by the hour',
    inputs: {
      usd_per_hour: takeNumber('USD an hour'),
      tokens_per_s: takeNumber('output tokens a second at full load'),
      utilisation: takeShare('share of full load'),
    },
    result: { usd_per_million: 'USD per 1M output tokens; null where none come out' },
    source: 'METHODS 5.4',
  },
  (inputs) => ({
    usd_per_million: computeOutputPriceUsd(inputs.usd_per_hour, inputs.tokens_per_s, inputs.utilisation),
  }),
);

/** Bills and sizes of rented and of bought hardware. */
export const HOSTING_CALCULATORS = [
  rentedMonthly,
  rentedFlat,
  discountedMonthly,
  ownedMonthly,
  selfhostFormula,
  opsCost,
  selfhostSum,
  selfhostReserved,
  hybridMonthly,
  electricityMonthly,
  weightsGb,
  usdPerMillionOutput,
];
