import { MESSAGE_ATTRIBUTES } from '../../../lib/contracts/message-attributes.ts';
import { type CallName, eventOf, type SentEvent } from '../history/calls.ts';
import { API_ROLE, roleOf, TENANTS } from '../history/tenants.ts';
import type { QueuedMessage } from '../models/queue-model.ts';
import type { World } from '../world/world.ts';

/** What was sent for one tenant, from what the queues accepted. */
export interface ExpectedCalls {
  /** Contents sent under each id. */
  readonly calls: ReadonlyMap<string, ReadonlySet<SentEvent>>;
  /** Rejects that must be there, each as `message id, reason, event id`. */
  readonly rejects: ReadonlySet<string>;
  /** Rejects that may be there, of messages that were given up half done and sent anew. */
  readonly optionalRejects: ReadonlySet<string>;
}

interface Sums {
  readonly calls: Map<string, Set<SentEvent>>;
  readonly rejects: Set<string>;
  readonly optionalRejects: Set<string>;
}

/** A reject as it is compared. */
export function nameReject(messageId: string, reason: string, id: unknown): string {
  return `${messageId} ${reason} ${typeof id === 'string' ? id : '-'}`;
}

/** Adds up, message by message, what must come of everything that the queues accepted. */
export function expectCalls(world: World): (tenant: string) => ExpectedCalls {
  const byTenant = new Map<string, Sums>();
  const sumsOf = (tenant: string): Sums => {
    const sums = byTenant.get(tenant) ?? { calls: new Map(), rejects: new Set(), optionalRejects: new Set() };
    byTenant.set(tenant, sums);
    return sums;
  };
  for (const queue of [world.queues.usage, world.queues.import]) {
    for (const message of queue.accepted) {
      const mail = world.mailByBody.get(message.body);
      if (!mail) continue;
      const tenant = tenantOf(message);
      const sums = sumsOf(tenant ?? '-');
      const rejects = queue.givenUp.has(message.messageId) ? sums.optionalRejects : sums.rejects;
      for (const { reason, id } of mail.rejects) {
        // A message is read before its sender is judged, so what cannot be read is a reject of its own.
        const isUnreadable = reason !== 'tenant_mismatch' && reason !== 'time_out_of_range';
        rejects.add(nameReject(message.messageId, tenant || isUnreadable ? reason : 'sender_unknown', id));
      }
      for (const call of mail.calls) {
        if (tenant) addCall(sums, call);
        else rejects.add(nameReject(message.messageId, 'sender_unknown', eventOf(call).id));
      }
    }
  }
  return sumsOf;
}

function addCall({ calls }: Sums, call: CallName): void {
  const event = eventOf(call);
  const contents = calls.get(event.id) ?? new Set();
  calls.set(event.id, contents.add(event));
}

/** By who sent it: the API's stamp counts, anybody else's does not. */
function tenantOf({ senderId, attributes }: QueuedMessage): string | undefined {
  const role = senderId.split(':')[0] ?? '';
  if (role === API_ROLE) return attributes[MESSAGE_ATTRIBUTES.tenant];
  return TENANTS.find((tenant) => roleOf(tenant) === role)?.tenant;
}
