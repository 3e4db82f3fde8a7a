import type { StoredBudget } from '../../../app/budgets/budget-ports.ts';
import type { Budget } from '../../../domain/budgets/budget.ts';
import { type BudgetTotals, createFoldRule, type FoldRule } from '../../../domain/budgets/budget-total.ts';
import { TableBudgetStore, totalsKey } from '../budget-store.ts';
import { type AuditContext, damageOf, type Finding } from './audit-context.ts';
import { findEnd, readWithGaps } from './audit-log-reader.ts';
import { type AuditProgress, type AuditStep, nextPhase } from './audit-progress.ts';
import { findRanges, keyOf, listSums, type PartRange, toSums, toTexts, withSums } from './audit-sums.ts';
import { eachDelta, monthOf } from './commit-codec.ts';

/** Sums (by period and part of a budget) that are folded together, and commits that one step folds, at the most. */
export interface TotalLimits {
  readonly sums: number;
  readonly commits: number;
}

/** Sums travel in the cursor, about 100 bytes each. */
const TOTAL_LIMITS: TotalLimits = { sums: 300, commits: 2_000 };

/** Tries of one budget's totals: each is lost only to an evaluation in between. */
const MAX_TRIES = 20;

/** Some sums of a budget that are folded anew. Amounts as decimal text: this travels in the cursor. */
interface Watch {
  readonly name: string;
  readonly version: number;
  /** The totals as they were read: commit number, and sums by the keys of {@link keyOf}. */
  readonly number: number;
  readonly found: Readonly<Record<string, string>>;
  readonly folded: Readonly<Record<string, string>>;
  /** By period, which of its parts are watched. */
  readonly ranges: Readonly<Record<string, PartRange>>;
}

/** A budget of the list, and a sum of it in order: those before are done. */
interface Place {
  readonly budget: number;
  readonly sum: number;
}

/** What is folded together, and what comes behind it. */
interface Group {
  readonly watches: readonly Watch[];
  readonly behind: Place;
}

interface Position {
  readonly from: Place;
  /** Commits up to here are folded. */
  readonly after: number;
  /** Absent before its first part. */
  readonly group?: Group;
}

/**
 * Checks the running totals of budgets: each period's must be the sum, over all commits up to the number that the
 * totals carry, of what the budget is about. Nothing is said of totals that hold a commit which cannot be read.
 */
export async function auditTotals(
  context: AuditContext,
  progress: AuditProgress,
  limits: TotalLimits = TOTAL_LIMITS,
): Promise<AuditStep<Finding>> {
  const store = new TableBudgetStore(context.table);
  const budgets = (await store.list(context.tenant.tenant)).filter(({ isRemoved }) => !isRemoved);
  const behind = nextPhase(progress);
  const done = { entries: 0, rollups: 0, findings: [], phaseRatio: 1, ...(behind ? { next: behind } : {}) };
  const start: Position =
    progress.after === '' ? { from: { budget: 0, sum: 0 }, after: 0 } : JSON.parse(progress.after);
  if (start.from.budget >= budgets.length) return done;
  const found: Finding[] = [];
  const group = start.group ?? (await beginGroup(context, store, progress, budgets, start.from, limits, found));
  const end = await findEnd(context.table, context.log);
  const last = Math.min(Math.max(0, ...group.watches.map(({ number }) => number)), end);
  const upTo = Math.min(last, start.after + limits.commits);
  const watches = await foldWatches(context, budgets, group.watches, start.after, upTo);
  const ratioAt = (part: number) =>
    (start.from.budget + (group.behind.budget - start.from.budget) * part) / budgets.length;
  if (upTo < last) {
    const position: Position = { ...start, after: upTo, group: { ...group, watches } };
    const next = { ...progress, after: JSON.stringify(position) };
    return { ...done, findings: found, phaseRatio: ratioAt(upTo / last), next };
  }
  const findings = [...found, ...watches.flatMap((watch) => judge(context, store, progress, budgets, watch))];
  if (group.behind.budget >= budgets.length) return { ...done, findings };
  const position: Position = { from: group.behind, after: 0 };
  return { ...done, findings, phaseRatio: ratioAt(1), next: { ...progress, after: JSON.stringify(position) } };
}

/** Reads the totals of the next budgets, as many sums as are folded together. */
async function beginGroup(
  context: AuditContext,
  store: TableBudgetStore,
  progress: AuditProgress,
  budgets: readonly StoredBudget[],
  from: Place,
  limits: TotalLimits,
  findings: Finding[],
): Promise<Group> {
  const watches: Watch[] = [];
  let [room, end] = [limits.sums, 0];
  let place = from;
  for (const { budget } of budgets.slice(from.budget)) {
    const totals = await readTotals(context, store, budget, place.sum === 0 ? findings : []);
    // Read behind the totals: nobody can have folded what comes later.
    if (totals && totals.number > end) end = await findEnd(context.table, context.log, end);
    const isOfLog = totals && totals.number >= 0 && totals.number <= end;
    if (totals && !isOfLog && progress.untold.length === 0) findings.push(strayTotals(context, budget, totals, end));
    const all = isOfLog ? listSums(totals) : [];
    const taken = all.slice(place.sum, place.sum + room);
    if (isOfLog && taken.length > 0) {
      const { name, version } = budget;
      const found = Object.fromEntries(taken.map(({ period, part, sum }) => [keyOf(period, part), sum.toString()]));
      const folded = Object.fromEntries(Object.keys(found).map((key) => [key, '0']));
      const ranges = findRanges(taken, all[place.sum - 1], all[place.sum + room]);
      watches.push({ name, version, number: totals.number, found, folded, ranges });
    }
    room -= taken.length;
    const isWhole = place.sum + taken.length >= all.length;
    place = isWhole ? { budget: place.budget + 1, sum: 0 } : { budget: place.budget, sum: place.sum + taken.length };
    if (room === 0) break;
  }
  return { watches, behind: place };
}

async function readTotals(
  { table, tenant }: AuditContext,
  store: TableBudgetStore,
  budget: Budget,
  findings: Finding[],
): Promise<BudgetTotals | undefined> {
  try {
    return await store.totals(tenant.tenant, budget);
  } catch (cause) {
    const found = damageOf(cause);
    // Without them the next evaluation begins at the commit that the budget was made at.
    const mend = async () => (await table.delete(totalsKey(tenant.tenant, budget))) === 'deleted';
    const where = `running total of budget ${budget.name}`;
    findings.push({ kind: 'wrong_running_total', where, expected: 'readable totals', found, mend });
    return undefined;
  }
}

/** Totals that carry a number which no commit has: evaluations would leave out all calls up to it, or count some again. */
function strayTotals({ table, tenant }: AuditContext, budget: Budget, { number }: BudgetTotals, end: number): Finding {
  const condition = { attribute: 'number', equals: BigInt(number) };
  return {
    kind: 'wrong_running_total',
    where: `running total of budget ${budget.name} at commit ${number}`,
    expected: `at commit ${end} or before`,
    found: `at commit ${number}`,
    mend: async () => (await table.delete(totalsKey(tenant.tenant, budget), condition)) === 'deleted',
  };
}

async function foldWatches(
  context: AuditContext,
  budgets: readonly StoredBudget[],
  watches: readonly Watch[],
  after: number,
  upTo: number,
): Promise<Watch[]> {
  const folds = watches.map((watch) => ({ ...watch, budget: findBudget(budgets, watch), sums: toSums(watch.folded) }));
  await fold(context, folds, after, upTo);
  return watches.map((watch, index) => ({ ...watch, folded: toTexts(folds[index]?.sums ?? new Map()) }));
}

/** A watched budget as it is now; `undefined` where it was changed or removed meanwhile: it has other totals by now. */
function findBudget(budgets: readonly StoredBudget[], { name, version }: Watch): Budget | undefined {
  return budgets.find(({ budget }) => budget.name === name && budget.version === version)?.budget;
}

interface WatchFold extends Pick<Watch, 'number' | 'ranges'> {
  readonly budget: Budget | undefined;
  /** By key; those of parts that are met on the way are added. */
  readonly sums: Map<string, bigint>;
}

async function fold(
  { table, log, dictionaries, tenant }: AuditContext,
  folds: readonly WatchFold[],
  after: number,
  upTo: number,
): Promise<void> {
  const active = folds.flatMap(({ budget, ...rest }) => {
    if (!budget) return [];
    const rule = createFoldRule(budget, tenant.tagDimensions);
    return [{ ...rest, rule, known: new Map<string, string | undefined>() }];
  });
  const findPart = async (rule: FoldRule, month: string, leafNumber: number): Promise<string | undefined> => {
    try {
      return rule.partOf(await dictionaries.leaf(tenant.tenant, month, leafNumber));
    } catch (cause) {
      damageOf(cause);
      // Leaves that are lost are told of by themselves, and totals are not judged then.
      return undefined;
    }
  };
  for await (const { commit } of readWithGaps(table, log.tenant, after, upTo)) {
    for (const { day, leafNumber, sums } of eachDelta(commit?.deltas ?? new Map())) {
      if (!commit) continue;
      const cost = sums.get('cost') ?? 0n;
      const tokens = (sums.get('input_tokens') ?? 0n) + (sums.get('output_tokens') ?? 0n);
      for (const { number, sums: spent, rule, ranges, known } of active) {
        const amount = rule.unit === 'tokens' ? tokens : cost;
        const period = rule.periodOf(day);
        const range = period === undefined ? undefined : ranges[period];
        if (period === undefined || range === undefined || amount === 0n || commit.number > number) continue;
        const leafId = `${monthOf(day)} ${leafNumber}`;
        if (!known.has(leafId)) known.set(leafId, await findPart(rule, monthOf(day), leafNumber));
        const part = known.get(leafId);
        if (part === undefined || part < range[0] || (range[1] !== null && part >= range[1])) continue;
        const key = keyOf(period, part);
        spent.set(key, (spent.get(key) ?? 0n) + amount);
      }
    }
  }
}

function judge(
  context: AuditContext,
  store: TableBudgetStore,
  { untold, lostLeaves }: AuditProgress,
  budgets: readonly StoredBudget[],
  watch: Watch,
): Finding[] {
  const budget = findBudget(budgets, watch);
  const wrong = Object.keys(watch.folded).filter((key) => (watch.found[key] ?? '0') !== watch.folded[key]);
  const isUnknown = lostLeaves.length > 0 || untold.some((number) => number <= watch.number);
  if (!budget || wrong.length === 0 || isUnknown) return [];
  const unit = budget.amount.unit === 'tokens' ? 'tokens' : 'picoUSD';
  const say = (sums: Readonly<Record<string, string>>) =>
    wrong.map((key) => `${key}=${sums[key] ?? '0'} ${unit}`).join(', ');
  return [
    {
      kind: 'wrong_running_total',
      where: `running total of budget ${watch.name} at commit ${watch.number}`,
      expected: say(watch.folded),
      found: say(watch.found),
      mend: () => mendTotals(context, store, budget, watch),
    },
  ];
}

/** Puts a budget's totals back over the number that was read, after folding what was committed since. */
async function mendTotals(
  context: AuditContext,
  store: TableBudgetStore,
  budget: Budget,
  watch: Watch,
): Promise<boolean> {
  const sums = toSums(watch.folded);
  let at = watch.number;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const totals = await store.totals(context.tenant.tenant, budget);
    // Periods that are gone, or a number that went back, are for another round to look at.
    if (!totals || totals.number < at || Object.keys(watch.ranges).some((period) => !totals.spent.has(period)))
      return false;
    await fold(
      context,
      [{ budget, number: totals.number, sums, ranges: watch.ranges }],
      at,
      Math.min(totals.number, await findEnd(context.table, context.log)),
    );
    at = totals.number;
    const right: BudgetTotals = { number: at, spent: withSums(totals.spent, sums, budget.each !== null) };
    if ((await store.saveTotals(context.tenant.tenant, budget, right, at)) === 'saved') return true;
  }
  return false;
}
