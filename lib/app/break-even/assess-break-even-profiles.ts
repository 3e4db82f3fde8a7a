import { listKeptNames } from '../../domain/budgets/budget-scope.ts';
import { addDays } from '../../domain/local-time.ts';
import type { MigrationProfile } from '../../domain/migrate-now/migration-profile.ts';
import {
  checkSharedProfile,
  InvalidMigrationProfileError,
  parseMigrationProfile,
  SHARED_PROFILE,
} from '../../domain/migrate-now/parse-migration-profile.ts';
import { isObject } from '../../domain/migrate-now/profile-fields.ts';
import type { MigrationStore, StoredProfile } from '../alerts/alert-ports.ts';
import type { Clock, TenantConfig } from '../ports.ts';
import { findZone } from '../zones.ts';

/** Each is assessed every night. */
const MAX_PROFILES = 200;

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
  const stored = await checkProfile(ports, tenant, json);
  const profile = { ...stored, storedAtMs: ports.clock() };
  await ports.migrations.putProfile(tenant.tenant, profile);
  return profile;
}

async function checkProfile(
  { migrations, clock }: { readonly migrations: MigrationStore; readonly clock: Clock },
  tenant: TenantConfig,
  json: unknown,
): Promise<Pick<StoredProfile, 'name' | 'source'>> {
  if (!isObject(json)) throw new InvalidMigrationProfileError(['expected a JSON object']);
  const source: StoredProfile['source'] = json;
  const stored = await migrations.listProfiles(tenant.tenant);
  if (source['name'] === SHARED_PROFILE) {
    checkSharedProfile(source);
    checkProfilesWith(stored, source);
    return { name: SHARED_PROFILE, source };
  }
  const profile = parseMigrationProfile(source, findShared(stored));
  const { name, scope } = profile;
  checkDays(profile, findZone(tenant.timeZone).localDay(clock()));
  if (Buffer.byteLength(name) > MAX_NAME_BYTES)
    throw new InvalidMigrationProfileError([`name: expected at most ${MAX_NAME_BYTES} bytes`]);
  if (stored.length >= MAX_PROFILES && !stored.some((each) => each.name === name))
    throw new InvalidMigrationProfileError([`name: a tenant has at most ${MAX_PROFILES} profiles`]);
  const kept = listKeptNames(tenant);
  const strange = Object.keys(scope).filter((dimension) => !kept.includes(dimension));
  if (strange.length > 0)
    throw new InvalidMigrationProfileError(
      strange.map((dimension) => `scope.${dimension}: not kept for this tenant (${kept.join(', ')})`),
    );
  return { name, source };
}

/** What is said to have happened must not lie ahead: it would count for ever. A day ahead may be today elsewhere. */
function checkDays({ migratedOn, facts }: MigrationProfile, today: string): void {
  const days = { migrated_on: migratedOn, 'gates.evaluated_on': facts.evaluationPassedOn };
  const ahead = Object.entries(days).filter(([, day]) => day !== null && day > addDays(today, 1));
  if (ahead.length > 0)
    throw new InvalidMigrationProfileError(ahead.map(([field, day]) => `${field}: ${day} lies ahead of ${today}`));
}

/** What the profiles of a tenant share; undefined = nothing. */
export function findShared(stored: readonly StoredProfile[]): StoredProfile['source'] | undefined {
  return stored.find(({ name }) => name === SHARED_PROFILE)?.source;
}

/**
 * Checks that every profile can still be read with other shared values.
 *
 * @param shared - undefined = without any
 * @throws {@link InvalidMigrationProfileError} naming the profiles and their fields
 */
export function checkProfilesWith(stored: readonly StoredProfile[], shared: StoredProfile['source'] | undefined): void {
  const own = stored.filter(({ name }) => name !== SHARED_PROFILE);
  // One that could not be read before is none of what is at fault now.
  const issues = own.flatMap(({ name, source }) => {
    const isSound = findProfileIssues(source, findShared(stored)).length === 0;
    return isSound ? findProfileIssues(source, shared).map((issue) => `${name}: ${issue}`) : [];
  });
  if (issues.length > 0) throw new InvalidMigrationProfileError(issues);
}

/** Why a stored profile cannot be read; none where it can. */
export function findProfileIssues(
  source: StoredProfile['source'],
  shared: StoredProfile['source'] | undefined,
): readonly string[] {
  try {
    parseMigrationProfile(source, shared);
    return [];
  } catch (error) {
    if (error instanceof InvalidMigrationProfileError) return error.issues;
    throw error;
  }
}
