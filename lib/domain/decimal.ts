/** A non-negative decimal number, exactly: `digits / 10^scale`. */
export interface Decimal {
  readonly digits: bigint;
  /** Digits after the decimal point, 0 or more. */
  readonly scale: number;
}

// Longer texts are no rate or count anyone means; the bound keeps arithmetic on foreign input cheap.
const MAX_LENGTH = 400;

/** Reads plain decimal text (`12`, `0.15`). @returns undefined for a sign, an exponent, spaces or any other text */
export function parseDecimal(text: string): Decimal | undefined {
  if (text.length > MAX_LENGTH || !/^\d+(?:\.\d+)?$/.test(text)) return undefined;
  const point = text.indexOf('.');
  if (point < 0) return { digits: BigInt(text), scale: 0 };
  return { digits: BigInt(text.slice(0, point) + text.slice(point + 1)), scale: text.length - point - 1 };
}

/** The shortest decimal that names a finite number at or above 0. @returns undefined for any other number */
export function decimalOfNumber(value: number): Decimal | undefined {
  if (!Number.isFinite(value) || value < 0) return undefined;
  const match = /^(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value));
  if (match === null) return undefined;
  const fraction = match[2] ?? '';
  const digits = BigInt((match[1] ?? '') + fraction);
  const scale = fraction.length - Number(match[3] ?? 0);
  return scale >= 0 ? { digits, scale } : { digits: digits * powerOfTen(-scale), scale: 0 };
}

/** Plain text without exponent, trailing zeros or a trailing point; `0` for zero. */
export function formatDecimal(value: Decimal): string {
  const text = value.digits.toString().padStart(value.scale + 1, '0');
  const whole = text.slice(0, text.length - value.scale);
  const fraction = value.scale === 0 ? '' : text.slice(-value.scale).replace(/0+$/, '');
  return fraction === '' ? whole : `${whole}.${fraction}`;
}

/** The exact product. */
export function timesDecimal(a: Decimal, b: Decimal): Decimal {
  return { digits: a.digits * b.digits, scale: a.scale + b.scale };
}

/** 10 to a whole power of 0 or more. */
export function powerOfTen(exponent: number): bigint {
  return 10n ** BigInt(exponent);
}
