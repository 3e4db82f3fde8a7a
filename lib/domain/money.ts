import { formatDecimal, powerOfTen } from './decimal.ts';

/** An exact amount of picoUSD (1e-12 USD) before its one rounding; `denominator` is positive. */
export interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** Decimal places of a picoUSD. */
export const PICO_USD_SCALE = 12;

/** The exact sum. */
export function plus(a: Fraction, b: Fraction): Fraction {
  if (a.denominator === b.denominator) {
    return { numerator: a.numerator + b.numerator, denominator: a.denominator };
  }
  return {
    numerator: a.numerator * b.denominator + b.numerator * a.denominator,
    denominator: a.denominator * b.denominator,
  };
}

/** The one rounding of an entry: to whole picoUSD, halves to the even neighbour. */
export function toPicoUsd(amount: Fraction): bigint {
  const { numerator, denominator } = amount;
  if (denominator === 1n) return numerator;
  const floor = floorPicoUsd(amount);
  const twiceRest = 2n * (numerator - floor * denominator);
  if (twiceRest < denominator) return floor;
  if (twiceRest > denominator) return floor + 1n;
  return floor % 2n === 0n ? floor : floor + 1n;
}

/** The largest whole picoUSD that is not above the amount. */
export function floorPicoUsd({ numerator, denominator }: Fraction): bigint {
  const quotient = numerator / denominator;
  return numerator < 0n && quotient * denominator !== numerator ? quotient - 1n : quotient;
}

/** USD as plain decimal text: no exponent, no trailing zeros, `0` for zero. */
export function formatUsd(picoUsd: bigint): string {
  const text = formatDecimal({ digits: picoUsd < 0n ? -picoUsd : picoUsd, scale: PICO_USD_SCALE });
  return picoUsd < 0n ? `-${text}` : text;
}

/**
 * Reads USD from decimal text, with an optional minus sign. Digits beyond a picodollar are rounded half-even.
 * @returns undefined when the text is not plain decimal
 */
export function parseUsd(text: string): bigint | undefined {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (match === null) return undefined;
  const fraction = match[3] ?? '';
  const digits = BigInt((match[2] ?? '') + fraction);
  const numerator = digits * powerOfTen(PICO_USD_SCALE) * (match[1] === '-' ? -1n : 1n);
  return toPicoUsd({ numerator, denominator: powerOfTen(fraction.length) });
}

/** Greatest common divisor of two positive integers. */
export function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [larger, smaller] = [a, b];
  while (smaller !== 0n) [larger, smaller] = [smaller, larger % smaller];
  return larger;
}

/** Least common multiple of two positive integers. */
export function leastCommonMultiple(a: bigint, b: bigint): bigint {
  return (a / greatestCommonDivisor(a, b)) * b;
}
