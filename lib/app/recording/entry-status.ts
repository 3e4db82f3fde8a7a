import type { RejectReason } from '../../contracts/reject-reasons.ts';
import type { Conflicts, LedgerReader } from '../ports.ts';
import type { Rejects } from '../rejects/reject-ports.ts';
import { decodeMessage } from './decode-message.ts';
import { UnreadableBodyError } from './submit-events.ts';
import { unpackMessage } from './unpack-message.ts';

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
  /** Null for an item without a usable one. */
  readonly id: string | null;
  readonly status: 'recorded' | 'conflict' | 'rejected' | 'unknown';
  /** Number of the commit that recorded it; null when it is not recorded. */
  readonly commit: number | null;
  /** Present where it was recorded and voided since: it stays known and counts for nothing. */
  readonly void?: true;
  /** Why it was rejected; present with that status. */
  readonly reason?: string;
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
  const recorded = [...entries].flatMap(([id, entry]) => (entry ? [id] : []));
  const conflicting = conflictCount > 0 ? await ports.conflicts.findIds(tenant, recorded) : new Set<string>();
  const isAllKnown = ids.every((id) => entries.get(id) !== undefined);
  const rejected =
    rejectCount > 0 && !isAllKnown ? await listRejectedIds(ports.rejects, tenant) : new Map<string, string>();
  return ids.map((id) => {
    const entry = entries.get(id);
    const reason = rejected.get(id);
    if (!entry)
      return { id, commit: null, ...(reason === undefined ? { status: 'unknown' } : { status: 'rejected', reason }) };
    const status = conflicting.has(id) ? 'conflict' : 'recorded';
    return { id, commit: entry.commit, status, ...(entry.isVoid ? { void: true as const } : {}) };
  });
}

/** What is known of one item of a message. */
export interface ItemStatus extends EntryStatus {
  /** Its place in the message, from 0. */
  readonly index: number;
}

/**
 * Tells for each item of a message whether the ledger holds it, under the id that the ledger would use. An item that the
 * contract refuses is `rejected` with its reason, unless its id is recorded: then somebody sent it right.
 *
 * @param body - any envelope of the contract, as text
 * @throws {@link UnreadableBodyError} when the body as a whole cannot be read
 */
export async function findMessageStatuses(
  ports: EntryStatusPorts,
  tenant: string,
  body: string,
): Promise<readonly ItemStatus[]> {
  const unpacked = unpackMessage(body);
  if ('reason' in unpacked) throw new UnreadableBodyError(unpacked);
  const { events, rejects, gpuSamples } = decodeMessage(body);
  const items: { readonly index: number; readonly id: string | null; readonly reason?: RejectReason }[] = [
    ...events.map(({ index, event }) => ({ index, id: event.id })),
    ...rejects.map(({ index, fields: { id }, reason }) => ({ index, id: typeof id === 'string' ? id : null, reason })),
    ...gpuSamples.map(({ index }) => ({ index, id: null })),
  ];
  const ids = items.flatMap(({ id }) => (id === null ? [] : [id]));
  const found = new Map(
    (ids.length === 0 ? [] : await findEntryStatuses(ports, tenant, ids)).map((status) => [status.id, status]),
  );
  return items
    .sort((a, b) => a.index - b.index)
    .map(({ index, id, reason }) => {
      const known = found.get(id);
      if (known && (known.status !== 'unknown' || reason === undefined)) return { index, ...known };
      return {
        index,
        id,
        commit: null,
        ...(reason === undefined ? { status: 'unknown' } : { status: 'rejected', reason }),
      };
    });
}

async function listRejectedIds(rejects: Pick<Rejects, 'list'>, tenant: string): Promise<ReadonlyMap<string, string>> {
  const reasons = new Map<string, string>();
  let cursor: string | undefined;
  for (let page = 0; page < MAX_REJECT_PAGES; page++) {
    const answer = await rejects.list(tenant, cursor);
    for (const { fields, reason } of answer.rejects)
      if (typeof fields['id'] === 'string') reasons.set(fields['id'], reason);
    if (answer.next === undefined) break;
    cursor = answer.next;
  }
  return reasons;
}
