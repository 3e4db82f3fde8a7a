import { describe, expect, it } from 'vitest';
import { createPriceBook } from '../../../lib/domain/prices/price-book.ts';
import { parseOverrideFile } from '../../../lib/domain/prices/price-book-file.ts';
import { rateUsage } from '../../../lib/domain/rating/rating.ts';
import { catalogOf, counts } from '../../helpers/pricing.ts';

const catalog = catalogOf([
  { provider: 'openai', model: 'gpt-9', unit: 'input_tokens', rate: '2', aliases: ['gpt-9-2026-01-01'] },
  { provider: 'openai', model: 'ft:gpt-9', unit: 'input_tokens', rate: '5', aliases: ['ft:gpt-9-2026-01-01'] },
  { provider: 'openai', model: 'ft:gpt-9', unit: 'training_tokens', rate: '25' },
  { provider: 'openai', model: 'gpt-9-mini', unit: 'input_tokens', rate: '1' },
  { provider: 'azure', model: 'gpt-9', unit: 'input_tokens', rate: '3' },
  { provider: 'azure', model: 'ft:gpt-9', unit: 'input_tokens', rate: '7' },
]);

interface Named {
  readonly provider?: string | null;
  readonly model: string;
  readonly timeMs?: number;
  readonly units?: Readonly<Record<string, number>>;
  readonly file?: Readonly<Record<string, unknown>>;
}

function rate({ provider = null, model, timeMs = 0, units = { input_tokens: 1 }, file = {} }: Named) {
  const { overrides, aliases } = parseOverrideFile({ overrides: [], ...file });
  const book = createPriceBook({ catalog, overrides, aliases });
  return rateUsage(book, { provider, model, timeMs, usage: counts(units) });
}

describe('a fine-tuned model', () => {
  it.each([
    ['openai', 'ft:gpt-9:org::abc', 5n],
    [null, 'ft:gpt-9-2026-01-01:org:suffix:abc', 5n],
    ['openai', 'openai/ft:gpt-9:org::abc:ckpt-step-90', 5n],
    ['openai', 'FT:GPT-9:org::abc', 5n],
    ['openai', 'gpt-9:ft-org-2023-01-01', 5n],
    ['azure', 'gpt-9.ft-0123456789abcdef-suffix', 7n],
    [null, 'azure/gpt-9.ft-0123', 7n],
  ])('of %s named %s costs what its base costs fine-tuned', (provider, model, picoUsdPerToken) => {
    expect(rate({ provider, model })).toMatchObject({
      costPicoUsd: picoUsdPerToken * 1_000_000n,
      price: { modelId: 'ft:gpt-9', method: 'fine_tuned' },
    });
  });

  it('costs its training by the token', () => {
    // 1,000 x 25/M
    expect(rate({ model: 'ft:gpt-9', units: { training_tokens: 1000 } }).costPicoUsd).toBe(25_000_000_000n);
  });

  it('never costs what its base costs', () => {
    expect(rate({ provider: 'openai', model: 'ft:gpt-9-mini:org::abc' }).status).toBe('unpriced');
    expect(rate({ provider: 'azure', model: 'gpt-9-mini.ft-0123' }).status).toBe('unpriced');
    const file = { overrides: [{ model: 'gpt-9-mini', rates: { input_tokens: '1' } }] };
    expect(rate({ provider: 'openai', model: 'ft:gpt-9-mini:org::abc', file }).status).toBe('unpriced');
  });

  it('without a provider is nobody’s where two sellers write its name so', () => {
    expect(rate({ model: 'gpt-9.ft-0123' }).status).toBe('unpriced');
  });

  it('is found by overrides under its own name and under its base’s', () => {
    const file = { overrides: [{ model: 'ft:gpt-9', rates: { input_tokens: '4' } }] };
    expect(rate({ model: 'ft:gpt-9:org::abc', file }).costPicoUsd).toBe(4_000_000n);
    const ofOne = { overrides: [{ model: 'ft:gpt-9:org::abc', rates: { input_tokens: '4' } }] };
    expect(rate({ model: 'ft:gpt-9:org::abc', file: ofOne }).costPicoUsd).toBe(4_000_000n);
    expect(rate({ model: 'ft:gpt-9:org::other', file: ofOne }).costPicoUsd).toBe(5_000_000n);
  });
});

describe("a tenant's own name of a model", () => {
  const file = { aliases: [{ name: 'Prod-Chat', provider: 'openai', model: 'gpt-9-mini' }] };

  it('finds the model, in any case and behind route prefixes', () => {
    for (const model of ['prod-chat', 'PROD-CHAT', 'openai/prod-chat']) {
      expect(rate({ model, file })).toMatchObject({
        costPicoUsd: 1_000_000n,
        price: { provider: 'openai', modelId: 'gpt-9-mini', method: 'tenant_alias' },
      });
    }
    expect(rate({ model: 'prod-chat-2', file }).status).toBe('unpriced');
  });

  it('comes before the catalog’s own', () => {
    const shadowing = { aliases: [{ name: 'gpt-9', provider: 'openai', model: 'gpt-9-mini' }] };
    expect(rate({ model: 'gpt-9', file: shadowing }).costPicoUsd).toBe(1_000_000n);
  });

  it('leaves alone what another provider has under this name, and steps in where it has nothing', () => {
    const shadowing = { aliases: [{ name: 'gpt-9', provider: 'openai', model: 'gpt-9-mini' }] };
    expect(rate({ provider: 'azure', model: 'gpt-9', file: shadowing }).costPicoUsd).toBe(3_000_000n);
    expect(rate({ provider: 'azure', model: 'prod-chat', file }).costPicoUsd).toBe(1_000_000n);
    expect(rate({ provider: 'our-gateway', model: 'prod-chat', file }).costPicoUsd).toBe(1_000_000n);
  });

  it('never stands for another such name', () => {
    const chained = {
      aliases: [...file.aliases, { name: 'chat', provider: 'openai', model: 'prod-chat' }],
    };
    expect(rate({ model: 'chat', file: chained }).status).toBe('unpriced');
  });

  it('counts for its own period, and the later one of two counts', () => {
    const from = '2026-02-01';
    const dated = { aliases: [...file.aliases, { ...file.aliases[0], model: 'gpt-9', effective_from: from }] };
    const costAt = (timeMs: number) => rate({ model: 'prod-chat', timeMs, file: dated }).costPicoUsd;
    expect(costAt(Date.parse(from) - 1)).toBe(1_000_000n);
    expect(costAt(Date.parse(from))).toBe(2_000_000n);
  });

  it('comes and goes with its period in one book, whatever was asked first', () => {
    const march = { effective_from: '2026-03-01', effective_to: '2026-04-01' };
    const { aliases } = parseOverrideFile({ aliases: [{ ...file.aliases[0], ...march }] });
    const days = ['2026-03-15', '2026-04-15', '2026-02-15', '2026-03-31T23:59:59.999Z', '2026-04-01'];
    for (const first of [0, 1, 2]) {
      const book = createPriceBook({ catalog, aliases });
      const statusAt = (day: string) =>
        rateUsage(book, { model: 'prod-chat', timeMs: Date.parse(day), usage: counts({ input_tokens: 1 }) }).status;
      statusAt(days[first] ?? '');
      expect(days.map(statusAt)).toEqual(['priced', 'unpriced', 'unpriced', 'priced', 'unpriced']);
    }
  });

  it('may stand for a model of each of several providers: the one sent counts, else the last stored', () => {
    const both = {
      aliases: [
        { name: 'chat', provider: 'azure', model: 'gpt-9' },
        { name: 'chat', provider: 'openai', model: 'gpt-9-mini' },
      ],
    };
    const cost = (provider: string | null) => rate({ provider, model: 'chat', file: both }).costPicoUsd;
    expect([cost('azure'), cost('openai'), cost(null)]).toEqual([3_000_000n, 1_000_000n, 1_000_000n]);
  });

  it('is priced by overrides of the model, and by overrides of the name', () => {
    const ofModel = { ...file, overrides: [{ model: 'gpt-9-mini', rates: { input_tokens: '0.5' } }] };
    expect(rate({ model: 'prod-chat', file: ofModel }).costPicoUsd).toBe(500_000n);
    const ofName = { ...file, overrides: [{ model: 'prod-chat', rates: { input_tokens: '0.25' } }] };
    expect(rate({ model: 'prod-chat', file: ofName }).costPicoUsd).toBe(250_000n);
    expect(rate({ model: 'gpt-9-mini', file: ofName }).costPicoUsd).toBe(1_000_000n);
  });
});

describe('a regional surcharge', () => {
  const regional = catalogOf([
    { unit: 'input_tokens', rate: '3', tiers: [{ over: 200_000, operator: '>', rate: '6' }] },
    { unit: 'output_tokens', rate: '0.1', per: 3 },
    { unit: 'web_searches', rate: '10', per: 1000 },
    { varies_by_region: true },
    { surcharges: [{ regions: ['eu', 'us-east*'], factor: '1.1', effective_from: '2026-03-01' }] },
  ]);
  const AFTER = Date.parse('2026-03-01');
  const rateIn = (region: string | null, units: Readonly<Record<string, number>>, timeMs = AFTER, multiplier = '') => {
    const overrides = multiplier === '' ? [] : [{ model: '*', multiplier }];
    const book = createPriceBook({ catalog: regional, overrides: parseOverrideFile({ overrides }).overrides });
    return rateUsage(book, { provider: 'acme', model: 'widget', timeMs, region, usage: counts(units) });
  };

  it('multiplies every rate of tokens exactly, those of larger requests too', () => {
    // 1,000 x 3.3/M = 0.0033; 200,001 x 6.6/M = 1.3200066; one output unit: 0.11 / 3 = 0.036666666667
    expect(rateIn('eu', { input_tokens: 1000 }).costPicoUsd).toBe(3_300_000_000n);
    expect(rateIn('eu', { input_tokens: 200_001 }).costPicoUsd).toBe(1_320_006_600_000n);
    expect(rateIn('eu', { output_tokens: 1 }).costPicoUsd).toBe(36_666_666_667n);
  });

  it('leaves fees that are not for tokens as they are', () => {
    // 2 x 10 / 1,000
    expect(rateIn('eu', { web_searches: 2 }).costPicoUsd).toBe(20_000_000_000n);
  });

  it('is in list cost too and in what multipliers are of', () => {
    // 1,000 x 3.3/M x 0.5
    expect(rateIn('eu', { input_tokens: 1000 }, AFTER, '0.5')).toMatchObject({
      costPicoUsd: 1_650_000_000n,
      listCostPicoUsd: 3_300_000_000n,
    });
  });

  it('is told in the price of the call, and only there', () => {
    const surcharged = rateIn('US-East-1', { input_tokens: 1000 }).price;
    expect(surcharged?.surcharge).toEqual({ region: 'us-east-1', factor: '1.1' });
    const plain = rateIn(null, { input_tokens: 1000 }).price;
    expect(plain).not.toHaveProperty('surcharge');
    expect(plain?.key).not.toBe(surcharged?.key);
  });

  it('decides before the model’s prices are said to vary by region', () => {
    expect(rateIn('eu', { input_tokens: 1 }).status).toBe('priced');
    expect(rateIn('jp', { input_tokens: 1 }).status).toBe('unpriced');
    expect(rateIn('global', { input_tokens: 1 }).costPicoUsd).toBe(3_000_000n);
    expect(rateIn('eu', { input_tokens: 1 }, AFTER - 1).status).toBe('unpriced');
  });
});
