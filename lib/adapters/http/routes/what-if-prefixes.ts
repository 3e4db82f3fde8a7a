import { z } from 'zod';
import { formatUsd } from '../../../domain/money.ts';
import {
  type CachingAdvice,
  findCachedRatio,
  listBounds,
  MIN_PREFIX_TOKENS,
  type PrefixUse,
} from '../../../domain/what-if/caching-advice.ts';
import { renderTimeOrNull, renderWhole } from '../render.ts';
import { decimalText, picoText, smallCount, timeText, wholeNumber } from '../schemas.ts';

const names = {
  app: z.string().nullable(),
  feature: z.string().nullable(),
  provider: z.string().nullable(),
  model: z.string(),
};

/** How prompts of one app and feature begin, as parts of an answer give it. */
export const prefixSchema = z.strictObject({
  ...names,
  calls: smallCount.describe('Priced calls that told their parts.'),
  long_calls: smallCount.describe(`Those with a prefix of at least ${MIN_PREFIX_TOKENS} tokens.`),
  prefix_tokens: wholeNumber,
  cached_tokens: wholeNumber,
  uncacheable_calls: smallCount,
  minutes: z
    .array(z.tuple([z.int(), smallCount, picoText, picoText]))
    .describe('Minute since the epoch, calls, picoUSD saved if all read the prefix, most that one write costs.'),
});

/** Whether a prefix should be cached. */
export const cachingAdviceSchema = z.strictObject({
  advice: z.literal('prompt_caching').nullable().describe('Null: not advised, see `verdict`.'),
  verdict: z.enum(['advised', 'prefix_too_short', 'too_few_requests', 'cached_already', 'no_cache_price', 'no_saving']),
  ...names,
  calls: smallCount,
  long_calls: smallCount,
  prefix_tokens_mean: z.number(),
  peak_minute: timeText.nullable(),
  peak_calls_per_minute: smallCount,
  cached_ratio: z.number().nullable().describe('Share of the prefixes that a cache served.'),
  writes: smallCount.describe('Calls that would have written the prefix: the first after a pause.'),
  saving_usd: decimalText.describe('Over the recorded time, at least.'),
  decided_by: z.array(z.strictObject({ input: z.string(), value: z.number(), bound: z.number() })),
});

const MINUTE_MS = 60_000;

/** A prefix as a part of an answer gives it. */
export function renderPrefix(use: PrefixUse): z.output<typeof prefixSchema> {
  return {
    ...renderNames(use),
    calls: use.calls,
    long_calls: use.longCalls,
    prefix_tokens: renderWhole(use.prefixTokens),
    cached_tokens: renderWhole(use.cachedTokens),
    uncacheable_calls: use.uncacheableCalls,
    minutes: [...use.minutes].map(([minute, { calls, savingPicoUsd, writePicoUsd }]) => [
      minute,
      calls,
      savingPicoUsd.toString(),
      writePicoUsd.toString(),
    ]),
  };
}

/** Advice about a prefix as an answer gives it. */
export function renderAdvice(advice: CachingAdvice): z.output<typeof cachingAdviceSchema> {
  const { use, verdict, meanPrefixTokens, peakMinute, peakCalls, writes, savingPicoUsd } = advice;
  return {
    advice: verdict === 'advised' ? 'prompt_caching' : null,
    verdict,
    ...renderNames(use),
    calls: use.calls,
    long_calls: use.longCalls,
    prefix_tokens_mean: meanPrefixTokens,
    peak_minute: renderTimeOrNull(peakMinute === null ? null : peakMinute * MINUTE_MS),
    peak_calls_per_minute: peakCalls,
    cached_ratio: findCachedRatio(use),
    writes,
    saving_usd: formatUsd(savingPicoUsd),
    decided_by: [...listBounds(advice)],
  };
}

function renderNames({ app, feature, provider, model }: PrefixUse) {
  return { app, feature, provider, model };
}
