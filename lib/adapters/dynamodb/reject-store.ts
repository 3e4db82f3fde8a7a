import type { Conflict, Conflicts } from '../../app/ports.ts';
import { readRejectTime } from '../../app/recording/reject-id.ts';
import type {
  KeptReject,
  NewReject,
  RedriveVerdict,
  RejectCount,
  RejectFilter,
  RejectParcel,
  Rejects,
} from '../../app/rejects/reject-ports.ts';
import { keys } from '../../contracts/table-keys.ts';
import { invariant } from '../../domain/errors.ts';
import { withPatience } from './alert-store.ts';
import { countAccepted, keepCounted, type RepeatingTable, readCount } from './counted-items.ts';
import { numberAttribute } from './item-attributes.ts';
import { idDigest } from './ledger/pending.ts';
import { ParcelBox } from './parcel-box.ts';
import {
  countRejects,
  moveCount,
  nameStep,
  readCounts,
  readReject,
  toKeptReject,
  toRejectItem,
} from './reject-items.ts';
import type { Item, Key, Table, TransactWrite } from './table.ts';

const REJECTS_PER_PAGE = 100;

/** Longer names are nobody's, and the table takes no key beyond 1,024 bytes. */
const MAX_ID_CHARACTERS = 256;

/** Pages that one answer looks through for rejects that a filter lets pass. */
const MAX_PAGES_READ = 10;

/** Tries of one change: every loss means that somebody else changed the same reject. */
const MAX_CHANGES = 20;

/** Rejects in the table, one item each, in order of arrival; their parcels and counts change in the same transactions. */
export class RejectStore implements Rejects {
  readonly #table: Table;
  readonly #patient: RepeatingTable;
  readonly #box: ParcelBox;

  constructor(table: Table) {
    this.#table = table;
    this.#box = new ParcelBox(table);
    this.#patient = {
      get: (key: Key) => withPatience(() => table.get(key), true),
      transactAgain: (writes: readonly TransactWrite[]) => withPatience(() => table.transact(writes), true),
    };
  }

  async keep(tenant: string, rejects: readonly NewReject[], keptAtMs: number): Promise<void> {
    const parcels = new Map<string, Item>();
    const items = rejects.map((reject) => toRejectItem(tenant, toKeptReject(reject)));
    for (const [index, { parcel, rejectId }] of rejects.entries()) {
      const sk = items[index]?.sk;
      if (!parcel || sk === undefined || parcels.has(sk)) continue;
      const content = JSON.stringify(parcel);
      parcels.set(sk, {
        pk: keys.rejectParcels(tenant),
        sk,
        sealed: await this.#box.seal(tenant, rejectId, content),
        ttl: BigInt(Math.ceil(parcel.expiresAtMs / 1_000)),
      });
    }
    await keepCounted(this.#patient, tenant, 'rejects', items, (fresh) => [
      ...fresh.flatMap(({ sk }) => parcels.get(sk) ?? []).map((item) => ({ type: 'put' as const, item })),
      ...countRejects(tenant, fresh.map(readReject), keptAtMs),
    ]);
  }

  async list(
    tenant: string,
    cursor?: string,
    { reason, sinceMs, states }: RejectFilter = {},
  ): Promise<{ rejects: readonly KeptReject[]; next?: string }> {
    const rejects: KeptReject[] = [];
    // An arrival sorts before everything that arrived at the same moment, because its sort key only begins so.
    let after = cursor ?? (sinceMs === undefined ? undefined : new Date(sinceMs).toISOString());
    for (let page = 0; page < MAX_PAGES_READ; page++) {
      const limit = REJECTS_PER_PAGE - rejects.length;
      const items = await this.#table.query({
        pk: keys.rejects(tenant),
        limit,
        ...(after === undefined ? {} : { after }),
      });
      const found = items.map(readReject);
      rejects.push(
        ...found.filter((one) => (reason ?? one.reason) === one.reason && (states ?? [one.state]).includes(one.state)),
      );
      if (items.length < limit) return { rejects };
      after = items.at(-1)?.sk;
      if (rejects.length === REJECTS_PER_PAGE) break;
    }
    return after === undefined ? { rejects } : { rejects, next: after };
  }

  async find(tenant: string, rejectId: string): Promise<KeptReject | undefined> {
    const key = keyOf(tenant, rejectId);
    const item = key && (await this.#patient.get(key));
    return item && readReject(item);
  }

  async findParcel(tenant: string, rejectId: string, nowMs: number): Promise<RejectParcel | undefined> {
    const key = keyOf(tenant, rejectId);
    const item = key && (await this.#table.get({ pk: keys.rejectParcels(tenant), sk: key.sk }));
    const sealed = item?.['sealed'];
    if (!(sealed instanceof Uint8Array)) return undefined;
    const parcel = JSON.parse(await this.#box.open(tenant, rejectId, sealed)) as RejectParcel;
    // The table drops what has expired within days, not at once.
    return parcel.expiresAtMs > nowMs ? parcel : undefined;
  }

  async count(tenant: string): Promise<number> {
    const counts = await this.#table.get(keys.counts(tenant));
    return Number(counts?.['rejects'] ?? 0) - Number(counts?.['acceptedRejects'] ?? 0);
  }

  async histogram(tenant: string): Promise<readonly RejectCount[]> {
    const item = await this.#table.get(keys.rejectHistogram(tenant));
    return readCounts(item ?? {}).sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1));
  }

  async rates(tenant: string, fromMs: number, toMs: number): Promise<ReadonlyMap<string, number>> {
    const [after, upTo] = [nameStep(fromMs - 1), nameStep(toMs - 1)];
    const sums = new Map<string, number>();
    for (const item of await this.#table.query({ pk: keys.rejectRates(tenant), after, upTo })) {
      for (const { reason, count } of readCounts(item)) sums.set(reason, (sums.get(reason) ?? 0) + count);
    }
    return sums;
  }

  async markRedriven(tenant: string, rejectId: string, atMs: number): Promise<'marked' | 'accepted' | 'unknown'> {
    const outcome = await this.#change(tenant, rejectId, (reject) => ({
      changed: { ...reject, state: 'redriven', redrives: reject.redrives + 1, redrivenAtMs: atMs },
      writes: [],
    }));
    return outcome === 'changed' ? 'marked' : outcome;
  }

  async settle(tenant: string, rejectId: string, verdict: RedriveVerdict, atMs: number): Promise<void> {
    await this.#change(tenant, rejectId, (reject, sk) => {
      if ('accepted' in verdict) {
        const writes: readonly TransactWrite[] = [
          ...countAccepted(tenant, reject.day === undefined ? [] : [reject.day]),
          { type: 'delete', key: { pk: keys.rejectParcels(tenant), sk } },
          ...countRejects(tenant, [reject], undefined, -1n),
        ];
        return {
          changed: { ...reject, state: 'accepted', settledAtMs: atMs, acceptedAs: verdict.accepted },
          writes,
        };
      }
      const { reason, field, message } = verdict;
      const changed: KeptReject = { ...reject, state: 'refused_again', settledAtMs: atMs, reason, field, message };
      return { changed, writes: moveCount(tenant, reject, changed) };
    });
  }

  /** Changes a reject that is not accepted, over what was read of it. */
  async #change(
    tenant: string,
    rejectId: string,
    change: (
      reject: KeptReject,
      sk: string,
    ) => { readonly changed: KeptReject; readonly writes: readonly TransactWrite[] },
  ): Promise<'changed' | 'accepted' | 'unknown'> {
    const key = keyOf(tenant, rejectId);
    for (let round = 0; key !== undefined; round++) {
      invariant(round < MAX_CHANGES, `reject ${rejectId} of ${tenant} changes without end`);
      const item = await this.#patient.get(key);
      if (!item) return 'unknown';
      const reject = readReject(item);
      if (reject.state === 'accepted') return 'accepted';
      const revision = numberAttribute(item, 'revision');
      const { changed, writes } = change(reject, key.sk);
      const put: TransactWrite = {
        type: 'put',
        item: toRejectItem(tenant, changed, revision + 1),
        condition: { attribute: 'revision', equals: BigInt(revision) },
      };
      // A first try that was applied although its answer got lost makes the next one fail, and is met when read again.
      if ((await this.#patient.transactAgain([put, ...writes])) === 'committed') return 'changed';
    }
    return 'unknown';
  }
}

function keyOf(tenant: string, rejectId: string): Key | undefined {
  const receivedAtMs = rejectId.length > MAX_ID_CHARACTERS ? undefined : readRejectTime(rejectId);
  if (receivedAtMs === undefined) return undefined;
  return { pk: keys.rejects(tenant), sk: `${new Date(receivedAtMs).toISOString()}#${rejectId}` };
}

const IDS_ASKED_AT_ONCE = 50;

/** Conflicts as the ledger's writers left them. */
export class ConflictStore implements Conflicts {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async list(tenant: string): Promise<readonly Conflict[]> {
    return (await this.#table.query({ pk: keys.conflicts(tenant) })).map((item) => ({
      id: String(item['id']),
      contentHash: String(item['contentHash']),
      seenAtMs: Number(item['seenAtMs']),
    }));
  }

  async findIds(tenant: string, ids: readonly string[]): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    for (let start = 0; start < ids.length; start += IDS_ASKED_AT_ONCE) {
      const asked = ids.slice(start, start + IDS_ASKED_AT_ONCE).map(async (id) => {
        const prefix = `${idDigest(id).claimHash}#`;
        const items = await this.#table.query({ pk: keys.conflicts(tenant), prefix, limit: 1 });
        if (items.length > 0) found.add(id);
      });
      await Promise.all(asked);
    }
    return found;
  }

  count(tenant: string): Promise<number> {
    return readCount(this.#table, tenant, 'conflicts');
  }
}
