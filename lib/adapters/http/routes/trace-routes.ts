import { z } from 'zod';
import { submitTraces, type TracesOutcome, TracesTooLargeError } from '../../../app/recording/submit-traces.ts';
import type { Rejection } from '../../../contracts/reject-reasons.ts';
import { encodeTraceAnswer, type PartialSuccess } from '../../otlp/encode-answer.ts';
import { contentTypeOf, otlpEncodingOf } from '../../otlp/otlp-encoding.ts';
import { HttpError } from '../http-errors.ts';
import { MAX_TRACES_BYTES, readTraces } from '../read-traces.ts';
import { keyedRoute, type Route } from '../route.ts';

const traceAnswer = z.strictObject({
  partialSuccess: z
    .strictObject({
      rejectedSpans: z.string().regex(/^\d+$/).describe('A 64-bit number, which is text in JSON.'),
      errorMessage: z.string(),
    })
    .optional(),
});

/** The header that tells what became of every span of a request, by count. */
const SPANS_HEADER = 'tokenledger-spans';

/** The route that OpenTelemetry's exporters and collectors send to. */
export const traceRoutes: readonly Route[] = [
  keyedRoute(
    ['emitter', 'admin'],
    {
      method: 'POST',
      path: '/v1/traces',
      summary: 'Send spans (OTLP over HTTP)',
      description:
        'An ExportTraceServiceRequest in protobuf or JSON, plain or with Content-Encoding: gzip. Calls of models become usage events; other spans and spans around calls are passed over. Calls that the contract refuses are counted in partialSuccess and kept as rejects. The header tokenledger-spans counts what became of every span.',
      takesSpans: true,
      speaksOtlp: true,
      answers: {
        200: {
          description: 'Taken; `partialSuccess` where calls were refused.',
          schema: traceAnswer,
          inProtobuf: true,
        },
      },
    },
    async ({ ports, tenant, headers, readBytes }) => {
      const encoding = otlpEncodingOf(headers['content-type']);
      if (!encoding) {
        const expected = 'application/x-protobuf or application/json';
        throw new HttpError(415, 'traces/content-type', `The content type of a trace request is ${expected}.`);
      }
      const spans = readTraces(encoding, readBytes(MAX_TRACES_BYTES));
      const outcome = await submitTraces(ports, tenant.tenant, spans).catch(toHttpError);
      return {
        status: 200,
        encoded: encodeTraceAnswer(encoding, toPartialSuccess(outcome)),
        headers: { 'content-type': contentTypeOf(encoding), [SPANS_HEADER]: describeOutcome(outcome) },
      };
    },
  ),
];

function toHttpError(error: unknown): never {
  if (error instanceof TracesTooLargeError) throw new HttpError(413, error.code, error.message);
  throw error;
}

const MAX_NAMED_REASONS = 5;

function toPartialSuccess({ refused }: TracesOutcome): PartialSuccess | undefined {
  if (refused.length === 0) return undefined;
  const reasons = [...Map.groupBy(refused, nameReason)].map(([name, alike]) => `${name} (${alike.length})`);
  const more = reasons.length > MAX_NAMED_REASONS ? ', ...' : '';
  return { rejectedSpans: refused.length, errorMessage: reasons.slice(0, MAX_NAMED_REASONS).join(', ') + more };
}

/** Reason and field, never what was sent: names of tags are a sender's own words. */
function nameReason({ reason, field }: Rejection): string {
  if (field === null) return reason;
  return `${reason} ${field.startsWith('tags.') ? 'tags' : field}`;
}

function describeOutcome({ accepted, refused, ignored, cacheAdded }: TracesOutcome): string {
  const { wrapper, repeated, other } = ignored;
  const counts = { accepted, refused: refused.length, wrapper, repeated, other, 'cache-added': cacheAdded };
  return Object.entries(counts)
    .map(([name, count]) => `${name}=${count}`)
    .join(', ');
}
