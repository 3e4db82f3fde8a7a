import type { CallSpend, SpendCommit, SpendLog } from '../../app/anomalies/anomaly-ports.ts';
import type { TenantConfig } from '../../app/ports.ts';
import { listScopeNames } from '../../domain/budgets/budget-scope.ts';
import type { UsageEvent } from '../../domain/events/usage-event.ts';
import type { Rating } from '../../domain/rating/rated-call.ts';
import { leafOf } from '../../domain/spend.ts';
import { columnReader, type Scalar } from './ledger/columns.ts';
import type { Commit } from './ledger/commit-codec.ts';
import { CommitLog } from './ledger/commit-log.ts';
import { unpackBits } from './ledger/packing.ts';
import type { SegmentBody } from './ledger/segment-codec.ts';
import type { Table } from './table.ts';

/** Reads from the table what calls cost: of each segment only the columns that say so, and none of calls long past. */
export class TableSpendLog implements SpendLog {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  head(tenant: string, known: number): Promise<number> {
    return new CommitLog(this.#table, tenant).findHead(known);
  }

  async committedAtMs(tenant: string, number: number): Promise<number | undefined> {
    return (await new CommitLog(this.#table, tenant).find(number))?.atMs;
  }

  async *spends(
    tenant: TenantConfig,
    afterNumber: number,
    toNumber: number,
    sinceMs: number,
  ): AsyncIterable<SpendCommit> {
    const log = new CommitLog(this.#table, tenant.tenant);
    const sinceHour = new Date(sinceMs).toISOString().slice(0, 13);
    for await (const commit of log.read(afterNumber, toNumber)) {
      const calls: CallSpend[] = [];
      if (commit.corrections.length === 0 && touches(commit, sinceHour)) {
        for (const { segmentId, length, counted } of commit.segments) {
          const body = await log.segment(commit, segmentId);
          // A segment that is lost is the audit's business; it must not keep anybody from being watched.
          if (body) calls.push(...readCalls(tenant, body, unpackBits(counted, length), sinceMs));
        }
      }
      yield { number: commit.number, atMs: commit.atMs, calls };
    }
  }
}

/** Whether calls of an hour or a later one are in it. */
function touches({ deltas }: Commit, sinceHour: string): boolean {
  return [...deltas.values()].some((hours) => [...hours.keys()].some((hour) => hour >= sinceHour));
}

/** Fields of an event that its leaf depends on, beside the tags. */
const FIELDS = listScopeNames([]);

function readCalls(
  tenant: TenantConfig,
  { columns, prices }: SegmentBody,
  counted: readonly boolean[],
  sinceMs: number,
): readonly CallSpend[] {
  const read = (name: string): ((row: number) => Scalar) => columnReader(columns[name] ?? { c: null });
  const [id, time, cost, credit, price] = [read('id'), read('timeMs'), read('=cost'), read('=credit'), read('=price')];
  const fields = FIELDS.map((name) => [name, read(name)] as const);
  const tags = tenant.tagDimensions.map((name) => [name, read(`tags.${name}`)] as const);
  const pick = (readers: readonly (readonly [string, (row: number) => Scalar])[], row: number) =>
    Object.fromEntries(readers.map(([name, at]) => [name, at(row)] as const).filter(([, value]) => value !== null));
  return counted.flatMap((counts, row): CallSpend[] => {
    const costPicoUsd = BigInt(String(cost(row) ?? 0));
    const timeMs = Number(time(row));
    if (!counts || credit(row) !== null || costPicoUsd <= 0n || timeMs < sinceMs) return [];
    const event = { ...pick(fields, row), timeMs, tags: pick(tags, row) } as unknown as UsageEvent;
    const rating = { price: prices[Number(price(row) ?? -1)] ?? null } as Rating;
    return [{ id: String(id(row)), timeMs, leaf: leafOf(tenant, event, rating), costPicoUsd }];
  });
}
