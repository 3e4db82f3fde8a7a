import { MESSAGE_ATTRIBUTES } from '../../../lib/contracts/message-attributes.ts';
import { type CallName, eventOf, type SentEvent } from '../history/calls.ts';
import { API_ROLE, roleOf, SWEEP_ROLE, TENANTS } from '../history/tenants.ts';
import type { QueuedMessage } from '../models/queue-model.ts';
import type { World } from '../world/world.ts';

/** What was sent for one tenant, from what the queues accepted. */
export interface ExpectedCalls {
  /** Contents sent under each id. */
  readonly calls: ReadonlyMap<string, ReadonlySet<SentEvent>>;
  /** By the id that a message had at first, its rejects, each as `reason event-id`. */
  readonly rejects: ReadonlyMap<string, readonly string[]>;
}

interface Sums {
  readonly calls: Map<string, Set<SentEvent>>;
  readonly rejects: Map<string, readonly string[]>;
}

/** A reject of a message as it is compared. */
export function nameReject(reason: string, id: unknown): string {
  return `${reason} ${typeof id === 'string' ? id : '-'}`;
}

/** Adds up, message by message, what must come of everything that the queues accepted. */
export function expectCalls(world: World): (tenant: string) => ExpectedCalls {
  const byTenant = new Map<string, Sums>();
  const sumsOf = (tenant: string): Sums => {
    const sums = byTenant.get(tenant) ?? { calls: new Map(), rejects: new Map() };
    byTenant.set(tenant, sums);
    return sums;
  };
  for (const queue of [world.queues.usage, world.queues.import]) {
    for (const message of queue.accepted) {
      const mail = world.mailByBody.get(message.body);
      if (!mail) continue;
      const tenant = senderOf(message);
      const sums = sumsOf(tenant ?? '-');
      // What was given up and sent back keeps the name that it first had.
      const messageId = message.attributes[MESSAGE_ATTRIBUTES.firstMessage] ?? message.messageId;
      // A message is read before its sender is judged, so what its text shows comes first.
      const nameOf = (reason: string, id: string | null, isPlain: boolean) =>
        nameReject(tenant || isPlain ? reason : 'sender_unknown', id);
      const rejects = mail.rejects.map(({ reason, id, isPlain }) => nameOf(reason, id, isPlain));
      for (const call of mail.calls) {
        if (tenant) addCall(sums, call);
        else rejects.push(nameOf('', eventOf(call).id, false));
      }
      if (rejects.length > 0) sums.rejects.set(messageId, rejects);
    }
  }
  return sumsOf;
}

function addCall({ calls }: Sums, call: CallName): void {
  const event = eventOf(call);
  const contents = calls.get(event.id) ?? new Set();
  calls.set(event.id, contents.add(event));
}

/** The tenant of a message, by who sent it: the stamp of a function of the ledger counts, anybody else's does not. */
export function senderOf({ senderId, attributes }: QueuedMessage): string | undefined {
  const role = senderId.split(':')[0] ?? '';
  if (role === API_ROLE || role === SWEEP_ROLE) return attributes[MESSAGE_ATTRIBUTES.tenant];
  return TENANTS.find((tenant) => roleOf(tenant) === role)?.tenant;
}
