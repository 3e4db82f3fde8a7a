import { summariseMonthEnd } from '../../domain/calculators/month-end.ts';
import { computeOwnershipCost } from '../../domain/calculators/ownership-cost.ts';
import { computePaybackMonths, computeSavings, computeSavingsProbability } from '../../domain/calculators/savings.ts';
import {
  combineReductionRatios,
  computeCompressionRatio,
  computePromptCacheBills,
  computeReductionRatio,
  computeRoutingSavings,
} from '../../domain/calculators/token-savings.ts';
import type { Calculator, InputFields } from '../input-fields.ts';

const SHARE = { max: 1 } as const;

/** Savings, paybacks, reductions and totals over time. */
export const SAVING_CALCULATORS: Readonly<Record<string, Calculator>> = {
  savings: (inputs) => {
    const savings = computeSavings(inputs.number('api_usd'), inputs.number('self_usd'));
    return {
      savings_usd: savings.savingsUsd,
      savings_pct_of_api: savings.apiShareRatio,
      self_premium_pct: savings.selfPremiumRatio,
    };
  },
  payback_months: (inputs) => ({
    months: computePaybackMonths(
      inputs.number('one_time'),
      inputs.number('api_monthly'),
      inputs.number('self_cash_monthly'),
    ),
  }),
  savings_probability: (inputs) => ({
    probability: computeSavingsProbability(
      readPaths(inputs, 'api_month_end_paths'),
      inputs.number('self_monthly'),
      inputs.number('min_pct'),
      inputs.number('min_usd'),
    ),
  }),
  month_end_from_paths: calculateMonthEnd,
  tco: calculateTco,
  cost_per_quality_point: (inputs) => ({
    usd_per_point: inputs.number('annual_usd') / inputs.positive('score'),
  }),
  implied_cost: (inputs) => ({ implied_cost_usd: inputs.number('annual_saving') / inputs.positive('multiple') }),
  implied_tokens: (inputs) => ({ tokens: inputs.number('tokens_per_s') * inputs.number('seconds') }),
  ratio: (inputs) => ({ ratio: inputs.number('a') / inputs.positive('b') }),
  reduction: (inputs) => ({ reduction_pct: computeReductionRatio(inputs.number('before'), inputs.number('after')) }),
  combined_reduction: (inputs) => ({ reduction_pct: combineReductionRatios(inputs.numbers('reductions', SHARE)) }),
  compression: (inputs) => {
    const reduction = computeCompressionRatio(inputs.number('share_compressed', SHARE), inputs.positive('ratio'));
    return { remaining_share: 1 - reduction, reduction_pct: reduction };
  },
  prompt_cache: calculatePromptCache,
  cache_hit: (inputs) => ({
    api_saving_usd: inputs.number('hit_rate', SHARE) * inputs.number('api_variable_usd'),
    self_saving_usd: inputs.number('instances_removed') * inputs.number('usd_per_instance'),
  }),
  batching: (inputs) => {
    const perItemMs = inputs.number('batch_ms') / inputs.positive('batch');
    return { per_item_ms: perItemMs, savings_pct: computeReductionRatio(inputs.number('single_ms'), perItemMs) };
  },
  routing_savings: calculateRoutingSavings,
};

function calculateMonthEnd(inputs: InputFields): Readonly<Record<string, unknown>> {
  const budget = inputs.optionalNumber('budget');
  const end = summariseMonthEnd(inputs.number('mtd'), readPaths(inputs, 'remaining_paths'), budget ?? null);
  const { pExceed, ...quantiles } = end;
  return { ...quantiles, p_exceed: pExceed };
}

function readPaths(inputs: InputFields, field: string): readonly number[] {
  const paths = inputs.numbers(field);
  return paths.length > 0 ? paths : inputs.refuse(field, 'needs at least one path');
}

function calculateTco(inputs: InputFields): Readonly<Record<string, unknown>> {
  const cost = computeOwnershipCost({
    // A century bounds the sum.
    months: inputs.number('months', { max: 1200, whole: true }),
    apiVariableUsd: inputs.number('api_variable'),
    apiFixedUsd: inputs.number('api_fixed'),
    selfMonthlyUsd: inputs.number('self_monthly'),
    oneTimeUsd: inputs.number('one_time'),
    growthMonthlyRatio: inputs.numberOr('growth_monthly', 0, { min: -1 }),
    apiDeclineAnnualRatio: inputs.numberOr('api_decline_annual', 0, { min: -1, max: 1 }),
  });
  return { api_usd: cost.apiUsd, self_usd: cost.selfUsd, savings_usd: cost.savingsUsd };
}

function calculatePromptCache(inputs: InputFields): Readonly<Record<string, unknown>> {
  const bills = computePromptCacheBills({
    requests: inputs.number('n', { min: 1, whole: true }),
    prefixTokens: inputs.number('prefix'),
    dynamicTokens: inputs.number('dynamic'),
    inputPriceUsd: inputs.number('price'),
    discountRatio: inputs.number('discount', SHARE),
    writePremiumRatio: inputs.numberOr('write_premium', 0),
  });
  return { without_usd: bills.withoutUsd, with_usd: bills.withUsd, savings_pct: bills.savingsRatio };
}

function calculateRoutingSavings(inputs: InputFields): Readonly<Record<string, unknown>> {
  const shares = inputs.numbers('shares', SHARE);
  const usdPerRequest = inputs.numbers('usd_per_request');
  if (shares.length !== usdPerRequest.length) inputs.refuse('usd_per_request', `expected ${shares.length} prices`);
  const total = shares.reduce((sum, share) => sum + share, 0);
  if (Math.abs(total - 1) > 1e-9) inputs.refuse('shares', `must sum to 1, got ${total}`);
  const savings = computeRoutingSavings(shares, usdPerRequest, inputs.number('baseline_usd_per_request'));
  return { blended_usd: savings.blendedUsd, savings_pct: savings.savingsRatio };
}
