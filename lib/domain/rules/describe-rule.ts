import { parseUsd } from '../money.ts';
import { type AlertRule, findUnit, type RuleMetric, type RuleUnit } from './alert-rule.ts';
import type { RuleEvidence } from './judge-rule.ts';
import type { ContributionUnit } from './measure-metric.ts';

/** What a metric is, as messages call it. */
export const METRIC_WORDS: Readonly<Record<RuleMetric, string>> = {
  cost_per_call_usd: 'cost per call',
  error_ratio: 'share of failed calls',
  prompt_cache_ratio: 'share of prompt tokens read from a cache',
  response_cache_ratio: 'share of calls answered by a cache',
  latency_p95_ms: '95th percentile of latency',
  ttft_p95_ms: '95th percentile of time to first token',
  quota_used_p95_ratio: '95th percentile of quota use',
  gpu_utilisation_ratio: 'mean GPU utilisation',
};

/** What contributions are counted in, as messages call it. */
export const CONTRIBUTION_WORDS: Readonly<Record<ContributionUnit, string>> = {
  cost_usd: 'cost',
  failed_calls: 'failed calls',
  uncached_input_tokens: 'prompt tokens not from a cache',
  calls_without_hit: 'calls without a hit',
  calls_as_high: 'calls as high as that and higher',
  samples: 'samples',
};

const PICO = 1_000_000_000_000n;
const MAX_DECIMALS = 12;

/** Decimal places that people are shown, unless it takes more to tell a value from nothing or from its limit. */
const DECIMALS: Readonly<Record<RuleUnit, number>> = { usd: 6, ratio: 4, ms: 0 };

/**
 * A value for people: `$0.0612`, `1.92 %`, `12,800 ms`. It is rounded towards zero, or up where asked; programs take the
 * exact text.
 *
 * @param text - decimal text in the metric's unit
 * @param limitPico - a limit in 1e-12 of the unit: what is beyond it is shown with digits enough to be beyond it
 */
export function displayValue(
  unit: RuleUnit,
  text: string,
  { rounding = 'down', limitPico = 0n }: { readonly rounding?: 'down' | 'up'; readonly limitPico?: bigint } = {},
): string {
  const pico = parseUsd(text) ?? 0n;
  const isTelling = (rounded: bigint): boolean =>
    rounded > limitPico === pico > limitPico &&
    rounded < limitPico === pico < limitPico &&
    (rounded > 0n || pico === 0n);
  let decimals = DECIMALS[unit];
  let rounded = roundTo(decimals, pico, rounding);
  while (decimals < MAX_DECIMALS && !isTelling(rounded)) rounded = roundTo(++decimals, pico, rounding);
  const [whole = '0', fraction = ''] = trimDecimal(unit === 'ratio' ? rounded * 100n : rounded).split('.');
  const shown = `${whole.replace(/\B(?=(\d{3})+$)/g, ',')}${fraction === '' ? '' : `.${fraction}`}`;
  return unit === 'usd' ? `$${shown}` : unit === 'ratio' ? `${shown} %` : `${shown} ms`;
}

/** A threshold for people, with all its digits. */
export function displayThreshold({ metric, thresholdPico }: Pick<AlertRule, 'metric' | 'thresholdPico'>): string {
  const unit = findUnit(metric);
  const shown = trimDecimal(unit === 'ratio' ? thresholdPico * 100n : thresholdPico);
  return unit === 'usd' ? `$${shown}` : unit === 'ratio' ? `${shown} %` : `${shown} ms`;
}

/** What was measured by a rule: a value, or the bounds that a histogram leaves. */
export function displayMeasured(
  { metric, thresholdPico: limitPico }: Pick<AlertRule, 'metric' | 'thresholdPico'>,
  { low, high }: Pick<RuleEvidence, 'low' | 'high'>,
): string {
  const unit = findUnit(metric);
  if (low === high) return displayValue(unit, low, { limitPico });
  const from = `at least ${displayValue(unit, low)}`;
  return high === null ? from : `${from} and below ${displayValue(unit, high, { rounding: 'up' })}`;
}

function roundTo(decimals: number, pico: bigint, rounding: 'down' | 'up'): bigint {
  const step = PICO / 10n ** BigInt(decimals);
  return ((pico + (rounding === 'up' ? step - 1n : 0n)) / step) * step;
}

function trimDecimal(pico: bigint): string {
  const fraction = (pico % PICO).toString().padStart(12, '0').replace(/0+$/, '');
  return fraction === '' ? `${pico / PICO}` : `${pico / PICO}.${fraction}`;
}
