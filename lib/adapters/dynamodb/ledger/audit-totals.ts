import type { StoredBudget } from '../../../app/budgets/budget-ports.ts';
import type { Leaf } from '../../../contracts/dimensions.ts';
import type { Budget } from '../../../domain/budgets/budget.ts';
import { findPeriod } from '../../../domain/budgets/budget-period.ts';
import { createLeafMatcher } from '../../../domain/budgets/budget-scope.ts';
import type { BudgetTotals } from '../../../domain/budgets/budget-total.ts';
import { TableBudgetStore, totalsKey } from '../budget-store.ts';
import { type AuditContext, damageOf, type Finding } from './audit-context.ts';
import { findEnd, readWithGaps } from './audit-log-reader.ts';
import { type AuditProgress, type AuditStep, nextPhase } from './audit-progress.ts';
import { eachDelta, monthOf } from './commit-codec.ts';

/** Periods of budgets that are folded together, and commits that one part folds, at the most. */
export interface TotalLimits {
  readonly periods: number;
  readonly commits: number;
}

/** Sums of periods travel in the cursor, about 100 bytes each. */
const TOTAL_LIMITS: TotalLimits = { periods: 300, commits: 2_000 };

/** Tries of one budget's totals: each is lost only to an evaluation in between. */
const MAX_TRIES = 20;

/** Some periods of a budget whose totals are folded anew. Money as decimal text: this travels in the cursor. */
interface Watch {
  readonly name: string;
  readonly version: number;
  /** The totals as they were read: commit number, and picoUSD by period. */
  readonly number: number;
  readonly found: Readonly<Record<string, string>>;
  readonly folded: Readonly<Record<string, string>>;
}

/** A budget of the list, and a period of it: those before are done. */
interface Place {
  readonly budget: number;
  readonly period: number;
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
    progress.after === '' ? { from: { budget: 0, period: 0 }, after: 0 } : JSON.parse(progress.after);
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

/** Reads the totals of the next budgets, as many periods as are folded together. */
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
  let [room, end] = [limits.periods, 0];
  let place = from;
  for (const { budget } of budgets.slice(from.budget)) {
    const totals = await readTotals(context, store, budget, place.period === 0 ? findings : []);
    // Read behind the totals: nobody can have folded what comes later.
    if (totals && totals.number > end) end = await findEnd(context.table, context.log, end);
    const isOfLog = totals && totals.number >= 0 && totals.number <= end;
    if (totals && !isOfLog && progress.untold.length === 0) findings.push(strayTotals(context, budget, totals, end));
    const all = isOfLog ? [...totals.spentPicoUsd].sort(([a], [b]) => (a < b ? -1 : 1)) : [];
    const taken = all.slice(place.period, place.period + room);
    if (isOfLog && taken.length > 0) {
      const { name, version } = budget;
      const folded = Object.fromEntries(taken.map(([period]) => [period, '0']));
      watches.push({ name, version, number: totals.number, found: toTexts(new Map(taken)), folded });
    }
    room -= taken.length;
    const isWhole = place.period + taken.length >= all.length;
    place = isWhole
      ? { budget: place.budget + 1, period: 0 }
      : { budget: place.budget, period: place.period + taken.length };
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
  const rules = watches.map((watch) => ({
    budget: findBudget(budgets, watch),
    number: watch.number,
    sums: new Map(Object.entries(watch.folded).map(([period, text]) => [period, BigInt(text)] as const)),
  }));
  await fold(context, rules, after, upTo);
  return watches.map((watch, index) => ({ ...watch, folded: toTexts(rules[index]?.sums ?? new Map()) }));
}

/** A watched budget as it is now; `undefined` where it was changed or removed meanwhile: it has other totals by now. */
function findBudget(budgets: readonly StoredBudget[], { name, version }: Watch): Budget | undefined {
  return budgets.find(({ budget }) => budget.name === name && budget.version === version)?.budget;
}

interface Rule {
  readonly budget: Budget | undefined;
  /** Commits behind it are left out. */
  readonly number: number;
  /** By period; only those that are in it are summed. */
  readonly sums: Map<string, bigint>;
}

async function fold(
  { table, log, dictionaries, tenant }: AuditContext,
  rules: readonly Rule[],
  after: number,
  upTo: number,
): Promise<void> {
  const active = rules.flatMap(({ budget, ...rule }) => {
    if (!budget) return [];
    const matches = createLeafMatcher(budget.scope, tenant.tagDimensions);
    return [{ ...rule, period: budget.period, matches, known: new Map<string, boolean>() }];
  });
  const isOfLeaf = async (matches: (leaf: Leaf) => boolean, month: string, leafNumber: number): Promise<boolean> => {
    try {
      return matches(await dictionaries.leaf(tenant.tenant, month, leafNumber));
    } catch (cause) {
      damageOf(cause);
      // Leaves that are lost are told of by themselves, and totals are not judged then.
      return false;
    }
  };
  for await (const { commit } of readWithGaps(table, log.tenant, after, upTo)) {
    for (const { day, leafNumber, sums } of eachDelta(commit?.deltas ?? new Map())) {
      const cost = sums.get('cost');
      if (cost === undefined || !commit) continue;
      for (const { number, sums: spent, period, matches, known } of active) {
        const name = findPeriod(period, day);
        const before = spent.get(name);
        if (before === undefined || commit.number > number) continue;
        const leafId = `${monthOf(day)} ${leafNumber}`;
        const isMatch = known.get(leafId) ?? (await isOfLeaf(matches, monthOf(day), leafNumber));
        known.set(leafId, isMatch);
        if (isMatch) spent.set(name, before + cost);
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
  const wrong = Object.keys(watch.found).filter((period) => watch.found[period] !== watch.folded[period]);
  const isUnknown = lostLeaves.length > 0 || untold.some((number) => number <= watch.number);
  if (!budget || wrong.length === 0 || isUnknown) return [];
  const say = (sums: Readonly<Record<string, string>>) =>
    wrong.map((period) => `${period}=${sums[period]} picoUSD`).join(', ');
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
  const sums = new Map(Object.entries(watch.folded).map(([period, text]) => [period, BigInt(text)] as const));
  let at = watch.number;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const totals = await store.totals(context.tenant.tenant, budget);
    // Periods that are gone, or a number that went back, are for another round to look at.
    if (!totals || totals.number < at || [...sums.keys()].some((period) => !totals.spentPicoUsd.has(period)))
      return false;
    await fold(
      context,
      [{ budget, number: totals.number, sums }],
      at,
      Math.min(totals.number, await findEnd(context.table, context.log)),
    );
    at = totals.number;
    const right: BudgetTotals = { number: at, spentPicoUsd: new Map([...totals.spentPicoUsd, ...sums]) };
    if ((await store.saveTotals(context.tenant.tenant, budget, right, at)) === 'saved') return true;
  }
  return false;
}

function toTexts(sums: ReadonlyMap<string, bigint>): Record<string, string> {
  return Object.fromEntries([...sums].map(([period, picoUsd]) => [period, picoUsd.toString()]));
}
