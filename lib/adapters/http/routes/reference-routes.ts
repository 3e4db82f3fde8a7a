import { z } from 'zod';
import type { StoredOwnRow } from '../../../app/reference/own-row-ports.ts';
import { addOwnRow, readReference, removeOwnRow } from '../../../app/reference/own-rows.ts';
import { OWN_ROW_KINDS } from '../../../domain/reference/parse-own-row.ts';
import type { SourcedRow } from '../../../domain/reference/reference-rows.ts';
import { renderTime } from '../render.ts';
import { keyedRoute, type Route } from '../route.ts';
import { timeText } from '../schemas.ts';

const kindText = z.enum(OWN_ROW_KINDS);

const rowText = z.looseObject({ id: z.string(), source: z.string(), as_of: z.string().nullable() });

const storedRow = z.strictObject({
  id: z.string(),
  kind: kindText,
  stored_at: timeText,
  stored_by: z.string(),
  row: rowText,
});

const rowList = z.strictObject({
  reference_version: z.string().describe('Of the rows of the release.'),
  added: z.array(storedRow).describe("The tenant's own."),
  rows: z.array(rowText).describe("All rows of this kind, the tenant's own first."),
});

/** Routes of the rows of hardware, throughput and quality that break-even and advice reckon with. */
export const referenceRoutes: readonly Route[] = [
  keyedRoute(
    ['reader', 'admin'],
    {
      method: 'GET',
      path: '/v1/reference-rows',
      summary: 'Rows of hardware, throughput or quality with their sources',
      query: z.strictObject({ kind: kindText }),
      answers: { 200: { description: "The tenant's own and those of the release.", schema: rowList } },
    },
    async ({ ports, tenant, query }) => {
      const { reference, stored } = await readReference(ports, tenant.tenant);
      const added = stored.filter(({ own }) => own.kind === query.kind).map(renderStored);
      const rows = reference[query.kind].map(renderRow);
      return { status: 200, body: { reference_version: reference.version, added, rows } };
    },
  ),
  keyedRoute(
    ['admin'],
    {
      method: 'POST',
      path: '/v1/reference-rows',
      summary: 'Add a row of hardware, throughput or quality',
      description: 'The same row twice is one. What is left out of a row is unknown.',
      body: z.strictObject({ kind: kindText, row: z.looseObject({}) }),
      answers: {
        200: { description: 'It was there already.', schema: storedRow },
        201: { description: 'The new row.', schema: storedRow },
      },
    },
    async ({ ports, tenant, key, body }) => {
      const { stored, isNew } = await addOwnRow(ports, tenant.tenant, body.kind, body.row, key.keyId);
      return { status: isNew ? 201 : 200, body: renderStored(stored) };
    },
  ),
  keyedRoute(
    ['admin'],
    {
      method: 'DELETE',
      path: '/v1/reference-rows/{id}',
      summary: 'Remove a row that was added',
      answers: { 204: { description: 'It is gone.' } },
    },
    async ({ ports, tenant, key, params }) => {
      await removeOwnRow(ports, tenant.tenant, params['id'] ?? '', key.keyId);
      return { status: 204 };
    },
  ),
];

function renderStored({ own, storedAtMs, keyId }: StoredOwnRow): Record<string, unknown> {
  const { kind, row } = own;
  return { id: row.id, kind, stored_at: renderTime(storedAtMs), stored_by: keyId, row: renderRow(row) };
}

function renderRow(row: SourcedRow): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([field, value]) => [field.replaceAll(/[A-Z]/g, (it) => `_${it.toLowerCase()}`), value]),
  );
}
