import { takeList, takeNumber, takeShare, takeSigned, withDefault } from '../../inputs/inputs.ts';
import { divideOrNull } from '../../quotient.ts';
import { refuseInput } from '../calculation-error.ts';
import { defineCalculator } from '../calculator.ts';
import {
  combineReductionRatios,
  computeCompressionRatio,
  computePromptCacheBills,
  computeReductionRatio,
  computeRoutingSavings,
} from '../token-savings.ts';

/** Thirds written with six decimals sum to 1. */
const SHARES_SUM_TOLERANCE = 2e-6;
const REDUCTION = 'share taken off; null where there was nothing before';

const reduction = defineCalculator(
  {
    name: 'reduction',
    summary: 'Share taken off, of tokens or of money',
    inputs: { before: takeNumber('any unit'), after: takeNumber('the same unit') },
    result: { reduction_pct: REDUCTION },
    source: 'METHODS 5.4',
  },
  ({ before, after }) => ({ reduction_pct: computeReductionRatio(before, after) }),
);

const combinedReduction = defineCalculator(
  {
    name: 'combined_reduction',
    summary: 'Share taken off by reductions one after another',
    inputs: { reductions: takeList(takeNumber('share taken off', { min: Number.NEGATIVE_INFINITY, max: 1 })) },
    result: { reduction_pct: 'share taken off' },
    source: 'METHODS 5.4',
  },
  ({ reductions }) => ({ reduction_pct: combineReductionRatios(reductions) }),
);

const compression = defineCalculator(
  {
    name: 'compression',
    summary: 'What is left when part of a text shrinks',
    inputs: {
      share_compressed: takeShare('share of the text'),
      ratio: takeNumber('length before over length after', { above: 0 }),
    },
    result: { remaining_share: 'share left', reduction_pct: 'share taken off' },
    source: 'METHODS 4.1 and 5.4',
  },
  ({ share_compressed, ratio: factor }) => {
    const reductionRatio = computeCompressionRatio(share_compressed, factor);
    return { remaining_share: 1 - reductionRatio, reduction_pct: reductionRatio };
  },
);

const ratio = defineCalculator(
  {
    name: 'ratio',
    summary: 'How many times one amount is the other',
    inputs: { a: takeSigned('any unit'), b: takeSigned('the same unit') },
    result: { ratio: '`a` over `b`; null where `b` is 0' },
    source: 'METHODS 5.4',
  },
  ({ a, b }) => ({ ratio: divideOrNull(a, b) }),
);

const promptCache = defineCalculator(
  {
    name: 'prompt_cache',
    summary: 'Calls that share a prefix, without and with a prompt cache: the first writes it, the others read it',
    inputs: {
      n: takeNumber('calls', { min: 1, whole: true }),
      prefix: takeNumber('tokens they share'),
      dynamic: takeNumber('further input tokens a call'),
      price: takeNumber('USD per 1M input tokens'),
      discount: takeShare('share taken off cached tokens'),
      write_premium: withDefault(takeNumber('share added to written tokens'), 0),
    },
    result: { without_usd: 'USD', with_usd: 'USD', savings_pct: 'share saved; null where nothing is paid' },
    source: 'METHODS 5.4; guide S2 lines 1121 to 1133',
  },
  (inputs) => {
    const bills = computePromptCacheBills({
      requests: inputs.n,
      prefixTokens: inputs.prefix,
      dynamicTokens: inputs.dynamic,
      inputPriceUsd: inputs.price,
      discountRatio: inputs.discount,
      writePremiumRatio: inputs.write_premium,
    });
    return { without_usd: bills.withoutUsd, with_usd: bills.withUsd, savings_pct: bills.savingsRatio };
  },
);

const cacheHit = defineCalculator(
  {
    name: 'cache_hit',
    summary: 'What a cache of answers saves; own hardware saves only by whole instances',
    inputs: {
      hit_rate: takeShare('share of the calls answered from it'),
      api_variable_usd: takeNumber('USD a month'),
      instances_removed: takeNumber('instances no longer needed'),
      usd_per_instance: takeNumber('USD a month'),
      self_usd: withDefault(takeNumber('USD a month; a fixed bill, which changes nothing'), null),
    },
    result: { api_saving_usd: 'USD a month', self_saving_usd: 'USD a month' },
    source: 'METHODS 4.2 and 5.4; guide S4 line 738',
  },
  (inputs) => ({
    api_saving_usd: inputs.hit_rate * inputs.api_variable_usd,
    self_saving_usd: inputs.instances_removed * inputs.usd_per_instance,
  }),
);

const batching = defineCalculator(
  {
    name: 'batching',
    summary: 'Time an item takes in a batch',
    inputs: {
      single_ms: takeNumber('ms of one item alone'),
      batch_ms: takeNumber('ms of the batch'),
      batch: takeNumber('items', { above: 0 }),
    },
    result: { per_item_ms: 'ms', savings_pct: 'share of time saved; null where one item takes none' },
    source: 'METHODS 5.4; guide S4 lines 755 to 762',
  },
  ({ single_ms, batch_ms, batch }) => {
    const perItemMs = batch_ms / batch;
    return { per_item_ms: perItemMs, savings_pct: computeReductionRatio(single_ms, perItemMs) };
  },
);

const routingSavings = defineCalculator(
  {
    name: 'routing_savings',
    summary: 'A mix of models against one model for all calls',
    inputs: {
      shares: takeList(takeShare('share of the calls'), 1),
      usd_per_request: takeList(takeNumber('USD a call, in the order of the shares'), 1),
      baseline_usd_per_request: takeNumber('USD a call'),
    },
    result: { blended_usd: 'USD a call', savings_pct: 'share saved; null where the baseline is free' },
    source: 'METHODS 5.4',
  },
  ({ shares, usd_per_request, baseline_usd_per_request }) => {
    if (shares.length !== usd_per_request.length) {
      refuseInput('usd_per_request', `${shares.length} prices, as many as shares, not ${usd_per_request.length}`);
    }
    const total = shares.reduce((sum, share) => sum + share, 0);
    if (Math.abs(total - 1) > SHARES_SUM_TOLERANCE) refuseInput('shares', `shares that sum to 1, not ${total}`);
    const savings = computeRoutingSavings(shares, usd_per_request, baseline_usd_per_request);
    return { blended_usd: savings.blendedUsd, savings_pct: savings.savingsRatio };
  },
);

const impliedCost = defineCalculator(
  {
    name: 'implied_cost',
    summary: 'The cost that a claimed multiple of return implies',
    inputs: { annual_saving: takeNumber('USD a year'), multiple: takeNumber('times the cost') },
    result: { implied_cost_usd: 'USD; null where the multiple is 0' },
    source: 'METHODS 4.1 and 5.4; guide S2 line 1369',
  },
  ({ annual_saving, multiple }) => ({ implied_cost_usd: divideOrNull(annual_saving, multiple) }),
);

const impliedTokens = defineCalculator(
  {
    name: 'implied_tokens',
    summary: 'The tokens that a claimed rate implies',
    inputs: { tokens_per_s: takeNumber('tokens a second'), seconds: takeNumber('s') },
    result: { tokens: 'tokens' },
    source: 'METHODS 4.1 and 5.4; guide S1 lines 153 to 154',
  },
  ({ tokens_per_s, seconds }) => ({ tokens: tokens_per_s * seconds }),
);

const costPerQualityPoint = defineCalculator(
  {
    name: 'cost_per_quality_point',
    summary: 'What a point of quality costs; only scores of one scale compare',
    inputs: { annual_usd: takeNumber('USD a year'), score: takeNumber('points') },
    result: { usd_per_point: 'USD a year and point; null where the score is 0' },
    source: 'METHODS 5.2 (12); guide S4 lines 413 to 417',
  },
  ({ annual_usd, score }) => ({ usd_per_point: divideOrNull(annual_usd, score) }),
);

/** What is saved on tokens, time and calls. */
export const SAVING_CALCULATORS = [
  reduction,
  combinedReduction,
  compression,
  ratio,
  promptCache,
  cacheHit,
  batching,
  routingSavings,
  impliedCost,
  impliedTokens,
  costPerQualityPoint,
];
