import { describe, expect, it } from 'vitest';
import { decimalOfNumber, formatDecimal, parseDecimal, timesDecimal } from '../../../lib/domain/decimal.ts';

const text = (value: ReturnType<typeof parseDecimal>): string | undefined =>
  value === undefined ? undefined : formatDecimal(value);

describe('decimals', () => {
  it('multiplies without losing a digit', () => {
    const [rate, factor] = [parseDecimal('0.075'), parseDecimal('0.85')];
    // 0.075 x 0.85 = 0.06375
    expect(rate && factor && formatDecimal(timesDecimal(rate, factor))).toBe('0.06375');
  });

  it('reads digits of any length', () => {
    expect(text(parseDecimal('900719925474099300000000000000.10'))).toBe('900719925474099300000000000000.1');
  });

  it.each(['-1', '1e5', '', 'one', '0x10', '1_000', '9'.repeat(401)])('does not read %j', (input) => {
    expect(parseDecimal(input)).toBeUndefined();
  });

  it.each([
    [0.00875, '0.00875'],
    [1e-7, '0.0000001'],
    [1.5e-9, '0.0000000015'],
    [1e21, '1000000000000000000000'],
    [12.345, '12.345'],
  ])('names the number %s as %s', (value, expected) => {
    expect(text(decimalOfNumber(value))).toBe(expected);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('has no decimal for %s', (value) => {
    expect(decimalOfNumber(value)).toBeUndefined();
  });
});
