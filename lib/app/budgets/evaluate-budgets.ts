import type { Budget } from '../../domain/budgets/budget.ts';
import type { BudgetTotals } from '../../domain/budgets/budget-total.ts';
import { addDays } from '../../domain/local-time.ts';
import type { PublishOutcome } from '../alerts/publish-alerts.ts';
import type { TenantConfig } from '../ports.ts';
import { findZone } from '../zones.ts';
import type { BudgetMemory, EvaluatePorts } from './budget-ports.ts';
import { type AdvancedTotals, advanceTotals, dropOldPeriods, LATE_DAYS } from './evaluate-budgets-totals.ts';
import { tellBudget } from './tell-budget.ts';

/** What one evaluation found and did. */
export interface EvaluationReport {
  /** Budgets that are neither removed nor paused, and whose last period can still change. */
  readonly budgets: number;
  /** The commit that every total stands at or beyond; 0 when there are no budgets. */
  readonly commit: number;
  /** Alerts claimed by this evaluation, each with how its publishing ended. */
  readonly alerts: readonly { readonly alertId: string; readonly outcome: PublishOutcome }[];
}

/** Some budgets of a tenant could not be evaluated; the others were. Evaluating again is safe. */
export class BudgetsNotEvaluatedError extends AggregateError {
  override readonly name = 'BudgetsNotEvaluatedError';
  readonly code = 'budgets/not-evaluated';
  readonly retryable = true;
}

/** Totals are stored when they run so many commits ahead of the stored ones: a restart folds no more than this again. */
const SAVE_EVERY_COMMITS = 20;

/** One evaluation of a tenant. */
interface Evaluation {
  readonly ports: EvaluatePorts;
  readonly tenant: TenantConfig;
  readonly today: string;
  readonly mode: 'lazy' | 'save';
}

/**
 * Brings every budget of a tenant up to the ledger's head, claims the thresholds crossed since, and those told earlier
 * that a correction took spend back below; and publishes what it claimed: one message per budget, period and part,
 * however many thresholds. Called at the end of every invocation that saw the tenant, also when all its calls were
 * duplicates, because an earlier one may have crashed before this point.
 *
 * @param mode - `save`: store totals whenever they moved (the sweep); `lazy`: only when they moved far
 * @throws {@link BudgetsNotEvaluatedError} when a budget failed; the sweep repeats it within a minute
 * @throws table errors when budgets or commits cannot be read
 */
export async function evaluateBudgets(
  ports: EvaluatePorts,
  tenant: TenantConfig,
  mode: 'lazy' | 'save' = 'lazy',
): Promise<EvaluationReport> {
  const evaluation: Evaluation = { ports, tenant, today: findZone(tenant.timeZone).localDay(ports.clock()), mode };
  const stored = await ports.budgets.list(tenant.tenant);
  const active = stored.filter(({ budget, isRemoved }) => !isRemoved && isActive(budget, evaluation.today));
  if (active.length === 0) return { budgets: 0, commit: 0, alerts: [] };
  const memories = await Promise.all(active.map(({ budget }) => recall(evaluation, budget)));
  const head = await ports.reader.head(tenant.tenant);
  const standings = active.map(({ budget }, index) => ({
    budget,
    totals: memories[index]?.totals ?? beginTotals(budget),
  }));
  const advanced = await advanceTotals(ports.reader, tenant, standings, head, evaluation.today);
  const settled = await Promise.allSettled(
    standings.map(({ budget, totals }, index) =>
      evaluateBudget(
        evaluation,
        budget,
        memories[index] ?? forget(budget),
        advanced[index] ?? { totals, mayHaveFallen: true },
      ),
    ),
  );
  const failures = settled.filter((result) => result.status === 'rejected').map(({ reason }) => reason as unknown);
  if (failures.length > 0)
    throw new BudgetsNotEvaluatedError(failures, `${failures.length} budgets of ${tenant.tenant} not evaluated`);
  const alerts = settled.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
  return { budgets: active.length, commit: head, alerts };
}

/** Totals of a budget that nothing was folded into yet. */
export function beginTotals(budget: Budget): BudgetTotals {
  return { number: budget.sinceCommit, spent: new Map() };
}

/** Calls are accepted into the last period of a budget for some days after its end. */
function isActive({ paused, schedule }: Budget, today: string): boolean {
  return !paused && (schedule.toDay === undefined || today <= addDays(schedule.toDay, LATE_DAYS));
}

function memoryKey({ tenant }: Evaluation, budget: Budget): string {
  return `${tenant.tenant}#${budget.id}`;
}

function forget(budget: Budget): BudgetMemory {
  const { version } = budget;
  return { version, totals: beginTotals(budget), storedNumber: undefined, claimed: undefined, unsureUntilMs: 0 };
}

async function recall(evaluation: Evaluation, budget: Budget): Promise<BudgetMemory> {
  const { ports, tenant } = evaluation;
  const known = ports.memory.get(memoryKey(evaluation, budget));
  if (known?.version === budget.version) return known;
  const totals = await ports.budgets.totals(tenant.tenant, budget);
  return totals ? { ...forget(budget), totals, storedNumber: totals.number } : forget(budget);
}

async function evaluateBudget(
  evaluation: Evaluation,
  budget: Budget,
  memory: BudgetMemory,
  { totals, mayHaveFallen }: AdvancedTotals,
): Promise<EvaluationReport['alerts']> {
  const { ports, tenant, today } = evaluation;
  const key = memoryKey(evaluation, budget);
  const now = ports.clock();
  // Whoever saw the higher total may still be claiming what it crossed, but not for longer than a lease.
  const unsureUntilMs = mayHaveFallen ? now + ports.leaseMs : memory.unsureUntilMs;
  const claimed = now < unsureUntilMs ? undefined : memory.claimed;
  const begun = { ...memory, totals, claimed, unsureUntilMs };
  // A failure below leaves every period in place and the claims to be read.
  ports.memory.set(key, begun);
  const told = await tellBudget(ports, tenant, budget, begun, today);
  const memorised = { ...begun, totals: told.totals, claimed: told.claimed };
  // What is still to be told must not be stored away: stored totals leave out periods, and others read on from them.
  const kept = told.isComplete
    ? await keepTotals(evaluation, budget, { ...memorised, totals: dropOldPeriods(budget, told.totals, today) })
    : memorised;
  ports.memory.set(key, kept);
  return told.alerts;
}

/** Stores totals when due. They are exact folds, so losing to another writer costs nothing. */
async function keepTotals(
  { ports, tenant, mode }: Evaluation,
  budget: Budget,
  memory: BudgetMemory,
): Promise<BudgetMemory> {
  const { totals, storedNumber } = memory;
  const ahead = totals.number - (storedNumber ?? Number.NEGATIVE_INFINITY);
  const isDue = ahead >= SAVE_EVERY_COMMITS || (mode === 'save' && ahead > 0);
  if (!isDue) return memory;
  const result = await ports.budgets.saveTotals(tenant.tenant, budget, totals, storedNumber);
  const number = result === 'saved' ? totals.number : (await ports.budgets.totals(tenant.tenant, budget))?.number;
  return { ...memory, storedNumber: number };
}
