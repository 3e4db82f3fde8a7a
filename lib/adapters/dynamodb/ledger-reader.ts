import type {
  AuditPage,
  AuditWindow,
  CommitRecord,
  EntryLookup,
  EntryPage,
  LeafDelta,
  LedgerReader,
  RangePage,
  RollupQuery,
  RollupSnapshot,
  Tenants,
} from '../../app/ports.ts';
import type { Measure } from '../../contracts/measures.ts';
import { invariant } from '../../domain/errors.ts';
import type { LedgerEntry } from '../../domain/events/entry.ts';
import type { SumName } from '../../domain/spend.ts';
import { auditPage } from './ledger/audit.ts';
import { eachDelta, monthOf } from './ledger/commit-codec.ts';
import { CommitLog } from './ledger/commit-log.ts';
import { Dictionaries } from './ledger/dictionaries.ts';
import { countedEntries, findEntries, readDay } from './ledger/entry-reader.ts';
import { type DayRange, readDays } from './ledger/range-reader.ts';
import { isMeasure } from './ledger/rollup-codec.ts';
import { readRollups } from './ledger/rollup-reader.ts';
import type { Table } from './table.ts';

/** Reads the ledger from the table; keeps only what is written once. */
export class DynamoLedgerReader implements LedgerReader {
  readonly #table: Table;
  readonly #tenants: Tenants;
  readonly #dictionaries: Dictionaries;

  constructor(table: Table, tenants: Tenants) {
    this.#table = table;
    this.#tenants = tenants;
    this.#dictionaries = new Dictionaries(table);
  }

  head(tenant: string): Promise<number> {
    return this.#log(tenant).findHead();
  }

  async *commits(tenant: string, afterNumber: number, toNumber: number): AsyncIterable<CommitRecord> {
    for await (const commit of this.#log(tenant).read(afterNumber, toNumber)) {
      const deltas: LeafDelta[] = [];
      for (const { day, hour, leafNumber, sums } of eachDelta(commit.deltas)) {
        const leaf = await this.#dictionaries.leaf(tenant, monthOf(day), leafNumber);
        deltas.push({ day, hour, leaf, measures: measuresOf(sums) });
      }
      yield {
        number: commit.number,
        atMs: commit.atMs,
        book: commit.book,
        isRecording: commit.corrections.length === 0,
        deltas,
      };
    }
  }

  rollups(tenant: string, query: RollupQuery): Promise<RollupSnapshot> {
    return readRollups(this.#table, this.#log(tenant), this.#dictionaries, query);
  }

  entriesOfDay(tenant: string, day: string, cursor?: string, most?: number): Promise<EntryPage> {
    return readDay(this.#table, this.#log(tenant), day, cursor, most);
  }

  entriesOfDays(tenant: string, days: DayRange, upToCommit: number, cursor?: string): Promise<RangePage> {
    return readDays(this.#table, this.#log(tenant), days, upToCommit, cursor);
  }

  async entriesOfCommit(tenant: string, number: number): Promise<readonly LedgerEntry[]> {
    const log = this.#log(tenant);
    const head = await log.findHead(number);
    const commit = await log.find(number);
    return commit ? countedEntries(log, commit, head) : [];
  }

  findEntries(tenant: string, ids: readonly string[]): Promise<readonly EntryLookup[]> {
    return findEntries(this.#table, this.#log(tenant), ids);
  }

  async audit(tenant: string, cursor?: string, window?: AuditWindow): Promise<AuditPage> {
    const config = await this.#tenants.find(tenant);
    invariant(config, `tenant ${tenant} is not known`);
    // Leaves that were read before would hide that they are gone.
    const dictionaries = new Dictionaries(this.#table);
    const ledger = { table: this.#table, log: this.#log(tenant), dictionaries, tenant: config };
    return auditPage({ ...ledger, ...(window ? { window } : {}), isMending: false }, cursor);
  }

  #log(tenant: string): CommitLog {
    return new CommitLog(this.#table, tenant);
  }
}

function measuresOf(sums: ReadonlyMap<SumName, bigint>): Partial<Record<Measure, bigint>> {
  const measures: Partial<Record<Measure, bigint>> = {};
  for (const [name, sum] of sums) if (isMeasure(name)) measures[name] = sum;
  return measures;
}
