import { HISTORY_START_MS, MAX_EVENT_LEAD_MS } from '../../contracts/limits.ts';
import type { Rejection } from '../../contracts/reject-reasons.ts';
import type { UsageEvent } from '../../domain/events/usage-event.ts';
import { parseInstant } from '../../domain/instant.ts';
import type { TenantConfig } from '../ports.ts';
import { type AcceptedAs, type NewReject, NO_TENANT, type Rejects } from '../rejects/reject-ports.ts';
import { findZone } from '../zones.ts';
import type { DecodedMessage } from './decode-message.ts';
import type { RejectName } from './message-stamp.ts';
import { readContractFields } from './reject-fields.ts';
import type { Arrival } from './resolve-arrival.ts';

/** What one message left that could not be accepted, and where it came from if it was redriven. */
export interface MessageRejects {
  readonly redrivenFrom: RejectName | undefined;
  readonly rejects: readonly NewReject[];
  /** What the ledger made of the events that it took; empty for none. */
  readonly acceptedAs: readonly AcceptedAs[];
}

/** Whose rejects are kept, and where days begin. */
export type RejectOwner = Pick<TenantConfig, 'tenant' | 'timeZone'>;

/** Rejects that belong to no tenant; their days are those of UTC. */
export const NOBODY: RejectOwner = { tenant: NO_TENANT, timeZone: 'UTC' };

/**
 * Keeps the rejects of messages under a tenant. What was redriven from a reject settles that one and leaves no other,
 * so that an event refused twice is still one reject.
 */
export async function keepRejects(
  store: Pick<Rejects, 'keep' | 'settle'>,
  { tenant, timeZone }: RejectOwner,
  messages: readonly MessageRejects[],
  nowMs: number,
): Promise<void> {
  const zone = findZone(timeZone);
  const fresh = messages
    .filter(({ redrivenFrom }) => !redrivenFrom)
    .flatMap(({ rejects }) => rejects.map((reject) => ({ ...reject, day: zone.localDay(findRejectMs(reject)) })));
  if (fresh.length > 0) await store.keep(tenant, fresh, nowMs);
  for (const { redrivenFrom, rejects, acceptedAs } of messages) {
    if (!redrivenFrom) continue;
    const [refused] = rejects;
    const verdict = refused
      ? { reason: refused.reason, field: refused.field, message: refused.message }
      : { accepted: acceptedAs[0] ?? 'recorded' };
    await store.settle(redrivenFrom.tenant, redrivenFrom.rejectId, verdict, nowMs);
  }
}

/** The event's own time where it can be read and may be true, else that of its arrival: no call is made after it came. */
function findRejectMs({ fields, receivedAtMs }: NewReject): number {
  const { time } = fields;
  const ownMs = typeof time === 'string' ? parseInstant(time) : undefined;
  const isPlausible = ownMs !== undefined && ownMs >= HISTORY_START_MS && ownMs <= receivedAtMs + MAX_EVENT_LEAD_MS;
  return isPlausible ? ownMs : receivedAtMs;
}

/** Every item of a message as a reject: those that decode for the reason given, the others for their own. */
export function refuseWhole(arrival: Arrival, decoded: DecodedMessage, rejection: Rejection): readonly NewReject[] {
  return [
    ...decoded.events.map(({ event, index }) => ({ ...rejection, index, fields: shownFields(event) })),
    ...decoded.gpuSamples.map(({ index }) => ({ ...rejection, index, fields: {} })),
    ...decoded.rejects,
  ].map((item) => arrival.refuse(item));
}

/** Why a message without a tenant is refused. */
export function refuseTenant(tenant: string | undefined): Rejection {
  return tenant === undefined
    ? { reason: 'sender_unknown', field: null, message: 'the sender belongs to no tenant' }
    : { reason: 'tenant_unknown', field: null, message: 'the tenant of the sender does not exist' };
}

/** The reject of an event whose body names another tenant than its sender has; undefined when it does not. */
export function checkClaim(tenant: string, claim: string | undefined): Rejection | undefined {
  if (claim === undefined || claim === tenant) return undefined;
  return { reason: 'tenant_mismatch', field: 'tenant', message: 'the event names another tenant than its sender has' };
}

/** What readers of a reject may see of an event that parses: the same as of one that does not. */
export function shownFields(event: UsageEvent): NewReject['fields'] {
  return readContractFields({ ...event, time: new Date(event.timeMs).toISOString() });
}
