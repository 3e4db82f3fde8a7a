import { DIMENSIONS } from '../../contracts/dimensions.ts';
import { toCoverFacts } from '../../domain/capacity/cover-facts.ts';
import { addDays, type Zone } from '../../domain/local-time.ts';
import type { BookStamp } from '../../domain/prices/book-stamp.ts';
import type { PriceBook } from '../../domain/prices/price-book.ts';
import { parseChange } from '../../domain/prices/price-book-change.ts';
import type { OverrideFile } from '../../domain/prices/price-book-file.ts';
import type { Period } from '../../domain/prices/price-catalog-time.ts';
import type { RollupRow, TenantConfig } from '../ports.ts';
import type { OverrideChange } from '../prices/override-ports.ts';
import { changePricingState, readPricingState } from '../prices/pricing-state.ts';
import { type DayRange, findDays, intersect, LogUnreadError, readExtent, unite } from '../spend/ledger-days.ts';
import { findZone } from '../zones.ts';
import type { Order, OrderRequest } from './correction-ports.ts';
import { giveOrder } from './give-order.ts';
import { EVERY_TENANT, type RepricingPorts } from './repricing-ports.ts';

/** Clocks of the functions that store changes and of those that order differ by far less. */
const CLOCK_SLACK_MS = 3_600_000;

/** How long one request goes on with giving orders, in milliseconds. */
const ORDERING_MS = 10_000;

/** A name may mean another model from some time of a day on; it is asked for so often. */
const STEP_MS = 3_600_000;

type OverrideRequest = Extract<OrderRequest, { kind: 'override' }>;

/** A tenant's stored changes, and those of every tenant, each oldest first. */
export interface StoredChanges {
  readonly tenant: readonly OverrideChange[];
  readonly global: readonly OverrideChange[];
}

/** Reads the changes that a tenant's price book is made of. */
export async function readChanges(
  { overrideChanges }: Pick<RepricingPorts, 'overrideChanges'>,
  tenant: string,
): Promise<StoredChanges> {
  const [ofTenant, global] = await Promise.all([overrideChanges.list(tenant), overrideChanges.list(EVERY_TENANT)]);
  return { tenant: ofTenant, global };
}

/** One stored change and whose it is. */
export interface ScopedChange {
  readonly scope: 'tenant' | 'global';
  readonly change: OverrideChange;
}

/** The changes that a price book with this stamp does not hold. */
export function changesSince(changes: StoredChanges, stamp: BookStamp): readonly ScopedChange[] {
  return (['global', 'tenant'] as const).flatMap((scope) =>
    changes[scope].filter(({ number }) => number > stamp[scope]).map((change) => ({ scope, change })),
  );
}

/**
 * Tells which changes no order brings to a commit: an order is about the commits that were there when it was given, and
 * a change without an order is about none of them, as far as anybody knows.
 */
export class OrderCoverage {
  readonly #ports: Pick<RepricingPorts, 'orders'>;
  readonly #tenant: TenantConfig;
  readonly #upTo = new Map<string, Promise<number>>();

  constructor(ports: Pick<RepricingPorts, 'orders'>, tenant: TenantConfig) {
    this.#ports = ports;
    this.#tenant = tenant;
  }

  /** The changes that nobody but whoever follows the log brings to this commit. */
  async findUncovered(changes: readonly ScopedChange[], commit: number): Promise<readonly ScopedChange[]> {
    const uncovered: ScopedChange[] = [];
    for (const each of changes) if ((await this.#findUpTo(each)) < commit) uncovered.push(each);
    return uncovered;
  }

  #findUpTo({ scope, change }: ScopedChange): Promise<number> {
    const key = `${scope} ${change.number}`;
    const known = this.#upTo.get(key) ?? this.#read({ scope, change });
    this.#upTo.set(key, known);
    return known;
  }

  async #read({ scope, change }: ScopedChange): Promise<number> {
    const request = { kind: 'override', scope, change: change.number } as const;
    const order = await findGiven(this.#ports, this.#tenant, request, change.storedAtMs);
    return order?.upToCommit ?? 0;
  }
}

/**
 * Brings a tenant's orders up to its stored changes of overrides: each change that is about calls recorded before it
 * was known gets one order, however often and from wherever this is called. Later calls need none: who records them
 * reads the changes first, and the sweep finds those that were recorded with an older book all the same.
 *
 * @returns numbers of the tenant's orders that are open, ascending
 * @throws {@link LogUnreadError} when time runs out before all are given
 */
export async function orderRepricing(ports: RepricingPorts, tenant: TenantConfig): Promise<readonly number[]> {
  const isThrough = await giveDueOrders(ports, tenant, ports.now() + ORDERING_MS);
  if (!isThrough) throw new LogUnreadError(`orders of ${tenant.tenant} are not all given yet`);
  return ports.orders.open(tenant.tenant);
}

/**
 * Does what {@link orderRepricing} is for, as far as time allows.
 *
 * @param deadlineMs - epoch milliseconds after which nothing new is begun
 * @returns whether every change has its order; otherwise calling again goes on
 */
export async function giveDueOrders(ports: RepricingPorts, tenant: TenantConfig, deadlineMs: number): Promise<boolean> {
  const { ordered } = await readPricingState(ports, tenant.tenant);
  const changes = await readChanges(ports, tenant.tenant);
  for (const scope of ['global', 'tenant'] as const) {
    for (const change of changes[scope].filter(({ number }) => number > ordered[scope])) {
      if (ports.now() >= deadlineMs || !(await orderFor(ports, tenant, scope, change, deadlineMs))) return false;
      await changePricingState(ports, tenant.tenant, (state) =>
        state.ordered[scope] >= change.number
          ? state
          : { ...state, ordered: { ...state.ordered, [scope]: change.number } },
      );
    }
  }
  return true;
}

/**
 * Gives the order for one change, unless it was given or there is nothing to be repriced.
 *
 * @returns whether time sufficed to find out
 */
async function orderFor(
  ports: RepricingPorts,
  tenant: TenantConfig,
  scope: 'tenant' | 'global',
  change: OverrideChange,
  deadlineMs: number,
): Promise<boolean> {
  // The head is read behind the change: what is committed later without the change is found by its older book.
  const extent = await readExtent(ports, tenant.tenant, deadlineMs);
  if (extent === undefined) return false;
  const book = await ports.catalogs.inForce.current(tenant.tenant);
  const judge = new RowJudge(ports, findZone(tenant.timeZone), book, change);
  const days = extent.days && judge.narrow(extent.days);
  const touched = await findDays(ports, tenant.tenant, days, (row) => judge.isTouched(row));
  if (touched === null) return true;
  const request: OverrideRequest = { kind: 'override', scope, change: change.number };
  const reason = scope === 'global' ? `global price change ${change.number}` : `price change ${change.number}`;
  const draft = { request, by: change.keyId, reason, upToCommit: extent.head, days: touched };
  await giveOrder(ports, tenant, draft, () => findGiven(ports, tenant, request, change.storedAtMs));
  return true;
}

/** The order that was given for a change, among those given since it was stored. */
async function findGiven(
  { orders }: Pick<RepricingPorts, 'orders'>,
  { tenant }: TenantConfig,
  { scope, change }: OverrideRequest,
  storedAtMs: number,
): Promise<Order | undefined> {
  let cursor: string | undefined;
  do {
    const page = await orders.list(tenant, cursor);
    const given = page.orders.find(
      ({ order: { request } }) => request.kind === 'override' && request.scope === scope && request.change === change,
    );
    if (given) return given.order;
    const oldest = page.orders.at(-1);
    if (oldest && oldest.order.createdAtMs < storedAtMs - CLOCK_SLACK_MS) return undefined;
    cursor = page.next;
  } while (cursor !== undefined);
  return undefined;
}

/** Tells whether a change can be about calls of a day and leaf. */
class RowJudge {
  readonly #ports: Pick<RepricingPorts, 'touches'>;
  readonly #zone: Zone;
  readonly #book: PriceBook;
  readonly #change: OverrideChange;
  readonly #file: OverrideFile;
  readonly #times = new Map<string, readonly number[]>();
  readonly #known = new Map<string, boolean>();

  constructor(ports: Pick<RepricingPorts, 'touches'>, zone: Zone, book: PriceBook, change: OverrideChange) {
    this.#ports = ports;
    this.#zone = zone;
    this.#book = book;
    this.#change = change;
    this.#file = parseChange(change.fileText).file;
  }

  /** The part of a range of days that the change's periods reach; null = none. */
  narrow(days: DayRange): DayRange | null {
    const reached = this.#periods().map(({ fromMs, toMs }) =>
      intersect(days, {
        first: fromMs === null ? days.first : this.#zone.localDay(fromMs),
        last: toMs === null ? days.last : this.#zone.localDay(toMs - 1),
      }),
    );
    return reached.reduce(unite, null);
  }

  isTouched({ period: day, leaf }: RollupRow): boolean {
    const [provider, model, serviceTier, region] = LEAF_FACTS.map((at) => leaf[at] ?? null);
    const cover = this.#file.capacity === null ? {} : { facts: toCoverFacts(leaf) };
    const key = JSON.stringify([day, provider, model, serviceTier, region, cover]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    // A leaf knows the resolved provider and not the one sent, so none at all is tried too; and it does not know
    // whether its calls told what they cost.
    const report = this.#file.reportedCost === null ? {} : { reportedCostUsd: '0' };
    const call = { model: model ?? '', serviceTier: serviceTier ?? null, region: region ?? null, ...report, ...cover };
    const isTouched = this.#timesOf(day).some((timeMs) =>
      [...new Set([provider ?? null, null])].some((sent) =>
        this.#ports.touches(this.#change, { ...call, provider: sent, timeMs }, this.#book),
      ),
    );
    this.#known.set(key, isTouched);
    return isTouched;
  }

  /** Times of a day at which the change can begin to be about a call; none on days that its periods do not reach. */
  #timesOf(day: string): readonly number[] {
    const known = this.#times.get(day);
    if (known) return known;
    const [startMs, endMs] = [this.#zone.dayStartMs(day), this.#zone.dayStartMs(addDays(day, 1))];
    const begins = this.#periods()
      .filter(({ toMs }) => toMs === null || toMs > startMs)
      .map(({ fromMs }) => Math.max(fromMs ?? startMs, startMs))
      .filter((timeMs) => timeMs < endMs);
    const times = new Set(begins);
    if (begins.length > 0) for (let timeMs = startMs; timeMs < endMs; timeMs += STEP_MS) times.add(timeMs);
    this.#times.set(day, [...times]);
    return [...times];
  }

  #periods(): readonly Period[] {
    const { overrides, aliases, reportedCost, capacity } = this.#file;
    // A version takes the place of earlier ones for good, whenever it ends itself.
    const covers = capacity === null ? [] : [{ fromMs: capacity.fromMs, toMs: null }];
    return [...overrides, ...aliases, ...(reportedCost === null ? [] : [reportedCost]), ...covers];
  }
}

const LEAF_FACTS = (['provider', 'model', 'service_tier', 'region'] as const).map((name) => DIMENSIONS.indexOf(name));
