import { DIMENSIONS, type Leaf } from '../../contracts/dimensions.ts';
import type { Clock, TenantConfig } from '../ports.ts';
import type { CallSpend, SpendLog } from './anomaly-ports.ts';

/** What the calls of one leaf cost in one minute, by their own time. */
export interface LeafMinute {
  /** Its beginning, epoch milliseconds. */
  readonly minuteMs: number;
  readonly leaf: Leaf;
  readonly costPicoUsd: bigint;
}

/** How far following the log came. */
export interface FollowedCalls {
  /** Whether every commit is in it that there was when it began. */
  readonly isCurrent: boolean;
  /**
   * Calls that were recorded since, are not old and cost as much as was asked for: those of the last hour and a quarter
   * the first time. Of very many the last ones.
   */
  readonly costly: readonly CallSpend[];
}

/** Minutes that are kept. */
const KEPT_MS = 60 * 60_000;

/** How much earlier than a call a commit may be read that holds it: messages wait and are tried again. */
const EARLIER_MS = 15 * 60_000;

/** Calls that are older when they are recorded are history, of which nobody is told. */
const FRESH_MS = 86_400_000;

/** Commits that are looked back at when nothing is known yet. */
const MAX_COMMITS_BACK = 16_384;
const FIRST_STEP = 64;

/** Costs that are kept of a model, the last ones, and models that they are kept of. Senders choose the names. */
const MAX_COSTS = 1_000;
const MAX_MODELS = 200;

/** So many say what is usual. */
const ENOUGH_COSTS = 100;

const MAX_COSTLY = 10_000;

const MINUTE_MS = 60_000;
const MODEL = DIMENSIONS.indexOf('model');

/**
 * The last hour of a tenant by minute and leaf, and what calls of its models lately cost, learned from its log. It is not
 * stored: whoever begins anew reads the commits of the last hour and a quarter again, and then only those that come.
 * Corrections are left out.
 */
export class RecentCalls {
  #followedTo: number | undefined;
  readonly #minutes = new Map<number, Map<string, LeafMinute>>();
  /** Of calls before those that were followed last, and of these. */
  #before = new ModelCosts();
  #since = new ModelCosts();
  /** Calls that were followed and not yet handed out: reading that fails half-way must not lose them. */
  #costly: CallSpend[] = [];

  /**
   * Takes in the commits that came since.
   *
   * @param leastPicoUsd - what a call costs at least that is to be returned
   * @param deadlineMs - epoch milliseconds after which no other commit is looked at
   */
  async follow(
    log: SpendLog,
    tenant: TenantConfig,
    leastPicoUsd: bigint,
    clock: Clock,
    deadlineMs: number,
  ): Promise<FollowedCalls> {
    const head = await log.head(tenant.tenant, this.#followedTo ?? 0);
    const nowMs = clock();
    const from = this.#followedTo ?? (await findStart(log, tenant.tenant, head, nowMs - KEPT_MS - EARLIER_MS));
    this.#forget(nowMs - KEPT_MS);
    this.#followedTo = from;
    this.#before.join(this.#since);
    this.#since = new ModelCosts();
    for await (const { number, calls } of log.spends(tenant, from, head, nowMs - FRESH_MS)) {
      for (const call of calls) this.#take(call, nowMs - KEPT_MS);
      for (const call of calls) if (call.costPicoUsd >= leastPicoUsd) this.#costly.push(call);
      if (this.#costly.length > 2 * MAX_COSTLY) this.#costly = this.#costly.slice(-MAX_COSTLY);
      this.#followedTo = number;
      if (clock() >= deadlineMs) break;
    }
    const costly = this.#costly;
    this.#costly = [];
    return { isCurrent: this.#followedTo >= head, costly };
  }

  /** Everything known of the last hour, in no order. */
  list(): readonly LeafMinute[] {
    return [...this.#minutes.values()].flatMap((leaves) => [...leaves.values()]);
  }

  /**
   * What calls of a model usually cost, picoUSD: those before the ones that were followed last, so that these do not
   * speak for themselves, unless there are too few.
   */
  usualCosts(model: string): readonly bigint[] {
    const before = this.#before.of(model);
    return before.length >= ENOUGH_COSTS ? before : [...before, ...this.#since.of(model)];
  }

  #take({ timeMs, leaf, costPicoUsd }: CallSpend, fromMs: number): void {
    this.#since.note(leaf[MODEL] ?? '', costPicoUsd);
    if (timeMs < fromMs) return;
    const minuteMs = Math.floor(timeMs / MINUTE_MS) * MINUTE_MS;
    const leaves = this.#minutes.get(minuteMs) ?? new Map<string, LeafMinute>();
    const name = JSON.stringify(leaf);
    leaves.set(name, { minuteMs, leaf, costPicoUsd: costPicoUsd + (leaves.get(name)?.costPicoUsd ?? 0n) });
    this.#minutes.set(minuteMs, leaves);
  }

  #forget(fromMs: number): void {
    for (const minuteMs of this.#minutes.keys()) if (minuteMs + MINUTE_MS <= fromMs) this.#minutes.delete(minuteMs);
  }
}

/** The last costs of the models that were named last. */
class ModelCosts {
  readonly #costs = new Map<string, bigint[]>();

  of(model: string): readonly bigint[] {
    return this.#costs.get(model) ?? [];
  }

  note(model: string, costPicoUsd: bigint): void {
    const costs = this.#costs.get(model) ?? [];
    costs.push(costPicoUsd);
    if (costs.length >= 2 * MAX_COSTS) costs.splice(0, costs.length - MAX_COSTS);
    // What was named last is kept longest.
    this.#costs.delete(model);
    this.#costs.set(model, costs);
    const [oldest = ''] = this.#costs.keys();
    if (this.#costs.size > MAX_MODELS) this.#costs.delete(oldest);
  }

  join(later: ModelCosts): void {
    for (const [model, costs] of later.#costs) for (const cost of costs) this.note(model, cost);
  }
}

/** The commit after which everything since a time was written: steps back, each twice the one before. */
async function findStart(
  log: Pick<SpendLog, 'committedAtMs'>,
  tenant: string,
  head: number,
  sinceMs: number,
): Promise<number> {
  let number = head;
  for (let step = FIRST_STEP; number > 0 && head - number < MAX_COMMITS_BACK; step *= 2) {
    number = Math.max(0, number - step);
    const atMs = await log.committedAtMs(tenant, number + 1);
    if (atMs !== undefined && atMs < sinceMs) return number;
  }
  return number;
}
