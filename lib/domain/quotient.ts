/** `a / b`; `null` where there is nothing to divide by. */
export function divideOrNull(a: number, b: number): number | null {
  return b === 0 ? null : a / b;
}

/** What binary fractions of decimal amounts may be off by, as a share. */
const ROUNDING_RATIO = 1e-12;

/**
 * Whether `a` is at least `b`. A tie of decimal amounts counts as one, though their binary fractions may miss it in the
 * last digit: 1.8 is at least 0.6 x 3.
 */
export function isAtLeast(a: number, b: number): boolean {
  return a >= b - ROUNDING_RATIO * Math.abs(b);
}

/** The next whole number, where a whole number that binary fractions overshot in the last digit stays itself. */
export function roundUpWhole(value: number): number {
  return Math.ceil(value - ROUNDING_RATIO * Math.abs(value));
}
