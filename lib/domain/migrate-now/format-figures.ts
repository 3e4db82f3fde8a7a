// The locale is fixed, so the same figure reads the same on every machine; halves round to even, as on the ledger.
const dollars = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD', roundingMode: 'halfEven' });
const counts = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** A model's dollars with cents, half to even: `$1,234.50`. */
export function formatUsd(usd: number): string {
  return dollars.format(usd);
}

/** A whole count with separators: `2,344,659`. */
export function formatCount(count: number): string {
  return counts.format(count);
}

/** A share as percent with at most one decimal: 0.352 is `35.2%`. */
export function formatPercent(ratio: number): string {
  return `${Number((ratio * 100).toFixed(1))}%`;
}
