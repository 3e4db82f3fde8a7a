import { keys, padNumber } from '../../../contracts/table-keys.ts';
import { addDays, nextMonth } from '../../../domain/local-time.ts';
import { type AuditContext, type Finding, isInWindow } from './audit-context.ts';
import { type FoldScope, RowFold } from './audit-fold.ts';
import { findEnd, type LogRead, readOne, readWithGaps } from './audit-log-reader.ts';
import { type AuditProgress, type AuditStep, carry, nextPhase } from './audit-progress.ts';
import { checkRows } from './audit-row-check.ts';
import { monthOf } from './commit-codec.ts';
import { forEachAtOnce } from './known-ids.ts';

/** Commits that are folded together, sums that a fold holds, and months that one part looks at, at the most. */
export interface RowLimits {
  readonly commits: number;
  readonly sums: number;
  readonly months: number;
}

/** About 30 MB of sums. */
export const ROW_LIMITS: RowLimits = { commits: 4_000, sums: 200_000, months: 12 };

/** Indexes name single commits; so many that they leave out are read along, which is one request instead of two. */
const READ_ALONG = 8;

/**
 * Which rows are next: those of a month all at once, or where that is too much, its days from one on, and then the
 * row of the month itself, either perhaps for some leaves only.
 */
interface Position {
  readonly month: string;
  readonly part: 'all' | 'days' | 'month';
  readonly day: string;
  readonly fromShard: number;
  /** How many days are taken together, at the most. */
  readonly maxDays: number;
  /** Shards taken together, at the most; 0 = all. */
  readonly maxShards: number;
}

/** What one look at a position came to. */
interface Look {
  readonly findings: readonly Finding[];
  readonly rollups: number;
  readonly commits: number;
  readonly untold: readonly number[];
  readonly next: Position | undefined;
}

const NOTHING_SEEN = { findings: [], rollups: 0, commits: 0, untold: [] };

/**
 * Compares rows with the fold of the commits that the index of their days names, from the month before the first that
 * a commit is about to the month behind the last, so that rows no commit is about are found too.
 */
export async function auditRows(
  context: AuditContext,
  progress: AuditProgress,
  limits: RowLimits = ROW_LIMITS,
): Promise<AuditStep<Finding>> {
  const [first, last] = monthsOf(context, progress);
  const done: AuditStep<Finding> = { entries: 0, rollups: 0, findings: [], phaseRatio: 1 };
  const behind = nextPhase(progress);
  if (progress.firstDay === '' || first > last) return { ...done, ...(behind ? { next: behind } : {}) };
  if (progress.isOverfull) {
    const found = 'so much of the log or the indexes is broken that rows cannot be compared';
    const finding: Finding = { kind: 'unchecked_rows', where: 'all rows', expected: 'a whole log', found };
    return { ...done, findings: [finding], ...(behind ? { next: behind } : {}) };
  }
  let position: Position | undefined =
    progress.after === '' ? startOf(first) : (JSON.parse(progress.after) as Position);
  let carried = progress;
  const findings: Finding[] = [];
  let [rollups, commits] = [0, 0];
  for (let looks = 0; position && looks < limits.months && commits < limits.commits; looks++) {
    const look: Look = await lookAt(context, carried, position, last, limits);
    findings.push(...look.findings);
    rollups += look.rollups;
    commits += look.commits;
    carried = carry(carried, { untold: look.untold });
    position = look.next;
  }
  const next = position ? { ...carried, after: JSON.stringify(position) } : nextPhase(carried);
  const phaseRatio = position ? monthsBetween(first, position.month) / (monthsBetween(first, last) + 1) : 1;
  return { entries: 0, rollups, findings, phaseRatio, ...(next ? { next } : {}) };
}

function monthsOf({ window }: AuditContext, { firstDay, lastDay }: AuditProgress): readonly [string, string] {
  if (firstDay === '') return ['', ''];
  const first = monthOf(addDays(`${monthOf(firstDay)}-01`, -1));
  const last = nextMonth(monthOf(lastDay));
  if (!window) return [first, last];
  const [from, to] = [monthOf(window.fromDay), monthOf(addDays(window.toDay, -1))];
  return [from > first ? from : first, to < last ? to : last];
}

const startOf = (month: string): Position => ({
  month,
  part: 'all',
  day: `${month}-01`,
  fromShard: 0,
  maxDays: 31,
  maxShards: 0,
});

function monthsBetween(from: string, to: string): number {
  const [a = 0, b = 0, c = 0, d = 0] = [...from.split('-'), ...to.split('-')].map(Number);
  return (c - a) * 12 + d - b;
}

async function lookAt(
  context: AuditContext,
  progress: AuditProgress,
  position: Position,
  lastMonth: string,
  limits: RowLimits,
): Promise<Look> {
  const { month, part, fromShard, maxShards } = position;
  // The head comes first: whatever the rows hold of later commits, they say so by their own `upTo`.
  const head = await findEnd(context.table, context.log);
  const ofMonth = daysOf(month);
  const inWindow = ofMonth.filter((day) => isInWindow(context, day));
  const isWholeMonth = inWindow.length === ofMonth.length;
  const index = await readIndex(context, progress, inWindow);
  const isTold = (day: string) => !progress.untold.some((number) => index.get(day)?.has(number));
  const days = part === 'days' ? chooseDays(position, inWindow, index, limits) : inWindow;
  const told = days.filter(isTold);
  const numbers = unite(told.map((day) => index.get(day) ?? new Set()));
  const asDays: Position = { ...position, part: 'days' };
  if (part === 'all' && (!isWholeMonth || numbers.length > limits.commits)) return { ...NOTHING_SEEN, next: asDays };
  const withMonth = part !== 'days' && isWholeMonth && told.length === days.length;
  const wanted: FoldScope = {
    days: new Set(part === 'month' ? [] : told),
    ...(withMonth ? { month } : {}),
    fromShard,
    toShard: maxShards === 0 ? Number.POSITIVE_INFINITY : fromShard + maxShards,
  };
  const walk = await foldNumbers(context, index, numbers, head, wanted, limits);
  if (walk.untold.length > 0) return { ...NOTHING_SEEN, ...walk, next: position };
  const { highestShard } = walk.fold;
  if (walk.isTooLarge) {
    const next = part === 'all' ? asDays : narrow(position, days.length, highestShard);
    return { ...NOTHING_SEEN, commits: numbers.length, next };
  }
  const isLastShard = wanted.toShard > highestShard;
  const scope = isLastShard ? { ...wanted, toShard: Number.POSITIVE_INFINITY } : wanted;
  const isFirst = isWholeMonth && days[0] === inWindow[0];
  const isLast = isWholeMonth && days.at(-1) === inWindow.at(-1);
  const canMend = progress.untold.length === 0;
  const { rollups, findings } = await checkRows(
    context,
    walk.fold,
    head,
    { scope, month, days, isFirst, isLast },
    canMend,
  );
  const behind = month < lastMonth ? startOf(nextMonth(month)) : undefined;
  const next = isLastShard
    ? following(position, days, inWindow, isWholeMonth, behind)
    : { ...position, fromShard: fromShard + maxShards };
  const strangers = part === 'month' || fromShard > 0 ? [] : walk.findings;
  return { findings: [...strangers, ...findings], rollups, commits: numbers.length, untold: [], next };
}

function daysOf(month: string): string[] {
  const days: string[] = [];
  for (let day = `${month}-01`; monthOf(day) === month; day = addDays(day, 1)) days.push(day);
  return days;
}

/** Commits that each day's index names, and those that it is known to lack. */
async function readIndex(
  { table, log }: AuditContext,
  { lostIndex }: AuditProgress,
  days: readonly string[],
): Promise<Map<string, Set<number>>> {
  const index = new Map<string, Set<number>>();
  await forEachAtOnce(days, async (day) => {
    const items = await table.query({ pk: keys.dayIndex(log.tenant, day) });
    const lost = lostIndex.filter(([of]) => of === day).map(([, number]) => number);
    index.set(day, new Set([...items.map(({ sk }) => Number(sk)), ...lost]));
  });
  return index;
}

/** The days from the position's on that can be folded together. */
function chooseDays(
  { day, maxDays }: Position,
  all: readonly string[],
  index: ReadonlyMap<string, ReadonlySet<number>>,
  limits: RowLimits,
): string[] {
  const days: string[] = [];
  for (const next of all.filter((each) => each >= day).slice(0, maxDays)) {
    const numbers = unite([...days, next].map((each) => index.get(each) ?? new Set()));
    if (days.length > 0 && numbers.length > limits.commits) break;
    days.push(next);
  }
  return days;
}

function unite(sets: readonly ReadonlySet<number>[]): number[] {
  return [...new Set(sets.flatMap((set) => [...set]))].sort((a, b) => a - b);
}

/** A smaller piece of what was too large: half the days, and of a single day half the leaves. */
function narrow(position: Position, days: number, highestShard: number): Position {
  if (position.part === 'days' && days > 1) return { ...position, maxDays: Math.floor(days / 2) };
  const shards = position.maxShards === 0 ? highestShard + 1 - position.fromShard : position.maxShards;
  return { ...position, maxShards: Math.max(1, Math.floor(shards / 2)) };
}

/** What comes behind the last leaves of some days, or of the month. */
function following(
  position: Position,
  days: readonly string[],
  all: readonly string[],
  isWholeMonth: boolean,
  behind: Position | undefined,
): Position | undefined {
  if (position.part !== 'days') return behind;
  const next = all[all.indexOf(days.at(-1) ?? '') + 1];
  if (next !== undefined) return { ...position, day: next, fromShard: 0, maxShards: 0 };
  return isWholeMonth ? { ...position, part: 'month', fromShard: 0, maxShards: 0 } : behind;
}

/** Folds the commits that the index of some days names, and tells of index items that no commit is behind. */
async function foldNumbers(
  context: AuditContext,
  index: ReadonlyMap<string, ReadonlySet<number>>,
  numbers: readonly number[],
  head: number,
  scope: FoldScope,
  limits: RowLimits,
) {
  const { table, log } = context;
  const fold = new RowFold(log.tenant, scope);
  const findings: Finding[] = [];
  const untold: number[] = [];
  for await (const { number, commit } of readNumbers(context, numbers, head)) {
    if (!commit) {
      untold.push(number);
      findings.push({
        kind: 'missing_commit',
        where: `commit ${number}`,
        expected: 'a commit, as an index says',
        found: 'nothing',
      });
      continue;
    }
    for (const day of scope.days) {
      if (commit.deltas.has(day) || !index.get(day)?.has(number)) continue;
      const mend = async () =>
        (await table.delete({ pk: keys.dayIndex(log.tenant, day), sk: padNumber(number) })) === 'deleted';
      const where = `index of ${day}, commit ${number}`;
      findings.push({ kind: 'foreign_index', where, expected: 'nothing', found: 'an index item', mend });
    }
    if (number <= head) fold.add(commit);
    if (fold.size > limits.sums && scope.toShard - scope.fromShard > 1)
      return { fold, findings, untold, isTooLarge: true };
  }
  return { fold, findings, untold, isTooLarge: false };
}

/** Single commits, those that lie close together with one request. Commits behind the head are read one by one. */
async function* readNumbers(
  { table, log }: AuditContext,
  numbers: readonly number[],
  head: number,
): AsyncIterable<LogRead> {
  for (let start = 0; start < numbers.length; ) {
    const first = numbers[start] ?? 0;
    if (first > head) {
      yield await readOne(log, first);
      start += 1;
      continue;
    }
    let end = start;
    for (; end + 1 < numbers.length; end++) {
      const [here = 0, next = 0] = [numbers[end], numbers[end + 1]];
      if (next > head || next - here > READ_ALONG) break;
    }
    const wanted = new Set(numbers.slice(start, end + 1));
    for await (const read of readWithGaps(table, log.tenant, first - 1, numbers[end] ?? first)) {
      if (wanted.has(read.number)) yield read;
    }
    start = end + 1;
  }
}
