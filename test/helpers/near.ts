import { expect } from 'vitest';

/** That two sums of the same amounts are equal but for the rounding of binary fractions: a billionth of the larger. */
export function expectNear(actual: number, expected: number): void {
  const allowed = 1e-9 * Math.max(1, Math.abs(actual), Math.abs(expected));
  expect(Math.abs(actual - expected), `${actual} is not ${expected}`).toBeLessThanOrEqual(allowed);
}
