import type { LedgerEntry } from '../../domain/events/entry.ts';
import { leafOf } from '../../domain/spend.ts';
import type { ChangePlan } from '../../domain/what-if/branch.ts';
import { PrefixFold } from '../../domain/what-if/caching-advice.ts';
import { ChangeFold } from '../../domain/what-if/fold.ts';
import { playChanges } from '../../domain/what-if/play-changes.ts';
import { TokenAuditFold } from '../../domain/what-if/token-audit.ts';
import type { TenantConfig } from '../ports.ts';
import { countEntriesLackingPrice, type UnpricedCounts } from '../spend/query-completeness.ts';
import { passesFilters } from '../spend/query-spend-fold.ts';
import type { SpendPlan } from '../spend/query-spend-plan.ts';
import { findZone } from '../zones.ts';

/** Most calls of a part; an audit's answer has more to say of each. */
const MAX_EXAMINED = 20_000;
const MAX_AUDITED = 10_000;

/** Rows that a part stops behind: a Lambda function answers at most 6 MB, and a row may be of three long names. */
const MAX_ROWS = 2_500;

/** Adds a part's calls up in every way that was asked for. */
export class PartFolds {
  readonly changes: ChangeFold;
  readonly audit: TokenAuditFold | undefined;
  readonly prefixes: PrefixFold | undefined;
  examined = 0;
  lackingPrice: UnpricedCounts = { unpriced: 0n, partiallyPriced: 0n };
  readonly #tenant: TenantConfig;
  readonly #plan: SpendPlan;
  readonly #changePlan: ChangePlan;
  readonly #fromMs: number;

  constructor(tenant: TenantConfig, plan: SpendPlan, changePlan: ChangePlan, isAudited: boolean) {
    this.#tenant = tenant;
    this.#plan = plan;
    this.#changePlan = changePlan;
    this.#fromMs = startOf(tenant, plan);
    const positions = plan.columns.map(({ position }) => position);
    this.changes = new ChangeFold(changePlan.changes, positions);
    this.audit = isAudited ? new TokenAuditFold() : undefined;
    this.prefixes = isAudited ? new PrefixFold(changePlan.book) : undefined;
  }

  /** Whether a part has as much as it may answer. */
  get isFull(): boolean {
    return this.examined >= (this.audit ? MAX_AUDITED : MAX_EXAMINED) || this.changes.size >= MAX_ROWS;
  }

  add(entry: LedgerEntry): void {
    const { event, rating } = entry;
    if (entry.isVoid || entry.credit !== undefined) return;
    if (event.timeMs < this.#fromMs || event.timeMs >= this.#plan.endMs) return;
    const leaf = leafOf(this.#tenant, event, rating);
    if (!passesFilters(this.#plan, leaf)) return;
    this.examined += 1;
    const { unpriced, partiallyPriced } = countEntriesLackingPrice([entry]);
    this.lackingPrice = {
      unpriced: this.lackingPrice.unpriced + unpriced,
      partiallyPriced: this.lackingPrice.partiallyPriced + partiallyPriced,
    };
    this.changes.add(leaf, playChanges(this.#changePlan, { event, rating, leaf }));
    this.audit?.add(entry);
    this.prefixes?.add(entry);
  }
}

/** When the time asked for begins, epoch milliseconds. */
export function startOf(tenant: TenantConfig, { from }: SpendPlan): number {
  return from.hourMs ?? findZone(tenant.timeZone).dayStartMs(from.day);
}
