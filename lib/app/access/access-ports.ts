import type { Role } from '../../contracts/roles.ts';

export { ROLES, type Role } from '../../contracts/roles.ts';

/** Who is let in, however it was proved: by a key, or by an identity that the gateway checked. */
export interface Credential {
  /**
   * Name for records and lists: of a key `key_` and 12 hex digits. One that acts in another tenant than its own says
   * so, `group/key_0123456789ab`.
   */
  readonly keyId: string;
  /** The tenant it belongs to; the one it acts in unless it is of an organisation and names another. */
  readonly tenant: string;
  readonly role: Role;
}

/** An API key as the ledger knows it: never the key itself, only what it stands for. */
export interface ApiKey extends Credential {
  /** What the key is for, in the words of who made it. */
  readonly label: string;
  readonly createdAtMs: number;
  /** From then on it is refused; absent for a key without an end. */
  readonly expiresAtMs?: number;
  /** When it was taken away. */
  readonly revokedAtMs?: number;
}

/** A key with what is known of its use. */
export interface ListedKey extends ApiKey {
  /** The last UTC day of use that was noted, `2026-01-29`; absent before the first. */
  readonly lastUsedDay?: string;
}

/** The API keys of every tenant, under the SHA-256 of the key in lower-case hex. */
export interface ApiKeys {
  /**
   * Reads what is stored now, revoked and expired keys included.
   * @returns undefined when nobody holds such a key
   */
  find(keyHash: string): Promise<ListedKey | undefined>;
  /**
   * Stores a key and the record of it in one step.
   * @returns `exists` when the hash is taken; nothing was written then
   */
  create(keyHash: string, key: ApiKey, record: AdminRecord): Promise<'created' | 'exists'>;
  /** The keys of one tenant, or of all where none is named, oldest first, revoked and expired ones included. */
  list(tenant?: string): Promise<readonly ListedKey[]>;
  /**
   * Takes a key of the tenant away for good, and stores the record of it in the same step.
   * @returns `unknown` when the tenant has no key of this name, `revoked_before` when nothing was left to do
   */
  revoke(tenant: string, keyId: string, record: AdminRecord): Promise<'revoked' | 'revoked_before' | 'unknown'>;
  /** Notes that a key was used on a UTC day, `2026-01-29`. */
  noteUse(keyHash: string, day: string): Promise<void>;
}

/** One administrative change: who, when, what. */
export interface AdminRecord {
  readonly atMs: number;
  /** Credential that made the change, see {@link Credential}, or a word for who acts without one (`operator`). */
  readonly keyId: string;
  /** What was done, e.g. `catalog.overrides.stored`. */
  readonly action: string;
  /** What it was done to, as JSON values. Holds no secret. */
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Which administrative records are asked for. */
export interface AdminRecordQuery {
  /** Only records of this action. */
  readonly action?: string;
  /** Behind the page that gave it. */
  readonly position?: string;
  /** Records of a page at the most, from 1. */
  readonly limit: number;
}

/** A page of administrative records, newest first; it may be short, even empty, and have a next one. */
export interface AdminRecordPage {
  readonly records: readonly AdminRecord[];
  /** Position to read on from; absent on the last page. */
  readonly next?: string;
}

/** Append-only record of administrative changes by tenant. */
export interface AdminRecords {
  append(tenant: string, record: AdminRecord): Promise<void>;
  /** Oldest first. */
  list(tenant: string): Promise<readonly AdminRecord[]>;
  /** Newest first, a page at a time. */
  page(tenant: string, query: AdminRecordQuery): Promise<AdminRecordPage>;
}

/** Which tenant the sender roles report for, as tenants were configured (not as the stack was). */
export interface SenderRoles {
  /**
   * Reads at most 30 s old settings.
   *
   * @param roleId - unique id of a role, `AROA...`: the part of an SQS `SenderId` before its colon
   * @returns the tenant; undefined when no tenant has such a sender
   */
  find(roleId: string): Promise<string | undefined>;
}

/** Who a request comes from as an authoriser of the gateway proved it; never read from what the sender writes. */
export type Identity =
  /** Claims of a token that was checked (issuer, audience, signature, age). */
  | { readonly kind: 'jwt'; readonly claims: Readonly<Record<string, string>> }
  /** Caller of a signed request; `roleId` is the unique id of its role or user, `AROA...` or `AIDA...`. */
  | { readonly kind: 'iam'; readonly arn: string; readonly roleId: string };

/** Whom the ledger takes an identity for. */
export interface Identities {
  /** @returns undefined when it stands for nobody here */
  findCaller(identity: Identity): Promise<Credential | undefined>;
}
