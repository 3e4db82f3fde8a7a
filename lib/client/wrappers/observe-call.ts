import type { ResponseReading } from '../responses/response-adapter.ts';
import { nameAt } from '../responses/response-fields.ts';
import type { CallContext } from '../responses/to-usage-event.ts';
import { isFields, type RawFields } from '../usage-shapes/raw-counts.ts';
import { describeCall, type EndedCall } from './describe-call.ts';
import type { Destination } from './destination-of-client.ts';
import type { CallContextSource, EventSink } from './event-sink.ts';
import { backgroundOf } from './stream-chunks.ts';

/** What is known of a call when it begins. */
export interface CallSettings extends Destination {
  /** What the host asked for; its `model` is read, nothing of its content. */
  readonly request: unknown;
  readonly operation: string | null;
  readonly context: CallContextSource;
  /** Aborts the call where the host handed one in. */
  readonly signal?: unknown;
  /** Nothing is called, an answer made in the background is fetched, maybe many times: it is reported once it has ended, without times. */
  readonly isFetched?: boolean;
}

/** What came back of a call so far. */
export interface Answer {
  /** The parsed body, or the telling chunks of a stream. */
  readonly response?: unknown;
  /** What the answer says, where it was read already. */
  readonly reading?: ResponseReading;
  readonly headers?: RawFields;
}

/** Reads an answer when it is to be reported; what it throws costs the report, never the host. */
export type AnswerReader = () => Answer;

/** One call on its way. Only its first end is reported, and nothing here throws. */
export interface ObservedCall {
  /** The first piece of the answer is there; later ones change nothing. */
  markFirstToken(): void;
  /** The answer is complete, as far as its provider sent it. */
  end(answer: AnswerReader): void;
  /** @param answer - what a stream told before it broke; none where the call never began to answer */
  fail(cause: unknown, answer?: AnswerReader): void;
  /** The host has left a stream before its end. */
  leave(answer: AnswerReader): void;
}

/** Begins to watch a call: its clock runs from here. */
export function observeCall(sink: EventSink, settings: CallSettings): ObservedCall {
  const startMs = Date.now();
  const started = performance.now();
  let ttftMs: number | undefined;
  let isTold = false;
  const sinceStartMs = () => Math.round(performance.now() - started);
  const tell = (read: () => Partial<EndedCall>) => {
    if (isTold) return;
    isTold = true;
    const latencyMs = sinceStartMs();
    try {
      const { provider, region, operation, request } = settings;
      const model = isFields(request) ? nameAt(request, 'model') : null;
      const times = settings.isFetched === true ? {} : { latencyMs, ttftMs };
      const end = read();
      // The order would take the id of the answer, and the answer's usage would be a conflict.
      if (backgroundOf(end.response) !== (settings.isFetched === true ? 'ended' : undefined)) return;
      const call = { startMs, ...times, headers: {}, provider, region, operation, model };
      sink.emit(describeCall({ ...call, context: contextOf(settings), ids: sink.ids ?? 'timed', ...end }));
    } catch {
      // The host's call goes on whatever becomes of its report.
    }
  };
  return {
    markFirstToken() {
      ttftMs ??= sinceStartMs();
    },
    end: tell,
    fail: (cause, answer = () => ({ headers: headersOf(cause) })) =>
      tell(() => {
        if (isAbort(cause, settings.signal)) return { ...answer(), status: 'aborted' };
        return { ...answer(), status: 'error', error: errorCodeOf(cause) };
      }),
    leave: (answer) => tell(() => ({ ...answer(), status: 'aborted' })),
  };
}

function contextOf({ context, request }: CallSettings): CallContext {
  if (typeof context !== 'function') return context;
  try {
    return context(isFields(request) ? request : {});
  } catch {
    return {};
  }
}

/** The headers that an error or a response carries, as plain fields; none where it has none. */
export function headersOf(holder: unknown): RawFields {
  if (!isFields(holder)) return {};
  const { headers } = holder;
  if (!isFields(headers)) return {};
  // Older SDKs bring headers of their own class along.
  return typeof headers['entries'] === 'function' ? Object.fromEntries(headers['entries']()) : headers;
}

function isAbort(cause: unknown, signal: unknown): boolean {
  if (isFields(signal) && signal['aborted'] === true) return true;
  if (!(cause instanceof Error)) return false;
  return cause.name === 'AbortError' || cause.constructor.name === 'APIUserAbortError';
}

/** A word for what went wrong, as the provider says it where it does. Sentences may quote a prompt and never pass. */
function errorCodeOf(cause: unknown): string {
  if (!isFields(cause)) return 'unknown';
  const body = isFields(cause['error']) ? cause['error'] : {};
  const inner = isFields(body['error']) ? body['error'] : body;
  const status = cause['status'] ?? cause['statusCode'];
  const words = [cause['code'], inner['code'], inner['type'], cause['type']];
  if (typeof status === 'number') words.push(`http_${status}`);
  if (cause instanceof Error) words.push(cause.constructor.name, cause.name);
  return words.find(isCode) ?? 'unknown';
}

function isCode(word: unknown): word is string {
  return typeof word === 'string' && /^[A-Za-z][\w.-]{0,63}$/.test(word);
}
