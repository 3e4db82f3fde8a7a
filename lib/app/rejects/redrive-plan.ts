import type { Rejection } from '../../contracts/reject-reasons.ts';
import { checkEventTime } from '../../domain/events/event-window.ts';
import type { TenantConfig, Tenants } from '../ports.ts';
import { decodeMessage } from '../recording/decode-message.ts';
import { checkClaim } from '../recording/keep-rejects.ts';
import { EVENT_FIELD_KINDS, type FieldKind, SAMPLE_FIELD_KINDS } from '../recording/reject-event.ts';
import { findSenderTenant, type SenderPolicy } from '../recording/resolve-sender.ts';
import { packMessage } from '../recording/submit-events.ts';
import { InvalidRequestError } from '../request-errors.ts';
import { type KeptReject, NO_TENANT, type RejectParcel, type Rejects, type StampedMessage } from './reject-ports.ts';

/** A value for a field of the contract, `usage.input_tokens` or `feature`; null takes the field out. */
export type FieldChanges = ReadonlyMap<string, string | number | boolean | null>;

/** Why a reject cannot be sent again as it is. */
export type NotRedrivable =
  | 'accepted_before'
  | 'expired'
  | 'not_restorable'
  | 'fields_missing'
  | 'tenant_unknown'
  | 'sender_unknown';

/** What can be said of redriving a reject before its content is looked at. */
export const REDRIVE_PROSPECTS = ['possible', 'accepted_before', 'expired', 'not_restorable'] as const;

/**
 * Whether a reject can be redriven, by what is kept of it. `possible` does not promise that recording takes it, and
 * fields may have to be set.
 */
export function foreseeRedrive(
  { state, restorableUntilMs }: Pick<KeptReject, 'state' | 'restorableUntilMs'>,
  nowMs: number,
): (typeof REDRIVE_PROSPECTS)[number] {
  if (state === 'accepted') return 'accepted_before';
  if (restorableUntilMs === null) return 'not_restorable';
  return restorableUntilMs > nowMs ? 'possible' : 'expired';
}

/** What redriving a reject comes to: a message for a queue, or why there is none. */
export type RedrivePlan =
  | {
      readonly queue: 'usage' | 'import';
      readonly message: StampedMessage;
      readonly tenant: TenantConfig;
    }
  | { readonly refusal: NotRedrivable; readonly detail: string };

/** What planning takes. */
export interface RedrivePlanPorts {
  readonly rejects: Pick<Rejects, 'findParcel'>;
  readonly tenants: Pick<Tenants, 'find'>;
  readonly senders: SenderPolicy;
}

/**
 * Restores the message of a reject, with changed fields where wanted.
 *
 * @param home - tenant under which the reject is kept, `-` for none
 */
export async function planRedrive(
  ports: RedrivePlanPorts,
  home: string,
  reject: KeptReject,
  changes: FieldChanges,
  nowMs: number,
): Promise<RedrivePlan> {
  const prospect = foreseeRedrive(reject, nowMs);
  if (prospect === 'accepted_before') return refuse(prospect, 'the ledger knows its id since');
  if (prospect === 'not_restorable') {
    return refuse(prospect, 'it is too large to be kept as it was sent; send the original');
  }
  const parcel = await ports.rejects.findParcel(home, reject.rejectId, nowMs);
  if (!parcel) return refuse('expired', describeExpiry(reject));
  const tenant = await findTenant(ports, home, parcel);
  if (typeof tenant === 'string') return refuse(tenant, describeMissing(tenant));
  const body = restoreBody(parcel, changes);
  if (typeof body !== 'string') return body;
  const { receivedAtMs, messageId, rejectId } = reject;
  const stamp = {
    tenant: tenant.tenant,
    firstArrivalMs: receivedAtMs,
    firstMessageId: messageId,
    reject: { tenant: home, rejectId },
  };
  return { queue: parcel.queue, tenant, message: { body, stamp } };
}

/** What recording would find wrong with a planned message now; undefined when nothing is. */
export function checkPlanned(plan: Extract<RedrivePlan, { readonly queue: unknown }>): Rejection | undefined {
  const { events, gpuSamples, rejects } = decodeMessage(plan.message.body);
  const window = { firstArrivalMs: plan.message.stamp.firstArrivalMs ?? 0, allowOlder: plan.queue === 'import' };
  const ofItems = [
    ...events.map(
      ({ event, tenantClaim }) => checkClaim(plan.tenant.tenant, tenantClaim) ?? checkEventTime(event, window),
    ),
    ...gpuSamples.map(({ tenantClaim }) => checkClaim(plan.tenant.tenant, tenantClaim)),
  ];
  return rejects[0] ?? ofItems.find((rejection) => rejection !== undefined);
}

/**
 * Checks that changes name fields of the contract, and reads each value as its field wants it.
 * @throws {@link InvalidRequestError} for a field that events do not have, or a number that is none
 */
export function readChanges(changes: Readonly<Record<string, string | number | boolean | null>>): FieldChanges {
  const read = new Map<string, string | number | boolean | null>();
  for (const [path, value] of Object.entries(changes)) {
    const kind = kindOf(path);
    if (kind === undefined) {
      throw new InvalidRequestError([{ field: `set.${path}`, expected: 'a field of a usage event, such as feature' }]);
    }
    const isClearing = value === null || value === '';
    if (typeof kind !== 'string' || kind === 'texts' || kind === 'numbers') {
      if (isClearing) read.set(path, null);
      else throw new InvalidRequestError([{ field: `set.${path}`, expected: `a part of it, such as ${path}.name` }]);
    } else read.set(path, isClearing ? null : readValue(path, kind, value));
  }
  return read;
}

function refuse(refusal: NotRedrivable, detail: string): RedrivePlan {
  return { refusal, detail };
}

function describeExpiry({ restorableUntilMs, fields }: KeptReject): string {
  const until = new Date(restorableUntilMs ?? 0).toISOString();
  const left = Object.keys(fields).join(', ') || 'none';
  return `what made it an event expired at ${until}; only fields to look at are left (${left}), so send the original`;
}

function describeMissing(reason: 'tenant_unknown' | 'sender_unknown'): string {
  return reason === 'tenant_unknown'
    ? 'its tenant does not exist yet; create it first'
    : 'its sender belongs to no tenant yet; add it to the senders of a tenant or of the stack first';
}

/** A reject under a tenant belongs to it; one under no tenant to the one that its sender has by now. */
async function findTenant(
  { tenants, senders }: RedrivePlanPorts,
  home: string,
  parcel: RejectParcel,
): Promise<TenantConfig | 'tenant_unknown' | 'sender_unknown'> {
  const isHomeless = home === NO_TENANT;
  const name = isHomeless ? (parcel.tenant ?? (await findSenderTenant(senders, parcel.senderId))) : home;
  if (name === undefined) return 'sender_unknown';
  return (await tenants.find(name)) ?? 'tenant_unknown';
}

function restoreBody({ event, lost, raw }: RejectParcel, changes: FieldChanges): string | RedrivePlan {
  if (raw) {
    if (changes.size > 0)
      return refuse('not_restorable', 'no event can be read out of it, so no field of it can be set');
    return raw.text;
  }
  if (!event) return refuse('not_restorable', 'nothing of it was kept');
  const missing = lost.filter((path) => !changes.has(path) && !changes.has(path.split('.')[0] ?? ''));
  if (missing.length > 0) {
    const what = `${missing.join(', ')} held something that is not kept`;
    return refuse('fields_missing', `${what}; set each, or set it to nothing to send the event without it`);
  }
  return packMessage(JSON.stringify(applyChanges(event, changes)));
}

function applyChanges(event: Readonly<Record<string, unknown>>, changes: FieldChanges): Record<string, unknown> {
  const changed: Record<string, unknown> = { ...event };
  // A whole field that is taken out goes first, so that parts set beside it stay.
  for (const [path, value] of [...changes].sort(([a], [b]) => Number(a.includes('.')) - Number(b.includes('.')))) {
    const [first = '', ...rest] = path.split('.');
    const part = rest.join('.');
    if (part === '') {
      if (value === null) delete changed[first];
      else changed[first] = value;
      continue;
    }
    const parts: Record<string, unknown> = { ...(changed[first] as object | undefined) };
    if (value === null) delete parts[part];
    else parts[part] = value;
    changed[first] = parts;
  }
  return changed;
}

type LeafKind = Exclude<FieldKind, 'texts' | 'numbers' | object>;

function kindOf(path: string): FieldKind | undefined {
  const [first = '', ...rest] = path.split('.');
  const part = rest.join('.');
  const kinds = { ...SAMPLE_FIELD_KINDS, ...EVENT_FIELD_KINDS };
  const kind = Object.hasOwn(kinds, first) ? kinds[first] : undefined;
  if (kind === undefined || rest.length === 0) return kind;
  if (part === '' || part === '__proto__' || (typeof kind === 'string' && kind !== 'texts' && kind !== 'numbers')) {
    return undefined;
  }
  if (typeof kind === 'string') return kind === 'texts' ? 'text' : 'number';
  return Object.hasOwn(kind, part) ? kind[part] : undefined;
}

function readValue(path: string, kind: LeafKind, value: string | number | boolean): string | number | boolean {
  if (kind === 'number') {
    if (typeof value === 'number') return value;
    if (typeof value === 'string' && /^\d+(\.\d+)?$/.test(value)) return Number(value);
    throw new InvalidRequestError([{ field: `set.${path}`, expected: 'a number' }]);
  }
  if (kind === 'flag') {
    if (value === true || value === 'true') return true;
    if (value === false || value === 'false') return false;
    throw new InvalidRequestError([{ field: `set.${path}`, expected: 'true or false' }]);
  }
  return String(value);
}
