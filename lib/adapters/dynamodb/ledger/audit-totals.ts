import type { StoredBudget } from '../../../app/alert-ports.ts';
import type { Leaf } from '../../../contracts/dimensions.ts';
import { keys, padNumber } from '../../../contracts/table-keys.ts';
import type { Budget } from '../../../domain/budget.ts';
import { findPeriod } from '../../../domain/budget-period.ts';
import { createLeafMatcher } from '../../../domain/budget-scope.ts';
import type { BudgetTotals } from '../../../domain/budget-total.ts';
import { TableBudgetStore } from '../budget-store.ts';
import { type AuditContext, damageOf, type Finding } from './audit-context.ts';
import { findEnd, readWithGaps } from './audit-log-reader.ts';
import { type AuditProgress, type AuditStep, nextPhase } from './audit-progress.ts';
import { eachDelta, monthOf } from './commit-codec.ts';

/** Budgets whose totals are folded together: their sums travel in the cursor. */
const BUDGETS_AT_ONCE = 10;

/** Commits that one part folds. */
const COMMITS_PER_PART = 2_000;

/** Tries of one budget's totals: each is lost only to an evaluation in between. */
const MAX_TRIES = 20;

/** A budget whose totals are being folded anew. Money as decimal text: this travels in the cursor. */
interface Watch {
  readonly name: string;
  readonly version: number;
  /** The totals as they were read: commit number, and picoUSD by period. */
  readonly number: number;
  readonly found: Readonly<Record<string, string>>;
  readonly folded: Readonly<Record<string, string>>;
}

interface Position {
  /** Budgets before these are done. */
  readonly first: number;
  readonly after: number;
  readonly watches: readonly Watch[];
}

/**
 * Checks the running totals of budgets: each period's must be the sum, over all commits up to the number that the
 * totals carry, of what the budget is about. Nothing is said of totals that hold a commit which cannot be read.
 */
export async function auditTotals(context: AuditContext, progress: AuditProgress): Promise<AuditStep<Finding>> {
  const store = new TableBudgetStore(context.table);
  const budgets = (await store.list(context.tenant.tenant)).filter(({ isRemoved }) => !isRemoved);
  const behind = nextPhase(progress);
  const done = { entries: 0, rollups: 0, findings: [], phaseRatio: 1, ...(behind ? { next: behind } : {}) };
  const start: Position = progress.after === '' ? { first: 0, after: 0, watches: [] } : JSON.parse(progress.after);
  if (start.first >= budgets.length) return done;
  const group = budgets.slice(start.first, start.first + BUDGETS_AT_ONCE);
  const begun =
    start.after === 0 ? await beginWatches(context, store, group) : { watches: start.watches, findings: [] };
  const last = Math.min(
    Math.max(0, ...begun.watches.map(({ number }) => number)),
    await findEnd(context.table, context.log),
  );
  const upTo = Math.min(last, start.after + COMMITS_PER_PART);
  const sums = begun.watches.map(
    ({ folded }) => new Map(Object.entries(folded).map(([k, v]) => [k, BigInt(v)] as const)),
  );
  const rules = begun.watches.map((watch, index) => ({
    budget: group.find(({ budget }) => budget.name === watch.name && budget.version === watch.version)?.budget,
    number: watch.number,
    sums: sums[index] ?? new Map<string, bigint>(),
  }));
  await fold(context, rules, start.after, upTo);
  const watches = begun.watches.map((watch, index) => ({ ...watch, folded: toTexts(sums[index] ?? new Map()) }));
  const share = (part: number) => (start.first + group.length * part) / budgets.length;
  if (upTo < last) {
    const after = JSON.stringify({ ...start, after: upTo, watches } satisfies Position);
    return { ...done, findings: begun.findings, phaseRatio: share(upTo / last), next: { ...progress, after } };
  }
  const findings = [...begun.findings, ...watches.flatMap((watch) => judge(context, store, progress, group, watch))];
  const first = start.first + group.length;
  if (first >= budgets.length) return { ...done, findings };
  const after = JSON.stringify({ first, after: 0, watches: [] } satisfies Position);
  return { ...done, findings, phaseRatio: share(1), next: { ...progress, after } };
}

async function beginWatches({ table, tenant }: AuditContext, store: TableBudgetStore, group: readonly StoredBudget[]) {
  const watches: Watch[] = [];
  const findings: Finding[] = [];
  for (const { budget } of group) {
    try {
      const totals = await store.totals(tenant.tenant, budget);
      if (!totals) continue;
      const periods = [...totals.spentPicoUsd.keys()];
      const folded = Object.fromEntries(periods.map((period) => [period, '0']));
      const { name, version } = budget;
      watches.push({ name, version, number: totals.number, found: toTexts(totals.spentPicoUsd), folded });
    } catch (cause) {
      const found = damageOf(cause);
      const key = { pk: keys.budgetTotals(tenant.tenant), sk: `${budget.id}#${padNumber(budget.version)}` };
      // Without them the next evaluation begins at the commit that the budget was made at.
      const mend = async () => (await table.delete(key)) === 'deleted';
      const where = `running total of budget ${budget.name}`;
      findings.push({ kind: 'wrong_running_total', where, expected: 'readable totals', found, mend });
    }
  }
  return { watches, findings };
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
  group: readonly StoredBudget[],
  watch: Watch,
): Finding[] {
  const budget = group.find(({ budget: each }) => each.name === watch.name && each.version === watch.version)?.budget;
  const wrong = Object.keys(watch.found).filter((period) => watch.found[period] !== watch.folded[period]);
  // A budget that was changed meanwhile has other totals by now.
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
    // Periods that are new, or a number that went back, are for another round to look at.
    if (!totals || totals.number < at || totals.spentPicoUsd.size !== sums.size) return false;
    await fold(
      context,
      [{ budget, number: totals.number, sums }],
      at,
      Math.min(totals.number, await findEnd(context.table, context.log)),
    );
    at = totals.number;
    const right: BudgetTotals = { number: at, spentPicoUsd: sums };
    if ((await store.saveTotals(context.tenant.tenant, budget, right, at)) === 'saved') return true;
  }
  return false;
}

function toTexts(sums: ReadonlyMap<string, bigint>): Record<string, string> {
  return Object.fromEntries([...sums].map(([period, picoUsd]) => [period, picoUsd.toString()]));
}
