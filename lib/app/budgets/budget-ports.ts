import type { Budget } from '../../domain/budgets/budget.ts';
import type { BudgetTotals } from '../../domain/budgets/budget-total.ts';
import type { AdminRecord } from '../access/access-ports.ts';
import type { PublishPorts } from '../alerts/alert-ports.ts';
import type { ForecastSourcePorts } from '../forecasts/read-forecast-inputs.ts';
import type { LedgerReader } from '../ports.ts';

/** A budget as stored, with the mark that a change of it must name. */
export interface StoredBudget {
  readonly budget: Budget;
  /** Removed budgets are kept, so that a name taken up again counts its versions on. */
  readonly isRemoved: boolean;
  readonly revision: number;
}

/** The budgets of each tenant and their running totals. */
export interface BudgetStore {
  /** All budgets, removed ones included, by name. */
  list(tenant: string): Promise<readonly StoredBudget[]>;
  find(tenant: string, name: string): Promise<StoredBudget | undefined>;
  /**
   * Stores a budget over the revision that was read (`undefined`: there was none), and with it, in the same step, the
   * record of who did it.
   * @returns `behind` when somebody changed it since; nothing was written then
   */
  put(
    tenant: string,
    change: Omit<StoredBudget, 'revision'>,
    overRevision: number | undefined,
    record?: AdminRecord,
  ): Promise<'written' | 'behind'>;
  /** The totals kept for one version of a budget; undefined before the first save. */
  totals(tenant: string, budget: Budget): Promise<BudgetTotals | undefined>;
  /**
   * Keeps totals in place of those that stand at `overNumber` (`undefined`: none are kept yet).
   * @returns `behind` when others were kept meanwhile; they are as exact, so there is nothing to repair
   */
  saveTotals(
    tenant: string,
    budget: Budget,
    totals: BudgetTotals,
    overNumber: number | undefined,
  ): Promise<'saved' | 'behind'>;
}

/** What a warm function remembers of a budget: totals read consistently or folded from committed commits only. */
export interface BudgetMemory {
  readonly version: number;
  readonly totals: BudgetTotals;
  /** The number that the stored totals carry; undefined when none are stored. */
  readonly storedNumber: number | undefined;
  /**
   * Claims of the periods it holds; claims are never given back. Undefined while they must be read: nothing is known
   * yet, or a total may have fallen below a threshold that was told.
   */
  readonly claimed: ReadonlySet<string> | undefined;
  /** Epoch milliseconds up to which `claimed` is not relied upon. */
  readonly unsureUntilMs: number;
}

/** What evaluating budgets takes. */
export interface EvaluatePorts extends PublishPorts {
  readonly reader: LedgerReader;
  readonly budgets: BudgetStore;
  /** What the forecast in an alert reads besides the ledger. */
  readonly forecasting: ForecastSourcePorts;
  /** Kept between the invocations of a warm function; an empty map at cold start. Keys are tenant and budget. */
  readonly memory: Map<string, BudgetMemory>;
  /** Address of the API without a slash at the end, for links in alerts; null = not known. */
  readonly apiUrl: string | null;
}
