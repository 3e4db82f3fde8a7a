import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import {
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { LocalHost, LocalHostOptions } from '../../lib/local/host-contract.ts';
import { startLocalHost } from '../../lib/local/local-host.ts';
import type { TopicMessage } from '../../lib/local/subscriber.ts';
import { FIXTURE_FOLDER, synthesizeFixture } from '../fixtures/local-host/stack.ts';

const template = synthesizeFixture();
const sdkSettings = { region: 'us-east-1', credentials: { accessKeyId: 'any', secretAccessKey: 'any' } };
const folders: string[] = [];
const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'tokenledger-host-'));
  folders.push(folder);
  return folder;
};
const start = (options: Partial<LocalHostOptions> = {}): Promise<LocalHost> =>
  startLocalHost({ template, rootFolder: FIXTURE_FOLDER, dataFolder: newFolder(), port: 0, log: () => {}, ...options });

/** The SDK as any sender would set it up, and the notes that the fixture's consumer takes. */
class Probe {
  readonly #host: Pick<LocalHost, 'outputs' | 'queueEndpoint'> & { readonly dynamodbEndpoint?: string };
  readonly #sqs: SQSClient;
  readonly #dynamodb: DynamoDBClient;

  constructor(host: Pick<LocalHost, 'outputs' | 'queueEndpoint'> & { readonly dynamodbEndpoint?: string }) {
    this.#host = host;
    this.#sqs = new SQSClient({ ...sdkSettings, endpoint: host.queueEndpoint });
    this.#dynamodb = new DynamoDBClient({ ...sdkSettings, endpoint: host.dynamodbEndpoint ?? 'http://127.0.0.1:1' });
  }

  url(queue: string): string {
    return this.#host.outputs[`${queue}Url`] ?? '';
  }

  async send(queue: string, ...bodies: string[]): Promise<void> {
    for (let at = 0; at < bodies.length; at += 10) {
      const Entries = bodies.slice(at, at + 10).map((MessageBody, index) => ({ Id: String(index), MessageBody }));
      await this.#sqs.send(new SendMessageBatchCommand({ QueueUrl: this.url(queue), Entries }));
    }
  }

  /** Body and receive count of every delivery, sorted. */
  async seen(pk = 'seen'): Promise<string[]> {
    return (await this.notes(pk)).map(({ sk }) => sk);
  }

  async notes(pk = 'seen'): Promise<{ sk: string; event: string }[]> {
    const { Items = [] } = await this.#dynamodb.send(
      new QueryCommand({
        TableName: this.#host.outputs['TableName'],
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: pk } },
        ConsistentRead: true,
      }),
    );
    return Items.map((item) => ({ sk: item['sk']?.S ?? '', event: item['event']?.S ?? '' }));
  }

  /** Messages that wait or are being worked on. */
  async depth(queue: string): Promise<number> {
    const { Attributes = {} } = await this.#sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: this.url(queue), AttributeNames: ['All'] }),
    );
    return (
      Number(Attributes['ApproximateNumberOfMessages']) + Number(Attributes['ApproximateNumberOfMessagesNotVisible'])
    );
  }

  async take(queue: string): Promise<string[]> {
    const { Messages = [] } = await this.#sqs.send(new ReceiveMessageCommand({ QueueUrl: this.url(queue) }));
    return Messages.map(({ Body = '' }) => Body);
  }

  sendWithAttribute(queue: string, MessageBody: string): Promise<unknown> {
    const MessageAttributes = { origin: { DataType: 'String', StringValue: 'probe' } };
    return this.#sqs.send(new SendMessageCommand({ QueueUrl: this.url(queue), MessageBody, MessageAttributes }));
  }
}

/** Looks again and again until the fact holds; a fact that never holds fails the test with what was last seen. */
const eventually = (look: () => Promise<void>): Promise<void> => vi.waitFor(look, { timeout: 100_000, interval: 100 });

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

describe('a running host', () => {
  const alerts: TopicMessage[] = [];
  let host: LocalHost;
  let probe: Probe;
  beforeAll(async () => {
    host = await start({ onAlert: (message) => alerts.push(message) });
    probe = new Probe(host);
  });
  afterAll(() => host.stop());

  it('delivers a message in the shape that Lambda gives it, and deletes it', async () => {
    await probe.sendWithAttribute('Quick', 'plain one');
    await eventually(async () => expect(await probe.seen()).toContain('plain one#1'));
    await eventually(async () => expect(await probe.depth('Quick')).toBe(0));
    const note = (await probe.notes()).find(({ sk }) => sk === 'plain one#1');
    expect(JSON.parse(note?.event ?? '').Records).toEqual([
      {
        messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        receiptHandle: expect.any(String),
        body: 'plain one',
        attributes: {
          SenderId: '000000000000',
          SentTimestamp: expect.stringMatching(/^\d{13}$/),
          ApproximateReceiveCount: '1',
          ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
        },
        messageAttributes: {
          origin: { stringValue: 'probe', stringListValues: [], binaryListValues: [], dataType: 'String' },
        },
        md5OfBody: expect.stringMatching(/^[0-9a-f]{32}$/),
        eventSource: 'aws:sqs',
        eventSourceARN: expect.stringMatching(/^arn:aws:sqs:us-east-1:000000000000:Quick/),
        awsRegion: 'us-east-1',
      },
    ]);
  });

  it('gathers messages of one window into one batch', async () => {
    const bodies = Array.from({ length: 30 }, (_, index) => `together ${index}`);
    await probe.send('Quick', ...bodies);
    await eventually(async () => expect(await probe.depth('Quick')).toBe(0));
    const sizes = (await probe.notes())
      .filter(({ sk }) => sk.startsWith('together'))
      .map(({ event }) => JSON.parse(event).Records.length);
    expect(sizes).toHaveLength(30);
    expect(Math.max(...sizes)).toBeGreaterThan(10);
  });

  it('returns only the messages that the function names, and gives them up after two receives', async () => {
    await probe.send('Quick', 'plain neighbour', 'fail always');
    await eventually(async () => expect(await probe.take('QuickDead')).toEqual(['fail always']));
    const seen = await probe.seen();
    expect(seen.filter((each) => each.startsWith('fail'))).toEqual(['fail always#1', 'fail always#2']);
    expect(seen.filter((each) => each.includes('neighbour'))).toEqual(['plain neighbour#1']);
  });

  it.each(['throw', 'hang', 'exit'])('returns the whole batch when the function is told to %s', async (word) => {
    await probe.send('Single', `${word} once`);
    await eventually(async () => expect(await probe.take('SingleDead')).toEqual([`${word} once`]));
    expect((await probe.seen()).filter((each) => each.startsWith(word))).toEqual([`${word} once#1`, `${word} once#2`]);
    await probe.send('Single', `plain after ${word}`);
    await eventually(async () => expect(await probe.seen()).toContain(`plain after ${word}#1`));
  });

  it('runs two batches of one mapping at the same time', async () => {
    await probe.send('Single', 'meet a', 'meet b');
    await eventually(async () => expect(await probe.seen('met')).toEqual(['a', 'b']));
  });

  it('gives a function exactly the environment of the template and the variables of the SDK', async () => {
    const answer = await fetch(`${host.url}/environment`);
    expect(await answer.json()).toEqual({
      TOPIC_ARN: expect.stringMatching(/^arn:aws:sns:us-east-1:000000000000:Topic/),
      GREETING: 'hello',
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_ENDPOINT_URL_DYNAMODB: host.dynamodbEndpoint,
      AWS_ENDPOINT_URL_SQS: host.queueEndpoint,
      AWS_ENDPOINT_URL_SNS: host.queueEndpoint,
    });
  });

  it('passes a request on as API Gateway does', async () => {
    const answer = await fetch(`${host.url}/v1/a%20b?x=1&x=2&y=`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Mixed': 'Case', cookie: 'a=1; b=2' },
      body: '{"ä":1}',
    });
    expect(await answer.json()).toMatchObject({
      version: '2.0',
      routeKey: '$default',
      rawPath: '/v1/a b',
      rawQueryString: 'x=1&x=2&y=',
      queryStringParameters: { x: '1,2', y: '' },
      cookies: ['a=1', 'b=2'],
      headers: { 'x-mixed': 'Case', 'content-type': 'application/json' },
      requestContext: { http: { method: 'POST', path: '/v1/a b' } },
      body: '{"ä":1}',
      isBase64Encoded: false,
    });
  });

  it('passes bytes on as base64, compressed text too', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const answer = await fetch(host.url, { method: 'POST', headers, body: new Uint8Array([0, 255]) });
    // 00 ff in base64
    expect(await answer.json()).toMatchObject({ body: 'AP8=', isBase64Encoded: true });
  });

  it('passes bytes that are no UTF-8 on unaltered, whatever they are called', async () => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(host.url, { method: 'POST', headers, body: new Uint8Array([0x22, 255, 0x22]) });
    // 22 ff 22 in base64
    expect(await answer.json()).toMatchObject({ body: 'Iv8i', isBase64Encoded: true });
  });

  it('answers bytes, cookies and the status of the function', async () => {
    const answer = await fetch(`${host.url}/bytes`);
    expect(answer.status).toBe(201);
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect([...new Uint8Array(await answer.arrayBuffer())]).toEqual([0, 1, 2, 3]);
  });

  it('answers 500 without a detail when the function throws, and works on', async () => {
    const answer = await fetch(`${host.url}/throw`);
    expect([answer.status, await answer.json()]).toEqual([500, { message: 'Internal Server Error' }]);
    expect((await fetch(host.url)).status).toBe(200);
  });

  it('refuses a body over 10 MB, and one that no function can take', async () => {
    for (const megabytes of [10.1, 6.1]) {
      const body = 'x'.repeat(megabytes * 1024 * 1024);
      expect((await fetch(host.url, { method: 'POST', body })).status).toBe(413);
    }
  });

  it('shows what a subscriber of the topic receives', async () => {
    await fetch(`${host.url}/publish`);
    await eventually(async () => expect(alerts).toHaveLength(1));
    expect(alerts[0]).toMatchObject({
      subject: 'A test',
      message: '{"for":"queues"}',
      parts: { default: 'for people', sqs: '{"for":"queues"}' },
      attributes: { kind: 'test' },
    });
  });

  it('fires a schedule when asked', async () => {
    expect(await host.invokeSchedule('clock')).toEqual({ wokenBy: 'aws.events' });
  });

  it('says so when an invocation does not succeed or a function does not exist', async () => {
    await expect(host.invoke('web', { rawPath: '/throw' })).rejects.toMatchObject({ code: 'local/invocation-failed' });
    await expect(host.invoke('nobody', {})).rejects.toMatchObject({ code: 'local/unknown-function' });
  });

  it('keeps a second host off its folder and its port', async () => {
    const port = Number(new URL(host.url).port);
    await expect(start({ port })).rejects.toMatchObject({ code: 'local/port-taken' });
  });
});

describe('data', () => {
  it('survives a restart, with what still waited in the queue', async () => {
    const dataFolder = newFolder();
    const first = await start({ dataFolder });
    await new Probe(first).send('Quick', 'plain before');
    await eventually(async () => expect(await new Probe(first).seen()).toEqual(['plain before#1']));
    await expect(start({ dataFolder })).rejects.toMatchObject({ code: 'local/folder-in-use' });
    await first.stop();
    const second = await start({ dataFolder });
    await new Probe(second).send('Quick', 'plain later');
    await eventually(async () => expect(await new Probe(second).seen()).toEqual(['plain before#1', 'plain later#1']));
    await second.stop();
  });

  it('is complete after SIGKILL in the middle of the work, long before the visibility time-out', async () => {
    const dataFolder = newFolder();
    const killed = spawn(process.execPath, [join(FIXTURE_FOLDER, 'run-host.ts'), dataFolder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: killed.stdout }), 'line')) as [string];
    const bodies = Array.from({ length: 200 }, (_, index) => `slow ${index}`);
    await new Probe(JSON.parse(line)).send('Patient', ...bodies);
    const gone = once(killed, 'exit');
    killed.kill('SIGKILL');
    await gone;
    const host = await start({ dataFolder });
    const probe = new Probe(host);
    // Messages of the killed run would stay hidden for 300 s if nobody showed them again.
    await eventually(async () => expect(await probe.depth('Patient')).toBe(0));
    const seen = new Set((await probe.seen()).map((each) => each.replace(/#\d+$/, '')));
    expect(seen).toEqual(new Set(bodies));
    expect(await probe.depth('PatientDead')).toBe(0);
    await host.stop();
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('is closed in order at %s, and no engine stays behind', async (signal) => {
    const dataFolder = newFolder();
    const host = spawn(process.execPath, [join(FIXTURE_FOLDER, 'run-host.ts'), dataFolder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(createInterface({ input: host.stdout }), 'line');
    const gone = once(host, 'exit');
    host.kill(signal);
    expect(await gone).toEqual([0, null]);
    const { stdout } = await promisify(execFile)('ps', ['-eo', 'args']);
    expect(stdout.split('\n').filter((line) => line.includes(dataFolder))).toEqual([]);
  });
});

describe('a host that cannot start', () => {
  it('says in one sentence that the folder is newer', async () => {
    const dataFolder = newFolder();
    writeFileSync(join(dataFolder, 'format.json'), '{"format":2}');
    await expect(start({ dataFolder })).rejects.toMatchObject({
      code: 'local/newer-format',
      message: expect.stringMatching(/has format 2, and this version knows format 1/),
    });
  });

  it('says in one sentence that a port is taken, the one of the queues too', async () => {
    const other = createServer().listen(0, '0.0.0.0');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const expected = { code: 'local/port-taken', message: `port ${port} is already in use` };
    await expect(start({ port })).rejects.toMatchObject(expected);
    await expect(start({ queuePort: port })).rejects.toMatchObject(expected);
    other.close();
  });

  it('names the three places when it finds no engine', async () => {
    await expect(start({ environment: { PATH: '' }, enginePackage: '@dynoxide/none' })).rejects.toMatchObject({
      code: 'local/engine-missing',
      message: expect.stringMatching(/DYNAMODB_ENDPOINT.*@dynoxide\/none.*PATH/),
    });
  });

  it('says in one sentence that DYNAMODB_ENDPOINT is no address, and that the folder is damaged', async () => {
    await expect(start({ environment: { PATH: '', DYNAMODB_ENDPOINT: 'nonsense' } })).rejects.toMatchObject({
      code: 'local/engine-failed',
      message: 'DYNAMODB_ENDPOINT: expected an http URL, got nonsense',
    });
    const dataFolder = newFolder();
    writeFileSync(join(dataFolder, 'format.json'), 'garbage');
    await expect(start({ dataFolder })).rejects.toMatchObject({
      code: 'local/folder-unreadable',
      message: expect.stringMatching(/cannot be used: .*format\.json is damaged/),
    });
  });

  it('leaves its folder free for the next try', async () => {
    const dataFolder = newFolder();
    await expect(start({ dataFolder, environment: { PATH: '' }, enginePackage: '@dynoxide/none' })).rejects.toThrow();
    await (await start({ dataFolder })).stop();
  });
});
