/** A value of an attribute that is read; lists and nested values never are. */
export type AttributeValue = string | number | boolean;

/** The instrumentation that made a span; both texts are empty where it does not say. */
export interface SpanScope {
  readonly name: string;
  readonly version: string;
}

/**
 * One span as far as the ledger reads it: who and when, and the attributes of `span-attributes.ts`. Names of others are
 * not kept, and their values, which may be prompts, are not even decoded.
 */
export interface Span {
  /** 32 and 16 lower-case hex digits; empty where the span has none. */
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentSpanId: string;
  readonly name: string;
  /** Nanoseconds since 1970. */
  readonly startNs: bigint;
  readonly endNs: bigint;
  /** Whether its status is ERROR. */
  readonly isFailed: boolean;
  readonly scope: SpanScope;
  /** Those of its resource, overridden by its own. */
  readonly attributes: ReadonlyMap<string, AttributeValue>;
}
