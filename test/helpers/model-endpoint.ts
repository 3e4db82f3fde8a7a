import { createServer as createHttp, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { MeasureClock } from '../../lib/client/measure/measure-clock.ts';

/** A clock that stands still until it is told to go on, or goes on by each look at it. */
export interface SteppedClock extends MeasureClock {
  advance(ms: number): void;
  /** Resolves when somebody has looked at it again. */
  nextLook(): Promise<void>;
  /** Lets every timer that was set run out. */
  runOut(): void;
  /** Timers that are set. */
  timers(): number;
}

/** @param tickMs - by how much each look sets it on */
export function createSteppedClock({ epochMs = 1_785_000_000_000, tickMs = 0 } = {}): SteppedClock {
  let nowMs = 0;
  const timers = new Set<() => void>();
  let waiting: (() => void)[] = [];
  return {
    epochMs: () => epochMs + nowMs,
    elapsedMs: () => {
      const lookers = waiting;
      waiting = [];
      for (const looked of lookers) setImmediate(looked);
      nowMs += tickMs;
      return nowMs;
    },
    setTimer: (callback) => {
      timers.add(callback);
      return { cancel: () => timers.delete(callback) };
    },
    advance: (ms) => {
      nowMs += ms;
    },
    nextLook: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
      }),
    timers: () => timers.size,
    runOut: () => {
      for (const callback of [...timers]) callback();
    },
  };
}

/** What an endpoint answers to one request: pieces of a body, each after so many milliseconds by the clock. */
export interface ScriptedAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly pieces?: ReadonlyArray<readonly [afterMs: number, text: string | Uint8Array]>;
  /** @default 'end' */
  readonly after?: 'end' | 'hang' | 'break';
  /** Is told when all pieces are sent, before the end. */
  readonly onSent?: () => void;
}

/** A request as the endpoint saw it. */
export interface SeenRequest {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Readonly<Record<string, unknown>>;
}

/** A server on this machine in the place of a model. */
export interface ModelEndpoint {
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  /** Connections that were opened. */
  readonly connections: () => number;
  /** Most requests that were under way at once. */
  readonly maxInFlight: () => number;
  stop(): Promise<void>;
}

/**
 * Starts one. A step of an answer waits until whoever measures has looked at the clock after the step before, so that
 * times come out the same however slow the machine is; with calls at once, steps are only in order.
 *
 * @param answer - by the request and its number from 0
 */
export async function startModelEndpoint(
  answer: (request: SeenRequest, number: number) => ScriptedAnswer | Promise<ScriptedAnswer>,
  { clock, tls }: { clock?: SteppedClock; tls?: { key: string; cert: string } } = {},
): Promise<ModelEndpoint> {
  const requests: SeenRequest[] = [];
  let [inFlight, maxInFlight, connections] = [0, 0, 0];
  const listener = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    inFlight += 1;
    maxInFlight = Math.max(maxInFlight, inFlight);
    response.on('close', () => {
      inFlight -= 1;
    });
    let text = '';
    for await (const chunk of incoming) text += chunk;
    const seen = { path: incoming.url ?? '', headers: incoming.headers, body: JSON.parse(text) };
    requests.push(seen);
    await play(response, await answer(seen, requests.length - 1), clock);
  };
  const server: Server = tls === undefined ? createHttp(listener) : createHttps(tls, listener);
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    requests,
    connections: () => connections,
    maxInFlight: () => maxInFlight,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function play(response: ServerResponse, answer: ScriptedAnswer, clock: SteppedClock | undefined): Promise<void> {
  const { status = 200, headers = {}, pieces = [], after = 'end', onSent } = answer;
  response.on('error', () => undefined);
  const isStream = pieces.some(([, text]) => typeof text === 'string' && /^(?:data|:|event)/.test(text));
  response.writeHead(status, { 'content-type': isStream ? 'text/event-stream' : 'application/json', ...headers });
  for (const [afterMs, text] of pieces) {
    clock?.advance(afterMs);
    const looked = clock?.nextLook();
    response.write(text);
    await looked;
  }
  onSent?.();
  if (after === 'break') response.destroy();
  else if (after === 'end') response.end();
  else response.flushHeaders();
}

/** What a chat's stream is made of. */
export interface ScriptedStream {
  readonly id?: string;
  readonly model?: string;
  /** Seconds since 1970. */
  readonly created?: number;
  /** Milliseconds before each token. */
  readonly tokensAfterMs: readonly number[];
  /** Null = the endpoint does not tell. */
  readonly usage?: Readonly<Record<string, number>> | null;
  readonly hasEndMark?: boolean;
  readonly finish?: string | null;
  readonly after?: ScriptedAnswer['after'];
}

/** A streamed answer of chat completions, one chunk for a token, its usage in a last chunk without choices. */
export function streamTokens({
  tokensAfterMs,
  hasEndMark = true,
  after = 'end',
  ...said
}: ScriptedStream): ScriptedAnswer {
  const { id = 'chatcmpl-1', model = 'test-model', created = 1_785_000_000, usage = null, finish = 'stop' } = said;
  const chunk = (fields: object): string =>
    `data: ${JSON.stringify({ id, object: 'chat.completion.chunk', created, model, ...fields })}\n\n`;
  const choice = (delta: object, finish_reason: string | null = null): object => ({
    choices: [{ index: 0, delta, finish_reason }],
  });
  const pieces: [number, string][] = [
    [0, chunk(choice({ role: 'assistant', content: '' }))],
    ...tokensAfterMs.map((afterMs): [number, string] => [afterMs, chunk(choice({ content: 'word' }))]),
  ];
  if (finish !== null) pieces.push([0, chunk(choice({}, finish))]);
  if (usage !== null) pieces.push([0, chunk({ choices: [], usage })]);
  if (hasEndMark) pieces.push([0, 'data: [DONE]\n\n']);
  return { pieces, after };
}

/** A whole answer of chat completions after so many milliseconds. */
export function answerWhole(afterMs: number, fields: Readonly<Record<string, unknown>> = {}): ScriptedAnswer {
  const body = {
    ...{ id: 'chatcmpl-1', object: 'chat.completion', created: 1_785_000_000, model: 'test-model' },
    choices: [{ index: 0, message: { role: 'assistant', content: 'one two three four' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 20, completion_tokens: 4, total_tokens: 24 },
    ...fields,
  };
  return { pieces: [[afterMs, JSON.stringify(body)]] };
}
