import { describe, expect, it } from 'vitest';
import { bundledCatalog } from '../../../lib/catalog/catalog.ts';
import type { Leaf } from '../../../lib/contracts/dimensions.ts';
import type { Histogram, Measure } from '../../../lib/contracts/measures.ts';
import { parseUsageEvent } from '../../../lib/domain/events/parse-usage-event.ts';
import { createPriceBook } from '../../../lib/domain/prices/price-book.ts';
import { rateEvent } from '../../../lib/domain/rating/rating.ts';
import { DEFAULT_RULES } from '../../../lib/domain/rules/default-rules.ts';
import { judgeRule } from '../../../lib/domain/rules/judge-rule.ts';
import type { RuleRow } from '../../../lib/domain/rules/measure-metric.ts';
import { type RuleFiring, stepFiring } from '../../../lib/domain/rules/rule-firing.ts';
import { addCall, leafOf, type Sums } from '../../../lib/domain/spend.ts';
import { DEFAULT_SAMPLE_SIZE, generateSample } from '../../../lib/sample/generate-sample.ts';

const HOUR_MS = 3_600_000;
const END_MS = Date.UTC(2026, 10, 21, 18);

/** Hour rows of a sample, by the beginning of the hour. */
function foldSample(size: number): ReadonlyMap<number, readonly RuleRow[]> {
  const book = createPriceBook({ catalog: bundledCatalog() });
  const settings = { tagDimensions: ['cost_center'], trackUsers: false };
  const sums = new Map<number, Map<string, { readonly leaf: Leaf; readonly sums: Sums }>>();
  for (const raw of generateSample({ endMs: END_MS, size })) {
    const parsed = parseUsageEvent(raw);
    if (!('event' in parsed)) throw new Error(`the sample holds what the contract refuses: ${parsed.message}`);
    const { event } = parsed;
    const rating = rateEvent(book, event);
    const leaf = leafOf(settings, event, rating);
    const hourMs = Math.floor(event.timeMs / HOUR_MS) * HOUR_MS;
    const leaves = sums.get(hourMs) ?? new Map();
    sums.set(hourMs, leaves);
    const known = leaves.get(JSON.stringify(leaf)) ?? { leaf, sums: new Map() };
    leaves.set(JSON.stringify(leaf), known);
    addCall(known.sums, { event, rating });
  }
  return new Map([...sums].map(([hourMs, leaves]) => [hourMs, [...leaves.values()].map((one) => toRow(hourMs, one))]));
}

function toRow(hourMs: number, { leaf, sums }: { readonly leaf: Leaf; readonly sums: Sums }): RuleRow {
  const measures: Partial<Record<Measure, bigint>> = {};
  const histograms: Partial<Record<Histogram, Map<number, bigint>>> = {};
  for (const [name, amount] of sums) {
    const [histogram = '', bucket] = name.split(':');
    if (bucket === undefined) measures[name as Measure] = amount;
    else {
      const buckets = histograms[histogram as Histogram] ?? new Map<number, bigint>();
      histograms[histogram as Histogram] = buckets.set(Number(bucket), amount);
    }
  }
  return { period: new Date(hourMs).toISOString().slice(0, 13), leaf, measures, histograms };
}

/** What the defaults tell of a sample whose last days they watch hour by hour. */
function watchHours(hours: ReadonlyMap<number, readonly RuleRow[]>, days: number): readonly string[] {
  const firings = new Map<string, RuleFiring>();
  const told: string[] = [];
  for (let endMs = END_MS - (days - 1) * 24 * HOUR_MS; endMs <= END_MS; endMs += HOUR_MS) {
    const rows = Array.from({ length: 24 }, (_, back) => hours.get(endMs - (back + 1) * HOUR_MS) ?? []).flat();
    const facts = { rows, gpuHours: [], tagDimensions: ['cost_center'] };
    for (const rule of DEFAULT_RULES)
      for (const look of judgeRule(rule, facts, endMs).looks) {
        const name = `${rule.name} ${look.key ?? ''}`.trim();
        const next = stepFiring(rule, firings.get(name), look, endMs, endMs);
        if (!next) firings.delete(name);
        else {
          if (!next.isTold) told.push(`${name} ${next.state} ${new Date(endMs).toISOString()} ${look.evidence?.low}`);
          firings.set(name, { ...next, isTold: true });
        }
      }
  }
  return told;
}

describe('the sample under the default rules', () => {
  it('tells of what is true of it: calls that cost 26 cents on average, and a slow model', () => {
    expect(watchHours(foldSample(DEFAULT_SAMPLE_SIZE), 62)).toEqual([
      'cost-per-call firing 2026-09-21T18:00:00.000Z 0.257877194207',
      'latency-p95 claude-opus-4-1-20250805 firing 2026-11-19T19:00:00.000Z 102400',
    ]);
  });

  it('is no storm with six times the calls, of which 1.9 % fail: less than a message in two days', () => {
    const told = watchHours(foldSample(6 * DEFAULT_SAMPLE_SIZE), 20);
    expect(told.filter((one) => one.startsWith('error-rate firing')).length).toBeGreaterThan(0);
    expect(told.length).toBeLessThan(10);
  }, 60_000);
});
