import { MAX_TEXT_BYTES } from '../../contracts/limits.ts';
import type { Rejection } from '../../contracts/reject-reasons.ts';
import { FieldReading, isRawObject } from '../../domain/field-reading.ts';
import type { RejectParcel } from '../rejects/reject-ports.ts';
import { keepContractFields } from './reject-event.ts';
import { type Unpacked, unpackMessage, unwrapCloudEvent } from './unpack-message.ts';

/** How long what redrive needs is kept, in milliseconds. */
export const PARCEL_LIFE_MS = 14 * 86_400_000;

/** Most of a text that is kept, in UTF-8 bytes. */
export const MAX_RAW_BYTES = 64 * 1024;

/** A message as its parcels are made from. */
export interface ParcelSource {
  readonly body: string;
  readonly queue: 'usage' | 'import';
  readonly senderId: string;
  /** Tenant of the sender where it is known, whether it exists or not. */
  readonly tenant: string | undefined;
  readonly nowMs: number;
}

/**
 * Makes the parcels of one message's rejects, by place in the message. The body is read again when the first is asked
 * for, which only messages with rejects cost. Undefined is answered where nothing may be kept.
 */
export function createParcels(source: ParcelSource): (index: number) => RejectParcel | undefined {
  let unpacked: Unpacked | Rejection | undefined;
  return (index) => {
    unpacked ??= unpack(source.body);
    const content = 'reason' in unpacked ? keepBody(source.body, unpacked) : keepItem(unpacked, index);
    if (content === undefined) return undefined;
    return {
      queue: source.queue,
      senderId: source.senderId,
      tenant: source.tenant ?? null,
      expiresAtMs: source.nowMs + PARCEL_LIFE_MS,
      ...content,
    };
  };
}

type Content = Pick<RejectParcel, 'event' | 'lost' | 'raw'>;

function unpack(body: string): Unpacked | Rejection {
  const unpacked = unpackMessage(body);
  if ('reason' in unpacked) return unpacked;
  const reading = new FieldReading();
  reading.readText(unpacked.tenant, 'tenant', MAX_TEXT_BYTES);
  return reading.rejection ?? unpacked;
}

/**
 * The text of a body out of which no event can be read: whole, or nothing, since the beginning of one makes no message.
 * Of a body that is no JSON the beginning is kept too, for whoever looks for the sender at fault.
 */
function keepBody(body: string, { reason, field }: Rejection): Content | undefined {
  const raw = cutRaw(body);
  return raw.isCut && (reason !== 'not_json' || field !== null) ? undefined : { event: null, lost: [], raw };
}

/** What is kept of one item: its fields of the contract, or its text where it holds no event. */
function keepItem({ items, tenant }: Unpacked, index: number): Content | undefined {
  const item = items[index];
  const unwrapped = unwrapCloudEvent(item);
  if ('reason' in unwrapped) {
    // Beside an envelope that names another tenant there is an event to keep.
    const hasTwoTenants = unwrapped.reason === 'tenant_mismatch' && isRawObject(item);
    return hasTwoTenants ? keepWithoutTenant(unwrapCloudEvent({ ...item, tenant: null })) : keepText(item, tenant);
  }
  if (!isRawObject(unwrapped.value)) return keepText(item, tenant);
  const { event, lost } = keepContractFields(unwrapped.value);
  const claim = event['tenant'] ?? tenant ?? undefined;
  if (claim !== undefined && claim !== (tenant ?? claim)) return keepWithoutTenant(unwrapped);
  return { event: claim === undefined ? event : { ...event, tenant: claim }, lost, raw: null };
}

/** An event for which two tenants were named: which of them it is of has to be set. */
function keepWithoutTenant(unwrapped: ReturnType<typeof unwrapCloudEvent>): Content | undefined {
  if ('reason' in unwrapped || !isRawObject(unwrapped.value)) return undefined;
  const { event, lost } = keepContractFields({ ...unwrapped.value, tenant: null });
  return { event, lost: [...lost, 'tenant'], raw: null };
}

/** An item as a message of its own, because a bare list or text would be read as something else. */
function keepText(item: unknown, tenant: unknown): Content | undefined {
  const raw = cutRaw(JSON.stringify({ events: [item], tenant }));
  return raw.isCut ? undefined : { event: null, lost: [], raw };
}

/** The start of a text, ending between two characters. */
function cutRaw(text: string): { readonly text: string; readonly isCut: boolean } {
  const bytes = Buffer.from(text);
  if (bytes.byteLength <= MAX_RAW_BYTES) return { text, isCut: false };
  return { text: new TextDecoder().decode(bytes.subarray(0, MAX_RAW_BYTES), { stream: true }), isCut: true };
}
