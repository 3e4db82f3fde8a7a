import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fitServiceTime, type LengthRate } from '../../../../lib/domain/break-even/fit-service-time.ts';
import { describeWithSharedData } from '../../../helpers/shared-data.ts';

const LENGTHS = [
  [100, 50],
  [1000, 100],
  [50, 800],
  [4000, 900],
  [300, 300],
] as const;

describe('fitServiceTime', () => {
  it('leaves a term at zero where the rows would have it below, and fits the others without it', () => {
    // Times of 2e-5 an input and 5e-5 an output token, less a little for what is in context.
    const rows = LENGTHS.map(([inputTokens, outputTokens]) => {
      const timeS = 2e-5 * inputTokens + 5e-5 * outputTokens - 1e-9 * outputTokens * (inputTokens + outputTokens / 2);
      return { inputTokens, outputTokens, outputTokensPerS: outputTokens / timeS };
    });
    const fitted = fitServiceTime(rows);
    expect(fitted?.fit.contextTokenS).toBe(0);
    // Two terms, from the two sums that are then level: found by halving steps on a grid around them.
    const error = (a: number, b: number) =>
      rows.reduce((sum, row) => {
        const timeS = row.outputTokens / row.outputTokensPerS;
        return sum + ((a * row.inputTokens + b * row.outputTokens) / timeS - 1) ** 2;
      }, 0);
    let [a, b] = [2e-5, 5e-5];
    for (let step = 1e-5; step > 1e-12; step /= 1.5) {
      for (let round = 0; round < 8; round++) {
        for (const [da, db] of [
          [step, 0],
          [-step, 0],
          [0, step],
          [0, -step],
        ] as const) {
          if (error(a + da, b + db) < error(a, b)) [a, b] = [a + da, b + db];
        }
      }
    }
    expect((fitted?.fit.inputTokenS ?? 0) / a).toBeCloseTo(1, 5);
    expect((fitted?.fit.outputTokenS ?? 0) / b).toBeCloseTo(1, 5);
  });

  it('has nothing to say of fewer than four lengths', () => {
    const rows = LENGTHS.map(([inputTokens, outputTokens]) => ({ inputTokens, outputTokens, outputTokensPerS: 100 }));
    expect(fitServiceTime(rows.slice(0, 3))).toBeNull();
    expect(fitServiceTime([])).toBeNull();
  });
});

describeWithSharedData('throughput.csv', 'published throughputs', (path) => {
  /** Rows at maximum load by model, GPU, count and precision; no cell before the throughput holds a comma. */
  const groups = new Map<string, LengthRate[]>();
  for (const line of readFileSync(path, 'utf8').trim().split('\n').slice(1)) {
    const [model, , gpu, gpus, precision, , , input, output, , rate, kind] = line.split(',');
    if (kind !== 'max-load') continue;
    const key = `${model} ${gpu} x${gpus} ${precision}`;
    const row = { inputTokens: Number(input), outputTokens: Number(output), outputTokensPerS: Number(rate) };
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }

  it('give the terms that the worked cases size with', () => {
    const eight = fitServiceTime(groups.get('Llama-3.1-8B H100 x1 fp8') ?? []);
    expect((eight?.fit.inputTokenS ?? 0) / 1.426355719e-5).toBeCloseTo(1, 8);
    expect((eight?.fit.outputTokenS ?? 0) / 1.470564977e-5).toBeCloseTo(1, 8);
    expect((eight?.fit.contextTokenS ?? 0) / 2.550336709e-8).toBeCloseTo(1, 8);
    const seventy = fitServiceTime(groups.get('Llama-3.3-70B H100 x2 fp8') ?? []);
    expect((seventy?.fit.inputTokenS ?? 0) / 6.862785766e-5).toBeCloseTo(1, 8);
  });

  it('fit within 2.1, 2.7, 3.2, 4.9 and 4.7 % on average', () => {
    const keys = ['Llama-3.1-8B H100 x1', 'Llama-3.3-70B H100 x2', 'Llama-3.3-70B H200 x1', 'Llama-3.1-405B H100 x8'];
    const errors = [...keys.map((key) => `${key} fp8`), 'Llama-3.3-70B B200 x1 fp4'].map(
      (key) => fitServiceTime(groups.get(key) ?? [])?.meanErrorRatio ?? 1,
    );
    expect(errors.map((error) => Number((100 * error).toFixed(1)))).toEqual([2.1, 2.7, 4.9, 4.7, 3.2]);
  });
});
