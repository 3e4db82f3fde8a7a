import { describe, expect, it } from 'vitest';
import { bundledCatalog } from '../../../../lib/catalog/catalog.ts';
import { chooseOpenaiAdapter, OPENAI_ADAPTERS } from '../../../../lib/client/responses/openai-adapters.ts';
import type { ResponseAdapter, ResponseReading } from '../../../../lib/client/responses/response-adapter.ts';
import { formatDecimal } from '../../../../lib/domain/decimal.ts';
import { formatUsd, parseUsd } from '../../../../lib/domain/money.ts';
import { createPriceBook } from '../../../../lib/domain/prices/price-book.ts';
import type { Rating } from '../../../../lib/domain/rating/rated-call.ts';
import { rateUsage } from '../../../../lib/domain/rating/rating.ts';
import { loadOpenaiFixtures, type ResponseFixture } from './response-fixtures.ts';

const book = createPriceBook({ catalog: bundledCatalog() });
const fixtures = loadOpenaiFixtures();

function adapterOf(fixture: ResponseFixture): ResponseAdapter | undefined {
  return OPENAI_ADAPTERS.find((it) => it.name === fixture.adapter);
}

function read(fixture: ResponseFixture): ResponseReading {
  const adapter = adapterOf(fixture);
  const reading = fixture.isStream ? adapter?.readStream(fixture.chunks) : adapter?.readBody(fixture.chunks[0]);
  if (reading === undefined) throw new Error(`${fixture.name}: ${fixture.adapter} does not read it`);
  return reading;
}

/** Counts as the fixtures write them; the issues where there are none. */
function usageOf({ usage }: ResponseReading): Readonly<Record<string, number | string>> | readonly string[] {
  if (!usage.ok) return usage.issues;
  const counts = Object.fromEntries([...usage.usage.counts].map(([unit, count]) => [unit, Number(count)]));
  const { audioSeconds } = usage.usage;
  return audioSeconds === null ? counts : { ...counts, audio_seconds: formatDecimal(audioSeconds) };
}

function rate(fixture: ResponseFixture, reading: ResponseReading): Rating | undefined {
  if (!reading.usage.ok) return undefined;
  return rateUsage(book, {
    provider: fixture.provider ?? reading.provider,
    model: reading.model ?? fixture.model ?? '',
    timeMs: Date.parse(fixture.timestamp),
    usage: reading.usage.usage,
    serviceTier: reading.serviceTier,
    region: reading.region,
  });
}

function costOf(rating: Rating | undefined): string | null {
  const costPicoUsd = rating?.costPicoUsd ?? null;
  return costPicoUsd === null ? null : formatUsd(costPicoUsd);
}

/** Status and amount with the charge that the answer names first, as `tokenledger rate` has it. */
function billOf(reading: ResponseReading, rating: Rating | undefined): { status: string; cost: string | null } {
  if (rating === undefined) return { status: 'invalid_usage', cost: null };
  if (reading.reportedCostUsd === null) return { status: rating.status, cost: costOf(rating) };
  const reportedPicoUsd = parseUsd(reading.reportedCostUsd);
  return { status: 'reported', cost: reportedPicoUsd === undefined ? null : formatUsd(reportedPicoUsd) };
}

describe.each(fixtures)('$name', (fixture) => {
  const { expected } = fixture;
  const reading = read(fixture);
  const rating = rate(fixture, reading);

  it(`reads as worked by hand: ${expected.working}`, () => {
    if (expected.usage === null)
      expect(usageOf(reading)).toEqual([expect.stringContaining(expected.issue ?? 'no issue')]);
    else expect(usageOf(reading)).toEqual(expected.usage);
    expect(reading.status).toBe(expected.call);
    expect(billOf(reading, rating)).toEqual({ status: expected.status, cost: expected.cost_usd });
    expect(reading.reportedCostUsd).toBe(expected.reported_cost_usd ?? null);
    if (expected.catalog_cost_usd !== undefined) expect(costOf(rating)).toBe(expected.catalog_cost_usd);
  });

  it('names what it was', () => {
    const { provider_read, model_read, response_id, created_ms, operation, service_tier } = expected;
    const told = {
      ...(provider_read === undefined ? {} : { provider: provider_read }),
      ...(model_read === undefined ? {} : { model: model_read }),
      ...(response_id === undefined ? {} : { responseId: response_id }),
      ...(created_ms === undefined ? {} : { createdMs: created_ms }),
      ...(operation === undefined ? {} : { operation }),
      ...(service_tier === undefined ? {} : { serviceTier: service_tier }),
    };
    expect(reading).toMatchObject(told);
    // A body either names its model or the caller has to.
    if (fixture.model !== undefined) expect(reading.model).toBeNull();
    else expect(reading.model).not.toBeNull();
  });
});

it.each(fixtures.filter(({ expected }) => expected.recognised))(
  '$name is recognised without being named',
  (fixture) => {
    expect(chooseOpenaiAdapter(fixture.chunks)?.name).toBe(fixture.adapter);
  },
);

it.each(fixtures.filter(({ expected }) => expected.final_chunk_alone))('$name reads the same by its end', (fixture) => {
  const alone = adapterOf(fixture)?.readStream(fixture.chunks.slice(-1));
  expect(alone).toEqual(read(fixture));
});

describe('the bodies', () => {
  it('cover every endpoint and server, and fewer than half are made up', () => {
    const folders = Map.groupBy(fixtures, ({ name }) => name.split(/[/-]/, 2).join('/'));
    const sizes = Object.fromEntries([...folders].map(([folder, found]) => [folder, found.length]));
    const published = ['openai/chat', 'openai/responses', 'openai/embeddings', 'compatible/ollama', 'compatible/vllm'];
    for (const folder of published) expect(sizes[folder], folder).toBeGreaterThanOrEqual(4);
    for (const server of ['mistral', 'groq', 'deepseek'])
      expect(sizes[`compatible/${server}`]).toBeGreaterThanOrEqual(2);
    expect(sizes['openai/images']).toBeGreaterThanOrEqual(2);
    for (const folder of ['azure/', 'openrouter/']) {
      expect(fixtures.filter(({ name }) => name.startsWith(folder)).length).toBeGreaterThanOrEqual(4);
    }
    expect(fixtures.length).toBeGreaterThanOrEqual(35);
    expect(fixtures.filter((it) => it.invented).length).toBeLessThan(fixtures.length / 2);
  });
});
