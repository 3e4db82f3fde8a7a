import type { BudgetDefinition } from '../../domain/budgets/budget.ts';
import { type BudgetDifference, diffBudgets } from '../../domain/budgets/budget-diff.ts';
import { toRawBudget } from '../../domain/budgets/parse-budget.ts';
import { parseBudgetList } from '../../domain/budgets/parse-budget-list.ts';
import type { AdminRecords } from '../access/access-ports.ts';
import type { TenantConfig } from '../ports.ts';
import { ChangedMeanwhileError } from '../request-errors.ts';
import { type BudgetPorts, listBudgets, putBudget } from './manage-budgets.ts';

/** What applying a list of budgets takes. */
export interface ApplyPorts extends BudgetPorts {
  readonly adminRecords: Pick<AdminRecords, 'append'>;
  /** The key that asks for it, for the record of each change. */
  readonly keyId: string;
}

/** How far one difference got: there was none, it was only planned, it stands as wanted now, or it was not done. */
export type ApplyState = 'same' | 'planned' | 'applied' | 'failed';

/** One difference and how far it got. */
export interface AppliedDifference extends BudgetDifference {
  readonly state: ApplyState;
}

/** What became of a list of budgets. */
export interface ApplyReport {
  readonly differences: readonly AppliedDifference[];
  /** Why some of them failed; applying the same list again goes on with those. */
  readonly failures: readonly unknown[];
}

/** Budgets that are changed at a time. */
const CONCURRENT_CHANGES = 8;

/** Tries of one budget that others change at the same moment. */
const MAX_TRIES = 5;

/**
 * Makes a list of budgets the whole truth: creates and changes what it holds and pauses what it leaves out. Each budget
 * changes in one step. A crash or a failure leaves some as they were, and applying the list again does the rest; of two
 * lists at once each budget ends as one of them wants it.
 *
 * @param json - the list, see {@link parseBudgetList}
 * @param isDryRun - whether to change nothing and only tell the differences
 * @throws {@link InvalidBudgetError} naming every fault of every budget; nothing was changed then
 * @throws the first failure when all changes failed
 */
export async function applyBudgets(
  ports: ApplyPorts,
  tenant: TenantConfig,
  json: unknown,
  isDryRun: boolean,
): Promise<ApplyReport> {
  const wanted = parseBudgetList(json, tenant);
  const differences = diffBudgets(await listBudgets(ports, tenant), wanted);
  const byName = new Map(wanted.map((definition) => [definition.name, definition]));
  const failures: unknown[] = [];
  const settle = async (difference: BudgetDifference): Promise<AppliedDifference> => {
    if (difference.deed === 'unchanged') return { ...difference, state: 'same' };
    if (isDryRun) return { ...difference, state: 'planned' };
    try {
      await carryOut(ports, tenant, difference, byName.get(difference.name));
      return { ...difference, state: 'applied' };
    } catch (cause) {
      failures.push(cause);
      return { ...difference, state: 'failed' };
    }
  };
  const settled = await mapConcurrently(differences, settle);
  if (failures.length > 0 && settled.every(({ state }) => state !== 'applied')) throw failures[0];
  return { differences: settled, failures };
}

async function carryOut(
  ports: ApplyPorts,
  tenant: TenantConfig,
  { name, deed, fields }: BudgetDifference,
  definition: BudgetDefinition | undefined,
): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      const version = definition
        ? await storeBudget(ports, tenant, definition)
        : await pauseBudget(ports, tenant, name);
      if (version === undefined) return;
      const detail = { name, version, change: deed, fields };
      const record = { atMs: ports.clock(), keyId: ports.keyId, action: 'budget.applied', detail };
      await ports.adminRecords.append(tenant.tenant, record);
      return;
    } catch (cause) {
      if (!(cause instanceof ChangedMeanwhileError) || tries === MAX_TRIES) throw cause;
    }
  }
}

/** @returns the version that was stored; undefined when somebody stored the same meanwhile */
async function storeBudget(
  ports: ApplyPorts,
  tenant: TenantConfig,
  definition: BudgetDefinition,
): Promise<number | undefined> {
  const { budget, change } = await putBudget(ports, tenant, toRawBudget(definition));
  return change === 'unchanged' ? undefined : budget.version;
}

/**
 * Pauses whatever the budget is by now, so that a change that somebody makes meanwhile is not taken back.
 * @returns its version; undefined when somebody paused or removed it meanwhile
 */
async function pauseBudget(ports: ApplyPorts, tenant: TenantConfig, name: string): Promise<number | undefined> {
  const found = await ports.budgets.find(tenant.tenant, name);
  if (!found || found.isRemoved || found.budget.paused) return undefined;
  const budget = { ...found.budget, paused: true, changedAtMs: ports.clock() };
  const result = await ports.budgets.put(tenant.tenant, { budget, isRemoved: false }, found.revision);
  if (result === 'behind') throw new ChangedMeanwhileError(`budget ${name} was changed meanwhile`);
  return budget.version;
}

/** Maps a list a few at a time, and keeps its order. */
async function mapConcurrently<From, To>(items: readonly From[], map: (item: From) => Promise<To>): Promise<To[]> {
  const results: To[] = [];
  const open = items.entries();
  const work = async (): Promise<void> => {
    for (const [index, item] of open) results[index] = await map(item);
  };
  await Promise.all(Array.from({ length: CONCURRENT_CHANGES }, work));
  return results;
}
