import { z } from 'zod';
import { addPlannedChange, MAX_PLANNED_CHANGES, removePlannedChange } from '../../../app/forecasts/plan-changes.ts';
import type { StoredPlannedChange } from '../../../app/forecasts/planned-change-ports.ts';
import { formatFactor, MAX_FACTOR } from '../../../domain/forecast-conditions/planned-change.ts';
import { renderTime } from '../render.ts';
import { keyedRoute, type Route } from '../route.ts';
import { dayText, decimalText, timeText } from '../schemas.ts';

const plannedInput = z
  .looseObject({
    date: z.string(),
    factor: z.union([z.string(), z.number()], 'a number, or one as text'),
    filter: z.record(z.string(), z.string()).optional(),
    note: z.string().nullable().optional(),
  })
  .describe(
    `From a local day on, the calls of a scope are so many times what they were: a factor from 0 to ${MAX_FACTOR}.`,
  );

const plannedFields = {
  id: z.string(),
  date: dayText,
  factor: decimalText,
  filter: z.record(z.string(), z.string()),
  note: z.string().nullable(),
  stored_at: timeText,
  stored_by: z.string(),
};

const plannedChange = z.strictObject(plannedFields);

const plannedList = z.strictObject({ planned_changes: z.array(plannedChange).max(MAX_PLANNED_CHANGES) });

/** Routes of the changes of use that forecasts are told of. */
export const plannedChangeRoutes: readonly Route[] = [
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'GET',
      path: '/v1/planned-changes',
      summary: 'Planned changes of use, by day',
      answers: { 200: { description: 'All of them.', schema: plannedList } },
    },
    async ({ ports, tenant }) => {
      const { changes } = await ports.plannedChanges.list(tenant.tenant);
      return { status: 200, body: { planned_changes: changes.map(renderPlanned) } };
    },
  ),
  keyedRoute(
    ['admin'],
    {
      method: 'POST',
      path: '/v1/planned-changes',
      summary: 'Tell forecasts of a change of use',
      description: 'The same change twice is one; several changes of one scope multiply each other.',
      body: plannedInput,
      answers: {
        200: { description: 'It was there already.', schema: plannedChange },
        201: { description: 'The new change.', schema: plannedChange },
      },
    },
    async ({ ports, tenant, key, body }) => {
      const { stored, isNew } = await addPlannedChange(ports, tenant, body, key.keyId);
      return { status: isNew ? 201 : 200, body: renderPlanned(stored) };
    },
  ),
  keyedRoute(
    ['admin'],
    {
      method: 'DELETE',
      path: '/v1/planned-changes/{id}',
      summary: 'Remove a planned change',
      answers: { 204: { description: 'It is gone.' } },
    },
    async ({ ports, tenant, key, params }) => {
      await removePlannedChange(ports, tenant, params['id'] ?? '', key.keyId);
      return { status: 204 };
    },
  ),
];

function renderPlanned({ id, change, storedAtMs, keyId }: StoredPlannedChange): z.output<typeof plannedChange> {
  return {
    id,
    date: change.day,
    factor: formatFactor(change),
    filter: { ...change.scope },
    note: change.note,
    stored_at: renderTime(storedAtMs),
    stored_by: keyId,
  };
}
