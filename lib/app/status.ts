import type { LedgerReader, TenantConfig, UnknownFields } from './ports.ts';
import type { FreshnessReader } from './query-completeness.ts';

/** What the status of a tenant is read from. */
export interface StatusPorts {
  readonly reader: Pick<LedgerReader, 'head' | 'commits'>;
  readonly readFreshness: FreshnessReader;
  readonly unknownFields: UnknownFields;
  /** How senders of the queue are told apart; `trusted` = the queue policy alone decides. */
  readonly senderMode: 'trusted' | 'mapped';
}

/** How a tenant's ledger stands. */
export interface LedgerStatus {
  readonly tenant: TenantConfig;
  /** Number of the last commit; 0 for an empty ledger. */
  readonly commit: number;
  /** When the last commit was written, epoch milliseconds; null for an empty ledger. */
  readonly lastCommitAtMs: number | null;
  /** Messages waiting or in flight, of every tenant. */
  readonly queued: Readonly<Record<'usage' | 'import', number>>;
  /** Messages given up after their last try, of every tenant. */
  readonly deadLetters: number;
  readonly rejects: number;
  readonly conflicts: number;
  readonly unknownFields: ReadonlyMap<string, number>;
  readonly senderMode: 'trusted' | 'mapped';
}

/** Reads how a tenant's ledger stands. Queues are read first, so what they no longer hold is in the commit number. */
export async function readStatus(ports: StatusPorts, tenant: TenantConfig): Promise<LedgerStatus> {
  const [{ queued, deadLetters, rejects, conflicts }, unknownFields] = await Promise.all([
    ports.readFreshness(tenant),
    ports.unknownFields.list(tenant.tenant),
  ]);
  const commit = await ports.reader.head(tenant.tenant);
  let lastCommitAtMs: number | null = null;
  for await (const { atMs } of ports.reader.commits(tenant.tenant, Math.max(0, commit - 1), commit)) {
    lastCommitAtMs = atMs;
  }
  const { senderMode } = ports;
  return { tenant, commit, lastCommitAtMs, queued, deadLetters, rejects, conflicts, unknownFields, senderMode };
}
