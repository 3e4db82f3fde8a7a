import { readStamp, writeStamp } from '../../../lib/app/recording/message-stamp.ts';
import type { DeadLetterQueues } from '../../../lib/app/rejects/reject-ports.ts';
import type { QueueModel } from './queue-model.ts';

/** The queues with their dead letters, as the function that sends back reaches them. */
export interface ReturnSettings {
  readonly queues: Readonly<Record<'usage' | 'import' | 'usageDead' | 'importDead', QueueModel>>;
  /** Whose messages those are that are sent back: role and session. */
  readonly senderId: string;
  /** Passes the time of a request, or throws when it is not to happen. */
  readonly pass: () => Promise<void>;
}

/** The way back from the dead letters into the queues, over their models. */
export function modelReturnPaths({ queues, senderId, pass }: ReturnSettings): DeadLetterQueues {
  const deadOf = (queue: 'usage' | 'import'): QueueModel => (queue === 'usage' ? queues.usageDead : queues.importDead);
  return {
    receive: async (queue) => {
      await pass();
      return deadOf(queue)
        .receive(10)
        .map(({ message: { messageId, body, senderId: sender, sentAtMs, attributes }, receipt }) => {
          const stamp = readStamp((name) => attributes[name]);
          return { messageId, body, senderId: sender, sentAtMs, stamp, receipt };
        });
    },
    remove: async (queue, letters) => {
      await pass();
      for (const { receipt } of letters) deadOf(queue).delete(receipt);
    },
    postpone: async (queue, letters, seconds) => {
      await pass();
      for (const { receipt } of letters) deadOf(queue).changeVisibility(receipt, seconds * 1000);
    },
    sendStamped: async (queue, messages) => {
      await pass();
      for (const { body, stamp } of messages) {
        queues[queue].send({ body, senderId, attributes: Object.fromEntries(writeStamp(stamp)) });
      }
    },
  };
}
