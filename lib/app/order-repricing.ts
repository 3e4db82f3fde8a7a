import { DIMENSIONS } from '../contracts/dimensions.ts';
import type { BookStamp } from '../domain/book-stamp.ts';
import { addDays, type Zone } from '../domain/local-time.ts';
import type { Order, OrderRequest } from './correction-ports.ts';
import { giveOrder } from './give-order.ts';
import { findDays, readExtent } from './ledger-days.ts';
import type { OverrideChange } from './override-ports.ts';
import type { RollupRow, TenantConfig } from './ports.ts';
import { changePricingState, readPricingState } from './pricing-state.ts';
import { EVERY_TENANT, type RepricingPorts } from './repricing-ports.ts';
import { findZone } from './zones.ts';

/** Clocks of the functions that store changes and of those that order differ by far less. */
const CLOCK_SLACK_MS = 3_600_000;

/** Prices begin and end at times of day; a change that is about a day is about one of its quarters of an hour. */
const STEP_MS = 900_000;

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

/** The changes that a price book with this stamp does not hold. */
export function changesSince(changes: StoredChanges, stamp: BookStamp): readonly OverrideChange[] {
  return [
    ...changes.global.filter(({ number }) => number > stamp.global),
    ...changes.tenant.filter(({ number }) => number > stamp.tenant),
  ];
}

/**
 * Brings a tenant's orders up to its stored changes of overrides: each change that is about calls recorded before it
 * was known gets one order, however often and from wherever this is called. Later calls need none: who records them
 * reads the changes first, and the sweep finds those that were recorded with an older book all the same.
 *
 * @returns numbers of the tenant's orders that are open, ascending
 */
export async function orderRepricing(ports: RepricingPorts, tenant: TenantConfig): Promise<readonly number[]> {
  const { ordered } = await readPricingState(ports, tenant.tenant);
  const changes = await readChanges(ports, tenant.tenant);
  for (const scope of ['global', 'tenant'] as const) {
    for (const change of changes[scope].filter(({ number }) => number > ordered[scope])) {
      await orderFor(ports, tenant, scope, change);
      await changePricingState(ports, tenant.tenant, (state) =>
        state.ordered[scope] >= change.number
          ? state
          : { ...state, ordered: { ...state.ordered, [scope]: change.number } },
      );
    }
  }
  return ports.orders.open(tenant.tenant);
}

/** Gives the order for one change, unless it was given or there is nothing to be repriced. */
async function orderFor(
  ports: RepricingPorts,
  tenant: TenantConfig,
  scope: 'tenant' | 'global',
  change: OverrideChange,
): Promise<void> {
  // The head is read behind the change: what is committed later without the change is found by its older book.
  const { head, days } = await readExtent(ports, tenant.tenant);
  const zone = findZone(tenant.timeZone);
  const touched = await findDays(ports, tenant.tenant, days, (row) => isTouchedRow(ports, zone, change, row));
  if (touched === null) return;
  const request: OverrideRequest = { kind: 'override', scope, change: change.number };
  const reason = scope === 'global' ? `global price change ${change.number}` : `price change ${change.number}`;
  const draft = { request, by: change.keyId, reason, upToCommit: head, days: touched };
  await giveOrder(ports, tenant, draft, () => findGiven(ports, tenant, request, change.storedAtMs));
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

/** Whether a change can be about calls of a day and leaf. A leaf knows the resolved provider, so none is tried too. */
function isTouchedRow(
  ports: Pick<RepricingPorts, 'touches'>,
  zone: Zone,
  change: OverrideChange,
  { period, leaf }: RollupRow,
): boolean {
  const endMs = zone.dayStartMs(addDays(period, 1));
  const call = {
    model: dimension(leaf, 'model') ?? '',
    serviceTier: dimension(leaf, 'service_tier'),
    region: dimension(leaf, 'region'),
  };
  for (const provider of new Set([dimension(leaf, 'provider'), null])) {
    for (let timeMs = zone.dayStartMs(period); timeMs < endMs; timeMs += STEP_MS) {
      if (ports.touches(change, { ...call, provider, timeMs })) return true;
    }
  }
  return false;
}

function dimension(leaf: RollupRow['leaf'], name: (typeof DIMENSIONS)[number]): string | null {
  return leaf[DIMENSIONS.indexOf(name)] ?? null;
}
