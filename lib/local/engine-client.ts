import { Agent, request } from 'node:http';
import { asRecord } from './template.ts';

/** Region of everything local. */
export const LOCAL_REGION = 'us-east-1';

/** Account of everything local; the queue engine also reports it as the sender of every message. */
export const LOCAL_ACCOUNT = '000000000000';

const TARGET_PREFIXES = { sqs: 'AmazonSQS', dynamodb: 'DynamoDB_20120810' } as const;

/** An engine answered with an error, or not at all. */
export class EngineCallError extends Error {
  override readonly name = 'EngineCallError';
  /** The engine's name of the error, such as `ResourceInUseException`; empty when it gave none. */
  readonly type: string;

  constructor(type: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.type = type;
  }
}

/** Calls one engine in the JSON protocol of its service; much lighter than the SDK, which the pollers would pay for. */
export class EngineClient {
  readonly #endpoint: URL;
  readonly #service: keyof typeof TARGET_PREFIXES;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });

  constructor(service: keyof typeof TARGET_PREFIXES, endpoint: string) {
    this.#service = service;
    this.#endpoint = new URL(endpoint);
  }

  /**
   * @param action - operation name such as `ReceiveMessage`
   * @param signal - gives up waiting; the engine may still have acted
   * @throws {@link EngineCallError}
   */
  call(action: string, input: object, signal?: AbortSignal): Promise<Readonly<Record<string, unknown>>> {
    const body = JSON.stringify(input);
    return new Promise((resolve, reject) => {
      const fail = (cause: unknown) => reject(new EngineCallError('', `${action} got no answer: ${cause}`, { cause }));
      const call = request(
        this.#endpoint,
        { method: 'POST', agent: this.#agent, headers: this.#headers(action, body), ...(signal ? { signal } : {}) },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', fail);
          response.on('end', () => {
            const answer = parseAnswer(Buffer.concat(chunks).toString());
            if (response.statusCode === 200) resolve(answer);
            else reject(toCallError(action, answer));
          });
        },
      );
      call.on('error', fail);
      call.end(body);
    });
  }

  /** Closes idle connections. */
  close(): void {
    this.#agent.destroy();
  }

  #headers(action: string, body: string): Record<string, string | number> {
    return {
      'content-type': 'application/x-amz-json-1.0',
      'content-length': Buffer.byteLength(body),
      'x-amz-target': `${TARGET_PREFIXES[this.#service]}.${action}`,
      'x-amz-date': '20260101T000000Z',
      // The engines read the region out of the credential and verify nothing.
      authorization:
        `AWS4-HMAC-SHA256 Credential=local/20260101/${LOCAL_REGION}/${this.#service}/aws4_request, ` +
        'SignedHeaders=host, Signature=0',
    };
  }
}

function parseAnswer(text: string): Readonly<Record<string, unknown>> {
  try {
    return asRecord(JSON.parse(text || '{}'));
  } catch {
    return { message: text.slice(0, 200) };
  }
}

function toCallError(action: string, answer: Readonly<Record<string, unknown>>): EngineCallError {
  const type = String(answer['__type'] ?? answer['code'] ?? '').replace(/^.*#/, '');
  return new EngineCallError(type, `${action} failed: ${type} ${String(answer['message'] ?? answer['Message'] ?? '')}`);
}
