import { createHash } from 'node:crypto';
import { renderBudgetAlert } from '../../domain/alerts/alert-budget-message.ts';
import { type Budget, findCrossedThresholds } from '../../domain/budgets/budget.ts';
import type { BudgetTotals } from '../../domain/budgets/budget-total.ts';
import { drawLease, type PublishOutcome, publishHeld } from '../alerts/publish-alerts.ts';
import type { TenantConfig } from '../ports.ts';
import { findZone } from '../zones.ts';
import type { BudgetMemory, EvaluatePorts } from './budget-ports.ts';
import { type Crossing, collectBudgetFacts } from './evaluate-budgets-facts.ts';
import { advanceTotals } from './evaluate-budgets-totals.ts';

/** What one evaluation found and did. */
export interface EvaluationReport {
  /** Budgets that are neither removed nor paused. */
  readonly budgets: number;
  /** The commit that every total stands at; 0 when there are no budgets. */
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

/** Tries of one claim: every loss means that another evaluation claimed something, and thresholds are few. */
const MAX_CLAIM_TRIES = 25;

/**
 * Brings every budget of a tenant up to the ledger's head, claims the thresholds crossed since, and publishes what it
 * claimed: one message per budget and period, however many thresholds. Called at the end of every invocation that saw
 * the tenant, also when all its calls were duplicates, because an earlier one may have crashed before this point.
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
  const stored = await ports.budgets.list(tenant.tenant);
  const active = stored.filter(({ budget, isRemoved }) => !isRemoved && !budget.paused).map(({ budget }) => budget);
  if (active.length === 0) return { budgets: 0, commit: 0, alerts: [] };
  const memories = await Promise.all(active.map((budget) => recall(ports, tenant, budget)));
  const head = await ports.reader.head(tenant.tenant);
  const today = findZone(tenant.timeZone).localDay(ports.clock());
  const standings = active.map((budget, index) => ({ budget, totals: memories[index]?.totals ?? startOf(budget) }));
  const advanced = await advanceTotals(ports.reader, tenant, standings, head, today);
  const settled = await Promise.allSettled(
    active.map(async (budget, index) => {
      const memory = memories[index] ?? forget(budget);
      const totals = advanced[index] ?? memory.totals;
      const moved = await keepTotals(ports, tenant, budget, { ...memory, totals }, mode);
      return alertCrossings(ports, tenant, budget, moved, today);
    }),
  );
  const failures = settled.filter((result) => result.status === 'rejected').map(({ reason }) => reason as unknown);
  if (failures.length > 0)
    throw new BudgetsNotEvaluatedError(failures, `${failures.length} budgets of ${tenant.tenant} not evaluated`);
  const alerts = settled.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
  return { budgets: active.length, commit: head, alerts };
}

/** Key of a claim: one threshold of one version of a budget in one period. */
export function nameClaim(budget: Budget, period: string, thresholdPercent: number): string {
  return `${claimPrefix(budget)}${period}#${String(thresholdPercent).padStart(4, '0')}`;
}

/** The id under which an alert is delivered, however often: a digest of what was claimed. */
export function nameAlert(tenant: string, claim: string): string {
  return createHash('sha256')
    .update(JSON.stringify([tenant, claim]))
    .digest('hex')
    .slice(0, 32);
}

function claimPrefix(budget: Budget): string {
  return `${budget.id}#${budget.version}#`;
}

function memoryKey(tenant: TenantConfig, budget: Budget): string {
  return `${tenant.tenant}#${budget.id}`;
}

function startOf(budget: Budget): BudgetTotals {
  return { number: budget.sinceCommit, spentPicoUsd: new Map() };
}

function forget(budget: Budget): BudgetMemory {
  return { version: budget.version, totals: startOf(budget), storedNumber: undefined, claimed: new Set() };
}

async function recall(ports: EvaluatePorts, tenant: TenantConfig, budget: Budget): Promise<BudgetMemory> {
  const known = ports.memory.get(memoryKey(tenant, budget));
  if (known?.version === budget.version) return known;
  const totals = await ports.budgets.totals(tenant.tenant, budget);
  return totals ? { ...forget(budget), totals, storedNumber: totals.number } : forget(budget);
}

/** Remembers totals and stores them when due. Both are exact folds, so losing to another writer costs nothing. */
async function keepTotals(
  ports: EvaluatePorts,
  tenant: TenantConfig,
  budget: Budget,
  memory: BudgetMemory,
  mode: 'lazy' | 'save',
): Promise<BudgetMemory> {
  const { totals, storedNumber } = memory;
  const ahead = totals.number - (storedNumber ?? Number.NEGATIVE_INFINITY);
  const isDue = ahead >= SAVE_EVERY_COMMITS || (mode === 'save' && ahead > 0);
  let kept = memory;
  if (isDue) {
    const result = await ports.budgets.saveTotals(tenant.tenant, budget, totals, storedNumber);
    const number = result === 'saved' ? totals.number : (await ports.budgets.totals(tenant.tenant, budget))?.number;
    kept = { ...memory, storedNumber: number };
  }
  ports.memory.set(memoryKey(tenant, budget), kept);
  return kept;
}

async function alertCrossings(
  ports: EvaluatePorts,
  tenant: TenantConfig,
  budget: Budget,
  memory: BudgetMemory,
  today: string,
): Promise<EvaluationReport['alerts']> {
  const alerts: { alertId: string; outcome: PublishOutcome }[] = [];
  for (const [period, spentPicoUsd] of memory.totals.spentPicoUsd) {
    const crossed = findCrossedThresholds(budget, spentPicoUsd);
    if (crossed.every((percent) => memory.claimed.has(nameClaim(budget, period, percent)))) continue;
    const crossing = { budget, period, spentPicoUsd, commit: memory.totals.number };
    const alert = await claimAndPublish(ports, tenant, { ...crossing, newThresholdsPercent: crossed }, today);
    if (alert) alerts.push(alert);
  }
  return alerts;
}

async function claimAndPublish(
  ports: EvaluatePorts,
  tenant: TenantConfig,
  crossing: Crossing,
  today: string,
): Promise<EvaluationReport['alerts'][number] | undefined> {
  const { budget, period } = crossing;
  for (let attempt = 1; attempt <= MAX_CLAIM_TRIES; attempt++) {
    const claimed = await ports.alerts.claims(tenant.tenant, claimPrefix(budget));
    rememberClaims(ports, tenant, budget, claimed);
    const open = crossing.newThresholdsPercent.filter((percent) => !claimed.has(nameClaim(budget, period, percent)));
    const highest = open.at(-1);
    if (highest === undefined) return undefined;
    const alertId = nameAlert(tenant.tenant, nameClaim(budget, period, highest));
    const nowMs = ports.clock();
    const about = { alertId, apiUrl: ports.apiUrl, nowMs, today };
    const facts = await collectBudgetFacts(ports.reader, tenant, { ...crossing, newThresholdsPercent: open }, about);
    const message = renderBudgetAlert(facts);
    // The lease starts after the message is written, so that all of it is left for publishing.
    const held = { alertId, tenant: tenant.tenant, claimedAtMs: nowMs, attempts: 1, lease: drawLease(ports), message };
    const claims = open.map((percent) => nameClaim(budget, period, percent));
    if ((await ports.alerts.claim(claims, held)) === 'lost') continue;
    rememberClaims(ports, tenant, budget, new Set(claims));
    return { alertId, outcome: await publishHeld(ports, held) };
  }
  return undefined;
}

function rememberClaims(
  ports: EvaluatePorts,
  tenant: TenantConfig,
  budget: Budget,
  claimed: ReadonlySet<string>,
): void {
  const key = memoryKey(tenant, budget);
  const memory = ports.memory.get(key);
  if (memory?.version === budget.version)
    ports.memory.set(key, { ...memory, claimed: new Set([...memory.claimed, ...claimed]) });
}
