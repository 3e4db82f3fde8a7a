import { describe, expect, it } from 'vitest';
import { wireApi } from '../../../functions/shared/api-ports.ts';
import type { Outside } from '../../../functions/shared/outside.ts';
import { wireRecording } from '../../../functions/shared/recording.ts';
import { DynamoLedgerReader } from '../../../lib/adapters/dynamodb/ledger-reader.ts';
import { TenantStore } from '../../../lib/adapters/dynamodb/tenant-store.ts';
import { MemoryTable } from '../../../lib/adapters/memory/table.ts';
import { recordUsage, type UsageMessage } from '../../../lib/app/recording/record-usage.ts';
import { findSenderTenant } from '../../../lib/app/recording/resolve-sender.ts';
import { keys } from '../../../lib/contracts/table-keys.ts';
import { createCatalog } from '../../../lib/domain/prices/price-catalog.ts';
import { FakeSubscriber } from '../../helpers/fake-subscriber.ts';
import { FakeChannel } from '../../helpers/held-alert.ts';
import { START_MS, steadySurroundings, TENANT, uuidV7 } from '../../helpers/ledger-fixtures.ts';

const ROLE = 'AROAEXAMPLE0000000001';
const SETTINGS = { directory: { mode: 'trusted', tenant: 'acme' }, apiSenderId: 'AROAAPI' } as const;
const catalog = createCatalog({ version: 'none', models: [], fallbacks: new Map() });

/** Record-usage as it is wired on AWS, over a table that counts who asks for senders. */
async function open() {
  const table = new MemoryTable();
  const surroundings = steadySurroundings();
  const asked: string[] = [];
  const get = table.get.bind(table);
  table.get = (key) => {
    if (key.pk === keys.senderRole('').pk) asked.push(key.sk);
    return get(key);
  };
  const outside: Outside = {
    ...surroundings,
    table,
    publisher: { publish: async () => {}, maxPublishMs: 1_000 },
    drawOwner: () => 'owner',
    leaseMs: 90_000,
    apiUrl: null,
  };
  const tenants = new TenantStore(table, surroundings.now);
  await tenants.create(TENANT);
  await tenants.create({ ...TENANT, tenant: 'globex', senders: [ROLE] });
  const ports = wireRecording(outside, { catalog, senders: SETTINGS, warn: () => {} });
  const send = (messages: readonly UsageMessage[]) => recordUsage(ports, messages, surroundings.now() + 50_000);
  return { table, surroundings, asked, reader: new DynamoLedgerReader(table, tenants), send };
}

const messageOf = (number: number, more: Partial<UsageMessage> = {}): UsageMessage => ({
  messageId: `m-${number}`,
  body: JSON.stringify({
    id: uuidV7(START_MS, number),
    time: new Date(START_MS).toISOString(),
    model: 'm-1',
    usage: { input_tokens: 1 },
  }),
  senderId: `${ROLE}:pod-${number}`,
  sentAtMs: START_MS,
  queue: 'usage',
  stamp: {},
  ...more,
});

describe('a role that a tenant was given', () => {
  it('reports for that tenant', async () => {
    const { reader, send } = await open();
    expect(await send([messageOf(1)])).toEqual([]);
    const statusOf = async (tenant: string) => (await reader.findEntries(tenant, [uuidV7(START_MS, 1)]))[0]?.status;
    expect([await statusOf('globex'), await statusOf('acme')]).toEqual(['recorded', 'unknown']);
  });

  it('costs one read in 30 s, however many messages it sends, and so does one that nobody was given', async () => {
    const { surroundings, asked, send } = await open();
    const batch = Array.from({ length: 50 }, (_, n) => messageOf(n));
    const stranger = batch.map((message, n) => ({ ...message, messageId: `s-${n}`, senderId: 'AROASTRANGER:x' }));
    await send([...batch, ...stranger]);
    await send(batch);
    expect(asked).toEqual([ROLE, 'AROASTRANGER']);
    await surroundings.sleep(30_000);
    await send([messageOf(99)]);
    expect(asked).toEqual([ROLE, 'AROASTRANGER', ROLE]);
  });

  it('is not asked for where a function of the ledger sends', async () => {
    const { asked, send } = await open();
    await send([
      messageOf(1, { senderId: 'AROAAPI:function', stamp: { tenant: 'acme' } }),
      messageOf(2, { senderId: 'AROAAPI:function', queue: 'import', stamp: { tenant: 'acme' } }),
    ]);
    expect(asked).toEqual([]);
  });

  it('is known to the API too, which redrives what came from it', async () => {
    const { table, surroundings } = await open();
    const api = wireApi(table, {
      surroundings,
      queues: { send: async () => {}, depth: async () => ({ usage: 0, import: 0 }), deadLetters: async () => 0 },
      catalog: { catalog, readText: () => '{}' },
      senderMode: 'trusted',
      alerting: { publisher: new FakeChannel(), drawOwner: () => 'owner', leaseMs: 90_000 },
      subscriber: new FakeSubscriber(),
      returnPaths: { deadLetterQueues: {} as never, senders: SETTINGS },
      access: {},
      reportError: () => {},
    });
    expect(await findSenderTenant(api.senders, `${ROLE}:x`)).toBe('globex');
  });
});
