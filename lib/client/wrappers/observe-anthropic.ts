import { isFields } from '../usage-shapes/raw-counts.ts';
import { destinationOfClient } from './destination-of-client.ts';
import type { CallContextSource, EventSink } from './event-sink.ts';
import { type WatchedMethod, watchClient, watchMethod } from './watch-client.ts';

const METHODS: readonly WatchedMethod[] = [
  ['messages.create', 'chat'],
  ['beta.messages.create', 'chat'],
  // Where prompt caching was before it was a part of all messages.
  ['beta.promptCaching.messages.create', 'chat'],
];

/**
 * Reports every message of an Anthropic client (also those of Bedrock and Vertex AI) to the emitter, whole or streamed, and
 * what the helpers `stream`, `parse` and `toolRunner` call. What the host gets back is untouched, and no failure of a
 * report reaches it. A stream that is left early is reported with the counts that it told until then.
 *
 * @param client - an instance of `Anthropic` or of its kin, known by its shape alone
 * @param context - what is known of the calls: for all of them, or by the request of each
 * @returns the same client, watched from now on
 */
export function observeAnthropic<T extends object>(client: T, emitter: EventSink, context: CallContextSource = {}): T {
  watchClient(client, METHODS, emitter, destinationOfClient(client), context);
  watchMethod(client, 'withOptions', (original) => {
    return function watchedCopy(this: unknown, ...args: readonly unknown[]): unknown {
      const copy: unknown = Reflect.apply(original, this, args);
      return isFields(copy) ? observeAnthropic(copy, emitter, context) : copy;
    };
  });
  return client;
}
