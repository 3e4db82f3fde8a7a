import { createHmac } from 'node:crypto';
import type { TenantConfig } from '../../app/ports.ts';
import { InvalidRequestError } from '../../app/request-errors.ts';

const SEAL_LENGTH = 16;

/**
 * Makes a cursor that only the list that gave it, of the tenant it was given to, takes back: what stores use as
 * cursors are keys of theirs, and nobody else should write those.
 *
 * @param list - name of the list
 */
export function sealCursor(tenant: TenantConfig, list: string, position: string): string {
  return seal(tenant, list, position) + Buffer.from(position).toString('base64url');
}

/**
 * The position inside a cursor.
 * @throws {@link InvalidRequestError} when the cursor is of another list, or none
 */
export function openCursor(tenant: TenantConfig, list: string, cursor: string): string {
  const position = Buffer.from(cursor.slice(SEAL_LENGTH), 'base64url').toString();
  if (sealCursor(tenant, list, position) === cursor) return position;
  throw new InvalidRequestError([{ field: 'cursor', expected: 'the "next" of a page of the same list' }]);
}

function seal(tenant: TenantConfig, list: string, position: string): string {
  const hmac = createHmac('sha256', tenant.pseudonymKey).update(JSON.stringify([tenant.tenant, list, position]));
  return hmac.digest('base64url').slice(0, SEAL_LENGTH);
}
