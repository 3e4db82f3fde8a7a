import { findRises, REJECT_RISE, type RejectRiseRule } from '../../domain/alerts/alert-rejects.ts';
import { renderRejectAlert } from '../../domain/alerts/alert-rejects-message.ts';
import { RATE_STEP_MS, type Rejects } from '../rejects/reject-ports.ts';
import { findZone } from '../zones.ts';
import type { PublishPorts } from './alert-ports.ts';
import { nameAlert } from './name-alert.ts';
import { drawLease, type PublishOutcome, publishHeld } from './publish-alerts.ts';

/** What telling of a rise of rejects takes. */
export interface RejectAlertPorts extends PublishPorts {
  readonly rejects: Pick<Rejects, 'rates'>;
  /** Address of the API without a slash at the end, for links; null = not known. */
  readonly apiUrl: string | null;
}

/**
 * Tells subscribers when far more events of a tenant are refused than usual: once per reason and local day, in one
 * message for all reasons that rose. What is quiet costs one small read.
 *
 * The window ends now and begins with a step of the counts, so it is up to one step shorter than the rule says.
 *
 * @param tenant - `-` with any zone for rejects that belong to no tenant
 * @returns how the publishing ended; undefined when there was nothing new to tell
 */
export async function alertRejects(
  ports: RejectAlertPorts,
  { tenant, timeZone }: { readonly tenant: string; readonly timeZone: string },
  rule: RejectRiseRule = REJECT_RISE,
): Promise<PublishOutcome | undefined> {
  const nowMs = ports.clock();
  const fromMs = Math.floor(nowMs / RATE_STEP_MS) * RATE_STEP_MS + RATE_STEP_MS - rule.windowMs;
  const recent = await ports.rejects.rates(tenant, fromMs, nowMs + 1);
  if (![...recent.values()].some((count) => count >= rule.atLeast)) return undefined;
  const prefix = `REJECTS#${findZone(timeZone).localDay(nowMs)}#`;
  const told = await ports.alerts.claims(tenant, prefix);
  const untold = new Map([...recent].filter(([reason]) => !told.has(prefix + reason)));
  const rises = findRises(rule, untold, await ports.rejects.rates(tenant, fromMs - rule.baselineMs, fromMs));
  const claims = rises.map(({ reason }) => prefix + reason);
  const [first] = claims;
  if (first === undefined) return undefined;
  const alertId = nameAlert(tenant, first);
  const { apiUrl } = ports;
  const message = renderRejectAlert({ alertId, tenant, timeZone, rises, rule, fromMs, asOfMs: nowMs, apiUrl });
  const held = { alertId, tenant, claimedAtMs: nowMs, attempts: 1, lease: drawLease(ports), message };
  // Whoever was faster told of one of the reasons; the next sweep tells of what is left.
  if ((await ports.alerts.claim(claims, held)) === 'lost') return undefined;
  return publishHeld(ports, held);
}
