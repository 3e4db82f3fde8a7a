import type { RefusedEvent } from './transport.ts';

/** Events that are lost. */
export interface DroppedEvents {
  readonly count: number;
  /**
   * `overflow`: the buffer was full. `closed`: emitted after `close`. `unacceptable`: the other end will never take the
   * message they were in.
   */
  readonly cause: 'overflow' | 'closed' | 'unacceptable';
}

/**
 * What the host may want to hear of. Each is called at once, must not block, and may throw without harm;
 * what it causes itself, by emitting, is counted and not told.
 */
export interface EmitterHooks {
  /** Events were lost. */
  readonly onDrop?: (dropped: DroppedEvents) => void;
  /** The ledger will not record an event as it is. */
  readonly onRefused?: (refused: RefusedEvent) => void;
  /** Sending does not work. At most once a minute. @default `console.warn` with the message alone */
  readonly onError?: (error: Error) => void;
}

const ERROR_INTERVAL_MS = 60_000;

/** The host's hooks, called so that nothing they do reaches the emitter. */
export class HostHooks {
  readonly #hooks: EmitterHooks;
  readonly #now: () => number;
  readonly #running = new Set<unknown>();
  #quietUntilMs = Number.NEGATIVE_INFINITY;

  constructor(hooks: EmitterHooks, now: () => number) {
    this.#hooks = hooks;
    this.#now = now;
  }

  reportDrop(dropped: DroppedEvents): void {
    this.#call(this.#hooks.onDrop, dropped);
  }

  reportRefusal(refused: RefusedEvent): void {
    this.#call(this.#hooks.onRefused, refused);
  }

  reportError(error: Error): void {
    const nowMs = this.#now();
    // A clock that was set back does not make the silence longer.
    if (nowMs < this.#quietUntilMs && nowMs >= this.#quietUntilMs - ERROR_INTERVAL_MS) return;
    this.#quietUntilMs = nowMs + ERROR_INTERVAL_MS;
    this.#call(this.#hooks.onError ?? warn, error);
  }

  #call<Value>(hook: ((value: Value) => unknown) | undefined, value: Value): void {
    // A hook that emits what is dropped or refused again would never end.
    if (hook === undefined || this.#running.has(hook)) return;
    this.#running.add(hook);
    callQuietly(hook, value);
    this.#running.delete(hook);
  }
}

function warn({ message }: Error): void {
  console.warn(`tokenledger: ${message}`);
}

function callQuietly<Value>(hook: (value: Value) => unknown, value: Value): void {
  try {
    const result = hook(value);
    // A hook may be async without its type saying so; its rejection would end the host.
    if (result instanceof Promise) result.catch(() => {});
  } catch {
    // A hook that fails has nobody to tell.
  }
}
