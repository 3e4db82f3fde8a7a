import { decodeCommit } from '../../lib/adapters/dynamodb/ledger/commit-codec.ts';
import { pack, unpack } from '../../lib/adapters/dynamodb/ledger/packing.ts';
import type { SegmentBody } from '../../lib/adapters/dynamodb/ledger/segment-codec.ts';
import type { Item } from '../../lib/adapters/dynamodb/table.ts';
import type { MemoryTable } from '../../lib/adapters/memory/table.ts';
import { keys, padNumber } from '../../lib/contracts/table-keys.ts';

/** Damages a table; @returns what an audit must name, or nothing where the table has no such item. */
export type Damage = (table: MemoryTable, pick: number) => Promise<string | undefined>;

/** What a rebuild repairs, by name. */
export const DERIVED: Readonly<Record<string, Damage>> = {
  'a sum edited': onRow(async (table, row) => {
    const name = Object.keys(row).find((each) => /^\w+\d$/.test(each) && typeof row[each] === 'bigint') ?? 'a0';
    await table.put({ ...row, [name]: BigInt(row[name] as bigint) + 7n });
    return `row_not_sum_of_commits at ${nameRow(row)}`;
  }),
  'a sum made up': onRow(async (table, row) => {
    await table.put({ ...row, z9: 5n });
    return `row_not_sum_of_commits at ${nameRow(row)}`;
  }),
  'a row deleted': onRow(async (table, row) => {
    await table.delete(row);
    return `missing_row at ${nameRow(row)}`;
  }),
  'a row that says it is older': onRow(async (table, row) => {
    await table.put({ ...row, upTo: 0n });
    return `row_not_sum_of_commits at ${nameRow(row)}`;
  }),
  'a row that says it is newer': onRow(async (table, row) => {
    await table.put({ ...row, upTo: 1_000_000n });
    return `row_not_sum_of_commits at ${nameRow(row)}`;
  }),
  'a row without its number': onRow(async (table, { upTo: _upTo, ...row }) => {
    await table.put(row as Item);
    return `row_not_sum_of_commits at ${nameRow(row as Item)}`;
  }),
  'a foreign row': onRow(async (table, row) => {
    const foreign = { ...row, sk: `${row.sk.split('#')[0]}#00077` };
    await table.put(foreign);
    return `foreign_row at ${nameRow(foreign)}`;
  }),
  'an index item deleted': on('D#', async (table, item) => {
    await table.delete(item);
    return `missing_index at index of ${item.pk.split('#').at(-1)}, commit ${Number(item.sk)}`;
  }),
  'a foreign index item': on('D#', async (table, item) => {
    const number = await otherCommit(table, (commit) => !commit.deltas.has(item.pk.split('#').at(-1) ?? ''));
    if (number === undefined) return undefined;
    await table.put({ pk: item.pk, sk: padNumber(number) });
    return `foreign_index at index of ${item.pk.split('#').at(-1)}, commit ${number}`;
  }),
  'a page deleted': on('P#', async (table, item) => {
    await table.delete(item);
    return `missing_page at ${namePage(item)}`;
  }),
  'a page changed': on('P#', async (table, item) => {
    const bytes = Uint8Array.from(item['b'] as Uint8Array);
    bytes[9] = (bytes[9] ?? 0) ^ 1;
    await table.put({ ...item, b: bytes });
    return `wrong_page at ${namePage(item)}`;
  }),
  'a foreign page': on('P#', async (table, item) => {
    const slot = Number(item.pk.split('#').at(-1));
    const number = await otherCommit(table, (commit) => !commit.slots.includes(slot));
    if (number === undefined) return undefined;
    const foreign = { ...item, sk: padNumber(number) };
    await table.put(foreign);
    return `foreign_page at ${namePage(foreign)}`;
  }),
  'a claim deleted': on('I#', async (table, item) => {
    const [segmentId] = item['s'] as ReadonlySet<string>;
    for (const commit of commitsOf(table)) {
      if (!commit.segments.some((named) => named.segmentId === segmentId)) continue;
      await table.delete(item);
      return `missing_claim at claims of commit ${commit.number}`;
    }
    return undefined;
  }),
  'a running total edited': on('TOTAL#', async (table, item) => {
    await table.put({ ...item, spent: JSON.stringify({ '2026-01': '12345678901234567890' }) });
    return `wrong_running_total at running total of budget ${item.sk.slice(3).split('#')[0]} at commit ${item['number']}`;
  }),
  'sums of an order edited': on('ORDER#', async (table, item) => {
    await table.put({ ...item, cost: (item['cost'] as bigint) + 1n });
    return `wrong_order_sums at order ${Number(item.sk.slice(5))}`;
  }),
  'sums of an order deleted': on('ORDER#', async (table, item) => {
    await table.delete(item);
    return `wrong_order_sums at order ${Number(item.sk.slice(5))}`;
  }),
  'a contribution edited': on('O#', async (table, item) => {
    await table.put({ ...item, corrected: 99n });
    return `wrong_order_sums at order ${Number(item.pk.split('#').at(-1))}, commit ${Number(item.sk)}`;
  }),
  'a contribution deleted': on('O#', async (table, item) => {
    await table.delete(item);
    return `wrong_order_sums at order ${Number(item.pk.split('#').at(-1))}, commit ${Number(item.sk)}`;
  }),
  'a count edited': on('COUNT#', async (table, item) => {
    if (item['rejects'] === undefined) return undefined;
    await table.put({ ...item, rejects: 50n });
    return 'wrong_count at count of rejects';
  }),
  'a count of accepted rejects edited': on('COUNT#', async (table, item) => {
    if (item['acceptedRejects'] === undefined) return undefined;
    await table.put({ ...item, acceptedRejects: 0n });
    return 'wrong_count at count of acceptedRejects';
  }),
};

/** What a rebuild names and leaves, by name. */
export const RECORDED: Readonly<Record<string, Damage>> = {
  'a commit deleted': on('C#', async (table, item) => {
    // Without the last, the log merely looks shorter: see the unit tests.
    if (Number(item.sk) === commitsOf(table).length) return undefined;
    await table.delete(item);
    return `missing_commit at commit ${Number(item.sk)}`;
  }),
  'a commit that cannot be read': on('C#', async (table, item) => {
    await table.put({ ...item, b: new Uint8Array([1, 2, 3]) });
    return `damaged_commit at commit ${Number(item.sk)}`;
  }),
  'a commit with another sum': on('C#', async (table, item) => {
    const packed = unpack(item['b'] as Uint8Array) as { readonly d: Record<string, Record<string, unknown>> };
    const [day = ''] = Object.keys(packed.d);
    const hours = packed.d[day];
    const [hour = ''] = Object.keys(hours ?? {});
    const leaves = hours?.[hour] as Record<string, Record<string, number>> | undefined;
    const [sums] = Object.values(leaves ?? {});
    if (!sums) return undefined;
    const [code = ''] = Object.keys(sums);
    sums[code] = Number(sums[code]) + 1;
    await table.put({ ...item, b: pack(packed) });
    return `commit_not_sum_of_entries at commit ${Number(item.sk)} ${day} ${hour}`;
  }),
  'a segment deleted': on('S#', async (table, item) => {
    await table.delete(item);
    return `missing_segment at commit ${naming(table, item)}`;
  }),
  'a segment that cannot be read': on('S#', async (table, item) => {
    await table.put({ ...item, b: new Uint8Array([9, 9]) });
    return `damaged_segment at commit ${naming(table, item)}`;
  }),
  'a segment with another content': on('S#', async (table, item) => {
    const body = unpack(item['b'] as Uint8Array) as SegmentBody;
    const columns = { ...body.columns, model: { c: 'm-2' } };
    await table.put({ ...item, b: pack({ ...body, columns }) });
    return `damaged_segment at commit ${naming(table, item)}`;
  }),
  'a correction deleted': on('X#', async (table, item) => {
    await table.delete(item);
    return `missing_correction at ${nameCorrection(item)}`;
  }),
  'a correction that cannot be read': on('X#', async (table, item) => {
    await table.put({ ...item, b: new Uint8Array([5]) });
    return `damaged_correction at ${nameCorrection(item)}`;
  }),
  'leaves deleted': on('L#', async (table, item) => {
    await table.delete(item);
    return `missing_leaves at leaves of ${item.pk.split('#').at(-1)}`;
  }),
};

type Deed = (table: MemoryTable, item: Item) => Promise<string | undefined>;

function on(prefix: string, deed: Deed): Damage {
  return async (table, pick) => {
    const isWanted = ({ pk, sk }: Item) => pk.startsWith(prefix) && (prefix !== 'ORDER#' || sk.startsWith('SUMS#'));
    const items = [...table.items()].filter(isWanted).sort((a, b) => (a.pk + a.sk < b.pk + b.sk ? -1 : 1));
    const item = items[pick % Math.max(1, items.length)];
    return item && deed(table, item);
  };
}

function onRow(deed: Deed): Damage {
  return async (table, pick) => on(['RH#', 'RD#', 'RM#'][pick % 3] ?? '', deed)(table, Math.floor(pick / 3));
}

function nameRow({ pk, sk }: Item): string {
  const [period, shard] = sk.split('#');
  const kind = pk.startsWith('RH#') ? 'hour' : pk.startsWith('RD#') ? 'day' : 'month';
  return `${kind} row ${period}${kind === 'hour' ? ` of ${pk.split('#').at(-1)}` : ''} shard ${shard}`;
}

const namePage = ({ pk, sk }: Item): string => `id page of minute ${pk.split('#').at(-1)}, commit ${Number(sk)}`;

const nameCorrection = ({ pk, sk, commit }: Item): string =>
  `correction ${Number(sk)} of segment ${pk.split('#').at(-1)}, commit ${commit}`;

function commitsOf(table: MemoryTable) {
  return [...table.items()].filter(({ pk }) => pk.startsWith('C#')).map(decodeCommit);
}

async function otherCommit(table: MemoryTable, isOther: (commit: ReturnType<typeof decodeCommit>) => boolean) {
  return commitsOf(table).find(isOther)?.number;
}

function naming(table: MemoryTable, { pk }: Item): number | undefined {
  const isNaming = (commit: ReturnType<typeof decodeCommit>) =>
    commit.segments.some(({ segmentId }) => pk === keys.segment('acme', segmentId).pk);
  return commitsOf(table).find(isNaming)?.number;
}
