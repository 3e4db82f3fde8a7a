import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the stand-in for a provider answers to one request. */
export interface ProviderAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A JSON body; or the events of a stream, each sent as it is. */
  readonly body?: unknown;
  readonly events?: readonly string[];
  /** After the events the connection is: ended in order, broken, or left open. @default 'end' */
  readonly after?: 'end' | 'break' | 'hang';
}

/** A server on this machine that answers in a provider's published form. */
export interface FakeProvider {
  readonly url: string;
  /** Answers from now on, by the end of the path, streams by themselves where they differ; the last one given stands. */
  answer(path: string, answer: ProviderAnswer, streamed?: ProviderAnswer): void;
  /** The bodies of the requests so far. */
  readonly requests: readonly unknown[];
  stop(): Promise<void>;
}

/** Starts one; every answer has an id of its request and the date of 2026-11-21 09:30:00. */
export async function startFakeProvider(): Promise<FakeProvider> {
  const answers = new Map<string, readonly [whole: ProviderAnswer, streamed: ProviderAnswer]>();
  const requests: unknown[] = [];
  const server = createServer(async (request, response) => {
    const text = await readText(request);
    const body: unknown = text.startsWith('{') ? JSON.parse(text) : text;
    requests.push(body);
    const path = (request.url ?? '').split('?')[0] ?? '';
    const found = [...answers].find(([end]) => path.endsWith(end))?.[1];
    const isStream = typeof body === 'object' && body !== null && 'stream' in body && body.stream === true;
    await reply(
      response,
      found?.[isStream ? 1 : 0] ?? { status: 404, body: { error: { message: path, type: 'not_found' } } },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answer: (path, answer, streamed = answer) => answers.set(path, [answer, streamed]),
    requests,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}

async function reply(response: ServerResponse, answer: ProviderAnswer): Promise<void> {
  response.writeHead(answer.status ?? 200, {
    'content-type': answer.events === undefined ? 'application/json' : 'text/event-stream',
    'x-request-id': 'req_1',
    date: 'Sat, 21 Nov 2026 09:30:00 GMT',
    ...answer.headers,
  });
  if (answer.events === undefined) return void response.end(JSON.stringify(answer.body));
  for (const event of answer.events) {
    // Each event leaves by itself, as from a model that thinks in between.
    await new Promise((resolve) => response.write(event, resolve));
  }
  if (answer.after === 'break') response.destroy();
  else if (answer.after !== 'hang') response.end();
}

/** Chunks of OpenAI's chat stream as it sends them, its last line included. */
export function dataEvents(chunks: readonly unknown[]): readonly string[] {
  return [...chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`), 'data: [DONE]\n\n'];
}

/** Events that name their type, as Anthropic and the responses endpoint send them. */
export function namedEvents(events: ReadonlyArray<{ readonly type: string }>): readonly string[] {
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
}

/** Reads a stream to its end. */
export async function readAll<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const parts: T[] = [];
  for await (const part of stream) parts.push(part);
  return parts;
}
