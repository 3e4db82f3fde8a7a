import { type PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { describe, expect, it } from 'vitest';
import { SnsAlertPublisher, toPublishInput } from '../../../lib/adapters/sns/alert-publisher.ts';
import type { AlertMessage } from '../../../lib/domain/alerts/alert.ts';

const MESSAGE: AlertMessage = {
  alertId: 'a1',
  kind: 'budget_actual',
  severity: 'critical',
  tenant: 'acme',
  subject: 'Budget B: 100% spent',
  text: 'Budget "B" has crossed 100 %.\n',
  sms: 'Budget B: 100% spent',
  data: { schema_version: 1, alert_id: 'a1' },
  about: ['budget:B'],
  attributes: { tenant: 'acme', kind: 'budget_actual', alert_id: 'a1' },
};

/** A client whose every request ends as told. */
function clientThat(answer: (command: PublishCommand, signal: AbortSignal | undefined) => Promise<unknown>): SNSClient {
  const client = new SNSClient({ region: 'eu-central-1' });
  client.send = ((command: PublishCommand, options?: { abortSignal?: AbortSignal }) =>
    answer(command, options?.abortSignal)) as SNSClient['send'];
  return client;
}

const toTopic = (message: AlertMessage) => toPublishInput('arn:topic', message);

const failing = (error: object) =>
  new SnsAlertPublisher(
    clientThat(() => Promise.reject(Object.assign(new Error('no'), error))),
    toTopic,
  ).publish(MESSAGE);

describe('publishing to SNS', () => {
  it('sends text to people and JSON to programs, with the attributes for filter policies', async () => {
    const sent: PublishCommand[] = [];
    const publisher = new SnsAlertPublisher(
      clientThat(async (command) => sent.push(command)),
      toTopic,
    );
    await publisher.publish(MESSAGE);
    const input = sent[0]?.input;
    expect(input).toEqual(toPublishInput('arn:topic', MESSAGE));
    expect(input).toMatchObject({ TopicArn: 'arn:topic', Subject: MESSAGE.subject, MessageStructure: 'json' });
    const bodies = JSON.parse(input?.Message ?? '') as Record<string, string>;
    for (const protocol of ['default', 'email']) expect(bodies[protocol]).toBe(MESSAGE.text);
    for (const protocol of ['http', 'https', 'sqs', 'lambda', 'email-json'])
      expect(JSON.parse(bodies[protocol] ?? '')).toEqual(MESSAGE.data);
    expect(bodies['sms']).toBe(MESSAGE.sms);
    expect(input?.MessageAttributes).toEqual({
      tenant: { DataType: 'String', StringValue: 'acme' },
      kind: { DataType: 'String', StringValue: 'budget_actual' },
      alert_id: { DataType: 'String', StringValue: 'a1' },
    });
  });

  it.each([
    ['refused by the service', { name: 'InvalidParameterException', $fault: 'client', $metadata: { attempts: 1 } }],
    ['throttled at once', { name: 'ThrottledException', $fault: 'client', $metadata: { attempts: 1 } }],
    ['without a connection', { code: 'ECONNREFUSED' }],
  ])('knows that an alert %s was not sent', async (_how, error) => {
    await expect(failing(error)).rejects.toMatchObject({ code: 'alert/not-sent', retryable: true });
  });

  it.each([
    ['a time-out', { name: 'TimeoutError' }],
    ['a fault of the service', { name: 'InternalErrorException', $fault: 'server', $metadata: { attempts: 1 } }],
    [
      'a refusal after an earlier attempt',
      { name: 'ThrottledException', $fault: 'client', $metadata: { attempts: 3 } },
    ],
    ['a broken connection', { code: 'ECONNRESET' }],
  ])('does not know what became of an alert after %s', async (_how, error) => {
    await expect(failing(error)).rejects.toMatchObject({ code: 'alert/outcome-unknown', retryable: true });
  });

  it('tries again until the topic takes the alert', async () => {
    let attempts = 0;
    const client = clientThat(async () => {
      attempts += 1;
      if (attempts < 3) throw Object.assign(new Error('stale connection'), { code: 'ECONNRESET' });
    });
    await new SnsAlertPublisher(client, toTopic).publish(MESSAGE);
    expect(attempts).toBe(3);
  });

  it('does not call an alert unsent when any of its attempts may have got through', async () => {
    let attempts = 0;
    const client = clientThat(async () => {
      attempts += 1;
      throw Object.assign(new Error('no'), { code: attempts === 1 ? 'ECONNRESET' : 'ECONNREFUSED' });
    });
    const publishing = new SnsAlertPublisher(client, toTopic).publish(MESSAGE);
    await expect(publishing).rejects.toMatchObject({ code: 'alert/outcome-unknown' });
    expect(attempts).toBe(3);
  });

  it('gives a publish up after its time', async () => {
    const hanging = clientThat(
      (_command, signal) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason));
        }),
    );
    const publishing = new SnsAlertPublisher(hanging, toTopic, 20).publish(MESSAGE);
    await expect(publishing).rejects.toMatchObject({ code: 'alert/outcome-unknown' });
  });
});
