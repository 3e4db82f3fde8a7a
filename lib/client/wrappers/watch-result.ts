import { isFields, type RawFields } from '../usage-shapes/raw-counts.ts';
import { headersOf, type ObservedCall } from './observe-call.ts';
import { isContentChunk, isTelling } from './stream-chunks.ts';

/**
 * Watches what a method of an SDK returned. The result stays the same object: the SDKs' promise parses a response only
 * when somebody asks for it, so the watching is put where it parses, below `then`, `withResponse`, `_thenUnwrap` and all
 * helpers. A raw response (`asResponse`) is the host's to read, and is not watched.
 */
export function watchResult(result: unknown, call: ObservedCall): void {
  if (!isFields(result)) return;
  if (typeof result['parseResponse'] === 'function' && isThenable(result['responsePromise'])) {
    watchApiPromise(result, result['parseResponse'], result['responsePromise'], call);
  } else if (isThenable(result)) {
    // Another promise, such as that of an older SDK or a stand-in, is not lazy and can be listened to.
    result.then(
      (value) => watchValue(value, call, {}),
      (cause) => call.fail(cause),
    );
  }
}

function watchApiPromise(
  promise: RawFields,
  parse: CallableFunction,
  sent: PromiseLike<unknown>,
  call: ObservedCall,
): void {
  const watchFailure = (cause: unknown): never => {
    call.fail(cause);
    throw cause;
  };
  setField(
    promise,
    'responsePromise',
    sent.then((props) => props, watchFailure),
  );
  setField(promise, 'parseResponse', async (...args: readonly unknown[]) => {
    // Openai 4 and Anthropic's SDK before 0.40 hand over what was received alone, later ones the client before it.
    const props = args.at(-1);
    const value = await Promise.resolve(Reflect.apply(parse, promise, args)).catch(watchFailure);
    watchValue(value, call, isFields(props) ? headersOf(props['response']) : {});
    return value;
  });
}

function watchValue(value: unknown, call: ObservedCall, headers: RawFields): void {
  const begin = isFields(value) ? (value['iterator'] ?? Reflect.get(value, Symbol.asyncIterator)) : undefined;
  if (!isFields(value) || typeof begin !== 'function') {
    call.end(() => ({ response: value, headers }));
    return;
  }
  let isWatched = false;
  setField(value, typeof value['iterator'] === 'function' ? 'iterator' : Symbol.asyncIterator, () => {
    const iterator: unknown = Reflect.apply(begin, value, []);
    // A stream can be read once; who begins again gets the SDK's own error, which is none of the call's.
    if (isWatched || !isAsyncIterator(iterator)) return iterator;
    isWatched = true;
    return watchIterator(iterator, call, headers);
  });
}

/** The same chunks at the same pace; what they tell is kept until the stream ends, breaks or is left. */
function watchIterator(
  iterator: AsyncIterator<unknown>,
  call: ObservedCall,
  headers: RawFields,
): AsyncIterableIterator<unknown> {
  const chunks: unknown[] = [];
  const answer = () => ({ response: chunks, headers });
  const keep = (chunk: unknown) => {
    if (isContentChunk(chunk)) call.markFirstToken();
    // The first chunk names the response even where it carries content as well.
    if (chunks.length > 0 && !isTelling(chunk)) return;
    // Of sums so far only the last one counts.
    if (chunks.length > 1 && isContentChunk(chunk) && isContentChunk(chunks.at(-1))) chunks.pop();
    chunks.push(chunk);
  };
  const watch = async (step: Promise<IteratorResult<unknown>>): Promise<IteratorResult<unknown>> => {
    const result = await step.catch((cause: unknown): never => {
      call.fail(cause, answer);
      throw cause;
    });
    if (result.done === true) call.end(answer);
    else keep(result.value);
    return result;
  };
  return {
    next: () => watch(iterator.next()),
    return: async (value?: unknown) => {
      call.leave(answer);
      return (await iterator.return?.(value)) ?? { done: true, value };
    },
    throw: async (cause?: unknown) => {
      call.leave(answer);
      if (iterator.throw === undefined) throw cause;
      return iterator.throw(cause);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Sets an own field of somebody's object, whatever its class declares the field to be. */
export function setField(target: object, field: string | symbol, value: unknown): void {
  Object.defineProperty(target, field, { value, writable: true, configurable: true, enumerable: false });
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return isFields(value) && typeof value['then'] === 'function';
}

function isAsyncIterator(value: unknown): value is AsyncIterator<unknown> {
  return isFields(value) && typeof value['next'] === 'function';
}
