import type { Conflict, Conflicts, Reject, Rejects, UnknownFields } from '../../app/ports.ts';
import { keys } from '../../contracts/table-keys.ts';
import { OTHER_FIELDS } from '../../domain/field-reading.ts';
import { withPatience } from './alert-store.ts';
import { keepCounted, readCount } from './counted-items.ts';
import type { Key, Table, TransactWrite } from './table.ts';

const REJECTS_PER_PAGE = 100;

/** Names of unknown fields that are told apart; each is part of every write of their counts. */
const MAX_KEPT_NAMES = 100;

/** Rejects in the table, one item each, in order of arrival. */
export class RejectStore implements Rejects {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async keep(tenant: string, rejects: readonly Reject[]): Promise<void> {
    const items = rejects.map((reject) => {
      // The key follows from the delivery, which every redelivery repeats.
      const sk = `${new Date(reject.receivedAtMs).toISOString()}#${reject.rejectId}`;
      return { pk: keys.rejects(tenant), sk, reject: JSON.stringify(reject) };
    });
    const table = this.#table;
    const patient = {
      get: (key: Key) => withPatience(() => table.get(key), true),
      transactAgain: (writes: readonly TransactWrite[]) => withPatience(() => table.transact(writes), true),
    };
    await keepCounted(patient, tenant, 'rejects', items);
  }

  async list(tenant: string, cursor?: string): Promise<{ rejects: readonly Reject[]; next?: string }> {
    const after = cursor === undefined ? {} : { after: cursor };
    const items = await this.#table.query({ pk: keys.rejects(tenant), limit: REJECTS_PER_PAGE, ...after });
    const rejects = items.map((item) => JSON.parse(String(item['reject'])) as Reject);
    const last = items.at(-1);
    return last && items.length === REJECTS_PER_PAGE ? { rejects, next: last.sk } : { rejects };
  }

  count(tenant: string): Promise<number> {
    return readCount(this.#table, tenant, 'rejects');
  }
}

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

  count(tenant: string): Promise<number> {
    return readCount(this.#table, tenant, 'conflicts');
  }
}

/** Counts of unknown field names, all in one item; names beyond a bound are counted under one name. */
export class UnknownFieldStore implements UnknownFields {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async count(tenant: string, names: ReadonlyMap<string, number>): Promise<void> {
    // Writers that meet new names at the same time may each keep some: the bound is a soft one.
    const kept = new Set((await this.list(tenant)).keys());
    const sums: Record<string, bigint> = {};
    for (const [name, count] of names) {
      const shown = kept.has(name) || kept.size < MAX_KEPT_NAMES ? name : OTHER_FIELDS;
      if (shown === name) kept.add(name);
      sums[PREFIX + shown] = (sums[PREFIX + shown] ?? 0n) + BigInt(count);
    }
    await this.#table.add(keys.unknownFields(tenant), sums);
  }

  async list(tenant: string): Promise<ReadonlyMap<string, number>> {
    const item = (await this.#table.get(keys.unknownFields(tenant))) ?? {};
    const counts = Object.entries(item).filter(([name]) => name.startsWith(PREFIX));
    return new Map(counts.map(([name, count]) => [name.slice(PREFIX.length), Number(count)]));
  }
}

/** Keeps names that senders chose apart from the item's own attributes. */
const PREFIX = 'field:';
