import type { Random } from '../engine/random.ts';

/** What the queue is given with a message. */
export interface NewMessage {
  readonly body: string;
  readonly senderId: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** The message is not handed out before so many milliseconds have passed. */
  readonly delayMs?: number;
}

/** A message as the queue accepted it; it is never changed. */
export interface QueuedMessage extends NewMessage {
  readonly messageId: string;
  readonly sentAtMs: number;
}

/** A message as it was handed out once. */
export interface Delivery {
  readonly message: QueuedMessage;
  readonly receipt: string;
  /** How often it was handed out by now. */
  readonly receiveCount: number;
}

/** What a queue is made of. */
export interface QueueSettings {
  readonly name: string;
  readonly now: () => number;
  readonly random: Random;
  /** For so long nobody else is handed a message that was handed out. */
  readonly visibilityMs: number;
  /** A message that was handed out so often goes to the dead letters instead of once more. */
  readonly maxReceiveCount: number;
  readonly deadLetters?: QueueModel;
}

interface Waiting {
  readonly message: QueuedMessage;
  visibleAtMs: number;
  receiveCount: number;
  receipt: string;
}

/**
 * A standard queue of SQS in memory: hands out any of what is visible in any order, at least once, and hides what it
 * handed out until it is deleted or its time is over. `echo` does what a standard queue may do and seldom does.
 */
export class QueueModel {
  readonly #settings: QueueSettings;
  readonly #waiting = new Map<string, Waiting>();
  readonly #deleted = new Map<string, Waiting>();
  #drawn = 0;
  /** Every message ever accepted, in order. */
  readonly accepted: QueuedMessage[] = [];
  /** Messages that were given up and went to the dead letters. */
  givenUp = 0;

  constructor(settings: QueueSettings) {
    this.#settings = settings;
  }

  send(given: NewMessage): QueuedMessage {
    const { name, now } = this.#settings;
    const message = { ...given, messageId: `${name}-${++this.#drawn}`, sentAtMs: now() };
    this.accepted.push(message);
    this.#take(message, now() + (given.delayMs ?? 0));
    return message;
  }

  /**
   * Hands out at most so many messages; there may be more than it hands out.
   * @param isGenerous - hands out as many as it may
   */
  receive(most: number, isGenerous = false): readonly Delivery[] {
    const { random, visibilityMs, maxReceiveCount, deadLetters, now } = this.#settings;
    const visible = random.shuffle([...this.#waiting.values()].filter(({ visibleAtMs }) => visibleAtMs <= now()));
    const available = Math.min(most, visible.length);
    const count = isGenerous || available === 0 ? available : 1 + random.below(available);
    const deliveries: Delivery[] = [];
    for (const waiting of visible.slice(0, count)) {
      if (deadLetters && waiting.receiveCount >= maxReceiveCount) {
        this.#waiting.delete(waiting.message.messageId);
        deadLetters.#take(waiting.message, now());
        this.givenUp += 1;
        continue;
      }
      waiting.visibleAtMs = now() + visibilityMs;
      waiting.receiveCount += 1;
      waiting.receipt = `${waiting.message.messageId}/${++this.#drawn}`;
      const { message, receipt, receiveCount } = waiting;
      deliveries.push({ message, receipt, receiveCount });
    }
    return deliveries;
  }

  /** Deletes by the latest receipt. An older one does nothing: the message was handed out again since. */
  delete(receipt: string): void {
    const waiting = this.#find(receipt);
    if (!waiting) return;
    this.#waiting.delete(waiting.message.messageId);
    this.#deleted.set(waiting.message.messageId, waiting);
  }

  /** Hides a message that was handed out for so long from now; 0 gives it back at once. */
  changeVisibility(receipt: string, milliseconds: number): void {
    const waiting = this.#find(receipt);
    if (waiting) waiting.visibleAtMs = this.#settings.now() + milliseconds;
  }

  /** Makes a message visible once more, though it is in flight or was deleted: a copy on a server that did not know. */
  echo(messageId: string): boolean {
    const waiting = this.#waiting.get(messageId) ?? this.#deleted.get(messageId);
    if (!waiting || waiting.visibleAtMs <= this.#settings.now()) return false;
    this.#deleted.delete(messageId);
    this.#waiting.set(messageId, waiting);
    waiting.visibleAtMs = this.#settings.now();
    return true;
  }

  /** Messages that wait, visible or in flight. */
  get waiting(): readonly QueuedMessage[] {
    return [...this.#waiting.values()].map(({ message }) => message);
  }

  /** Counts as the queue's attributes have them; what is delayed counts as in flight. */
  get depth(): { readonly visible: number; readonly inFlight: number } {
    const visible = [...this.#waiting.values()].filter(({ visibleAtMs }) => visibleAtMs <= this.#settings.now()).length;
    return { visible, inFlight: this.#waiting.size - visible };
  }

  #take(message: QueuedMessage, visibleAtMs: number): void {
    this.#waiting.set(message.messageId, { message, visibleAtMs, receiveCount: 0, receipt: '' });
  }

  #find(receipt: string): Waiting | undefined {
    const waiting = this.#waiting.get(receipt.slice(0, receipt.lastIndexOf('/')));
    return waiting?.receipt === receipt ? waiting : undefined;
  }
}
