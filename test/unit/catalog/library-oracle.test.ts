import { calcPrice, type ModelPrice, type Provider, waitForUpdate } from '@pydantic/genai-prices';
import { describe, expect, it } from 'vitest';
import { bundledCatalog } from '../../../lib/catalog/catalog.ts';
import type { MatchClause } from '../../../lib/domain/prices/model-name.ts';
import { createPriceBook } from '../../../lib/domain/prices/price-book.ts';
import { rateUsage } from '../../../lib/domain/rating/rating.ts';
import { counts } from '../../helpers/pricing.ts';
import { EXPLAINED } from './library-differences.ts';

const book = createPriceBook({ catalog: bundledCatalog() });
const DAYS = ['2024-01-15', '2025-06-09', '2026-02-01', '2026-11-21'];

type Counts = Readonly<Record<string, number>>;

/** A call as we count it and as the library does, and the price keys without which the library guesses. */
interface Shape {
  readonly ours: Counts;
  readonly theirs: Counts;
  readonly needs: readonly string[];
}

const text = (input: number, cached: number, output: number): Shape => ({
  ours: { input_tokens: input, cache_read_tokens: cached, output_tokens: output },
  theirs: { input_tokens: input + cached, cache_read_tokens: cached, output_tokens: output },
  needs: ['input_mtok', ...(cached > 0 ? ['cache_read_mtok'] : []), ...(output > 0 ? ['output_mtok'] : [])],
});

/** A thousand of a unit that is part of the input or the output, beside a thousand of plain text. */
const part = (whole: 'input' | 'output', unit: string, key: string, parents: Counts = {}): Shape => {
  const [plain, total] = [{ [`${whole}_tokens`]: 1000 }, { [`${whole}_tokens`]: 2000 }];
  const input = whole === 'output' ? { input_tokens: 1000 } : {};
  return {
    ours: { ...input, ...plain, [unit]: 1000 },
    theirs: { ...input, ...total, ...parents, [unit]: 1000 },
    needs: ['input_mtok', `${whole}_mtok`, key],
  };
};

// Small, at the edges of every size tier in use (128,000, 200,000, 272,000, 512,000), cached and not; then unit by unit.
const SHAPES: readonly Shape[] = [
  text(1000, 0, 0),
  text(1000, 0, 500),
  text(128_000, 0, 1),
  text(128_001, 0, 1),
  text(199_999, 0, 777),
  text(100_000, 100_000, 1000),
  text(1, 200_000, 1000),
  text(271_999, 0, 1),
  text(72_000, 200_000, 1),
  text(272_001, 0, 1),
  text(512_001, 0, 1),
  part('input', 'cache_write_tokens', 'cache_write_mtok'),
  part('input', 'cache_write_1h_tokens', 'cache_write_1h_mtok', { cache_write_tokens: 1000 }),
  part('input', 'input_audio_tokens', 'input_audio_mtok'),
  part('input', 'input_image_tokens', 'input_image_mtok'),
  part('output', 'output_audio_tokens', 'output_audio_mtok'),
  part('output', 'output_image_tokens', 'output_image_mtok'),
  {
    ours: { input_tokens: 1000, web_searches: 3 },
    theirs: { input_tokens: 1000, web_searches: 3 },
    needs: ['web_searches_kcount'],
  },
  { ours: { audio_seconds: 3600 }, theirs: { audio_seconds: 3600 }, needs: ['audio_hours'] },
];

function exactNames(clause: MatchClause): string[] {
  if ('or' in clause) return clause.or.flatMap(exactNames);
  return 'equals' in clause ? [clause.equals] : [];
}

function pricesOf(model: Provider['models'][number], day: string): ModelPrice {
  if (!Array.isArray(model.prices)) return model.prices;
  const inForce = model.prices.filter(({ constraint }) => {
    return constraint === undefined || (constraint.type === 'start_date' && constraint.start_date <= day);
  });
  return inForce.at(-1)?.prices ?? {};
}

function ourUsd(provider: string, model: string, timeMs: number, { audio_seconds: seconds, ...units }: Counts) {
  const audioSeconds = seconds === undefined ? null : { digits: BigInt(seconds), scale: 0 };
  const rating = rateUsage(book, { provider, model, timeMs, usage: { ...counts(units), audioSeconds } });
  return rating.status === 'priced' ? Number(rating.costPicoUsd) / 1e12 : rating.status;
}

interface Sweep {
  readonly compared: number;
  /** `provider name unit-or-tokens day: ours, theirs`. */
  readonly differences: readonly string[];
}

/** Rates every name of every model of the library at every day and shape that the library has rates for. */
function sweep(providers: readonly Provider[]): Sweep {
  const differences: string[] = [];
  let compared = 0;
  for (const provider of providers) {
    for (const model of provider.models) {
      for (const name of new Set([model.id, ...exactNames(model.match)])) {
        for (const day of DAYS) {
          const timestamp = new Date(`${day}T12:00:00Z`);
          const prices = pricesOf(model, day);
          for (const { ours, theirs, needs } of SHAPES) {
            if (needs.some((key) => prices[key] === undefined)) continue;
            const their = calcPrice({ ...theirs }, name, { providerId: provider.id, timestamp })?.total_price;
            // The id of some entries is no name that calls use, and the library does not know it either.
            if (their === undefined) continue;
            compared += 1;
            const our = ourUsd(provider.id, name, timestamp.getTime(), ours);
            if (typeof our === 'number' && Math.abs(our - their) <= 1e-9 * Math.max(1, their)) continue;
            differences.push(`${provider.id} ${name} ${day} ${JSON.stringify(ours)}: ${our}, theirs ${their}`);
          }
        }
      }
    }
  }
  return { compared, differences };
}

describe('the library as oracle', async () => {
  const { compared, differences } = sweep((await waitForUpdate()) ?? []);

  it('agrees with us on every name, day and unit it has a rate for, but for what is explained', () => {
    const unexplained = differences.filter((it) => !EXPLAINED.some(({ where }) => where.test(it)));
    expect(unexplained).toEqual([]);
    expect(compared).toBeGreaterThan(60_000);
  });

  it.each(EXPLAINED)('differs where $where: $why', ({ where }) => {
    expect(differences.filter((it) => where.test(it)).length).toBeGreaterThan(0);
  });
});
