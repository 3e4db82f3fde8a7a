import { joinInclusive } from '../../domain/events/usage-shapes.ts';
import { type RecognisedReading, readResponse } from '../responses/read-response.ts';
import { type CallFailure, readProviderCode } from './call-failure.ts';
import type { MeasureClock } from './measure-clock.ts';
import { type CallEnd, type Connections, postCall } from './post-call.ts';
import { AnswerReader } from './read-answer.ts';
import { writePrompt } from './write-prompt.ts';

/** What is measured: a model at an address. */
export interface Endpoint {
  /** Of chat completions, see {@link toEndpointUrl}. */
  readonly url: string;
  readonly model: string;
  /** The provider's id in the catalog; null where nobody tells. */
  readonly provider: string | null;
  readonly region: string | null;
  /** Sent as a bearer token, and never shown; null = none. */
  readonly key: string | null;
}

/** How each call is made. */
export interface CallShape {
  readonly promptTokens: number;
  readonly maxTokens: number;
  /** Whether the answer is asked for in pieces. */
  readonly isStreaming: boolean;
  /** Whether a stream is asked to tell its usage; not every server knows the option. */
  readonly asksForUsage: boolean;
  readonly timeoutMs: number;
}

/** Tokens of a call, input with its cached part. */
export interface CallTokens {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** `estimated`: the answer does not tell; input as asked for, output a quarter of its characters. */
  readonly source: 'response' | 'estimated';
}

/** One call as it was measured. It holds nothing of what was said. */
export interface MeasuredCall {
  readonly isStreaming: boolean;
  readonly startEpochMs: number;
  /** By the clock that is never set back. */
  readonly startMs: number;
  readonly endMs: number;
  readonly connection: CallEnd['connection'];
  /** From the start to the first piece of content; null where the answer came whole, or none did. */
  readonly ttftMs: number | null;
  /** From the start to the end of the answer. */
  readonly totalMs: number;
  /** Null where the call went well. */
  readonly failure: CallFailure | null;
  /** Null for a call that failed. */
  readonly tokens: CallTokens | null;
  /** What the answer says of itself; undefined where nothing can be read of it. */
  readonly reading: RecognisedReading | undefined;
  readonly headers: CallEnd['headers'];
}

/** What one call takes from outside. */
export interface CallSurroundings {
  readonly connections: Connections;
  readonly clock: MeasureClock;
  readonly signal: AbortSignal;
}

/** Characters of a token, for answers that do not tell their tokens. */
const TOKEN_CHARACTERS = 4;

/**
 * Calls an endpoint once and measures it. Never throws, and never tries again.
 *
 * @param mark - begins the prompt; see {@link writePrompt}
 */
export async function measureCall(
  endpoint: Endpoint,
  shape: CallShape,
  mark: string,
  { connections, clock, signal }: CallSurroundings,
): Promise<MeasuredCall> {
  let reader: AnswerReader | undefined;
  const end = await postCall({
    url: endpoint.url,
    headers: headersOf(endpoint),
    body: JSON.stringify(describeRequest(endpoint, shape, mark)),
    connections,
    timeoutMs: shape.timeoutMs,
    signal,
    clock,
    onBytes: (bytes, { headers }) => {
      reader ??= new AnswerReader(/^text\/event-stream\b/i.test(headers['content-type'] ?? ''));
      return reader.push(bytes, clock.elapsedMs());
    },
  });
  const answer = reader ?? new AnswerReader(false);
  const wrong = end.failure === null ? answer.end(end.endMs) : undefined;
  const reading = readAnswer(endpoint, end, answer);
  const failure = end.failure ?? findFailure(endpoint, end, answer, wrong, reading);
  const { startEpochMs, startMs, endMs, connection, headers } = end;
  return {
    isStreaming: shape.isStreaming,
    startEpochMs,
    startMs,
    endMs,
    connection,
    ttftMs: answer.firstContentMs === null ? null : answer.firstContentMs - startMs,
    totalMs: endMs - startMs,
    failure,
    tokens: failure === null ? countTokens(shape, answer, reading) : null,
    reading,
    headers,
  };
}

function headersOf({ key, provider }: Endpoint): Record<string, string> {
  return {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'accept-encoding': 'identity',
    ...(key === null ? {} : { authorization: `Bearer ${key}` }),
    // Azure takes keys by a header of its own.
    ...(key === null || provider !== 'azure' ? {} : { 'api-key': key }),
  };
}

/** The request for one call, as chat completions take it. */
export function describeRequest({ url, model }: Endpoint, shape: CallShape, mark: string): object {
  const { hostname } = new URL(url);
  // OpenAI's newer models refuse the older name, which many other servers alone know.
  const isOpenai =
    hostname === 'api.openai.com' || hostname.endsWith('.api.openai.com') || hostname.endsWith('.azure.com');
  return {
    model,
    messages: [{ role: 'user', content: writePrompt(shape.promptTokens, mark) }],
    [isOpenai ? 'max_completion_tokens' : 'max_tokens']: shape.maxTokens,
    stream: shape.isStreaming,
    ...(shape.isStreaming && shape.asksForUsage ? { stream_options: { include_usage: true } } : {}),
  };
}

function readAnswer(endpoint: Endpoint, { headers }: CallEnd, answer: AnswerReader): RecognisedReading | undefined {
  const { provider, region, model } = endpoint;
  return answer.response === undefined
    ? undefined
    : readResponse(answer.response, { provider, region, model, headers });
}

function findFailure(
  { key }: Endpoint,
  { status }: CallEnd,
  answer: AnswerReader,
  wrong: CallFailure | undefined,
  reading: RecognisedReading | undefined,
): CallFailure | null {
  const { response } = answer;
  const body: unknown = Array.isArray(response)
    ? response.findLast((chunk) => readProviderCode(chunk, key) !== null)
    : response;
  const detail = readProviderCode(body, key);
  if (status === null || status < 200 || status >= 300) return { kind: `http_${status ?? 0}`, detail };
  if (reading?.status === 'error') return { kind: 'provider_error', detail };
  if (wrong !== undefined) return wrong;
  if (!answer.isCompletion) return { kind: 'not_completion', detail: null };
  return answer.wasFiltered ? { kind: 'content_filter', detail: null } : null;
}

function countTokens(shape: CallShape, answer: AnswerReader, reading: RecognisedReading | undefined): CallTokens {
  const counts = reading?.usage.ok ? joinInclusive(reading.usage.usage) : undefined;
  // An answer that says something of no tokens does not tell its usage.
  const told = counts !== undefined && (counts.size > 0 || answer.contentCharacters === 0);
  if (counts !== undefined && told) {
    const [input, output] = ['input_tokens', 'output_tokens'].map((unit) => Number(counts.get(unit) ?? 0n));
    return { inputTokens: input ?? 0, outputTokens: output ?? 0, source: 'response' };
  }
  const outputTokens = Math.ceil(answer.contentCharacters / TOKEN_CHARACTERS);
  return { inputTokens: shape.promptTokens, outputTokens, source: 'estimated' };
}
