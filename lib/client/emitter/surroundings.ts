import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/** A timer that can be taken back. */
export interface Timer {
  cancel(): void;
}

/** What the emitter takes from outside: time, chance and compression. Tests bring their own. */
export interface EmitterSurroundings {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /**
   * Calls back after so many milliseconds.
   *
   * @param holdsProcess - whether a process that has nothing else to do waits for it
   */
  readonly setTimer: (callback: () => void, delayMs: number, holdsProcess: boolean) => Timer;
  /** A number from 0 (included) to 1 (excluded). */
  readonly random: () => number;
  readonly compress: (bytes: Uint8Array<ArrayBuffer>) => Promise<Uint8Array<ArrayBuffer>>;
}

const compressInBackground = promisify(gzip);

/** The platform's clock, chance, and gzip at its quickest level, away from the host's thread. */
export const platformSurroundings: EmitterSurroundings = {
  now: () => Date.now(),
  setTimer: (callback, delayMs, holdsProcess) => {
    const timer = setTimeout(callback, delayMs);
    if (!holdsProcess) timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
  random: () => Math.random(),
  compress: (bytes) => compressInBackground(bytes, { level: 1 }),
};
