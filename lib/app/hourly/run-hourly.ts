import { LedgerError } from '../../domain/errors.ts';
import { takeTurns } from '../access/take-turns.ts';
import type { Clock, TenantConfig, Tenants } from '../ports.ts';

/** Something that looks after every tenant once an hour. */
export interface HourlyWatcher {
  /** Names it in reports and faults. */
  readonly name: string;
  /**
   * Does its work for the tenants in the order given; may be called again within the hour, and several times at once.
   *
   * @param deadlineMs - epoch milliseconds after which nothing new is begun
   * @returns a report for the log: counts, no content
   * @throws when something is left undone, after everything else was tried
   */
  watch(tenants: readonly TenantConfig[], deadlineMs: number): Promise<Readonly<Record<string, number>>>;
}

/** What the hourly run takes. */
export interface HourlyPorts {
  readonly tenants: Pick<Tenants, 'list'>;
  readonly clock: Clock;
  /** In the order in which they run. */
  readonly watchers: readonly HourlyWatcher[];
}

/** What each watcher came to, by its name; null where it failed. */
export type HourlyReport = Readonly<Record<string, Readonly<Record<string, number>> | null>>;

/** An hourly run that left something undone. Running again within the hour does the rest. */
export class HourlyRunIncompleteError extends LedgerError {
  override readonly name = 'HourlyRunIncompleteError';
  readonly code = 'hourly/incomplete';
  readonly retryable = true;
  readonly report: HourlyReport;
  constructor(report: HourlyReport, faults: readonly string[], options?: ErrorOptions) {
    super(`hourly run incomplete: ${faults.join('; ')}`, options);
    this.report = report;
  }
}

/** Milliseconds of an hour. */
export const HOUR_MS = 3_600_000;

/**
 * Lets every watcher look after the tenants, one watcher after the other, each within an even share of the time that
 * is left. A failure of one stops none of the others.
 *
 * @param deadlineMs - epoch milliseconds after which nothing new is begun
 * @throws {@link HourlyRunIncompleteError} after everything else was tried, so that the run is repeated
 */
export async function runHourly(ports: HourlyPorts, deadlineMs: number): Promise<HourlyReport> {
  const tenants = takeTurns(await ports.tenants.list(), Math.floor(ports.clock() / HOUR_MS));
  const report: Record<string, Readonly<Record<string, number>> | null> = {};
  const faults: string[] = [];
  const causes: unknown[] = [];
  for (const [index, { name, watch }] of ports.watchers.entries()) {
    const nowMs = ports.clock();
    const untilMs = nowMs + Math.ceil(Math.max(0, deadlineMs - nowMs) / (ports.watchers.length - index));
    try {
      report[name] = await watch(tenants, untilMs);
    } catch (cause) {
      report[name] = null;
      faults.push(`${name}: ${cause instanceof Error ? cause.message : 'unknown'}`);
      causes.push(cause);
    }
  }
  if (faults.length > 0) throw new HourlyRunIncompleteError(report, faults, { cause: new AggregateError(causes) });
  return report;
}
