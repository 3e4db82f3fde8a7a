import type {
  Acknowledgement,
  AlertRecord,
  Deliveries,
  HeldAlert,
  PendingAlert,
  Snooze,
} from '../../app/alerts/alert-ports.ts';
import { keys, padNumber } from '../../contracts/table-keys.ts';
import type { AlertMessage } from '../../domain/alerts/alert.ts';
import { numberAttribute, textAttribute } from './item-attributes.ts';
import type { Item, Key, TransactWrite } from './table.ts';

/** Beginning of the sort key of a claim. */
export const CLAIM = 'CLAIM#';

/** Beginning of the sort key of an alert on record. */
export const RECORD = 'SENT#';

const POINTER = 'ID#';
const ACKNOWLEDGEMENT = 'ACK#';

/** The writes that claim an alert, for a transaction that may hold more: one per claim and three. */
export function claimWrites(claims: readonly string[], held: HeldAlert): readonly TransactWrite[] {
  const absent = { absent: true } as const;
  return [
    ...claims.map((claim) => ({
      type: 'put' as const,
      item: { pk: keys.alerts(held.tenant), sk: `${CLAIM}${claim}`, alertId: held.alertId },
      condition: absent,
    })),
    { type: 'put', item: outboxItem(held), condition: absent },
    { type: 'put', item: recordItem(held, {}), condition: absent },
    { type: 'put', item: { ...pointerKey(held.tenant, held.alertId), record: recordKey(held).sk } },
  ];
}

/** Where the key of an alert's record is found by its id. */
export function pointerKey(tenant: string, alertId: string): Key {
  return { pk: keys.alerts(tenant), sk: `${POINTER}${alertId}` };
}

/** Key of the alert on record. */
export function recordKey(pending: PendingAlert): Key {
  return { pk: keys.alerts(pending.tenant), sk: `${RECORD}${padNumber(pending.claimedAtMs)}#${pending.alertId}` };
}

/** What holds of a pending alert's owner: the write that has this condition happens only while the lease is theirs. */
export function owned(pending: PendingAlert): { readonly attribute: string; readonly equals: string } {
  return { attribute: 'owner', equals: pending.lease.owner };
}

/** A pending alert as an item; `isSnoozed`: nobody publishes under this lease, it only says when to look again. */
export function outboxItem(pending: PendingAlert, isSnoozed = false): Item {
  return {
    pk: keys.alertOutbox,
    sk: pending.alertId,
    tenant: pending.tenant,
    owner: pending.lease.owner,
    leaseUntilMs: BigInt(pending.lease.untilMs),
    claimedAtMs: BigInt(pending.claimedAtMs),
    attempts: BigInt(pending.attempts),
    ...deliveredAttribute(pending),
    ...(isSnoozed ? { snoozed: 1n } : {}),
  };
}

/** Whether an item of the outbox waits for the end of a snooze, so that nobody publishes it. */
export function isSnoozedItem(item: Item): boolean {
  return item['snoozed'] !== undefined;
}

/** What became of an alert's publishing so far, besides what its channels accepted. */
export interface PublishingState {
  readonly publishedAtMs?: number;
  readonly lastError?: string;
  readonly snoozedUntilMs?: number;
}

/** The alert on record as an item. */
export function recordItem(held: HeldAlert, { publishedAtMs, lastError, snoozedUntilMs }: PublishingState): Item {
  return {
    ...recordKey(held),
    message: JSON.stringify(held.message),
    claimedAtMs: BigInt(held.claimedAtMs),
    attempts: BigInt(held.attempts),
    ...deliveredAttribute(held),
    ...(publishedAtMs === undefined ? {} : { publishedAtMs: BigInt(publishedAtMs) }),
    ...(lastError === undefined ? {} : { lastError }),
    ...(snoozedUntilMs === undefined ? {} : { snoozedUntilMs: BigInt(snoozedUntilMs) }),
  };
}

/** An item of the outbox, read back. */
export function toPending(item: Item): PendingAlert {
  return {
    alertId: item.sk,
    tenant: textAttribute(item, 'tenant'),
    claimedAtMs: numberAttribute(item, 'claimedAtMs'),
    attempts: numberAttribute(item, 'attempts'),
    lease: { owner: textAttribute(item, 'owner'), untilMs: numberAttribute(item, 'leaseUntilMs') },
    deliveries: toDeliveries(item),
  };
}

/** The message of an alert on record. */
export function toMessage(item: Item): AlertMessage {
  // Alerts of earlier releases do not say what they are about.
  const stored = JSON.parse(textAttribute(item, 'message')) as Omit<AlertMessage, 'about'> & Partial<AlertMessage>;
  return { ...stored, about: stored.about ?? [] };
}

/** An alert on record, read back; `acknowledgement` is its item, where there is one. */
export function toRecord(item: Item, acknowledgement: Item | undefined): AlertRecord {
  const { alertId, kind, severity, subject, data, about } = toMessage(item);
  const time = (name: string) => (item[name] === undefined ? null : numberAttribute(item, name));
  return {
    alertId,
    kind,
    severity,
    subject,
    data,
    about,
    publishedAtMs: time('publishedAtMs'),
    deliveries: toDeliveries(item),
    snoozedUntilMs: time('snoozedUntilMs'),
    acknowledged: acknowledgement ? toAcknowledgement(acknowledgement) : null,
    claimedAtMs: numberAttribute(item, 'claimedAtMs'),
    attempts: numberAttribute(item, 'attempts'),
    lastError: item['lastError'] === undefined ? null : textAttribute(item, 'lastError'),
  };
}

/** Key of an alert's acknowledgement: an item of its own, because whoever publishes writes the record whole. */
export function acknowledgementKey(tenant: string, alertId: string): Key {
  return { pk: keys.alerts(tenant), sk: `${ACKNOWLEDGEMENT}${alertId}` };
}

/** An acknowledgement as an item. */
export function acknowledgementItem(tenant: string, alertId: string, { atMs, by, note }: Acknowledgement): Item {
  return { ...acknowledgementKey(tenant, alertId), atMs: BigInt(atMs), by, ...(note === null ? {} : { note }) };
}

/** An acknowledgement, read back. */
export function toAcknowledgement(item: Item): Acknowledgement {
  return {
    atMs: numberAttribute(item, 'atMs'),
    by: textAttribute(item, 'by'),
    note: item['note'] === undefined ? null : textAttribute(item, 'note'),
  };
}

/** A snooze as an item. */
export function snoozeItem(tenant: string, about: string, { untilMs, sinceMs, by }: Snooze): Item {
  return { pk: keys.snoozes(tenant), sk: about, untilMs: BigInt(untilMs), sinceMs: BigInt(sinceMs), by };
}

/** A snooze, read back. */
export function toSnooze(item: Item): Snooze {
  return {
    untilMs: numberAttribute(item, 'untilMs'),
    sinceMs: numberAttribute(item, 'sinceMs'),
    by: textAttribute(item, 'by'),
  };
}

function deliveredAttribute({ deliveries = {} }: PendingAlert): { readonly deliveries?: string } {
  return Object.keys(deliveries).length > 0 ? { deliveries: JSON.stringify(deliveries) } : {};
}

function toDeliveries(item: Item): Deliveries {
  return item['deliveries'] === undefined ? {} : (JSON.parse(textAttribute(item, 'deliveries')) as Deliveries);
}
