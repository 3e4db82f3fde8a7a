import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { AlertPublisher } from '../../app/alert-ports.ts';
import type { AlertMessage } from '../../domain/alert.ts';
import { AlertNotSentError, AlertOutcomeUnknownError } from '../../domain/alert-errors.ts';

/** Publishes alerts to one topic, with a form for each kind of subscriber. */
export class SnsAlertPublisher implements AlertPublisher {
  readonly maxPublishMs: number;
  readonly #client: SNSClient;
  readonly #topicArn: string;

  /** @param maxPublishMs - a publish is given up after this time, retries of the client included */
  constructor(client: SNSClient, topicArn: string, maxPublishMs = 10_000) {
    this.#client = client;
    this.#topicArn = topicArn;
    this.maxPublishMs = maxPublishMs;
  }

  async publish(message: AlertMessage): Promise<void> {
    const abortSignal = AbortSignal.timeout(this.maxPublishMs);
    try {
      await this.#client.send(new PublishCommand(toPublishInput(this.#topicArn, message)), { abortSignal });
    } catch (cause) {
      throw translate(cause, message.alertId);
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
  const attributes = Object.entries(message.attributes).map(
    ([name, value]) => [name, { DataType: 'String', StringValue: value }] as const,
  );
  return {
    TopicArn: topicArn,
    Subject: message.subject,
    MessageStructure: 'json',
    Message: JSON.stringify(byProtocol),
    MessageAttributes: Object.fromEntries(attributes),
  };
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

/**
 * Sorts what the SDK threw by what the topic may have done. The client retries by itself, so only the last attempt's
 * error is seen: after more than one, an earlier attempt may have got through.
 */
function translate(cause: unknown, alertId: string): AlertNotSentError | AlertOutcomeUnknownError {
  const error = cause as ServiceError;
  const text = `alert ${alertId}: ${error.name ?? 'Error'}: ${error.message ?? ''}`.slice(0, 500);
  const isRefused = error.$fault === 'client' || NOT_CONNECTED.has(error.code ?? '');
  const isOnlyAttempt = (error.$metadata?.attempts ?? 1) === 1;
  return isRefused && isOnlyAttempt
    ? new AlertNotSentError(text, { cause })
    : new AlertOutcomeUnknownError(text, { cause });
}
