import { findVersion } from '../../domain/capacity/capacity.ts';
import { addDays } from '../../domain/local-time.ts';
import type { TenantConfig } from '../ports.ts';
import { lastCompleteDay } from './accrue-capacities.ts';
import type { CapacityReportPorts } from './capacity-ports.ts';
import { firstDayOf, type StoredVersion } from './read-capacities.ts';

/** How many days back is looked: a version that speaks of earlier ones is seen in the report of those. */
const MAX_OUTDATED_DAYS = 366;

/**
 * The days of a capacity that were split by another version than the one in force on them now, ascending: accruing them
 * again may come to something else.
 *
 * @param versions - of one capacity, in the order stored, one at least
 */
export async function findOutdatedDays(
  ports: Pick<CapacityReportPorts, 'capacities' | 'now'>,
  tenant: TenantConfig,
  versions: readonly StoredVersion[],
): Promise<readonly string[]> {
  const newest = versions.at(-1);
  if (newest === undefined) return [];
  const to = addDays(lastCompleteDay(ports, tenant), 1);
  const from = addDays(to, -MAX_OUTDATED_DAYS);
  const first = firstDayOf(versions);
  if (first >= to) return [];
  const days = { from: first > from ? first : from, to };
  const splits = await ports.capacities.list(tenant.tenant, newest.capacity.name, days);
  return splits
    .filter(({ day, version }) => (findVersion(versions, day)?.number ?? null) !== version)
    .map(({ day }) => day);
}
