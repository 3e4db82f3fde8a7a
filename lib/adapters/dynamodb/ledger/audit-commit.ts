import { findZone } from '../../../app/zones.ts';
import { classifyId } from '../../../domain/events/event-id.ts';
import { addCall, leafOf, type SumName, type Sums } from '../../../domain/spend.ts';
import { auditClaims } from './audit-claims.ts';
import { compare, sumsOf } from './audit-compare.ts';
import { type AuditContext, damageOf, type Finding, isInWindow, nameSome } from './audit-context.ts';
import { auditContribution, auditCorrections, auditCorrectionsOf, type LostContribution } from './audit-corrections.ts';
import { isAsCounted } from './audit-entry.ts';
import { type Commit, eachDelta, monthOf } from './commit-codec.ts';
import { type RecordedEntry, recordedEntries } from './entry-reader.ts';
import { leafKey } from './leaf-dictionary.ts';
import { idDigest } from './pending.ts';
import { encodePage } from './seen-ids.ts';

/** What the check of one commit came to. */
export interface CheckedCommit {
  readonly commit: Commit;
  readonly findings: readonly Finding[];
  /** Entries that it counts, of the days that the audit is about. */
  readonly entries: number;
  /** Whether what it says it added to the totals is what its entries or corrections come to. */
  readonly isTold: boolean;
  /** Months whose leaves cannot be read. */
  readonly lostLeaves: readonly string[];
  /** What it contributed to an order of correction, where that is not on record. */
  readonly lostContribution?: LostContribution;
  /** What its pages must hold, by slot; null where its entries are not known. */
  readonly pages: ReadonlyMap<number, Uint8Array | null>;
}

/**
 * Checks one commit: what it names is there and as it was counted, what it added is what that comes to, and its
 * untimed ids are claimed. Its pages and index are looked at together with those of its neighbours.
 * @param head - corrections by later commits are not looked at
 */
export async function auditCommit(context: AuditContext, commit: Commit, head: number): Promise<CheckedCommit> {
  const findings: Finding[] = [];
  const unknown = { commit, findings, isTold: true, lostLeaves: [], entries: 0 };
  const pages = new Map<number, Uint8Array | null>(commit.slots.map((slot) => [slot, null]));
  if (commit.corrections.length > 0) {
    const corrections = await auditCorrections(context, commit, findings);
    if (!corrections) return { ...unknown, pages };
    const sums = await auditSums(context, commit, corrections.expected, findings);
    const isProved = sums.isTold && sums.lostLeaves.length === 0;
    const lost = isProved ? await auditContribution(context, commit, corrections, findings) : undefined;
    return { ...unknown, ...sums, pages, ...(lost ? { lostContribution: lost } : {}) };
  }
  for (const { segmentId } of commit.segments) await auditCorrectionsOf(context, commit, segmentId, head, findings);
  const entries = await findEntries(context, commit, findings);
  if (!entries) return { ...unknown, pages };
  const sums = await auditSums(context, commit, sumEntries(context, entries), findings);
  const counted = entries.filter(({ entry }) => isInWindow(context, entry.day)).length;
  // Entries that come to something else than their commit added may be altered: their ids are not to be trusted.
  if (!sums.isTold) return { ...unknown, ...sums, entries: counted, pages };
  const { bySlot, untimed } = sortByRoad(entries);
  await auditClaims(context, commit, untimed, findings);
  const known = new Map([...bySlot].map(([slot, ofSlot]) => [slot, pageOf(ofSlot)]));
  return { ...unknown, ...sums, entries: counted, pages: known };
}

type CheckedSums = Pick<CheckedCommit, 'isTold' | 'lostLeaves'>;

/** The page of a slot as it must be: each id's hash with the hash of its event, in the order of the segment. */
export function pageOf(entries: readonly RecordedEntry[]): Uint8Array {
  return encodePage(
    entries.map(({ entry }) => ({ ...idDigest(entry.event.id).idHash, contentHash: entry.contentHash })),
  );
}

/** Entries by the slot of their timed ids, and those whose ids carry no time. */
export function sortByRoad(entries: readonly RecordedEntry[]) {
  const bySlot = new Map<number, RecordedEntry[]>();
  const untimed: RecordedEntry[] = [];
  for (const recorded of entries) {
    const id = classifyId(recorded.entry.event.id);
    const road = id.timed ? (bySlot.get(id.slot) ?? []) : untimed;
    if (id.timed) bySlot.set(id.slot, road);
    road.push(recorded);
  }
  return { bySlot, untimed };
}

async function findEntries(
  { log, tenant }: AuditContext,
  commit: Commit,
  findings: Finding[],
): Promise<RecordedEntry[] | undefined> {
  const where = `commit ${commit.number}`;
  for (const { segmentId } of commit.segments) {
    const named = await namedBefore(log, commit.number, segmentId);
    if (named === undefined) continue;
    const expected = `segment ${segmentId} by commit ${named} alone`;
    findings.push({ kind: 'counted_twice', where, expected, found: 'by this one too' });
  }
  const expected = 'a segment as it was counted';
  try {
    const entries = await recordedEntries(log, commit);
    const zone = findZone(tenant.timeZone);
    const altered = entries.filter(({ entry }) => !isAsCounted(entry, zone)).map(({ entry }) => entry.event.id);
    if (altered.length > 0) {
      findings.push({ kind: 'damaged_segment', where, expected, found: `other content of ${nameSome(altered)}` });
      return undefined;
    }
    const ids = entries.map(({ entry }) => entry.event.id);
    const seen = new Set<string>();
    const repeated = ids.filter((id) => seen.size === seen.add(id).size);
    if (repeated.length > 0) {
      findings.push({ kind: 'counted_twice', where, expected: 'each id once', found: nameSome(repeated) });
    }
    return entries;
  } catch (cause) {
    const damage = damageOf(cause);
    const isMissing = damage.endsWith('is missing');
    const kind = isMissing ? 'missing_segment' : 'damaged_segment';
    findings.push({ kind, where, expected, found: isMissing ? 'nothing' : damage });
    return undefined;
  }
}

/** Number of an earlier commit that names a segment; it can only come after the head that the segment's id begins with. */
async function namedBefore(log: AuditContext['log'], number: number, segmentId: string): Promise<number | undefined> {
  try {
    return (await log.findBySegment(segmentId, number - 1))?.number;
  } catch (cause) {
    damageOf(cause);
    // Beside a gap, which is told of by itself.
    return undefined;
  }
}

/** Sums of recorded entries, each put where its own time and leaf belong. */
function sumEntries({ tenant }: AuditContext, entries: readonly RecordedEntry[]): Map<string, Sums> {
  const zone = findZone(tenant.timeZone);
  const expected = new Map<string, Sums>();
  for (const { entry } of entries) {
    const { event, rating, credit } = entry;
    const place = `${zone.localDay(event.timeMs)} ${zone.utcHour(event.timeMs)}`;
    addCall(sumsOf(expected, `${place} ${leafKey(leafOf(tenant, event, rating, credit))}`), entry);
  }
  return expected;
}

async function auditSums(
  { dictionaries, tenant }: AuditContext,
  commit: Commit,
  expected: ReadonlyMap<string, Sums>,
  findings: Finding[],
): Promise<CheckedSums> {
  const found = new Map<string, ReadonlyMap<SumName, bigint>>();
  const lostLeaves = new Set<string>();
  for (const { day, hour, leafNumber, sums } of eachDelta(commit.deltas)) {
    try {
      const leaf = await dictionaries.leaf(tenant.tenant, monthOf(day), leafNumber);
      found.set(`${day} ${hour} ${leafKey(leaf)}`, sums);
    } catch (cause) {
      damageOf(cause);
      lostLeaves.add(monthOf(day));
    }
  }
  if (lostLeaves.size > 0) return { isTold: true, lostLeaves: [...lostLeaves] };
  const differences = compare('commit_not_sum_of_entries', `commit ${commit.number}`, expected, found);
  findings.push(...differences);
  return { isTold: differences.length === 0, lostLeaves: [] };
}
