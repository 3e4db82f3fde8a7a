import { describe, expect, it } from 'vitest';
import { InvalidSettingError } from '../../lib/infra/invalid-setting-error.ts';
import type { LedgerStackProps } from '../../lib/infra/ledger-stack.ts';
import { type SenderSettings, toQueueStatements } from '../../lib/infra/sender-settings.ts';
import { type Statement, synthesize } from '../helpers/stack-template.ts';

const ROLE = 'arn:aws:iam::222222222222:role/services/support-bot';
const TLS = { Bool: { 'aws:SecureTransport': 'false' } };
const ORGANIZATION = 'o-a1b2c3d4e5';

const ofUsageQueue = (senders: SenderSettings) => {
  const stack = synthesize({ senders });
  const queue = stack.find('AWS::SQS::Queue').find(([id]) => id.startsWith('UsageQueue'))?.[0];
  const own = (['api', 'sweep'] as const).map((name) => ({ 'Fn::GetAtt': [stack.roleOf(name), 'Arn'] }));
  const common = { Action: 'sqs:SendMessage', Resource: { 'Fn::GetAtt': [queue, 'Arn'] } };
  const tls = {
    Effect: 'Deny',
    Action: 'sqs:*',
    Principal: { AWS: '*' },
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    Resource: common.Resource,
  };
  const rootOf = (account: string) => ({
    'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:iam::${account}:root`]],
  });
  return { statements: stack.queueStatementsOf('UsageQueue'), own, common, tls, rootOf };
};

describe('the policy of the usage queue', () => {
  it('asks for TLS and nothing else where nobody is named: policies of the own account decide', () => {
    const { statements, tls } = ofUsageQueue({});
    expect(statements).toEqual([tls]);
  });

  it('lets the named accounts send, and nobody else but the ledger', () => {
    const { statements, own, common, tls, rootOf } = ofUsageQueue({ accounts: ['222222222222', '333333333333'] });
    expect(statements).toEqual([
      tls,
      {
        ...common,
        Sid: 'Accounts',
        Effect: 'Allow',
        Principal: { AWS: [rootOf('222222222222'), rootOf('333333333333')] },
      },
      {
        ...common,
        Sid: 'ListedSendersOnly',
        Effect: 'Deny',
        Principal: { AWS: '*' },
        Condition: {
          ArnNotEquals: { 'aws:PrincipalArn': own },
          StringNotEquals: { 'aws:PrincipalAccount': ['222222222222', '333333333333'] },
        },
      },
    ]);
  });

  it('lets the accounts of an organisation send, and nobody else but the ledger', () => {
    const { statements, own, common, tls } = ofUsageQueue({ organizationId: ORGANIZATION });
    expect(statements).toEqual([
      tls,
      {
        ...common,
        Sid: 'Organization',
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Condition: { StringEquals: { 'aws:PrincipalOrgID': ORGANIZATION } },
      },
      {
        ...common,
        Sid: 'ListedSendersOnly',
        Effect: 'Deny',
        Principal: { AWS: '*' },
        Condition: {
          ArnNotEquals: { 'aws:PrincipalArn': own },
          StringNotEquals: { 'aws:PrincipalOrgID': ORGANIZATION },
        },
      },
    ]);
  });

  it('lets the named roles send, and nobody else but the ledger', () => {
    const { statements, own, common, tls } = ofUsageQueue({ roles: [ROLE] });
    expect(statements).toEqual([
      tls,
      {
        ...common,
        Sid: 'Roles',
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Condition: { ArnEquals: { 'aws:PrincipalArn': [ROLE] } },
      },
      {
        ...common,
        Sid: 'ListedSendersOnly',
        Effect: 'Deny',
        Principal: { AWS: '*' },
        Condition: { ArnNotEquals: { 'aws:PrincipalArn': [ROLE, ...own] } },
      },
    ]);
  });

  it('forbids only who is in none of several lists', () => {
    const { statements, own } = ofUsageQueue({
      accounts: ['222222222222'],
      organizationId: ORGANIZATION,
      roles: [ROLE],
    });
    expect(statements.map(({ Sid }) => Sid).slice(1)).toEqual([
      'Accounts',
      'Organization',
      'Roles',
      'ListedSendersOnly',
    ]);
    expect(statements.at(-1)?.Condition).toEqual({
      ArnNotEquals: { 'aws:PrincipalArn': [ROLE, ...own] },
      StringNotEquals: { 'aws:PrincipalAccount': ['222222222222'], 'aws:PrincipalOrgID': ORGANIZATION },
    });
  });

  it('is the same for the import queue whoever may send: the API function and the sweep', () => {
    const before = synthesize().queueStatementsOf('ImportQueue');
    expect(before.map(({ Sid, Effect }) => [Sid, Effect])).toEqual([
      [undefined, 'Deny'],
      ['OwnSendersOnly', 'Deny'],
    ]);
    const senders = { accounts: ['222222222222'], organizationId: ORGANIZATION, roles: [ROLE] };
    expect(synthesize({ senders }).queueStatementsOf('ImportQueue')).toEqual(before);
  });
});

describe('the policy of dead letters', () => {
  // Else a role that may send anywhere could forge a letter, which the sweep sends on in the ledger's own name.
  it.each(['UsageDeadLetters', 'ImportDeadLetters'])(
    'lets nobody send to %s: only SQS itself moves messages there',
    (id) => {
      const stack = synthesize();
      const queue = stack.find('AWS::SQS::Queue').find(([name]) => name.startsWith(id))?.[0];
      expect(stack.queueStatementsOf(id)).toContainEqual({
        Sid: 'NobodySends',
        Effect: 'Deny',
        Action: 'sqs:SendMessage',
        Principal: { AWS: '*' },
        Resource: { 'Fn::GetAtt': [queue, 'Arn'] },
        Condition: { Null: { 'aws:PrincipalArn': 'false' } },
      });
    },
  );
});

describe('the longest policy that is taken', () => {
  const accounts = Array.from({ length: 40 }, (_, n) => String(100_000_000_000 + n));
  const rolesOf = (length: number, count: number) =>
    Array.from({ length: count }, (_, n) => `arn:aws-us-gov:iam::222222222222:role/${'r'.repeat(length)}${n}`);

  it.each([
    [40, 5],
    [40, 20],
    [40, 100],
    [0, 60],
  ])('fits into a queue with %d accounts and roles with names of %d, whatever the stack is called', (count, length) => {
    const settingsOf = (roles: number): SenderSettings => ({
      ...(count > 0 ? { accounts: accounts.slice(0, count) } : {}),
      ...{ organizationId: `o-${'a'.repeat(32)}`, roles: rolesOf(length, roles) },
    });
    let statements: readonly Statement[] | undefined;
    for (let roles = 40; !statements && roles > 0; roles--) {
      try {
        statements = toQueueStatements(settingsOf(roles), 'QUEUE', ['ROLE', 'ROLE']).map((each) => each.toJSON());
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidSettingError);
      }
    }
    const tls = { Effect: 'Deny', Action: 'sqs:*', Principal: { AWS: '*' }, Resource: 'QUEUE', Condition: TLS };
    const text = JSON.stringify({ Version: '2012-10-17', Statement: [tls, ...(statements ?? [])] })
      .replaceAll('QUEUE', `arn:aws-us-gov:sqs:us-gov-west-1:111111111111:${'q'.repeat(80)}`)
      .replaceAll('ROLE', `arn:aws-us-gov:iam::111111111111:role/${'r'.repeat(64)}`)
      // The root of an account, which names its partition only once it is deployed.
      .replace(/\$\{Token\[[^\]]*\]\}/g, 'arn:aws-us-gov:iam::111111111111:root');
    expect(text).not.toContain('Token');
    expect(statements?.length).toBe(count > 0 ? 4 : 3);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(8_192);
  });
});

describe('the tenants of senders', () => {
  const ID = 'AROAEXAMPLE0000000001';
  const directoryOf = (senders?: SenderSettings) => {
    const stack = synthesize(senders ? { senders } : {});
    return JSON.parse(String(stack.variableOf('record-usage', 'SENDERS')));
  };

  it('are the one tenant unless they are told apart', () => {
    expect(directoryOf()).toEqual({ mode: 'trusted', tenant: 'default' });
    expect(directoryOf({ tenant: 'acme', roles: [ROLE] })).toEqual({ mode: 'trusted', tenant: 'acme' });
  });

  it('are by unique id of the role where they are', () => {
    expect(directoryOf({ tenants: { [ID]: 'acme' } })).toEqual({ mode: 'mapped', tenants: { [ID]: 'acme' } });
    expect(directoryOf({ tenants: {} })).toEqual({ mode: 'mapped', tenants: {} });
  });
});

describe('a mistake in who may send', () => {
  const many = (count: number, make: (n: number) => string) => Array.from({ length: count }, (_, n) => make(n));
  const account = (n: number) => String(100_000_000_000 + n);
  const longRole = (n: number) => `arn:aws:iam::222222222222:role/${'r'.repeat(64)}-${n}`;
  const id = (n: number) => `AROAEXAMPLE${String(n).padStart(10, '0')}`;

  it.each<[string, string, SenderSettings]>([
    ['senders.accounts[1]', 'an account of 12 digits, found "12345"', { accounts: ['222222222222', '12345'] }],
    ['senders.organizationId', 'an organisation such as o-a1b2c3d4e5', { organizationId: 'acme' }],
    ['senders.roles[0]', 'the ARN of one role', { roles: ['arn:aws:iam::222222222222:user/x'] }],
    ['senders.roles[0]', 'without wildcards', { roles: ['arn:aws:iam::222222222222:role/*'] }],
    ['senders.roles[0]', 'the ARN of one role', { roles: ['arn:aws:sts::222222222222:assumed-role/name/session'] }],
    ['senders.acounts', 'one of accounts, organizationId', { acounts: ['222222222222'] } as SenderSettings],
    ['senders.accounts', 'one at least, or no list', { accounts: [] }],
    ['senders.roles', 'one at least, or no list', { accounts: ['222222222222'], roles: [] }],
    ['senders.accounts', 'at most 40', { accounts: many(41, account) }],
    ['senders', 'at most 6000 bytes', { roles: many(40, longRole) }],
    ['senders.tenant', 'the name of a tenant', { tenant: 'Acme Inc' }],
    ['senders.tenant', 'nothing beside senders.tenants', { tenant: 'acme', tenants: { [id(1)]: 'acme' } }],
    [`senders.tenants["${ROLE}"]`, 'not its ARN', { tenants: { [ROLE]: 'acme' } }],
    [`senders.tenants["${id(1)}"]`, 'the name of a tenant', { tenants: { [id(1)]: '' } }],
    [
      'senders.tenants',
      'give the others to their tenants',
      { tenants: Object.fromEntries(many(60, id).map((i) => [i, 'acme'])) },
    ],
  ])('is an error that names %s and what was expected: %s', (property, expected, senders) => {
    const props: LedgerStackProps = { senders };
    expect(() => synthesize(props)).toThrow(InvalidSettingError);
    expect(() => synthesize(props)).toThrow(expect.objectContaining({ property, code: 'infra/invalid-setting' }));
    expect(() => synthesize(props)).toThrow(expected);
  });
});
