import { describe, expect, it } from 'vitest';
import { RejectStore } from '../../../lib/adapters/dynamodb/reject-store.ts';
import { TableBusyError } from '../../../lib/adapters/dynamodb/table.ts';
import { TenantStore } from '../../../lib/adapters/dynamodb/tenant-store.ts';
import { MemoryTable } from '../../../lib/adapters/memory/table.ts';
import { recordUsage, type UsageMessage } from '../../../lib/app/recording/record-usage.ts';
import { MAX_RETURNS, redriveDeadLetters } from '../../../lib/app/rejects/redrive-dead-letters.ts';
import type { DeadLetter, DeadLetterQueues, StampedMessage } from '../../../lib/app/rejects/reject-ports.ts';
import { createApiWorld } from '../../helpers/api-world.ts';
import { START_MS, TENANT } from '../../helpers/ledger-fixtures.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const FAR_MS = Number.MAX_SAFE_INTEGER;

const eventOf = (id: string) =>
  JSON.stringify({ id, time: new Date(START_MS).toISOString(), model: 'm-1', usage: { input_tokens: 1 } });

const letterOf = (messageId: string, over: Partial<DeadLetter> = {}): DeadLetter => ({
  messageId,
  body: eventOf(messageId),
  senderId: 'AROAPOD:pod',
  sentAtMs: START_MS,
  stamp: {},
  receipt: `receipt of ${messageId}`,
  ...over,
});

function createWorld(letters: DeadLetter[], from: 'usage' | 'import' = 'usage') {
  const table = new MemoryTable();
  const sent: StampedMessage[] = [];
  const calls: string[] = [];
  const hidden = new Map<DeadLetter, number>();
  const queues: DeadLetterQueues = {
    sendStamped: async (queue, messages) => {
      calls.push(`send ${queue} ${messages.length}`);
      sent.push(...messages);
    },
    receive: async (queue) => (queue === from ? letters.filter((letter) => !hidden.has(letter)).slice(0, 10) : []),
    remove: async (_queue, done) => {
      calls.push(`remove ${done.length}`);
      for (const letter of done) letters.splice(letters.indexOf(letter), 1);
    },
    postpone: async (_queue, later, seconds) => {
      for (const letter of later) hidden.set(letter, seconds);
    },
  };
  const world = { nowMs: START_MS + HOUR_MS };
  const tenants = new TenantStore(table, () => world.nowMs);
  const ports = {
    deadLetterQueues: queues,
    rejects: new RejectStore(table),
    tenants,
    senders: {
      directory: { mode: 'mapped' as const, tenants: { AROAPOD: 'acme', AROALATE: 'late' } },
      apiSenderId: 'AROAAPI',
      sweepSenderId: 'AROASWEEP',
    },
    now: () => world.nowMs,
  };
  return { world, table, sent, calls, hidden, ports, letters, create: () => tenants.create(TENANT) };
}

describe('dead letters', () => {
  it('go back with the tenant of their sender, their first arrival and their first name', async () => {
    const { ports, sent, letters, calls, create } = createWorld([letterOf('a')]);
    await create();
    const report = await redriveDeadLetters(ports, FAR_MS);
    expect(report).toEqual({ sentBack: 1, keptAsRejects: 0, postponed: 0, failed: 0 });
    const returnedAtMs = START_MS + HOUR_MS;
    const stamp = { tenant: 'acme', firstArrivalMs: START_MS, firstMessageId: 'a', returns: 1, returnedAtMs };
    expect(sent).toEqual([{ body: eventOf('a'), stamp }]);
    // Sent first, removed then: dying between the two leaves a duplicate, never a gap.
    expect([calls, letters]).toEqual([['send usage 1', 'remove 1'], []]);
  });

  it('keep what the sweep stamped on them before, and whatever others stamped means nothing', async () => {
    const stamp = { tenant: 'acme', firstArrivalMs: 5, firstMessageId: 'first', returns: 2, returnedAtMs: 7 };
    const { ports, sent, create } = createWorld([
      letterOf('a', { senderId: 'AROASWEEP:sweep', stamp }),
      letterOf('b', { stamp: { ...stamp, tenant: 'other' } }),
    ]);
    await create();
    await redriveDeadLetters(ports, FAR_MS);
    expect(sent.map((message) => message.stamp)).toMatchObject([
      { firstArrivalMs: 5, firstMessageId: 'first', returns: 3 },
      { tenant: 'acme', firstArrivalMs: START_MS, firstMessageId: 'b', returns: 1 },
    ]);
  });

  it('of imports have stamps of the ledger too, and forged ones mean nothing', async () => {
    const stamp = { tenant: 'acme', firstArrivalMs: 5, firstMessageId: 'first' };
    const letters = [letterOf('api', { senderId: 'AROAAPI:api', stamp }), letterOf('forged', { stamp })];
    const nobody = letterOf('nobody', { senderId: 'AROANOBODY:x', stamp });
    const { ports, sent, create } = createWorld(
      [...letters, letterOf('other', { senderId: 'AROALATE:x', stamp }), nobody],
      'import',
    );
    await create();
    await ports.tenants.create({ ...TENANT, tenant: 'late' });
    expect(await redriveDeadLetters(ports, FAR_MS)).toMatchObject({ sentBack: 3, keptAsRejects: 1 });
    expect(sent.map((message) => message.stamp)).toMatchObject([
      { tenant: 'acme', firstArrivalMs: 5, firstMessageId: 'first' },
      { tenant: 'acme', firstArrivalMs: START_MS, firstMessageId: 'forged' },
      { tenant: 'late', firstArrivalMs: START_MS, firstMessageId: 'other' },
    ]);
  });

  it('wait longer each time they come back, and not at all for a person', async () => {
    // Before the third return: 15 min x 2 = 30 min after the second.
    const stamp = { tenant: 'acme', returns: 2, returnedAtMs: START_MS };
    const { ports, world, hidden, letters, create, sent } = createWorld([
      letterOf('a', { senderId: 'AROASWEEP:s', stamp }),
    ]);
    await create();
    world.nowMs = START_MS + 30 * MINUTE_MS - 1;
    expect(await redriveDeadLetters(ports, FAR_MS)).toMatchObject({ sentBack: 0, postponed: 1 });
    expect([...hidden.values(), letters.length]).toEqual([1, 1]);
    hidden.clear();
    world.nowMs = START_MS;
    await redriveDeadLetters(ports, FAR_MS);
    // It is looked at every 15 minutes at least.
    expect([...hidden.values()]).toEqual([900]);
    hidden.clear();
    expect(await redriveDeadLetters(ports, FAR_MS, true)).toMatchObject({ sentBack: 1, postponed: 0 });
    // Its two returns stay two: eight are to take more than a day, whatever a person does.
    expect(sent.at(-1)?.stamp).toMatchObject({ returns: 2, returnedAtMs: START_MS });
  });

  it('become rejects, and are removed only then, when they cannot be read, belong to nobody or keep failing', async () => {
    const exhausted = { tenant: 'acme', firstMessageId: 'first', firstArrivalMs: START_MS, returns: MAX_RETURNS };
    const { ports, letters, create, table } = createWorld([
      letterOf('text', { body: 'Dear ledger' }),
      letterOf('late', { senderId: 'AROALATE:pod' }),
      letterOf('stranger', { senderId: 'AROAWHO:pod' }),
      letterOf('stubborn', { senderId: 'AROASWEEP:s', stamp: exhausted }),
      letterOf('seventh', { senderId: 'AROASWEEP:s', stamp: { ...exhausted, returns: MAX_RETURNS - 1 } }),
      letterOf('fine'),
    ]);
    await create();
    const report = await redriveDeadLetters(ports, FAR_MS);
    expect(report).toEqual({ sentBack: 2, keptAsRejects: 4, postponed: 0, failed: 0 });
    expect(letters).toEqual([]);
    const store = new RejectStore(table);
    const reasonsOf = async (tenant: string) =>
      (await store.list(tenant)).rejects.map(({ reason, messageId }) => `${reason} ${messageId}`).sort();
    expect(await reasonsOf('acme')).toEqual(['keeps_failing first', 'not_json text']);
    expect(await reasonsOf('-')).toEqual(['sender_unknown stranger', 'tenant_unknown late']);
  });

  it('stay where they are while the table does not answer', async () => {
    const { ports, letters, create } = createWorld([letterOf('a', { body: 'no JSON' }), letterOf('b')]);
    await create();
    const rejects = {
      ...ports.rejects,
      settle: async () => {},
      keep: async () => {
        throw new TableBusyError('throttled');
      },
    };
    const untilMs = ports.now() + 1;
    const moving = { ...ports, rejects, now: () => untilMs - (letters.length > 1 ? 1 : 0) };
    expect(await redriveDeadLetters(moving, untilMs)).toMatchObject({ sentBack: 1, failed: 1 });
    expect(letters.map(({ messageId }) => messageId)).toEqual(['a']);
  });

  it('are no more than a thousand in one run', async () => {
    const { ports, letters, create } = createWorld(Array.from({ length: 1_015 }, (_, n) => letterOf(`l-${n}`)));
    await create();
    expect(await redriveDeadLetters(ports, FAR_MS)).toMatchObject({ sentBack: 1_000 });
    expect(letters).toHaveLength(15);
  });

  it('fit into their queue again although the first sender used all the room there was', async () => {
    const body = `${eventOf('a').slice(0, -1)},"filler":"${'f'.repeat(1_048_000)}"}`;
    const { ports, sent, create } = createWorld([letterOf('a', { body: `[${eventOf('b')},${body}]` })]);
    await create();
    await redriveDeadLetters(ports, FAR_MS);
    expect(sent).toHaveLength(1);
    expect(Buffer.byteLength(sent[0]?.body ?? '')).toBeLessThan(100_000);
  });

  it('are of every tenant, so that with several only an org-admin sends them back', async () => {
    const api = createApiWorld();
    const admin = await api.enrol('default', 'admin');
    const ask = async (key: string) => (await api.ask('POST', '/v1/dead-letters/redrive', { key })).status;
    expect(await ask(admin)).toBe(200);
    const other = await api.enrol('other', 'admin');
    const orgAdmin = await api.enrol('other', 'org-admin');
    api.givenUp.push({ ...letterOf('a'), queue: 'usage' });
    expect([await ask(admin), await ask(other)]).toEqual([403, 403]);
    expect((await api.ask('GET', '/v1/dead-letters', { key: admin })).json).toEqual({ dead_letters: 1 });
    expect(await ask(orgAdmin)).toBe(200);
    expect((await api.ask('GET', '/v1/dead-letters', { key: admin })).json).toEqual({ dead_letters: 0 });
  });

  it('leave one reject for one bad event, however often the message is sent back', async () => {
    const api = createApiWorld();
    const key = await api.enrol('default', 'admin');
    const body = `[${eventOf('good')},{"id":"bad"}]`;
    const message: UsageMessage & DeadLetter = {
      ...{ ...letterOf('m1', { body }), queue: 'usage' },
    };
    // Its good event was not settled in time, ten times over; its bad one was kept each time.
    await recordUsage(api.writer, [message], Number.NEGATIVE_INFINITY);
    await recordUsage(api.writer, [message], Number.NEGATIVE_INFINITY);
    api.givenUp.push(message);
    const answer = await api.ask('POST', '/v1/dead-letters/redrive', { key });
    expect(answer.json).toEqual({ sent_back: 1, kept_as_rejects: 0, postponed: 0, failed: 0 });
    expect((await api.ask('GET', '/v1/dead-letters', { key })).json).toEqual({ dead_letters: 0 });
    await api.drain();
    expect((await api.ports.reader.findEntries('default', ['good']))[0]?.status).toBe('recorded');
    expect((await api.ask('GET', '/v1/rejects', { key })).json.rejects).toHaveLength(1);
    expect(await api.ports.rejects.count('default')).toBe(1);
  });
});
