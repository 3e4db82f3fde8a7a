import type { AuditDifference } from '../../../app/ports.ts';
import { findZone } from '../../../app/zones.ts';
import { keys, padNumber } from '../../../contracts/table-keys.ts';
import { classifyId } from '../../../domain/event-id.ts';
import { addCall, leafOf, type SumName, type Sums } from '../../../domain/spend.ts';
import { compare, sumsOf } from './audit-compare.ts';
import type { AuditContext } from './audit-context.ts';
import { auditCorrectionCommit, auditCorrectionsOf } from './audit-corrections.ts';
import { type Commit, eachDelta, monthOf } from './commit-codec.ts';
import { type RecordedEntry, recordedEntries } from './entry-reader.ts';
import { leafKey } from './leaf-dictionary.ts';
import { idDigest } from './pending.ts';
import { decodePage } from './seen-ids.ts';

/**
 * Checks one commit: what it names is there, and what it added is what that comes to.
 * @param head - commits after it are not looked at
 * @returns how many entries it counts
 */
export async function auditCommit(
  context: AuditContext,
  commit: Commit,
  head: number,
  differences: AuditDifference[],
): Promise<number> {
  const isRecording = commit.corrections.length === 0;
  const entries = isRecording ? await findEntries(context, commit, differences) : [];
  const expected = entries && (isRecording ? sumEntries(context, entries) : undefined);
  const changed = isRecording ? expected : await auditCorrectionCommit(context, commit, differences);
  if (!entries || !changed) return 0;
  compare('commit_not_sum_of_entries', `commit ${commit.number}`, changed, await addedBy(context, commit), differences);
  await auditDayIndex(context, commit, differences);
  await auditPages(context, commit, entries, differences);
  for (const { segmentId } of commit.segments) await auditCorrectionsOf(context, commit, segmentId, head, differences);
  return entries.length;
}

async function findEntries(
  { log }: AuditContext,
  commit: Commit,
  differences: AuditDifference[],
): Promise<RecordedEntry[] | undefined> {
  const where = `commit ${commit.number}`;
  try {
    for (const { segmentId } of commit.segments) {
      if (await log.segment(commit, segmentId)) continue;
      const segment = `${where}, segment ${segmentId}`;
      differences.push({ kind: 'missing_segment', where: segment, expected: 'a segment', found: 'nothing' });
      return undefined;
    }
    return await recordedEntries(log, commit);
  } catch (cause) {
    differences.push({ kind: 'damaged_segment', where, expected: 'a readable segment', found: String(cause) });
    return undefined;
  }
}

/** Sums of recorded entries, each put where its own time and leaf belong. */
function sumEntries({ tenant }: AuditContext, entries: readonly RecordedEntry[]): Map<string, Sums> {
  const zone = findZone(tenant.timeZone);
  const expected = new Map<string, Sums>();
  for (const { entry } of entries) {
    const { event, rating } = entry;
    const place = `${zone.localDay(event.timeMs)} ${zone.utcHour(event.timeMs)}`;
    addCall(sumsOf(expected, `${place} ${leafKey(leafOf(tenant, event, rating))}`), entry);
  }
  return expected;
}

async function addedBy({ dictionaries, tenant }: AuditContext, commit: Commit) {
  const found = new Map<string, ReadonlyMap<SumName, bigint>>();
  for (const { day, hour, leafNumber, sums } of eachDelta(commit.deltas)) {
    const leaf = await dictionaries.leaf(tenant.tenant, monthOf(day), leafNumber);
    found.set(`${day} ${hour} ${leafKey(leaf)}`, sums);
  }
  return found;
}

async function auditDayIndex(
  { table, log }: AuditContext,
  commit: Commit,
  differences: AuditDifference[],
): Promise<void> {
  for (const day of commit.deltas.keys()) {
    if (await table.get({ pk: keys.dayIndex(log.tenant, day), sk: padNumber(commit.number) })) continue;
    const where = `index of ${day}, commit ${commit.number}`;
    differences.push({ kind: 'missing_index', where, expected: 'an index item', found: 'nothing' });
  }
}

async function auditPages(
  { table, log }: AuditContext,
  commit: Commit,
  entries: readonly RecordedEntry[],
  differences: AuditDifference[],
): Promise<void> {
  const bySlot = new Map<number, RecordedEntry[]>();
  for (const recorded of entries) {
    const id = classifyId(recorded.entry.event.id);
    if (id.timed) bySlot.set(id.slot, [...(bySlot.get(id.slot) ?? []), recorded]);
  }
  for (const [slot, ofSlot] of bySlot) {
    const page = await table.get({ pk: keys.idPages(log.tenant, slot), sk: padNumber(commit.number) });
    const held = new Set(page ? [...decodePage(page['b'] as Uint8Array)].map(({ high, low }) => `${high} ${low}`) : []);
    const missing = ofSlot.filter(({ entry }) => {
      const { high, low } = idDigest(entry.event.id).idHash;
      return !held.has(`${high} ${low}`);
    });
    if (missing.length === 0) continue;
    const where = `id page of minute ${slot}, commit ${commit.number}`;
    differences.push({ kind: 'missing_page', where, expected: `${ofSlot.length} ids`, found: `${held.size} ids` });
  }
}
