import { createHash } from 'node:crypto';
import {
  amountOf,
  type Budget,
  type BudgetDefinition,
  findCrossedThresholds,
  governsAlike,
} from '../../domain/budgets/budget.ts';
import { createFoldRule, WHOLE } from '../../domain/budgets/budget-total.ts';
import { parseBudget } from '../../domain/budgets/parse-budget.ts';
import { type BudgetPeriod, type DayRange, findBudgetPeriod } from '../../domain/budgets/periods/find-period.ts';
import type { AdminRecord } from '../access/access-ports.ts';
import type { Clock, LedgerReader, RollupRow, TenantConfig } from '../ports.ts';
import { ChangedMeanwhileError, ConflictError } from '../request-errors.ts';
import { countLackingPrice, type UnpricedCounts } from '../spend/query-completeness.ts';
import { findZone } from '../zones.ts';
import type { BudgetStore, StoredBudget } from './budget-ports.ts';
import { beginTotals } from './evaluate-budgets.ts';
import { advanceTotals, chooseRows } from './evaluate-budgets-totals.ts';

/** What managing budgets takes. */
export interface BudgetPorts {
  readonly reader: LedgerReader;
  readonly budgets: BudgetStore;
  readonly clock: Clock;
}

/** `created`, or `raised to a new version`, or only paused, resumed or given another owner, or nothing to do. */
export type BudgetChange = 'created' | 'new_version' | 'switched' | 'unchanged';

/** A budget that was stored, or was found to be as wanted. */
export interface PutBudget {
  readonly budget: Budget;
  readonly change: BudgetChange;
}

/** The record of a change, which is stored in the same step. */
export type RecordOf = (put: PutBudget) => AdminRecord;

/** What one part of a budget has used in a period. */
export interface PartStatus {
  /** '' in a budget without `each`, else the value that names the part. */
  readonly part: string;
  /** In the unit of the budget's amount. */
  readonly spent: bigint;
  readonly crossedThresholdsPercent: readonly number[];
}

/** A budget with what it has used in the current period. */
export interface BudgetStatus {
  readonly budget: Budget;
  /** Null on a day when the budget is not in force. */
  readonly current: {
    readonly period: BudgetPeriod;
    /** What each part may use in the period, in the unit of the budget's amount. */
    readonly amount: bigint;
    /** Those that used most come first; exactly one in a budget without `each`. */
    readonly parts: readonly PartStatus[];
    /** Calls of the period that the figures leave out in whole or part, as of this commit or a later one. */
    readonly calls: UnpricedCounts;
  } | null;
  /** The commit that the figures stand at. */
  readonly commit: number;
}

/**
 * Creates a budget or changes the one of that name. Another scope, `each`, period, date, amount or
 * threshold makes a new version, for which every threshold is armed again; storing the same budget twice changes nothing.
 *
 * @param json - see {@link parseBudget}
 * @param recordOf - what is put on record with the change
 * @throws {@link InvalidBudgetError} naming the fields at fault
 * @throws {@link ConflictError} when the tenant has too many budgets
 * @throws {@link ChangedMeanwhileError} when somebody else changed it at the same moment
 */
export async function putBudget(
  ports: BudgetPorts,
  tenant: TenantConfig,
  json: unknown,
  recordOf?: RecordOf,
): Promise<PutBudget> {
  const definition = parseBudget(json, tenant);
  const found = await ports.budgets.find(tenant.tenant, definition.name);
  if (found === undefined) checkCount((await ports.budgets.list(tenant.tenant)).length + 1);
  return storeDefinition(ports, tenant, { definition, found }, () => ports.reader.head(tenant.tenant), recordOf);
}

/**
 * Refuses more budgets than every evaluation can look through.
 *
 * @param count - names that budgets of the tenant will have, removed ones included
 */
export function checkCount(count: number): void {
  if (count <= MAX_BUDGETS) return;
  throw new ConflictError(`A tenant has at most ${MAX_BUDGETS} budgets; paused and removed ones count by their names.`);
}

/** Names of budgets in a tenant: all of them are read whenever its calls are recorded. Several writers at once may exceed it by a few. */
const MAX_BUDGETS = 2_000;

/**
 * Stores a definition over the budget of its name, as {@link putBudget} does.
 *
 * @param found - the budget as it was read; undefined when there was none
 * @param readHead - a commit that the ledger has reached
 * @throws {@link ChangedMeanwhileError} when it is not as found any more
 */
export async function storeDefinition(
  ports: Omit<BudgetPorts, 'reader'>,
  tenant: TenantConfig,
  { definition, found }: { readonly definition: BudgetDefinition; readonly found: StoredBudget | undefined },
  readHead: () => Promise<number>,
  recordOf: RecordOf | undefined,
): Promise<PutBudget> {
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
    sinceCommit: found && !isNewVersion ? found.budget.sinceCommit : await readHead(),
  };
  await store(ports, tenant, { budget, isRemoved: false }, found, recordOf?.({ budget, change }));
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
  record?: AdminRecord,
): Promise<'removed' | 'absent'> {
  const found = await ports.budgets.find(tenant.tenant, name);
  if (!found || found.isRemoved) return 'absent';
  await store(
    ports,
    tenant,
    { budget: { ...found.budget, changedAtMs: ports.clock() }, isRemoved: true },
    found,
    record,
  );
  return 'removed';
}

/** The tenant's budgets by name, paused ones included. */
export async function listBudgets(ports: BudgetPorts, tenant: TenantConfig): Promise<readonly Budget[]> {
  const stored = await ports.budgets.list(tenant.tenant);
  return stored.filter(({ isRemoved }) => !isRemoved).map(({ budget }) => budget);
}

/**
 * Budgets with their exact use in the current period, all at the same commit. Reads only; nothing is alerted.
 *
 * @param budgets - those of the tenant that are looked at
 */
export async function listBudgetStatus(
  ports: BudgetPorts,
  tenant: TenantConfig,
  budgets: readonly Budget[],
): Promise<readonly BudgetStatus[]> {
  const standings = await Promise.all(
    budgets.map(async (budget) => ({
      budget,
      totals: (await ports.budgets.totals(tenant.tenant, budget)) ?? beginTotals(budget),
    })),
  );
  const head = await ports.reader.head(tenant.tenant);
  const today = findZone(tenant.timeZone).localDay(ports.clock());
  const advanced = await advanceTotals(ports.reader, tenant, standings, head, today);
  const readPeriod = createPeriodReader(ports.reader, tenant);
  const statuses = budgets.map(async (budget, index): Promise<BudgetStatus> => {
    const period = findBudgetPeriod(budget.schedule, today);
    if (period === undefined) return { budget, current: null, commit: head };
    const rule = createFoldRule(budget, tenant.tagDimensions);
    const calls = countLackingPrice((await readPeriod(period)).filter(({ leaf }) => rule.partOf(leaf) !== undefined));
    const amount = amountOf(budget, period);
    const parts = listParts(budget, amount, advanced[index]?.totals.spent.get(period.name) ?? new Map());
    return { budget, current: { period, amount, parts, calls }, commit: head };
  });
  return Promise.all(statuses);
}

function listParts(budget: Budget, amount: bigint, spent: ReadonlyMap<string, bigint>): readonly PartStatus[] {
  const parts = budget.each === null ? [[WHOLE, spent.get(WHOLE) ?? 0n] as const] : [...spent];
  return parts
    .map(([part, used]) => ({
      part,
      spent: used,
      crossedThresholdsPercent: findCrossedThresholds(budget.thresholdsPercent, amount, used),
    }))
    .sort((a, b) => (a.spent > b.spent ? -1 : a.spent < b.spent ? 1 : a.part < b.part ? -1 : 1));
}

/** Reads the rows of a period once, however many budgets share it. */
function createPeriodReader(
  reader: Pick<LedgerReader, 'rollups'>,
  { tenant }: TenantConfig,
): (days: DayRange) => Promise<readonly RollupRow[]> {
  const reads = new Map<string, Promise<readonly RollupRow[]>>();
  return ({ fromDay, toDay }) => {
    const key = `${fromDay} ${toDay}`;
    const query = { granularity: chooseRows({ fromDay, toDay }), fromDay, toDay };
    const read = reads.get(key) ?? reader.rollups(tenant, query).then(({ rows }) => rows);
    reads.set(key, read);
    return read;
  };
}

function judgeChange(definition: BudgetDefinition, found: StoredBudget | undefined): BudgetChange {
  if (!found || found.isRemoved) return 'created';
  if (!governsAlike(definition, found.budget)) return 'new_version';
  const isSame = definition.paused === found.budget.paused && definition.owner === found.budget.owner;
  return isSame ? 'unchanged' : 'switched';
}

function nameBudget(tenant: string, name: string): string {
  return createHash('sha256')
    .update(JSON.stringify([tenant, name]))
    .digest('hex')
    .slice(0, 16);
}

async function store(
  ports: Pick<BudgetPorts, 'budgets'>,
  tenant: TenantConfig,
  change: Omit<StoredBudget, 'revision'>,
  found: StoredBudget | undefined,
  record: AdminRecord | undefined,
): Promise<void> {
  const result = await ports.budgets.put(tenant.tenant, change, found?.revision, record);
  if (result === 'behind') throw new ChangedMeanwhileError(`budget ${change.budget.name} was changed meanwhile`);
}
