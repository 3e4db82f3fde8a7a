import type { EmitterTransport, OutgoingMessage, SendOutcome } from './transport.ts';

/** As much of the AWS SDK's `SQSClient` as sending takes. */
export interface SqsSender {
  send(command: object, options?: object): Promise<unknown>;
}

/** Which queue, and by whom. */
export interface SqsTransportOptions {
  /** URL of the ledger's usage queue; it may belong to another account or region. */
  readonly queueUrl: string;
  /** An `SQSClient` of `@aws-sdk/client-sqs` for the queue's region. */
  readonly client: SqsSender;
  /** Longest time of one request, the client's own retries included. @default 10_000 */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 10_000;
/** The message is at fault, not the sender. */
const UNACCEPTABLE = new Set(['InvalidMessageContents', 'InvalidParameterValue', 'BatchRequestTooLong']);
/** The queue or the credential is not accepted, in either spelling of the service's protocols. */
const DENIED =
  /AccessDenied|QueueDoesNotExist|NonExistentQueue|InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|ExpiredToken|MissingAuthenticationToken|InvalidAddress|InvalidSecurity|OptInRequired|Credentials|ERR_MODULE_NOT_FOUND|MODULE_NOT_FOUND/;

/**
 * Sends straight to the ledger's queue, a message of up to 1,000 events in one `SendMessage`.
 *
 * The SDK is loaded at the first message, so that who sends over HTTP needs none.
 *
 * @throws TypeError when the queue's URL is none or the client cannot send
 */
export function sqsTransport({ queueUrl, client, timeoutMs }: SqsTransportOptions): EmitterTransport {
  if (!URL.canParse(queueUrl)) throw new TypeError('sqsTransport: queueUrl must be the URL of the usage queue');
  if (typeof client?.send !== 'function') throw new TypeError('sqsTransport: client must be an SQSClient');
  return {
    async send({ gzip }: OutgoingMessage): Promise<SendOutcome> {
      try {
        const { SendMessageCommand } = await import('@aws-sdk/client-sqs');
        const data = Buffer.from(gzip.buffer, gzip.byteOffset, gzip.byteLength).toString('base64');
        const MessageBody = `{"encoding":"gzip","data":"${data}"}`;
        const abortSignal = AbortSignal.timeout(timeoutMs ?? DEFAULT_TIMEOUT_MS);
        await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody }), { abortSignal });
        return { status: 'accepted', refused: [] };
      } catch (cause) {
        return judgeFailure(cause);
      }
    },
  };
}

function judgeFailure(cause: unknown): SendOutcome {
  const { name, code } = readNames(cause);
  const error = new Error(
    `the queue did not take a message: ${[name, code].filter(Boolean).join(' ') || 'unknown error'}`,
    { cause },
  );
  if (UNACCEPTABLE.has(name)) return { status: 'unacceptable', error };
  return { status: DENIED.test(`${name} ${code}`) ? 'denied' : 'unavailable', error };
}

function readNames(cause: unknown): { readonly name: string; readonly code: string } {
  if (typeof cause !== 'object' || cause === null) return { name: '', code: '' };
  const { name, code } = cause as { readonly name?: unknown; readonly code?: unknown };
  return { name: typeof name === 'string' ? name : '', code: typeof code === 'string' ? code : '' };
}
