import { calcPrice, type Provider, waitForUpdate } from '@pydantic/genai-prices';
import { describe, expect, it } from 'vitest';
import { bundledCatalog } from '../../../lib/catalog/catalog.ts';
import { isFineTuned, type MatchClause } from '../../../lib/domain/model-name.ts';
import { createPriceBook } from '../../../lib/domain/price-book.ts';
import { rateUsage } from '../../../lib/domain/rating.ts';
import { counts } from '../../helpers/pricing.ts';

const book = createPriceBook({ catalog: bundledCatalog() });
const DAYS = ['2024-01-15', '2025-06-09', '2026-02-01', '2026-11-21'];
// Small, at the edges of every size tier in use (128,000, 200,000, 272,000, 512,000), cached and not.
const SHAPES = [
  { input: 1000, cached: 0, output: 500 },
  { input: 128_000, cached: 0, output: 1 },
  { input: 128_001, cached: 0, output: 1 },
  { input: 199_999, cached: 0, output: 777 },
  { input: 100_000, cached: 100_000, output: 1000 },
  { input: 1, cached: 200_000, output: 1000 },
  { input: 271_999, cached: 0, output: 1 },
  { input: 72_000, cached: 200_000, output: 1 },
  { input: 272_001, cached: 0, output: 1 },
  { input: 512_001, cached: 0, output: 1 },
];

/** Where ours differs on purpose; own rows and their tests say why. */
const OTHERWISE: readonly RegExp[] = [
  /^openai (?:gpt-3\.5-turbo|gpt-4o|o3|o3-2025-04-16|o1-mini|o1-mini-2024-09-12)$/,
  /^(?:anthropic|google) (?:anthropic\/)?claude-(?:sonnet-4(?:-0)?|4-sonnet)$/,
  /^aws global\.anthropic\.claude-sonnet-4-(?:20250514|5-20250929)-v1:0$/,
  /^azure phi-/,
  /^deepseek deepseek-(?:chat|reasoner|v4-flash|v4-pro)$/,
  /^groq openai\/gpt-oss-safeguard-20b$/,
  /^mistral (?:codestral-latest|mistral-large-latest|mistral-medium|mistral-small-latest)$/,
  /^x-ai grok-4(?:$|-|\.20-multi-agent$)/,
];

/** Models that the library prices with another seller's list, and names whose price today nobody could date. */
const UNPRICED = [
  'azure phi-3.5-mini-128k-instruct',
  'azure phi-4-reasoning-plus',
  'azure wizardlm-2-8x22b',
  'deepseek deepseek-chat-v3-0324',
  'deepseek deepseek-reasoner',
  'deepseek deepseek-v3.1-terminus',
  'deepseek deepseek-v3.2',
  'deepseek deepseek-v3.2-exp',
  'mistral mistral-small-24b-instruct-2501',
  'mistral mistral-small-3.1-24b-instruct',
  'mistral mistral-small-3.2-24b-instruct',
  'mistral mixtral-8x22b-instruct',
  'openai gpt-oss-120b',
  'openai gpt-oss-20b',
  'openai gpt-oss-safeguard-20b',
];

function exactNames(clause: MatchClause): string[] {
  if ('or' in clause) return clause.or.flatMap(exactNames);
  return 'equals' in clause ? [clause.equals] : [];
}

function compare(provider: Provider, model: string): { compared: number; differences: string[] } {
  const differences: string[] = [];
  let compared = 0;
  for (const day of DAYS) {
    for (const { input, cached, output } of SHAPES) {
      const timestamp = new Date(`${day}T12:00:00Z`);
      const usage = { input_tokens: input + cached, cache_read_tokens: cached, output_tokens: output };
      const theirs = calcPrice(usage, model, { providerId: provider.id, timestamp })?.total_price;
      const ours = rateUsage(book, {
        provider: provider.id,
        model,
        timeMs: timestamp.getTime(),
        usage: counts({ input_tokens: input, cache_read_tokens: cached, output_tokens: output }),
      });
      // Without a rate for a unit the library falls back on another's or on zero; we name the unit instead.
      if (theirs === undefined || ours.status !== 'priced') continue;
      compared += 1;
      const usd = Number(ours.costPicoUsd) / 1e12;
      if (Math.abs(usd - theirs) > 1e-9 * Math.max(1, theirs)) {
        differences.push(`${provider.id} ${model} ${day} ${input}+${cached}/${output}: ${usd}, theirs ${theirs}`);
      }
    }
  }
  return { compared, differences };
}

describe('the library as oracle', async () => {
  const providers = (await waitForUpdate()) ?? [];

  it('agrees with every amount we give, but for what our own rows know better', { timeout: 60_000 }, () => {
    const differences: string[] = [];
    let compared = 0;
    for (const provider of providers) {
      for (const model of provider.models) {
        for (const name of new Set([model.id, ...exactNames(model.match)])) {
          if (OTHERWISE.some((pattern) => pattern.test(`${provider.id} ${name}`))) continue;
          const result = compare(provider, name);
          compared += result.compared;
          differences.push(...result.differences);
        }
      }
    }
    expect(differences).toEqual([]);
    expect(compared).toBeGreaterThan(30_000);
  });

  it('has no model with a price that we leave unpriced without saying so', () => {
    const missing: string[] = [];
    for (const provider of providers) {
      for (const model of provider.models) {
        const [price] = Array.isArray(model.prices) ? model.prices : [{ prices: model.prices }];
        const name = exactNames(model.match)[0];
        if (name === undefined || isFineTuned(model.id) || !('input_mtok' in (price?.prices ?? {}))) continue;
        const usage = counts({ input_tokens: 1 });
        const rating = rateUsage(book, { provider: provider.id, model: name, timeMs: Date.parse('2026-11-21'), usage });
        if (rating.status === 'unpriced') missing.push(`${provider.id} ${name}`);
      }
    }
    expect(missing.sort()).toEqual(UNPRICED);
  });
});
