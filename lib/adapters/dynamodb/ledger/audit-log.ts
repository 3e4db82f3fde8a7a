import { keys, padNumber } from '../../../contracts/table-keys.ts';
import { auditCommit, type CheckedCommit } from './audit-commit.ts';
import { type AuditContext, type Finding, isInWindow } from './audit-context.ts';
import type { LostContribution } from './audit-corrections.ts';
import { type LogRead, readWithGaps } from './audit-log-reader.ts';
import { auditSlot, type SlotCheck } from './audit-pages.ts';
import { type AuditProgress, type AuditStep, carry, type LostSums, nextPhase } from './audit-progress.ts';
import type { Commit } from './commit-codec.ts';
import { forEachAtOnce } from './known-ids.ts';

/** A part of the log ends with the commit that brings it over one of these. */
const MAX_ENTRIES = 40_000;
const MAX_COMMITS = 400;

/** How many entries the check of one page of ids, and of one correction with its segment, is taken for. */
const ENTRIES_PER_PAGE = 10;
const ENTRIES_PER_CORRECTION = 500;

/** Numbers that one part looks at, where it checks only the commits of some days. */
const MAX_NUMBERS = 2_000;

/** Commits whose entries are held at a time. */
const COMMITS_AT_ONCE = 4;

/**
 * Checks the next commits of the log, each with all that it wrote besides totals. Ends at the head that the audit
 * began with; what is committed meanwhile is for the next audit.
 */
export async function auditLog(context: AuditContext, progress: AuditProgress): Promise<AuditStep<Finding>> {
  const after = Number(progress.after);
  const reads = await readStretch(context, after, progress.head);
  const upTo = after + reads.length;
  const findings: Finding[] = [];
  const untold: number[] = [];
  for (const read of reads) {
    if (read.commit) continue;
    const where = `commit ${read.number}`;
    findings.push(
      read.cause === null
        ? { kind: 'missing_commit', where, expected: 'a commit', found: 'nothing' }
        : { kind: 'damaged_commit', where, expected: 'a readable commit', found: read.cause },
    );
    untold.push(read.number);
  }
  const checked = await checkCommits(context, reads, progress.head);
  findings.push(...checked.flatMap((each) => each.findings));
  untold.push(...checked.flatMap(({ commit, isTold }) => (isTold ? [] : commit.number)));
  const lostLeaves = [...new Set(checked.flatMap((each) => each.lostLeaves))];
  for (const month of lostLeaves.filter((each) => !progress.lostLeaves.includes(each))) {
    findings.push({
      kind: 'missing_leaves',
      where: `leaves of ${month}`,
      expected: 'all leaves in use',
      found: 'some',
    });
  }
  const index = await auditIndex(context, checked, after, upTo);
  const pages = await auditPages(context, checked, { after, upTo, reads, lostPages: progress.lostPages });
  const isMended = context.isMending;
  const carried = carry(progress, {
    untold,
    lostLeaves,
    lostIndex: isMended ? [] : index.lost,
    lostPages: isMended ? [] : pages.lost,
    lostSums: isMended ? [] : checked.flatMap(({ lostContribution: lost }) => (lost ? [toLostSums(lost)] : [])),
  });
  const days = reads.flatMap(({ commit }) => [...(commit?.deltas.keys() ?? [])]);
  const met = [...days, carried.firstDay, carried.lastDay].filter((day) => day !== '').sort();
  const here: AuditProgress = {
    ...carried,
    after: String(upTo),
    firstDay: met[0] ?? '',
    lastDay: met.at(-1) ?? '',
  };
  const next = upTo < progress.head ? here : nextPhase(here);
  return {
    entries: checked.reduce((sum, { entries }) => sum + entries, 0),
    rollups: 0,
    findings: [...findings, ...index.findings, ...pages.findings],
    phaseRatio: progress.head === 0 ? 1 : upTo / progress.head,
    ...(next ? { next } : {}),
  };
}

function toLostSums({ order, commit, contribution }: LostContribution): LostSums {
  const { corrected, costPicoUsd, listCostPicoUsd } = contribution;
  return [order, commit, String(corrected), String(costPicoUsd), String(listCostPicoUsd)];
}

async function readStretch(context: AuditContext, after: number, head: number): Promise<LogRead[]> {
  const reads: LogRead[] = [];
  let [entries, commits] = [0, 0];
  for await (const read of readWithGaps(context.table, context.log.tenant, after, head)) {
    reads.push(read);
    if (read.commit && isWanted(context, read.commit)) {
      commits += 1;
      entries += weigh(read.commit);
    }
    if (entries >= MAX_ENTRIES || commits >= MAX_COMMITS || reads.length >= MAX_NUMBERS) break;
  }
  return reads;
}

/** The work that the check of a commit is, in entries. */
function weigh({ segments, slots, corrections }: Commit): number {
  const entries = segments.reduce((sum, { length }) => sum + length, 0);
  return entries + slots.length * ENTRIES_PER_PAGE + corrections.length * ENTRIES_PER_CORRECTION;
}

const isWanted = (context: AuditContext, { deltas }: Commit): boolean =>
  context.window === undefined || [...deltas.keys()].some((day) => isInWindow(context, day));

async function checkCommits(context: AuditContext, reads: readonly LogRead[], head: number): Promise<CheckedCommit[]> {
  const commits = reads.flatMap(({ commit }) => (commit && isWanted(context, commit) ? commit : []));
  const checked: CheckedCommit[] = [];
  for (let start = 0; start < commits.length; start += COMMITS_AT_ONCE) {
    const group = commits.slice(start, start + COMMITS_AT_ONCE);
    checked.push(...(await Promise.all(group.map((commit) => auditCommit(context, commit, head)))));
  }
  return checked;
}

/** Each commit must be in the index of every day that it added something to. */
async function auditIndex(
  { table, log }: AuditContext,
  checked: readonly CheckedCommit[],
  after: number,
  upTo: number,
) {
  const byDay = new Map<string, number[]>();
  for (const { commit } of checked) {
    for (const day of commit.deltas.keys()) byDay.set(day, [...(byDay.get(day) ?? []), commit.number]);
  }
  const findings: Finding[] = [];
  const lost: [string, number][] = [];
  await forEachAtOnce([...byDay], async ([day, numbers]) => {
    const pk = keys.dayIndex(log.tenant, day);
    const items = await table.query({ pk, after: padNumber(after), upTo: padNumber(upTo) });
    const indexed = new Set(items.map(({ sk }) => Number(sk)));
    for (const number of numbers) {
      if (indexed.has(number)) continue;
      lost.push([day, number]);
      findings.push({
        kind: 'missing_index',
        where: `index of ${day}, commit ${number}`,
        expected: 'an index item',
        found: 'nothing',
        mend: async () => (await table.put({ pk, sk: padNumber(number) })) === 'written',
      });
    }
  });
  return { findings: sortFindings(findings), lost };
}

async function auditPages(
  context: AuditContext,
  checked: readonly CheckedCommit[],
  stretch: {
    readonly after: number;
    readonly upTo: number;
    readonly reads: readonly LogRead[];
    readonly lostPages: AuditProgress['lostPages'];
  },
) {
  const { after, upTo } = stretch;
  const reads = new Map(stretch.reads.map((read) => [read.number, read]));
  const bySlot = new Map<number, Map<number, Uint8Array | null>>();
  for (const { commit, pages } of checked) {
    for (const [slot, page] of pages) {
      bySlot.set(slot, (bySlot.get(slot) ?? new Map<number, Uint8Array | null>()).set(commit.number, page));
    }
  }
  const findings: Finding[] = [];
  const lost: [number, number][] = [];
  await forEachAtOnce([...bySlot], async ([slot, expected]) => {
    const lostBefore = stretch.lostPages.filter(([of]) => of === slot).map(([, number]) => number);
    const check: SlotCheck = await auditSlot(context, slot, { after, upTo, reads, expected, lost: lostBefore });
    findings.push(...check.findings);
    for (const number of check.lost) lost.push([slot, number]);
  });
  return { findings: sortFindings(findings), lost };
}

/** Side by side they come in any order; whoever compares two audits wants one. */
function sortFindings(findings: readonly Finding[]): Finding[] {
  return findings.toSorted((a, b) => (a.where < b.where ? -1 : a.where > b.where ? 1 : 0));
}
