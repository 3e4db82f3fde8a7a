import { type PostAnswer, postByFetch, postByNode } from './post-message.ts';
import type { EmitterTransport, OutgoingMessage, RefusedEvent, SendOutcome } from './transport.ts';

/** Where the ledger's API is. */
export interface HttpTransportOptions {
  /** Base URL of the API, without `/v1`. */
  readonly url: string;
  /** An API key of role `emitter` or `admin`. */
  readonly key: string;
  /** Sends by this `fetch`. @default Node's own HTTP client, which costs half as much */
  readonly fetch?: typeof fetch;
  /** Longest time of one request. @default 10_000 */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 10_000;
/** The body is at fault, not the sender: sending it again cannot help. */
const UNACCEPTABLE = new Set([400, 413, 415, 422]);
/** Begins the type of every problem that a ledger reports. */
const LEDGER_PROBLEM = 'urn:tokenledger:problem:';
/** Timed out, came too early or too often. */
const RETRYABLE = new Set([408, 425, 429]);

/**
 * Sends by `POST /v1/events` of the ledger's API.
 *
 * @throws TypeError when the URL is not one of http or https, or the key cannot stand in a header
 */
export function httpTransport({ url, key, ...options }: HttpTransportOptions): EmitterTransport {
  const target = readTarget(url);
  if (typeof key !== 'string' || !/^[\x21-\x7e]+$/.test(key)) {
    throw new TypeError('httpTransport: key must be an API key, visible ASCII without blanks');
  }
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const headers = {
    authorization: `Bearer ${key}`,
    'content-type': 'application/json',
    'content-encoding': 'gzip',
  };
  return {
    async send({ gzip: body, eventCount }: OutgoingMessage): Promise<SendOutcome> {
      const request = { url: target, headers, body, timeoutMs };
      const answer = await (options.fetch === undefined ? postByNode(request) : postByFetch(options.fetch, request));
      return readOutcome(answer, eventCount);
    },
  };
}

function readTarget(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
    throw new TypeError('httpTransport: url must be the http or https address of the API, as TOKENLEDGER_URL holds it');
  }
  return `${url.replace(/\/+$/, '')}/v1/events`;
}

function readOutcome({ status, text, retryAfter }: PostAnswer, eventCount: number): SendOutcome {
  if (status >= 200 && status < 300) {
    const refused = readRefused(text, eventCount);
    // A proxy's friendly page is no receipt: only the ledger's own answer is.
    if (refused === undefined)
      return { status: 'unavailable', error: problem(status, 'is not the answer of a ledger') };
    return { status: 'accepted', refused };
  }
  // A proxy says 400 of requests that never reach the ledger, such as plain HTTP to a port of HTTPS.
  if (UNACCEPTABLE.has(status) && (status !== 400 || text.includes(LEDGER_PROBLEM)))
    return { status: 'unacceptable', error: problem(status, 'will never take this message') };
  if (status >= 500 || RETRYABLE.has(status)) {
    const retryAfterMs = readRetryAfterMs(retryAfter);
    const error = problem(status, 'cannot take the message now');
    return { status: 'unavailable', error, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  }
  return { status: 'denied', error: problem(status, 'does not accept the key or the address') };
}

function problem(status: number, what: string): Error {
  return new Error(`POST /v1/events answered ${status}: the other end ${what}`);
}

/** @returns undefined when the text is not an answer of `POST /v1/events` that accounts for every event */
function readRefused(text: string, eventCount: number): readonly RefusedEvent[] | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    if (!isFields(answer) || typeof answer['accepted'] !== 'number') return undefined;
    const rejected = Array.isArray(answer['rejected']) ? answer['rejected'].filter(isFields) : [];
    return answer['accepted'] + rejected.length === eventCount ? rejected.map(toRefused) : undefined;
  } catch {
    return undefined;
  }
}

function toRefused(fields: Readonly<Record<string, unknown>>): RefusedEvent {
  const { id, reason, field, message } = fields;
  return {
    id: typeof id === 'string' ? id : null,
    reason: typeof reason === 'string' ? reason : 'unknown',
    field: typeof field === 'string' ? field : null,
    message: typeof message === 'string' ? message : '',
  };
}

/** Seconds or an HTTP date (RFC 9110 section 10.2.3), as milliseconds from now. */
function readRetryAfterMs(text: string | null): number | undefined {
  if (text === null) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const untilMs = Date.parse(text) - Date.now();
  return Number.isFinite(untilMs) ? Math.max(0, untilMs) : undefined;
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
