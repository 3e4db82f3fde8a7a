import { describe, expect, it } from 'vitest';
import { type AlertSettings, checkAlerts } from '../../lib/infra/alert-settings.ts';
import { InvalidSettingError } from '../../lib/infra/invalid-setting-error.ts';
import { synthesize } from '../helpers/stack-template.ts';

const LAMBDA = 'arn:aws:lambda:eu-central-1:111111111111:function:page-someone';

describe('subscriptions of the stack', () => {
  const stack = synthesize({
    alerts: {
      chat: true,
      subscriptions: [
        { email: 'cx@example.com', filter: { team: 'cx', kind: ['budget_actual', 'anomaly'] } },
        { https: 'https://example.com/alerts' },
        { lambda: LAMBDA, filter: { tenant: ['acme'] } },
      ],
    },
  });

  it('become subscriptions of the topic, each with its filter', () => {
    const found = stack.find('AWS::SNS::Subscription').map(([, { Properties }]) => {
      const { Protocol, Endpoint, FilterPolicy } = Properties;
      return { Protocol, Endpoint, FilterPolicy };
    });
    expect(found).toEqual([
      {
        Protocol: 'email',
        Endpoint: 'cx@example.com',
        FilterPolicy: { team: ['cx'], kind: ['budget_actual', 'anomaly'] },
      },
      { Protocol: 'https', Endpoint: 'https://example.com/alerts', FilterPolicy: undefined },
      { Protocol: 'lambda', Endpoint: LAMBDA, FilterPolicy: { tenant: ['acme'] } },
    ]);
  });

  it('let the topic, and nobody else, invoke a function that subscribes', () => {
    const permissions = stack.find('AWS::Lambda::Permission').map(([, { Properties }]) => Properties);
    expect(permissions.filter(({ FunctionName }) => FunctionName === LAMBDA)).toEqual([
      {
        Action: 'lambda:InvokeFunction',
        FunctionName: LAMBDA,
        Principal: 'sns.amazonaws.com',
        SourceArn: { Ref: expect.stringMatching(/^AlertsTopic/) },
      },
    ]);
  });
});

describe('the topic for chat channels', () => {
  it('exists where it is asked for, is encrypted, and every publishing function knows it', () => {
    const stack = synthesize({ alerts: { chat: true } });
    const topics = stack.find('AWS::SNS::Topic');
    expect(topics).toHaveLength(2);
    for (const [, { Properties }] of topics) expect(Properties).toHaveProperty('KmsMasterKeyId');
    for (const name of ['record-usage', 'sweep', 'api', 'assess-break-even', 'project-spend'] as const) {
      expect(stack.variableOf(name, 'CHAT_TOPIC_ARN')).toEqual({ Ref: expect.stringMatching(/^AlertsChat/) });
    }
    expect(stack.outputs).toContain('ChatTopicArn');
  });

  it('does not exist otherwise, and the functions are told so', () => {
    const stack = synthesize();
    expect(stack.find('AWS::SNS::Topic')).toHaveLength(1);
    expect(stack.variableOf('sweep', 'CHAT_TOPIC_ARN')).toBe('-');
    expect(stack.outputs).not.toContain('ChatTopicArn');
  });
});

describe('a setting of alerts that cannot be right', () => {
  const one = (subscription: object): AlertSettings => ({ subscriptions: [subscription] });
  it.each<[string, AlertSettings, string]>([
    ['an unknown property', { chats: true } as AlertSettings, 'alerts.chats'],
    ['chat that is no yes or no', { chat: 'yes' } as unknown as AlertSettings, 'alerts.chat'],
    ['no list', { subscriptions: {} } as unknown as AlertSettings, 'alerts.subscriptions'],
    ['no object', { subscriptions: [null] } as unknown as AlertSettings, 'alerts.subscriptions[0]'],
    [
      'a number for a text',
      { subscriptions: [{ email: 'a@b.c', filter: { team: 5 } }] } as unknown as AlertSettings,
      'alerts.subscriptions[0].filter.team',
    ],
    ['no endpoint', one({ filter: { team: 'cx' } }), 'alerts.subscriptions[0]'],
    ['two endpoints', one({ email: 'a@example.com', sms: '+491701234567' }), 'alerts.subscriptions[0]'],
    ['no address', one({ email: 'example.com' }), 'alerts.subscriptions[0].email'],
    ['no number', one({ sms: '0170 1234567' }), 'alerts.subscriptions[0].sms'],
    ['a URL without TLS', one({ https: 'http://example.com' }), 'alerts.subscriptions[0].https'],
    ['a queue in order', one({ sqs: 'arn:aws:sqs:eu-central-1:1:q.fifo' }), 'alerts.subscriptions[0].sqs'],
    ['no function', one({ lambda: 'page-someone' }), 'alerts.subscriptions[0].lambda'],
    ['an unknown name', one({ email: 'a@b.c', filter: { tem: 'cx' } }), 'alerts.subscriptions[0].filter.tem'],
    ['an unknown kind', one({ email: 'a@b.c', filter: { kind: 'budget' } }), 'alerts.subscriptions[0].filter.kind'],
    ['no value', one({ email: 'a@b.c', filter: { team: [] } }), 'alerts.subscriptions[0].filter.team'],
    [
      'five names',
      one({ email: 'a@b.c', filter: { team: 'a', app: 'b', model: 'c', budget: 'd', rule: 'e' } }),
      'alerts.subscriptions[0].filter',
    ],
    [
      'too many combinations',
      one({ email: 'a@b.c', filter: { team: listOf(20), app: listOf(8) } }),
      'alerts.subscriptions[0].filter',
    ],
    [
      'an endpoint twice',
      { subscriptions: [{ email: 'a@b.c' }, { email: 'a@b.c', filter: { team: 'cx' } }] },
      'alerts.subscriptions[1].email',
    ],
    [
      'too many',
      { subscriptions: Array.from({ length: 101 }, (_, index) => ({ email: `${index}@b.c` })) },
      'alerts.subscriptions',
    ],
  ])('%s is named', (_, settings, property) => {
    expect(() => checkAlerts(settings)).toThrow(InvalidSettingError);
    expect(() => checkAlerts(settings)).toThrow(expect.objectContaining({ property }));
  });
});

function listOf(length: number): string[] {
  return Array.from({ length }, (_, index) => `value-${index}`);
}
