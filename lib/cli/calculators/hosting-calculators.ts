import { HOURS_PER_MONTH } from '../../domain/break-even/self-host-fleet.ts';
import { computeApiBill, computeTrainingCost, convertCharacterPriceUsd } from '../../domain/calculators/api-bill.ts';
import {
  computeElectricityUsd,
  computeHybridBill,
  computeOpsUsd,
  computeOutputPriceUsd,
  computeOwnedBill,
  computeRentedMonthlyUsd,
  computeSelfHostMonthlyUsd,
  computeWeightsGb,
} from '../../domain/calculators/hosting-bill.ts';
import type { Calculator, InputFields } from '../input-fields.ts';

const SHARE = { max: 1 } as const;

/** Bills of the API, of rented and of owned hardware. */
export const HOSTING_CALCULATORS: Readonly<Record<string, Calculator>> = {
  api_monthly: calculateApiMonthly,
  owned_monthly: calculateOwnedMonthly,
  rented_monthly: (inputs) => ({
    monthly_usd: computeRentedMonthlyUsd(
      inputs.number('instances'),
      inputs.number('usd_per_hour'),
      inputs.numberOr('hours_per_month', HOURS_PER_MONTH),
      inputs.numberOr('reserved_discount', 0, SHARE),
    ),
  }),
  rented_flat: (inputs) => ({ monthly_usd: inputs.number('gpus') * inputs.number('usd_month_per_gpu') }),
  discounted_monthly: (inputs) => ({
    monthly_usd: inputs.number('monthly_usd') * (1 - inputs.number('reserved_discount', SHARE)),
  }),
  selfhost_formula: calculateSelfHostFormula,
  selfhost_sum: (inputs) => selfHostBill(inputs, 0),
  selfhost_reserved: (inputs) => selfHostBill(inputs, inputs.number('reserved_discount', SHARE)),
  ops_cost: (inputs) => ({ usd: readOpsUsd(inputs) }),
  hybrid_monthly: calculateHybridMonthly,
  electricity_monthly: (inputs) => ({
    usd: computeElectricityUsd(
      inputs.number('gpus'),
      inputs.number('kw_per_gpu'),
      inputs.number('hours'),
      inputs.number('usd_per_kwh'),
    ),
  }),
  weights_gb: (inputs) => ({ weights_gb: computeWeightsGb(inputs.number('params_b'), inputs.number('bits')) }),
  usd_per_million_output: (inputs) => ({
    usd_per_million: computeOutputPriceUsd(
      inputs.number('usd_per_hour'),
      inputs.positive('tokens_per_s'),
      inputs.positive('utilisation'),
    ),
  }),
  price_unit_convert: (inputs) => ({
    usd_per_million_tokens: convertCharacterPriceUsd(
      inputs.number('usd_per_1k_chars'),
      inputs.number('chars_per_token'),
    ),
  }),
  flat_rate: (inputs) => ({ usd: inputs.number('requests') * inputs.number('usd_per_request') }),
  finetune_training: (inputs) => trainingCost(inputs, inputs.number('examples') * inputs.number('tokens_per_example')),
  training_cost: (inputs) => trainingCost(inputs, inputs.number('tokens')),
};

function calculateApiMonthly(inputs: InputFields): Readonly<Record<string, unknown>> {
  const inputTokens = inputs.number('tin');
  const bill = computeApiBill({
    requests: inputs.number('requests'),
    inputTokens,
    cachedTokens: inputs.numberOr('cached', 0, { max: inputTokens }),
    outputTokens: inputs.number('tout'),
    inputPriceUsd: inputs.number('pin'),
    cachedPriceUsd: inputs.numberOr('pcached', 0),
    outputPriceUsd: inputs.number('pout'),
    fixedUsd: inputs.numberOr('fixed', 0),
  });
  return { unit_usd: bill.unitUsd, variable_usd: bill.variableUsd, monthly_usd: bill.monthlyUsd };
}

function calculateOwnedMonthly(inputs: InputFields): Readonly<Record<string, unknown>> {
  const bill = computeOwnedBill({
    machines: inputs.numberOr('n', 1),
    capexUsd: inputs.number('capex'),
    lifeYears: inputs.positive('life_years'),
    watts: inputs.number('watts'),
    hoursPerDay: inputs.number('hours_per_day', { max: 24 }),
    daysPerMonth: inputs.number('days_per_month'),
    usdPerKwh: inputs.number('usd_per_kwh'),
    maintenanceUsd: inputs.number('maintenance'),
    pue: inputs.numberOr('pue', 1, { min: 1 }),
  });
  return {
    depreciation_usd: bill.depreciationUsd,
    power_usd: bill.powerUsd,
    monthly_usd: bill.monthlyUsd,
    cash_monthly_usd: bill.cashMonthlyUsd,
  };
}

function calculateSelfHostFormula(inputs: InputFields): Readonly<Record<string, unknown>> {
  const hours = inputs.numberOr('hours_per_month', HOURS_PER_MONTH);
  const gpuUsd = computeRentedMonthlyUsd(inputs.number('instances'), inputs.number('usd_per_hour'), hours, 0);
  return { monthly_usd: computeSelfHostMonthlyUsd(gpuUsd, inputs.number('other'), readOpsUsd(inputs), 0) };
}

function selfHostBill(inputs: InputFields, reservedDiscountRatio: number): Readonly<Record<string, unknown>> {
  const monthlyUsd = computeSelfHostMonthlyUsd(
    inputs.number('gpu'),
    inputs.number('other'),
    inputs.number('ops'),
    reservedDiscountRatio,
  );
  return { monthly_usd: monthlyUsd, annual_usd: 12 * monthlyUsd };
}

function readOpsUsd(inputs: InputFields): number {
  return computeOpsUsd(inputs.number('instances'), inputs.number('ops_base'), inputs.number('ops_per_instance'));
}

function calculateHybridMonthly(inputs: InputFields): Readonly<Record<string, unknown>> {
  const bill = computeHybridBill(
    inputs.number('share_local', SHARE),
    inputs.number('requests'),
    inputs.number('api_unit'),
    inputs.number('api_fixed'),
    inputs.number('self_usd'),
  );
  return { local_usd: bill.localUsd, api_usd: bill.apiUsd, monthly_usd: bill.monthlyUsd };
}

function trainingCost(inputs: InputFields, fileTokens: number): Readonly<Record<string, unknown>> {
  const cost = computeTrainingCost(fileTokens, inputs.number('epochs'), inputs.number('usd_per_million'));
  return { training_tokens: cost.trainingTokens, usd: cost.usd };
}
