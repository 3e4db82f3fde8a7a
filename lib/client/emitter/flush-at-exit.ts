/** Tells the listeners of all emitters, of whatever copy of this module, from those of the host. */
const OURS = Symbol.for('tokenledger.flush-at-exit');

/**
 * Flushes once when the process has nothing left to do, and once when it is told to end by SIGTERM. Where nobody but
 * emitters listens to the signal, it is raised again after the flush, so that the process ends by it as it would have
 * without them; where the host listens, ending stays the host's business.
 *
 * @param flush - settles within bounded time and never rejects
 * @returns takes the listeners back
 */
export function flushAtExit(flush: () => Promise<unknown>): () => void {
  const onBeforeExit = (): void => void flush();
  const onTerminate = Object.assign(
    async (signal: NodeJS.Signals): Promise<void> => {
      // Asked before any of the host's `once` listeners has run and vanished.
      const hostListens = process.listeners(signal).some((listener) => !(OURS in listener));
      await flush();
      process.removeListener(signal, onTerminate);
      if (!hostListens && process.listenerCount(signal) === 0) process.kill(process.pid, signal);
    },
    { [OURS]: true },
  );
  process.once('beforeExit', onBeforeExit);
  process.prependListener('SIGTERM', onTerminate);
  return () => {
    process.removeListener('beforeExit', onBeforeExit);
    process.removeListener('SIGTERM', onTerminate);
  };
}
