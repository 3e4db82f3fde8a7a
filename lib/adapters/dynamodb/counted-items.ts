import type { KeptCounts } from '../../app/spend/query-completeness.ts';
import { keys } from '../../contracts/table-keys.ts';
import type { DayRange } from '../../domain/budgets/periods/find-period.ts';
import { invariant } from '../../domain/errors.ts';
import { forEachAtOnce } from './ledger/known-ids.ts';
import type { Item, Table, TransactWrite } from './table.ts';

/** A table that repeats requests by itself, those of unknown outcome too. */
export interface RepeatingTable extends Pick<Table, 'get'> {
  /** For transactions that put only what is not there: what was written before is met as being there. */
  transactAgain(writes: readonly TransactWrite[]): Promise<'committed' | 'failed'>;
}

/** What is counted when it is kept, each under an attribute of the tenant's one item of counts. */
export type Counted = 'rejects' | 'conflicts';

/** Items of one transaction: with a companion and a month each and what else goes along, within its limit of writes. */
const ITEMS_AT_ONCE = 32;

/** Times that part of a group may turn out to be there already; each time it shrinks. */
const MAX_ROUNDS = ITEMS_AT_ONCE + 2;

/** What is written in the same transaction as the items that are new; at most one write for each and two more. */
export type Companions = (fresh: readonly Item[]) => readonly TransactWrite[];

/**
 * Keeps items that are written once and never changed, and counts each when it is first kept, in all and on the local
 * day that its attribute `day` names: item and counts are one transaction, so the counts are exact however often the
 * same items come, from whomever, and whatever fails.
 */
export async function keepCounted(
  table: RepeatingTable,
  tenant: string,
  counted: Counted,
  items: readonly Item[],
  companions: Companions = () => [],
): Promise<void> {
  const distinct = [...new Map(items.map((item) => [item.sk, item])).values()];
  for (let start = 0; start < distinct.length; start += ITEMS_AT_ONCE) {
    await keepGroup(table, tenant, counted, distinct.slice(start, start + ITEMS_AT_ONCE), companions);
  }
}

/** How many were kept so far. */
export async function readCount(table: Pick<Table, 'get'>, tenant: string, counted: Counted): Promise<number> {
  return Number((await table.get(keys.counts(tenant)))?.[counted] ?? 0);
}

/**
 * Writes by which one reject counts as accepted, and no longer on the day that it belongs to.
 *
 * @param days - that one day, or none where the reject was kept without
 */
export function countAccepted(tenant: string, days: readonly string[]): readonly TransactWrite[] {
  const dated = days.length === 0 ? {} : { [DATED.rejects]: BigInt(-days.length) };
  return [
    { type: 'add', key: keys.counts(tenant), set: {}, add: { acceptedRejects: 1n, ...dated } },
    ...countDays(tenant, 'rejects', days, -1n),
  ];
}

/**
 * Reads how many rejects and conflicts there are in a period. What was kept before days were counted is in every period,
 * since nobody counted when it was.
 */
export class KeptCountStore implements KeptCounts {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async count(tenant: string, days?: DayRange): Promise<{ readonly rejects: number; readonly conflicts: number }> {
    const [totals, months] = await Promise.all([
      this.#table.get(keys.counts(tenant)),
      days ? this.#table.query({ pk: keys.dayCounts(tenant), ...monthsOf(days) }) : [],
    ]);
    const standing = (counted: Counted, settled = 0): number => {
      const all = countAt(totals, counted) - settled;
      if (!days) return all;
      const undated = Math.max(0, all - countAt(totals, DATED[counted]));
      return months.reduce((sum, month) => sum + sumDays(month, counted, days), undated);
    };
    return { rejects: standing('rejects', countAt(totals, 'acceptedRejects')), conflicts: standing('conflicts') };
  }
}

/** Attributes of the tenant's item of counts that say how many of the kept have a day. */
const DATED = { rejects: 'datedRejects', conflicts: 'datedConflicts' } as const satisfies Record<Counted, string>;

async function keepGroup(
  table: RepeatingTable,
  tenant: string,
  counted: Counted,
  group: readonly Item[],
  companions: Companions,
): Promise<void> {
  let open = group;
  for (let round = 0; open.length > 0; round++) {
    invariant(round < MAX_ROUNDS, `${open.length} ${counted} of ${tenant} are neither there nor can be put`);
    const days = open.flatMap(({ day }) => (typeof day === 'string' ? day : []));
    const dated = days.length === 0 ? {} : { [DATED[counted]]: BigInt(days.length) };
    const writes: TransactWrite[] = [
      ...open.map((item) => ({ type: 'put' as const, item, condition: { absent: true } as const })),
      { type: 'add', key: keys.counts(tenant), set: {}, add: { [counted]: BigInt(open.length), ...dated } },
      ...countDays(tenant, counted, days, 1n),
      ...companions(open),
    ];
    if ((await table.transactAgain(writes)) === 'committed') return;
    const kept = new Set<string>();
    await forEachAtOnce(open, async (item) => {
      if (await table.get({ pk: item.pk, sk: item.sk })) kept.add(item.sk);
    });
    open = open.filter(({ sk }) => !kept.has(sk));
  }
}

/** One write for each month. */
function countDays(tenant: string, counted: Counted, days: readonly string[], each: bigint): readonly TransactWrite[] {
  return [...Map.groupBy(days, (day) => day.slice(0, MONTH_LENGTH))].map(([month, ofMonth]) => {
    const sums: Record<string, bigint> = {};
    for (const day of ofMonth) sums[nameDay(counted, day)] = (sums[nameDay(counted, day)] ?? 0n) + each;
    return { type: 'add', key: { pk: keys.dayCounts(tenant), sk: nameMonth(month) }, set: {}, add: sums };
  });
}

const MONTH_LENGTH = '2026-01'.length;

const nameDay = (counted: Counted, day: string): string => `${counted}:${day.slice(MONTH_LENGTH + 1)}`;

/** The mark at the end makes a month sort behind its bare name, so that it can be asked for from it on. */
const nameMonth = (month: string): string => `${month}#`;

function monthsOf({ fromDay, toDay }: DayRange): { readonly after: string; readonly upTo: string } {
  return { after: fromDay.slice(0, MONTH_LENGTH), upTo: nameMonth(toDay.slice(0, MONTH_LENGTH)) };
}

function sumDays(month: Item, counted: Counted, { fromDay, toDay }: DayRange): number {
  let sum = 0;
  for (const name of Object.keys(month)) {
    const [what, dayOfMonth] = name.split(':');
    const day = `${month.sk.slice(0, MONTH_LENGTH)}-${dayOfMonth}`;
    if (what === counted && day >= fromDay && day < toDay) sum += countAt(month, name);
  }
  return sum;
}

function countAt(item: Item | undefined, name: string): number {
  const count = item?.[name];
  return typeof count === 'bigint' ? Number(count) : 0;
}
