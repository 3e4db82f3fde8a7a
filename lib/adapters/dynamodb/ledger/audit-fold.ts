import { keys } from '../../../contracts/table-keys.ts';
import type { Item, Key } from '../table.ts';
import { type Commit, eachDelta, monthOf } from './commit-codec.ts';
import { codeOf, isHistogram, LEAVES_PER_HOUR_ROW, LEAVES_PER_PERIOD_ROW, rowSortKey, UP_TO } from './rollup-codec.ts';

/** Which rows are to be folded: those of some days, those of a month, and of both only some shards of leaves. */
export interface FoldScope {
  /** Local days whose hour and day rows are wanted. */
  readonly days: ReadonlySet<string>;
  /** Month whose row is wanted, if any. */
  readonly month?: string;
  /** Shards of day and month rows (ten leaves each), from included, to excluded. */
  readonly fromShard: number;
  readonly toShard: number;
}

/** A row as the commits say it must be: its sums by attribute, and the last commit that touched it. */
export interface ExpectedRow {
  readonly key: Key;
  readonly kind: 'hour' | 'day' | 'month';
  readonly month: string;
  readonly firstLeaf: number;
  readonly sums: Map<string, bigint>;
  upTo: number;
}

/** Text under which rows are kept apart. */
export const rowId = ({ pk, sk }: Key): string => `${pk}\n${sk}`;

/**
 * Sums what commits added, row by row, as the table must hold it. Written apart from what writes the rows, so that a
 * slip in one shows against the other.
 */
export class RowFold {
  readonly rows = new Map<string, ExpectedRow>();
  /** Sums held: what the fold takes of memory, about 100 bytes each. */
  size = 0;
  /** Highest shard of day and month rows that was met, wanted or not. */
  highestShard = 0;
  readonly #tenant: string;
  readonly #scope: FoldScope;
  readonly #only: string | undefined;

  /** @param only - the one row that is wanted; all of the scope when absent */
  constructor(tenant: string, scope: FoldScope, only?: string) {
    this.#tenant = tenant;
    this.#scope = scope;
    this.#only = only;
  }

  /** Takes a commit in. Commits come in order, each once. */
  add(commit: Commit): void {
    const { days, month, fromShard, toShard } = this.#scope;
    for (const { day, hour, leafNumber, sums } of eachDelta(commit.deltas)) {
      const ofMonth = monthOf(day);
      const [isOfDays, isOfMonth] = [days.has(day), month === ofMonth];
      const shard = Math.floor(leafNumber / LEAVES_PER_PERIOD_ROW);
      if (!(isOfDays || isOfMonth)) continue;
      this.highestShard = Math.max(this.highestShard, shard);
      if (shard < fromShard || shard >= toShard) continue;
      const place = { ofMonth, leafNumber };
      const hourRow = isOfDays ? this.#row('hour', keys.hourRows(this.#tenant, day), hour, place) : undefined;
      const dayRow = isOfDays ? this.#row('day', keys.dayRows(this.#tenant, ofMonth), day, place) : undefined;
      const monthRow = isOfMonth
        ? this.#row('month', keys.monthRows(this.#tenant, ofMonth), ofMonth, place)
        : undefined;
      for (const [name, amount] of sums) {
        const code = codeOf(name);
        this.#add(hourRow, code, leafNumber % LEAVES_PER_HOUR_ROW, amount, commit.number);
        if (isHistogram(name)) continue;
        this.#add(dayRow, code, leafNumber % LEAVES_PER_PERIOD_ROW, amount, commit.number);
        this.#add(monthRow, code, leafNumber % LEAVES_PER_PERIOD_ROW, amount, commit.number);
      }
    }
  }

  #row(
    kind: ExpectedRow['kind'],
    pk: string,
    period: string,
    { ofMonth, leafNumber }: { readonly ofMonth: string; readonly leafNumber: number },
  ): ExpectedRow | undefined {
    const perRow = kind === 'hour' ? LEAVES_PER_HOUR_ROW : LEAVES_PER_PERIOD_ROW;
    const shard = Math.floor(leafNumber / perRow);
    const key = { pk, sk: rowSortKey(period, shard) };
    const id = rowId(key);
    if (this.#only !== undefined && this.#only !== id) return undefined;
    const known = this.rows.get(id);
    if (known) return known;
    const row = { key, kind, month: ofMonth, firstLeaf: shard * perRow, sums: new Map<string, bigint>(), upTo: 0 };
    this.rows.set(id, row);
    return row;
  }

  #add(row: ExpectedRow | undefined, code: string, slot: number, amount: bigint, number: number): void {
    if (!row) return;
    const attribute = code + slot;
    const before = row.sums.get(attribute);
    if (before === undefined) this.size += 1;
    // A sum that becomes zero stays where it was once added: the table keeps it too.
    row.sums.set(attribute, (before ?? 0n) + amount);
    row.upTo = number;
  }
}

/** The item of a row that is as expected. */
export function itemOf({ key, sums, upTo }: ExpectedRow): Item {
  return { ...key, ...Object.fromEntries(sums), [UP_TO]: BigInt(upTo) };
}
