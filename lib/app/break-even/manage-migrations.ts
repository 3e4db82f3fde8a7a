import type { MigrationProfile } from '../../domain/migrate-now/migration-profile.ts';
import { parseMigrationProfile, SHARED_PROFILE } from '../../domain/migrate-now/parse-migration-profile.ts';
import type { MigrationStanding, MigrationStore, StoredProfile } from '../alerts/alert-ports.ts';
import { readCapacities } from '../capacity/read-capacities.ts';
import type { Clock, TenantConfig } from '../ports.ts';
import type { OverrideChanges } from '../prices/override-ports.ts';
import { NotFoundError } from '../request-errors.ts';
import { findZone } from '../zones.ts';
import { listDeployments, nameBackKey } from './assess-back-capacities.ts';
import { nameSubjectKey } from './assess-break-even.ts';
import { checkProfilesWith, findProfileIssues, findShared, putMigrationProfile } from './assess-break-even-profiles.ts';

/** A profile with how far it was assessed. */
export interface ListedMigration {
  readonly stored: StoredProfile;
  /** With what the tenant's profiles share; null for the shared one itself, and where it cannot be read. */
  readonly profile: MigrationProfile | null;
  /** Why it cannot be read and so is not assessed. */
  readonly issues: readonly string[];
  /** Null before the first assessed day. */
  readonly standing: MigrationStanding | null;
}

/** A deployment with how far the way back was assessed. */
export interface ListedDeployment {
  /** Name of the capacity. */
  readonly capacity: string;
  /** Null before the first assessed day. */
  readonly standing: MigrationStanding | null;
}

type StandingPorts = { readonly migrations: Pick<MigrationStore, 'listProfiles' | 'standing'> };

/** Every migration profile of a tenant and how it stands. */
export async function listMigrations(
  { migrations }: StandingPorts,
  tenant: string,
): Promise<readonly ListedMigration[]> {
  const all = await migrations.listProfiles(tenant);
  const shared = findShared(all);
  return Promise.all(
    all.map(async (stored): Promise<ListedMigration> => {
      const unread = { stored, profile: null, standing: null };
      if (stored.name === SHARED_PROFILE) return { ...unread, issues: [] };
      const issues = findProfileIssues(stored.source, shared);
      if (issues.length > 0) return { ...unread, issues };
      const profile = parseMigrationProfile(stored.source, shared);
      const standing = (await migrations.standing(tenant, nameSubjectKey(profile))) ?? null;
      return { stored, profile, issues, standing };
    }),
  );
}

/** Every self-hosted deployment of a tenant, by name, and how the way back stands. */
export async function listBackMoves(
  ports: StandingPorts & { readonly overrideChanges: Pick<OverrideChanges, 'list'> },
  tenant: TenantConfig,
): Promise<readonly ListedDeployment[]> {
  const names = listDeployments(await readCapacities(ports, tenant));
  return Promise.all(
    names.toSorted().map(async (capacity) => {
      const standing = await ports.migrations.standing(tenant.tenant, nameBackKey(capacity));
      return { capacity, standing: standing ?? null };
    }),
  );
}

/**
 * Removes a profile: it is no longer assessed, and what was told of it stands.
 * @throws {@link InvalidMigrationProfileError} when it is the shared one and a profile would break without it
 */
export async function removeMigration(
  migrations: Pick<MigrationStore, 'listProfiles' | 'removeProfile'>,
  tenant: string,
  name: string,
): Promise<'removed' | 'absent'> {
  if (name === SHARED_PROFILE) checkProfilesWith(await migrations.listProfiles(tenant), undefined);
  return migrations.removeProfile(tenant, name);
}

/**
 * Marks a workload as moved, so that it is no longer assessed, or takes the mark back.
 *
 * @param migratedOn - local day, today's where left out; null = it has not moved
 * @throws {@link NotFoundError} when the tenant has no such profile
 */
export async function markMigration(
  ports: { readonly migrations: MigrationStore; readonly clock: Clock },
  tenant: TenantConfig,
  name: string,
  migratedOn: string | null = findZone(tenant.timeZone).localDay(ports.clock()),
): Promise<StoredProfile> {
  const found = (await ports.migrations.listProfiles(tenant.tenant)).find((stored) => stored.name === name);
  if (found === undefined || name === SHARED_PROFILE)
    throw new NotFoundError('There is no migration profile of this name.');
  const { migrated_on: _, ...source } = found.source;
  return putMigrationProfile(ports, tenant, migratedOn === null ? source : { ...source, migrated_on: migratedOn });
}
