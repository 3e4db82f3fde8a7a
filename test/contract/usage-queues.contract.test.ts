import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type FauxqsServer, startFauxqs } from 'fauxqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createUsageQueues } from '../../functions/shared/queues.ts';
import { QueueUnavailableError, SqsUsageQueues } from '../../lib/adapters/sqs/usage-queues.ts';

let server: FauxqsServer;
let client: SQSClient;
let queues: SqsUsageQueues;
let urls: { usage: string; import: string; usageDeadLetters: string; importDeadLetters: string };

beforeAll(async () => {
  server = await startFauxqs({ port: 0, logger: false });
  client = new SQSClient({
    endpoint: `http://127.0.0.1:${server.port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  const create = async (name: string): Promise<string> => {
    const { QueueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName: name }));
    return QueueUrl;
  };
  urls = {
    usage: await create('usage'),
    import: await create('import'),
    usageDeadLetters: await create('usage-dead'),
    importDeadLetters: await create('import-dead'),
  };
  queues = new SqsUsageQueues(client, urls);
});

afterAll(async () => {
  client.destroy();
  await server.stop();
});

describe('the usage queues', () => {
  it('take more messages than one request holds, each stamped with the tenant, and count them', async () => {
    const bodies = Array.from({ length: 23 }, (_, index) => JSON.stringify({ id: `call-${index}` }));
    await queues.send('import', 'acme', bodies);
    expect(await queues.depth()).toEqual({ usage: 0, import: 23 });
    const received = await client.send(
      new ReceiveMessageCommand({ QueueUrl: urls.import, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] }),
    );
    expect(received.Messages?.map(({ MessageAttributes }) => MessageAttributes?.['tenant']?.StringValue)).toEqual(
      Array.from({ length: 10 }, () => 'acme'),
    );
    // Ten are in flight now; they still count until they are deleted.
    expect(await queues.depth()).toEqual({ usage: 0, import: 23 });
  });

  it('tell what waits from what is in flight, both queues together', async () => {
    // Ten of the 23 were handed out above; one more waits in the other queue.
    await queues.send('usage', 'acme', ['{}']);
    expect(await queues.countMessages()).toEqual({ waiting: 14, inFlight: 10 });
    const received = await client.send(new ReceiveMessageCommand({ QueueUrl: urls.usage }));
    expect(await queues.countMessages()).toEqual({ waiting: 13, inFlight: 11 });
    const [{ ReceiptHandle } = {}] = received.Messages ?? [];
    await client.send(new DeleteMessageCommand({ QueueUrl: urls.usage, ReceiptHandle }));
    expect(await queues.countMessages()).toEqual({ waiting: 13, inFlight: 10 });
  });

  it('take messages that together are over the limit of one request', async () => {
    await queues.send('usage', 'acme', ['x'.repeat(700_000), 'y'.repeat(700_000)]);
    expect((await queues.depth()).usage).toBe(2);
  });

  it('are taken to count exactly on this machine only', () => {
    const names = [
      'USAGE_QUEUE_URL',
      'IMPORT_QUEUE_URL',
      'USAGE_DEAD_LETTER_QUEUE_URL',
      'IMPORT_DEAD_LETTER_QUEUE_URL',
    ];
    const env = Object.fromEntries(names.map((name) => [name, 'a queue']));
    const lagAt = (AWS_ENDPOINT_URL_SQS?: string): number | undefined =>
      createUsageQueues({ ...env, ...(AWS_ENDPOINT_URL_SQS ? { AWS_ENDPOINT_URL_SQS } : {}) }, client).countLagMs;
    expect([lagAt('http://127.0.0.1:4566'), lagAt('http://localhost:4566'), lagAt('http://[::1]:1')]).toEqual([
      0, 0, 0,
    ]);
    expect([lagAt(), lagAt('https://queues.example.com'), lagAt('https://127.example.com')]).toEqual([
      60_000, 60_000, 60_000,
    ]);
  });

  it('count dead letters of both queues', async () => {
    const misplaced = new SqsUsageQueues(client, { ...urls, usage: urls.usageDeadLetters });
    await misplaced.send('usage', 'acme', ['{}']);
    expect(await queues.deadLetters()).toBe(1);
  });

  it('say that they are unavailable when the queue does not take a message', async () => {
    const nowhere = new SqsUsageQueues(client, { ...urls, usage: `${urls.usage}-gone` });
    await expect(nowhere.send('usage', 'acme', ['{}'])).rejects.toBeInstanceOf(QueueUnavailableError);
    await expect(nowhere.depth()).rejects.toBeInstanceOf(QueueUnavailableError);
  });
});
