import { z } from 'zod';
import { type OverrideState, readOverrides, storeOverrides } from '../../../app/manage-overrides.ts';
import { renderTimeOrNull } from '../render.ts';
import { keyedRoute, type Route } from '../route.ts';
import { timeText } from '../schemas.ts';

const override = z.looseObject({ model: z.string() });

const overrideFile = z.strictObject({ overrides: z.array(override).max(5_000) });

const stateFields = {
  version: z.string().nullable(),
  stored_at: timeText.nullable(),
  writers_current_at: timeText
    .nullable()
    .describe('From this time on every writer rates with this version; events sent after it are priced by it.'),
};

const overrideList = z.strictObject({ overrides: z.array(z.looseObject({})), ...stateFields });

const overrideOutcome = z.strictObject({ outcome: z.enum(['stored', 'unchanged']), ...stateFields });

/** Routes of the tenant's own prices. */
export const catalogRoutes: readonly Route[] = [
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'GET',
      path: '/v1/catalog/overrides',
      summary: "The tenant's price overrides, in the order stored",
      answers: { 200: { description: 'Every override and the version they make together.', schema: overrideList } },
    },
    async ({ ports, tenant }) => {
      const { overrides, ...state } = await readOverrides(ports, tenant.tenant);
      return { status: 200, body: { overrides, ...renderState(state) } };
    },
  ),
  keyedRoute(
    ['admin'],
    {
      method: 'POST',
      path: '/v1/catalog/overrides',
      summary: 'Add price overrides behind those there are',
      description:
        'Later overrides win. Calls recorded before keep their price. The same file twice in a row changes nothing.',
      body: overrideFile,
      answers: { 200: { description: 'The version in force and when every writer has it.', schema: overrideOutcome } },
    },
    async ({ ports, tenant, key, body }) => {
      const { outcome, ...state } = await storeOverrides(ports, tenant.tenant, key.keyId, body);
      return { status: 200, body: { outcome, ...renderState(state) } };
    },
  ),
];

function renderState(state: OverrideState): Record<string, unknown> {
  return {
    version: state.version,
    stored_at: renderTimeOrNull(state.storedAtMs),
    writers_current_at: renderTimeOrNull(state.writersCurrentAtMs),
  };
}
