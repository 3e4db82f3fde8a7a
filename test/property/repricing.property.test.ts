import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { Order } from '../../lib/app/corrections/correction-ports.ts';
import { EVERY_TENANT } from '../../lib/app/corrections/repricing-ports.ts';
import type { TellPorts } from '../../lib/app/corrections/tell-unpriced.ts';
import type { TenantConfig } from '../../lib/app/ports.ts';
import type { OverrideChange } from '../../lib/app/prices/override-ports.ts';
import { CurrentPriceBooks } from '../../lib/app/prices/price-books.ts';
import { rateWithSaved } from '../../lib/app/recording/rate-and-conceal.ts';
import type { LedgerEntry } from '../../lib/domain/events/entry.ts';
import type { BookStamp } from '../../lib/domain/prices/book-stamp.ts';
import type { PriceBook } from '../../lib/domain/prices/price-book.ts';
import { lacksPrice, pricesMore } from '../../lib/domain/rating/compare-ratings.ts';
import type { Rating } from '../../lib/domain/rating/rated-call.ts';
import { DISASTERS, FAULTS, type Fault } from '../helpers/faulty-table.ts';
import { allEntries, foldOrder } from '../helpers/ledger-corrections-world.ts';
import { deeds, TENANTS } from '../helpers/repricing-deeds.ts';
import { CATALOGS, type RepricingHistory, RepricingWorkshop } from '../helpers/repricing-history.ts';

/** A night's run takes more: `RUNS=20000`. */
const RUNS = Number(process.env['RUNS'] ?? 300);

const DAYS = ['02-28', '03-01', '03-02', '03-07', '03-08', '03-09', '03-10'].map((day) => `2026-${day}`);

const history = fc.record({
  deeds,
  faults: fc.infiniteStream(
    fc.oneof(
      { weight: 80, arbitrary: fc.constant(undefined) },
      { weight: 2, arbitrary: fc.constantFrom<Fault>(...FAULTS) },
      { weight: 1, arbitrary: fc.constantFrom<Fault>(...DISASTERS) },
    ),
  ),
  stalls: fc.infiniteStream(
    fc.oneof({ weight: 30, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 10, max: 150 }) }),
  ),
  seed: fc.nat(),
  scheduler: fc.scheduler(),
});

const hits = new Map<string, number>();
const met = { entries: 0, voided: 0, byOrder: 0, byLedger: 0, lacking: 0, left: 0, orders: 0 };

describe('repricing by its use cases, under faults', () => {
  it('ends where the last word puts each call, with totals equal to the fold, and then rests', async () => {
    await fc.assert(fc.asyncProperty(history, play), { numRuns: RUNS });
  });

  it('met everything that can become of a call', () => {
    expect(Math.min(...Object.values(met))).toBeGreaterThan(0);
    expect([...hits.values()].reduce((sum, times) => sum + times, 0)).toBeGreaterThan(RUNS);
  });

  afterAll(() => console.log('repricing:', met, Object.fromEntries([...hits].sort())));
});

async function play(given: RepricingHistory): Promise<void> {
  const shop = new RepricingWorkshop(given, hits);
  await shop.open();
  await given.scheduler.waitFor(shop.play());
  // What is late may still land.
  await given.scheduler.waitIdle();
  await shop.settle();
  const ports = shop.ports();
  for (const tenant of TENANTS) {
    expect(await shop.differences(tenant)).toEqual([]);
    expect(await ports.orders.open(tenant.tenant)).toEqual([]);
    await checkTenant(ports, tenant, await allEntries(shop.memory, tenant.tenant, DAYS));
  }
  const heads = async () => Promise.all(TENANTS.map(({ tenant }) => ports.reader.head(tenant)));
  const before = await heads();
  await shop.settle();
  expect(await heads()).toEqual(before);
}

async function checkTenant(ports: TellPorts, tenant: TenantConfig, entries: readonly LedgerEntry[]): Promise<void> {
  const orders = await allOrders(ports, tenant.tenant);
  met.orders += orders.length;
  for (const { number } of orders) {
    const standing = await ports.orders.find(tenant.tenant, number);
    expect(standing?.sums).toEqual(foldOrder(entries, number));
  }
  const books = { v1: await bookOf(ports, tenant, 'v1'), v2: await bookOf(ports, tenant, 'v2') };
  const changes = {
    tenant: await ports.overrideChanges.list(tenant.tenant),
    global: await ports.overrideChanges.list(EVERY_TENANT),
  };
  const sums = new Map<string, bigint>();
  for (const entry of entries) {
    const stamp = await stampOf(ports, tenant.tenant, entry.commit);
    const expected = expectedOf({ ports, orders, books, changes }, entry, stamp);
    const found = entry.isVoid ? 'void' : wordsOf(entry.rating);
    expect([entry.event.id, entry.event.model, found], JSON.stringify(entry, plain)).toEqual([
      entry.event.id,
      entry.event.model,
      expected,
    ]);
    count(entry);
    if (!entry.isVoid) sums.set(entry.day, (sums.get(entry.day) ?? 0n) + (entry.rating.costPicoUsd ?? 0n));
  }
  const rollups = await ports.reader.rollups(tenant.tenant, {
    granularity: 'day',
    fromDay: '2026-01-01',
    toDay: '2026-06-01',
  });
  const found = new Map<string, bigint>();
  for (const { period, measures } of rollups.rows) found.set(period, (found.get(period) ?? 0n) + (measures.cost ?? 0n));
  for (const [day, sum] of found) expect([day, sum]).toEqual([day, sums.get(day) ?? 0n]);
}

const plain = (_key: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value);

interface Words {
  readonly ports: TellPorts;
  readonly orders: readonly Order[];
  readonly books: Readonly<Record<'v1' | 'v2', PriceBook>>;
  readonly changes: Readonly<Record<'tenant' | 'global', readonly OverrideChange[]>>;
}

/** What an entry comes to: void for ever; else what each order said in turn, and then whatever it lacks. */
function expectedOf({ ports, orders, books, changes }: Words, entry: LedgerEntry, stamp: BookStamp): string {
  const { event, commit, recorded } = entry;
  if (orders.some(({ request }) => request.kind === 'void' && request.id === event.id)) return 'void';
  const isTouched = (change: OverrideChange): boolean => {
    const { provider = null, model, timeMs, reported_cost_usd: reportedCostUsd } = event;
    const report = reportedCostUsd === undefined || reportedCostUsd === null ? {} : { reportedCostUsd };
    const facts = { provider, model, timeMs, serviceTier: null, region: null, ...report };
    return ports.touches(change, facts, books.v2);
  };
  const missed = [
    ...changes.global.filter(({ number }) => number > stamp.global),
    ...changes.tenant.filter(({ number }) => number > stamp.tenant),
  ];
  const current = rateWithSaved(books.v2, event);
  let rating: Rating = missed.some(isTouched) ? current : recorded;
  for (const { request, upToCommit } of orders) {
    if (commit > upToCommit || request.kind === 'void') continue;
    if (request.kind === 'override') {
      const change = changes[request.scope].find(({ number }) => number === request.change);
      if (change && stamp[request.scope] < change.number && isTouched(change)) rating = current;
      continue;
    }
    const { fromMs, toMs, model, catalogVersion } = request;
    if (event.timeMs < fromMs || event.timeMs >= toMs || (model !== null && model !== event.model)) continue;
    const target = catalogVersion === 'v1' ? rateWithSaved(books.v1, event) : current;
    if (catalogVersion !== null && lacksPrice(target)) continue;
    rating = target;
  }
  return wordsOf(lacksPrice(rating) && pricesMore(current, rating) ? current : rating);
}

const wordsOf = ({ status, costPicoUsd, listCostPicoUsd, unpricedUnits }: Rating): string =>
  [status, costPicoUsd, listCostPicoUsd, ...unpricedUnits].join(' ');

function count({ isVoid, corrections, rating }: LedgerEntry): void {
  met.entries++;
  if (isVoid) met.voided++;
  else if (lacksPrice(rating)) met.lacking++;
  if (corrections.length === 0) met.left++;
  for (const { order } of corrections) {
    if (order > 0) met.byOrder++;
    else met.byLedger++;
  }
}

async function allOrders(ports: TellPorts, tenant: string): Promise<readonly Order[]> {
  const orders: Order[] = [];
  for (let number = 1; number <= (await ports.orders.last(tenant)); number++) {
    const standing = await ports.orders.find(tenant, number);
    if (standing) orders.push(standing.order);
  }
  return orders;
}

async function bookOf(ports: TellPorts, { tenant }: TenantConfig, version: string): Promise<PriceBook> {
  const catalog = CATALOGS[version];
  if (!catalog) throw new Error(`no catalog ${version}`);
  return new CurrentPriceBooks({ list: (of) => ports.overrideChanges.list(of) }, catalog).current(tenant);
}

async function stampOf(ports: TellPorts, tenant: string, number: number): Promise<BookStamp> {
  for await (const { book } of ports.reader.commits(tenant, number - 1, number)) return book;
  throw new Error(`no commit ${number}`);
}
