import { RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { type IRole, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { CfnPermission } from 'aws-cdk-lib/aws-lambda';
import { type CfnTopic, Subscription, SubscriptionFilter, SubscriptionProtocol, Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { type AlertSettings, type CheckedSubscription, checkAlerts } from '../alert-settings.ts';

const PROTOCOLS: Readonly<Record<CheckedSubscription['way'], SubscriptionProtocol>> = {
  email: SubscriptionProtocol.EMAIL,
  sms: SubscriptionProtocol.SMS,
  https: SubscriptionProtocol.HTTPS,
  sqs: SubscriptionProtocol.SQS,
  lambda: SubscriptionProtocol.LAMBDA,
};

/**
 * Where every alert is published, and where there are chat channels, a topic for them beside it. Encrypted under a key
 * of their own, because CloudWatch alarms cannot use the shared one.
 */
export class AlertTopic extends Construct {
  /** The topic people subscribe to. */
  readonly topic: Topic;
  /** The topic that chat channels listen to; undefined where there is none. */
  readonly chat: Topic | undefined;

  /** @throws {@link InvalidSettingError} when a setting cannot be right */
  constructor(scope: Construct, id: string, settings: AlertSettings = {}) {
    super(scope, id);
    const subscriptions = checkAlerts(settings);
    const key = new Key(this, 'Key', { enableKeyRotation: true, removalPolicy: RemovalPolicy.DESTROY });
    key.grant(new ServicePrincipal('cloudwatch.amazonaws.com'), 'kms:Decrypt', 'kms:GenerateDataKey*');
    this.topic = new Topic(this, 'Topic', { masterKey: key, enforceSSL: true });
    this.chat = settings.chat ? new Topic(this, 'Chat', { masterKey: key, enforceSSL: true }) : undefined;
    for (const [index, subscription] of subscriptions.entries()) this.#subscribe(`Subscriber${index}`, subscription);
  }

  /** Lets a role publish alerts, to chat channels too, and use the key for it. */
  grantPublish(role: IRole): void {
    this.topic.grantPublish(role);
    this.chat?.grantPublish(role);
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Action::kms:GenerateDataKey*]',
      reason: 'SNS asks for the family of GenerateDataKey actions; it is granted on the key of these topics only.',
    });
  }

  /** Lets a role make, look at and end subscriptions of the topic for subscribers; never of the one for chat. */
  grantSubscribe(role: IRole): void {
    const { topicArn } = this.topic;
    role.addToPrincipalPolicy(new PolicyStatement({ actions: ['sns:Subscribe'], resources: [topicArn] }));
    role.addToPrincipalPolicy(
      new PolicyStatement({
        actions: ['sns:GetSubscriptionAttributes', 'sns:Unsubscribe'],
        // A subscription is named by its topic and an id of its own; refusals of the service name the topic alone.
        resources: [topicArn, `${topicArn}:*`],
      }),
    );
    const topicId = Stack.of(this).getLogicalId(this.topic.node.defaultChild as CfnTopic);
    Validations.of(role).acknowledge({
      id: `AwsSolutions-IAM5[Resource::<${topicId}>:*]`,
      reason: 'Ids of subscriptions are drawn when they are made; all of them belong to this one topic.',
    });
  }

  #subscribe(id: string, { way, endpoint, filter }: CheckedSubscription): void {
    const policy = Object.entries(filter).map(
      ([name, allowlist]) => [name, SubscriptionFilter.stringFilter({ allowlist: [...allowlist] })] as const,
    );
    new Subscription(this, id, {
      topic: this.topic,
      protocol: PROTOCOLS[way],
      endpoint,
      ...(policy.length > 0 ? { filterPolicy: Object.fromEntries(policy) } : {}),
    });
    if (way !== 'lambda') return;
    new CfnPermission(this, `${id}Permission`, {
      action: 'lambda:InvokeFunction',
      functionName: endpoint,
      principal: 'sns.amazonaws.com',
      sourceArn: this.topic.topicArn,
    });
  }
}
