import { alertRejects, type RejectAlertPorts } from '../alerts/alert-rejects.ts';
import type { TenantConfig } from '../ports.ts';
import { type DeadLetterPorts, type DeadLetterReport, redriveDeadLetters } from './redrive-dead-letters.ts';
import { NO_TENANT } from './reject-ports.ts';

/** What the sweep's care of rejects and dead letters takes. */
export type TendPorts = RejectAlertPorts & DeadLetterPorts;

/**
 * Sends dead letters back and tells of reasons for which suddenly many events are refused, also those that belong to no
 * tenant. A failure of one stops none of the others.
 *
 * @param deadlineMs - epoch milliseconds after which nothing new is begun
 * @throws AggregateError of what failed, when everything was tried
 */
export async function tendRejects(
  ports: TendPorts,
  tenants: readonly TenantConfig[],
  deadlineMs: number,
): Promise<DeadLetterReport> {
  const causes: unknown[] = [];
  const watched = [...tenants, { tenant: NO_TENANT, timeZone: 'UTC' }];
  for (const tenant of watched) {
    if (ports.clock() >= deadlineMs) break;
    await alertRejects(ports, tenant).catch((cause: unknown) => causes.push(cause));
  }
  const report = await redriveDeadLetters(ports, deadlineMs).catch((cause: unknown) => {
    causes.push(cause);
    return { sentBack: 0, keptAsRejects: 0, postponed: 0, failed: 0 };
  });
  if (causes.length > 0) {
    const texts = causes.map((cause) => (cause instanceof Error ? cause.message : 'unknown'));
    throw new AggregateError(causes, texts.join('; '));
  }
  return report;
}
