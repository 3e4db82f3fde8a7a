import { groupDigits } from './table.ts';

/** USD without cents from 100 on, which a model does not know. */
export function showUsd(value: unknown): string {
  if (typeof value !== 'number') return '-';
  const digits = Math.abs(value) >= 100 || value === 0 ? 0 : 2;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** A ratio as a percentage; small ones with the digits that tell them from 0. */
export function showPercent(value: unknown): string {
  if (typeof value !== 'number') return '-';
  const percent = value * 100;
  return `${percent > 0 && percent < 2 ? Number(percent.toPrecision(2)) : percent.toFixed(0)} %`;
}

/** A count of calls or tokens, to three digits or so; `never` for none. */
export function showCount(value: unknown): string {
  if (typeof value !== 'number') return 'never';
  if (value >= 1e9) return `${(value / 1e9).toPrecision(3)} bn`;
  if (value >= 1e6) return `${(value / 1e6).toPrecision(3)} M`;
  return groupDigits(value.toFixed(0));
}

/** A probability, to the hundredth. */
export function showRatio(value: unknown): string {
  return typeof value === 'number' ? value.toFixed(2) : '-';
}
