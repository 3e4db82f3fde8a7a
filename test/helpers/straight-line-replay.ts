/**
 * The oracle of the replay: reads the recorded calls, prices each from a written-out list and adds up, in one pass and
 * without one module of the product. What the ledger answers must be equal to this, to the picodollar.
 *
 * As a command: `node test/helpers/straight-line-replay.ts totals FILE` prints the totals, `... overrides` the price
 * list as an override file, `... shuffle FILE SEED SHARE` the file shuffled with a share of its lines repeated.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** Prices by model. */
export type PriceList = Readonly<Record<string, TokenPrice>>;

/** Price of one model in picoUSD per token. One USD per 1M tokens is 10^12 / 10^6 = 1,000,000 picoUSD per token. */
interface TokenPrice {
  readonly input: bigint;
  readonly cached: bigint;
  readonly output: bigint;
}

// Every price of the list is a whole number of picoUSD per token (the smallest, $0.075 per 1M, is 75,000), and tokens
// are whole, so each call's cost is a whole number: no call is ever rounded.
const PRICES: PriceList = {
  'gpt-4o-mini': { input: 150_000n, cached: 75_000n, output: 600_000n },
  'gpt-3.5-turbo': { input: 500_000n, cached: 500_000n, output: 1_500_000n },
  'claude-opus-4-5-20251101': { input: 5_000_000n, cached: 500_000n, output: 25_000_000n },
  'claude-opus-4-6': { input: 5_000_000n, cached: 500_000n, output: 25_000_000n },
  'claude-sonnet-4-5-20250929': { input: 3_000_000n, cached: 300_000n, output: 15_000_000n },
  'claude-sonnet-4-20250514': { input: 3_000_000n, cached: 300_000n, output: 15_000_000n },
  'claude-haiku-4-5-20251001': { input: 1_000_000n, cached: 100_000n, output: 5_000_000n },
  'claude-opus-4-1-20250805': { input: 15_000_000n, cached: 1_500_000n, output: 75_000_000n },
};

/**
 * A second list for the same models: dearer, cheaper and the same, with the cached price on and off the input price,
 * so that nothing that mixes units, models or lists up comes to its sums.
 */
export const SECOND_PRICES: PriceList = {
  'gpt-4o-mini': { input: 110_000n, cached: 55_000n, output: 440_000n },
  'gpt-3.5-turbo': { input: 1_500_000n, cached: 750_000n, output: 2_000_000n },
  'claude-opus-4-5-20251101': { input: 15_000_000n, cached: 1_500_000n, output: 75_000_000n },
  'claude-opus-4-6': { input: 4_250_000n, cached: 425_000n, output: 21_250_000n },
  'claude-sonnet-4-5-20250929': { input: 3_000_000n, cached: 300_000n, output: 15_000_000n },
  'claude-sonnet-4-20250514': { input: 6_000_000n, cached: 600_000n, output: 22_500_000n },
  'claude-haiku-4-5-20251001': { input: 1n, cached: 0n, output: 7n },
  'claude-opus-4-1-20250805': { input: 5_000_000n, cached: 5_000_000n, output: 25_000_000n },
};

/** Sums over the calls of one model in one UTC month; cached tokens are part of the input tokens. */
export interface ReplayTotal {
  readonly month: string;
  readonly model: string;
  readonly calls: bigint;
  readonly inputTokens: bigint;
  readonly cachedInputTokens: bigint;
  readonly outputTokens: bigint;
  readonly costPicoUsd: bigint;
}

/** A CSV file cut into its header line and its other lines, without line ends. */
export interface CallLines {
  readonly header: string;
  readonly lines: readonly string[];
}

/** Reads `calls.csv.gz` (or the same, not compressed). */
export function readCallLines(path: string): CallLines {
  const bytes = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  const [header, ...lines] = text.split('\n').filter((line) => line !== '');
  if (header === undefined) throw new Error(`${path} has no header line`);
  return { header, lines };
}

/**
 * Adds up cost, calls and tokens by month and model, sorted by month, then model.
 *
 * @throws Error when the list has no price for a model: an oracle must not guess
 */
export function replayStraight({ header, lines }: CallLines, prices: PriceList = PRICES): readonly ReplayTotal[] {
  const names = header.split(',');
  const totals = new Map<string, ReplayTotal>();
  for (const line of lines) {
    const cells = line.split(',');
    const cell = (name: string): string => {
      const value = cells[names.indexOf(name)];
      if (value === undefined) throw new Error(`no ${name} in line: ${line}`);
      return value;
    };
    const model = cell('model');
    const price = prices[model];
    if (price === undefined) throw new Error(`no price for ${model}`);
    const inputTokens = BigInt(cell('input_tokens'));
    const cachedInputTokens = BigInt(cell('cached_input_tokens'));
    const outputTokens = BigInt(cell('output_tokens'));
    const month = cell('ts').slice(0, 7);
    const before = totals.get(`${month} ${model}`);
    totals.set(`${month} ${model}`, {
      month,
      model,
      calls: (before?.calls ?? 0n) + 1n,
      inputTokens: (before?.inputTokens ?? 0n) + inputTokens,
      cachedInputTokens: (before?.cachedInputTokens ?? 0n) + cachedInputTokens,
      outputTokens: (before?.outputTokens ?? 0n) + outputTokens,
      costPicoUsd:
        (before?.costPicoUsd ?? 0n) +
        (inputTokens - cachedInputTokens) * price.input +
        cachedInputTokens * price.cached +
        outputTokens * price.output,
    });
  }
  return [...totals].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, total]) => total);
}

/** The price list in the shape of an override file: it sets aside everything else known of these models. */
export function listReplayOverrides(prices: PriceList = PRICES): {
  readonly overrides: readonly Readonly<Record<string, unknown>>[];
} {
  const usdPerMillion = (picoUsdPerToken: bigint) =>
    `${picoUsdPerToken / 1_000_000n}.${String(picoUsdPerToken % 1_000_000n).padStart(6, '0')}`;
  return {
    overrides: Object.entries(prices).map(([model, price]) => ({
      model,
      provider: '*',
      rates: {
        input_tokens: usdPerMillion(price.input),
        cache_read_tokens: usdPerMillion(price.cached),
        output_tokens: usdPerMillion(price.output),
      },
      per: 1_000_000,
      replace: true,
    })),
  };
}

/**
 * Repeats a share of the items and shuffles all, the same way for the same seed.
 *
 * @param seed - whole number from 0 to 2^32 - 1
 * @param share - from 0 to 1; `floor(share x items)` different items appear twice
 */
export function shuffledWithDuplicates<T>(items: readonly T[], seed: number, share: number): readonly T[] {
  const random = createUniform(seed);
  const repeated = shuffle(items, random).slice(0, Math.floor(items.length * share));
  return shuffle([...items, ...repeated], random);
}

function shuffle<T>(items: readonly T[], random: () => number): readonly T[] {
  // Sorting by numbers drawn beforehand is a fair shuffle, and the draw does not depend on how the sort compares.
  return items
    .map((item) => ({ item, position: random() }))
    .sort((a, b) => a.position - b.position)
    .map(({ item }) => item);
}

/** Numbers in [0, 1) by the generator known as mulberry32. */
function createUniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function runCommand([command, path = '', seed = '1', share = '0.3']: readonly string[]): string {
  if (command === 'overrides') return JSON.stringify(listReplayOverrides(), null, 2);
  if (command === 'totals') {
    const rows = replayStraight(readCallLines(path));
    return rows.map((row) => `${row.month} ${row.model} calls ${row.calls} picoUSD ${row.costPicoUsd}`).join('\n');
  }
  if (command === 'shuffle') {
    const { header, lines } = readCallLines(path);
    return [header, ...shuffledWithDuplicates(lines, Number(seed), Number(share))].join('\n');
  }
  throw new Error('expected: totals FILE | overrides | shuffle FILE [SEED] [SHARE]');
}

if (import.meta.main) console.log(runCommand(process.argv.slice(2)));
