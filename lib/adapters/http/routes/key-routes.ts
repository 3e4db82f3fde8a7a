import { z } from 'zod';
import type { ListedKey } from '../../../app/access/access-ports.ts';
import { createKey, revokeKey, stateOfKey } from '../../../app/access/manage-keys.ts';
import { InvalidRequestError } from '../../../app/request-errors.ts';
import { ROLES } from '../../../contracts/roles.ts';
import { parseInstant } from '../../../domain/instant.ts';
import { renderTime, renderTimeOrNull } from '../render.ts';
import { keyedRoute, type Route } from '../route.ts';
import { timeText } from '../schemas.ts';

const DAY_MS = 86_400_000;
const MAX_DAYS = 3_650;

const keyFields = {
  key_id: z.string(),
  role: z.enum(ROLES),
  label: z.string(),
  created_at: timeText,
  expires_at: timeText.nullable(),
};

const keyList = z.strictObject({
  keys: z.array(
    z.strictObject({
      ...keyFields,
      state: z.enum(['active', 'expired', 'revoked']),
      revoked_at: timeText.nullable(),
      last_used_day: z.string().nullable().describe('The last UTC day of use that was noted.'),
    }),
  ),
});

const keyInput = z.strictObject({
  role: z.enum(ROLES),
  label: z.string().describe('What it is for, 1 to 128 characters.'),
  expires_at: z.string().optional().describe('RFC 3339 time in the future; without an end where left out.'),
  expires_in_days: z.int().min(1).max(MAX_DAYS).optional().describe('The same, counted from now.'),
});

const madeKey = z.strictObject({
  key: z.string().describe('The secret, shown here and never again.'),
  tenant: z.string(),
  ...keyFields,
});

const revocation = z.strictObject({ key_id: z.string(), outcome: z.enum(['revoked', 'revoked_before']) });

/** Routes of the keys of the tenant. */
export const keyRoutes: readonly Route[] = [
  keyedRoute(
    ['admin'],
    {
      method: 'GET',
      path: '/v1/keys',
      summary: 'Keys of the tenant, never their secrets',
      answers: { 200: { description: 'Every key, oldest first, those that ended included.', schema: keyList } },
    },
    async ({ ports, tenant }) => {
      const keys = await ports.apiKeys.list(tenant.tenant);
      return { status: 200, body: { keys: keys.map((key) => renderListed(key, ports.now())) } };
    },
  ),
  keyedRoute(
    ['admin'],
    {
      method: 'POST',
      path: '/v1/keys',
      summary: 'Make a key of the tenant',
      description: 'With at most the rights of the key that asks. The secret is in the answer and kept nowhere.',
      body: keyInput,
      answers: { 201: { description: 'The key.', schema: madeKey } },
    },
    async ({ ports, tenant, key, body }) => {
      const expiresAtMs = readEnd(body, ports.now());
      const end = expiresAtMs === undefined ? {} : { expiresAtMs };
      const request = { tenant: tenant.tenant, role: body.role, label: body.label, ...end };
      const made = await createKey(ports, request, key);
      return {
        status: 201,
        body: {
          key: made.key,
          tenant: made.tenant,
          key_id: made.keyId,
          role: made.role,
          label: made.label,
          created_at: renderTime(made.createdAtMs),
          expires_at: renderTimeOrNull(made.expiresAtMs ?? null),
        },
      };
    },
  ),
  keyedRoute(
    ['admin'],
    {
      method: 'DELETE',
      path: '/v1/keys/{id}',
      summary: 'Revoke a key for good',
      description:
        'It stops working within a minute; doing it again changes nothing. The last key of its kind takes itself away with `force=true` only.',
      query: z.strictObject({ force: z.enum(['true', 'false']).optional() }),
      answers: { 200: { description: 'It is revoked.', schema: revocation } },
    },
    async ({ ports, tenant, key, params, query }) => {
      const keyId = params['id'] ?? '';
      const outcome = await revokeKey(ports, tenant.tenant, keyId, key, query.force === 'true');
      return { status: 200, body: { key_id: keyId, outcome } };
    },
  ),
];

function readEnd(
  body: { readonly expires_at?: string | undefined; readonly expires_in_days?: number | undefined },
  nowMs: number,
): number | undefined {
  const { expires_at: at, expires_in_days: days } = body;
  if (at !== undefined && days !== undefined) {
    throw new InvalidRequestError([{ field: 'expires_at', expected: 'expires_at or expires_in_days, not both' }]);
  }
  if (days !== undefined) return nowMs + days * DAY_MS;
  if (at === undefined) return undefined;
  const atMs = parseInstant(at);
  if (atMs === undefined) throw new InvalidRequestError([{ field: 'expires_at', expected: 'an RFC 3339 time' }]);
  return atMs;
}

function renderListed(key: ListedKey, nowMs: number): Record<string, unknown> {
  return {
    key_id: key.keyId,
    role: key.role,
    label: key.label,
    created_at: renderTime(key.createdAtMs),
    expires_at: renderTimeOrNull(key.expiresAtMs ?? null),
    state: stateOfKey(key, nowMs),
    revoked_at: renderTimeOrNull(key.revokedAtMs ?? null),
    last_used_day: key.lastUsedDay ?? null,
  };
}
