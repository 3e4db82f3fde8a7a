import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { type FauxqsServer, startFauxqs } from 'fauxqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../simulation/engine/random.ts';
import { QueueModel } from '../simulation/models/queue-model.ts';

interface Received {
  readonly messageId: string;
  readonly body: string;
  readonly receipt: string;
  readonly receiveCount: number;
  readonly sentAtMs: number;
  readonly tenant: string | undefined;
}

/** A queue with its dead letters, as this suite drives it. */
interface Driven {
  send(body: string, tenant?: string): Promise<string>;
  /** Up to ten messages; may be none although there are some. */
  receive(from?: 'queue' | 'dead letters'): Promise<readonly Received[]>;
  delete(receipt: string): Promise<void>;
  /** Makes a message visible again at once. */
  giveBack(receipt: string): Promise<void>;
  /** Messages that are not deleted, in flight or not. */
  count(): Promise<number>;
}

const VISIBILITY_SECONDS = 600;
const MAX_RECEIVE_COUNT = 3;

/** What the simulation takes for granted of a queue, held against its model and the embedded engine alike. */
function behavesAsQueue(open: () => Promise<Driven>): void {
  const receiveAll = async (queue: Driven, wanted: number): Promise<readonly Received[]> => {
    const received: Received[] = [];
    // A queue may hand out fewer than there are; asked often enough, it hands out all.
    for (let tries = 0; received.length < wanted && tries < 100; tries++) received.push(...(await queue.receive()));
    return received;
  };

  it('hands out what was sent, body and attributes unchanged, with its id and the first count', async () => {
    const queue = await open();
    const sent = new Map<string, string>();
    for (const body of ['one', 'two', 'three']) sent.set(await queue.send(body, 'acme'), body);
    const received = await receiveAll(queue, 3);
    expect(new Map(received.map(({ messageId, body }) => [messageId, body]))).toEqual(sent);
    for (const { receiveCount, tenant } of received) expect([receiveCount, tenant]).toEqual([1, 'acme']);
  });

  it('hides what it handed out, and counts it until it is deleted', async () => {
    const queue = await open();
    await queue.send('one');
    const [first] = await receiveAll(queue, 1);
    expect(await queue.receive()).toEqual([]);
    expect(await queue.count()).toBe(1);
    await queue.delete(first?.receipt ?? '');
    expect(await queue.count()).toBe(0);
  });

  it('hands out again what was given back, under another receipt and the same id and time of sending', async () => {
    const queue = await open();
    await queue.send('one');
    const [first] = await receiveAll(queue, 1);
    await queue.giveBack(first?.receipt ?? '');
    const [second] = await receiveAll(queue, 1);
    expect([second?.messageId, second?.sentAtMs, second?.receiveCount]).toEqual([first?.messageId, first?.sentAtMs, 2]);
    expect(second?.receipt).not.toBe(first?.receipt);
  });

  it('gives a message up once it was handed out as often as allowed, with its id and time of sending', async () => {
    const queue = await open();
    const id = await queue.send('one');
    let last: Received | undefined;
    for (let times = 0; times < MAX_RECEIVE_COUNT; times++) {
      [last] = await receiveAll(queue, 1);
      expect(last?.receiveCount).toBe(times + 1);
      await queue.giveBack(last?.receipt ?? '');
    }
    expect(await queue.receive()).toEqual([]);
    expect(await queue.count()).toBe(0);
    const [dead] = await queue.receive('dead letters');
    expect([dead?.messageId, dead?.body, dead?.sentAtMs]).toEqual([id, 'one', last?.sentAtMs]);
  });
}

describe('the queue in memory', () => {
  const openModel = () => {
    let nowMs = 1_000;
    const common = { now: () => nowMs, random: new Random(5), visibilityMs: VISIBILITY_SECONDS * 1000 };
    const deadLetters = new QueueModel({ ...common, name: 'dead', maxReceiveCount: MAX_RECEIVE_COUNT });
    const queue = new QueueModel({ ...common, name: 'queue', maxReceiveCount: MAX_RECEIVE_COUNT, deadLetters });
    const driven: Driven = {
      send: async (body, tenant) => {
        const attributes: Record<string, string> = tenant === undefined ? {} : { tenant };
        return queue.send({ body, senderId: 'someone', attributes }).messageId;
      },
      receive: async (from) =>
        (from === 'dead letters' ? deadLetters : queue).receive(10).map(({ message, receipt, receiveCount }) => {
          const { messageId, body, sentAtMs, attributes } = message;
          return { messageId, body, receipt, receiveCount, sentAtMs, tenant: attributes['tenant'] };
        }),
      delete: async (receipt) => queue.delete(receipt),
      giveBack: async (receipt) => queue.changeVisibility(receipt, 0),
      count: async () => queue.waiting.length,
    };
    const wait = (milliseconds: number) => {
      nowMs += milliseconds;
    };
    return { queue, deadLetters, driven, wait };
  };
  behavesAsQueue(async () => openModel().driven);

  // What follows the engine does not do, or only after minutes of real time; AWS does.
  it('hands out again what was not deleted when its time is over, and not before', () => {
    const { queue, wait } = openModel();
    queue.send({ body: 'one', senderId: 's', attributes: {} });
    expect(queue.receive(10)).toHaveLength(1);
    wait(VISIBILITY_SECONDS * 1000 - 1);
    expect(queue.receive(10)).toEqual([]);
    wait(1);
    expect(queue.receive(10)).toHaveLength(1);
  });

  it('does not delete by a receipt that is not the latest', () => {
    const { queue } = openModel();
    queue.send({ body: 'one', senderId: 's', attributes: {} });
    const [first] = queue.receive(10);
    queue.changeVisibility(first?.receipt ?? '', 0);
    queue.receive(10);
    queue.delete(first?.receipt ?? '');
    expect(queue.waiting).toHaveLength(1);
  });

  it('may hand out a message that is in flight, or was deleted', () => {
    const { queue } = openModel();
    const { messageId } = queue.send({ body: 'one', senderId: 's', attributes: {} });
    const [first] = queue.receive(10);
    expect(queue.echo(messageId)).toBe(true);
    const [second] = queue.receive(10);
    expect(second?.message).toEqual(first?.message);
    queue.delete(second?.receipt ?? '');
    expect(queue.echo(messageId)).toBe(true);
    expect(queue.receive(10)).toHaveLength(1);
  });

  it('hands out in any order, and fewer than there are', () => {
    const seen = new Set<string>();
    const { queue } = openModel();
    for (let index = 0; index < 3; index++) queue.send({ body: String(index), senderId: 's', attributes: {} });
    for (let times = 0; times < 2; times++) {
      const batch = queue.receive(10);
      seen.add(batch.map(({ message }) => message.body).join());
      for (const { receipt } of batch) queue.changeVisibility(receipt, 0);
    }
    expect(seen.size).toBe(2);
  });
});

describe('the queue on the embedded engine', () => {
  let server: FauxqsServer;
  let client: SQSClient;
  let queues = 0;
  beforeAll(async () => {
    server = await startFauxqs({ port: 0, logger: false });
    client = new SQSClient({
      endpoint: `http://127.0.0.1:${server.port}`,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      maxAttempts: 1,
    });
  });
  afterAll(async () => {
    client.destroy();
    await server.stop();
  });
  behavesAsQueue(() => openOnEngine(client, `queue-${++queues}`));
});

async function openOnEngine(client: SQSClient, name: string): Promise<Driven> {
  const create = async (QueueName: string, Attributes: Record<string, string>): Promise<string> =>
    (await client.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl ?? '';
  const dead = await create(`${name}-dead`, {});
  const { Attributes = {} } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: dead, AttributeNames: ['QueueArn'] }),
  );
  const deadLetterTargetArn = Attributes['QueueArn'];
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: MAX_RECEIVE_COUNT });
  const QueueUrl = await create(name, { VisibilityTimeout: String(VISIBILITY_SECONDS), RedrivePolicy });
  const readCount = async (
    AttributeNames: ('ApproximateNumberOfMessages' | 'ApproximateNumberOfMessagesNotVisible')[],
  ) => {
    const answer = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
    return AttributeNames.reduce((sum, each) => sum + Number(answer.Attributes?.[each] ?? 0), 0);
  };
  return {
    send: async (body, tenant) => {
      const stamp =
        tenant === undefined ? {} : { MessageAttributes: { tenant: { DataType: 'String', StringValue: tenant } } };
      return (await client.send(new SendMessageCommand({ QueueUrl, MessageBody: body, ...stamp }))).MessageId ?? '';
    },
    receive: async (from) => {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({
          QueueUrl: from === 'dead letters' ? dead : QueueUrl,
          MaxNumberOfMessages: 10,
          MessageSystemAttributeNames: ['All'],
          MessageAttributeNames: ['All'],
        }),
      );
      return Messages.map(
        ({ MessageId = '', Body = '', ReceiptHandle = '', Attributes: system, MessageAttributes }) => ({
          messageId: MessageId,
          body: Body,
          receipt: ReceiptHandle,
          receiveCount: Number(system?.ApproximateReceiveCount),
          sentAtMs: Number(system?.SentTimestamp),
          tenant: MessageAttributes?.['tenant']?.StringValue,
        }),
      );
    },
    delete: async (ReceiptHandle) => {
      await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    },
    giveBack: async (ReceiptHandle) => {
      await client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
    },
    count: () => readCount(['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible']),
  };
}
