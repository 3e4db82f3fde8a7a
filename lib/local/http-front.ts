import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { LOCAL_ACCOUNT } from './engine-client.ts';
import { LocalHostError } from './errors.ts';
import type { InvocationOutcome } from './function-environment.ts';
import { asList, asRecord } from './template.ts';

/** Largest request that an HTTP API takes. */
const BODY_LIMIT_BYTES = 10 * 1024 * 1024;

/** Largest event or answer of a function. */
export const PAYLOAD_LIMIT_BYTES = 6 * 1024 * 1024;

/** The HTTP side of the host: it listens at once and answers 503 until it is connected to a function. */
export interface HttpFront {
  /** Base URL, without a slash at the end. */
  readonly url: string;
  /** From now on every request is answered by this function. */
  connect(invoke: (event: unknown) => Promise<InvocationOutcome>): void;
  /** Takes no further request and waits for those under way. */
  stop(): Promise<void>;
}

/**
 * Listens on this machine's own address.
 * @param port - 0 takes a free one
 * @throws {@link LocalHostError} `local/port-taken`
 */
export async function startHttpFront(port: number): Promise<HttpFront> {
  let invoke: ((event: unknown) => Promise<InvocationOutcome>) | undefined;
  let stopping = false;
  const server = createServer((request, response) => {
    response.once('finish', () => stopping && request.socket.end());
    answer(request, response, invoke).catch(() => response.destroy());
  });
  await listen(server, port);
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : port}`;
  return {
    url,
    connect(connected) {
      invoke = connected;
    },
    stop: () =>
      new Promise((resolve) => {
        stopping = true;
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const problem = { EADDRINUSE: 'is already in use', EACCES: 'may not be used by this user' }[cause.code ?? ''];
      reject(problem ? new LocalHostError('local/port-taken', `port ${port} ${problem}`, { cause }) : cause);
    });
    server.listen(port, '127.0.0.1', () => resolve());
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  invoke: ((event: unknown) => Promise<InvocationOutcome>) | undefined,
): Promise<void> {
  const body = await readBody(request);
  if (body === 'too-large') return refuse(response, 413, 'Request Entity Too Large');
  if (!invoke) return refuse(response, 503, 'Service Unavailable');
  const event = toEvent(request, body);
  if (Buffer.byteLength(JSON.stringify(event)) > PAYLOAD_LIMIT_BYTES) {
    return refuse(response, 413, 'Request Entity Too Large');
  }
  const outcome = await invoke(event);
  if (outcome.status === 'timed-out') return refuse(response, 503, 'Service Unavailable');
  if (outcome.status === 'failed') return refuse(response, 500, 'Internal Server Error');
  if (Buffer.byteLength(JSON.stringify(outcome.result)) > PAYLOAD_LIMIT_BYTES) {
    return refuse(response, 500, 'Internal Server Error');
  }
  reply(response, outcome.result);
}

/** @returns the body, or `too-large` when it is over the limit; then the rest is read and dropped */
async function readBody(request: IncomingMessage): Promise<Buffer | 'too-large'> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes <= BODY_LIMIT_BYTES) chunks.push(chunk);
  }
  return sizeBytes > BODY_LIMIT_BYTES ? 'too-large' : Buffer.concat(chunks);
}

function toEvent(request: IncomingMessage, body: Buffer): unknown {
  const target = request.url ?? '/';
  const queryStart = target.indexOf('?');
  const rawPath = queryStart < 0 ? target : target.slice(0, queryStart);
  const rawQueryString = queryStart < 0 ? '' : target.slice(queryStart + 1);
  const query = [...new URLSearchParams(rawQueryString)];
  const { cookie, ...others } = request.headers;
  const now = new Date();
  // Bytes that are no text would be altered by passing them on as such.
  const asText = isText(request) && isUtf8(body);
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: decodePath(rawPath),
    rawQueryString,
    ...(cookie ? { cookies: cookie.split(/; */) } : {}),
    headers: Object.fromEntries(
      Object.entries(others).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value]),
    ),
    ...(query.length > 0 ? { queryStringParameters: joinRepeated(query) } : {}),
    requestContext: {
      accountId: LOCAL_ACCOUNT,
      apiId: 'local',
      domainName: request.headers.host ?? 'localhost',
      domainPrefix: 'local',
      http: {
        method: request.method,
        path: decodePath(rawPath),
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
        userAgent: request.headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey: '$default',
      stage: '$default',
      time: now.toISOString(),
      timeEpoch: now.getTime(),
    },
    ...(body.byteLength > 0 ? { body: body.toString(asText ? 'utf8' : 'base64') } : {}),
    isBase64Encoded: body.byteLength > 0 && !asText,
  };
}

// The gateway hands text on as it is and everything else, compressed text too, as base64.
function isText(request: IncomingMessage): boolean {
  if (request.headers['content-encoding']) return false;
  const type = request.headers['content-type'] ?? 'application/json';
  return /^(text\/|application\/([\w.+-]*json|xml|javascript|x-www-form-urlencoded))/i.test(type);
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function joinRepeated(query: readonly (readonly [string, string])[]): Record<string, string> {
  const joined = new Map<string, string>();
  for (const [name, value] of query) {
    const earlier = joined.get(name);
    joined.set(name, earlier === undefined ? value : `${earlier},${value}`);
  }
  return Object.fromEntries(joined);
}

function reply(response: ServerResponse, result: unknown): void {
  const fields = asRecord(result);
  if (typeof fields['statusCode'] !== 'number') {
    // An answer without a status is itself the body.
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(result));
    return;
  }
  for (const [name, value] of Object.entries(asRecord(fields['headers']))) response.setHeader(name, String(value));
  const cookies = asList(fields['cookies']).map(String);
  if (cookies.length > 0) response.setHeader('set-cookie', cookies);
  const body = typeof fields['body'] === 'string' ? fields['body'] : '';
  response.writeHead(fields['statusCode']);
  response.end(fields['isBase64Encoded'] === true ? Buffer.from(body, 'base64') : body);
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ message }));
}
