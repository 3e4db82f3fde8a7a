import type { Budget } from '../../domain/budgets/budget.ts';
import { amountOf } from '../../domain/budgets/budget.ts';
import { type BudgetRoom, compareUse, hasRoom } from '../../domain/budgets/budget-room.ts';
import { listScopeNames, type ScopeFilter } from '../../domain/budgets/budget-scope.ts';
import { type BudgetTotals, WHOLE } from '../../domain/budgets/budget-total.ts';
import type { AmountUnit } from '../../domain/budgets/periods/amount-plan.ts';
import { type BudgetPeriod, findBudgetPeriod } from '../../domain/budgets/periods/find-period.ts';
import { judgeCoverage } from '../../domain/budgets/scope-meeting.ts';
import type { TenantConfig } from '../ports.ts';
import { InvalidRequestError } from '../request-errors.ts';
import type { FreshnessReader } from '../spend/query-completeness.ts';
import { findZone } from '../zones.ts';
import { beginTotals } from './evaluate-budgets.ts';
import { advanceTotals, type BudgetStanding, dropOldPeriods } from './evaluate-budgets-totals.ts';
import { type BudgetPorts, listBudgets } from './manage-budgets.ts';

/** What a warm function remembers of a tenant between checks. */
export interface CheckMemory {
  /** Budgets that are not paused, by id, with totals that were read consistently or folded from committed commits. */
  readonly standings: ReadonlyMap<string, BudgetStanding>;
  /** When the budgets were read. */
  readonly listedMs: number;
  /** What the ledger last told of its freshness, and when it was asked. */
  readonly asOfMs: number;
  readonly askedMs: number;
}

/** What checking budgets takes. */
export interface CheckPorts extends BudgetPorts {
  readonly readFreshness: FreshnessReader;
  /** Kept between the requests of a warm function, by tenant; an empty map at cold start. */
  readonly memory: Map<string, CheckMemory>;
}

/** A call that is about to be made. */
export interface CheckQuestion {
  /** What is known of it, by dimension or `tags.<name>`. */
  readonly dimensions: ScopeFilter;
  /** What it is thought to take, in the unit; 0 where that is not known. */
  readonly estimates: Readonly<Record<AmountUnit, bigint>>;
  /** Whole percent of an amount at which calls are to stop, from 1. */
  readonly limitPercent: number;
}

/** A running total that counts the call; amounts in the budget's unit. */
export interface CheckedBudget extends BudgetRoom {
  readonly budget: Budget;
  readonly period: BudgetPeriod;
  /** The part that the call belongs to; '' without `each`. */
  readonly part: string;
  readonly isAllowing: boolean;
}

/** Whether a call may be made, by what is spent. */
export interface BudgetCheck {
  /** False when one of the totals that count the call has no room for it. */
  readonly isAllowed: boolean;
  /** The totals that count the call: those without room first, then by the part of the amount that is used. */
  readonly counted: readonly CheckedBudget[];
  /** Budgets that depend on a dimension that was not given, with those dimensions. */
  readonly unknown: readonly { readonly budget: Budget; readonly lacking: readonly string[] }[];
  /** The totals stand at this commit. */
  readonly commit: number;
  /** Every message accepted before this moment is in the totals, or was given up. */
  readonly asOfMs: number;
}

/** Commits behind the ledger from which stored totals, which the sweep keeps every minute, are nearer than ours. */
const MAX_BEHIND_COMMITS = 100;

/** How old the budgets themselves may be: reading a hundred of them takes longer than bringing their totals forward. */
const MAX_BUDGETS_AGE_MS = 1_000;

/** How old the answer about freshness may be: it asks the queues, which takes longer than all the rest. */
const MAX_FRESHNESS_AGE_MS = 10_000;

/** Tenants that are remembered: those asked for last. */
const MAX_TENANTS = 100;

/**
 * Checks the budgets that a call would count for, by the actual spend. It reads the ledger's head and the commits since
 * the check before; the budgets once a second; stored totals where those are nearer, and sums of a period only when it
 * is new.
 *
 * @throws {@link InvalidRequestError} naming a dimension that the tenant does not keep
 */
export async function checkBudgets(
  ports: CheckPorts,
  tenant: TenantConfig,
  question: CheckQuestion,
): Promise<BudgetCheck> {
  checkDimensions(tenant, question.dimensions);
  const today = findZone(tenant.timeZone).localDay(ports.clock());
  const { standings, commit, asOfMs } = await refresh(ports, tenant, today);
  const counted: CheckedBudget[] = [];
  const unknown: { budget: Budget; lacking: readonly string[] }[] = [];
  for (const { budget, totals } of standings) {
    const period = findBudgetPeriod(budget.schedule, today);
    const coverage = judgeCoverage(budget.scope, question.dimensions);
    if (period === undefined || coverage === 'other') continue;
    const lacking = listLacking(budget, question.dimensions);
    if (lacking.length > 0) {
      unknown.push({ budget, lacking });
      continue;
    }
    const part = budget.each === null ? WHOLE : (question.dimensions[budget.each] ?? WHOLE);
    const room = { spent: totals.spent.get(period.name)?.get(part) ?? 0n, amount: amountOf(budget, period) };
    const isAllowing = hasRoom(room, question.limitPercent, question.estimates[budget.amount.unit]);
    counted.push({ budget, period, part, ...room, isAllowing });
  }
  counted.sort((a, b) => Number(a.isAllowing) - Number(b.isAllowing) || compareUse(a, b));
  return { isAllowed: counted.every(({ isAllowing }) => isAllowing), counted, unknown, commit, asOfMs };
}

function checkDimensions(tenant: TenantConfig, dimensions: ScopeFilter): void {
  const names = listScopeNames(tenant.tagDimensions);
  const issues = Object.entries(dimensions).flatMap(([field, value]) => {
    if (!names.includes(field)) return [{ field, expected: `a dimension: ${names.join(', ')}` }];
    return value === '' ? [{ field, expected: 'a value, or leave it out where it is not known' }] : [];
  });
  if (issues.length > 0) throw new InvalidRequestError(issues);
}

function listLacking({ scope, each }: Budget, dimensions: ScopeFilter): readonly string[] {
  const needed = [...Object.keys(scope), ...(each === null ? [] : [each])];
  return needed.filter((name) => dimensions[name] === undefined);
}

/** Brings what is remembered of a tenant to the ledger's head. */
async function refresh(
  ports: CheckPorts,
  tenant: TenantConfig,
  today: string,
): Promise<{ standings: readonly BudgetStanding[]; commit: number; asOfMs: number }> {
  const known = ports.memory.get(tenant.tenant);
  const [{ head, ...freshness }, { budgets, listedMs }] = await Promise.all([
    readHead(ports, tenant, known),
    readBudgets(ports, tenant, known),
  ]);
  const recalled = await Promise.all(
    budgets.map(async (budget): Promise<BudgetStanding> => {
      const standing = known?.standings.get(budget.id);
      const isNear = standing?.budget.version === budget.version && standing.totals.number >= head - MAX_BEHIND_COMMITS;
      return { budget, totals: isNear ? standing.totals : await readTotals(ports, tenant, budget) };
    }),
  );
  // Somebody may have stored totals of a later commit than the head that was read; all are to stand at the same one.
  const commit = Math.max(head, ...recalled.map(({ totals }) => totals.number));
  const advanced = await advanceTotals(ports.reader, tenant, recalled, commit, today);
  const standings = recalled.map(({ budget, totals }, index) => ({
    budget,
    totals: dropOldPeriods(budget, advanced[index]?.totals ?? totals, today),
  }));
  remember(ports.memory, tenant.tenant, {
    standings: new Map(standings.map((standing) => [standing.budget.id, standing])),
    listedMs,
    ...freshness,
  });
  return { standings, commit, asOfMs: freshness.asOfMs };
}

/** What the queues tell is true of every commit read after it, so it is asked for before the head is. */
async function readHead(
  ports: CheckPorts,
  tenant: TenantConfig,
  known: CheckMemory | undefined,
): Promise<Pick<CheckMemory, 'asOfMs' | 'askedMs'> & { readonly head: number }> {
  const nowMs = ports.clock();
  const isFresh = known !== undefined && nowMs - known.askedMs < MAX_FRESHNESS_AGE_MS;
  const { asOfMs, askedMs } = isFresh ? known : { ...(await ports.readFreshness(tenant)), askedMs: nowMs };
  return { asOfMs, askedMs, head: await ports.reader.head(tenant.tenant) };
}

async function readBudgets(
  ports: CheckPorts,
  tenant: TenantConfig,
  known: CheckMemory | undefined,
): Promise<{ readonly budgets: readonly Budget[]; readonly listedMs: number }> {
  const nowMs = ports.clock();
  if (known && nowMs - known.listedMs < MAX_BUDGETS_AGE_MS)
    return { budgets: [...known.standings.values()].map(({ budget }) => budget), listedMs: known.listedMs };
  const all = await listBudgets(ports, tenant);
  return { budgets: all.filter(({ paused }) => !paused), listedMs: nowMs };
}

async function readTotals({ budgets }: CheckPorts, tenant: TenantConfig, budget: Budget): Promise<BudgetTotals> {
  return (await budgets.totals(tenant.tenant, budget)) ?? beginTotals(budget);
}

function remember(memory: Map<string, CheckMemory>, tenant: string, known: CheckMemory): void {
  // A map keeps the order in which names were put in.
  memory.delete(tenant);
  memory.set(tenant, known);
  for (const oldest of memory.keys()) {
    if (memory.size <= MAX_TENANTS) return;
    memory.delete(oldest);
  }
}
