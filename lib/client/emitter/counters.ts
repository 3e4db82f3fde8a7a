/**
 * What became of the events so far. At every moment
 * `emitted = sent + refused + dropped + failed + pending`.
 */
export interface EmitterCounters {
  /** Events that took a sequence number; each is counted by exactly one of the next five, too. */
  readonly emitted: number;
  /** Accepted by the ledger or its queue. */
  readonly sent: number;
  /** Refused by the ledger when it looked at them. */
  readonly refused: number;
  /**
   * Lost here: no room, or emitted after `close`. In the ledger they show as a gap in the emitter's numbers once a later
   * event arrives; of those after `close` nobody knows but this counter.
   */
  readonly dropped: number;
  /** Lost with a message that the other end will never take. */
  readonly failed: number;
  /** Not settled yet. */
  readonly pending: number;
  /** Not events of the contract, or nothing an event could be made of: they took no number. */
  readonly invalid: number;
  /** Attempts to send a message again. */
  readonly retried: number;
  /** Bytes kept for delivery now, compressed where they are so far; at most `maxBufferBytes`. */
  readonly bufferedBytes: number;
  /** Refusals by reason, those at `emit` included. */
  readonly refusedByReason: Readonly<Record<string, number>>;
}

/** The counters as they are counted. */
export class CounterSet {
  emitted = 0;
  sent = 0;
  refused = 0;
  dropped = 0;
  failed = 0;
  invalid = 0;
  retried = 0;
  readonly #reasons = new Map<string, number>();

  countReason(reason: string): void {
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
  }

  read(bufferedBytes: number): EmitterCounters {
    const { emitted, sent, refused, dropped, failed, invalid, retried } = this;
    const pending = emitted - sent - refused - dropped - failed;
    const refusedByReason = Object.fromEntries(this.#reasons);
    return { emitted, sent, refused, dropped, failed, pending, invalid, retried, bufferedBytes, refusedByReason };
  }
}
