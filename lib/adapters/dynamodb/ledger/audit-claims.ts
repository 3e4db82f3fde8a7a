import { keys } from '../../../contracts/table-keys.ts';
import { MAX_GET_KEYS } from '../table.ts';
import { type AuditContext, damageOf, type Finding, nameSome } from './audit-context.ts';
import type { Commit } from './commit-codec.ts';
import type { RecordedEntry } from './entry-reader.ts';
import { forEachAtOnce } from './known-ids.ts';
import { unpackBits } from './packing.ts';
import { readMany } from './patient-table.ts';
import { idDigest } from './pending.ts';
import { segmentIds } from './segment-codec.ts';

/** An entry whose id another segment claimed as well. */
interface Rival {
  readonly recorded: RecordedEntry;
  /** The entry's own claim is gone, so that who looks from the other side does not see it. */
  readonly isUnclaimed: boolean;
}

/**
 * Checks the claims of a commit's untimed ids: each names the entry's segment. Where it names others, they must not
 * count the id too; so every id is seen to be counted once without looking at any other commit.
 */
export async function auditClaims(
  context: AuditContext,
  commit: Commit,
  untimed: readonly RecordedEntry[],
  findings: Finding[],
): Promise<void> {
  const { table, log } = context;
  const unclaimed: RecordedEntry[] = [];
  const rivals = new Map<string, Rival[]>();
  await forEachAtOnce(cutGroups(untimed), async (group) => {
    const claims = group.map(({ entry }) => keys.claim(log.tenant, idDigest(entry.event.id).claimHash));
    for (const [index, item] of (await readMany(table, claims)).entries()) {
      const recorded = group[index];
      const claimants = item?.['s'] instanceof Set ? (item['s'] as ReadonlySet<string>) : new Set<string>();
      if (!recorded) continue;
      const isUnclaimed = !claimants.has(recorded.segmentId);
      if (isUnclaimed) unclaimed.push(recorded);
      for (const other of claimants) {
        if (other === recorded.segmentId) continue;
        rivals.set(other, [...(rivals.get(other) ?? []), { recorded, isUnclaimed }]);
      }
    }
  });
  if (unclaimed.length > 0) findings.push(missingClaims(context, commit, unclaimed, untimed.length));
  await forEachAtOnce([...rivals], async ([segmentId, ofSegment]) => {
    const other = await findCounted(context, segmentId);
    if (!other) return;
    // Of two commits the later one tells, unless it cannot see the earlier one's claim.
    const isTold = ({ isUnclaimed }: Rival): boolean => other.number < commit.number || isUnclaimed;
    const twice = ofSegment.filter((rival) => other.ids.has(rival.recorded.entry.event.id) && isTold(rival));
    if (twice.length === 0) return;
    const found = nameSome(twice.map(({ recorded }) => recorded.entry.event.id));
    const where = `commits ${Math.min(other.number, commit.number)} and ${Math.max(other.number, commit.number)}`;
    findings.push({ kind: 'counted_twice', where, expected: 'each id once', found });
  });
}

/** Entries whose claims are read together; an id that a commit counts twice is told of by itself. */
function cutGroups(untimed: readonly RecordedEntry[]): RecordedEntry[][] {
  const distinct = [...new Map(untimed.map((recorded) => [recorded.entry.event.id, recorded])).values()];
  const groups: RecordedEntry[][] = [];
  for (let start = 0; start < distinct.length; start += MAX_GET_KEYS) {
    groups.push(distinct.slice(start, start + MAX_GET_KEYS));
  }
  return groups;
}

function missingClaims(
  { table, log }: AuditContext,
  commit: Commit,
  unclaimed: readonly RecordedEntry[],
  count: number,
): Finding {
  const names = unclaimed.map(({ entry }) => entry.event.id).sort();
  return {
    kind: 'missing_claim',
    where: `claims of commit ${commit.number}`,
    expected: `${count} ids claimed`,
    found: `not claimed: ${nameSome(names)}`,
    mend: async () => {
      await forEachAtOnce(unclaimed, async ({ entry, segmentId }) => {
        await table.addToSet(keys.claim(log.tenant, idDigest(entry.event.id).claimHash), 's', segmentId);
      });
      return true;
    },
  };
}

/** The commit that names a segment, and the ids that it counts of it; `undefined` where there is none, or no reading it. */
async function findCounted(
  { log }: AuditContext,
  segmentId: string,
): Promise<{ readonly number: number; readonly ids: ReadonlySet<string> } | undefined> {
  try {
    const commit = await log.findBySegment(segmentId, Number.MAX_SAFE_INTEGER);
    const named = commit?.segments.find((segment) => segment.segmentId === segmentId);
    const body = commit && named && (await log.segment(commit, segmentId));
    if (!body) return undefined;
    const counted = unpackBits(named.counted, named.length);
    const ids = segmentIds(body).flatMap(({ id }, index) => (counted[index] ? [id] : []));
    return { number: commit.number, ids: new Set(ids) };
  } catch (cause) {
    damageOf(cause);
    return undefined;
  }
}
