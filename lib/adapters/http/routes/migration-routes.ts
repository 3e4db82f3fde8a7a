import { z } from 'zod';
import type { MigrationStanding, StoredProfile } from '../../../app/alerts/alert-ports.ts';
import { putMigrationProfile } from '../../../app/break-even/assess-break-even-profiles.ts';
import {
  type ListedDeployment,
  type ListedMigration,
  listBackMoves,
  listMigrations,
  markMigration,
  removeMigration,
} from '../../../app/break-even/manage-migrations.ts';
import { NotFoundError } from '../../../app/request-errors.ts';
import { renderTime } from '../render.ts';
import { type KeyedCall, keyedRoute, type Route } from '../route.ts';
import { dayText, timeText } from '../schemas.ts';

const profileOutput = z.strictObject({ name: z.string(), stored_at: timeText, profile: z.looseObject({}) });

const standingFields = {
  qualifying_days: z.int(),
  failing_days: z.int(),
  last_day: dayText.nullable(),
  last_alert_day: dayText.nullable(),
  assessment: z.looseObject({}).nullable(),
};

const migrationOutput = profileOutput.extend({
  verdict: z.enum(['stay', 'watch', 'migrate_now', 'migrated']).nullable(),
  issues: z.array(z.string()).describe('Why it cannot be read and so is not assessed.'),
  ...standingFields,
});

const deploymentOutput = z.strictObject({
  capacity: z.string(),
  verdict: z.enum(['stay', 'watch', 'migrate_back']).nullable(),
  ...standingFields,
});

/** Routes of the targets that a workload could move to. */
export const migrationRoutes: readonly Route[] = [
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'GET',
      path: '/v1/migrations',
      summary: 'Migration profiles and deployments that are assessed every day, and how each stands',
      description:
        'With the figures of the last day assessed: its `blockers` are the bounds and gates that keep an alert from being sent.',
      answers: {
        200: {
          description: 'Every profile, by name; `*` is what the others share. Of deployments, whether they still pay.',
          schema: z.strictObject({ migrations: z.array(migrationOutput), deployments: z.array(deploymentOutput) }),
        },
      },
    },
    async ({ ports: { profiles: migrations, overrideChanges }, tenant }) => {
      const forth = await listMigrations({ migrations }, tenant.tenant);
      const back = await listBackMoves({ migrations, overrideChanges }, tenant);
      return { status: 200, body: { migrations: forth.map(renderMigration), deployments: back.map(renderDeployment) } };
    },
  ),
  keyedRoute(
    ['admin'],
    {
      method: 'PUT',
      path: '/v1/migrations/{name}',
      summary: 'Store the migration profile of this name',
      body: z.looseObject({}),
      answers: { 200: { description: 'The profile as stored.', schema: profileOutput } },
    },
    async (call) => {
      const { ports, tenant, params, body } = call;
      const source = { ...body, name: params['name'] };
      const stored = await putMigrationProfile({ migrations: ports.profiles, clock: ports.now }, tenant, source);
      await record(call, 'migration_profile.stored', { name: stored.name });
      return { status: 200, body: renderProfile(stored) };
    },
  ),
  keyedRoute(
    ['admin'],
    {
      method: 'PATCH',
      path: '/v1/migrations/{name}',
      summary: 'Mark a workload as moved, or take the mark back',
      body: z.strictObject({
        migrated_on: dayText
          .nullable()
          .optional()
          .describe("Local day; today's where left out; null = it has not moved."),
      }),
      answers: { 200: { description: 'The profile as stored.', schema: profileOutput } },
    },
    async (call) => {
      const { ports, tenant, params, body } = call;
      const marking = { migrations: ports.profiles, clock: ports.now };
      const stored = await markMigration(marking, tenant, params['name'] ?? '', body.migrated_on);
      const { migrated_on: day } = stored.source;
      await record(call, 'migration_profile.marked', {
        name: stored.name,
        migrated_on: typeof day === 'string' ? day : null,
      });
      return { status: 200, body: renderProfile(stored) };
    },
  ),
  keyedRoute(
    ['admin'],
    {
      method: 'DELETE',
      path: '/v1/migrations/{name}',
      summary: 'Remove a migration profile; it is no longer assessed',
      answers: { 204: { description: 'Removed.' } },
    },
    async (call) => {
      const name = call.params['name'] ?? '';
      if ((await removeMigration(call.ports.profiles, call.tenant.tenant, name)) === 'absent')
        throw new NotFoundError('There is no migration profile of this name.');
      await record(call, 'migration_profile.removed', { name });
      return { status: 204 };
    },
  ),
];

async function record(
  { ports, tenant, key }: Pick<KeyedCall<unknown, unknown>, 'ports' | 'tenant' | 'key'>,
  action: string,
  detail: Readonly<Record<string, string | null>>,
): Promise<void> {
  await ports.adminRecords.append(tenant.tenant, { atMs: ports.now(), keyId: key.keyId, action, detail });
}

function renderProfile({ name, storedAtMs, source }: StoredProfile) {
  return { name, stored_at: renderTime(storedAtMs), profile: source };
}

function renderMigration({ stored, profile, issues, standing }: ListedMigration): z.input<typeof migrationOutput> {
  return {
    ...renderProfile(stored),
    verdict: profile?.migratedOn ? 'migrated' : (standing?.subject.state.verdict ?? null),
    issues: [...issues],
    ...renderStanding(standing),
  };
}

function renderDeployment({ capacity, standing }: ListedDeployment): z.input<typeof deploymentOutput> {
  const verdict = standing?.subject.state.verdict ?? null;
  return { capacity, verdict: verdict === 'migrate_now' ? 'migrate_back' : verdict, ...renderStanding(standing) };
}

function renderStanding(standing: MigrationStanding | null) {
  return {
    qualifying_days: standing?.subject.state.qualifyingDays ?? 0,
    failing_days: standing?.subject.state.failingDays ?? 0,
    last_day: standing?.subject.lastDay ?? null,
    last_alert_day: standing?.subject.lastAlertDay ?? null,
    assessment: standing?.assessment ?? null,
  };
}
