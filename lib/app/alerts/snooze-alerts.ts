import { findWholeSubject } from '../../domain/alerts/alert-subject.ts';
import type { AdminRecords, Credential } from '../access/access-ports.ts';
import type { Clock } from '../ports.ts';
import { ConflictError, InvalidRequestError } from '../request-errors.ts';
import type { Acknowledgement, AlertRecord, AlertStore } from './alert-ports.ts';
import { findAlert } from './list-alerts.ts';

/** What people's words about alerts take. */
export interface AlertCarePorts {
  readonly alerts: AlertStore;
  readonly adminRecords: Pick<AdminRecords, 'append'>;
  readonly clock: Clock;
}

/** Who says it, in which tenant. */
export interface AlertCarer {
  readonly tenant: string;
  readonly key: Credential;
}

/** Longest snooze in hours, 30 days. */
export const MAX_SNOOZE_HOURS = 720;

/** Things that may be snoozed at a time in a tenant, as every publish reads them. */
export const MAX_SNOOZES = 500;

const HOUR_MS = 3_600_000;

/**
 * Puts down that somebody has seen an alert; the first one stands.
 * @throws {@link NotFoundError} when the tenant has no such alert
 */
export async function acknowledgeAlert(
  ports: AlertCarePorts,
  { tenant, key }: AlertCarer,
  alertId: string,
  note: string | null,
): Promise<AlertRecord> {
  const alert = await findAlert(ports.alerts, tenant, alertId);
  if (alert.acknowledged) return alert;
  const mine: Acknowledgement = { atMs: ports.clock(), by: key.keyId, note };
  const acknowledged = await ports.alerts.acknowledge(tenant, alertId, mine);
  await record(ports, { tenant, key }, 'alert.acknowledged', { alert_id: alertId, note });
  return { ...alert, acknowledged };
}

/**
 * Lets alerts about the same things wait, those that are claimed and wait to be published included. Resolved and
 * critical ones wait as well: who asks for silence about a thing gets it, and hears everything when it ends.
 *
 * @param untilMs - when the snooze ends, epoch milliseconds
 * @param isWhole - whether an alert about one part of a budget silences the budget with all its parts
 * @throws {@link NotFoundError} when the tenant has no such alert
 * @throws {@link InvalidRequestError} when the end is not within the next 30 days
 * @throws {@link ConflictError} when too much is snoozed already, or the alert is of a release without snoozes
 */
export async function snoozeAlert(
  ports: AlertCarePorts,
  { tenant, key }: AlertCarer,
  alertId: string,
  untilMs: number,
  isWhole = false,
): Promise<readonly string[]> {
  const nowMs = ports.clock();
  if (untilMs <= nowMs || untilMs > nowMs + MAX_SNOOZE_HOURS * HOUR_MS) {
    throw new InvalidRequestError([{ field: 'until', expected: `a time within the next ${MAX_SNOOZE_HOURS} hours` }]);
  }
  const alert = await findAlert(ports.alerts, tenant, alertId);
  if (alert.about.length === 0) {
    throw new ConflictError('This alert is older than snoozes and names nothing to be silent about.');
  }
  const about = isWhole ? [...new Set(alert.about.map(findWholeSubject))] : alert.about;
  const snoozes = await ports.alerts.snoozes(tenant);
  const over = [...snoozes].filter(([, snooze]) => snooze.untilMs <= nowMs).map(([thing]) => thing);
  const others = [...snoozes.keys()].filter((thing) => !over.includes(thing) && !about.includes(thing));
  if (others.length + about.length > MAX_SNOOZES) {
    throw new ConflictError(`At most ${MAX_SNOOZES} things are snoozed at a time.`);
  }
  if (over.length > 0) await ports.alerts.endSnooze(tenant, over);
  await ports.alerts.snooze(tenant, about, { untilMs, sinceMs: nowMs, by: key.keyId });
  const until = new Date(untilMs).toISOString();
  await record(ports, { tenant, key }, 'alert.snoozed', { alert_id: alertId, about, until });
  return about;
}

/**
 * Ends the snooze of what an alert is about, that of the whole budget included; what waited is published within a
 * minute.
 * @returns the things that were snoozed
 * @throws {@link NotFoundError} when the tenant has no such alert
 */
export async function unsnoozeAlert(
  ports: AlertCarePorts,
  { tenant, key }: AlertCarer,
  alertId: string,
): Promise<readonly string[]> {
  const { about } = await findAlert(ports.alerts, tenant, alertId);
  const ended = await ports.alerts.endSnooze(tenant, [...new Set([...about, ...about.map(findWholeSubject)])]);
  if (ended.length > 0) await record(ports, { tenant, key }, 'alert.unsnoozed', { alert_id: alertId, about: ended });
  return ended;
}

async function record(
  { adminRecords, clock }: AlertCarePorts,
  { tenant, key }: AlertCarer,
  action: string,
  detail: Readonly<Record<string, unknown>>,
): Promise<void> {
  await adminRecords.append(tenant, { atMs: clock(), keyId: key.keyId, action, detail });
}
