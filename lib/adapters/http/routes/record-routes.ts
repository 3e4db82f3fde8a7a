import { z } from 'zod';
import type { AdminRecord } from '../../../app/access/access-ports.ts';
import { EVERY_TENANT } from '../../../app/corrections/repricing-ports.ts';
import { mayChangeEveryTenant } from '../../../app/prices/manage-overrides.ts';
import { NotAllowedError } from '../../../app/request-errors.ts';
import { isOfOrganisation } from '../../../contracts/roles.ts';
import { readPage } from '../page.ts';
import { renderTime } from '../render.ts';
import { keyedRoute, type Route } from '../route.ts';
import { cursorText, timeText } from '../schemas.ts';

const DEFAULT_RECORDS = 100;
const MAX_RECORDS = 500;

const recordPage = z.strictObject({
  records: z.array(
    z.strictObject({
      at: timeText,
      key_id: z
        .string()
        .describe('Who did it: a key, an identity of the gateway, or `operator` for rights to the table.'),
      key_tenant: z.string().nullable().describe('The tenant of the key where it is another one.'),
      action: z.string(),
      detail: z.record(z.string(), z.unknown()),
    }),
  ),
  next: cursorText.optional(),
});

/** Routes of the records that administrative changes leave. */
export const recordRoutes: readonly Route[] = [
  keyedRoute(
    ['admin', 'org-reader'],
    {
      method: 'GET',
      path: '/v1/admin-records',
      summary: 'Administrative changes: who, when, what; newest first',
      description: 'A page may be short and have a next one. `scope=global`: changes that hold for every tenant.',
      query: z.strictObject({
        action: z.string().max(64).optional().describe('Only records of this action, such as `key.created`.'),
        scope: z.enum(['tenant', 'global']).default('tenant'),
        limit: z.coerce.number().int().min(1).max(MAX_RECORDS).default(DEFAULT_RECORDS),
        cursor: cursorText.optional(),
      }),
      answers: { 200: { description: 'A page of records.', schema: recordPage } },
    },
    async ({ ports, tenant, key, query: { action, scope, limit, cursor } }) => {
      if (scope === 'global' && !isOfOrganisation(key.role) && !(await mayChangeEveryTenant(ports.tenants, key))) {
        throw new NotAllowedError('What was changed for every tenant is shown to keys of the organisation.');
      }
      const home = scope === 'global' ? EVERY_TENANT : tenant.tenant;
      const filter = action === undefined ? { limit } : { action, limit };
      const list = `admin-records ${scope} ${action ?? ''}`;
      const { page, next } = await readPage(tenant, list, cursor, (position) =>
        ports.adminRecords.page(home, position === undefined ? filter : { ...filter, position }),
      );
      return { status: 200, body: { records: page.records.map(renderRecord), ...next } };
    },
  ),
];

function renderRecord({ atMs, keyId, action, detail }: AdminRecord): Record<string, unknown> {
  const [, home = null, name = keyId] = /^([a-z0-9][a-z0-9_-]*)\/(.+)$/s.exec(keyId) ?? [];
  return { at: renderTime(atMs), key_id: name, key_tenant: home, action, detail };
}
