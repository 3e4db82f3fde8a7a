import { keys, padNumber } from '../../../contracts/table-keys.ts';
import { classifyId } from '../../../domain/events/event-id.ts';
import type { Item } from '../table.ts';
import { pageOf, sortByRoad } from './audit-commit.ts';
import { type AuditContext, damageOf, type Finding, nameSome } from './audit-context.ts';
import { type LogRead, readOne } from './audit-log-reader.ts';
import { recordedEntries } from './entry-reader.ts';
import { decodePage, Slot } from './seen-ids.ts';

/** The commits of one part of the log, as far as the check of a slot needs them. */
export interface PageStretch {
  /** Commits after one number, up to and including another. */
  readonly after: number;
  readonly upTo: number;
  /** What was read under each number of the stretch. */
  readonly reads: ReadonlyMap<number, LogRead>;
  /** What the pages of a slot must hold, by commit; null where that is not known. */
  readonly expected: ReadonlyMap<number, Uint8Array | null>;
  /** Commits before the stretch whose page of this slot is known to be missing or wrong. */
  readonly lost: readonly number[];
}

/** What the check of a slot found, and which of the stretch's commits have no right page in it. */
export interface SlotCheck {
  readonly findings: readonly Finding[];
  readonly lost: readonly number[];
}

/**
 * Checks the id pages of one slot that the commits of a stretch wrote. Each must hold exactly the timed ids that its
 * commit counts there; a page of a commit that wrote none here is foreign; and no id may be on two pages. An id has one
 * slot for ever, so this finds every timed id that is counted twice, a slot at a time.
 */
export async function auditSlot(context: AuditContext, slot: number, stretch: PageStretch): Promise<SlotCheck> {
  const { table, log } = context;
  const pk = keys.idPages(log.tenant, slot);
  const items = await table.query({ pk });
  const byNumber = new Map(items.map((item) => [Number(item.sk), item]));
  const findings: Finding[] = [];
  const lost: number[] = [];
  for (const [number, page] of stretch.expected) {
    const item = byNumber.get(number);
    if (item && (page === null || holds(item, page))) continue;
    const where = `id page of minute ${slot}, commit ${number}`;
    const mend = page && (async () => (await table.put({ pk, sk: padNumber(number), b: page })) === 'written');
    const expected = page ? `${page.byteLength / 12} ids` : 'a page';
    const found = item ? 'other ids' : 'nothing';
    findings.push({ kind: item ? 'wrong_page' : 'missing_page', where, expected, found, ...(mend ? { mend } : {}) });
    lost.push(number);
  }
  for (const number of await findForeign(context, slot, [...byNumber.keys()], stretch)) {
    const where = `id page of minute ${slot}, commit ${number}`;
    const mend = async () => (await table.delete({ pk, sk: padNumber(number) })) === 'deleted';
    findings.push({ kind: 'foreign_page', where, expected: 'nothing', found: 'a page', mend });
  }
  findings.push(...(await findRepeated(context, slot, byNumber, stretch)));
  return { findings, lost };
}

function holds(item: Item, page: Uint8Array): boolean {
  const bytes = item['b'];
  return bytes instanceof Uint8Array && Buffer.compare(bytes, page) === 0 && Object.keys(item).length === 3;
}

/**
 * Pages of the slot that no commit wrote. Those within the stretch are found by it; those between it and the next
 * commit with this slot too, and those before it where it is the first, so each is told of once.
 */
async function findForeign(
  { log }: AuditContext,
  slot: number,
  numbers: readonly number[],
  { after, upTo, reads, expected }: PageStretch,
): Promise<number[]> {
  const foreign = numbers.filter((number) => {
    if (number <= after || number > upTo || expected.has(number)) return false;
    const commit = reads.get(number)?.commit;
    return commit !== undefined && !commit.slots.includes(slot);
  });
  const isOwned = async (number: number): Promise<boolean> => {
    const { commit } = await readOne(log, number);
    // Whether a commit that cannot be read wrote a page here is not known.
    return commit === undefined || commit.slots.includes(slot);
  };
  for (const number of numbers.filter((each) => each > upTo)) {
    if (await isOwned(number)) break;
    foreign.push(number);
  }
  const earlier: number[] = [];
  for (const number of numbers.filter((each) => each <= after).reverse()) {
    if (await isOwned(number)) return foreign;
    earlier.push(number);
  }
  return [...earlier.reverse(), ...foreign];
}

/** Ids of the stretch's pages that an earlier commit counts as well. */
async function findRepeated(
  context: AuditContext,
  slot: number,
  items: ReadonlyMap<number, Item>,
  { after, upTo, expected, lost }: PageStretch,
): Promise<Finding[]> {
  const firstIn = new Slot();
  const suspects = new Map<number, Set<number>>();
  const numbers = [...new Set([...items.keys(), ...expected.keys(), ...lost])].sort((a, b) => a - b);
  for (const number of numbers.filter((each) => each <= upTo)) {
    const stored = items.get(number)?.['b'];
    const known =
      expected.get(number) ?? (lost.includes(number) ? await rebuildPage(context, slot, number) : undefined);
    const page = known ?? (stored instanceof Uint8Array ? stored : new Uint8Array());
    for (const id of decodePage(page)) {
      const first = firstIn.find(id);
      if (first === undefined) firstIn.add(id, number);
      else if (first < number && number > after) suspects.set(number, (suspects.get(number) ?? new Set()).add(first));
    }
  }
  const findings: Finding[] = [];
  for (const [number, others] of suspects) {
    for (const other of others) findings.push(...(await compareIds(context, slot, other, number)));
  }
  return findings;
}

async function rebuildPage(context: AuditContext, slot: number, number: number): Promise<Uint8Array | undefined> {
  const entries = await readEntries(context, number);
  const ofSlot = sortByRoad(entries).bySlot.get(slot);
  return ofSlot && pageOf(ofSlot);
}

/** Tells of ids that two commits count. Eight bytes of a hash may, once in an age, be another id's. */
async function compareIds(context: AuditContext, slot: number, first: number, second: number): Promise<Finding[]> {
  const ids = new Set((await readEntries(context, first)).map(({ entry }) => entry.event.id));
  const again = (await readEntries(context, second)).map(({ entry }) => entry.event.id).filter((id) => ids.has(id));
  const timed = again.filter((id) => isOfSlot(id, slot)).sort();
  if (timed.length === 0) return [];
  const where = `commits ${first} and ${second}`;
  return [{ kind: 'counted_twice', where, expected: 'each id once', found: nameSome(timed) }];
}

function isOfSlot(id: string, slot: number): boolean {
  const known = classifyId(id);
  return known.timed && known.slot === slot;
}

async function readEntries({ log }: AuditContext, number: number) {
  try {
    const commit = await log.find(number);
    return commit ? await recordedEntries(log, commit) : [];
  } catch (cause) {
    damageOf(cause);
    return [];
  }
}
