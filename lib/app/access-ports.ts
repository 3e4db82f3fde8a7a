/**
 * What the holder of a key may do. Inside its tenant `emitter` sends, `reader` reads, `admin` does both and changes;
 * `org-admin` is an admin of its tenant who may also change what holds for every tenant.
 */
export const ROLES = ['emitter', 'reader', 'admin', 'org-admin'] as const;

/** One role of {@link ROLES}. */
export type Role = (typeof ROLES)[number];

/** An API key as the ledger knows it: never the key itself, only what it stands for. */
export interface ApiKey {
  /** Name of the key for records and lists, `key_` and 12 hex digits. */
  readonly keyId: string;
  readonly tenant: string;
  readonly role: Role;
  /** What the key is for, in the words of who made it. */
  readonly label: string;
  readonly createdAtMs: number;
}

/** The API keys of every tenant, under the SHA-256 of the key in lower-case hex. */
export interface ApiKeys {
  /** @returns undefined when nobody holds such a key */
  find(keyHash: string): Promise<ApiKey | undefined>;
  create(keyHash: string, key: ApiKey): Promise<'created' | 'exists'>;
}

/** One administrative change: who, when, what. */
export interface AdminRecord {
  readonly atMs: number;
  /** Key that made the change, or a word for who acts without one (`operator`). */
  readonly keyId: string;
  /** What was done, e.g. `catalog.overrides.stored`. */
  readonly action: string;
  /** What it was done to, as JSON values. Holds no secret. */
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Append-only record of administrative changes by tenant. */
export interface AdminRecords {
  append(tenant: string, record: AdminRecord): Promise<void>;
  /** Oldest first. */
  list(tenant: string): Promise<readonly AdminRecord[]>;
}
