import {
  GetSubscriptionAttributesCommand,
  type SNSClient,
  SubscribeCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import type {
  AlertSubscriber,
  SubscribeOutcome,
  SubscriptionProtocol,
  SubscriptionState,
} from '../../app/alerts/subscription-ports.ts';
import type { AlertFilter } from '../../contracts/alert-filter.ts';

/** Subscriptions of one topic of SNS. */
export class SnsAlertSubscriber implements AlertSubscriber {
  readonly #client: SNSClient;
  readonly #topicArn: string;

  constructor(client: SNSClient, topicArn: string) {
    this.#client = client;
    this.#topicArn = topicArn;
  }

  async subscribe(protocol: SubscriptionProtocol, endpoint: string, filter: AlertFilter): Promise<SubscribeOutcome> {
    // Names in one order, because SNS compares the text when it is asked for the same subscription again.
    const policy = Object.fromEntries(Object.entries(filter).sort(([a], [b]) => (a < b ? -1 : 1)));
    try {
      const { SubscriptionArn = '' } = await this.#client.send(
        new SubscribeCommand({
          TopicArn: this.#topicArn,
          Protocol: protocol,
          Endpoint: endpoint,
          Attributes: { FilterPolicy: JSON.stringify(policy) },
          // Without it a subscription that waits for its confirmation has no name to end it by.
          ReturnSubscriptionArn: true,
        }),
      );
      return { status: 'subscribed', name: SubscriptionArn };
    } catch (cause) {
      const { name, message } = toServiceError(cause);
      if (isAnyOf(name, 'FilterPolicyLimitExceeded', 'SubscriptionLimitExceeded')) return { status: 'full' };
      if (!isAnyOf(name, 'InvalidParameter')) throw cause;
      if (/already exists/.test(message)) return { status: 'taken' };
      return { status: 'refused', reason: message.slice(0, 200) };
    }
  }

  async unsubscribe(arn: string): Promise<'ended' | 'pending'> {
    try {
      await this.#client.send(new UnsubscribeCommand({ SubscriptionArn: arn }));
      return 'ended';
    } catch (cause) {
      const { name } = toServiceError(cause);
      if (isAnyOf(name, 'NotFound')) return 'ended';
      // The one thing that can be wrong with an ARN that came from SNS.
      if (isAnyOf(name, 'InvalidParameter')) return 'pending';
      throw cause;
    }
  }

  async state(arn: string): Promise<SubscriptionState> {
    try {
      const { Attributes } = await this.#client.send(new GetSubscriptionAttributesCommand({ SubscriptionArn: arn }));
      return Attributes?.['PendingConfirmation'] === 'true' ? 'pending' : 'confirmed';
    } catch (cause) {
      if (isAnyOf(toServiceError(cause).name, 'NotFound')) return 'gone';
      throw cause;
    }
  }
}

function toServiceError(cause: unknown): { readonly name: string; readonly message: string } {
  return cause instanceof Error ? cause : { name: '', message: '' };
}

/** The SDK names errors with `Exception` at the end, the service without. */
function isAnyOf(name: string, ...errors: readonly string[]): boolean {
  return errors.includes(name.replace(/Exception$/, ''));
}
