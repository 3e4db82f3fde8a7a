import { describe, expect, it } from 'vitest';
import { formatUsd, parseUsd, plus, toPicoUsd } from '../../../lib/domain/money.ts';

describe('the one rounding of an entry', () => {
  it.each([
    [1n, 2n, 0n], // 0.5 -> 0, the even neighbour
    [3n, 2n, 2n], // 1.5 -> 2
    [5n, 2n, 2n], // 2.5 -> 2
    [7n, 3n, 2n], // 2.33 -> 2
    [8n, 3n, 3n], // 2.67 -> 3
    [-1n, 2n, 0n], // -0.5 -> 0
    [-3n, 2n, -2n], // -1.5 -> -2
    [-7n, 3n, -2n], // -2.33 -> -2
  ])('rounds %s/%s to %s picodollars', (numerator, denominator, expected) => {
    expect(toPicoUsd({ numerator, denominator })).toBe(expected);
  });

  it('happens after the sum: three thirds are one picodollar', () => {
    const third = { numerator: 1n, denominator: 3n };
    expect(toPicoUsd(plus(plus(third, third), third))).toBe(1n);
  });
});

describe('USD as text', () => {
  it.each([
    [0n, '0'],
    [1n, '0.000000000001'],
    [20_000n, '0.00000002'],
    [1_467_500_000n, '0.0014675'],
    [50_000_000_000_000n, '50'],
    [-1_500_000_000_000n, '-1.5'],
    [123_456_789_012_345_678_901_234n, '123456789012.345678901234'],
  ])('shows %s picodollars as %s and reads them back', (picoUsd, text) => {
    expect(formatUsd(picoUsd)).toBe(text);
    expect(parseUsd(text)).toBe(picoUsd);
  });

  it('rounds digits beyond a picodollar half-even', () => {
    expect(parseUsd('0.0000000000005')).toBe(0n);
    expect(parseUsd('0.0000000000015')).toBe(2n);
  });

  it.each(['', '1e3', '.5', '5.', '1,000', ' 1', '+1', 'NaN'])('does not read %j', (text) => {
    expect(parseUsd(text)).toBeUndefined();
  });
});
