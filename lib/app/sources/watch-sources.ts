import { alertSilence, type SilenceAlertPorts, type SilenceReport } from '../alerts/alert-silence.ts';
import type { TenantConfig } from '../ports.ts';
import { type FollowSourcesPorts, followSources } from './follow-sources.ts';
import type { SourceStates, StoredSources } from './source-ports.ts';

/** What watching over the sources of every tenant takes. */
export interface WatchSourcesPorts extends SilenceAlertPorts, FollowSourcesPorts {
  readonly sourceStates: SourceStates;
  /** The moment before which every accepted message is recorded or given up, epoch milliseconds; undefined = unknown. */
  readonly readClearedMs: () => Promise<number | undefined>;
}

/** What one watch came to, over all tenants. */
export interface WatchSourcesReport extends SilenceReport {
  /** Tenants whose log was followed to its end. */
  readonly current: number;
}

/** Queues that are further behind than this may hold what a source seems not to have sent. */
const BACKED_UP_MS = 30 * 60_000;

/** Tenants that are followed at the same time: mostly it is waiting for the table. */
const TENANTS_AT_ONCE = 8;

/**
 * Follows the log of every tenant for who sent what, then tells of sources that fell silent. A failure of one tenant
 * stops none of the others.
 *
 * While the queues are backed up nothing is told: they are when nobody knows that they held nothing older within the
 * last half hour, and no call of any tenant that is as young was recorded.
 *
 * @param deadlineMs - epoch milliseconds after which nothing new is begun
 * @throws AggregateError of what failed, when everything was tried
 */
export async function watchSources(
  ports: WatchSourcesPorts,
  tenants: readonly TenantConfig[],
  deadlineMs: number,
): Promise<WatchSourcesReport> {
  const causes: unknown[] = [];
  const current: { readonly tenant: TenantConfig; readonly stored: StoredSources }[] = [];
  let freshestMs = Number.NEGATIVE_INFINITY;
  let begun = 0;
  const followNext = async (): Promise<void> => {
    for (let tenant = tenants[begun]; tenant; tenant = tenants[begun]) {
      const nowMs = ports.clock();
      if (nowMs >= deadlineMs) return;
      // Each has its share of the time that is left, so that one with much to catch up with holds up nobody.
      const untilMs =
        nowMs + ((deadlineMs - nowMs) * TENANTS_AT_ONCE) / Math.max(TENANTS_AT_ONCE, tenants.length - begun);
      begun += 1;
      try {
        const { stored, isCurrent } = await followSources(ports, tenant, untilMs);
        if (isCurrent) current.push({ tenant, stored });
        freshestMs = Math.max(freshestMs, stored.state.freshestMs ?? freshestMs);
      } catch (cause) {
        causes.push(cause);
      }
    }
  };
  await Promise.all(Array.from({ length: TENANTS_AT_ONCE }, followNext));
  const isBackedUp = async (): Promise<boolean> => {
    const sinceMs = ports.clock() - BACKED_UP_MS;
    return freshestMs < sinceMs && ((await ports.readClearedMs()) ?? Number.NEGATIVE_INFINITY) < sinceMs;
  };
  const report = { current: current.length, silent: 0, returned: 0, held: 0 };
  for (const { tenant, stored } of current) {
    if (ports.clock() >= deadlineMs) break;
    try {
      const { silent, returned, held } = await alertSilence(ports, tenant, stored, isBackedUp);
      report.silent += silent;
      report.returned += returned;
      report.held += held;
    } catch (cause) {
      causes.push(cause);
    }
  }
  if (causes.length > 0) {
    const texts = causes.map((cause) => (cause instanceof Error ? cause.message : 'unknown'));
    throw new AggregateError(causes, texts.join('; '));
  }
  return report;
}
