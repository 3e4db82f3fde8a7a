import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { type ApiAnswer, type ApiClient, LedgerUnreachableError } from '../client/api-client.ts';
import { MAX_MESSAGE_EVENTS } from '../contracts/limits.ts';
import type { CliIo } from './io.ts';

const compress = promisify(gzip);

/** Requests that are under way at once. */
const MAX_IN_FLIGHT = 4;

/** JSON text of one request before compression; far below what a message may inflate to. */
const MAX_BATCH_CHARACTERS = 2_000_000;

/** A ledger that went away in the middle is waited for so long: a restart takes seconds. */
const PATIENCE_MS = 60_000;

/** Collects events into batches that fit one message, and hands each on when it is full. */
export class Batcher {
  #texts: string[] = [];
  #characters = 0;
  readonly #send: (texts: readonly string[]) => Promise<void>;
  readonly #underWay = new Set<Promise<void>>();

  /** @param send - sends one batch of JSON texts; what it throws comes out of {@link add} or {@link end} */
  constructor(send: (texts: readonly string[]) => Promise<void>) {
    this.#send = send;
  }

  /** Adds one event as JSON text; waits while too many requests are under way. */
  async add(text: string): Promise<void> {
    if (this.#texts.length >= MAX_MESSAGE_EVENTS || this.#characters + text.length > MAX_BATCH_CHARACTERS)
      this.#flush();
    this.#texts.push(text);
    this.#characters += text.length + 1;
    while (this.#underWay.size >= MAX_IN_FLIGHT) await Promise.race(this.#underWay);
  }

  /** Sends what is left and waits for every answer. */
  async end(): Promise<void> {
    this.#flush();
    await Promise.all(this.#underWay);
  }

  #flush(): void {
    if (this.#texts.length === 0) return;
    const sending = this.#send(this.#texts);
    this.#underWay.add(sending);
    // The failure itself is raised by whoever awaits the set.
    const settle = (): void => void this.#underWay.delete(sending);
    sending.then(settle, () => undefined);
    this.#texts = [];
    this.#characters = 0;
  }
}

/** Sends one batch through the import queue. A batch may arrive twice when an answer is lost: ids are counted once. */
export async function sendBatch(io: CliIo, api: ApiClient, texts: readonly string[]): Promise<ApiAnswer> {
  const body = await compress(`{"events":[${texts.join(',')}]}`, { level: 4 });
  return askPatiently(io, () => api.ask('POST', '/v1/imports', { gzip: new Uint8Array(body) }));
}

/**
 * Asks again, less and less often, while the ledger is away.
 * @throws {@link LedgerUnreachableError} when it stays away for a minute
 */
export async function askPatiently<Answer>(io: CliIo, ask: () => Promise<Answer>): Promise<Answer> {
  const giveUpMs = io.now() + PATIENCE_MS;
  for (let waitMs = 100; ; waitMs = Math.min(waitMs * 2, 3_000)) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof LedgerUnreachableError) || io.now() >= giveUpMs) throw error;
      await sleep(waitMs);
    }
  }
}
