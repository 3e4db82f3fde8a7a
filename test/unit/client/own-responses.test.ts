import { describe, expect, it } from 'vitest';
import { bundledCatalog } from '../../../lib/catalog/catalog.ts';
import { formatUsd } from '../../../lib/domain/money.ts';
import { createPriceBook } from '../../../lib/domain/prices/price-book.ts';
import { rateUsage } from '../../../lib/domain/rating/rating.ts';
import { loadResponses, type ResponseFixture, readFixture, showUsage } from './all-responses.ts';

const book = createPriceBook({ catalog: bundledCatalog() });
const fixtures = loadResponses(['anthropic', 'gemini', 'bedrock', 'cohere']);

function billOf(fixture: ResponseFixture): { status: string; cost: string | null } {
  const reading = readFixture(fixture, fixture.chunks, fixture.adapter);
  if (!reading.usage.ok) return { status: 'invalid_usage', cost: null };
  const { status, costPicoUsd } = rateUsage(book, {
    provider: reading.provider,
    model: reading.model ?? '',
    timeMs: Date.parse(fixture.timestamp),
    usage: reading.usage.usage,
    serviceTier: reading.serviceTier,
    region: reading.region,
  });
  return { status, cost: costPicoUsd === null ? null : formatUsd(costPicoUsd) };
}

describe.each(fixtures)('$name', (fixture) => {
  const { expected } = fixture;

  it(`reads as worked by hand: ${expected.working}`, () => {
    const reading = readFixture(fixture, fixture.chunks, fixture.adapter);
    if (expected.usage === null)
      expect(showUsage(reading.usage)).toEqual([expect.stringContaining(expected.issue ?? 'no issue')]);
    else expect(showUsage(reading.usage)).toEqual(expected.usage);
    expect(reading.status).toBe(expected.call);
    expect(billOf(fixture)).toEqual({ status: expected.status, cost: expected.cost_usd });
  });

  it('names what it was', () => {
    const { provider_read, response_id, created_ms, operation, service_tier, region } = expected;
    expect(readFixture(fixture, fixture.chunks, fixture.adapter)).toMatchObject({
      ...(provider_read === undefined ? {} : { provider: provider_read }),
      ...(response_id === undefined ? {} : { responseId: response_id }),
      ...(created_ms === undefined ? {} : { createdMs: created_ms }),
      ...(operation === undefined ? {} : { operation }),
      ...(region === undefined ? {} : { region }),
      serviceTier: service_tier ?? expect.toBeOneOf([null, 'standard']),
      model: fixture.model ?? expect.any(String),
    });
  });
});

it.each(fixtures.filter(({ expected }) => expected.recognised))(
  '$name is recognised without being named',
  (fixture) => {
    expect(readFixture(fixture)).toEqual(readFixture(fixture, fixture.chunks, fixture.adapter));
  },
);

it.each(fixtures.filter(({ expected }) => expected.final_chunk_alone))('$name reads the same by its end', (fixture) => {
  const { usage, status } = readFixture(fixture);
  expect(readFixture(fixture, fixture.chunks.slice(-1))).toMatchObject({ usage, status });
});
