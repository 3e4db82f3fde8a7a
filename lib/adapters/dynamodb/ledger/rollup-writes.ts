import { keys, padNumber } from '../../../contracts/table-keys.ts';
import type { SumName } from '../../../domain/spend.ts';
import type { Key, TransactWrite } from '../table.ts';
import { type CommitDeltas, eachDelta, monthOf } from './commit-codec.ts';
import { codeOf, isMeasure, LEAVES_PER_HOUR_ROW, LEAVES_PER_PERIOD_ROW, rowSortKey, UP_TO } from './rollup-codec.ts';

/** DynamoDB takes expressions up to 4 KB; a name, a placeholder and two separators per sum. */
const MAX_EXPRESSION_CHARACTERS = 4_000;

/** The day index's items of a commit: one for each local day that it adds something to. */
export function indexWrites(tenant: string, deltas: CommitDeltas, number: number): TransactWrite[] {
  return [...deltas.keys()].map((day) => ({
    type: 'put',
    item: { pk: keys.dayIndex(tenant, day), sk: padNumber(number) },
  }));
}

/** What a commit adds to rollup rows; `undefined` when one row would need a longer expression than the service takes. */
export function rowWrites(tenant: string, deltas: CommitDeltas, number: number): TransactWrite[] | undefined {
  const rows = new Map<string, { key: Key; add: Record<string, bigint>; characters: number }>();
  const add = (key: Key, slot: number, name: SumName, amount: bigint): void => {
    const id = `${key.pk}\n${key.sk}`;
    const row = rows.get(id) ?? { key, add: {}, characters: 0 };
    rows.set(id, row);
    const attribute = codeOf(name) + slot;
    if (!(attribute in row.add)) row.characters += attribute.length + 6;
    row.add[attribute] = (row.add[attribute] ?? 0n) + amount;
  };
  for (const { day, hour, leafNumber, sums } of eachDelta(deltas)) {
    const month = monthOf(day);
    const hourShard = Math.floor(leafNumber / LEAVES_PER_HOUR_ROW);
    const periodShard = Math.floor(leafNumber / LEAVES_PER_PERIOD_ROW);
    const hourKey = { pk: keys.hourRows(tenant, day), sk: rowSortKey(hour, hourShard) };
    const dayKey = { pk: keys.dayRows(tenant, month), sk: rowSortKey(day, periodShard) };
    const monthKey = { pk: keys.monthRows(tenant, month), sk: rowSortKey(month, periodShard) };
    for (const [name, amount] of sums) {
      add(hourKey, leafNumber % LEAVES_PER_HOUR_ROW, name, amount);
      if (!isMeasure(name)) continue;
      add(dayKey, leafNumber % LEAVES_PER_PERIOD_ROW, name, amount);
      add(monthKey, leafNumber % LEAVES_PER_PERIOD_ROW, name, amount);
    }
  }
  if ([...rows.values()].some(({ characters }) => characters > MAX_EXPRESSION_CHARACTERS)) return undefined;
  const set = { [UP_TO]: BigInt(number) };
  return [...rows.values()].map(({ key, add: sums }) => ({ type: 'add', key, set, add: sums }));
}
