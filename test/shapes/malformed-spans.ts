import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { Random } from '../../lib/sample/random.ts';

/** 2026-01-29T18:29:59Z, and two seconds later, in nanoseconds. */
const START_NANOS = 1_769_711_399_000_000_000n;
const END_NANOS = START_NANOS + 2_000_000_000n;

const ATTRIBUTES: readonly (readonly [string, string | number])[] = [
  ['gen_ai.operation.name', 'chat'],
  ['gen_ai.provider.name', 'openai'],
  ['gen_ai.request.model', 'm-1'],
  ['gen_ai.usage.input_tokens', 12],
  ['gen_ai.usage.output_tokens', 3],
];

/** A trace request of two calls, as JSON. */
export function spansOf(random: Random): unknown {
  const spans = [1, 2].map(() => ({
    traceId: hex(random, 16),
    spanId: hex(random, 8),
    name: 'chat m-1',
    kind: 3,
    startTimeUnixNano: String(START_NANOS),
    endTimeUnixNano: String(END_NANOS),
    attributes: ATTRIBUTES.map(([key, value]) => ({
      key,
      value: typeof value === 'string' ? { stringValue: value } : { intValue: String(value) },
    })),
  }));
  return { resourceSpans: [{ scopeSpans: [{ spans }] }] };
}

/**
 * The same as protobuf.
 * @see https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto
 */
export function writeSpans(random: Random): Uint8Array {
  const spans = [1, 2].map(() => {
    const span = new BinaryWriter();
    span.tag(1, WireType.LengthDelimited).bytes(Buffer.from(hex(random, 16), 'hex'));
    span.tag(2, WireType.LengthDelimited).bytes(Buffer.from(hex(random, 8), 'hex'));
    span.tag(5, WireType.LengthDelimited).string('chat m-1');
    span.tag(7, WireType.Bit64).fixed64(START_NANOS);
    span.tag(8, WireType.Bit64).fixed64(END_NANOS);
    for (const [key, value] of ATTRIBUTES) {
      const any = new BinaryWriter();
      if (typeof value === 'string') any.tag(1, WireType.LengthDelimited).string(value);
      else any.tag(3, WireType.Varint).int64(value);
      const pair = new BinaryWriter().tag(1, WireType.LengthDelimited).string(key);
      span.tag(9, WireType.LengthDelimited).bytes(pair.tag(2, WireType.LengthDelimited).bytes(any.finish()).finish());
    }
    return span.finish();
  });
  const scope = new BinaryWriter();
  for (const span of spans) scope.tag(2, WireType.LengthDelimited).bytes(span);
  const resource = new BinaryWriter().tag(2, WireType.LengthDelimited).bytes(scope.finish());
  return new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(resource.finish()).finish();
}

function hex(random: Random, bytes: number): string {
  return Array.from({ length: bytes }, () => (1 + random.below(255)).toString(16).padStart(2, '0')).join('');
}
