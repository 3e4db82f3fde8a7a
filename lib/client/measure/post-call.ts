import {
  Agent,
  type ClientRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request as requestHttp,
} from 'node:http';
import { request as requestHttps, Agent as SecureAgent } from 'node:https';
import type { Socket } from 'node:net';
import { type CallFailure, classifyError } from './call-failure.ts';
import type { MeasureClock } from './measure-clock.ts';

/** How long a new connection took, in milliseconds; null where there was no such step. */
export interface ConnectionTimes {
  /** Looking up the host's address; none for an address in numbers. */
  readonly dnsMs: number | null;
  readonly tcpMs: number;
  /** Null for plain HTTP. */
  readonly tlsMs: number | null;
  /** All of it together. */
  readonly totalMs: number;
}

/** Connections to one endpoint, kept for the calls that follow. */
export interface Connections {
  readonly agent: Agent;
  close(): void;
}

/** @param tls - certificates to trust beside the platform's, for tests */
export function openConnections(url: string, tls: { readonly ca?: string } = {}): Connections {
  const settings = { keepAlive: true, maxSockets: Number.POSITIVE_INFINITY };
  const agent = url.startsWith('https:') ? new SecureAgent({ ...settings, ...tls }) : new Agent(settings);
  return { agent, close: () => agent.destroy() };
}

/** A request, and what becomes of its answer. */
export interface CallPost {
  readonly url: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string;
  readonly connections: Connections;
  /** Longest time from the start to the end of the answer. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly clock: MeasureClock;
  /** Takes each piece of the body as it comes. @returns a failure that ends the call, where the piece shows one */
  readonly onBytes: (bytes: Uint8Array, incoming: IncomingMessage) => CallFailure | undefined;
}

/** What became of a request. */
export interface CallEnd {
  readonly startEpochMs: number;
  /** By {@link MeasureClock.elapsedMs}. */
  readonly startMs: number;
  readonly endMs: number;
  /** Null where an open connection was used, or none came about. */
  readonly connection: ConnectionTimes | null;
  /** Null where nothing was answered. */
  readonly status: number | null;
  readonly headers: IncomingMessage['headers'];
  /** Null where the answer came to its end, of whatever status. */
  readonly failure: CallFailure | null;
}

/** Posts one request, never twice. Always resolves: a failure is a measurement. */
export function postCall(post: CallPost): Promise<CallEnd> {
  return new Promise((resolve) => new OneCall(post, resolve));
}

class OneCall {
  readonly #post: CallPost;
  readonly #resolve: (end: CallEnd) => void;
  readonly #startEpochMs: number;
  readonly #startMs: number;
  readonly #outgoing: ClientRequest;
  readonly #cancelTimer: () => void;
  #phase: 'connect' | 'first_byte' | 'answer' = 'connect';
  #connection: ConnectionTimes | null = null;
  #incoming: IncomingMessage | undefined;
  #isOver = false;

  constructor(post: CallPost, resolve: (end: CallEnd) => void) {
    this.#post = post;
    this.#resolve = resolve;
    const { clock, signal, url, connections, body } = post;
    this.#startEpochMs = clock.epochMs();
    this.#startMs = clock.elapsedMs();
    const request = url.startsWith('https:') ? requestHttps : requestHttp;
    const headers = { ...post.headers, 'content-length': Buffer.byteLength(body) };
    this.#outgoing = request(url, { method: 'POST', agent: connections.agent, headers });
    const timer = clock.setTimer(() => this.#end({ kind: `timeout_${this.#phase}`, detail: null }), post.timeoutMs);
    this.#cancelTimer = () => timer.cancel();
    signal.addEventListener('abort', this.#interrupt);
    this.#outgoing.on('socket', (socket) => this.#watchConnection(socket));
    this.#outgoing.on('response', (incoming) => this.#readAnswer(incoming));
    this.#outgoing.on('error', (error) => this.#end(classifyError(error)));
    // Whatever else ends the exchange, such as a switch to another protocol.
    this.#outgoing.on('close', () => this.#end({ kind: 'reset', detail: null }));
    this.#outgoing.end(body);
  }

  readonly #interrupt = (): void => this.#end({ kind: 'interrupted', detail: null });

  #watchConnection(socket: Socket): void {
    if (!socket.connecting) {
      this.#phase = 'first_byte';
      return;
    }
    const { clock, url } = this.#post;
    const isSecure = url.startsWith('https:');
    const startMs = clock.elapsedMs();
    let lookedUpMs: number | null = null;
    socket.once('lookup', () => {
      lookedUpMs = clock.elapsedMs();
    });
    socket.once('connect', () => {
      const connectedMs = clock.elapsedMs();
      const times = {
        dnsMs: lookedUpMs === null ? null : lookedUpMs - startMs,
        tcpMs: connectedMs - (lookedUpMs ?? startMs),
      };
      const setUp = (tlsMs: number | null): void => {
        this.#connection = { ...times, tlsMs, totalMs: connectedMs - startMs + (tlsMs ?? 0) };
        this.#phase = 'first_byte';
      };
      if (isSecure) socket.once('secureConnect', () => setUp(clock.elapsedMs() - connectedMs));
      else setUp(null);
    });
  }

  #readAnswer(incoming: IncomingMessage): void {
    this.#incoming = incoming;
    incoming.on('data', (bytes: Buffer) => {
      if (this.#isOver) return;
      this.#phase = 'answer';
      const failure = this.#post.onBytes(bytes, incoming);
      if (failure !== undefined) this.#end(failure);
    });
    incoming.on('error', (error) => this.#end(classifyError(error)));
    incoming.on('end', () => this.#end(null));
  }

  #end(failure: CallFailure | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const endMs = this.#post.clock.elapsedMs();
    this.#cancelTimer();
    this.#post.signal.removeEventListener('abort', this.#interrupt);
    if (failure !== null) this.#outgoing.destroy();
    this.#resolve({
      startEpochMs: this.#startEpochMs,
      startMs: this.#startMs,
      endMs,
      connection: this.#connection,
      status: this.#incoming?.statusCode ?? null,
      headers: this.#incoming?.headers ?? {},
      failure,
    });
  }
}
