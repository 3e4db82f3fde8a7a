import { isFields } from '../usage-shapes/raw-counts.ts';
import { destinationOfClient } from './destination-of-client.ts';
import type { CallContextSource, EventSink } from './event-sink.ts';
import { type WatchedMethod, watchClient, watchMethod } from './watch-client.ts';

const METHODS: readonly WatchedMethod[] = [
  ['chat.completions.create', 'chat'],
  ['responses.create', 'chat'],
  ['responses.retrieve', 'chat', 'fetch'],
  ['responses.cancel', 'chat', 'fetch'],
  ['completions.create', 'text_completion'],
  ['embeddings.create', 'embeddings'],
  ['images.generate', 'image_generation'],
  ['images.edit', 'image_generation'],
  ['images.createVariation', 'image_generation'],
  ['audio.transcriptions.create', 'transcription'],
  ['audio.translations.create', 'transcription'],
];

/**
 * Reports every call of an OpenAI client (also Azure's, and any server that speaks its protocol) to the emitter: chat
 * completions, responses, embeddings, images and transcriptions, whole or streamed, and what the helpers `parse`,
 * `stream` and `runTools` call. What the host gets back is untouched, and no failure of a report reaches it. A stream of
 * chat completions is priced when the host asks for `stream_options: {include_usage: true}`, and unpriced when not.
 *
 * @param client - an instance of `OpenAI` or `AzureOpenAI`, known by its shape alone
 * @param context - what is known of the calls: for all of them, or by the request of each
 * @returns the same client, watched from now on
 */
export function observeOpenAI<T extends object>(client: T, emitter: EventSink, context: CallContextSource = {}): T {
  watchClient(client, METHODS, emitter, destinationOfClient(client), context);
  watchMethod(client, 'withOptions', (original) => {
    return function watchedCopy(this: unknown, ...args: readonly unknown[]): unknown {
      const copy: unknown = Reflect.apply(original, this, args);
      return isFields(copy) ? observeOpenAI(copy, emitter, context) : copy;
    };
  });
  return client;
}
