import type { Conflicts, LedgerReader } from './ports.ts';
import type { Rejects } from './reject-ports.ts';

/** What entry statuses are read from. */
export interface EntryStatusPorts {
  readonly reader: Pick<LedgerReader, 'findEntries'>;
  readonly conflicts: Conflicts;
  readonly rejects: Pick<Rejects, 'count' | 'list'>;
}

/**
 * What is known of an id. `conflict`: recorded, and the same id came again with other content. `rejected`: not recorded,
 * and a kept reject names it. `unknown`: none of these; it may still wait in a queue.
 */
export interface EntryStatus {
  readonly id: string;
  readonly status: 'recorded' | 'conflict' | 'rejected' | 'unknown';
  /** Number of the commit that recorded it; null when it is not recorded. */
  readonly commit: number | null;
  /** Present where it was recorded and voided since: it stays known and counts for nothing. */
  readonly void?: true;
}

/** Most ids of one question. */
export const MAX_STATUS_IDS = 1_000;

/** Rejects are looked through page by page, newest pages last; beyond this many pages an id stays `unknown`. */
const MAX_REJECT_PAGES = 20;

/** Tells for each id whether the ledger holds it, in the order given. */
export async function findEntryStatuses(
  ports: EntryStatusPorts,
  tenant: string,
  ids: readonly string[],
): Promise<readonly EntryStatus[]> {
  const [lookups, conflictCount, rejectCount] = await Promise.all([
    ports.reader.findEntries(tenant, [...new Set(ids)]),
    ports.conflicts.count(tenant),
    ports.rejects.count(tenant),
  ]);
  const entries = new Map(
    lookups.map((lookup) => [lookup.id, lookup.status === 'recorded' ? lookup.entry : undefined]),
  );
  const conflicting = new Set(conflictCount > 0 ? (await ports.conflicts.list(tenant)).map(({ id }) => id) : []);
  const isAllKnown = ids.every((id) => entries.get(id) !== undefined);
  const rejected = rejectCount > 0 && !isAllKnown ? await listRejectedIds(ports.rejects, tenant) : new Set<string>();
  return ids.map((id) => {
    const entry = entries.get(id);
    if (!entry) return { id, commit: null, status: rejected.has(id) ? 'rejected' : 'unknown' };
    const status = conflicting.has(id) ? 'conflict' : 'recorded';
    return { id, commit: entry.commit, status, ...(entry.isVoid ? { void: true as const } : {}) };
  });
}

async function listRejectedIds(rejects: Pick<Rejects, 'list'>, tenant: string): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  let cursor: string | undefined;
  for (let page = 0; page < MAX_REJECT_PAGES; page++) {
    const answer = await rejects.list(tenant, cursor);
    for (const { fields } of answer.rejects) if (typeof fields['id'] === 'string') ids.add(fields['id']);
    if (answer.next === undefined) break;
    cursor = answer.next;
  }
  return ids;
}
