import type { CounterSet } from './counters.ts';
import type { HostHooks } from './host-hooks.ts';
import { chooseDelayMs, type Pacing } from './pacing.ts';
import type { EmitterSurroundings, Timer } from './surroundings.ts';
import type { EmitterTransport, SendOutcome } from './transport.ts';

/** Events on their way, in one message. */
interface Parcel {
  /** Sequence number of its first event; parcels keep this order. */
  readonly firstSeq: number;
  readonly eventCount: number;
  /** Bytes as they came, then, once compressed, as they are sent. */
  bytes: Uint8Array<ArrayBuffer>;
  attempts: number;
}

/** What the outbox works with. */
export interface OutboxParts {
  readonly transport: EmitterTransport;
  readonly pacing: Pacing;
  /** Messages under way at a time while all goes well. */
  readonly maxInFlight: number;
  readonly surroundings: EmitterSurroundings;
  readonly counters: CounterSet;
  readonly hooks: HostHooks;
  /** Takes the memory of a message back once it is compressed. */
  readonly reclaim: (bytes: Uint8Array<ArrayBuffer>) => void;
}

/**
 * Messages that were cut: compressed one after another, sent in order, and sent again until the other end has taken
 * them. While it does not, one attempt at a time is made, always with the oldest message.
 */
export class Outbox {
  readonly #parts: OutboxParts;
  /** Being compressed; the first one now. */
  readonly #packing: Parcel[] = [];
  readonly #ready: Parcel[] = [];
  readonly #inFlight = new Set<Parcel>();
  #heldBytes = 0;
  #failures = 0;
  #notBeforeMs = 0;
  /** Longest time from now to the next attempt, whatever the clock says. */
  #longestWaitMs = 0;
  #timer: Timer | undefined;
  #watchers: (() => void)[] = [];

  constructor(parts: OutboxParts) {
    this.#parts = parts;
  }

  /** Bytes held, compressed where they are so far. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Sequence number of the oldest event that is not settled; `Infinity` when all are. */
  get oldestSeq(): number {
    const parcels = [...this.#inFlight, this.#ready[0], this.#packing[0]];
    return parcels.reduce((oldest, parcel) => Math.min(oldest, parcel?.firstSeq ?? oldest), Number.POSITIVE_INFINITY);
  }

  /** Earliest time at which anything will be settled, in epoch milliseconds; now or before when work is under way. */
  get nextStepMs(): number {
    return this.#inFlight.size > 0 || this.#packing.length > 0 ? 0 : this.#notBeforeMs;
  }

  /** Takes a message to deliver. */
  add(firstSeq: number, eventCount: number, bytes: Uint8Array<ArrayBuffer>): void {
    this.#heldBytes += bytes.length;
    this.#packing.push({ firstSeq, eventCount, bytes, attempts: 0 });
    if (this.#packing.length === 1) void this.#packAll();
  }

  /**
   * Gives up the oldest message that is not under way.
   *
   * @returns how many events it held, 0 when there is none
   */
  dropOldest(): number {
    const parcel = this.#ready.shift();
    if (parcel === undefined) return 0;
    this.#heldBytes -= parcel.bytes.length;
    this.#wakeWatchers();
    return parcel.eventCount;
  }

  /** Calls back once, the next time something is settled or an attempt has failed. */
  watch(callback: () => void): void {
    this.#watchers.push(callback);
  }

  /** Makes the next attempt if its time has come. */
  wake(): void {
    this.#pump();
  }

  async #packAll(): Promise<void> {
    for (let parcel = this.#packing[0]; parcel !== undefined; parcel = this.#packing[0]) {
      const isPacked = await this.#pack(parcel);
      this.#packing.shift();
      if (!isPacked) this.#wakeWatchers();
      this.#pump();
    }
  }

  async #pack(parcel: Parcel): Promise<boolean> {
    try {
      const packed = await this.#parts.surroundings.compress(parcel.bytes);
      this.#heldBytes += packed.length - parcel.bytes.length;
      if (packed.buffer !== parcel.bytes.buffer) this.#parts.reclaim(parcel.bytes);
      parcel.bytes = packed;
      this.#ready.push(parcel);
      return true;
    } catch (cause) {
      this.#heldBytes -= parcel.bytes.length;
      this.#parts.counters.failed += parcel.eventCount;
      this.#parts.hooks.reportError(new Error('a message cannot be compressed', { cause }));
      return false;
    }
  }

  #pump(): void {
    const { maxInFlight, surroundings } = this.#parts;
    const nowMs = surroundings.now();
    // A clock that was set back does not make the wait longer.
    this.#notBeforeMs = Math.min(this.#notBeforeMs, nowMs + this.#longestWaitMs);
    const waitMs = this.#notBeforeMs - nowMs;
    if (waitMs > 0) {
      this.#wakeLater(waitMs);
      return;
    }
    // While the other end fails, one probe is enough to learn when it is back.
    const limit = this.#failures > 0 ? 1 : maxInFlight;
    while (this.#inFlight.size < limit) {
      const parcel = this.#ready.shift();
      if (parcel === undefined) return;
      this.#inFlight.add(parcel);
      void this.#deliver(parcel);
    }
  }

  #wakeLater(waitMs: number): void {
    this.#timer ??= this.#parts.surroundings.setTimer(
      () => {
        this.#timer = undefined;
        this.#pump();
      },
      waitMs,
      false,
    );
  }

  async #deliver(parcel: Parcel): Promise<void> {
    if (parcel.attempts > 0) this.#parts.counters.retried += 1;
    parcel.attempts += 1;
    const outcome = await this.#attempt(parcel);
    this.#inFlight.delete(parcel);
    if (outcome.status === 'accepted' || outcome.status === 'unacceptable') this.#settle(parcel, outcome);
    else this.#keep(parcel, outcome);
    this.#wakeWatchers();
    this.#pump();
  }

  async #attempt({ bytes, eventCount }: Parcel): Promise<SendOutcome> {
    try {
      return checkOutcome(await this.#parts.transport.send({ gzip: bytes, eventCount }));
    } catch (cause) {
      return { status: 'unavailable', error: new Error('no ledger answers', { cause }) };
    }
  }

  #settle(parcel: Parcel, outcome: SendOutcome & { readonly status: 'accepted' | 'unacceptable' }): void {
    const { counters, hooks } = this.#parts;
    this.#heldBytes -= parcel.bytes.length;
    this.#failures = 0;
    this.#notBeforeMs = 0;
    if (outcome.status === 'unacceptable') {
      counters.failed += parcel.eventCount;
      hooks.reportDrop({ count: parcel.eventCount, cause: 'unacceptable' });
      hooks.reportError(outcome.error);
      return;
    }
    // A confused answer may name more refusals than there were events; what is counted must still add up.
    const refused = outcome.refused.slice(0, parcel.eventCount);
    counters.refused += refused.length;
    counters.sent += parcel.eventCount - refused.length;
    for (const event of refused) {
      counters.countReason(event.reason);
      hooks.reportRefusal(event);
    }
  }

  #keep(parcel: Parcel, outcome: SendOutcome & { readonly status: 'unavailable' | 'denied' }): void {
    const { pacing, surroundings, hooks } = this.#parts;
    this.#failures += 1;
    const isDenied = outcome.status === 'denied';
    const leastMs = isDenied ? pacing.capMs : outcome.retryAfterMs;
    const delayMs = chooseDelayMs(pacing, this.#failures, surroundings.random(), leastMs);
    const nowMs = surroundings.now();
    this.#notBeforeMs = Math.max(this.#notBeforeMs, nowMs + delayMs);
    this.#longestWaitMs = this.#notBeforeMs - nowMs;
    const at = this.#ready.findIndex(({ firstSeq }) => firstSeq > parcel.firstSeq);
    this.#ready.splice(at < 0 ? this.#ready.length : at, 0, parcel);
    hooks.reportError(outcome.error);
  }

  #wakeWatchers(): void {
    for (const watcher of this.#watchers.splice(0)) watcher();
  }
}

/** A host's own transport may answer anything. */
function checkOutcome(outcome: unknown): SendOutcome {
  const { status, refused } = (outcome ?? {}) as { readonly status?: unknown; readonly refused?: unknown };
  switch (status) {
    case 'accepted':
      return {
        status,
        refused: Array.isArray(refused) ? refused.filter((event) => typeof event?.reason === 'string') : [],
      };
    case 'unavailable':
    case 'denied':
    case 'unacceptable':
      return outcome as SendOutcome;
    default:
      return { status: 'unavailable', error: new Error('the transport does not say what became of a message') };
  }
}
