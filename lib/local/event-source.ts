import { setTimeout as sleep } from 'node:timers/promises';
import type { InvocationOutcome } from './function-environment.ts';
import { PAYLOAD_LIMIT_BYTES } from './http-front.ts';
import { MESSAGES_PER_CALL, type QueueReader, type QueueRecord } from './queue-reader.ts';
import { asList, asRecord } from './template.ts';

/** Settings of one mapping from a queue to a function. */
export interface EventSourceSettings {
  /** Most messages of one invocation. */
  readonly batchSize: number;
  /** How long a batch may wait for more after its first message; 0 takes what is there. */
  readonly batchingWindowMs: number;
  /** Most invocations of this mapping at a time. */
  readonly maximumConcurrency: number;
  /** Whether the function's answer may name messages that failed. */
  readonly reportsItemFailures: boolean;
}

/** Counts of one mapping since the host started. */
export interface EventSourceStats {
  readonly received: number;
  readonly batches: number;
  readonly deleted: number;
  /** Messages left in the queue because they or their whole invocation failed. */
  readonly failed: number;
}

// Enough to keep the engine busy while answers travel.
const PARALLEL_RECEIVES = 4;
const LONG_POLL_SECONDS = 20;
const RETRY_DELAY_MS = 500;

/**
 * Feeds a queue to a function: gathers batches, invokes, deletes what succeeded. What failed stays in the queue until
 * its visibility time-out ends, and the queue itself moves it to the dead letters when it was received too often.
 */
export class EventSource {
  readonly #reader: QueueReader;
  readonly #settings: EventSourceSettings;
  readonly #invoke: (event: unknown) => Promise<InvocationOutcome>;
  readonly #log: (line: string) => void;
  readonly #stopping = new AbortController();
  readonly #running = new Set<Promise<void>>();
  readonly #stats = { received: 0, batches: 0, deleted: 0, failed: 0 };
  /** Received, but no longer fitting into the batch before. */
  #carried: QueueRecord[] = [];
  #loop: Promise<void> = Promise.resolve();

  constructor(
    reader: QueueReader,
    settings: EventSourceSettings,
    invoke: (event: unknown) => Promise<InvocationOutcome>,
    log: (line: string) => void,
  ) {
    this.#reader = reader;
    this.#settings = settings;
    this.#invoke = invoke;
    this.#log = log;
  }

  /** Counts so far. */
  get stats(): EventSourceStats {
    return { ...this.#stats };
  }

  /** Begins to read the queue. */
  start(): void {
    this.#loop = this.#read();
  }

  /**
   * Reads no more and waits for the invocations under way. What was received and not yet handed to the function is
   * shown again by the next start.
   */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
    await Promise.all(this.#running);
  }

  async #read(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        const batch = await this.#gather();
        // One batch is gathered ahead while the others are being worked on.
        while (this.#running.size >= this.#settings.maximumConcurrency) await Promise.race(this.#running);
        if (batch.length > 0 && !this.#stopping.signal.aborted) this.#begin(batch);
      } catch (cause) {
        if (this.#stopping.signal.aborted) return;
        this.#log(`a queue cannot be read: ${String(cause)}`);
        await sleep(RETRY_DELAY_MS);
      }
    }
  }

  #begin(batch: readonly QueueRecord[]): void {
    const work = this.#process(batch)
      .catch((cause: unknown) => this.#log(`a batch cannot be settled: ${String(cause)}`))
      .finally(() => this.#running.delete(work));
    this.#running.add(work);
  }

  async #gather(): Promise<readonly QueueRecord[]> {
    const batch = new Batch(this.#settings.batchSize);
    this.#carried = batch.add(this.#carried);
    if (batch.records.length === 0) this.#put(batch, await this.#receive(MESSAGES_PER_CALL, LONG_POLL_SECONDS));
    const untilMs = performance.now() + this.#settings.batchingWindowMs;
    let wait = false;
    while (batch.records.length > 0 && batch.roomMessages > 0 && this.#carried.length === 0) {
      const leftMs = untilMs - performance.now();
      if (wait && leftMs <= 0) break;
      const limit = Math.min(MESSAGES_PER_CALL, batch.roomMessages);
      const found: readonly QueueRecord[] = wait
        ? await this.#receive(limit, leftMs / 1000)
        : await this.#receiveBusily(batch.roomMessages);
      this.#put(batch, found);
      // One call waits on a queue that runs dry; several ask at once where there is plenty.
      wait = found.length < limit;
      if (leftMs <= 0) break;
    }
    return batch.records;
  }

  #put(batch: Batch, records: readonly QueueRecord[]): void {
    this.#stats.received += records.length;
    this.#carried.push(...batch.add(records));
  }

  async #receiveBusily(roomMessages: number): Promise<QueueRecord[]> {
    const calls = Math.min(PARALLEL_RECEIVES, Math.ceil(roomMessages / MESSAGES_PER_CALL));
    const limit = Math.min(MESSAGES_PER_CALL, roomMessages);
    const found = await Promise.all(Array.from({ length: calls }, () => this.#receive(limit, 0)));
    return found.flat();
  }

  #receive(limit: number, waitSeconds: number): Promise<QueueRecord[]> {
    return this.#reader.receive(limit, Math.max(0, waitSeconds), this.#stopping.signal);
  }

  async #process(batch: readonly QueueRecord[]): Promise<void> {
    this.#stats.batches += 1;
    const outcome = await this.#invoke({ Records: batch });
    const failed = this.#settings.reportsItemFailures ? failedIds(outcome, batch) : wholeBatch(outcome);
    const done = failed === 'all' ? [] : batch.filter(({ messageId }) => !failed.has(messageId));
    this.#stats.failed += batch.length - done.length;
    await this.#reader.delete(done);
    this.#stats.deleted += done.length;
  }
}

/** Messages of one invocation, bounded by their number and by the size of the event they make. */
class Batch {
  readonly records: QueueRecord[] = [];
  readonly #limit: number;
  #sizeBytes = 100;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many more messages of the size met so far fit. */
  get roomMessages(): number {
    const meanBytes = this.#sizeBytes / Math.max(1, this.records.length);
    const bySize = Math.floor((PAYLOAD_LIMIT_BYTES - this.#sizeBytes) / meanBytes);
    return Math.max(0, Math.min(this.#limit - this.records.length, bySize));
  }

  /** Takes messages in order while they fit. @returns those that no longer do */
  add(records: readonly QueueRecord[]): QueueRecord[] {
    for (const [index, record] of records.entries()) {
      const sizeBytes = Buffer.byteLength(JSON.stringify(record)) + 1;
      const full = this.records.length >= this.#limit || this.#sizeBytes + sizeBytes > PAYLOAD_LIMIT_BYTES;
      // A single message always fits: it is at most 1 MiB, and six times that when every byte is escaped.
      if (full && this.records.length > 0) return records.slice(index);
      this.records.push(record);
      this.#sizeBytes += sizeBytes;
    }
    return [];
  }
}

function wholeBatch(outcome: InvocationOutcome): 'all' | ReadonlySet<string> {
  return outcome.status === 'succeeded' ? new Set() : 'all';
}

/** As the service reads the answer: an answer it cannot read, or one that names a message it never sent, fails all. */
function failedIds(outcome: InvocationOutcome, batch: readonly QueueRecord[]): 'all' | ReadonlySet<string> {
  if (outcome.status !== 'succeeded') return 'all';
  const known = new Set(batch.map(({ messageId }) => messageId));
  const failed = new Set<string>();
  for (const failure of asList(asRecord(outcome.result)['batchItemFailures'])) {
    const id = asRecord(failure)['itemIdentifier'];
    if (typeof id !== 'string' || !known.has(id)) return 'all';
    failed.add(id);
  }
  return failed;
}
