import type { Bounds } from '../local-time.ts';
import { type AnomalyDetector, type AnomalyKey, compareAmounts, type Finding, type UnitPrice } from './finding.ts';

/** What was spent on a value of a dimension on a day. */
export interface ValueSpend {
  readonly dimension: string;
  /** Null = not sent. */
  readonly value: string | null;
  readonly costPicoUsd: bigint;
  /** Whether calls with it were recorded on an earlier day. */
  readonly isKnown: boolean;
}

/** All that is new on a day. */
export interface NoveltyInput {
  readonly values: readonly ValueSpend[];
  readonly prices: readonly UnitPrice[];
}

/** What a value may cost on its first day without being told of, picoUSD: $20. */
export const FIRST_USE_PICO_USD = 20_000_000_000_000n;

/**
 * Tells what is new on a day (A5): values used for the first time that cost more than a limit at once, and prices
 * that are no longer what they were. It estimates nothing, so it needs no history and is never wrong. Models without a
 * price have an alert of their own.
 *
 * @param period - the day
 * @param limitPicoUsd - what a first use must be above
 */
export function detectNovelty(
  period: Bounds,
  { values, prices }: NoveltyInput,
  limitPicoUsd: bigint = FIRST_USE_PICO_USD,
): readonly Finding[] {
  const find = (detector: AnomalyDetector, key: AnomalyKey, costPicoUsd: bigint): Finding => {
    const evidence = compareAmounts(costPicoUsd, 0n, { limitRatio: null, z: null });
    return { detector, key, period, evidence, isTold: true };
  };
  const withPrices = (finding: Finding): Finding => {
    const own = changed.filter(({ model }) => model === finding.key?.value);
    return { ...finding, evidence: { ...finding.evidence, prices: own } };
  };
  const models = (names: readonly string[]): readonly AnomalyKey[] =>
    [...new Set(names)].map((value) => ({ dimension: 'model', value }));
  const changed = prices.filter(({ beforeUsd, nowUsd }) => !isSameDecimal(beforeUsd, nowUsd));
  return [
    ...values
      .filter(({ isKnown, value, costPicoUsd }) => !isKnown && value !== null && costPicoUsd > limitPicoUsd)
      .map(({ dimension, value, costPicoUsd }) => find('first_use', { dimension, value }, costPicoUsd)),
    ...models(changed.map(({ model }) => model)).map((key) => withPrices(find('price_change', key, 0n))),
  ];
}

/** Whether plain decimal texts write the same number: `2.50` is `2.5`. */
function isSameDecimal(a: string, b: string): boolean {
  return plain(a) === plain(b);
}

function plain(text: string): string {
  const [whole = '', fraction = ''] = text.split('.');
  return `${whole.replace(/^0+(?=\d)/, '')}.${fraction.replace(/0+$/, '')}`;
}
