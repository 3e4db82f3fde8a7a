import { isFields, type RawFields } from '../usage-shapes/raw-counts.ts';
import { isTelling } from '../wrappers/stream-chunks.ts';
import type { CallFailure } from './call-failure.ts';
import { SseReader } from './sse-reader.ts';

/** Largest body that is read; no answer of a chat comes near. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;
/** First letters of `data`, `event`, `id` and `retry`, and the colon of comments. */
const SSE_BEGINNINGS: ReadonlySet<number> = new Set(Array.from('deir:', (letter) => letter.charCodeAt(0)));
/** Streams end with it in place of JSON. */
const END_MARK = '[DONE]';

/**
 * Reads the body of an answer piece by piece: server-sent events, or one JSON document. Its content is counted and let go.
 */
export class AnswerReader {
  #sse: SseReader | undefined;
  readonly #texts: string[] = [];
  readonly #decoder = new TextDecoder();
  readonly #chunks: unknown[] = [];
  #bytes = 0;
  #contentCharacters = 0;
  #hasEndMark = false;
  #hasFinished = false;
  #wasFiltered = false;
  #isCompletion = false;
  #firstContentMs: number | null = null;

  /** @param isStream - whether the answer says that it is server-sent events */
  constructor(isStream: boolean) {
    this.#sse = isStream ? new SseReader() : undefined;
  }

  /** @param nowMs - when the piece came. @returns why reading ends here, where it does */
  push(bytes: Uint8Array, nowMs: number): CallFailure | undefined {
    this.#bytes += bytes.length;
    if (this.#bytes > MAX_BODY_BYTES) return { kind: 'too_large', detail: null };
    // Not every server names a stream for what it is; no JSON begins like its fields.
    if (this.#bytes === bytes.length && SSE_BEGINNINGS.has(bytes[0] ?? 0)) this.#sse ??= new SseReader();
    if (this.#sse !== undefined) return this.#take(this.#sse.push(bytes), nowMs);
    this.#texts.push(this.#decoder.decode(bytes, { stream: true }));
    return undefined;
  }

  /** Ends the body. @param nowMs - when it ended. @returns what is wrong with it as a whole */
  end(nowMs: number): CallFailure | undefined {
    if (this.#sse === undefined) return this.#take([this.#texts.join('')], nowMs);
    return this.#take(this.#sse.end(), nowMs) ?? this.#findBreak();
  }

  /** The body, or the chunks of a stream that tell more than content. */
  get response(): unknown {
    return this.#sse === undefined ? this.#chunks[0] : this.#chunks;
  }

  /** Characters of the answer, what a model says to itself included. */
  get contentCharacters(): number {
    return this.#contentCharacters;
  }

  /** Whether the endpoint said that the answer is whole. */
  get hasEnded(): boolean {
    return this.#sse === undefined || this.#hasEndMark || this.#hasFinished;
  }

  /** Whether the endpoint broke the answer off for what it says. */
  get wasFiltered(): boolean {
    return this.#wasFiltered;
  }

  /** Whether the body, or any chunk of the stream, is one of completions. */
  get isCompletion(): boolean {
    return this.#isCompletion;
  }

  /** When the first piece of content of a stream came; null where none did. */
  get firstContentMs(): number | null {
    return this.#firstContentMs;
  }

  #take(texts: readonly string[], nowMs: number): CallFailure | undefined {
    for (const text of texts) {
      if (text.trim() === END_MARK) {
        this.#hasEndMark = true;
        continue;
      }
      // Some servers keep a stream open by events without data.
      if (this.#sse !== undefined && text.trim() === '') continue;
      const chunk = parseJson(text);
      if (chunk === undefined) return { kind: 'not_json', detail: null };
      this.#count(chunk, nowMs);
    }
    return undefined;
  }

  #count(chunk: unknown, nowMs: number): void {
    const characters = choicesOf(chunk).map(countCharacters);
    const total = characters.reduce((sum, count) => sum + count, 0);
    this.#contentCharacters += total;
    const reasons = choicesOf(chunk).map((choice) => choice['finish_reason'] ?? null);
    this.#hasFinished ||= reasons.some((reason) => reason !== null);
    this.#wasFiltered ||= reasons.includes('content_filter');
    this.#isCompletion ||= isFields(chunk) && Array.isArray(chunk['choices']);
    if (this.#sse === undefined) this.#chunks.push(chunk);
    else {
      if (total > 0) this.#firstContentMs ??= nowMs;
      // One chunk is kept in any case: it names the response and its model.
      if (this.#chunks.length === 0 || isTelling(chunk)) this.#chunks.push(chunk);
    }
  }

  #findBreak(): CallFailure | undefined {
    return this.#isCompletion && !this.hasEnded ? { kind: 'stream_broken', detail: null } : undefined;
  }
}

/** Undefined where the text is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function choicesOf(chunk: unknown): readonly RawFields[] {
  const choices: unknown = isFields(chunk) ? chunk['choices'] : undefined;
  return Array.isArray(choices) ? choices.filter(isFields) : [];
}

/** What is said, at whichever field a server says it; who speaks is no content. */
function countCharacters(choice: RawFields): number {
  const said = [choice['delta'], choice['message'], { text: choice['text'] }].filter(isFields);
  let characters = 0;
  for (const fields of said)
    for (const [name, value] of Object.entries(fields)) if (name !== 'role') characters += lengthOf(value);
  return characters;
}

/** Calls of tools come as lists of fields, a few levels deep; what is nested deeper says nothing. */
function lengthOf(value: unknown, levels = 16): number {
  if (typeof value === 'string') return value.length;
  if (levels === 0 || !(Array.isArray(value) || isFields(value))) return 0;
  return Object.values(value).reduce((sum: number, item: unknown) => sum + lengthOf(item, levels - 1), 0);
}
