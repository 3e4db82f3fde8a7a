import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { AlertPublisher } from '../../app/alerts/alert-ports.ts';
import type { AlertMessage } from '../../domain/alerts/alert.ts';
import { AlertNotSentError, AlertOutcomeUnknownError } from '../../domain/alerts/alert-errors.ts';
import type { LedgerError } from '../../domain/errors.ts';

const MAX_ATTEMPTS = 3;
const FIRST_PAUSE_MS = 100;

/**
 * Publishes alerts to one topic. It tries three times by itself, because only
 * one who sees every attempt knows whether any of them may have got through.
 */
export class SnsAlertPublisher implements AlertPublisher {
  readonly maxPublishMs: number;
  readonly #client: SNSClient;
  readonly #toInput: (message: AlertMessage) => PublishCommand['input'];

  /**
   * @param client - one that does not retry (`maxAttempts: 1`)
   * @param toInput - the request for a message: the topic and the form that its subscribers read
   * @param maxPublishMs - a publish is given up after this time, all attempts included
   */
  constructor(client: SNSClient, toInput: (message: AlertMessage) => PublishCommand['input'], maxPublishMs = 10_000) {
    this.#client = client;
    this.#toInput = toInput;
    this.maxPublishMs = maxPublishMs;
  }

  async publish(message: AlertMessage): Promise<void> {
    const abortSignal = AbortSignal.timeout(this.maxPublishMs);
    const input = this.#toInput(message);
    let isUnknown = false;
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#client.send(new PublishCommand(input), { abortSignal });
        return;
      } catch (cause) {
        isUnknown ||= !wasRefused(cause);
        if (attempt === MAX_ATTEMPTS || abortSignal.aborted) throw translate(cause, message.alertId, isUnknown);
      }
      await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE_MS * 2 ** (attempt - 1)));
    }
  }
}

/**
 * The request for one alert: text for people (default, email, sms), the data as JSON for programs, and the attributes
 * that subscription filter policies match.
 */
export function toPublishInput(topicArn: string, message: AlertMessage): PublishCommand['input'] {
  const json = JSON.stringify(message.data);
  const byProtocol = {
    default: message.text,
    email: message.text,
    'email-json': json,
    sms: message.sms,
    http: json,
    https: json,
    sqs: json,
    lambda: json,
    firehose: json,
  };
  return {
    TopicArn: topicArn,
    Subject: message.subject,
    MessageStructure: 'json',
    Message: toSendable(JSON.stringify(byProtocol)),
    MessageAttributes: toMessageAttributes(message),
  };
}

/** The attributes of a message that subscription filter policies match, all of them texts. */
export function toMessageAttributes({
  attributes,
}: AlertMessage): NonNullable<PublishCommand['input']['MessageAttributes']> {
  const entries = Object.entries(attributes);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, { DataType: 'String', StringValue: toSendable(value) }]),
  );
}

/** Text without the two characters that senders may use in names and queues refuse, else an alert would never arrive. */
export function toSendable(text: string): string {
  return text.replace(/[\uFFFE\uFFFF]/g, '\uFFFD');
}

interface ServiceError {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
  readonly $fault?: 'client' | 'server';
  readonly $metadata?: { readonly attempts?: number };
}

/** The connection was never made, so nothing was sent. */
const NOT_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN']);

/** Whether the topic certainly did not take the message. A client that retried hides what its first attempts met. */
function wasRefused(cause: unknown): boolean {
  const error = cause as ServiceError;
  const isOnlyAttempt = (error.$metadata?.attempts ?? 1) === 1;
  return isOnlyAttempt && (error.$fault === 'client' || NOT_CONNECTED.has(error.code ?? ''));
}

function translate(cause: unknown, alertId: string, isUnknown: boolean): LedgerError {
  const { name, message } = cause as ServiceError;
  const text = `alert ${alertId}: ${name ?? 'Error'}: ${message ?? ''}`.slice(0, 500);
  return isUnknown ? new AlertOutcomeUnknownError(text, { cause }) : new AlertNotSentError(text, { cause });
}
