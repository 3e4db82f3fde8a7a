import { calcPrice } from '@pydantic/genai-prices';
import { bundledCatalog } from '../../lib/catalog/catalog.ts';
import type { UsageEvent } from '../../lib/domain/events/usage-event.ts';
import { createPriceBook } from '../../lib/domain/prices/price-book.ts';
import { rateEvent } from '../../lib/domain/rating/rating.ts';
import { createRandom, type Random } from '../../lib/sample/random.ts';
import { type BenchOptions, type BenchResult, type BenchTable, formatWhole, type Measurement } from './report.ts';
import { findQuantile } from './statistics.ts';

const CALLS = 100_000;
const ROUNDS = 5;
const FIRST_MS = Date.UTC(2026, 0, 1);
const LAST_MS = Date.UTC(2026, 10, 21);

const MODELS: ReadonlyArray<readonly [provider: string, model: string]> = [
  ['openai', 'gpt-4o'],
  ['openai', 'gpt-4o-mini-2024-07-18'],
  ['openai', 'gpt-4.1'],
  ['openai', 'gpt-5-2025-08-07'],
  ['openai', 'o3'],
  ['openai', 'text-embedding-3-small'],
  ['anthropic', 'claude-sonnet-4-5-20250929'],
  ['anthropic', 'claude-3-5-haiku-20241022'],
  ['google', 'gemini-2.5-pro'],
  ['google', 'gemini-2.5-flash'],
  ['aws', 'us.amazon.nova-lite-v1:0'],
  ['deepseek', 'deepseek-chat'],
  ['mistral', 'mistral-large-latest'],
  ['groq', 'llama-3.3-70b-versatile'],
];

/** One call as a writer has it, and as the library takes it. */
interface BenchCall {
  readonly event: UsageEvent;
  readonly theirs: readonly [
    usage: Record<string, number>,
    model: string,
    options: { providerId: string; timestamp: Date },
  ];
}

/** How fast calls are rated, beside the library that the catalog is built from, in turns in the same run. */
export const rating: Measurement = { name: 'rating', measure };

async function measure({ quick, progress }: BenchOptions): Promise<BenchResult> {
  const random = createRandom('rating');
  const calls = Array.from({ length: CALLS }, (_, number) => createCall(number, random));
  const book = createPriceBook({ catalog: bundledCatalog() });
  const ours: number[] = [];
  const theirs: number[] = [];
  let [priced, pricedByThem] = [0, 0];
  // One round more than is counted: the first one warms up.
  for (let round = 0; round <= (quick ? 2 : ROUNDS); round++) {
    progress(`rating ${formatWhole(CALLS)} calls, round ${round}`);
    const own = timeCalls(calls, ({ event }) => rateEvent(book, event).costPicoUsd !== null);
    const library = timeCalls(
      calls,
      ({ theirs: [usage, model, options] }) => calcPrice(usage, model, options) !== null,
    );
    if (round === 0) continue;
    ours.push(own.perSecond);
    theirs.push(library.perSecond);
    [priced, pricedByThem] = [own.priced, library.priced];
  }
  return { tables: [describe(findQuantile(ours, 0.5), findQuantile(theirs, 0.5), priced, pricedByThem)], bars: [] };
}

function describe(ours: number, theirs: number, priced: number, pricedByThem: number): BenchTable {
  return {
    title: 'Rating',
    columns: ['what', 'calls/s', 'of the library', 'calls with a price'],
    rows: [
      [
        'ours: a validated event to exact picoUSD',
        formatWhole(ours),
        `${(ours / theirs).toFixed(1)} x`,
        formatWhole(priced),
      ],
      ['genai-prices: usage to a float', formatWhole(theirs), '1 x', formatWhole(pricedByThem)],
    ],
    note: `${formatWhole(CALLS)} varied calls of ${MODELS.length} models over eleven months, with cached and reasoning tokens, prompts up to 300,000 tokens; both in turns in one process, the median of the rounds after a warm-up.`,
  };
}

function timeCalls(
  calls: readonly BenchCall[],
  rate: (call: BenchCall) => boolean,
): { readonly perSecond: number; readonly priced: number } {
  const startedMs = performance.now();
  let priced = 0;
  for (const call of calls) if (rate(call)) priced += 1;
  return { perSecond: (calls.length * 1000) / (performance.now() - startedMs), priced };
}

function createCall(number: number, random: Random): BenchCall {
  const [provider = '', model = ''] = MODELS[random.below(MODELS.length)] ?? [];
  const timeMs = FIRST_MS + random.below(LAST_MS - FIRST_MS);
  const input = 1 + random.below(number % 20 === 0 ? 300_000 : 8_000);
  const cached = number % 3 === 0 ? random.below(input) : 0;
  const output = model.startsWith('text-embedding') ? 0 : 1 + random.below(2_000);
  const reasoning = number % 4 === 0 ? random.below(output + 1) : 0;
  const usage = { input_tokens: input, cache_read_tokens: cached, output_tokens: output };
  return {
    event: { id: `call-${number}`, timeMs, provider, model, usage: { ...usage, reasoning_tokens: reasoning } },
    theirs: [usage, model, { providerId: provider, timestamp: new Date(timeMs) }],
  };
}
