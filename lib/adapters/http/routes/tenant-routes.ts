import { z } from 'zod';
import { changeTenant, createTenant, listKeptTags, type TenantChange } from '../../../app/access/manage-tenants.ts';
import type { TenantConfig } from '../../../app/ports.ts';
import { mayChangeEveryTenant } from '../../../app/prices/manage-overrides.ts';
import { ConflictError, NotAllowedError } from '../../../app/request-errors.ts';
import { isOfOrganisation } from '../../../contracts/roles.ts';
import { renderTime, renderTimeOrNull } from '../render.ts';
import { keyedRoute, type Route } from '../route.ts';
import { timeText } from '../schemas.ts';

const tenantSchema = z.strictObject({
  name: z.string(),
  time_zone: z.string(),
  tag_dimensions: z.array(z.string()).describe('Tags that are kept as dimensions of calls made from now on.'),
  former_tag_dimensions: z.array(z.string()).describe('Tags that were kept before; calls stay recorded under them.'),
  track_users: z.boolean(),
  dimensions_since: timeText
    .nullable()
    .describe('The last change of tags and users holds for calls made from then on; null where none was made.'),
  senders: z.array(z.string()),
  created_at: timeText,
});

const settings = {
  tag_dimensions: z.array(z.string()).optional().describe('Up to three tag names in the life of the tenant.'),
  track_users: z.boolean().optional(),
  senders: z.array(z.string()).optional().describe('Unique ids of the roles that report for it, AROA...'),
};

const newTenant = z.strictObject({
  name: z.string().describe('1 to 63 of a-z, 0-9, - and _.'),
  time_zone: z.string().optional().describe('IANA name, UTC where left out; it can never change.'),
  ...settings,
});

const tenantChange = z.strictObject({
  time_zone: z.string().optional().describe('The one it has, or none: it can never change.'),
  ...settings,
});

/** Routes of tenants and their settings. */
export const tenantRoutes: readonly Route[] = [
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'GET',
      path: '/v1/tenants',
      summary: 'Tenants and their settings',
      description: 'All of them for a key of the organisation, its own for any other.',
      answers: {
        200: { description: 'Tenants, by name.', schema: z.strictObject({ tenants: z.array(tenantSchema) }) },
      },
    },
    async ({ ports, tenant, key }) => {
      const own = async () => [(await ports.tenants.read(tenant.tenant)) ?? tenant];
      const tenants = isOfOrganisation(key.role) ? await ports.tenants.list() : await own();
      return { status: 200, body: { tenants: tenants.map(renderTenant) } };
    },
  ),
  keyedRoute(
    ['org-admin'],
    {
      method: 'POST',
      path: '/v1/tenants',
      summary: 'Create a tenant',
      body: newTenant,
      answers: { 201: { description: 'The new tenant.', schema: tenantSchema } },
    },
    async ({ ports, key, body }) => {
      const { name, time_zone: timeZone, ...rest } = body;
      const zone = timeZone === undefined ? {} : { timeZone };
      if ((await createTenant(ports, { tenant: name, ...zone, ...toSettings(rest) }, key)) === 'exists') {
        throw new ConflictError(`There is a tenant ${JSON.stringify(name)} already.`);
      }
      const created = await ports.tenants.read(name);
      if (!created) throw new TypeError(`tenant ${name} is gone after it was created`);
      return { status: 201, body: renderTenant(created) };
    },
  ),
  keyedRoute(
    ['admin'],
    {
      method: 'PATCH',
      path: '/v1/tenants/{tenant}',
      summary: 'Change settings of a tenant',
      description:
        'What is left out stays. Tags and users change for calls made from `dimensions_since` on; what is recorded stays as it is. Senders are for an org-admin, or the admin of the only tenant, because a role reports for one tenant only.',
      body: tenantChange,
      answers: { 200: { description: 'The tenant as it is now.', schema: tenantSchema } },
    },
    async ({ ports, tenant, key, body }) => {
      if (body.senders !== undefined && !(await mayChangeEveryTenant(ports.tenants, key))) {
        throw new NotAllowedError('Who reports for which tenant is decided with a key of role org-admin.');
      }
      const { time_zone: timeZone, ...rest } = body;
      const change = { ...(timeZone === undefined ? {} : { timeZone }), ...toSettings(rest) };
      return { status: 200, body: renderTenant(await changeTenant(ports, tenant.tenant, change, key)) };
    },
  ),
];

function toSettings(body: {
  readonly tag_dimensions?: readonly string[] | undefined;
  readonly track_users?: boolean | undefined;
  readonly senders?: readonly string[] | undefined;
}): Omit<TenantChange, 'timeZone'> {
  const { tag_dimensions: tagDimensions, track_users: trackUsers, senders } = body;
  return {
    ...(tagDimensions === undefined ? {} : { tagDimensions }),
    ...(trackUsers === undefined ? {} : { trackUsers }),
    ...(senders === undefined ? {} : { senders }),
  };
}

/** Everything but the secret under which users become pseudonyms. */
function renderTenant(config: TenantConfig): Record<string, unknown> {
  const kept = listKeptTags(config);
  return {
    name: config.tenant,
    time_zone: config.timeZone,
    tag_dimensions: kept,
    former_tag_dimensions: config.tagDimensions.filter((tag) => !kept.includes(tag)),
    track_users: config.trackUsers,
    dimensions_since: renderTimeOrNull(config.leafChanges?.at(-1)?.fromMs ?? null),
    senders: config.senders ?? [],
    created_at: renderTime(config.createdAtMs),
  };
}
