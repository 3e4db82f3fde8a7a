import { createHash } from 'node:crypto';
import {
  type Budget,
  type BudgetDefinition,
  findCrossedThresholds,
  governsAlike,
  parseBudget,
} from '../../domain/budgets/budget.ts';
import { type DayRange, findPeriod, listPeriodDays } from '../../domain/budgets/budget-period.ts';
import { createLeafMatcher } from '../../domain/budgets/budget-scope.ts';
import type { Clock, LedgerReader, RollupRow, TenantConfig } from '../ports.ts';
import { ChangedMeanwhileError } from '../request-errors.ts';
import { countLackingPrice, type UnpricedCounts } from '../spend/query-completeness.ts';
import { findZone } from '../zones.ts';
import type { BudgetStore, StoredBudget } from './budget-ports.ts';
import { advanceTotals } from './evaluate-budgets-totals.ts';

/** What managing budgets takes. */
export interface BudgetPorts {
  readonly reader: LedgerReader;
  readonly budgets: BudgetStore;
  readonly clock: Clock;
}

/** `created`, or `raised to a new version`, or only paused or resumed, or nothing to do. */
export type BudgetChange = 'created' | 'new_version' | 'switched' | 'unchanged';

/** A budget with what it has spent in the current period. */
export interface BudgetStatus {
  readonly budget: Budget;
  readonly period: string;
  /** Local days of the period, the last one excluded. */
  readonly fromDay: string;
  readonly toDay: string;
  readonly spentPicoUsd: bigint;
  readonly crossedThresholdsPercent: readonly number[];
  /** Calls of the period that the spend leaves out in whole or part, as of this commit or a later one. */
  readonly calls: UnpricedCounts;
  /** The commit that the figures stand at. */
  readonly commit: number;
}

/**
 * Creates a budget or changes the one of that name. Another scope, period, amount or threshold makes a new version,
 * for which every threshold is armed again; storing the same budget twice changes nothing.
 *
 * @param json - see {@link parseBudget}
 * @throws {@link InvalidBudgetError} naming the fields at fault
 * @throws {@link ChangedMeanwhileError} when somebody else changed it at the same moment
 */
export async function putBudget(
  ports: BudgetPorts,
  tenant: TenantConfig,
  json: unknown,
): Promise<{ readonly budget: Budget; readonly change: BudgetChange }> {
  const definition = parseBudget(json, tenant.tagDimensions);
  const found = await ports.budgets.find(tenant.tenant, definition.name);
  const change = judgeChange(definition, found);
  if (found && change === 'unchanged') return { budget: found.budget, change };
  const isNewVersion = change === 'created' || change === 'new_version';
  const nowMs = ports.clock();
  const budget: Budget = {
    ...definition,
    id: found?.budget.id ?? nameBudget(tenant.tenant, definition.name),
    version: (found?.budget.version ?? 0) + (isNewVersion ? 1 : 0),
    createdAtMs: found && !found.isRemoved ? found.budget.createdAtMs : nowMs,
    changedAtMs: nowMs,
    sinceCommit: found && !isNewVersion ? found.budget.sinceCommit : await ports.reader.head(tenant.tenant),
  };
  await store(ports, tenant, { budget, isRemoved: false }, found);
  return { budget, change };
}

/**
 * Removes a budget; its alerts stay on record.
 * @returns `absent` when there was none of that name
 * @throws {@link ChangedMeanwhileError} when somebody else changed it at the same moment
 */
export async function removeBudget(
  ports: BudgetPorts,
  tenant: TenantConfig,
  name: string,
): Promise<'removed' | 'absent'> {
  const found = await ports.budgets.find(tenant.tenant, name);
  if (!found || found.isRemoved) return 'absent';
  await store(ports, tenant, { budget: { ...found.budget, changedAtMs: ports.clock() }, isRemoved: true }, found);
  return 'removed';
}

/** The tenant's budgets by name, paused ones included. */
export async function listBudgets(ports: BudgetPorts, tenant: TenantConfig): Promise<readonly Budget[]> {
  const stored = await ports.budgets.list(tenant.tenant);
  return stored.filter(({ isRemoved }) => !isRemoved).map(({ budget }) => budget);
}

/** Every budget with its exact spend in the current period, all at the same commit. Reads only; nothing is alerted. */
export async function listBudgetStatus(ports: BudgetPorts, tenant: TenantConfig): Promise<readonly BudgetStatus[]> {
  const budgets = await listBudgets(ports, tenant);
  const standings = await Promise.all(
    budgets.map(async (budget) => {
      const start = { number: budget.sinceCommit, spentPicoUsd: new Map<string, bigint>() };
      return { budget, totals: (await ports.budgets.totals(tenant.tenant, budget)) ?? start };
    }),
  );
  const head = await ports.reader.head(tenant.tenant);
  const today = findZone(tenant.timeZone).localDay(ports.clock());
  const advanced = await advanceTotals(ports.reader, tenant, standings, head, today);
  const readPeriod = createPeriodReader(ports.reader, tenant);
  const statuses = budgets.map(async (budget, index): Promise<BudgetStatus> => {
    const period = findPeriod(budget.period, today);
    const spentPicoUsd = advanced[index]?.spentPicoUsd.get(period) ?? 0n;
    const crossedThresholdsPercent = findCrossedThresholds(budget, spentPicoUsd);
    const days = listPeriodDays(budget.period, period);
    const matches = createLeafMatcher(budget.scope, tenant.tagDimensions);
    const calls = countLackingPrice((await readPeriod(days)).filter(({ leaf }) => matches(leaf)));
    return { budget, period, ...days, spentPicoUsd, crossedThresholdsPercent, calls, commit: head };
  });
  return Promise.all(statuses);
}

/** Reads the rows of a period once, however many budgets share it. */
function createPeriodReader(
  reader: Pick<LedgerReader, 'rollups'>,
  { tenant }: TenantConfig,
): (days: DayRange) => Promise<readonly RollupRow[]> {
  const reads = new Map<string, Promise<readonly RollupRow[]>>();
  return (days) => {
    const key = `${days.fromDay} ${days.toDay}`;
    const read = reads.get(key) ?? reader.rollups(tenant, { granularity: 'month', ...days }).then(({ rows }) => rows);
    reads.set(key, read);
    return read;
  };
}

function judgeChange(definition: BudgetDefinition, found: StoredBudget | undefined): BudgetChange {
  if (!found || found.isRemoved) return 'created';
  if (!governsAlike(definition, found.budget)) return 'new_version';
  return definition.paused === found.budget.paused ? 'unchanged' : 'switched';
}

function nameBudget(tenant: string, name: string): string {
  return createHash('sha256')
    .update(JSON.stringify([tenant, name]))
    .digest('hex')
    .slice(0, 16);
}

async function store(
  ports: BudgetPorts,
  tenant: TenantConfig,
  change: Omit<StoredBudget, 'revision'>,
  found: StoredBudget | undefined,
): Promise<void> {
  const result = await ports.budgets.put(tenant.tenant, change, found?.revision);
  if (result === 'behind') throw new ChangedMeanwhileError(`budget ${change.budget.name} was changed meanwhile`);
}
