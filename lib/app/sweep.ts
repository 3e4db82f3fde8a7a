import { LedgerError } from '../domain/errors.ts';
import type { EvaluatePorts } from './alert-ports.ts';
import { evaluateBudgets } from './evaluate-budgets.ts';
import type { Clock, TenantConfig, Tenants } from './ports.ts';
import { type PublishReport, publishExpired } from './publish-alerts.ts';

/** What the sweep takes. */
export interface SweepPorts extends EvaluatePorts {
  readonly tenants: Tenants;
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

/**
 * Does what invocations that crashed or lost their service left undone: publishes alerts whose lease has run out, then
 * evaluates the budgets of every tenant. May run at any time and several times at once.
 *
 * @param deadlineMs - epoch milliseconds after which nothing new is begun
 * @throws {@link SweepIncompleteError} after everything else was tried, so that an alarm can be set on it
 */
export async function sweep(ports: SweepPorts, deadlineMs: number): Promise<SweepReport> {
  const faults: string[] = [];
  const causes: unknown[] = [];
  const note = (what: string, cause: unknown): undefined => {
    faults.push(`${what}: ${cause instanceof Error ? cause.message : 'unknown'}`);
    causes.push(cause);
  };
  const expired = (await publishExpired(ports, deadlineMs).catch((cause) => note('pending alerts', cause))) ?? NOTHING;
  const unsent = expired.outcomes.failed + expired.outcomes.unknown;
  if (unsent > 0) faults.push(`${unsent} of ${expired.due} pending alerts not published`);
  let [evaluated, claimed, postponed] = [0, 0, 0];
  for (const tenant of startingAnywhere(await ports.tenants.list(), ports.clock)) {
    if (ports.clock() >= deadlineMs) {
      postponed += 1;
      continue;
    }
    const report = await evaluateBudgets(ports, tenant, 'save').catch((cause) =>
      note(`tenant ${tenant.tenant}`, cause),
    );
    evaluated += report ? 1 : 0;
    claimed += report?.alerts.length ?? 0;
  }
  const report = { evaluated, postponed, claimed, expired };
  if (faults.length > 0) throw new SweepIncompleteError(report, faults, { cause: new AggregateError(causes) });
  return report;
}

const NOTHING: PublishReport = { due: 0, outcomes: { published: 0, unrecorded: 0, failed: 0, unknown: 0, late: 0 } };

/** Begins with another tenant each minute, so that none is always the one that time runs out for. */
function startingAnywhere(tenants: readonly TenantConfig[], clock: Clock): readonly TenantConfig[] {
  const start = tenants.length === 0 ? 0 : Math.floor(clock() / 60_000) % tenants.length;
  return [...tenants.slice(start), ...tenants.slice(0, start)];
}
