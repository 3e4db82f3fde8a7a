import { describe, expect, it } from 'vitest';
import { bundledCatalog } from '../../../lib/catalog/catalog.ts';
import { parseBudget } from '../../../lib/domain/budgets/parse-budget.ts';
import { parseUsageEvent } from '../../../lib/domain/events/parse-usage-event.ts';
import { createPriceBook } from '../../../lib/domain/prices/price-book.ts';
import { rateEvent } from '../../../lib/domain/rating/rating.ts';
import { RUNAWAY_APP } from '../../../lib/sample/company.ts';
import { DEFAULT_SAMPLE_SIZE, generateSample } from '../../../lib/sample/generate-sample.ts';
import type { SampleEvent } from '../../../lib/sample/sample-call.ts';
import { sampleBudgets } from '../../../lib/sample/sample-settings.ts';

const KEPT = { tagDimensions: [], trackUsers: false };

const DAY_MS = 86_400_000;
const END_MS = Date.UTC(2026, 10, 21, 9, 41, 17, 123);
const sample = [...generateSample({ endMs: END_MS })];

const count = (key: (event: SampleEvent) => string | undefined): Map<string | undefined, number> => {
  const counts = new Map<string | undefined, number>();
  for (const event of sample) counts.set(key(event), (counts.get(key(event)) ?? 0) + 1);
  return counts;
};
const share = (test: (event: SampleEvent) => boolean): number => sample.filter(test).length / sample.length;
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('the sample', () => {
  it('is the same for the same seed, size and end', () => {
    const options = { seed: 'a seed', size: 500, endMs: END_MS };
    expect([...generateSample(options)]).toEqual([...generateSample(options)]);
  });

  it('has 20,000 events where no size is asked for', () => {
    expect(sample).toHaveLength(20_000);
  });

  it('is another for another seed', () => {
    const ids = (seed: string) => [...generateSample({ seed, size: 50, endMs: END_MS })].map((event) => event.id);
    expect(ids('one')).not.toEqual(ids('two'));
  });

  it.each([1, 2, 49, 1_000, 5_001])('holds exactly %i events when asked for as many', (size) => {
    expect([...generateSample({ seed: 's', size, endMs: END_MS })]).toHaveLength(size);
  });

  it('refuses a size that is not a whole number from 1', () => {
    for (const size of [0, -1, 1.5, Number.NaN]) {
      expect(() => [...generateSample({ seed: 's', size, endMs: END_MS })]).toThrow(RangeError);
    }
  });

  it('is ordered by time and has 62 days that reach up to its end', () => {
    const times = sample.map((event) => Date.parse(event.time));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times[0]).toBeGreaterThanOrEqual(END_MS - 62 * DAY_MS);
    expect(times.at(-1)).toBeLessThan(END_MS);
    expect(times.at(-1)).toBeGreaterThan(END_MS - 2 * 60_000);
    expect(count((event) => event.time.slice(0, 10)).size).toBe(63); // 62 x 24 h touch 63 UTC days.
  });

  it('has 40 apps of 6 teams in 2 environments on 8 models', () => {
    const values = [count((e) => e.app), count((e) => e.team), count((e) => e.environment), count((e) => e.model)];
    expect(values.map((counts) => counts.size)).toEqual([40, 6, 2, 8]);
  });

  it('has at least 80 leaves', () => {
    const leaf = (e: SampleEvent) => JSON.stringify([e.app, e.environment, e.team, e.feature, e.provider, e.model]);
    expect(count(leaf).size).toBeGreaterThanOrEqual(80);
  });

  it('has one model that no vendor serves', () => {
    expect([...new Set(sample.filter((event) => event.provider === undefined).map((event) => event.model))]).toEqual([
      'acme-internal-13b',
    ]);
  });

  it('is fully priced by the bundled catalog but for that model', () => {
    const book = createPriceBook({ catalog: bundledCatalog() });
    for (const event of sample) {
      const { status } = rateEvent(book, { ...event, timeMs: Date.parse(event.time) });
      expect([event.model, status]).toEqual([event.model, event.provider === undefined ? 'unpriced' : 'priced']);
    }
  });

  it('has 1.5 to 3 % failed calls, most of which used nothing', () => {
    expect(share((event) => event.status === 'error')).toBeGreaterThan(0.015);
    expect(share((event) => event.status !== 'ok')).toBeLessThan(0.03);
    expect(share((event) => event.status === 'aborted' && (event.usage.output_tokens ?? 0) > 0)).toBeGreaterThan(0.002);
  });

  it('has ids that are all different and carry the time of their call', () => {
    expect(count((event) => event.id).size).toBe(sample.length);
    for (const { id, time } of sample) {
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)).toBe(Date.parse(time));
    }
  });

  it('keeps the contract in every event', () => {
    for (const event of sample) {
      expect(parseUsageEvent(JSON.parse(JSON.stringify(event)))).toMatchObject({
        event: { id: event.id },
        unknownFields: [],
      });
    }
  });
});

describe("the sample's traffic", () => {
  it('keeps to few minutes, because each one costs the ledger a page', () => {
    expect(count((event) => event.time.slice(0, 16)).size).toBeLessThan(DEFAULT_SAMPLE_SIZE / 8);
  });

  it('has the chat lengths of the Azure conversation trace of 2023', () => {
    const chat = sample.filter((event) => event.app === 'support-bot' && event.status === 'ok');
    const inputTokens = mean(chat.map((event) => event.usage.input_tokens ?? 0));
    const outputTokens = mean(chat.map((event) => event.usage.output_tokens ?? 0));
    // The trace's means are 1,155 in and 211 out; those of about 1,000 drawn calls scatter by 2 % and 4 %.
    expect(Math.abs(inputTokens / 1_155 - 1)).toBeLessThan(0.1);
    expect(Math.abs(outputTokens / 211 - 1)).toBeLessThan(0.2);
  });

  it('serves most of what a coding agent sends from the prompt cache', () => {
    const agent = sample.filter((event) => event.app === 'code-assistant' && event.status === 'ok');
    const inputTokens = mean(agent.map((event) => event.usage.input_tokens ?? 0));
    const cachedTokens = mean(agent.map((event) => event.usage.cache_read_tokens ?? 0));
    expect(cachedTokens / inputTokens).toBeGreaterThan(0.6);
    expect(cachedTokens / inputTokens).toBeLessThan(0.97);
  });

  it('rests at night and at the weekend where people work', () => {
    const office = sample.filter((event) => event.team === 'engineering');
    const isWeekend = (event: SampleEvent) => [0, 6].includes(new Date(event.time).getUTCDay());
    const isNight = (event: SampleEvent) => new Date(event.time).getUTCHours() < 5;
    expect(office.filter(isWeekend).length / office.length).toBeLessThan(0.2);
    expect(office.filter(isNight).length / office.length).toBeLessThan(0.1);
  });

  it('reports input parts, quality, latency and quota for some calls', () => {
    const fields = ['input_parts', 'quality', 'ttft_ms', 'latency_ms', 'quota_used_ratio', 'session', 'tags'] as const;
    for (const field of fields) expect(share((event) => event[field] !== undefined)).toBeGreaterThan(0.02);
    expect(share((event) => event.response_cache_hit === true)).toBeGreaterThan(0.002);
  });

  it('has one hour in which an app makes about twenty times the calls of its ordinary busy hour', () => {
    const hours = [...count((e) => (e.app === RUNAWAY_APP ? e.time.slice(0, 13) : undefined))].flatMap(
      ([hour, calls]) => (hour === undefined ? [] : [{ hour, calls }]),
    );
    const [worst, ...others] = hours.sort((a, b) => b.calls - a.calls);
    expect((worst?.calls ?? 0) / mean(others.map((hour) => hour.calls))).toBeGreaterThan(15);
    expect((worst?.calls ?? 0) / (others[0]?.calls ?? 1)).toBeGreaterThan(3);
  });
});

// USD per 1M tokens on claude-opus-4-1: input, cache read, five-minute cache write, output; in picoUSD per token.
const OPUS_PICO_USD = { input: 15_000_000n, read: 1_500_000n, write: 18_750_000n, output: 75_000_000n };

const costOpusCall = ({ usage }: SampleEvent): bigint => {
  const [read, write] = [BigInt(usage.cache_read_tokens ?? 0), BigInt(usage.cache_write_5m_tokens ?? 0)];
  return (
    (BigInt(usage.input_tokens ?? 0) - read - write) * OPUS_PICO_USD.input +
    read * OPUS_PICO_USD.read +
    write * OPUS_PICO_USD.write +
    BigInt(usage.output_tokens ?? 0) * OPUS_PICO_USD.output
  );
};

describe("the sample's settings", () => {
  it('are budgets that the ledger accepts', () => {
    expect(sampleBudgets().map((budget) => parseBudget(budget, KEPT).name)).toEqual(['company', RUNAWAY_APP]);
  });

  it("have a company budget that a whole month of one model's calls alone crosses", () => {
    const spent = sample
      .filter((event) => event.time.startsWith('2026-10') && event.model.startsWith('claude-opus'))
      .reduce((sum, event) => sum + costOpusCall(event), 0n);
    expect(spent).toBeGreaterThan(parseBudget(sampleBudgets()[0], KEPT).amount.amounts[0] ?? 0n);
  });

  it('have an app budget that the runaway hour crosses', () => {
    const runaway = sample.filter((event) => event.app === RUNAWAY_APP && event.time.startsWith('2026-11'));
    const spent = runaway.reduce((sum, event) => sum + costOpusCall(event), 0n);
    expect(spent).toBeGreaterThan(parseBudget(sampleBudgets()[1], KEPT).amount.amounts[0] ?? 0n);
  });
});
