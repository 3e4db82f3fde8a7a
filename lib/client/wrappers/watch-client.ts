import type { RawFields } from '../usage-shapes/raw-counts.ts';
import type { Destination } from './destination-of-client.ts';
import type { CallContextSource, EventSink } from './event-sink.ts';
import { observeCall } from './observe-call.ts';
import { setField, watchResult } from './watch-result.ts';

/**
 * A method that makes one model call, by its place in the client, and OpenTelemetry's name of what it does; `fetch` where
 * it makes none and brings the answer of one that was made in the background.
 */
export type WatchedMethod = readonly [path: string, operation: string, kind?: 'fetch'];

const watchedMethods = new WeakSet<CallableFunction>();

/**
 * Watches methods of a client where they are, so that the SDK's own helpers, which call them, are watched with them. A
 * client that is watched already stays as it is; a method that is not there is left out. Copies that the client makes
 * of itself (`withOptions`) are watched too.
 */
export function watchClient(
  client: object,
  methods: readonly WatchedMethod[],
  sink: EventSink,
  destination: Destination,
  context: CallContextSource,
): void {
  for (const [path, operation, kind] of methods) {
    watchMethod(client, path, (original) => {
      return function watched(this: unknown, ...args: readonly unknown[]): unknown {
        const [request, options] = args;
        const signal = typeof options === 'object' && options !== null ? Reflect.get(options, 'signal') : undefined;
        const call = observeCall(sink, {
          request,
          ...destination,
          operation,
          context,
          signal,
          isFetched: kind === 'fetch',
        });
        const result: unknown = Reflect.apply(original, this, args);
        watchResult(result, call);
        return result;
      };
    });
  }
}

/** Puts a method in place of another; a client that cannot be changed (frozen) stays unwatched rather than fail. */
export function watchMethod(
  client: object,
  path: string,
  wrap: (original: CallableFunction) => CallableFunction,
): void {
  const names = path.split('.');
  const last = names.pop() ?? path;
  let owner: unknown = client;
  for (const name of names) owner = isHolder(owner) ? owner[name] : undefined;
  if (!isHolder(owner)) return;
  const original = owner[last];
  if (typeof original !== 'function' || watchedMethods.has(original)) return;
  const wrapped = wrap(original);
  watchedMethods.add(wrapped);
  try {
    setField(owner, last, wrapped);
  } catch {
    // Frozen by the host, who gets the client back as it was.
  }
}

function isHolder(value: unknown): value is RawFields {
  return typeof value === 'object' && value !== null;
}
