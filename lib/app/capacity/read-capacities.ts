import { type CapacityVersion, findVersion, type StoredCapacityText } from '../../domain/capacity/capacity.ts';
import { parseUsd } from '../../domain/money.ts';
import type { CapacityCover } from '../../domain/prices/price-book-capacities.ts';
import { readCapacity } from '../../domain/prices/price-book-change.ts';
import type { TenantConfig } from '../ports.ts';
import type { OverrideChange, OverrideChanges } from '../prices/override-ports.ts';
import { NotFoundError } from '../request-errors.ts';

/** One stored version of a capacity. */
export interface StoredVersion extends CapacityVersion {
  readonly storedAtMs: number;
  readonly keyId: string;
}

/** The capacities of a tenant. */
export interface TenantCapacities {
  /** Versions by name, each in the order stored. */
  readonly versions: ReadonlyMap<string, readonly StoredVersion[]>;
  /** What prices go by: every version of all of them, in the order stored. */
  readonly covers: readonly CapacityCover[];
}

/** Reads every version of a tenant's capacities. */
export async function readCapacities(
  { overrideChanges }: { readonly overrideChanges: Pick<OverrideChanges, 'list'> },
  { tenant }: Pick<TenantConfig, 'tenant'>,
): Promise<TenantCapacities> {
  return listCapacities(await overrideChanges.list(tenant));
}

/** The capacities among stored changes. */
export function listCapacities(changes: readonly OverrideChange[]): TenantCapacities {
  const versions = new Map<string, StoredVersion[]>();
  const covers: CapacityCover[] = [];
  for (const { number, storedAtMs, keyId, fileText } of changes) {
    // Only `storeCapacity` writes such a change.
    const stored = readCapacity(fileText) as StoredCapacityText | undefined;
    if (!stored) continue;
    const { price, ...definition } = stored.definition;
    const capacity = { ...definition, price: { picoUsd: parseUsd(price.usd) ?? 0n, per: price.per } };
    covers.push(stored.cover);
    versions.set(capacity.name, [...(versions.get(capacity.name) ?? []), { number, capacity, storedAtMs, keyId }]);
  }
  return { versions, covers };
}

/** The versions of one capacity. @throws {@link NotFoundError} when there is none of this name */
export function versionsOf({ versions }: TenantCapacities, name: string): readonly StoredVersion[] {
  const found = versions.get(name);
  if (!found) throw new NotFoundError('There is no capacity with this name.');
  return found;
}

/** The first day on which a capacity was ever to hold. */
export function firstDayOf(versions: readonly StoredVersion[]): string {
  return versions.map(({ capacity }) => capacity.from).reduce((a, b) => (a < b ? a : b));
}

/** Whether a capacity is in force on a day, or will be. */
export function isAlive(versions: readonly StoredVersion[], today: string): boolean {
  const ahead = versions.filter(({ capacity }) => capacity.from > today).map(({ capacity }) => capacity.from);
  return [today, ...ahead].some((day) => findVersion(versions, day) !== undefined);
}
