import { DIMENSIONS } from '../contracts/dimensions.ts';
import { isOlderBook } from '../domain/book-stamp.ts';
import { lacksPrice } from '../domain/compare-ratings.ts';
import { addDays, nextMonth, type Zone } from '../domain/local-time.ts';
import type { PriceBook } from '../domain/price-book.ts';
import type { PricingState } from './correction-ports.ts';
import { hasUnpriced, PRICE_FOUND, planUnpriced } from './follow-log.ts';
import { isPricedCall } from './plan-order.ts';
import type { RollupRow, TenantConfig } from './ports.ts';
import { changePricingState } from './pricing-state.ts';
import type { RepricingPorts } from './repricing-ports.ts';
import { correctEntries } from './run-order.ts';
import { findZone } from './zones.ts';

/** Prices begin at times of day; one that begins between two of these is met by the next change of the catalog or book. */
const STEP_MS = 3_600_000;

/** Days that a pass is through with, by tenant: kept by a warm function so that the next minute goes on behind them. */
export type PassMemory = Map<string, { readonly pass: string; readonly doneUpTo: string }>;

/**
 * Tries again to price what lacks a price, once for every new catalog and price book: only days whose totals hold such
 * calls, and only where the book has something to say about their models. A month with none left leaves the list.
 *
 * @returns how many entries were priced; `undefined` when time ran out before every month was tried
 */
export async function priceUnpriced(
  ports: RepricingPorts,
  tenant: TenantConfig,
  state: PricingState,
  memory: PassMemory,
  deadlineMs: number,
): Promise<number | undefined> {
  const book = await ports.catalogs.inForce.current(tenant.tenant);
  const tried = state.triedWith;
  const isTried =
    tried !== null && tried.catalogVersion === book.catalogVersion && !isOlderBook(tried.book, book.stamp);
  if (isTried) return 0;
  const pass = JSON.stringify([book.catalogVersion, book.stamp]);
  const known = memory.get(tenant.tenant);
  let doneUpTo = known?.pass === pass ? known.doneUpTo : '';
  let corrected = 0;
  for (const month of state.unpricedMonths) {
    for (const day of await findUnpricedDays(ports, tenant, month, book)) {
      if (day <= doneUpTo) continue;
      const priced = await priceDay(ports, tenant, day, deadlineMs);
      if (priced === undefined) return undefined;
      corrected += priced;
      doneUpTo = day;
      memory.set(tenant.tenant, { pass, doneUpTo });
    }
    await forgetPriced(ports, tenant, month);
  }
  memory.delete(tenant.tenant);
  const triedWith = { catalogVersion: book.catalogVersion, book: book.stamp };
  await changePricingState(ports, tenant.tenant, (current) => ({ ...current, triedWith }));
  return corrected;
}

/** Days of a month on which calls lack a price that the book may know, ascending. */
async function findUnpricedDays(
  ports: RepricingPorts,
  tenant: TenantConfig,
  month: string,
  book: PriceBook,
): Promise<readonly string[]> {
  const zone = findZone(tenant.timeZone);
  const { rows } = await ports.reader.rollups(tenant.tenant, monthOfDays(month));
  const days = rows.filter((row) => hasUnpriced(row) && isKnown(zone, book, row)).map(({ period }) => period);
  return [...new Set(days)].sort();
}

/** Whether the book prices the model of a row's calls at all at some time of its day, under the provider sent or none. */
function isKnown(zone: Zone, book: PriceBook, { period, leaf }: RollupRow): boolean {
  const at = (name: (typeof DIMENSIONS)[number]): string | null => leaf[DIMENSIONS.indexOf(name)] ?? null;
  const call = { model: at('model') ?? '', serviceTier: at('service_tier'), region: at('region') };
  const endMs = zone.dayStartMs(addDays(period, 1));
  for (const provider of new Set([at('provider'), null])) {
    for (let timeMs = zone.dayStartMs(period); timeMs < endMs; timeMs += STEP_MS) {
      if (book.resolve({ ...call, provider, timeMs }) !== null) return true;
    }
  }
  return false;
}

async function priceDay(
  ports: RepricingPorts,
  tenant: TenantConfig,
  day: string,
  deadlineMs: number,
): Promise<number | undefined> {
  let corrected = 0;
  let cursor: string | undefined;
  do {
    if (ports.now() >= deadlineMs) return undefined;
    const page = await ports.reader.entriesOfDay(tenant.tenant, day, cursor);
    const lacking = page.entries.filter((entry) => isPricedCall(entry) && lacksPrice(entry.rating));
    const priced = await correctEntries(ports, tenant, PRICE_FOUND, planUnpriced(ports), lacking, deadlineMs);
    if (priced === undefined) return undefined;
    corrected += priced;
    cursor = page.next;
  } while (cursor !== undefined);
  return corrected;
}

/** Takes a month without such calls from the list, unless the log was followed beyond what was just read. */
async function forgetPriced(ports: RepricingPorts, tenant: TenantConfig, month: string): Promise<void> {
  const { head, rows } = await ports.reader.rollups(tenant.tenant, monthOfDays(month));
  if (rows.some(hasUnpriced)) return;
  await changePricingState(ports, tenant.tenant, (state) =>
    state.followedTo > head || !state.unpricedMonths.includes(month)
      ? state
      : { ...state, unpricedMonths: state.unpricedMonths.filter((each) => each !== month) },
  );
}

function monthOfDays(month: string) {
  return { granularity: 'day', fromDay: `${month}-01`, toDay: `${nextMonth(month)}-01` } as const;
}
