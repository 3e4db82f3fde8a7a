import { type AlertMessage, type AlertSeverity, toShortMessage, toSubject } from './alert.ts';
import { toOneLine } from './alert-text.ts';

/** All that a test message says. */
export interface TestAlertFacts {
  readonly alertId: string;
  readonly tenant: string;
  /** Credential that asked for it, as admin records name it. */
  readonly by: string;
  /** Attributes it is sent with besides, to reach subscribers who filter by them. */
  readonly attributes: Readonly<Record<string, string>>;
  /** When it was asked for, epoch milliseconds. */
  readonly asOfMs: number;
  /** Address of the API without a slash at the end; null = not known, the link is then a path. */
  readonly apiUrl: string | null;
}

const KIND = 'test';
const SEVERITY: AlertSeverity = 'info';
const ABOUT: readonly string[] = ['test'];

/** Writes a message by which people find out whether alerts reach them. Nothing has happened, and it says so. */
export function renderTestAlert(facts: TestAlertFacts): AlertMessage {
  const { alertId, tenant, attributes } = facts;
  return {
    alertId,
    kind: KIND,
    severity: SEVERITY,
    tenant,
    subject: toSubject(`[test] Tokenledger test message for tenant ${tenant}, nothing has happened`),
    text: renderText(facts),
    sms: toShortMessage(`Tokenledger test message, nothing has happened. Alert ${alertId.slice(0, 8)}`),
    data: {
      schema_version: 1,
      alert_id: alertId,
      kind: KIND,
      severity: SEVERITY,
      tenant,
      about: ABOUT,
      as_of: toTime(facts.asOfMs),
      complete: true,
      incomplete_reasons: [],
      test: { requested_by: facts.by, attributes },
      show: { command: showCommand(alertId), link: showLink(facts) },
    },
    about: ABOUT,
    attributes: { kind: KIND, severity: SEVERITY, ...attributes, tenant, alert_id: alertId },
  };
}

function renderText(facts: TestAlertFacts): string {
  const { alertId, tenant, by, attributes, asOfMs } = facts;
  const named = Object.entries(attributes).map(([name, value]) => `${name}=${toOneLine(value)}`);
  return [
    'This is a test message. Nothing has happened, and nothing needs to be done.',
    '',
    `Where:    tenant ${toOneLine(tenant)}`,
    `Sent by:  ${toOneLine(by)}, to see whether alerts arrive`,
    `Sent as:  ${named.length === 0 ? 'kind test, severity info' : `an alert with ${named.join(', ')}`}`,
    `As of:    ${toTime(asOfMs)}`,
    '',
    `Show it:  ${showCommand(alertId)}`,
    // A path without its host leads nowhere from a mail.
    ...(facts.apiUrl === null ? [] : [`          ${showLink(facts)}`]),
    'Silence:  none needed, a test message comes only when somebody asks for one',
    `Alert:    ${alertId} (a repeat carries the same id)`,
    '',
  ].join('\n');
}

function showCommand(alertId: string): string {
  return `tokenledger alerts show ${alertId}`;
}

function showLink({ apiUrl, alertId }: TestAlertFacts): string {
  return `${apiUrl ?? ''}/v1/alerts/${alertId}`;
}

function toTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
