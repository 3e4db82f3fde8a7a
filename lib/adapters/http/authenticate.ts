import type { Credential, ListedKey } from '../../app/access/access-ports.ts';
import { hashKey, stateOfKey } from '../../app/access/manage-keys.ts';
import type { Clock } from '../../app/ports.ts';
import { InvalidRequestError, NotFoundError } from '../../app/request-errors.ts';
import { TENANT_HEADER } from '../../contracts/request-headers.ts';
import { isOfOrganisation, ROLES_OF } from '../../contracts/roles.ts';
import type { ApiPorts } from './api-ports.ts';
import { HttpError } from './http-errors.ts';
import type { HttpRequest } from './http-types.ts';
import type { Access, Caller } from './route.ts';

/** A key taken away stops working within this time. */
const KEY_MEMORY_MS = 30_000;
const MAX_REMEMBERED_KEYS = 1_000;

/**
 * Lets a request in.
 *
 * @param inPath - the tenant that the path names, where its route has such a part
 * @returns undefined for what anybody may call
 * @throws {@link HttpError} 401 for nobody, 403 for somebody who may not do this
 * @throws {@link NotFoundError} when a key of the organisation names a tenant that there is not
 */
export type Door = (request: HttpRequest, access: Access, inPath?: string) => Promise<Caller | undefined>;

/** What the door looks at. */
export type DoorPorts = Pick<ApiPorts, 'apiKeys' | 'identities' | 'tenants' | 'now' | 'reportError'>;

/**
 * Makes the one door of the API: it turns the bearer key of a request, or the identity that the gateway proved, into the
 * tenant and role that it stands for and lets through only the roles that a route is for. A key of the organisation may name
 * the tenant it acts in, by a header or in the path of a tenant's own routes; any other key acts in its own. Routes get their
 * tenant from here and from nowhere else.
 */
export function createDoor(ports: DoorPorts): Door {
  const findKey = rememberKeys(ports);
  return async (request, access, inPath) => {
    if (access === 'public') return undefined;
    const own = request.identity ? await identify(ports, request) : await unlock(findKey, ports.now, request);
    if (!access.some((role) => ROLES_OF[own.role].includes(role))) {
      throw new HttpError(403, 'key/forbidden', `This needs a key with role ${access.join(' or ')}, not ${own.role}.`);
    }
    const acting = chooseTenant(own, request, inPath);
    const tenant = await ports.tenants.find(acting);
    if (!tenant) throw new NotFoundError(`There is no tenant ${JSON.stringify(acting)}.`);
    // A record in another tenant says whose key it was.
    return { tenant, key: acting === own.tenant ? own : { ...own, keyId: `${own.tenant}/${own.keyId}` } };
  };
}

function chooseTenant(own: Credential, request: HttpRequest, inPath: string | undefined): string {
  const inHeader = request.headers[TENANT_HEADER];
  if (inPath !== undefined && inHeader !== undefined && inPath !== inHeader) {
    throw new InvalidRequestError([{ field: TENANT_HEADER, expected: 'the tenant in the path, or none' }]);
  }
  const named = inPath ?? inHeader ?? own.tenant;
  if (named === own.tenant || isOfOrganisation(own.role)) return named;
  // Said of tenants that exist and of others, so that nobody learns which there are.
  throw new HttpError(403, 'key/other-tenant', `A key of role ${own.role} acts in its own tenant only.`);
}

async function identify({ identities }: DoorPorts, { identity }: HttpRequest): Promise<Credential> {
  const credential = identity && (await identities.findCaller(identity));
  if (credential) return credential;
  throw new HttpError(403, 'identity/unknown', 'The gateway let this identity in, but it stands for nobody here.');
}

type KeyFinder = (keyHash: string) => Promise<ListedKey | undefined>;

async function unlock(findKey: KeyFinder, now: Clock, { headers }: HttpRequest): Promise<Credential> {
  const secret = /^Bearer +(\S+)$/i.exec(headers['authorization'] ?? '')?.[1];
  if (!secret) throw unauthorized('missing', 'Send the key as "Authorization: Bearer <key>".');
  const key = await findKey(hashKey(secret));
  if (!key) throw unauthorized('missing', 'The key is not known.');
  const state = stateOfKey(key, now());
  if (state !== 'active') throw unauthorized(state, `The key ${key.keyId} is ${state}.`);
  return key;
}

/** Keys as they were at most 30 s ago; the day of a key's use is noted when it is read. */
function rememberKeys({ apiKeys, now, reportError }: DoorPorts): KeyFinder {
  const remembered = new Map<string, { key: ListedKey; untilMs: number }>();
  return async (keyHash) => {
    const known = remembered.get(keyHash);
    if (known && now() < known.untilMs) return known.key;
    remembered.delete(keyHash);
    const key = await apiKeys.find(keyHash);
    // Only keys that exist are remembered, so guessing cannot fill the memory.
    if (!key) return undefined;
    if (remembered.size >= MAX_REMEMBERED_KEYS) remembered.clear();
    remembered.set(keyHash, { key, untilMs: now() + KEY_MEMORY_MS });
    const today = new Date(now()).toISOString().slice(0, 10);
    if (key.lastUsedDay !== today && stateOfKey(key, now()) === 'active') {
      // Nobody waits for it and nothing fails with it: the next reading of the key tries again.
      void apiKeys.noteUse(keyHash, today).catch(reportError);
    }
    return key;
  };
}

function unauthorized(reason: 'missing' | 'expired' | 'revoked', detail: string): HttpError {
  return new HttpError(401, `key/${reason}`, detail, { 'www-authenticate': 'Bearer realm="tokenledger"' });
}
