import type { UsageReading } from '../../domain/events/usage-shapes.ts';

/** What a provider's response says about one call. Never its content: no text, no arguments, no messages. */
export interface ResponseReading {
  /** Disjoint counts, or the reasons why the response does not tell what was used. */
  readonly usage: UsageReading;
  /** The model as the response names it. */
  readonly model: string | null;
  /** One of the catalog's provider ids; null where any vendor may answer in this shape. */
  readonly provider: string | null;
  readonly responseId: string | null;
  /** When the provider says it made the response, in milliseconds since 1970. */
  readonly createdMs: number | null;
  /** OpenTelemetry's `gen_ai.operation.name`: `chat`, `embeddings`, `generate_content`, `text_completion`, ... */
  readonly operation: string | null;
  readonly serviceTier: string | null;
  readonly region: string | null;
  /** The provider's own charge in USD as decimal text. */
  readonly reportedCostUsd: string | null;
  readonly status: 'ok' | 'error' | 'aborted';
}

/** Reads the responses of one provider or protocol. */
export interface ResponseAdapter {
  /** Stable name by which a caller can ask for the adapter, such as `openai_chat`. */
  readonly name: string;
  /** Reads a parsed body. @returns undefined when the body is not of this shape */
  readBody(body: unknown): ResponseReading | undefined;
  /** Reads the parsed chunks of a stream: all of them or the final one alone. @returns undefined for another shape */
  readStream(chunks: readonly unknown[]): ResponseReading | undefined;
}
