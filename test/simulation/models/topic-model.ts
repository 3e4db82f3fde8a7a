import type { AlertPublisher } from '../../../lib/app/alerts/alert-ports.ts';
import type { AlertMessage } from '../../../lib/domain/alerts/alert.ts';
import { AlertNotSentError, AlertOutcomeUnknownError } from '../../../lib/domain/alerts/alert-errors.ts';
import type { Random } from '../engine/random.ts';
import type { VirtualTime } from '../engine/virtual-time.ts';
import type { RequestFate } from '../history/history.ts';

/** One publish and how it ended: taken, refused, or taken while its sender was told nothing. */
export interface Publish {
  readonly message: AlertMessage;
  readonly outcome: 'accepted' | 'refused' | 'muted';
  readonly atMs: number;
  /** Whether the alert was its publisher's to send, and not sent for all anybody could know. */
  readonly isHeld: boolean;
}

const LATENCY_MS = 40;
const SLOW_MS = 4_500;
const SLOW_ONE_IN = 3;

/** Longest time of a publish, both ways of it. */
const MAX_PUBLISH_MS = 10_000;

/** The topic: it accepts, refuses, or accepts and loses the answer, as a history says. */
export class TopicModel {
  readonly log: Publish[] = [];
  readonly #time: VirtualTime;
  readonly #random: Random;
  readonly #fates: readonly RequestFate[];
  readonly #onFault: (name: string) => void;
  #publishes = 0;
  #isCalm = false;

  constructor(time: VirtualTime, random: Random, fates: readonly RequestFate[], onFault: (name: string) => void) {
    this.#time = time;
    this.#random = random;
    this.#fates = fates;
    this.#onFault = onFault;
  }

  /** From now on everything is accepted at once, or again as the history says. */
  calm(isCalm: boolean): void {
    this.#isCalm = isCalm;
  }

  /**
   * The topic as one process reaches it.
   * @param isHeld - whether the process holds an alert at this moment
   */
  connect(isHeld: (alertId: string) => boolean): AlertPublisher {
    return { maxPublishMs: MAX_PUBLISH_MS, publish: (message) => this.#publish(message, isHeld) };
  }

  async #publish(message: AlertMessage, isHeld: (alertId: string) => boolean): Promise<void> {
    const fate = this.#isCalm ? 'fine' : (this.#fates[this.#publishes++] ?? 'fine');
    if (fate !== 'fine') this.#onFault(`publish ${fate}`);
    const outcome = ({ fine: 'accepted', 'lost-request': 'refused', 'lost-answer': 'muted' } as const)[fate];
    await this.#pass();
    this.log.push({ message, outcome, atMs: this.#time.now(), isHeld: isHeld(message.alertId) });
    await this.#pass();
    if (outcome === 'refused') throw new AlertNotSentError('the topic is throttled');
    if (outcome === 'muted') throw new AlertOutcomeUnknownError('no answer');
  }

  #pass(): Promise<void> {
    const isSlow = !this.#isCalm && this.#random.oneIn(SLOW_ONE_IN);
    return this.#time.sleep(this.#random.below(isSlow ? SLOW_MS : LATENCY_MS));
  }
}
