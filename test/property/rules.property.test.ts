import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { latencyBucket, quotaBucket } from '../../lib/contracts/measures.ts';
import { parseUsd } from '../../lib/domain/money.ts';
import { judgeRule } from '../../lib/domain/rules/judge-rule.ts';
import { type RuleFiring, stepFiring } from '../../lib/domain/rules/rule-firing.ts';
import { NOON_MS } from '../helpers/alert-world.ts';
import { factsOf, HOUR_MS, rowOf, ruleOf } from '../helpers/rule-fixtures.ts';

const DAY_MS = 24 * HOUR_MS;

/** The value of which 95 of 100 are no larger, by sorting. */
function percentile95(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil((sorted.length * 95) / 100) - 1] ?? Number.NaN;
}

function countBuckets(values: readonly number[], bucketOf: (value: number) => number): Map<number, bigint> {
  const counts = new Map<number, bigint>();
  for (const value of values) counts.set(bucketOf(value), (counts.get(bucketOf(value)) ?? 0n) + 1n);
  return counts;
}

describe('a percentile', () => {
  it('lies within the bounds that are told of it, and breaks a rule only where it is truly beyond the threshold', () => {
    const latencies = fc.array(fc.integer({ min: 0, max: 300_000 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(latencies, fc.integer({ min: 0, max: 120_000 }), (values, thresholdMs) => {
        const rows = values.map((value) => {
          const histograms = { latency_ms: countBuckets([value], latencyBucket) };
          return rowOf({ calls: 1n }, {}, { histograms });
        });
        const rule = ruleOf({ metric: 'latency_p95_ms', threshold: String(thresholdMs), minimumCount: 1 });
        const truth = percentile95(values);
        for (const comparison of ['above', 'below'] as const) {
          const [look] = judgeRule({ ...rule, comparison }, factsOf(rows), NOON_MS).looks;
          if (!look?.evidence) throw new Error('there is nothing measured');
          const { low, high } = look.evidence;
          expect(Number(low)).toBeLessThanOrEqual(truth);
          expect(high === null ? Number.POSITIVE_INFINITY : Number(high)).toBeGreaterThan(truth);
          if (look.verdict !== 'breach') continue;
          if (comparison === 'above') expect(truth).toBeGreaterThan(thresholdMs);
          else expect(truth).toBeLessThan(thresholdMs);
        }
      }),
    );
  });

  it('of quota use is told to the percent', () => {
    // Hundredths, as senders report them.
    const ratios = fc.array(fc.integer({ min: 0, max: 127 }), { minLength: 1, maxLength: 100 });
    fc.assert(
      fc.property(ratios, (percents) => {
        const counts = new Map<number, bigint>();
        for (const percent of percents) counts.set(percent, (counts.get(percent) ?? 0n) + 1n);
        const rule = ruleOf({ metric: 'quota_used_p95_ratio', threshold: '0.8', minimumCount: 1 });
        const rows = [rowOf({ calls: 1n }, {}, { histograms: { quota_used_percent: counts } })];
        const [look] = judgeRule(rule, factsOf(rows), NOON_MS).looks;
        const truth = percentile95(percents);
        expect(parseUsd(look?.evidence?.low ?? '')).toBe(BigInt(truth) * 10_000_000_000n);
        expect(look?.verdict === 'breach').toBe(truth > 80);
      }),
    );
    expect(quotaBucket(0.8)).toBe(80);
  });
});

describe('a rule over any hours', () => {
  it('fires at most once in 24 hours, and never twice without being all right between', () => {
    // Failed calls of 1,000 by hour; null = no calls.
    const hours = fc.array(fc.option(fc.nat(20), { freq: 6 }), { minLength: 1, maxLength: 120 });
    fc.assert(
      fc.property(hours, fc.integer({ min: 1, max: 24 }), (errorsByHour, windowHours) => {
        const rule = ruleOf({ windowHours });
        const rows = errorsByHour.flatMap((errors, index) =>
          errors === null ? [] : [rowOf({ calls: 1_000n, errors: BigInt(errors) }, {}, { hoursBack: -index })],
        );
        let firing: RuleFiring | undefined;
        const told: { readonly state: RuleFiring['state']; readonly atMs: number }[] = [];
        for (const index of errorsByHour.keys()) {
          const endMs = NOON_MS + (index + 1) * HOUR_MS;
          const [look] = judgeRule(rule, factsOf(rows), endMs).looks;
          if (!look) throw new Error('there is no look');
          firing = stepFiring(rule, firing, look, endMs, endMs);
          if (firing && !firing.isTold) told.push({ state: firing.state, atMs: endMs });
          firing &&= { ...firing, isTold: true };
        }
        for (const [index, { state }] of told.entries()) expect(state).toBe(index % 2 === 0 ? 'firing' : 'resolved');
        const fired = told.filter(({ state }) => state === 'firing').map(({ atMs }) => atMs);
        for (const [index, atMs] of fired.slice(1).entries())
          expect(atMs - (fired[index] ?? 0)).toBeGreaterThanOrEqual(DAY_MS);
      }),
      { numRuns: 60 },
    );
  });
});
