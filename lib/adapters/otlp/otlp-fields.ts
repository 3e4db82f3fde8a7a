/**
 * Field numbers of the OTLP messages that are read and written; all others are passed over.
 *
 * @see https://github.com/open-telemetry/opentelemetry-proto/blob/v1.7.0/opentelemetry/proto/trace/v1/trace.proto
 */
export const OTLP_FIELDS = {
  request: { resourceSpans: 1 },
  resourceSpans: { resource: 1, scopeSpans: 2 },
  resource: { attributes: 1 },
  scopeSpans: { scope: 1, spans: 2 },
  scope: { name: 1, version: 2 },
  span: { traceId: 1, spanId: 2, parentSpanId: 4, name: 5, startTime: 7, endTime: 8, attributes: 9, status: 15 },
  status: { code: 3 },
  keyValue: { key: 1, value: 2 },
  anyValue: { string: 1, bool: 2, int: 3, double: 4 },
  response: { partialSuccess: 1 },
  partialSuccess: { rejectedSpans: 1, errorMessage: 2 },
  /** `google.rpc.Status`. */
  rpcStatus: { code: 1, message: 2 },
} as const;

/** `STATUS_CODE_ERROR` of a span. */
export const SPAN_FAILED = 2;
