import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { BUNDLING_STACKS } from 'aws-cdk-lib/cx-api';
import { describe, expect, it } from 'vitest';
import { FUNCTION_ENVIRONMENT, type FunctionName } from '../../lib/contracts/environment.ts';
import { LedgerStack, type LedgerStackProps } from '../../lib/infra/ledger-stack.ts';
import { checkWithNag, type Statement, synthesize } from '../helpers/stack-template.ts';

const JWT = { issuer: 'https://login.example.com', audiences: ['tokenledger'], tenant: 'acme', roleClaim: 'role' };
const IAM = { callers: { AROAEXAMPLE0000000001: { tenant: 'acme', role: 'reader' } } } as const;

/** Every property of the stack at once, and each alone. */
const SETTINGS: Readonly<Record<string, LedgerStackProps>> = {
  'no property': {},
  accounts: { senders: { accounts: ['222222222222'] } },
  'an organisation': { senders: { organizationId: 'o-a1b2c3d4e5' } },
  roles: { senders: { roles: ['arn:aws:iam::222222222222:role/support-bot'], tenant: 'acme' } },
  'tenants of senders': { senders: { tenants: { AROAEXAMPLE0000000001: 'acme' } } },
  tokens: { access: { jwt: JWT } },
  'signed requests': { access: { iam: IAM } },
  limits: { throttle: { intake: { ratePerSecond: 10, burstRequests: 20 } } },
  'a chat topic and subscribers': {
    alerts: {
      chat: true,
      subscriptions: [
        { email: 'team@example.com', filter: { team: 'cx', kind: ['budget_actual', 'anomaly'] } },
        { lambda: 'arn:aws:lambda:eu-central-1:111111111111:function:page-someone' },
      ],
    },
  },
  everything: {
    alerts: { chat: true, subscriptions: [{ sqs: 'arn:aws:sqs:eu-central-1:222222222222:alerts' }] },
    stackName: 'Usage',
    senders: {
      accounts: ['222222222222'],
      organizationId: 'o-a1b2c3d4e5',
      roles: ['arn:aws:iam::222222222222:role/support-bot'],
      tenants: { AROAEXAMPLE0000000001: 'acme' },
    },
    access: { jwt: JWT, iam: IAM },
    throttle: { intake: { ratePerSecond: 10, burstRequests: 20 }, other: { ratePerSecond: 5, burstRequests: 5 } },
  },
};

describe.each(Object.entries(SETTINGS))('a stack with %s', (_, props) => {
  it('leaves no finding of the AwsSolutions rules unanswered', () => {
    expect(() => checkWithNag(props)).not.toThrow();
  });
});

describe('what each function may do', () => {
  const stack = synthesize(SETTINGS['everything']);
  const toList = (value: string | readonly string[]): readonly string[] => [value].flat();
  const resourceOf = ({ Resource }: Statement): string => {
    const [only] = [Resource].flat() as ({ Ref?: string; 'Fn::GetAtt'?: [string] } | undefined)[];
    return (only?.Ref ?? only?.['Fn::GetAtt']?.[0] ?? '*').replace(/[0-9A-F]{8}$/, '');
  };
  const allowed = (name: FunctionName): readonly string[] =>
    stack
      .statementsOf(name)
      .flatMap((statement) => toList(statement.Action).map((action) => `${action} on ${resourceOf(statement)}`))
      .sort();

  const onTable = ['BatchGetItem', 'ConditionCheckItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'].map(
    (action) => `dynamodb:${action} on LedgerTable`,
  );
  const logging = (id: string) =>
    ['logs:CreateLogStream', 'logs:PutLogEvents'].map((action) => `${action} on ${id}Logs`);
  const sending = (id: string) =>
    ['GetQueueAttributes', 'GetQueueUrl', 'SendMessage'].map((action) => `sqs:${action} on ${id}`);
  const consuming = (id: string) =>
    ['ChangeMessageVisibility', 'DeleteMessage', 'GetQueueAttributes', 'GetQueueUrl', 'ReceiveMessage'].map(
      (action) => `sqs:${action} on ${id}`,
    );
  const publishing = [
    ...['kms:Decrypt on AlertsKey', 'kms:GenerateDataKey* on AlertsKey'],
    ...['sns:Publish on AlertsTopic', 'sns:Publish on AlertsChat'],
  ];
  const subscribing = ['GetSubscriptionAttributes', 'Subscribe', 'Unsubscribe'].map(
    (action) => `sns:${action} on AlertsTopic`,
  );
  const returning = [
    ...['UsageQueue', 'ImportQueue'].flatMap(sending),
    ...['UsageDeadLetters', 'ImportDeadLetters'].flatMap(consuming),
  ];

  it.each<[FunctionName, readonly string[]]>([
    ['api', [...onTable, ...logging('Api'), ...returning, ...publishing, ...subscribing]],
    ['sweep', [...onTable, ...logging('Sweep'), ...returning, ...publishing]],
    [
      'record-usage',
      [...onTable, ...logging('RecordUsage'), ...publishing, ...['UsageQueue', 'ImportQueue'].flatMap(consuming)],
    ],
    ['assess-break-even', [...onTable, ...logging('AssessBreakEven'), ...publishing]],
    ['project-spend', [...onTable, ...logging('ProjectSpend'), ...publishing]],
    ['accrue-capacity', [...onTable, ...logging('AccrueCapacity')]],
  ])('%s: exactly this', (name, expected) => {
    expect(allowed(name)).toEqual([...expected].sort());
  });

  it('is stated of every function', () => {
    expect(Object.keys(FUNCTION_ENVIRONMENT)).toHaveLength(6);
  });

  it('is taken on by Lambda alone', () => {
    const trusts = stack.find('AWS::IAM::Role').map(([, { Properties }]) => Properties['AssumeRolePolicyDocument']);
    expect(trusts).toHaveLength(6);
    for (const trust of trusts) {
      expect(trust).toMatchObject({
        Statement: [{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' } }],
      });
    }
  });

  it('comes from its own policy, not from managed ones', () => {
    for (const [, { Properties }] of stack.find('AWS::IAM::Role')) {
      expect(Properties).not.toHaveProperty('ManagedPolicyArns');
    }
  });
});

describe('statements that allow with a wildcard', () => {
  /** Where, what and on what, for each allowing statement with a star in it. */
  const wildcardsOf = (props: LedgerStackProps): readonly string[] =>
    synthesize(props)
      .resources.flatMap(([id, { Properties }]) =>
        ['PolicyDocument', 'KeyPolicy'].flatMap((name) =>
          ((Properties?.[name] as { Statement: Statement[] } | undefined)?.Statement ?? []).map((each) => ({
            id,
            each,
          })),
        ),
      )
      .filter(({ each }) => each.Effect === 'Allow')
      .filter(({ each }) => JSON.stringify([each.Action, each.Resource, each.Principal]).includes('*'))
      .map(({ id, each }) => {
        const actions = [each.Action].flat().join(' ');
        return `${id.replace(/[0-9A-F]{8}$/, '')}: ${each.Sid ?? actions}`;
      })
      .sort();

  const ALWAYS = [
    // A policy of a key speaks of that key by a star. The account's own policies may use it; alarms may publish with it.
    'AlertsKey: kms:*',
    'AlertsKey: kms:Decrypt kms:GenerateDataKey*',
    // SNS asks for the family GenerateDataKey*, here on the one key; ids of the topic's subscriptions are drawn.
    'ApiRoleDefaultPolicy: kms:Decrypt kms:GenerateDataKey*',
    'ApiRoleDefaultPolicy: sns:GetSubscriptionAttributes sns:Unsubscribe',
    'AssessBreakEvenRoleDefaultPolicy: kms:Decrypt kms:GenerateDataKey*',
    'ProjectSpendRoleDefaultPolicy: kms:Decrypt kms:GenerateDataKey*',
    'RecordUsageRoleDefaultPolicy: kms:Decrypt kms:GenerateDataKey*',
    'SweepRoleDefaultPolicy: kms:Decrypt kms:GenerateDataKey*',
  ];

  it('are these and no others', () => {
    expect(wildcardsOf({})).toEqual(ALWAYS);
  });

  it('are two more where senders are named: anybody, if of the organisation, or in the list of roles', () => {
    const named = ['UsageQueuePolicy: Organization', 'UsageQueuePolicy: Roles'];
    expect(wildcardsOf(SETTINGS['everything'] ?? {})).toEqual([...ALWAYS, ...named]);
  });
});

describe('a role of the same app', () => {
  it('can be named before anybody knows its id', () => {
    const outdir = mkdtempSync(join(tmpdir(), 'tokenledger-app-'));
    try {
      const app = new App({ outdir, context: { [BUNDLING_STACKS]: [] }, analyticsReporting: false });
      const others = new Stack(app, 'Others');
      const role = new Role(others, 'Sender', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
      const senders = { roles: [role.roleArn], tenants: { [role.roleId]: 'acme' } };
      new LedgerStack(app, 'Ledger', { senders });
      const text = JSON.stringify(app.synth().getStackByName('Ledger').template);
      const imported = '{"Fn::ImportValue":"Others:ExportsOutputFnGetAttSender';
      expect(text).toContain(`"aws:PrincipalArn":[${imported}`);
      // The map as text around the id: {"mode":"mapped","tenants":{"<id>":"acme"}}
      const before = JSON.stringify('{"mode":"mapped","tenants":{"');
      expect(text).toContain(`"SENDERS":{"Fn::Join":["",[${before},${imported}`);
      expect(text).toContain(JSON.stringify('":"acme"}}'));
    } finally {
      rmSync(outdir, { recursive: true, force: true });
    }
  });
});
