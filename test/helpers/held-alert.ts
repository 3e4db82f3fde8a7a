import { randomUUID } from 'node:crypto';
import type { AlertPublisher, HeldAlert, PublishPorts } from '../../lib/app/alerts/alert-ports.ts';
import { drawLease } from '../../lib/app/alerts/publish-alerts.ts';
import type { AlertMessage } from '../../lib/domain/alerts/alert.ts';
import { AlertNotSentError, AlertOutcomeUnknownError } from '../../lib/domain/alerts/alert-errors.ts';

/** A message of no kind in particular. */
export function plainMessage(tenant: string, about: readonly string[] = ['budget:B']): AlertMessage {
  const alertId = randomUUID().replaceAll('-', '');
  return {
    alertId,
    kind: 'budget_actual',
    severity: 'warning',
    tenant,
    subject: 'Budget B',
    text: 'Budget "B".\n',
    sms: 'Budget B',
    data: { alert_id: alertId },
    about,
    attributes: { tenant, kind: 'budget_actual', severity: 'warning', alert_id: alertId },
  };
}

/** Claims a message, as whoever found it does. */
export async function claimMessage(ports: PublishPorts, message: AlertMessage): Promise<HeldAlert> {
  const { tenant, alertId } = message;
  const held = { alertId, tenant, claimedAtMs: ports.clock(), attempts: 1, lease: drawLease(ports), message };
  const result = await ports.alerts.claim([`test#${alertId}`], held);
  if (result === 'lost') throw new Error('the claim was lost');
  return held;
}

/** A channel that remembers what it took, and fails as told. */
export class FakeChannel implements AlertPublisher {
  readonly maxPublishMs = 10_000;
  readonly delivered: string[] = [];
  attempts = 0;
  /** `refuse`: certainly not delivered; `mute`: delivered, but no answer comes back. */
  behave: (attempt: number) => 'accept' | 'refuse' | 'mute' = () => 'accept';

  async publish({ alertId }: AlertMessage): Promise<void> {
    this.attempts += 1;
    const behaviour = this.behave(this.attempts);
    if (behaviour === 'refuse') throw new AlertNotSentError('throttled');
    this.delivered.push(alertId);
    if (behaviour === 'mute') throw new AlertOutcomeUnknownError('no answer');
  }
}
