import type { MigrationProfile } from '../../domain/migrate-now/migration-profile.ts';
import { parseMigrationProfile, SHARED_PROFILE } from '../../domain/migrate-now/parse-migration-profile.ts';
import type { MigrationStanding, MigrationStore, StoredProfile } from '../alerts/alert-ports.ts';
import type { Clock, TenantConfig } from '../ports.ts';
import { NotFoundError } from '../request-errors.ts';
import { nameSubjectKey } from './assess-break-even.ts';
import { putMigrationProfile } from './assess-break-even-profiles.ts';

/** A profile with how far it was assessed. */
export interface ListedMigration {
  readonly stored: StoredProfile;
  /** With what the tenant's profiles share; null for the shared one itself. */
  readonly profile: MigrationProfile | null;
  /** Null before the first assessed day. */
  readonly standing: MigrationStanding | null;
}

/** Every migration profile of a tenant and how it stands. */
export async function listMigrations(
  migrations: Pick<MigrationStore, 'listProfiles' | 'standing'>,
  tenant: string,
): Promise<readonly ListedMigration[]> {
  const all = await migrations.listProfiles(tenant);
  const shared = all.find(({ name }) => name === SHARED_PROFILE)?.source;
  return Promise.all(
    all.map(async (stored): Promise<ListedMigration> => {
      if (stored.name === SHARED_PROFILE) return { stored, profile: null, standing: null };
      const profile = parseMigrationProfile(stored.source, shared);
      return { stored, profile, standing: (await migrations.standing(tenant, nameSubjectKey(profile))) ?? null };
    }),
  );
}

/**
 * Marks a workload as moved, so that it is no longer assessed, or takes the mark back.
 *
 * @param migratedOn - local day; null = it has not moved
 * @throws {@link NotFoundError} when the tenant has no such profile
 */
export async function markMigration(
  ports: { readonly migrations: MigrationStore; readonly clock: Clock },
  tenant: TenantConfig,
  name: string,
  migratedOn: string | null,
): Promise<StoredProfile> {
  const found = (await ports.migrations.listProfiles(tenant.tenant)).find((stored) => stored.name === name);
  if (found === undefined || name === SHARED_PROFILE)
    throw new NotFoundError('There is no migration profile of this name.');
  const { migrated_on: _, ...source } = found.source;
  return putMigrationProfile(ports, tenant, migratedOn === null ? source : { ...source, migrated_on: migratedOn });
}
