import { EngineCallError, type EngineClient, LOCAL_ACCOUNT, LOCAL_REGION } from './engine-client.ts';
import type { QueueEngine } from './queue-engine.ts';
import {
  asRecord,
  listResources,
  type PhysicalResource,
  type PhysicalResources,
  resolveText,
  resolveValue,
  type TemplateResource,
  unsupported,
} from './template.ts';

/** Where the engines and the HTTP API of this host are. */
export interface LocalEndpoints {
  readonly queueEndpoint: string;
  /** Base URL of the HTTP API, without a slash at the end. */
  readonly apiUrl: string;
}

/** Engines to make resources in. */
export interface Engines {
  readonly dynamodb: EngineClient;
  readonly sqs: EngineClient;
  readonly queueEngine: QueueEngine;
}

type Template = Readonly<Record<string, unknown>>;

/** URL of a local queue. Its host is an address, so that no sender has to resolve a name. */
export function queueUrlOf(queueEndpoint: string, name: string): string {
  return `${queueEndpoint}/${LOCAL_ACCOUNT}/${name}`;
}

/** Name of the queue through which the host itself listens to a topic. */
export function subscriberQueueOf(topicId: string): string {
  return `local-subscriber-${topicId}`;
}

/**
 * Says what each resource of the template is called here. Names are the template's own ids, so that data is found
 * again after a restart.
 */
export function namePhysicalResources(template: Template, endpoints: LocalEndpoints): PhysicalResources {
  const resources = new Map<string, PhysicalResource>(
    Object.entries({
      'AWS::Region': LOCAL_REGION,
      'AWS::AccountId': LOCAL_ACCOUNT,
      'AWS::Partition': 'aws',
      'AWS::URLSuffix': 'amazonaws.com',
      'AWS::StackName': 'local',
    }).map(([id, ref]) => [id, { ref, attributes: {} }]),
  );
  const add = (type: string, name: (id: string) => PhysicalResource) => {
    for (const { id } of listResources(template, type)) resources.set(id, name(id));
  };
  add('AWS::SQS::Queue', (id) => ({
    ref: queueUrlOf(endpoints.queueEndpoint, id),
    attributes: { Arn: arn('sqs', id), QueueName: id },
  }));
  add('AWS::DynamoDB::Table', (id) => ({ ref: id, attributes: { Arn: arn('dynamodb', `table/${id}`) } }));
  add('AWS::SNS::Topic', (id) => ({ ref: arn('sns', id), attributes: { TopicArn: arn('sns', id), TopicName: id } }));
  add('AWS::Lambda::Function', (id) => ({ ref: id, attributes: { Arn: arn('lambda', `function:${id}`) } }));
  add('AWS::ApiGatewayV2::Api', (id) => ({ ref: id, attributes: { ApiEndpoint: endpoints.apiUrl } }));
  // The engine reports one sender for every message, so locally everyone is the API function, as everyone who can
  // reach this machine's queue already may read its table.
  add('AWS::IAM::Role', (id) => ({ ref: id, attributes: { Arn: arn('iam', `role/${id}`), RoleId: LOCAL_ACCOUNT } }));
  return resources;
}

/** Makes the template's tables, queues and topics where they do not exist yet, and brings queue settings up to date. */
export async function provision(template: Template, resources: PhysicalResources, engines: Engines): Promise<void> {
  for (const table of listResources(template, 'AWS::DynamoDB::Table')) {
    await provisionTable(table, engines.dynamodb);
  }
  const queues = listResources(template, 'AWS::SQS::Queue').map((queue) => ({
    name: queue.id,
    attributes: queueAttributes(queue, resources),
  }));
  // Dead-letter queues first, as the others name them.
  for (const queue of queues.toSorted(
    (a, b) => Number('RedrivePolicy' in a.attributes) - Number('RedrivePolicy' in b.attributes),
  )) {
    await provisionQueue(queue.name, queue.attributes, engines.sqs);
  }
  const topics = listResources(template, 'AWS::SNS::Topic').map(({ id }) => id);
  for (const topic of topics) await provisionQueue(subscriberQueueOf(topic), {}, engines.sqs);
  await engines.queueEngine.subscribe(topics.map((topic) => ({ topic, queue: subscriberQueueOf(topic) })));
}

async function provisionTable({ id, properties }: TemplateResource, dynamodb: EngineClient): Promise<void> {
  if (properties['GlobalSecondaryIndexes'] ?? properties['LocalSecondaryIndexes'])
    throw unsupported(`${id} has indexes`);
  try {
    await dynamodb.call('CreateTable', {
      TableName: id,
      AttributeDefinitions: properties['AttributeDefinitions'],
      KeySchema: properties['KeySchema'],
      BillingMode: 'PAY_PER_REQUEST',
    });
  } catch (cause) {
    if (!(cause instanceof EngineCallError) || cause.type !== 'ResourceInUseException') throw cause;
  }
}

async function provisionQueue(
  name: string,
  attributes: Readonly<Record<string, string>>,
  sqs: EngineClient,
): Promise<void> {
  try {
    const { QueueUrl } = await sqs.call('GetQueueUrl', { QueueName: name });
    if (Object.keys(attributes).length > 0) await sqs.call('SetQueueAttributes', { QueueUrl, Attributes: attributes });
  } catch (cause) {
    if (!(cause instanceof EngineCallError) || !/NonExistentQueue|QueueDoesNotExist/.test(cause.type)) throw cause;
    await sqs.call('CreateQueue', { QueueName: name, Attributes: attributes });
  }
}

function queueAttributes({ properties }: TemplateResource, resources: PhysicalResources): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const name of ['VisibilityTimeout', 'DelaySeconds', 'MaximumMessageSize', 'MessageRetentionPeriod']) {
    if (properties[name] !== undefined) attributes[name] = resolveText(properties[name], resources);
  }
  const redrive = asRecord(resolveValue(properties['RedrivePolicy'], resources));
  if (Object.keys(redrive).length > 0) attributes['RedrivePolicy'] = JSON.stringify(redrive);
  return attributes;
}

function arn(service: string, name: string): string {
  return `arn:aws:${service}:${LOCAL_REGION}:${LOCAL_ACCOUNT}:${name}`;
}
