import { rateTimes, type UnitPrice } from './price-book-levels.ts';
import { toServiceTier } from './price-book-tiers.ts';
import type { CatalogRow, DailyWindow } from './price-catalog.ts';
import { isWithin, type Period } from './price-catalog-time.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** The rows of one service tier. A tier without rows has no price, whatever the others cost. */
export function rowsOfTier(rows: readonly CatalogRow[], tier: string): readonly CatalogRow[] {
  return rows.filter((row) => toServiceTier(row.serviceTier) === tier);
}

/**
 * The rates of the rows in force, by unit; of several rows of a unit the last one counts.
 * @param surcharge - factor on the rates of tokens, exact decimal text
 */
export function unitPrices(rows: readonly CatalogRow[], timeMs: number, surcharge: string): Map<string, UnitPrice> {
  const prices = new Map<string, UnitPrice>();
  for (const row of rows) {
    if (!isWithin(timeMs, row)) continue;
    if (row.windows.length > 0 && !row.windows.some((window) => isInWindow(timeMs, window))) continue;
    // What vendors add by region is on tokens; a search costs the same wherever the model answers.
    const factor = row.unit.endsWith('_tokens') ? surcharge : '1';
    const rate = rateTimes({ base: row.rate, tiers: row.tiers, per: row.per }, factor);
    prices.set(row.unit, { unit: row.unit, list: rate, net: rate, minimum: row.minimum });
  }
  return prices;
}

function isInWindow(timeMs: number, window: DailyWindow): boolean {
  const day = Math.floor(timeMs / DAY_MS);
  const inDayMs = timeMs - day * DAY_MS;
  const [fromMs, toMs] = [window.fromMinute * MINUTE_MS, window.toMinute * MINUTE_MS];
  const passesMidnight = toMs <= fromMs;
  const startedYesterday = passesMidnight && inDayMs < toMs;
  if (!startedYesterday && (inDayMs < fromMs || (!passesMidnight && inDayMs >= toMs))) return false;
  // 1970-01-01 was a Thursday.
  const weekday = (((day - (startedYesterday ? 1 : 0) + 4) % 7) + 7) % 7;
  return window.weekdays === null || window.weekdays.includes(weekday);
}

/**
 * The longest stretch around a time, of those that are cheap to know, in which no row and no other dated fact begins
 * or ends.
 */
export function spanAround(
  timeMs: number,
  rows: readonly CatalogRow[],
  periods: readonly Period[],
): { readonly fromMs: number; readonly toMs: number } {
  let fromMs = Number.NEGATIVE_INFINITY;
  let toMs = Number.POSITIVE_INFINITY;
  const cutAt = (boundaryMs: number | null): void => {
    if (boundaryMs === null) return;
    if (boundaryMs <= timeMs) fromMs = Math.max(fromMs, boundaryMs);
    else toMs = Math.min(toMs, boundaryMs);
  };
  const dayMs = Math.floor(timeMs / DAY_MS) * DAY_MS;
  for (const period of [...rows, ...periods]) {
    cutAt(period.fromMs);
    cutAt(period.toMs);
  }
  for (const window of rows.flatMap((row) => row.windows)) {
    cutAt(dayMs);
    cutAt(dayMs + DAY_MS);
    cutAt(dayMs + window.fromMinute * MINUTE_MS);
    cutAt(dayMs + window.toMinute * MINUTE_MS);
  }
  return { fromMs, toMs };
}
