import type { SQSRecord } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { toUsageMessage } from '../../../functions/shared/usage-message.ts';
import { DynamoLedgerReader } from '../../../lib/adapters/dynamodb/ledger-reader.ts';
import { RejectStore } from '../../../lib/adapters/dynamodb/reject-store.ts';
import { TenantStore } from '../../../lib/adapters/dynamodb/tenant-store.ts';
import { MemoryTable } from '../../../lib/adapters/memory/table.ts';
import { writeStamp } from '../../../lib/app/recording/message-stamp.ts';
import { findSenderTenant, resolveSender, type SenderPolicy } from '../../../lib/app/recording/resolve-sender.ts';
import type { SenderDirectory } from '../../../lib/contracts/environment.ts';
import { START_MS, steadySurroundings, TENANT, uuidV7 } from '../../helpers/ledger-fixtures.ts';
import { createWriter } from '../../helpers/recording-world.ts';

const FIRST_ROLE = 'AROAFIRST000000000001';
const SECOND_ROLE = 'AROASECOND00000000002';
const IMPORT_ARN = 'arn:aws:sqs:eu-central-1:111111111111:import';

/** Sender roles by a map, with the ids that were asked for. */
const rolesOf = (tenants: Readonly<Record<string, string>>) => {
  const asked: string[] = [];
  const find = async (roleId: string) => {
    asked.push(roleId);
    return Object.hasOwn(tenants, roleId) ? tenants[roleId] : undefined;
  };
  return { asked, find };
};

const policyOf = (directory: SenderDirectory, roles?: ReturnType<typeof rolesOf>): SenderPolicy => ({
  directory,
  apiSenderId: 'AROAAPI',
  sweepSenderId: 'AROASWEEP',
  ...(roles ? { roles } : {}),
});

describe('the tenant of a sender', () => {
  it('is what the map of the stack says, and then nothing is read', async () => {
    const roles = rolesOf({ [FIRST_ROLE]: 'globex' });
    const policy = policyOf({ mode: 'mapped', tenants: { [FIRST_ROLE]: 'acme' } }, roles);
    expect(await findSenderTenant(policy, `${FIRST_ROLE}:pod-7`)).toBe('acme');
    expect(roles.asked).toEqual([]);
  });

  it('is else the tenant that was given the role, in a trusting ledger too', async () => {
    const roles = rolesOf({ [SECOND_ROLE]: 'globex' });
    const mapped = policyOf({ mode: 'mapped', tenants: {} }, roles);
    const trusting = policyOf({ mode: 'trusted', tenant: 'default' }, roles);
    expect(await findSenderTenant(mapped, `${SECOND_ROLE}:pod-7`)).toBe('globex');
    expect(await findSenderTenant(trusting, SECOND_ROLE)).toBe('globex');
    expect(await findSenderTenant(mapped, FIRST_ROLE)).toBeUndefined();
    expect(await findSenderTenant(trusting, FIRST_ROLE)).toBe('default');
  });

  it('is the stamp of a function of the ledger, without a read', async () => {
    const roles = rolesOf({});
    const policy = policyOf({ mode: 'mapped', tenants: {} }, roles);
    const stamp = { tenant: 'acme' };
    const own = { isOwn: true, tenant: 'acme' };
    expect(await resolveSender(policy, { senderId: 'AROAAPI:fn', queue: 'usage', stamp })).toEqual(own);
    // A function whose id is not known yet does not make a sender without one its own.
    const unset = { ...policy, apiSenderId: '' };
    expect(await resolveSender(unset, { senderId: '', queue: 'usage', stamp })).toMatchObject({ isOwn: false });
    expect(await resolveSender(policy, { senderId: 'AROASWEEP:fn', queue: 'usage', stamp })).toEqual(own);
    expect(await resolveSender(policy, { senderId: 'AROAAPI:fn', queue: 'usage', stamp: {} })).toEqual({ isOwn: true });
    expect(roles.asked).toEqual([]);
  });

  it('is never the stamp of anybody else', async () => {
    const policy = policyOf({ mode: 'mapped', tenants: { [SECOND_ROLE]: 'globex' } }, rolesOf({}));
    const stamp = { tenant: 'acme' };
    expect(await resolveSender(policy, { senderId: `${SECOND_ROLE}:x`, queue: 'usage', stamp })).toEqual({
      isOwn: false,
      tenant: 'globex',
    });
    expect(await resolveSender(policy, { senderId: 'AROASTRANGER:x', queue: 'usage', stamp })).toEqual({
      isOwn: false,
    });
  });
});

describe('a second role that sends for the first tenant', () => {
  const event = (number: number, tenant?: string) => ({
    id: uuidV7(START_MS, number),
    time: new Date(START_MS).toISOString(),
    model: 'm-1',
    usage: { input_tokens: 10 },
    ...(tenant === undefined ? {} : { tenant }),
  });

  /** A record as the queue hands it to record-usage, with a forged stamp of the first tenant where asked. */
  const recordOf = (number: number, role: string, body: unknown, isForged: boolean): SQSRecord => ({
    messageId: `message-${role}-${number}`,
    receiptHandle: '-',
    body: JSON.stringify(body),
    attributes: {
      SenderId: `${role}:session-${number % 3}`,
      SentTimestamp: String(START_MS),
      ApproximateReceiveCount: '1',
      ApproximateFirstReceiveTimestamp: String(START_MS),
    },
    messageAttributes: Object.fromEntries(
      [...(isForged ? writeStamp({ tenant: 'acme' }) : [])].map(([name, stringValue]) => [
        name,
        { stringValue, dataType: 'String', stringListValues: [], binaryListValues: [] },
      ]),
    ),
    md5OfBody: '-',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-central-1:111111111111:usage',
    awsRegion: 'eu-central-1',
  });

  async function open(senders: SenderPolicy) {
    const table = new MemoryTable();
    const surroundings = steadySurroundings();
    const tenants = new TenantStore(table, surroundings.now);
    for (const tenant of ['acme', 'globex']) await tenants.create({ ...TENANT, tenant });
    const write = createWriter(table, surroundings, 'acme', { senders });
    const reader = new DynamoLedgerReader(table, tenants);
    const rejects = new RejectStore(table);
    return {
      send: (records: readonly SQSRecord[]) => write(records.map((record) => toUsageMessage(record, IMPORT_ARN))),
      callsOf: async (tenant: string) => {
        const month = { granularity: 'month', fromDay: '2026-01-01', toDay: '2026-02-01' } as const;
        const { rows } = await reader.rollups(tenant, month);
        return rows.reduce((sum, { measures }) => sum + (measures.calls ?? 0n), 0n);
      },
      reasonsOf: async (tenant: string) => {
        const reasons: string[] = [];
        let next: string | undefined;
        do {
          const page = await rejects.list(tenant, next);
          reasons.push(...page.rejects.map(({ reason }) => reason));
          next = page.next;
        } while (next !== undefined);
        return reasons;
      },
    };
  }

  const hundred = Array.from({ length: 100 }, (_, number) => number);

  it.each([
    [
      'by the map of the stack',
      policyOf({ mode: 'mapped', tenants: { [FIRST_ROLE]: 'acme', [SECOND_ROLE]: 'globex' } }),
    ],
    [
      'by its own tenant',
      policyOf({ mode: 'mapped', tenants: { [FIRST_ROLE]: 'acme' } }, rolesOf({ [SECOND_ROLE]: 'globex' })),
    ],
    ['in a trusting ledger', policyOf({ mode: 'trusted', tenant: 'acme' }, rolesOf({ [SECOND_ROLE]: 'globex' }))],
  ])('is refused 100 of 100 times where it was given a tenant %s, and the first role 0 of 100', async (_, senders) => {
    const { send, callsOf, reasonsOf } = await open(senders);
    const wrong = hundred.map((n) => recordOf(n, SECOND_ROLE, event(n, 'acme'), true));
    const right = hundred.map((n) => recordOf(n, FIRST_ROLE, event(1_000 + n, 'acme'), false));
    expect(await send([...wrong, ...right])).toEqual([]);
    expect(await reasonsOf('globex')).toEqual(hundred.map(() => 'tenant_mismatch'));
    expect(await reasonsOf('acme')).toEqual([]);
    expect([await callsOf('acme'), await callsOf('globex')]).toEqual([100n, 0n]);
  });

  it('is refused 100 of 100 times where it belongs to nobody, whatever it forges', async () => {
    const { send, callsOf, reasonsOf } = await open(policyOf({ mode: 'mapped', tenants: { [FIRST_ROLE]: 'acme' } }));
    expect(await send(hundred.map((n) => recordOf(n, SECOND_ROLE, event(n), n % 2 === 0)))).toEqual([]);
    expect(await reasonsOf('-')).toEqual(hundred.map(() => 'sender_unknown'));
    expect([await callsOf('acme'), await callsOf('globex')]).toEqual([0n, 0n]);
  });

  it('sends its messages back to the queue while its tenant cannot be read', async () => {
    const find = async (): Promise<never> => {
      throw new Error('the table does not answer');
    };
    const { send, callsOf } = await open({ ...policyOf({ mode: 'trusted', tenant: 'acme' }), roles: { find } });
    expect(await send([recordOf(1, SECOND_ROLE, event(1), false)])).toEqual([`message-${SECOND_ROLE}-1`]);
    expect(await callsOf('acme')).toBe(0n);
  });
});
