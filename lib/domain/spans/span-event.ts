import { MAX_TEXT_BYTES } from '../../contracts/limits.ts';
import { parseUsageEvent } from '../events/parse-usage-event.ts';
import { type Sha256Hex, writeTimedId, writeUntimedId } from '../events/response-event-id.ts';
import { textBytes } from '../field-reading.ts';
import { operationOf } from './classify-span.ts';
import type { AttributeValue, Span } from './span.ts';
import { type SpanField, TAG_PREFIX, TEXT_FIELDS } from './span-attributes.ts';
import { numberOf, textOf } from './span-facts.ts';
import { providerOf } from './span-provider.ts';
import { readSpanUsage } from './span-usage.ts';

/** A usage event of contract v1 as it is sent, not checked yet. */
export type SpanEvent = Readonly<Record<string, unknown>>;

/** What one call's span becomes. */
export interface SpanReport {
  readonly event: SpanEvent;
  /** Whether the contract takes it and it counts anything: zeros and counts that cannot be tell nothing of a call. */
  readonly counts: boolean;
  /** Whether the call failed or was given up. */
  readonly isFailed: boolean;
  /** What kind of answer was asked for; calls of two families are never one call. */
  readonly family: 'embeddings' | 'rerank' | 'generation';
  /** Whether `input_tokens` was reported without its cached part, which was added. */
  readonly isCacheAdded: boolean;
}

const NS_PER_MS = 1_000_000n;

/**
 * Makes a usage event of a call's span. Its time is the span's start. A successful call that counts nothing becomes an
 * event without usage, which the contract refuses: zeros would make the call free.
 */
export function toSpanEvent(span: Span, sha256: Sha256Hex): SpanReport {
  const model = textOf(span, 'model');
  const provider = providerOf(span, model);
  const counted = readSpanUsage(span, provider);
  const timeMs = Number(span.startNs / NS_PER_MS);
  const errorType = textOf(span, 'error_type');
  const status = statusOf(span, errorType);
  const fallback = status === 'ok' ? undefined : { input_tokens: 0 };
  const ttftMs = ttftOf(span);
  const event: Record<string, unknown> = {
    id: idOf(span, provider, timeMs, sha256),
    time: new Date(timeMs).toISOString(),
    ...textsOf(span),
    ...(provider === null ? {} : { provider }),
    usage: counted?.usage ?? fallback,
    ...(span.endNs >= span.startNs ? { latency_ms: Number((span.endNs - span.startNs) / 1_000n) / 1_000 } : {}),
    ...(ttftMs === undefined ? {} : { ttft_ms: ttftMs }),
    ...(status === 'ok' ? {} : { status }),
    ...(errorType === undefined ? {} : { error: errorType }),
    ...tagsOf(span),
    emitter: emitterOf(span),
  };
  return {
    event,
    counts: hasCounts(counted?.usage ?? {}) && !('reason' in parseUsageEvent(event)),
    isFailed: status !== 'ok',
    family: familyOf(event['operation']),
    isCacheAdded: counted?.isCacheAdded ?? false,
  };
}

function hasCounts(usage: Readonly<Record<string, unknown>>): boolean {
  return Object.values(usage).some((count) => typeof count === 'number' && count > 0);
}

function familyOf(operation: unknown): SpanReport['family'] {
  return operation === 'embeddings' || operation === 'rerank' ? operation : 'generation';
}

/** Ids that Ollama draws at random from below a thousand: two of its responses soon have the same one. */
const REPEATED_RESPONSE_ID = /^chatcmpl-\d{1,3}$/;

/** See docs/adr/0012-ids-of-spans.md. Undefined for a span that has no ids itself: a retry could not repeat one. */
function idOf(span: Span, provider: string | null, timeMs: number, sha256: Sha256Hex): string | undefined {
  const given = textOf(span, 'event_id');
  if (given !== undefined) return given;
  const responseId = textOf(span, 'response_id');
  if (responseId !== undefined && !REPEATED_RESPONSE_ID.test(responseId)) {
    return writeUntimedId(provider, responseId, sha256);
  }
  if (span.traceId === '' || span.spanId === '') return undefined;
  return writeTimedId(timeMs, null, `${span.traceId}:${span.spanId}`, sha256);
}

function textsOf(span: Span): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const field of TEXT_FIELDS) {
    const text = field === 'operation' ? operationOf(span) : (textOf(span, field) ?? numberedText(span, field));
    if (text !== undefined) texts[field] = text;
  }
  // What an SDK says for a service without a name, and a tier that was only asked for, tell nothing.
  if (texts['app']?.startsWith('unknown_service')) delete texts['app'];
  if (texts['service_tier'] === 'auto') delete texts['service_tier'];
  // The provider is told apart from what was sent.
  delete texts['provider'];
  return texts;
}

/** A user or a session that is a number in its system; nothing else is. */
function numberedText(span: Span, field: SpanField): string | undefined {
  if (field !== 'user' && field !== 'session') return undefined;
  const number = numberOf(span, field);
  return Number.isSafeInteger(number) ? String(number) : undefined;
}

const ABORTED = /abort|cancel/i;

function statusOf(span: Span, errorType: string | undefined): 'ok' | 'error' | 'aborted' {
  if (!span.isFailed && errorType === undefined) return 'ok';
  return errorType !== undefined && ABORTED.test(errorType) ? 'aborted' : 'error';
}

function ttftOf(span: Span): number | undefined {
  const seconds = numberOf(span, 'ttft_seconds');
  // Whole microseconds: a second as a binary fraction times a thousand has digits that mean nothing.
  return seconds === undefined ? numberOf(span, 'ttft_ms') : Math.round(seconds * 1_000_000) / 1_000;
}

function tagsOf(span: Span): { readonly tags?: Readonly<Record<string, string>> } {
  const tags: Record<string, string> = {};
  for (const [name, value] of span.attributes) {
    if (name.startsWith(TAG_PREFIX)) tags[name.slice(TAG_PREFIX.length)] = tagText(value);
  }
  return Object.keys(tags).length > 0 ? { tags } : {};
}

function tagText(value: AttributeValue): string {
  return typeof value === 'string' ? value : String(value);
}

/** Who sent it. No part of the content, so what does not fit is left out rather than refused. */
function emitterOf(span: Span): Readonly<Record<string, string>> {
  const language = textOf(span, 'sdk_language');
  const sdkVersion = textOf(span, 'sdk_version');
  const version = ['otel', language, sdkVersion].filter((part) => part !== undefined).join('/');
  const id = textOf(span, 'instance');
  return { ...(id !== undefined && fits(id) ? { id } : {}), version: fits(version) ? version : 'otel' };
}

function fits(text: string): boolean {
  const bytes = textBytes(text);
  return bytes > 0 && bytes <= MAX_TEXT_BYTES;
}
