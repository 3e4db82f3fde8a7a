import type { AlertKind, AlertSeverity } from '../../domain/alerts/alert.ts';
import type { Clock } from '../ports.ts';
import { NotFoundError } from '../request-errors.ts';
import { ALERTS_PER_PAGE, type AlertPage, type AlertRecord, type AlertStore } from './alert-ports.ts';

/** How far an alert got. */
export const ALERT_STATES = ['claimed', 'snoozed', 'published'] as const;

/** One of {@link ALERT_STATES}. `claimed`: being published or waiting for the sweep; `published`: every channel has it. */
export type AlertState = (typeof ALERT_STATES)[number];

/** Which alerts are asked for; what is left out does not matter. */
export interface AlertQuery {
  readonly kind?: AlertKind | undefined;
  readonly severity?: AlertSeverity | undefined;
  /** One of the things that the alert is about. */
  readonly about?: string | undefined;
  readonly state?: AlertState | undefined;
  /** Behind the page that gave it. */
  readonly cursor?: string | undefined;
}

/** Alerts that one request looks through for those asked for. */
const MAX_PAGES = 20;

const MAX_ID_LENGTH = 64;

/** How far an alert has got by now. */
export function stateOfAlert({ publishedAtMs, snoozedUntilMs }: AlertRecord, nowMs: number): AlertState {
  if (publishedAtMs !== null) return 'published';
  return snoozedUntilMs !== null && snoozedUntilMs > nowMs ? 'snoozed' : 'claimed';
}

/**
 * The alerts asked for, newest first: a page of {@link ALERTS_PER_PAGE} or a little more, less only where there are
 * none left or the next request has to look on.
 */
export async function listAlerts(
  { alerts, clock }: { readonly alerts: Pick<AlertStore, 'list'>; readonly clock: Clock },
  tenant: string,
  query: AlertQuery,
): Promise<AlertPage> {
  const found: AlertRecord[] = [];
  let { cursor } = query;
  for (let page = 1; page <= MAX_PAGES; page++) {
    const { alerts: read, next } = await alerts.list(tenant, cursor);
    found.push(...read.filter((alert) => matches(query, alert, clock())));
    if (next === undefined) return { alerts: found };
    cursor = next;
    if (found.length >= ALERTS_PER_PAGE) break;
  }
  return cursor === undefined ? { alerts: found } : { alerts: found, next: cursor };
}

/** @throws {@link NotFoundError} when the tenant has no such alert */
export async function findAlert(
  alerts: Pick<AlertStore, 'find'>,
  tenant: string,
  alertId: string,
): Promise<AlertRecord> {
  // Ids of alerts are digests; what is longer is none, and the table takes no key of any length.
  const alert = alertId.length > MAX_ID_LENGTH ? undefined : await alerts.find(tenant, alertId);
  if (!alert) throw new NotFoundError('There is no alert of this id.');
  return alert;
}

function matches(query: AlertQuery, alert: AlertRecord, nowMs: number): boolean {
  return (
    (query.kind === undefined || query.kind === alert.kind) &&
    (query.severity === undefined || query.severity === alert.severity) &&
    (query.about === undefined || alert.about.includes(query.about)) &&
    (query.state === undefined || query.state === stateOfAlert(alert, nowMs))
  );
}
