import { CreateQueueCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type FauxqsServer, startFauxqs } from 'fauxqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SqsDeadLetterQueues } from '../../lib/adapters/sqs/dead-letter-queues.ts';
import { QueueUnavailableError, SqsUsageQueues } from '../../lib/adapters/sqs/usage-queues.ts';
import { readStamp } from '../../lib/app/recording/message-stamp.ts';

let server: FauxqsServer;
let client: SQSClient;
let urls: { usage: string; import: string; usageDeadLetters: string; importDeadLetters: string };

beforeAll(async () => {
  server = await startFauxqs({ port: 0, logger: false });
  client = new SQSClient({
    endpoint: `http://127.0.0.1:${server.port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  const create = async (name: string, attributes: Record<string, string> = {}): Promise<string> => {
    const command = new CreateQueueCommand({ QueueName: name, Attributes: attributes });
    return (await client.send(command)).QueueUrl ?? '';
  };
  const [usageDeadLetters, importDeadLetters] = [await create('usage-dead'), await create('import-dead')];
  const command = new GetQueueAttributesCommand({ QueueUrl: usageDeadLetters, AttributeNames: ['QueueArn'] });
  const deadLetterTargetArn = (await client.send(command)).Attributes?.QueueArn;
  const policy = { RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 1 }), VisibilityTimeout: '0' };
  urls = { usage: await create('usage', policy), import: await create('import'), usageDeadLetters, importDeadLetters };
});

afterAll(async () => {
  client.destroy();
  await server.stop();
});

const take = async () => {
  const command = new ReceiveMessageCommand({ QueueUrl: urls.usage, MessageAttributeNames: ['All'] });
  return (await client.send(command)).Messages ?? [];
};

describe('the dead-letter queues', () => {
  it('hand out a given-up message with who sent it and when, and take it back to its queue with a stamp', async () => {
    const queues = new SqsUsageQueues(client, urls);
    const deadLetters = new SqsDeadLetterQueues(client, urls);
    await queues.send('usage', 'acme', ['{"id":"a"}']);
    const [first] = await take();
    // Handed out once already: the second time it is given up.
    expect(await take()).toEqual([]);
    expect(await queues.deadLetters()).toBe(1);
    const [letter, ...others] = await deadLetters.receive('usage');
    expect(others).toEqual([]);
    if (!letter) throw new Error('no letter');
    expect(letter).toMatchObject({ messageId: first?.MessageId, body: '{"id":"a"}', stamp: { tenant: 'acme' } });
    expect(letter.senderId).not.toBe('');
    expect(Number.isSafeInteger(letter.sentAtMs)).toBe(true);
    // Hidden while it is worked on.
    expect(await deadLetters.receive('usage')).toEqual([]);
    const stamp = {
      tenant: 'acme',
      firstArrivalMs: letter.sentAtMs,
      firstMessageId: letter.messageId,
      reject: { tenant: '-', rejectId: 'abc-m1-0' },
      returns: 3,
      returnedAtMs: letter.sentAtMs + 1,
    };
    await deadLetters.sendStamped('usage', [{ body: letter.body, stamp }]);
    await deadLetters.remove('usage', [letter]);
    expect(await queues.deadLetters()).toBe(0);
    const [again] = await take();
    expect(again?.Body).toBe('{"id":"a"}');
    expect(readStamp((name) => again?.MessageAttributes?.[name]?.StringValue)).toEqual(stamp);
  });

  it('show a postponed letter again when its time is over', async () => {
    const deadLetters = new SqsDeadLetterQueues(client, urls);
    const misplaced = new SqsDeadLetterQueues(client, { ...urls, import: urls.importDeadLetters });
    await misplaced.sendStamped('import', [{ body: '{}', stamp: {} }]);
    const letters = await deadLetters.receive('import');
    expect(letters).toHaveLength(1);
    await deadLetters.postpone('import', letters, 0);
    expect(await deadLetters.receive('import')).toHaveLength(1);
  });

  it('say that they are unavailable when nothing answers', async () => {
    const nowhere = new SqsDeadLetterQueues(client, { ...urls, usageDeadLetters: `${urls.usage}-gone` });
    await expect(nowhere.receive('usage')).rejects.toBeInstanceOf(QueueUnavailableError);
  });
});
