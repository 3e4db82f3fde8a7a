import type { Rejection } from '../../contracts/reject-reasons.ts';
import type { NewReject } from '../rejects/reject-ports.ts';
import type { MessageStamp } from './message-stamp.ts';
import { nameReject } from './reject-id.ts';
import { createParcels } from './reject-parcel.ts';
import { resolveSender, type SenderPolicy } from './resolve-sender.ts';

/** A message as a queue delivered it. */
export interface UsageMessage {
  readonly messageId: string;
  readonly body: string;
  readonly senderId: string;
  /** When the queue accepted it, epoch milliseconds. */
  readonly sentAtMs: number;
  /** Through which queue; older history is accepted only by the import queue. */
  readonly queue: 'usage' | 'import';
  /** What the API function or the sweep stamped on it; means nothing from anyone else. */
  readonly stamp: MessageStamp;
}

/** Where a message comes from, as far as it can be trusted. */
export interface Arrival {
  /** Tenant of the sender; undefined when it belongs to none. */
  readonly tenant: string | undefined;
  readonly firstArrivalMs: number;
  /** The stamp, empty from a sender whose stamp means nothing. */
  readonly stamp: MessageStamp;
  /** Makes a reject of one item of the message. */
  refuse(item: RefusedItem): NewReject;
}

/** Why one item of a message is refused, and what readers may see of it. */
export type RefusedItem = Rejection & { readonly index: number; readonly fields: NewReject['fields'] };

/** Tells who sent a message, when it first arrived and how its rejects are named. Rejects as {@link resolveSender} does. */
export async function resolveArrival(senders: SenderPolicy, message: UsageMessage, nowMs: number): Promise<Arrival> {
  const { isOwn, tenant } = await resolveSender(senders, message);
  const stamp = isOwn ? message.stamp : {};
  const firstArrivalMs = stamp.firstArrivalMs ?? message.sentAtMs;
  const messageId = stamp.firstMessageId ?? message.messageId;
  const { body, queue, senderId } = message;
  const parcelOf = createParcels({ body, queue, senderId, tenant, nowMs });
  return {
    tenant,
    firstArrivalMs,
    stamp,
    refuse: (item) => {
      const parcel = parcelOf(item.index);
      return {
        rejectId: nameReject(firstArrivalMs, messageId, item.index),
        reason: item.reason,
        ...withoutTagName(item),
        receivedAtMs: firstArrivalMs,
        messageId,
        index: item.index,
        fields: item.fields,
        ...(parcel ? { parcel } : {}),
      };
    },
  };
}

/** Names of tags are a sender's own words, like their values: its answer may quote them, what is kept does not. */
function withoutTagName({ field, message }: Rejection): Pick<NewReject, 'field' | 'message'> {
  if (!field?.startsWith('tags.')) return { field, message };
  return { field: 'tags', message: message.replaceAll(field, 'a tag') };
}
