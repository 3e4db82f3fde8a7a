import { LedgerError } from '../domain/errors.ts';
import { takeTurns } from './access/take-turns.ts';
import { type PublishReport, publishExpired } from './alerts/publish-alerts.ts';
import type { WatchSurgesReport } from './anomalies/watch-surges.ts';
import type { EvaluatePorts } from './budgets/budget-ports.ts';
import { evaluateBudgets } from './budgets/evaluate-budgets.ts';
import type { SettleReport } from './corrections/settle-prices.ts';
import type { TenantConfig, Tenants } from './ports.ts';
import type { DeadLetterReport } from './rejects/redrive-dead-letters.ts';
import type { WatchRulesReport } from './rules/watch-rules.ts';
import type { WatchSourcesReport } from './sources/watch-sources.ts';

/** What the sweep takes. */
export interface SweepPorts extends EvaluatePorts {
  readonly tenants: Tenants;
  /** Sends dead letters back and watches rejects; absent where there are no queues to send to. */
  readonly tendRejects?: (tenants: readonly TenantConfig[], deadlineMs: number) => Promise<DeadLetterReport>;
  /** Follows the log for who sent what and tells of who fell silent; absent where nobody watches the queues. */
  readonly watchSources?: (tenants: readonly TenantConfig[], deadlineMs: number) => Promise<WatchSourcesReport>;
  /** Tells of minutes that cost far more than they should have; absent where nobody watches. */
  readonly watchSurges?: (tenants: readonly TenantConfig[], deadlineMs: number) => Promise<WatchSurgesReport>;
  /** Tells of rules that complete hours break; absent where nobody watches. */
  readonly watchRules?: (tenants: readonly TenantConfig[], deadlineMs: number) => Promise<WatchRulesReport>;
  /** Looks at the queues, for `as_of` of answers; absent where there are none. */
  readonly watchQueues?: () => Promise<void>;
  /** Brings a tenant's prices to what they should be by now, begins nothing new after the deadline. */
  settle(tenant: TenantConfig, deadlineMs: number): Promise<SettleReport>;
}

/** What one sweep did. */
export interface SweepReport {
  /** Tenants whose budgets were evaluated. */
  readonly evaluated: number;
  /** Tenants left to the next sweep for want of time. */
  readonly postponed: number;
  /** Alerts that this sweep itself claimed. */
  readonly claimed: number;
  /** Alerts that others claimed and did not get through. */
  readonly expired: PublishReport;
  /** What became of dead letters; null where that failed or nobody looked. */
  readonly deadLetters: DeadLetterReport | null;
  /** What the watch over sources came to; null where that failed or nobody watched. */
  readonly sources: WatchSourcesReport | null;
  /** What the watch over surges came to; null where that failed or nobody watched. */
  readonly surges: WatchSurgesReport | null;
  /** What the watch over rules came to; null where that failed or nobody watched. */
  readonly rules: WatchRulesReport | null;
  /** Tenants whose prices were settled as far as time allowed. */
  readonly settled: number;
  /** Entries that the ledger corrected of its own accord. */
  readonly corrected: number;
  /** Orders of correction that are left to the next sweep. */
  readonly openOrders: number;
}

/** A sweep that could not do all of its work; what it did is in the report, the next one does the rest. */
export class SweepIncompleteError extends LedgerError {
  override readonly name = 'SweepIncompleteError';
  readonly code = 'sweep/incomplete';
  readonly retryable = true;
  readonly report: SweepReport;
  constructor(report: SweepReport, faults: readonly string[], options?: ErrorOptions) {
    super(`sweep incomplete: ${faults.join('; ')}`, options);
    this.report = report;
  }
}

/** Faults of one sweep: each is noted, none stops the work on what has nothing to do with it. */
class Faults {
  readonly texts: string[] = [];
  readonly causes: unknown[] = [];

  /** What the work comes to; undefined when it failed, which is noted under the name of what failed. */
  async survive<T>(what: string, work: Promise<T>): Promise<T | undefined> {
    try {
      return await work;
    } catch (cause) {
      this.texts.push(`${what}: ${cause instanceof Error ? cause.message : 'unknown'}`);
      this.causes.push(cause);
      return undefined;
    }
  }
}

/**
 * Looks at the queues and does what invocations that crashed or lost their service left undone: publishes alerts whose
 * lease has run out, evaluates the budgets of every tenant, looks after surges, rules, dead letters and sources, then
 * settles prices.
 * May run at any time and several times at once.
 *
 * @param deadlineMs - epoch milliseconds after which nothing new is begun
 * @throws {@link SweepIncompleteError} after everything else was tried, so that an alarm can be set on it
 */
export async function sweep(ports: SweepPorts, deadlineMs: number): Promise<SweepReport> {
  const faults = new Faults();
  // First, so that looks are a minute apart whatever else there is to do.
  if (ports.watchQueues) await faults.survive('watch over the queues', ports.watchQueues());
  // Half of the time at most: a topic that hangs must not stop budgets, dead letters and prices as well.
  const publishUntilMs = ports.clock() + Math.ceil(Math.max(0, deadlineMs - ports.clock()) / 2);
  const expired = (await faults.survive('pending alerts', publishExpired(ports, publishUntilMs))) ?? NOTHING;
  const unsent = expired.outcomes.failed + expired.outcomes.unknown;
  if (unsent > 0) faults.texts.push(`${unsent} of ${expired.due} pending alerts not published`);
  const tenants = takeTurns(await ports.tenants.list(), Math.floor(ports.clock() / 60_000));
  const budgets = await evaluateAll(ports, tenants, deadlineMs, faults);
  const surges = await tend('surges', ports.watchSurges, ports, tenants, deadlineMs, faults);
  const rules = await tend('rules', ports.watchRules, ports, tenants, deadlineMs, faults);
  const deadLetters = await tend('rejects and dead letters', ports.tendRejects, ports, tenants, deadlineMs, faults);
  const sources = await tend('sources', ports.watchSources, ports, tenants, deadlineMs, faults);
  const prices = await settleAll(ports, tenants, deadlineMs, faults);
  const report = { ...budgets, expired, deadLetters, sources, surges, rules, ...prices };
  if (faults.texts.length > 0) {
    throw new SweepIncompleteError(report, faults.texts, { cause: new AggregateError(faults.causes) });
  }
  return report;
}

/** Takes a quarter of the time that is left at most: what waits there has waited before. */
async function tend<T>(
  what: string,
  work: ((tenants: readonly TenantConfig[], deadlineMs: number) => Promise<T>) | undefined,
  { clock }: SweepPorts,
  tenants: readonly TenantConfig[],
  deadlineMs: number,
  faults: Faults,
): Promise<T | null> {
  const nowMs = clock();
  if (!work || nowMs >= deadlineMs) return null;
  const untilMs = nowMs + Math.ceil((deadlineMs - nowMs) / 4);
  return (await faults.survive(what, work(tenants, untilMs))) ?? null;
}

async function evaluateAll(
  ports: SweepPorts,
  tenants: readonly TenantConfig[],
  deadlineMs: number,
  faults: Faults,
): Promise<Pick<SweepReport, 'evaluated' | 'postponed' | 'claimed'>> {
  let [evaluated, claimed, postponed] = [0, 0, 0];
  for (const tenant of tenants) {
    if (ports.clock() >= deadlineMs) {
      postponed += 1;
      continue;
    }
    const report = await faults.survive(`tenant ${tenant.tenant}`, evaluateBudgets(ports, tenant, 'save'));
    evaluated += report ? 1 : 0;
    claimed += report?.alerts.length ?? 0;
  }
  return { evaluated, claimed, postponed };
}

/** Alerts come first for every tenant; the time that is left is shared out, so that a long repricing holds up nobody. */
async function settleAll(
  ports: SweepPorts,
  tenants: readonly TenantConfig[],
  deadlineMs: number,
  faults: Faults,
): Promise<Pick<SweepReport, 'settled' | 'corrected' | 'openOrders'>> {
  let [settled, corrected, openOrders] = [0, 0, 0];
  for (const [index, tenant] of tenants.entries()) {
    const nowMs = ports.clock();
    if (nowMs >= deadlineMs) break;
    const untilMs = nowMs + Math.ceil((deadlineMs - nowMs) / (tenants.length - index));
    const report = await faults.survive(`prices of tenant ${tenant.tenant}`, ports.settle(tenant, untilMs));
    settled += report ? 1 : 0;
    corrected += report?.corrected ?? 0;
    openOrders += report?.openOrders ?? 0;
  }
  return { settled, corrected, openOrders };
}

const NOTHING: PublishReport = {
  due: 0,
  outcomes: { published: 0, unrecorded: 0, failed: 0, unknown: 0, late: 0, snoozed: 0 },
};
