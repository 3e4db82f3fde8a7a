import type { ApiKey } from '../../app/access-ports.ts';
import { hashKey } from '../../app/manage-keys.ts';
import type { ApiPorts } from './api-ports.ts';
import { HttpError } from './http-errors.ts';
import type { Access, Caller } from './route.ts';

/** A key taken away stops working within this time. */
const KEY_MEMORY_MS = 30_000;
const MAX_REMEMBERED_KEYS = 1_000;

/**
 * Makes the one door of the API: it turns the bearer key of a request into the tenant and role that it stands for and
 * lets through only the roles that a route is for. Routes get their tenant from here and from nowhere else.
 */
export function createDoor(
  ports: ApiPorts,
): (authorization: string | undefined, access: Access) => Promise<Caller | undefined> {
  const findKey = rememberKeys(ports);
  return async (authorization, access) => {
    if (access === 'public') return undefined;
    const secret = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    if (!secret) throw unauthorized('Send the key as "Authorization: Bearer <key>".');
    const key = await findKey(hashKey(secret));
    const tenant = key && (await ports.tenants.find(key.tenant));
    if (!key || !tenant) throw unauthorized('The key is not known.');
    // Whoever may change every tenant may do what an admin of one does; each route need not say so.
    if (!access.includes(key.role === 'org-admin' ? 'admin' : key.role)) {
      throw new HttpError(403, 'key/forbidden', `This needs a key with role ${access.join(' or ')}, not ${key.role}.`);
    }
    return { tenant, key };
  };
}

function rememberKeys(ports: ApiPorts): (keyHash: string) => Promise<ApiKey | undefined> {
  const remembered = new Map<string, { key: ApiKey; untilMs: number }>();
  return async (keyHash) => {
    const known = remembered.get(keyHash);
    if (known && ports.now() < known.untilMs) return known.key;
    remembered.delete(keyHash);
    const key = await ports.apiKeys.find(keyHash);
    // Only keys that exist are remembered, so guessing cannot fill the memory.
    if (!key) return undefined;
    if (remembered.size >= MAX_REMEMBERED_KEYS) remembered.clear();
    remembered.set(keyHash, { key, untilMs: ports.now() + KEY_MEMORY_MS });
    return key;
  };
}

function unauthorized(detail: string): HttpError {
  return new HttpError(401, 'key/missing', detail, { 'www-authenticate': 'Bearer realm="tokenledger"' });
}
