import { createHash, randomBytes } from 'node:crypto';
import type { AdminRecords, ApiKey, ApiKeys, Role } from './access-ports.ts';
import type { Clock, TenantConfig, Tenants } from './ports.ts';
import { InvalidRequestError } from './request-errors.ts';

/** What key administration needs. */
export interface KeyPorts {
  readonly apiKeys: ApiKeys;
  readonly tenants: Tenants;
  readonly adminRecords: AdminRecords;
  readonly now: Clock;
}

/** A tenant to be created; what is left out takes the default named beside it. */
export interface NewTenant {
  readonly tenant: string;
  /** IANA name; `UTC` by default. */
  readonly timeZone?: string;
  /** Up to three tag names; none by default. */
  readonly tagDimensions?: readonly string[];
  /** False by default. */
  readonly trackUsers?: boolean;
}

const TENANT_NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/;
const MAX_TAG_DIMENSIONS = 3;
const KEY_BYTES = 32;
const KEY_PREFIX = 'tlk_';

/**
 * Creates a tenant; its zone can never change afterwards. A tenant that exists is left as it is.
 * @throws {@link InvalidRequestError} for a name, zone or number of tags that no tenant may have
 */
export async function createTenant(ports: KeyPorts, request: NewTenant): Promise<'created' | 'exists'> {
  const timeZone = request.timeZone ?? 'UTC';
  const tagDimensions = request.tagDimensions ?? [];
  if (!TENANT_NAME.test(request.tenant)) {
    throw new InvalidRequestError([{ field: 'tenant', expected: '1 to 63 of a-z, 0-9, - and _' }]);
  }
  if (!isTimeZone(timeZone)) throw new InvalidRequestError([{ field: 'time_zone', expected: 'an IANA time zone' }]);
  if (tagDimensions.length > MAX_TAG_DIMENSIONS) {
    throw new InvalidRequestError([{ field: 'tag_dimensions', expected: `at most ${MAX_TAG_DIMENSIONS} tag names` }]);
  }
  const config: TenantConfig = {
    tenant: request.tenant,
    timeZone,
    tagDimensions,
    trackUsers: request.trackUsers ?? false,
    pseudonymKey: randomBytes(KEY_BYTES).toString('base64'),
    createdAtMs: ports.now(),
  };
  const outcome = await ports.tenants.create(config);
  if (outcome === 'created') {
    await ports.adminRecords.append(config.tenant, {
      atMs: config.createdAtMs,
      keyId: 'operator',
      action: 'tenant.created',
      detail: { time_zone: timeZone, tag_dimensions: tagDimensions, track_users: config.trackUsers },
    });
  }
  return outcome;
}

/**
 * Makes a key of a tenant. The key (256 random bits) is in the answer and nowhere else: the ledger keeps its hash.
 * @throws {@link InvalidRequestError} when the tenant does not exist
 */
export async function createKey(
  ports: KeyPorts,
  request: { readonly tenant: string; readonly role: Role; readonly label: string },
): Promise<{ readonly key: string; readonly keyId: string }> {
  if (!(await ports.tenants.find(request.tenant))) {
    throw new InvalidRequestError([{ field: 'tenant', expected: 'a tenant that exists' }]);
  }
  const key = `${KEY_PREFIX}${randomBytes(KEY_BYTES).toString('base64url')}`;
  const { keyId } = await registerKey(ports, key, request);
  return { key, keyId };
}

/**
 * Registers a key that exists already, e.g. the one a local host keeps beside its data. Registering it again changes
 * nothing.
 */
export async function registerKey(
  ports: KeyPorts,
  key: string,
  request: { readonly tenant: string; readonly role: Role; readonly label: string },
): Promise<ApiKey> {
  const keyHash = hashKey(key);
  const apiKey: ApiKey = { ...request, keyId: `key_${keyHash.slice(0, 12)}`, createdAtMs: ports.now() };
  if ((await ports.apiKeys.create(keyHash, apiKey)) === 'created') {
    await ports.adminRecords.append(request.tenant, {
      atMs: apiKey.createdAtMs,
      keyId: 'operator',
      action: 'key.created',
      detail: { key_id: apiKey.keyId, role: request.role, label: request.label },
    });
  }
  return apiKey;
}

/**
 * The name under which a key is kept. Looking a key up by its hash compares nothing of the key byte by byte, so the
 * time it takes tells a guesser nothing.
 */
export function hashKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

function isTimeZone(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone.length > 0;
  } catch {
    return false;
  }
}
