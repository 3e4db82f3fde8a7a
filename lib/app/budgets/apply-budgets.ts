import type { BudgetDefinition } from '../../domain/budgets/budget.ts';
import { type BudgetDifference, diffBudgets } from '../../domain/budgets/budget-diff.ts';
import { parseBudgetList } from '../../domain/budgets/parse-budget-list.ts';
import type { TenantConfig } from '../ports.ts';
import { ChangedMeanwhileError } from '../request-errors.ts';
import type { StoredBudget } from './budget-ports.ts';
import { type BudgetPorts, checkCount, type RecordOf, storeDefinition } from './manage-budgets.ts';

/** What applying a list of budgets takes. */
export interface ApplyPorts extends BudgetPorts {
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
 * @throws {@link ConflictError} when there would be too many budgets; nothing was changed then
 * @throws the first failure when all changes failed
 */
export async function applyBudgets(
  ports: ApplyPorts,
  tenant: TenantConfig,
  json: unknown,
  isDryRun: boolean,
): Promise<ApplyReport> {
  const wanted = parseBudgetList(json, tenant);
  const stored = await ports.budgets.list(tenant.tenant);
  const standing = stored.filter(({ isRemoved }) => !isRemoved).map(({ budget }) => budget);
  const differences = diffBudgets(standing, wanted);
  const byName = new Map(wanted.map((definition) => [definition.name, definition]));
  const foundByName = new Map(stored.map((found) => [found.budget.name, found]));
  checkCount(new Set([...foundByName.keys(), ...byName.keys()]).size);
  const applying: Applying = { ports, tenant, readHead: once(() => ports.reader.head(tenant.tenant)) };
  const failures: unknown[] = [];
  const settle = async (difference: BudgetDifference): Promise<AppliedDifference> => {
    if (difference.deed === 'unchanged') return { ...difference, state: 'same' };
    if (isDryRun) return { ...difference, state: 'planned' };
    try {
      const { name } = difference;
      await carryOut(applying, difference, byName.get(name), foundByName.get(name));
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

interface Applying {
  readonly ports: ApplyPorts;
  readonly tenant: TenantConfig;
  /** A head of the ledger that was read in this run. */
  readonly readHead: () => Promise<number>;
}

/** @param listed - the budget as it stood when the differences were found; it is read again where that has changed */
async function carryOut(
  applying: Applying,
  difference: BudgetDifference,
  definition: BudgetDefinition | undefined,
  listed: StoredBudget | undefined,
): Promise<void> {
  const { ports, tenant } = applying;
  let found = listed;
  for (let tries = 1; ; tries++) {
    try {
      if (definition === undefined) await pauseBudget(applying, difference, found);
      else
        await storeDefinition(ports, tenant, { definition, found }, applying.readHead, recordOf(applying, difference));
      return;
    } catch (cause) {
      if (!(cause instanceof ChangedMeanwhileError) || tries === MAX_TRIES) throw cause;
      found = await ports.budgets.find(tenant.tenant, difference.name);
    }
  }
}

/** Pauses whatever the budget is by now, so that a change that somebody makes meanwhile is not taken back. */
async function pauseBudget(
  applying: Applying,
  difference: BudgetDifference,
  found: StoredBudget | undefined,
): Promise<void> {
  if (!found || found.isRemoved || found.budget.paused) return;
  const { ports, tenant } = applying;
  await storeDefinition(
    ports,
    tenant,
    { definition: { ...found.budget, paused: true }, found },
    applying.readHead,
    recordOf(applying, difference),
  );
}

function recordOf({ ports: { clock, keyId } }: Applying, { name, deed, fields }: BudgetDifference): RecordOf {
  return ({ budget: { version } }) => {
    const detail = { name, version, change: deed, fields };
    return { atMs: clock(), keyId, action: 'budget.applied', detail };
  };
}

function once<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | undefined;
  return () => {
    reading ??= read();
    return reading;
  };
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
