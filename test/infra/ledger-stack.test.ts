import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type App, Stack, Validations } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { BUNDLING_STACKS } from 'aws-cdk-lib/cx-api';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterAll, describe, expect, it } from 'vitest';
import { FUNCTION_ENVIRONMENT, type FunctionName, HANDLER_SOURCE_METADATA } from '../../lib/contracts/environment.ts';
import { bundleHandler } from '../../lib/infra/constructs/ledger-function.ts';
import { createLedgerApp, synthesizeLedgerTemplate } from '../../lib/infra/ledger-app.ts';

const folders: string[] = [];
const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'tokenledger-infra-'));
  folders.push(folder);
  return folder;
};
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const json = synthesizeLedgerTemplate();
const template = Template.fromJSON(json);

interface Resource {
  readonly Properties: Record<string, unknown>;
  readonly Metadata?: Record<string, unknown>;
}
const find = (type: string): [string, Resource][] =>
  Object.entries(template.findResources(type)) as [string, Resource][];
const sourceOf = (name: FunctionName): string => `functions/${name}/handler.ts`;
const functionOf = (name: FunctionName): [string, Resource] => {
  const found = find('AWS::Lambda::Function').find(
    ([, resource]) => resource.Metadata?.[HANDLER_SOURCE_METADATA] === sourceOf(name),
  );
  if (!found) throw new Error(`no function ${name} in the template`);
  return found;
};
const statementsOf = (name: FunctionName): { Action: string | string[]; Resource: unknown }[] => {
  const role = (functionOf(name)[1].Properties['Role'] as { 'Fn::GetAtt': [string] })['Fn::GetAtt'][0];
  const policies = find('AWS::IAM::Policy').filter(([, each]) =>
    JSON.stringify(each.Properties['Roles']).includes(role),
  );
  return policies.flatMap(
    ([, each]) =>
      (each.Properties['PolicyDocument'] as { Statement: { Action: string; Resource: unknown }[] }).Statement,
  );
};
const actionsOf = (name: FunctionName): string[] => statementsOf(name).flatMap((statement) => statement.Action);

describe('the table', () => {
  it('is on demand, can be restored, expires by ttl and survives the stack', () => {
    template.hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: { SSEEnabled: true },
        TableName: Match.absent(),
      },
    });
  });
});

describe('the queues', () => {
  it('hide a message for six time-outs of record-usage and give it up after ten receives', () => {
    const queues = find('AWS::SQS::Queue').filter(([, queue]) => queue.Properties['RedrivePolicy']);
    expect(queues).toHaveLength(2);
    for (const [, queue] of queues) {
      // 6 x 60 s = 360 s
      expect(queue.Properties['VisibilityTimeout']).toBe(360);
      expect(queue.Properties['RedrivePolicy']).toMatchObject({ maxReceiveCount: 10 });
    }
  });

  it('all refuse anything but TLS and have no physical name', () => {
    const policies = find('AWS::SQS::QueuePolicy').map(([, policy]) => policy.Properties);
    for (const [id, queue] of find('AWS::SQS::Queue')) {
      expect(queue.Properties).not.toHaveProperty('QueueName');
      const own = policies.filter((policy) => JSON.stringify(policy['Queues']) === JSON.stringify([{ Ref: id }]));
      expect(JSON.stringify(own)).toContain('"aws:SecureTransport":"false"');
    }
  });

  it('take imports from functions of the ledger only: the API, and the sweep that sends back', () => {
    const roles = (['api', 'sweep'] as const).map((name) => functionOf(name)[1].Properties['Role']);
    template.hasResourceProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Deny',
            Action: 'sqs:SendMessage',
            Principal: { AWS: '*' },
            Condition: { ArnNotEquals: { 'aws:PrincipalArn': roles } },
          }),
        ]),
      },
    });
  });

  it.each([
    ['usage', 500, 5],
    ['imports', 10, 1],
  ])(
    'feed record-usage with %s, %i messages or %i s at a time, two at once, with partial failures',
    (_, size, seconds) => {
      const [recordUsage] = functionOf('record-usage');
      template.resourcePropertiesCountIs(
        'AWS::Lambda::EventSourceMapping',
        {
          FunctionName: { Ref: recordUsage },
          BatchSize: size,
          MaximumBatchingWindowInSeconds: seconds,
          ScalingConfig: { MaximumConcurrency: 2 },
          FunctionResponseTypes: ['ReportBatchItemFailures'],
        },
        1,
      );
    },
  );
});

describe('the functions', () => {
  it.each(Object.keys(FUNCTION_ENVIRONMENT) as FunctionName[])(
    '%s gets exactly the environment of the contract',
    (name) => {
      const [, { Properties }] = functionOf(name);
      expect(Properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'], Handler: 'index.handler' });
      const { Variables } = Properties['Environment'] as { Variables: Record<string, unknown> };
      expect(Object.keys(Variables).sort()).toEqual([...FUNCTION_ENVIRONMENT[name]].sort());
    },
  );

  it('hold a claimed alert 30 s longer than the longest of them may run', () => {
    const publishers: FunctionName[] = ['api', 'record-usage', 'sweep', 'assess-break-even', 'project-spend'];
    const longest = Math.max(...publishers.map((name) => Number(functionOf(name)[1].Properties['Timeout'])));
    for (const name of publishers) {
      const { Variables } = functionOf(name)[1].Properties['Environment'] as { Variables: Record<string, unknown> };
      // (longest + 30) s in milliseconds
      expect(Variables['ALERT_LEASE_MS']).toBe(String((longest + 30) * 1000));
    }
  });

  it('honour the tenant stamp of the API role only', () => {
    const role = (functionOf('api')[1].Properties['Role'] as { 'Fn::GetAtt': [string] })['Fn::GetAtt'][0];
    const { Variables } = functionOf('record-usage')[1].Properties['Environment'] as {
      Variables: Record<string, unknown>;
    };
    expect(Variables['API_SENDER_ID']).toEqual({ 'Fn::GetAtt': [role, 'RoleId'] });
    expect(Variables['SENDERS']).toBe('{"mode":"trusted","tenant":"default"}');
  });

  it('may not scan or administer the table', () => {
    const names = Object.keys(FUNCTION_ENVIRONMENT) as FunctionName[];
    const actions = new Set(names.flatMap(actionsOf).filter((action) => action.startsWith('dynamodb:')));
    expect([...actions].sort()).toEqual([
      'dynamodb:BatchGetItem',
      'dynamodb:ConditionCheckItem',
      'dynamodb:DeleteItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
    ]);
  });

  it('send only where they must: the API and the sweep to queues, all but the accrual to the topic', () => {
    for (const name of ['api', 'sweep'] as const) {
      expect(actionsOf(name)).toEqual(expect.arrayContaining(['sqs:SendMessage', 'sqs:DeleteMessage']));
    }
    for (const name of ['api', 'record-usage', 'sweep', 'assess-break-even', 'project-spend'] as const) {
      expect(actionsOf(name)).toContain('sns:Publish');
    }
    for (const name of ['record-usage', 'assess-break-even', 'project-spend', 'accrue-capacity'] as const) {
      expect(actionsOf(name)).not.toContain('sqs:SendMessage');
    }
    expect(actionsOf('accrue-capacity')).not.toContain('sns:Publish');
  });

  it('run by the minute, the hour and the day where they are scheduled', () => {
    const schedules = find('AWS::Events::Rule').map(([, rule]) => rule.Properties['ScheduleExpression']);
    expect(schedules.sort()).toEqual([
      ...['cron(10 2 * * ? *)', 'cron(25 * * * ? *)', 'cron(5 * * * ? *)', 'rate(1 minute)'],
    ]);
  });

  it('are bundled by esbuild into one module that exports the handler', async () => {
    const folder = newFolder();
    expect(bundleHandler(join(import.meta.dirname, '../fixtures/local-host/bundled.ts'), folder)).toBeGreaterThan(0);
    const bundle = (await import(join(folder, 'index.mjs'))) as { handler: () => string };
    expect(bundle.handler()).toBe('bundled');
  });
});

describe('the bundles', () => {
  const bundle = (name: FunctionName): Buffer => {
    const folder = newFolder();
    bundleHandler(join(import.meta.dirname, '../..', sourceOf(name)), folder);
    execFileSync(process.execPath, ['--check', join(folder, 'index.mjs')]);
    return readFileSync(join(folder, 'index.mjs'));
  };

  it.each(['api', 'sweep', 'assess-break-even', 'project-spend', 'accrue-capacity'] as const)(
    '%s is a module that Node can read',
    (name) => {
      expect(bundle(name).byteLength).toBeGreaterThan(0);
    },
  );

  it('record-usage is a module that Node can read, of at most 260 KB gzipped', () => {
    expect(gzipSync(bundle('record-usage')).byteLength).toBeLessThanOrEqual(260_000);
  });
});

describe('the stack', () => {
  it('sends every route of the HTTP API to the API function, with a payload of format 2.0', () => {
    const integrations = new Set(
      find('AWS::ApiGatewayV2::Route').map(([, { Properties }]) => JSON.stringify(Properties['Target'])),
    );
    template.hasResourceProperties('AWS::ApiGatewayV2::Route', { RouteKey: '$default' });
    expect(integrations.size).toBe(1);
    template.hasResourceProperties('AWS::ApiGatewayV2::Integration', { PayloadFormatVersion: '2.0' });
  });

  it('keeps every log for a limited time', () => {
    template.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 });
  });

  const checkedApp = (): App => {
    const app = createLedgerApp(
      {},
      { outdir: newFolder(), context: { [BUNDLING_STACKS]: [] }, analyticsReporting: false },
    );
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    return app;
  };

  it('leaves no finding of the AwsSolutions rules unanswered', () => {
    expect(() => checkedApp().synth()).not.toThrow();
  });

  it('would fail to synthesise with a queue that takes plain HTTP', () => {
    const app = checkedApp();
    new Queue(new Stack(app, 'Careless'), 'Queue');
    expect(() => app.synth()).toThrow(/AwsSolutions-SQS4/);
  });

  it('has not changed unnoticed', () => {
    // The hash of a handler's source changes with every edit and says nothing about the stack.
    const stable = JSON.stringify(json, null, 1).replaceAll(/[0-9a-f]{64}\.zip/g, 'HASH.zip');
    expect(JSON.parse(stable)).toMatchSnapshot();
  });
});
