import {
  createEmitter,
  type Emitter,
  type EmitterOptions,
  type EmitterSurroundings,
  type SendOutcome,
} from '../../lib/client/emitter/index.ts';
import type { UsageEventMessage } from '../../lib/client/responses/to-usage-event.ts';

/** What the fake other end does with the next message: an outcome, or an error that it throws, after so long. */
export interface Reaction {
  readonly outcome: SendOutcome | Error;
  /** @default 0 */
  readonly afterMs?: number;
}

/** A message as it went over the fake wire. */
export interface SentMessage {
  readonly text: string;
  readonly atMs: number;
  readonly outcome: SendOutcome | Error;
}

export const ACCEPTED: SendOutcome = { status: 'accepted', refused: [] };
export const AWAY: SendOutcome = { status: 'unavailable', error: new Error('away') };
export const START_MS = Date.UTC(2026, 10, 21, 9, 30);

/** An event that keeps the contract. */
export function usageEvent(id: string, fields: Partial<UsageEventMessage> = {}): UsageEventMessage {
  const time = new Date(START_MS).toISOString();
  return { id, time, model: 'gpt-4o-mini', usage: { input_tokens: 10, output_tokens: 2 }, ...fields };
}

interface FakeTimer {
  dueMs: number;
  readonly holdsProcess: boolean;
  readonly callback: () => void;
}

/** An emitter at a clock that only moves when told, its messages not compressed, before another end that does as told. */
export class EmitterWorld {
  nowMs = START_MS;
  readonly emitter: Emitter;
  readonly wire: SentMessage[] = [];
  readonly refusals: string[] = [];
  readonly errors: string[] = [];
  drops = 0;
  /** Most messages that were under way at once. */
  peakInFlight = 0;
  #inFlight = 0;
  readonly #timers = new Set<FakeTimer>();

  /** @param react - asked for every attempt to send, with the message's text */
  constructor(
    react: (text: string) => Reaction,
    options: Partial<EmitterOptions> = {},
    random = () => 0.5,
    compress: EmitterSurroundings['compress'] = async (bytes) => Uint8Array.from(bytes),
  ) {
    this.emitter = createEmitter({
      flushOnExit: false,
      onDrop: ({ count }) => {
        this.drops += count;
      },
      onRefused: ({ reason }) => this.refusals.push(reason),
      onError: ({ message }) => this.errors.push(message),
      ...options,
      surroundings: {
        now: () => this.nowMs,
        random,
        compress,
        setTimer: (callback, delayMs, holdsProcess) => this.#setTimer(callback, delayMs, holdsProcess),
      },
      transport: { send: ({ gzip }) => this.#send(Buffer.from(gzip).toString(), react) },
    });
  }

  /** Sequence numbers of the messages sent, in order, those of retries too. */
  get sentSeqs(): number[][] {
    return this.wire.map(({ text }) => seqsOf(text));
  }

  /** Whether a process with nothing else to do would wait for the emitter now. */
  get holdsProcess(): boolean {
    return [...this.#timers].some(({ holdsProcess }) => holdsProcess);
  }

  /** The longest wait that has been asked for and is not over, in milliseconds. */
  get longestTimerMs(): number {
    return Math.max(...[...this.#timers].map(({ dueMs }) => dueMs - this.nowMs));
  }

  /** Sets the clock; timers fire after as long as before. */
  shiftClock(byMs: number): void {
    this.nowMs += byMs;
    for (const timer of this.#timers) timer.dueMs += byMs;
  }

  /** Lets time pass, one timer after another. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms;
    await settle();
    for (let next = this.#nextTimer(untilMs); next !== undefined; next = this.#nextTimer(untilMs)) {
      this.#timers.delete(next);
      this.nowMs = Math.max(this.nowMs, next.dueMs);
      next.callback();
      await settle();
    }
    this.nowMs = untilMs;
  }

  async #send(text: string, react: (text: string) => Reaction): Promise<SendOutcome> {
    const { outcome, afterMs = 0 } = react(text);
    this.wire.push({ text, atMs: this.nowMs, outcome });
    this.#inFlight += 1;
    this.peakInFlight = Math.max(this.peakInFlight, this.#inFlight);
    await new Promise<void>((resolve) => {
      this.#setTimer(resolve, afterMs, false);
    });
    this.#inFlight -= 1;
    if (outcome instanceof Error) throw outcome;
    return outcome;
  }

  #setTimer(callback: () => void, delayMs: number, holdsProcess: boolean): { cancel(): void } {
    const timer = { dueMs: this.nowMs + delayMs, callback, holdsProcess };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }

  #nextTimer(untilMs: number): FakeTimer | undefined {
    const due = [...this.#timers].filter(({ dueMs }) => dueMs <= untilMs);
    return due.reduce<FakeTimer | undefined>(
      (first, each) => (first && first.dueMs <= each.dueMs ? first : each),
      undefined,
    );
  }
}

/** Sequence numbers of a message's events. */
export function seqsOf(text: string): number[] {
  return eventsOf(text).map(({ emitter }) => emitter?.seq ?? -1);
}

/** A message's events. */
export function eventsOf(text: string): UsageEventMessage[] {
  return (JSON.parse(text) as { events: UsageEventMessage[] }).events;
}

/** Lets everything happen that waits for no timer. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 40; turn++) await Promise.resolve();
}
