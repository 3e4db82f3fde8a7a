import { parseJson } from '../../app/recording/unpack-message.ts';
import type { Span } from '../../domain/spans/span.ts';
import { decodeJsonTraces } from '../otlp/decode-json.ts';
import { decodeProtobufTraces } from '../otlp/decode-protobuf.ts';
import type { OtlpEncoding } from '../otlp/otlp-encoding.ts';
import { UnreadableTracesError } from '../otlp/otlp-errors.ts';
import { decodeText } from './decode-text.ts';
import { HttpError } from './http-errors.ts';

/** Most bytes of a trace request once inflated: spans may carry prompts, of which nothing is kept. */
export const MAX_TRACES_BYTES = 32 * 1024 * 1024;

/** Messages and tool calls in an attribute are nested four times as deep in OTLP as in themselves. */
export const MAX_TRACES_DEPTH = 256;

/** Most objects and lists of a trace request in JSON: 20,000 spans with fifty attributes each. */
export const MAX_TRACES_PARTS = 2_000_000;

/**
 * Reads the body of a trace request.
 *
 * @throws {@link HttpError} 400 when it cannot be read, 413 when it holds too many spans
 */
export function readTraces(encoding: OtlpEncoding, bytes: Uint8Array): readonly Span[] {
  return orHttpError(() => {
    if (encoding === 'protobuf') return decodeProtobufTraces(bytes);
    const parsed = parseJson(decodeText(bytes), null, MAX_TRACES_DEPTH, MAX_TRACES_PARTS);
    if ('reason' in parsed) {
      const status = parsed.reason === 'message_too_large' ? 413 : 400;
      throw new HttpError(status, `traces/${parsed.reason}`, `${parsed.message}.`);
    }
    return decodeJsonTraces(parsed.value);
  });
}

/** As {@link readTraces}, of JSON that is parsed already. */
export function readParsedTraces(value: unknown): readonly Span[] {
  return orHttpError(() => decodeJsonTraces(value));
}

function orHttpError(read: () => readonly Span[]): readonly Span[] {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof UnreadableTracesError)) throw cause;
    throw new HttpError(cause.code === 'traces/too-many-spans' ? 413 : 400, cause.code, cause.message);
  }
}
