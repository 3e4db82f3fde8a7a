import { nextMonth } from '../domain/local-time.ts';
import type { PricingStates } from './corrections/correction-ports.ts';
import type { LedgerReader, TenantConfig, UnknownFields } from './ports.ts';
import { querySources, type SourcePorts, type SourceSummaries } from './sources/query-sources.ts';
import { countLackingPrice, type FreshnessReader, type UnpricedCounts } from './spend/query-completeness.ts';
import { findZone } from './zones.ts';

/** What the status of a tenant is read from. */
export interface StatusPorts extends SourcePorts {
  readonly reader: Pick<LedgerReader, 'head' | 'commits' | 'rollups'>;
  /** Knows in which months calls may lack a price. */
  readonly pricingStates: Pick<PricingStates, 'find'>;
  readonly readFreshness: FreshnessReader;
  readonly unknownFields: SourcePorts['unknownFields'] & UnknownFields;
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
  /** Calls that lack a price, of the running local month and of every month known to hold any. */
  readonly calls: UnpricedCounts;
  readonly unknownFields: ReadonlyMap<string, number>;
  readonly senderMode: 'trusted' | 'mapped';
  readonly sources: SourceSummaries;
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
  const [calls, sources] = await Promise.all([countOfMonths(ports, tenant), querySources(ports, tenant)]);
  const counts = { queued, deadLetters, rejects, conflicts, calls, unknownFields };
  return { tenant, commit, lastCommitAtMs, ...counts, senderMode, sources };
}

async function countOfMonths(ports: StatusPorts, { tenant, timeZone }: TenantConfig): Promise<UnpricedCounts> {
  const zone = findZone(timeZone);
  const known = (await ports.pricingStates.find(tenant))?.unpricedMonths ?? [];
  const months = new Set([...known, zone.localMonth(zone.localDay(ports.now()))]);
  const snapshots = await Promise.all(
    [...months].map((month) =>
      ports.reader.rollups(tenant, { granularity: 'month', fromDay: `${month}-01`, toDay: `${nextMonth(month)}-01` }),
    ),
  );
  return countLackingPrice(snapshots.flatMap(({ rows }) => rows));
}
