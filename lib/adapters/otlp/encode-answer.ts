import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { OtlpEncoding } from './otlp-encoding.ts';
import { OTLP_FIELDS } from './otlp-fields.ts';

/** What a receiver says of spans that it did not take. */
export interface PartialSuccess {
  readonly rejectedSpans: number;
  readonly errorMessage: string;
}

/**
 * Writes an `ExportTraceServiceResponse`: empty when every span was taken.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#partial-success-1
 */
export function encodeTraceAnswer(
  encoding: OtlpEncoding,
  partialSuccess: PartialSuccess | undefined,
): string | Uint8Array {
  if (encoding === 'json') {
    // A 64-bit number is text in JSON.
    const partial = partialSuccess && { ...partialSuccess, rejectedSpans: String(partialSuccess.rejectedSpans) };
    return JSON.stringify(partial ? { partialSuccess: partial } : {});
  }
  const writer = new BinaryWriter();
  if (!partialSuccess) return writer.finish();
  const { rejectedSpans, errorMessage } = OTLP_FIELDS.partialSuccess;
  writer.tag(OTLP_FIELDS.response.partialSuccess, WireType.LengthDelimited).fork();
  writer.tag(rejectedSpans, WireType.Varint).int64(partialSuccess.rejectedSpans);
  writer.tag(errorMessage, WireType.LengthDelimited).string(partialSuccess.errorMessage);
  return writer.join().finish();
}

/** Codes of `google.rpc.Status` by HTTP status; a code for everything else is 2, `UNKNOWN`. */
const RPC_CODES: Readonly<Record<number, number>> = {
  400: 3,
  401: 16,
  403: 7,
  404: 5,
  413: 8,
  415: 3,
  429: 8,
  500: 13,
  503: 14,
};

/**
 * Writes the `google.rpc.Status` that OTLP wants with every failure.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#failures-1
 */
export function encodeFailure(encoding: OtlpEncoding, httpStatus: number, message: string): string | Uint8Array {
  const code = RPC_CODES[httpStatus] ?? 2;
  if (encoding === 'json') return JSON.stringify({ code, message });
  const writer = new BinaryWriter();
  writer.tag(OTLP_FIELDS.rpcStatus.code, WireType.Varint).int32(code);
  return writer.tag(OTLP_FIELDS.rpcStatus.message, WireType.LengthDelimited).string(message).finish();
}
