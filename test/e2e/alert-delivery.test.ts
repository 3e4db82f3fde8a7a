import { randomUUID } from 'node:crypto';
import { SNSClient } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type FauxqsServer, startFauxqs } from 'fauxqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TableAlertStore } from '../../lib/adapters/dynamodb/alert-store.ts';
import { TableBudgetStore } from '../../lib/adapters/dynamodb/budget-store.ts';
import { DynamoLedger } from '../../lib/adapters/dynamodb/ledger/ledger.ts';
import { DynamoLedgerReader } from '../../lib/adapters/dynamodb/ledger-reader.ts';
import { TableSubscriptionStore } from '../../lib/adapters/dynamodb/subscription-store.ts';
import type { Table } from '../../lib/adapters/dynamodb/table.ts';
import { TenantStore } from '../../lib/adapters/dynamodb/tenant-store.ts';
import { SnsAlertPublisher, toPublishInput } from '../../lib/adapters/sns/alert-publisher.ts';
import { SnsAlertSubscriber } from '../../lib/adapters/sns/alert-subscriber.ts';
import { toChatInput } from '../../lib/adapters/sns/chat-message.ts';
import type { AlertPublisher, PublishPorts } from '../../lib/app/alerts/alert-ports.ts';
import {
  listSubscriptions,
  subscribeToAlerts,
  unsubscribeFromAlerts,
} from '../../lib/app/alerts/manage-subscriptions.ts';
import { publishExpired, publishHeld } from '../../lib/app/alerts/publish-alerts.ts';
import type { EvaluatePorts } from '../../lib/app/budgets/budget-ports.ts';
import { evaluateBudgets } from '../../lib/app/budgets/evaluate-budgets.ts';
import { putBudget } from '../../lib/app/budgets/manage-budgets.ts';
import { NOON_MS, USD } from '../helpers/alert-world.ts';
import { type EngineTable, startEngineTable } from '../helpers/engine-table.ts';
import { createForecastSources } from '../helpers/forecast-ports.ts';
import { claimMessage, FakeChannel, plainMessage } from '../helpers/held-alert.ts';
import { ratedCall, steadySurroundings, TENANT, uuidV7 } from '../helpers/ledger-fixtures.ts';
import { Life } from '../helpers/mortal-life.ts';

const FAR_MS = Number.MAX_SAFE_INTEGER;
const LEASE_MS = 90_000;
const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };

let engine: EngineTable;
let server: FauxqsServer;
let sns: SNSClient;
let sqs: SQSClient;
beforeAll(async () => {
  engine = await startEngineTable();
  server = await startFauxqs({ port: 0, logger: false });
  const settings = { endpoint: `http://127.0.0.1:${server.port}`, region: 'us-east-1', credentials: CREDENTIALS };
  sns = new SNSClient({ ...settings, maxAttempts: 1 });
  sqs = new SQSClient(settings);
});
afterAll(async () => {
  await engine.stop();
  await server.stop();
});

/** A topic of its own, and queues that hear it. */
function openTopic(name: string) {
  server.createTopic(name);
  const topicArn = `arn:aws:sns:us-east-1:000000000000:${name}`;
  const makeQueue = async (queue: string) => {
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: queue }));
    return { QueueUrl, arn: `arn:aws:sqs:us-east-1:000000000000:${queue}` };
  };
  const receive = async (QueueUrl: string): Promise<Record<string, string>[]> => {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    return Messages.map(({ Body = '' }) => JSON.parse(Body));
  };
  return { topicArn, makeQueue, receive };
}

/** Ports over the engine's table whose time stands still until told. */
function openPorts(publisher: AlertPublisher, chat?: AlertPublisher) {
  let nowMs = NOON_MS;
  const portsOver = (table: Table): PublishPorts => ({
    alerts: new TableAlertStore(table),
    publisher,
    ...(chat ? { chat } : {}),
    clock: () => nowMs,
    drawOwner: randomUUID,
    leaseMs: LEASE_MS,
  });
  const wait = (milliseconds: number) => {
    nowMs += milliseconds;
  };
  return { portsOver, ports: portsOver(engine.table), wait };
}

describe('40 teams that subscribe, each to its own alerts', () => {
  it('one crossing reaches one of them, once, and none of another tenant', async () => {
    const { topicArn, makeQueue, receive } = openTopic('forty-teams');
    const tenant = { ...TENANT, tenant: randomUUID() };
    const tenants = new TenantStore(engine.table, () => NOON_MS);
    await tenants.create(tenant);
    const { ports } = openPorts(new SnsAlertPublisher(sns, (message) => toPublishInput(topicArn, message)));
    const subscribing = {
      subscriptions: new TableSubscriptionStore(engine.table),
      subscriber: new SnsAlertSubscriber(sns, topicArn),
      adminRecords: { append: async () => undefined },
      clock: ports.clock,
    };
    const subscribe = async (of: string, team: string, name: string) => {
      const { QueueUrl, arn } = await makeQueue(name);
      const key = { keyId: 'key_1', tenant: of, role: 'admin' } as const;
      const request = { protocol: 'sqs', endpoint: arn, filter: { team: [team] } } as const;
      return { QueueUrl, ...(await subscribeToAlerts(subscribing, { tenant: of, key }, request)), key };
    };
    const teams = Array.from({ length: 40 }, (_, index) => `team-${index}`);
    const queues = [];
    for (const team of teams) queues.push(await subscribe(tenant.tenant, team, `queue-${team}`));
    // The same team of another tenant.
    const stranger = await subscribe('globex', 'team-17', 'queue-globex');

    const evaluating: EvaluatePorts = {
      ...ports,
      reader: new DynamoLedgerReader(engine.table, tenants),
      budgets: new TableBudgetStore(engine.table),
      forecasting: createForecastSources(engine.table),
      memory: new Map(),
      apiUrl: null,
    };
    for (const team of teams) {
      await putBudget(evaluating, tenant, { name: `of ${team}`, amount_usd: '100', filter: { team } });
    }
    const ledger = new DynamoLedger(engine.table, steadySurroundings(NOON_MS));
    const call = ratedCall({ id: uuidV7(NOON_MS, 1), timeMs: NOON_MS, team: 'team-17', app: 'bot' }, 120n * USD);
    await ledger.append(tenant, [call], NOON_MS + 50_000);
    expect((await evaluateBudgets(evaluating, tenant)).alerts).toMatchObject([{ outcome: 'published' }]);

    const received = await Promise.all([...queues, stranger].map(({ QueueUrl }) => receive(QueueUrl)));
    expect(received.map((messages) => messages.length)).toEqual([
      ...teams.map((team) => (team === 'team-17' ? 1 : 0)),
      0,
    ]);
    expect(received[17]?.[0]).toMatchObject({
      Subject: '[critical] Budget of team-17: 120.0% of $100.00 spent in 2026-01',
    });

    const listed = await listSubscriptions(subscribing, tenant.tenant);
    expect(listed.map(({ state }) => state)).toEqual(teams.map(() => 'confirmed'));
    const [first] = queues;
    if (!first) throw new Error('nobody subscribed');
    // Asked again it is the same; with another filter SNS refuses, and so do we.
    const { protocol, endpoint } = first.subscription;
    const carer = { tenant: tenant.tenant, key: first.key };
    expect((await subscribeToAlerts(subscribing, carer, first.subscription)).isNew).toBe(false);
    await expect(subscribeToAlerts(subscribing, carer, { protocol, endpoint, filter: {} })).rejects.toMatchObject({
      code: 'request/conflict',
    });
    await unsubscribeFromAlerts(subscribing, carer, first.subscription.id);
    expect(await listSubscriptions(subscribing, tenant.tenant)).toHaveLength(39);
    expect(await subscribing.subscriber.state(first.subscription.name)).toBe('gone');
  });
});

describe('an alert for subscribers and for chat', () => {
  it('arrives at both after SNS failed ten times, once at each, in its own form', async () => {
    const main = openTopic('patient-topic');
    const chat = openTopic('patient-chat');
    const heard = await Promise.all(
      [main, chat].map(async ({ topicArn, makeQueue, receive }, index) => {
        const { QueueUrl, arn } = await makeQueue(`patient-${index}`);
        await new SnsAlertSubscriber(sns, topicArn).subscribe('sqs', arn, {});
        return () => receive(QueueUrl);
      }),
    );
    let requests = 0;
    const failing = new SNSClient({ region: 'us-east-1' });
    failing.send = ((command: Parameters<SNSClient['send']>[0]) => {
      requests += 1;
      // Each publish tries three times, so the first ten rounds of both channels are 60 requests.
      if (requests <= 60) return Promise.reject(Object.assign(new Error('slow down'), { $fault: 'client' }));
      return sns.send(command);
    }) as SNSClient['send'];
    const { ports, wait } = openPorts(
      new SnsAlertPublisher(failing, (message) => toPublishInput(main.topicArn, message)),
      new SnsAlertPublisher(failing, (message) => toChatInput(chat.topicArn, message)),
    );
    const tenant = randomUUID();
    const message = plainMessage(tenant);
    expect(await publishHeld(ports, await claimMessage(ports, message))).toBe('failed');
    for (let minute = 1; minute <= 9; minute++) {
      wait(60_000);
      expect((await publishExpired(ports, FAR_MS)).outcomes).toMatchObject({ failed: 1, published: 0 });
    }
    wait(60_000);
    expect((await publishExpired(ports, FAR_MS)).outcomes.published).toBe(1);
    expect(await ports.alerts.find(tenant, message.alertId)).toMatchObject({ attempts: 11, lastError: null });
    const [text, notification] = (await Promise.all(heard.map((receive) => receive()))).flat();
    expect(JSON.parse(JSON.parse(text?.['Message'] ?? '').sqs)).toEqual(message.data);
    expect(JSON.parse(notification?.['Message'] ?? '')).toMatchObject({ version: '1.0', source: 'custom' });
  });

  it('survives a crash at every step: at each channel, at most once more, under the same id', async () => {
    const repeated = { topic: 0, chat: 0 };
    for (const after of [false, true]) {
      for (let diesAt = 0, isOver = false; !isOver; diesAt++) {
        const topic = new FakeChannel();
        const chat = new FakeChannel();
        const { ports, portsOver, wait } = openPorts(topic, chat);
        const life = new Life(diesAt, after);
        const dying = (channel: FakeChannel): AlertPublisher => ({
          maxPublishMs: channel.maxPublishMs,
          publish: (message) => life.step(() => channel.publish(message)),
        });
        const mortal = { ...portsOver(life.table(engine.table)), publisher: dying(topic), chat: dying(chat) };
        const message = plainMessage(randomUUID());
        const how = `died at ${diesAt}, after: ${after}`;
        const held = await claimMessage(mortal, message).catch(() => undefined);
        if (held) await publishHeld(mortal, held).catch(() => undefined);
        isOver = life.steps <= diesAt;
        // Nobody takes it before the lease is over; a claim that never happened is found and made anew.
        expect((await publishExpired(ports, FAR_MS)).due, how).toBe(0);
        if (!(await ports.alerts.find(message.tenant, message.alertId))) await claimMessage(ports, message);
        wait(LEASE_MS);
        await publishExpired(ports, FAR_MS);
        await publishExpired(ports, FAR_MS);
        for (const [name, { delivered }] of Object.entries({ topic, chat })) {
          expect(delivered.length, `${name}, ${how}`).toBeGreaterThanOrEqual(1);
          expect(delivered.length, `${name}, ${how}`).toBeLessThanOrEqual(2);
          expect(new Set(delivered), how).toEqual(new Set([message.alertId]));
          if (delivered.length === 2) repeated[name as keyof typeof repeated] += 1;
        }
        expect((await ports.alerts.find(message.tenant, message.alertId))?.publishedAtMs, how).not.toBeNull();
      }
    }
    // Each is repeated only where it was accepted and nobody lived to put that down.
    expect(repeated.topic).toBeGreaterThan(0);
    expect(repeated.chat).toBeGreaterThan(0);
    expect(repeated.topic + repeated.chat).toBeLessThanOrEqual(8);
  });
});
