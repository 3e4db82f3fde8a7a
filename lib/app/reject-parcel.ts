import { MAX_TEXT_BYTES } from '../contracts/limits.ts';
import { FieldReading, isRawObject } from '../domain/field-reading.ts';
import { keepContractFields } from './reject-event.ts';
import type { RejectParcel } from './reject-ports.ts';
import { type Unpacked, unpackMessage, unwrapCloudEvent } from './unpack-message.ts';

/** How long what redrive needs is kept, in milliseconds. */
export const PARCEL_LIFE_MS = 14 * 86_400_000;

/** Most of a body that is no JSON that is kept, in UTF-8 bytes. */
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
  let unpacked: Unpacked | 'unreadable' | 'not JSON' | undefined;
  return (index) => {
    unpacked ??= unpack(source.body);
    const base = {
      queue: source.queue,
      senderId: source.senderId,
      tenant: source.tenant ?? null,
      expiresAtMs: source.nowMs + PARCEL_LIFE_MS,
    };
    if (unpacked === 'unreadable') return undefined;
    if (unpacked === 'not JSON') return { ...base, event: null, lost: [], raw: cutRaw(source.body) };
    const unwrapped = unwrapCloudEvent(unpacked.items[index]);
    if ('reason' in unwrapped || !isRawObject(unwrapped.value)) return undefined;
    const { event, lost } = keepContractFields(unwrapped.value);
    const tenant = event['tenant'] ?? unpacked.tenant ?? undefined;
    return { ...base, event: tenant === undefined ? event : { ...event, tenant }, lost, raw: null };
  };
}

function unpack(body: string): Unpacked | 'unreadable' | 'not JSON' {
  const unpacked = unpackMessage(body);
  // With a field the reject is about what is inside an envelope, which is JSON itself.
  if ('reason' in unpacked)
    return unpacked.reason === 'not_json' && unpacked.field === null ? 'not JSON' : 'unreadable';
  const reading = new FieldReading();
  reading.readText(unpacked.tenant, 'tenant', MAX_TEXT_BYTES);
  return reading.rejection === undefined ? unpacked : 'unreadable';
}

/** The start of a body, ending between two characters. */
function cutRaw(body: string): { readonly text: string; readonly isCut: boolean } {
  const bytes = Buffer.from(body);
  if (bytes.byteLength <= MAX_RAW_BYTES) return { text: body, isCut: false };
  const text = new TextDecoder().decode(bytes.subarray(0, MAX_RAW_BYTES), { stream: true });
  return { text, isCut: true };
}
