import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

/** A thousand refusals at their longest are half of it. */
const MAX_ANSWER_LENGTH = 2 * 1024 * 1024;

/** What the other end said. */
export interface PostAnswer {
  readonly status: number;
  readonly text: string;
  /** The header `retry-after` as it came. */
  readonly retryAfter: string | null;
}

/** A body and where it goes. */
export interface PostRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly timeoutMs: number;
}

/**
 * Posts a body through the platform's HTTP client and its shared agent: about half of what `fetch` costs a host.
 *
 * @throws Error when nothing answers in time
 */
export function postByNode({ url, headers, body, timeoutMs }: PostRequest): Promise<PostAnswer> {
  const request = url.startsWith('https:') ? requestHttps : requestHttp;
  const signal = AbortSignal.timeout(timeoutMs);
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method: 'POST', headers: { ...headers, 'content-length': body.length }, signal });
    outgoing.on('error', reject);
    outgoing.on('response', (incoming) => {
      // An answer cut short is no answer.
      incoming.on('error', reject);
      readAnswer(incoming, resolve, reject);
    });
    // Whatever else ends the exchange, such as a switch to another protocol; after an answer this changes nothing.
    outgoing.on('close', () => reject(new Error('the connection was closed without an answer')));
    outgoing.end(body);
  });
}

/** The same through a `fetch` that the host brings. */
export async function postByFetch(
  hostFetch: typeof fetch,
  { url, headers, body, timeoutMs }: PostRequest,
): Promise<PostAnswer> {
  const signal = AbortSignal.timeout(timeoutMs);
  // A redirected POST would turn into a GET that sends nothing.
  const response = await hostFetch(url, { method: 'POST', headers, body, redirect: 'manual', signal });
  const retryAfter = response.headers.get('retry-after');
  return { status: response.status, text: await response.text(), retryAfter };
}

function readAnswer(
  incoming: IncomingMessage,
  resolve: (answer: PostAnswer) => void,
  reject: (cause: Error) => void,
): void {
  let text = '';
  incoming.setEncoding('utf8');
  incoming.on('data', (chunk: string) => {
    text += chunk;
    if (text.length <= MAX_ANSWER_LENGTH) return;
    incoming.destroy();
    reject(new Error('the answer is longer than any of a ledger'));
  });
  incoming.on('end', () => {
    resolve({ status: incoming.statusCode ?? 0, text, retryAfter: incoming.headers['retry-after'] ?? null });
  });
}
