import {
  checkSharedProfile,
  InvalidMigrationProfileError,
  parseMigrationProfile,
  SHARED_PROFILE,
} from '../../domain/migrate-now/parse-migration-profile.ts';
import { isObject } from '../../domain/migrate-now/profile-fields.ts';
import type { MigrationStore, StoredProfile } from '../alerts/alert-ports.ts';
import type { Clock, TenantConfig } from '../ports.ts';

/** Names are keys of the table. */
const MAX_NAME_BYTES = 128;

/**
 * Stores a migration profile under its name, over an earlier one. What was assessed stays: the next run takes in only
 * new days, under the new figures; another target model or hardware is a new subject and starts from the first day.
 *
 * @param json - see {@link parseMigrationProfile}; the name `*` holds what all profiles of the tenant share
 * @throws {@link InvalidMigrationProfileError} naming the fields at fault
 */
export async function putMigrationProfile(
  ports: { readonly migrations: MigrationStore; readonly clock: Clock },
  tenant: TenantConfig,
  json: unknown,
): Promise<StoredProfile> {
  const stored = await checkProfile(ports.migrations, tenant, json);
  const profile = { ...stored, storedAtMs: ports.clock() };
  await ports.migrations.putProfile(tenant.tenant, profile);
  return profile;
}

async function checkProfile(
  migrations: MigrationStore,
  tenant: TenantConfig,
  json: unknown,
): Promise<Pick<StoredProfile, 'name' | 'source'>> {
  if (!isObject(json)) throw new InvalidMigrationProfileError(['expected a JSON object']);
  const source: StoredProfile['source'] = json;
  if (source['name'] === SHARED_PROFILE) {
    checkSharedProfile(source);
    return { name: SHARED_PROFILE, source };
  }
  const shared = (await migrations.listProfiles(tenant.tenant)).find(({ name }) => name === SHARED_PROFILE);
  const { name } = parseMigrationProfile(source, shared?.source);
  if (Buffer.byteLength(name) > MAX_NAME_BYTES)
    throw new InvalidMigrationProfileError([`name: expected at most ${MAX_NAME_BYTES} bytes`]);
  return { name, source };
}
