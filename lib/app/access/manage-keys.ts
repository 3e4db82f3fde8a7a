import { createHash, randomBytes } from 'node:crypto';
import type { Clock, TenantRegister } from '../ports.ts';
import { ConflictError, InvalidRequestError, NotAllowedError, NotFoundError } from '../request-errors.ts';
import { type ApiKey, type ApiKeys, type Credential, type ListedKey, ROLES, type Role } from './access-ports.ts';

/** What key administration needs. */
export interface KeyPorts {
  readonly apiKeys: ApiKeys;
  readonly tenants: TenantRegister;
  readonly now: Clock;
}

/** A key that is asked for. */
export interface KeyRequest {
  readonly tenant: string;
  readonly role: Role;
  /** What it is for, 1 to 128 characters. */
  readonly label: string;
  /** When it ends, epoch milliseconds, in the future; absent for a key without an end. */
  readonly expiresAtMs?: number;
}

/** A key that was made. The secret is here and nowhere else: the ledger keeps its hash. */
export interface MadeKey extends ApiKey {
  readonly key: string;
}

/** Who makes changes straight on the table: whoever holds rights to it, which is more than any key has. */
const OPERATOR = 'operator';

const KEY_BYTES = 32;
const KEY_PREFIX = 'tlk_';
const MAX_LABEL_CHARACTERS = 128;

/**
 * Which roles a key may make and take away: those that may do nothing that it may not do itself.
 */
const GIVES: Readonly<Record<Role, readonly Role[]>> = {
  emitter: [],
  reader: [],
  admin: ['emitter', 'reader', 'admin'],
  'org-reader': [],
  'org-admin': ROLES,
};

/**
 * Makes a key of a tenant, 256 random bits.
 *
 * @param by - who asks, by a key; absent for whoever holds rights to the table itself
 * @throws {@link InvalidRequestError} when the tenant does not exist, or naming the field at fault
 * @throws {@link NotAllowedError} when the key would have more rights than the one that asks
 */
export async function createKey(ports: KeyPorts, request: KeyRequest, by?: Credential): Promise<MadeKey> {
  if (by) checkRights(by, request.role, 'makes');
  const issue = checkRequest(request, ports.now());
  if (issue) throw new InvalidRequestError([issue]);
  if (!(await ports.tenants.find(request.tenant))) {
    throw new InvalidRequestError([{ field: 'tenant', expected: 'a tenant that exists' }]);
  }
  const key = `${KEY_PREFIX}${randomBytes(KEY_BYTES).toString('base64url')}`;
  return { ...(await registerKey(ports, key, request, by)), key };
}

/**
 * Registers a key that exists already, e.g. the one a local host keeps beside its data. Registering it again changes
 * nothing.
 */
export async function registerKey(
  ports: Pick<KeyPorts, 'apiKeys' | 'now'>,
  key: string,
  { tenant, role, label, expiresAtMs }: KeyRequest,
  by?: Credential,
): Promise<ApiKey> {
  const keyHash = hashKey(key);
  const end = expiresAtMs === undefined ? {} : { expiresAtMs };
  const apiKey: ApiKey = {
    tenant,
    role,
    label,
    ...end,
    keyId: `key_${keyHash.slice(0, 12)}`,
    createdAtMs: ports.now(),
  };
  const expires = expiresAtMs === undefined ? null : new Date(expiresAtMs).toISOString();
  await ports.apiKeys.create(keyHash, apiKey, {
    atMs: apiKey.createdAtMs,
    keyId: by?.keyId ?? OPERATOR,
    action: 'key.created',
    detail: { key_id: apiKey.keyId, role, label, expires_at: expires },
  });
  return apiKey;
}

/** How a key stands at a moment. */
export function stateOfKey(key: ApiKey, nowMs: number): 'active' | 'expired' | 'revoked' {
  if (key.revokedAtMs !== undefined) return 'revoked';
  return key.expiresAtMs !== undefined && key.expiresAtMs <= nowMs ? 'expired' : 'active';
}

/**
 * Takes a key of a tenant away for good; doing it again changes nothing. It stops working within a minute.
 *
 * @param force - whether a key may take itself away although no other could then do what it does
 * @returns `revoked_before` when nothing was left to do
 * @throws {@link NotFoundError} when the tenant has no such key
 * @throws {@link NotAllowedError} when it has more rights than the one that asks
 * @throws {@link ConflictError} when it is the last of its kind, asks for itself and is not forced
 */
export async function revokeKey(
  ports: KeyPorts,
  tenant: string,
  keyId: string,
  by: Credential,
  force: boolean,
): Promise<'revoked' | 'revoked_before'> {
  const key = (await ports.apiKeys.list(tenant)).find((known) => known.keyId === keyId);
  if (!key) throw new NotFoundError('There is no key of this name.');
  checkRights(by, key.role, 'takes away');
  if (key.revokedAtMs !== undefined) return 'revoked_before';
  const isOwn = by.tenant === tenant && by.keyId === keyId;
  if (isOwn && !force && (await isLast(ports, key))) {
    throw new ConflictError(
      `This is the last active key of role ${key.role}; after it only whoever has rights to the table can make one. Revoke it with force=true.`,
    );
  }
  const detail = { key_id: keyId, role: key.role, label: key.label };
  const record = { atMs: ports.now(), keyId: by.keyId, action: 'key.revoked', detail };
  const outcome = await ports.apiKeys.revoke(tenant, keyId, record);
  if (outcome === 'unknown') throw new NotFoundError('There is no key of this name.');
  return outcome;
}

/** The name under which a key is kept: its SHA-256 in lower-case hex. */
export function hashKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** Whether no other key that works could do what this one does. */
async function isLast(ports: KeyPorts, key: ListedKey): Promise<boolean> {
  const others = await ports.apiKeys.list(key.role === 'org-admin' ? undefined : key.tenant);
  return !others.some(
    (other) =>
      other.keyId !== key.keyId && stateOfKey(other, ports.now()) === 'active' && GIVES[other.role].includes(key.role),
  );
}

function checkRights(by: Credential, role: Role, verb: string): void {
  if (GIVES[by.role].includes(role)) return;
  throw new NotAllowedError(`A key of role ${by.role} ${verb} no key of role ${role}.`);
}

function checkRequest({ label, expiresAtMs }: KeyRequest, nowMs: number) {
  if (
    !/^\P{Cc}+$/u.test(label) ||
    !label.isWellFormed() ||
    label.length > MAX_LABEL_CHARACTERS ||
    label.trim() === ''
  ) {
    return { field: 'label', expected: `1 to ${MAX_LABEL_CHARACTERS} characters that say what the key is for` };
  }
  if (expiresAtMs !== undefined && expiresAtMs <= nowMs) {
    return { field: 'expires_at', expected: 'a time in the future' };
  }
  return undefined;
}
