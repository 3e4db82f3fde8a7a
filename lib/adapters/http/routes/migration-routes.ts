import { z } from 'zod';
import type { StoredProfile } from '../../../app/alerts/alert-ports.ts';
import { putMigrationProfile } from '../../../app/break-even/assess-break-even-profiles.ts';
import { renderTime } from '../render.ts';
import { keyedRoute, type Route } from '../route.ts';
import { timeText } from '../schemas.ts';

const profileInput = z.looseObject({ name: z.string() });

const profileOutput = z.strictObject({ name: z.string(), stored_at: timeText, profile: z.looseObject({}) });

/** Routes of the targets that a workload could move to. */
export const migrationRoutes: readonly Route[] = [
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'GET',
      path: '/v1/migration-profiles',
      summary: 'Migration profiles that are assessed every day',
      answers: {
        200: { description: 'Every profile, as stored.', schema: z.strictObject({ profiles: z.array(profileOutput) }) },
      },
    },
    async ({ ports, tenant }) => ({
      status: 200,
      body: { profiles: (await ports.profiles.listProfiles(tenant.tenant)).map(renderProfile) },
    }),
  ),
  keyedRoute(
    ['admin'],
    {
      method: 'POST',
      path: '/v1/migration-profiles',
      summary: 'Store the migration profile of this name',
      body: profileInput,
      answers: { 200: { description: 'The profile as stored.', schema: profileOutput } },
    },
    async ({ ports, tenant, key, body }) => {
      const profile = await putMigrationProfile({ migrations: ports.profiles, clock: ports.now }, tenant, body);
      const { name } = profile;
      const record = { atMs: ports.now(), keyId: key.keyId, action: 'migration_profile.stored', detail: { name } };
      await ports.adminRecords.append(tenant.tenant, record);
      return { status: 200, body: renderProfile(profile) };
    },
  ),
];

function renderProfile({ name, storedAtMs, source }: StoredProfile): Record<string, unknown> {
  return { name, stored_at: renderTime(storedAtMs), profile: source };
}
