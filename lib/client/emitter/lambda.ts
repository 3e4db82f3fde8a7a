import type { Emitter } from './emitter.ts';

/** As much of a Lambda invocation's context as is needed. */
export interface InvocationContext {
  /** Milliseconds until the runtime ends the invocation. */
  getRemainingTimeInMillis?(): number;
}

/** How the end of an invocation waits for the ledger. */
export interface InvocationFlushOptions {
  /** Longest wait in milliseconds. @default 2_000 */
  readonly maxWaitMs?: number;
  /** Time left to the runtime after the flush, in milliseconds. @default 250 */
  readonly reserveMs?: number;
}

/** What middy calls at the ends of an invocation. */
export interface EmitterMiddleware {
  readonly after: (request: { readonly context: InvocationContext }) => Promise<void>;
  readonly onError: (request: { readonly context: InvocationContext }) => Promise<void>;
}

const DEFAULT_MAX_WAIT_MS = 2_000;
const DEFAULT_RESERVE_MS = 250;

/**
 * Wraps an async handler so that its events are delivered before the invocation ends and the sandbox is frozen: also
 * when the handler throws, and never for longer than the invocation has left. The handler's result or error is passed
 * on untouched. What could not be delivered waits in memory for the next invocation.
 */
export function withEmitter<Event, Context extends InvocationContext, Result>(
  handler: (event: Event, context: Context) => Result | Promise<Result>,
  emitter: Pick<Emitter, 'flush'>,
  options: InvocationFlushOptions = {},
): (event: Event, context: Context) => Promise<Result> {
  return async (event, context) => {
    try {
      return await handler(event, context);
    } finally {
      await flushBeforeEnd(emitter, context, options);
    }
  };
}

/** The same as {@link withEmitter} for a handler that middy wraps. Put it first, so that it runs last. */
export function emitterMiddleware(
  emitter: Pick<Emitter, 'flush'>,
  options: InvocationFlushOptions = {},
): EmitterMiddleware {
  const flush = async ({ context }: { readonly context: InvocationContext }): Promise<void> =>
    flushBeforeEnd(emitter, context, options);
  return { after: flush, onError: flush };
}

async function flushBeforeEnd(
  emitter: Pick<Emitter, 'flush'>,
  context: InvocationContext | undefined,
  { maxWaitMs = DEFAULT_MAX_WAIT_MS, reserveMs = DEFAULT_RESERVE_MS }: InvocationFlushOptions,
): Promise<void> {
  const leftMs = context?.getRemainingTimeInMillis?.() ?? Number.POSITIVE_INFINITY;
  await emitter.flush({ timeoutMs: Math.max(0, Math.min(maxWaitMs, leftMs - reserveMs)) });
}
