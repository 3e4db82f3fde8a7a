import { MAX_EVENT_BYTES, MAX_TEXT_BYTES } from '../../contracts/limits.ts';
import type { Rejection } from '../../contracts/reject-reasons.ts';
import { type ParsedGpuSample, parseGpuSample } from '../../domain/events/gpu-sample.ts';
import { type ParsedEvent, parseUsageEvent } from '../../domain/events/parse-usage-event.ts';
import { FieldReading, isRawObject } from '../../domain/field-reading.ts';
import { readContractFields } from './reject-fields.ts';
import { rejectTenants, unpackMessage, unwrapCloudEvent } from './unpack-message.ts';

/** An accepted event and its place in the message, from 0. */
export type DecodedEvent = ParsedEvent & { readonly index: number };

/** An accepted GPU sample and its place in the message, from 0. */
export type DecodedGpuSample = ParsedGpuSample & { readonly index: number };

/** A part of a message that was refused. */
export interface EventReject extends Rejection {
  /** Place in the message, from 0; 0 also when the message as a whole is refused, and then the only reject. */
  readonly index: number;
  /** Known scalar fields that keep their limits, dotted (`usage.input_tokens`), never `user`, `session` or content. */
  readonly fields: Readonly<Record<string, string | number | boolean>>;
  /** UTF-8 bytes of what was refused: the item's JSON without white space, or the whole body. */
  readonly rawBytes: number;
}

/** What one message says, every item in exactly one of the three lists, each in the order sent. */
export interface DecodedMessage {
  readonly events: readonly DecodedEvent[];
  readonly rejects: readonly EventReject[];
  readonly gpuSamples: readonly DecodedGpuSample[];
}

/**
 * Reads a message body in any accepted envelope. Never throws: what is wrong with an item rejects that item, what is
 * wrong with the body rejects the body, and no reject holds text that the contract does not know.
 * The sender's tenant and the times are checked by the caller, who knows the delivery.
 */
export function decodeMessage(body: string): DecodedMessage {
  const unpacked = unpackMessage(body);
  if ('reason' in unpacked) return refuseBody(unpacked, body);
  const tenant = new FieldReading();
  const tenantClaim = tenant.readText(unpacked.tenant, 'tenant', MAX_TEXT_BYTES);
  if (tenant.rejection !== undefined) return refuseBody(tenant.rejection, body);
  const events: DecodedEvent[] = [];
  const rejects: EventReject[] = [];
  const gpuSamples: DecodedGpuSample[] = [];
  // JSON.stringify makes at most 6 bytes of one UTF-16 unit, so a short text needs no measuring.
  const mayBeTooLarge = unpacked.textLength * 6 > MAX_EVENT_BYTES;
  for (const [index, item] of unpacked.items.entries()) {
    const parsed = decodeItem(item, mayBeTooLarge, tenantClaim);
    if ('event' in parsed) events.push({ ...parsed, index });
    else if ('sample' in parsed) gpuSamples.push({ ...parsed, index });
    else rejects.push({ ...parsed, index, fields: readContractFields(item), rawBytes: jsonBytes(item) });
  }
  return { events, rejects, gpuSamples };
}

function refuseBody(rejection: Rejection, body: string): DecodedMessage {
  const reject = { ...rejection, index: 0, fields: {}, rawBytes: Buffer.byteLength(body) };
  return { events: [], rejects: [reject], gpuSamples: [] };
}

type Decoded = ParsedEvent | ParsedGpuSample | Rejection;

function decodeItem(item: unknown, mayBeTooLarge: boolean, envelopeClaim: string | undefined): Decoded {
  if (mayBeTooLarge && jsonBytes(item) > MAX_EVENT_BYTES) {
    return { reason: 'event_too_large', field: null, message: `an event has at most ${MAX_EVENT_BYTES} bytes` };
  }
  const unwrapped = unwrapCloudEvent(item);
  if ('reason' in unwrapped) return unwrapped;
  const { value } = unwrapped;
  const isSample = isRawObject(value) && value['type'] === 'gpu_sample' && value['usage'] === undefined;
  const parsed: Decoded = isSample ? parseGpuSample(value) : parseUsageEvent(value);
  if ('reason' in parsed || envelopeClaim === undefined) return parsed;
  if (parsed.tenantClaim !== undefined && parsed.tenantClaim !== envelopeClaim) return rejectTenants();
  return { ...parsed, tenantClaim: envelopeClaim };
}

function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
