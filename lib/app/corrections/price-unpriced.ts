import { DIMENSIONS } from '../../contracts/dimensions.ts';
import { addDays, nextMonth, type Zone } from '../../domain/local-time.ts';
import { isOlderBook } from '../../domain/prices/book-stamp.ts';
import type { PriceBook, PriceQuery } from '../../domain/prices/price-book.ts';
import { lacksPrice } from '../../domain/rating/compare-ratings.ts';
import { PRICE_FOUND, planUnpriced } from '../follow-log.ts';
import type { RollupRow, TenantConfig } from '../ports.ts';
import { changePricingState } from '../prices/pricing-state.ts';
import { findZone } from '../zones.ts';
import type { PricingState } from './correction-ports.ts';
import { isPricedCall } from './plan-order.ts';
import type { RepricingPorts } from './repricing-ports.ts';
import { correctEntries } from './run-order.ts';
import { hasUnpriced } from './tell-unpriced.ts';

/** A name may mean another model from some time of a day on; it is asked for so often. */
const STEP_MS = 3_600_000;

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** With what a pass tries to price calls. */
type Pass = NonNullable<PricingState['triedWith']>;

/**
 * Tries again to price what lacks a price, once for every new catalog and price book: only days whose totals hold such
 * calls, and only where the book has something to say about their models. A month with none left leaves the list.
 * When time runs out, it is noted how far the pass came, and whoever is next goes on behind that.
 *
 * @returns how many entries were priced
 */
export async function priceUnpriced(
  ports: RepricingPorts,
  tenant: TenantConfig,
  state: PricingState,
  deadlineMs: number,
): Promise<number> {
  const book = await ports.catalogs.inForce.current(tenant.tenant);
  const pass: Pass = { catalogVersion: book.catalogVersion, book: book.stamp };
  if (holdsFor(state.triedWith, pass)) return 0;
  let doneUpTo = isSamePass(state.pass, pass) ? state.pass.doneUpTo : '';
  let corrected = 0;
  for (const month of state.unpricedMonths) {
    const lastDay = addDays(`${nextMonth(month)}-01`, -1);
    if (lastDay <= doneUpTo) continue;
    if (ports.now() >= deadlineMs) return stopAt(ports, tenant, pass, doneUpTo, corrected);
    for (const day of await findUnpricedDays(ports, tenant, month, book)) {
      if (day <= doneUpTo) continue;
      const priced = await priceDay(ports, tenant, day, deadlineMs);
      corrected += priced.corrected;
      if (!priced.isThrough) return stopAt(ports, tenant, pass, doneUpTo, corrected);
      doneUpTo = day;
    }
    await forgetPriced(ports, tenant, month);
    doneUpTo = lastDay;
  }
  await changePricingState(ports, tenant.tenant, (current) => {
    // Whoever followed the log meanwhile with another catalog may have left calls that nobody tried with this one.
    const isOvertaken = current.followedTo > state.followedTo;
    return isOvertaken ? { ...current, pass: null } : { ...current, triedWith: pass, pass: null };
  });
  return corrected;
}

/** Whether what was tried with one catalog and book need not be tried with another. */
function holdsFor(tried: Pass | null, { catalogVersion, book }: Pass): boolean {
  return tried !== null && tried.catalogVersion === catalogVersion && !isOlderBook(tried.book, book);
}

function isSamePass(stopped: PricingState['pass'], pass: Pass): stopped is NonNullable<PricingState['pass']> {
  return stopped !== null && holdsFor(stopped, pass) && holdsFor(pass, stopped);
}

async function stopAt(
  ports: RepricingPorts,
  tenant: TenantConfig,
  pass: Pass,
  doneUpTo: string,
  corrected: number,
): Promise<number> {
  await changePricingState(ports, tenant.tenant, (current) =>
    isSamePass(current.pass, pass) && current.pass.doneUpTo >= doneUpTo
      ? current
      : { ...current, pass: { ...pass, doneUpTo } },
  );
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
  const models = new Map<string, RollupRow>();
  for (const row of rows.filter(hasUnpriced)) models.set(JSON.stringify([row.period, ...factsOf(row)]), row);
  const days = new Set<string>();
  for (const row of models.values()) if (!days.has(row.period) && isKnown(zone, book, row)) days.add(row.period);
  return [...days].sort();
}

/** Whether the book prices the model of a row's calls at all at some time of its day, under the provider sent or none. */
function isKnown(zone: Zone, book: PriceBook, row: RollupRow): boolean {
  const [sent, model, serviceTier, region] = factsOf(row);
  const call = { model: model ?? '', serviceTier: serviceTier ?? null, region: region ?? null };
  const [startMs, endMs] = [zone.dayStartMs(row.period), zone.dayStartMs(addDays(row.period, 1))];
  for (const provider of new Set([sent ?? null, null])) {
    const isPriced = (timeMs: number): boolean => book.resolve({ ...call, provider, timeMs }) !== null;
    for (let timeMs = startMs; timeMs < endMs; timeMs += STEP_MS) if (isPriced(timeMs)) return true;
    const begins = beginsOf(book, { ...call, provider, timeMs: startMs });
    if (begins.some((timeMs) => timeMs > startMs && timeMs < endMs && isPriced(timeMs))) return true;
  }
  return false;
}

/** Times at which a price of a model begins to hold, those of its daily windows on the day of the query and the next. */
function beginsOf(book: PriceBook, query: PriceQuery): readonly number[] {
  const { hit, periods } = book.modelOf(query);
  const rows = hit?.model.rows() ?? [];
  const midnightMs = Math.floor(query.timeMs / DAY_MS) * DAY_MS;
  const minutes = rows.flatMap(({ windows }) => windows.map(({ fromMinute }) => fromMinute));
  return [
    ...[...rows, ...periods].flatMap(({ fromMs }) => (fromMs === null ? [] : [fromMs])),
    ...minutes.flatMap((minute) => [0, DAY_MS].map((day) => midnightMs + day + minute * MINUTE_MS)),
  ];
}

const FACTS = (['provider', 'model', 'service_tier', 'region'] as const).map((name) => DIMENSIONS.indexOf(name));

function factsOf({ leaf }: RollupRow): readonly (string | null)[] {
  return FACTS.map((at) => leaf[at] ?? null);
}

async function priceDay(
  ports: RepricingPorts,
  tenant: TenantConfig,
  day: string,
  deadlineMs: number,
): Promise<{ readonly corrected: number; readonly isThrough: boolean }> {
  let corrected = 0;
  let cursor: string | undefined;
  do {
    if (ports.now() >= deadlineMs) return { corrected, isThrough: false };
    const page = await ports.reader.entriesOfDay(tenant.tenant, day, cursor);
    const lacking = page.entries.filter((entry) => isPricedCall(entry) && lacksPrice(entry.rating));
    const priced = await correctEntries(ports, tenant, PRICE_FOUND, planUnpriced(ports), lacking, deadlineMs);
    if (priced === undefined) return { corrected, isThrough: false };
    corrected += priced;
    cursor = page.next;
  } while (cursor !== undefined);
  return { corrected, isThrough: true };
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
