import { findFilterFault } from '../../contracts/alert-filter.ts';
import { renderTestAlert } from '../../domain/alerts/alert-test-message.ts';
import { InvalidRequestError } from '../request-errors.ts';
import type { PublishPorts } from './alert-ports.ts';
import { nameAlert } from './name-alert.ts';
import { drawLease, type PublishOutcome, publishHeld } from './publish-alerts.ts';

/** What a test message takes. */
export interface TestAlertPorts extends PublishPorts {
  /** Address of the API without a slash at the end, for links; null = not known. */
  readonly apiUrl: string | null;
}

/**
 * Sends a test message on the way that every alert takes: claimed, published to every channel, on record.
 *
 * @param by - credential that asks, as admin records name it
 * @param attributes - what subscribers filter by, to reach those who do; `kind` and `severity` stand in for its own
 * @throws {@link InvalidRequestError} naming the attribute at fault
 */
export async function sendTestAlert(
  ports: TestAlertPorts,
  tenant: string,
  by: string,
  attributes: Readonly<Record<string, string>>,
): Promise<{ readonly alertId: string; readonly outcome: PublishOutcome }> {
  checkAttributes(attributes);
  const claim = `TEST#${ports.drawOwner()}`;
  const alertId = nameAlert(tenant, claim);
  const nowMs = ports.clock();
  const message = renderTestAlert({ alertId, tenant, by, attributes, asOfMs: nowMs, apiUrl: ports.apiUrl });
  const held = { alertId, tenant, claimedAtMs: nowMs, attempts: 1, lease: drawLease(ports), message };
  // The claim is drawn for this message, so only an unknown outcome is `lost`; the sweep sends it if it is there.
  if ((await ports.alerts.claim([claim], held)) === 'lost') return { alertId, outcome: 'unknown' };
  return { alertId, outcome: await publishHeld(ports, held) };
}

function checkAttributes(attributes: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(attributes)) {
    // Each alone: a message may have every attribute, a filter only some.
    const fault = findFilterFault({ [name]: [value] });
    if (fault) throw new InvalidRequestError([{ field: `attributes.${name}`, expected: fault.expected }]);
  }
}
