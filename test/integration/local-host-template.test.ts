import { describe, expect, it } from 'vitest';
import { synthesizeLedgerTemplate } from '../../lib/infra/ledger-app.ts';
import { nextFiringMs } from '../../lib/local/schedules.ts';
import { resolveValue } from '../../lib/local/template.ts';
import { findHttpFunction } from '../../lib/local/wiring.ts';

const resources = new Map([
  ['AWS::Region', { ref: 'us-east-1', attributes: {} }],
  ['Queue', { ref: 'http://queue', attributes: { Arn: 'arn:queue' } }],
]);

describe('resolveValue', () => {
  it.each([
    [{ Ref: 'Queue' }, 'http://queue'],
    [{ 'Fn::GetAtt': ['Queue', 'Arn'] }, 'arn:queue'],
    [{ 'Fn::GetAtt': 'Queue.Arn' }, 'arn:queue'],
    [{ 'Fn::Join': ['-', ['a', { Ref: 'AWS::Region' }, 1]] }, 'a-us-east-1-1'],
    [{ 'Fn::Sub': `\${Queue.Arn}/\${AWS::Region}/\${!Literal}` }, `arn:queue/us-east-1/\${Literal}`],
    [{ 'Fn::Sub': [`\${x}@\${Queue}`, { x: { Ref: 'AWS::Region' } }] }, 'us-east-1@http://queue'],
    [
      { a: [{ b: { Ref: 'Queue' } }], c: null },
      { a: [{ b: 'http://queue' }], c: null },
    ],
  ])('replaces %j', (value, expected) => {
    expect(resolveValue(value, resources)).toEqual(expected);
  });

  it.each([{ Ref: 'Nobody' }, { 'Fn::GetAtt': ['Queue', 'Nothing'] }, { 'Fn::ImportValue': 'x' }])(
    'refuses %j instead of guessing',
    (value) => {
      expect(() => resolveValue(value, resources)).toThrow(/cannot run this template/);
    },
  );
});

describe('nextFiringMs', () => {
  const at = (text: string): number => Date.parse(text);

  it('counts a rate from the start of the host', () => {
    const startedMs = at('2026-11-21T10:00:30Z');
    expect(nextFiringMs('rate(1 minute)', startedMs, startedMs)).toBe(at('2026-11-21T10:01:30Z'));
    // 10:05:29 is 4 min 59 s after the start: the fifth firing is one second away.
    expect(nextFiringMs('rate(1 minute)', at('2026-11-21T10:05:29Z'), startedMs)).toBe(at('2026-11-21T10:05:30Z'));
    expect(nextFiringMs('rate(2 days)', startedMs, startedMs)).toBe(at('2026-11-23T10:00:30Z'));
    // Five seconds for a minute.
    expect(nextFiringMs('rate(2 minutes)', startedMs, startedMs, 5_000)).toBe(at('2026-11-21T10:00:40Z'));
  });

  it.each([
    ['cron(10 2 * * ? *)', '2026-11-21T02:09:59Z', '2026-11-21T02:10:00Z'],
    ['cron(10 2 * * ? *)', '2026-11-21T02:10:00Z', '2026-11-22T02:10:00Z'],
    ['cron(0 * * * ? *)', '2026-12-31T23:30:00Z', '2027-01-01T00:00:00Z'],
  ])('%s after %s fires at %s', (expression, after, expected) => {
    expect(nextFiringMs(expression, at(after), 0)).toBe(at(expected));
  });

  it('refuses an expression that it would read wrongly', () => {
    for (const expression of [
      'cron(0/5 * * * ? *)',
      'cron(0 8 ? * MON *)',
      'rate(0 minutes)',
      'at(2026-01-01T00:00:00)',
    ]) {
      expect(() => nextFiringMs(expression, 0, 0)).toThrow(/schedule/);
    }
  });
});

describe('findHttpFunction', () => {
  it('refuses a template whose callers nobody can check here, and says what to do', () => {
    const callers = { AROAEXAMPLE0000000001: { tenant: 'acme', role: 'reader' } } as const;
    const template = synthesizeLedgerTemplate({ access: { iam: { callers } } });
    expect(() => findHttpFunction(template, new Map())).toThrow(
      /asks for AWS_IAM identities, which nobody checks here; start it without the stack property access/,
    );
  });

  it('refuses a template without a route for everything', () => {
    const pool = new Map([['Answer', {} as never]]);
    const template = {
      Resources: {
        Integration: {
          Type: 'AWS::ApiGatewayV2::Integration',
          Properties: { IntegrationUri: { 'Fn::GetAtt': ['Answer', 'Arn'] } },
        },
        Route: {
          Type: 'AWS::ApiGatewayV2::Route',
          Properties: {
            RouteKey: 'POST /v1/events',
            Target: { 'Fn::Join': ['', ['integrations/', { Ref: 'Integration' }]] },
          },
        },
      },
    };
    expect(() => findHttpFunction(template, pool)).toThrow(/no route for everything/);
  });
});
