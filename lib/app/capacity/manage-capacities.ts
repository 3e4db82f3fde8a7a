import { type Capacity, findVersion } from '../../domain/capacity/capacity.ts';
import { type CapacityIssue, parseCapacity } from '../../domain/capacity/parse-capacity.ts';
import { addDays, type Zone } from '../../domain/local-time.ts';
import { formatUsd } from '../../domain/money.ts';
import { formatCapacity } from '../../domain/prices/price-book-change.ts';
import type { TenantConfig } from '../ports.ts';
import { appendChange, checkRoom } from '../prices/manage-overrides.ts';
import type { OverrideChange } from '../prices/override-ports.ts';
import { InvalidRequestError } from '../request-errors.ts';
import { findZone } from '../zones.ts';
import type { CapacityPorts } from './capacity-ports.ts';
import { listCapacities, readCapacities, type StoredVersion, versionsOf } from './read-capacities.ts';

/** Versions of all capacities of a tenant: each call that is rated is held against them. */
export const MAX_CAPACITY_VERSIONS = 500;

/** How far ahead a version may begin, in days. */
const MAX_LEAD_DAYS = 3 * 366;

/** What became of a wish to store a version, and all versions of the capacity by then. */
export interface CapacityOutcome {
  readonly outcome: 'stored' | 'unchanged';
  readonly versions: readonly StoredVersion[];
}

/**
 * Stores a version of a capacity behind those there are; from its first day on it stands in their place. The same as the
 * last one changes nothing. Calls recorded before, in days that it speaks of, are to be repriced by the caller; days that
 * were accrued stay as they are until they are accrued again.
 *
 * @throws {@link InvalidRequestError} naming every field that is wrong
 * @throws {@link ChangedMeanwhileError} when others kept storing at the same moment
 */
export async function putCapacity(
  ports: CapacityPorts,
  tenant: TenantConfig,
  keyId: string,
  name: string,
  json: Readonly<Record<string, unknown>>,
): Promise<CapacityOutcome> {
  const zone = findZone(tenant.timeZone);
  const issues: CapacityIssue[] = [];
  const lastDay = addDays(zone.localDay(ports.now()), MAX_LEAD_DAYS);
  const capacity = parseCapacity(name, json, lastDay, issues);
  if (capacity === undefined) throw new InvalidRequestError(issues);
  for (const field of ['from', 'to'] as const) {
    const day = capacity[field];
    if (day !== null && zone.localDay(zone.dayStartMs(day)) !== day) {
      throw new InvalidRequestError([{ field, expected: `a day that ${zone.timeZone} has` }]);
    }
  }
  return storeVersion(ports, tenant, keyId, 'capacity.stored', capacity);
}

/**
 * Ends a capacity: its days before stay as they are. Ended already on that day or before, nothing changes.
 *
 * @param day - first local day on which it holds no more; tomorrow where it is left out
 * @throws {@link NotFoundError} when there is none of this name
 * @throws {@link InvalidRequestError} when there is no such day
 */
export async function endCapacity(
  ports: CapacityPorts,
  tenant: TenantConfig,
  keyId: string,
  name: string,
  day?: string,
): Promise<CapacityOutcome> {
  const versions = versionsOf(await readCapacities(ports, tenant), name);
  const zone = findZone(tenant.timeZone);
  const end = day ?? addDays(zone.localDay(ports.now()), 1);
  if (zone.localDay(zone.dayStartMs(end)) !== end) {
    throw new InvalidRequestError([{ field: 'from', expected: `a day that ${zone.timeZone} has` }]);
  }
  const begun = versions.filter(({ capacity }) => capacity.from > end).map(({ capacity }) => capacity.from);
  const last = versions.at(-1);
  if (last === undefined || [end, ...begun].every((each) => findVersion(versions, each) === undefined)) {
    return { outcome: 'unchanged', versions };
  }
  return storeVersion(ports, tenant, keyId, 'capacity.ended', { ...last.capacity, from: end, to: end });
}

async function storeVersion(
  ports: CapacityPorts,
  tenant: TenantConfig,
  keyId: string,
  action: 'capacity.stored' | 'capacity.ended',
  capacity: Capacity,
): Promise<CapacityOutcome> {
  const fileText = toChangeText(findZone(tenant.timeZone), capacity);
  const { outcome } = await appendChange(ports, tenant.tenant, (changes) => {
    const { versions, covers } = listCapacities(changes);
    const last = versions.get(capacity.name)?.at(-1);
    const lastText = changes.find(({ number }) => number === last?.number)?.fileText;
    if (lastText === fileText) return { answer: { outcome: 'unchanged' as const } };
    if (covers.length >= MAX_CAPACITY_VERSIONS) {
      throw new InvalidRequestError([{ field: 'name', expected: `at most ${MAX_CAPACITY_VERSIONS} versions in all` }]);
    }
    checkRoom(changes, fileText);
    const { name, kind, from, to, price } = capacity;
    const detail = { name, kind, from, to, price_usd: formatUsd(price.picoUsd), per: price.per };
    return { draft: { keyId, fileText, action, detail }, outcome: 'stored' as const };
  });
  return { outcome, versions: versionsOf(await readCapacities(ports, tenant), capacity.name) };
}

function toChangeText(zone: Zone, { price, ...capacity }: Capacity): OverrideChange['fileText'] {
  const { name, from, to, covers, list } = capacity;
  return formatCapacity({
    cover: {
      name,
      fromMs: zone.dayStartMs(from),
      toMs: to === null ? null : zone.dayStartMs(to),
      covers,
      list,
    },
    definition: { ...capacity, price: { usd: formatUsd(price.picoUsd), per: price.per } },
  });
}
