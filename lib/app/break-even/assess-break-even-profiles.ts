import type { MigrationProfile } from '../../domain/migrate-now/migration-profile.ts';
import {
  InvalidMigrationProfileError,
  parseMigrationProfile,
} from '../../domain/migrate-now/parse-migration-profile.ts';
import type { MigrationStore, StoredProfile } from '../alerts/alert-ports.ts';
import type { Clock, TenantConfig } from '../ports.ts';

/** Names are keys of the table. */
const MAX_NAME_BYTES = 128;

/**
 * Stores a migration profile under its name, over an earlier one. What was assessed stays: the next run takes in only
 * new days, under the new figures; another target model or hardware is a new subject and starts from the first day.
 *
 * @param json - see {@link parseMigrationProfile}
 * @throws {@link InvalidMigrationProfileError} naming the fields at fault
 */
export async function putMigrationProfile(
  ports: { readonly migrations: MigrationStore; readonly clock: Clock },
  tenant: TenantConfig,
  json: unknown,
): Promise<MigrationProfile> {
  const profile = parseMigrationProfile(json);
  if (Buffer.byteLength(profile.name) > MAX_NAME_BYTES)
    throw new InvalidMigrationProfileError([`name: expected at most ${MAX_NAME_BYTES} bytes`]);
  const source = json as StoredProfile['source'];
  await ports.migrations.putProfile(tenant.tenant, { name: profile.name, source, storedAtMs: ports.clock() });
  return profile;
}
