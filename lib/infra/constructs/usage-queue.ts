import { Duration } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/** Settings of a {@link UsageQueue}. */
export interface UsageQueueProps {
  /** Time-out of the function that reads the queue. */
  readonly consumerTimeout: Duration;
  /**
   * How often a message is handed out before it goes to the dead-letter queue.
   * @default 10
   */
  readonly maxReceiveCount?: number;
}

/**
 * Takes in usage; messages that keep failing go to its dead-letter queue, which nobody can send to: what lies there is
 * sent back as the ledger's own. Both are encrypted and speak TLS only.
 */
export class UsageQueue extends Construct {
  /** The queue that senders write to. */
  readonly queue: Queue;
  /** Where a message goes that was handed out too often; kept 14 days. */
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, props: UsageQueueProps) {
    super(scope, id);
    this.deadLetters = new Queue(this, 'DeadLetters', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    this.deadLetters.addToResourcePolicy(
      new PolicyStatement({
        sid: 'NobodySends',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['sqs:SendMessage'],
        resources: [this.deadLetters.queueArn],
        // Whoever has a name. SQS has none when it moves a message here, and is not asked for a permission.
        conditions: { Null: { 'aws:PrincipalArn': 'false' } },
      }),
    );
    this.queue = new Queue(this, 'Queue', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: props.maxReceiveCount ?? 10 },
      // Six times the consumer's time-out, so a slow batch is not handed out a second time while it is worked on.
      visibilityTimeout: Duration.seconds(6 * props.consumerTimeout.toSeconds()),
    });
  }

  /** Adds statements about senders to the queue's own policy. */
  admit(...statements: readonly PolicyStatement[]): void {
    for (const statement of statements) this.queue.addToResourcePolicy(statement);
  }

  /**
   * Lets some roles send, and forbids it to every other principal whatever their own policies allow.
   * @param roles - the only senders there will be
   */
  acceptOnlyFrom(...roles: readonly IRole[]): void {
    for (const role of roles) this.queue.grantSendMessages(role);
    this.queue.addToResourcePolicy(
      new PolicyStatement({
        sid: 'OwnSendersOnly',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['sqs:SendMessage'],
        resources: [this.queue.queueArn],
        conditions: { ArnNotEquals: { 'aws:PrincipalArn': roles.map(({ roleArn }) => roleArn) } },
      }),
    );
  }
}
