/** An emitter whose events shall outlive the process. */
export interface ExitingEmitter {
  /** Settles within bounded time and never rejects. */
  flush(): Promise<unknown>;
  /** Events emitted so far. */
  countEmitted(): number;
}

/** Tells the listeners of all copies of this module from those of the host. */
const OURS = Symbol.for('tokenledger.flush-at-exit');
/** Flushing keeps the process, so it is told again that it is about to end; a host that emits each time must end, too. */
const MAX_ROUNDS = 3;

/** One listener for all, however many emitters a host has: Node warns of more than ten. */
const watched = new Map<ExitingEmitter, { rounds: number; flushedCount: number }>();

/**
 * Flushes when the process has nothing left to do, and when it is told to end by SIGTERM. Where nobody but emitters
 * listens to the signal, it is raised again after the flush, so that the process ends by it as it would have without
 * them; where the host listens, ending stays the host's business.
 *
 * @returns takes that back
 */
export function flushAtExit(emitter: ExitingEmitter): () => void {
  if (watched.size === 0) {
    process.on('beforeExit', onBeforeExit);
    // Asked before any of the host's `once` listeners has run and vanished.
    process.prependListener('SIGTERM', onTerminate);
  }
  watched.set(emitter, { rounds: 0, flushedCount: 0 });
  return () => {
    watched.delete(emitter);
    if (watched.size > 0) return;
    process.removeListener('beforeExit', onBeforeExit);
    process.removeListener('SIGTERM', onTerminate);
  };
}

function onBeforeExit(): void {
  for (const [emitter, state] of watched) {
    const count = emitter.countEmitted();
    if (count === state.flushedCount || state.rounds === MAX_ROUNDS) continue;
    state.flushedCount = count;
    state.rounds += 1;
    void emitter.flush();
  }
}

const onTerminate = Object.assign(
  async (signal: NodeJS.Signals): Promise<void> => {
    const hostListens = process.listeners(signal).some((listener) => !(OURS in listener));
    await Promise.all([...watched.keys()].map((emitter) => emitter.flush()));
    if (hostListens) return;
    process.removeListener(signal, onTerminate);
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  },
  { [OURS]: true },
);
