import { MAX_EVENT_BYTES, MAX_TAGS } from '../../contracts/limits.ts';
import { parseUsageEvent } from '../../domain/events/parse-usage-event.ts';
import { UnusableResponseError, type UsageEventMessage } from '../responses/to-usage-event.ts';
import { awaitSettled } from './await-settled.ts';
import { BatchBuffer } from './batch-buffer.ts';
import { CounterSet, type EmitterCounters } from './counters.ts';
import { type EmitterOptions, type EmitterSettings, settleOptions } from './emitter-options.ts';
import { EventWriter, toMessage } from './event-writer.ts';
import { flushAtExit } from './flush-at-exit.ts';
import { HostHooks } from './host-hooks.ts';
import { Outbox } from './outbox.ts';
import { PLAIN_EVENT_BYTES, putPlainEvent } from './plain-event.ts';
import { describeResponse, type IdSource, type ResponseReport } from './report-response.ts';
import type { Timer } from './surroundings.ts';
import type { RefusedEvent } from './transport.ts';

/** What the emitter calls itself in its events. */
export const EMITTER_VERSION = 'ts/0.1.0';

/** How long a flush may take. */
export interface FlushOptions {
  /** Milliseconds, from 0. @default the emitter's `flushTimeoutMs` */
  readonly timeoutMs?: number;
}

/** What a flush came to. */
export interface FlushReport {
  /** Whether every event emitted before the flush is settled: sent, refused, dropped or failed. */
  readonly complete: boolean;
  /** How many of all events wait still; they are sent in the background or by the next flush. */
  readonly pending: number;
  /** Since the flush began. */
  readonly sent: number;
  readonly refused: number;
  readonly dropped: number;
  readonly failed: number;
}

/** Reports calls to a ledger without ever standing in the way of its host: nothing here throws, rejects or blocks. */
export interface Emitter {
  /** The name under which the ledger watches this emitter's sequence numbers. */
  readonly id: string;
  /** How ids of responses are made. */
  readonly ids: IdSource;
  /**
   * Takes one event of contract v1. The event may be changed afterwards.
   *
   * @returns whether it will be delivered; false when it is no event of the contract or there is no room for it
   */
  emit(event: UsageEventMessage): boolean;
  /**
   * Takes what a provider answered, its parsed body or the parsed chunks of a stream, and makes the event of it. No
   * content is read.
   *
   * @returns whether an event was made and will be delivered
   */
  emitResponse(response: unknown, report?: ResponseReport): boolean;
  /** Sends what has been emitted so far, and waits until it is settled, the time is up, or waiting has become useless. */
  flush(options?: FlushOptions): Promise<FlushReport>;
  /** Flushes, and drops whatever is emitted from now on. */
  close(options?: FlushOptions): Promise<FlushReport>;
  /** What became of the events so far. */
  counters(): EmitterCounters;
}

/**
 * Makes an emitter. One for the whole process is enough.
 *
 * @throws TypeError when an option cannot be meant; this is the only thing that throws
 */
export function createEmitter(options: EmitterOptions): Emitter {
  const emitter = new BufferedEmitter(settleOptions(options));
  if (options.flushOnExit ?? true) emitter.watchExit();
  return emitter;
}

class BufferedEmitter implements Emitter {
  readonly id: string;
  readonly ids: IdSource;
  readonly #settings: EmitterSettings;
  readonly #counters = new CounterSet();
  readonly #hooks: HostHooks;
  readonly #writer: EventWriter;
  readonly #outbox: Outbox;
  #open = new BatchBuffer();
  /** Memory of the last message, for the one after the next: pages that are warm, and less for the collector. */
  #spare: Uint8Array<ArrayBuffer> | undefined;
  #nextSeq = 0;
  /** Events emitted from here on are in the open batch, or dropped. */
  #openSeq = 0;
  #ageTimer: Timer | undefined;
  #responses = 0;
  #closed = false;
  #isWriting = false;
  #unwatchExit: () => void = () => {};

  constructor(settings: EmitterSettings) {
    const { surroundings, transport, maxInFlight, retryBaseMs: baseMs, retryCapMs: capMs } = settings;
    this.#settings = settings;
    this.ids = settings.ids;
    const chance = Math.floor(surroundings.random() * 2 ** 52).toString(36);
    this.id = `${settings.name}-${chance}`;
    this.#hooks = new HostHooks(settings, surroundings.now);
    this.#writer = new EventWriter(settings.context, this.id, EMITTER_VERSION);
    this.#outbox = new Outbox({
      transport,
      maxInFlight,
      surroundings,
      pacing: { baseMs, capMs },
      counters: this.#counters,
      hooks: this.#hooks,
      reclaim: (bytes) => {
        this.#spare = bytes;
      },
    });
  }

  watchExit(): void {
    this.#unwatchExit = flushAtExit({ flush: () => this.flush(), countEmitted: () => this.#nextSeq });
  }

  emit(event: UsageEventMessage): boolean {
    try {
      return this.#take(event);
    } catch (cause) {
      this.#isWriting = false;
      this.#open.cancel();
      return this.#refuse({ id: null, reason: 'wrong_type', field: null, message: 'the event cannot be read' }, cause);
    }
  }

  emitResponse(response: unknown, report: ResponseReport = {}): boolean {
    try {
      this.#responses += 1;
      const uniqueName = `${this.id}/${this.#responses}`;
      const making = { ids: this.ids, nowMs: this.#settings.surroundings.now(), uniqueName };
      const event = describeResponse(response, report, making);
      return event === undefined
        ? this.#refuse(unusable('unknown_response', 'no adapter knows the response'))
        : this.#take(event);
    } catch (cause) {
      const message = cause instanceof UnusableResponseError ? cause.message : 'the response cannot be read';
      return this.#refuse(unusable('unusable_response', message));
    }
  }

  async flush({ timeoutMs = this.#settings.flushTimeoutMs }: FlushOptions = {}): Promise<FlushReport> {
    const before = this.counters();
    this.#seal();
    // Where the process was frozen, the time to try again may have come without its timer.
    this.#outbox.wake();
    const complete = await awaitSettled(this.#outbox, this.#settings.surroundings, this.#nextSeq, timeoutMs);
    const { sent, refused, dropped, failed, pending } = this.counters();
    return {
      complete,
      pending,
      sent: sent - before.sent,
      refused: refused - before.refused,
      dropped: dropped - before.dropped,
      failed: failed - before.failed,
    };
  }

  async close(options: FlushOptions = {}): Promise<FlushReport> {
    this.#closed = true;
    const report = await this.flush(options);
    // Not before: a signal that comes meanwhile shall wait for the flush.
    this.#unwatchExit();
    return report;
  }

  counters(): EmitterCounters {
    return this.#counters.read(this.#bufferedBytes);
  }

  get #bufferedBytes(): number {
    return this.#open.bytes + this.#outbox.heldBytes;
  }

  #take(event: UsageEventMessage): boolean {
    if (this.#isWriting) return this.#refuse(unusable('wrong_type', 'an event must not emit another while it is read'));
    this.#isWriting = true;
    const refused = this.#write(event);
    this.#isWriting = false;
    if (refused !== undefined) {
      // Taken back first: the host's hooks may emit events of their own.
      this.#open.cancel();
      return this.#refuse(refused);
    }
    // From here on the call is in the ledger or its number is missing there.
    this.#nextSeq += 1;
    this.#counters.emitted += 1;
    const givenUp = this.#closed ? 0 : this.#makeRoom();
    const isTaken = !this.#closed && this.#bufferedBytes <= this.#settings.maxBufferBytes;
    if (isTaken) this.#keep();
    else this.#open.cancel();
    if (givenUp > 0) this.#drop(givenUp, 'overflow');
    if (!isTaken) this.#drop(1, this.#closed ? 'closed' : 'overflow');
    return isTaken;
  }

  /** @returns what is wrong with the event; undefined when it is written into the open batch */
  #write(event: UsageEventMessage): RefusedEvent | undefined {
    const { out } = this.#open;
    this.#open.begin();
    out.reserve(PLAIN_EVENT_BYTES);
    if (!putPlainEvent(out, event)) {
      const refused = this.#writeChecked(event);
      if (refused !== undefined) return refused;
    } else this.#writer.complete(out, event, this.#nextSeq);
    if (this.#open.eventBytes <= MAX_EVENT_BYTES) return undefined;
    const message = `an event has at most ${MAX_EVENT_BYTES} bytes`;
    return { id: textOf(event.id), reason: 'event_too_large', field: null, message };
  }

  /** Writes an event of any kind, checked in full. */
  #writeChecked(event: UsageEventMessage): RefusedEvent | undefined {
    const { out } = this.#open;
    const parsed = parseUsageEvent(event);
    if ('reason' in parsed) return { id: textOf(event?.id), ...parsed };
    const message = this.#writer.joinTags(toMessage(parsed));
    const tagCount = Object.keys(message.tags ?? {}).length;
    if (tagCount > MAX_TAGS) {
      const expected = `at most ${MAX_TAGS} tags are allowed, with those of the context ${tagCount} came`;
      return { id: message.id, reason: 'too_many_tags', field: 'tags', message: expected };
    }
    this.#open.begin();
    out.putAny(JSON.stringify(message).slice(0, -1));
    this.#writer.complete(out, message, this.#nextSeq);
    return undefined;
  }

  #keep(): void {
    const { batchEvents, batchBytes, maxAgeMs, surroundings } = this.#settings;
    if (this.#open.count === 0) this.#openSeq = this.#nextSeq - 1;
    this.#open.keep();
    const isFull = this.#open.count >= batchEvents || this.#open.bytes + MAX_EVENT_BYTES > batchBytes;
    if (isFull) this.#seal();
    else this.#ageTimer ??= surroundings.setTimer(() => this.#seal(), maxAgeMs, false);
  }

  /** @returns how many older events were given up for the one that is written now */
  #makeRoom(): number {
    const { overflow, maxBufferBytes } = this.#settings;
    let givenUp = 0;
    while (overflow === 'drop-oldest' && this.#bufferedBytes > maxBufferBytes) {
      const count = this.#outbox.dropOldest();
      if (count === 0) break;
      givenUp += count;
    }
    return givenUp;
  }

  #seal(): void {
    if (this.#isWriting) return;
    this.#ageTimer?.cancel();
    this.#ageTimer = undefined;
    const batch = this.#open;
    if (batch.count === 0) return;
    this.#open = new BatchBuffer(this.#spare);
    this.#spare = undefined;
    this.#outbox.add(this.#openSeq, batch.count, batch.finish());
  }

  #refuse(refused: RefusedEvent, cause?: unknown): false {
    this.#counters.invalid += 1;
    this.#counters.countReason(refused.reason);
    this.#hooks.reportRefusal(refused);
    if (cause !== undefined) this.#hooks.reportError(new Error(refused.message, { cause }));
    return false;
  }

  #drop(count: number, cause: 'overflow' | 'closed'): void {
    this.#counters.dropped += count;
    this.#hooks.reportDrop({ count, cause });
  }
}

function unusable(reason: string, message: string): RefusedEvent {
  return { id: null, reason, field: null, message };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
