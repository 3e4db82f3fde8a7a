/** A timer that can be taken back. */
interface Timer {
  cancel(): void;
}

/** The time as measurements take it. Tests bring their own. */
export interface MeasureClock {
  /** Milliseconds since 1970: when a call was made. */
  epochMs(): number;
  /** Milliseconds since any moment, never set back: how long something took. */
  elapsedMs(): number;
  setTimer(callback: () => void, delayMs: number): Timer;
}

/** The platform's clocks. */
export const platformClock: MeasureClock = {
  epochMs: () => Date.now(),
  elapsedMs: () => performance.now(),
  setTimer: (callback, delayMs) => {
    const timer = setTimeout(callback, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};
