import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { RejectStore } from '../../lib/adapters/dynamodb/reject-store.ts';
import { TenantStore } from '../../lib/adapters/dynamodb/tenant-store.ts';
import { UnknownFieldStore } from '../../lib/adapters/dynamodb/unknown-field-store.ts';
import { MemoryTable } from '../../lib/adapters/memory/table.ts';
import {
  HISTORY_START_MS,
  MAX_COUNT,
  MAX_EVENT_AGE_MS,
  MAX_EVENT_BYTES,
  MAX_EVENT_LEAD_MS,
  MAX_ID_BYTES,
  MAX_INFLATED_BYTES,
  MAX_MESSAGE_BYTES,
  MAX_MESSAGE_EVENTS,
  MAX_NESTING_DEPTH,
  MAX_TAGS,
  MAX_TEXT_BYTES,
  MAX_UNKNOWN_FIELD_NAMES,
  TIMED_ID_FROM_MS,
  TIMED_ID_UNTIL_MS,
} from '../../lib/contracts/limits.ts';
import { type EventJson, smallEvent } from '../helpers/contract-events.ts';
import { START_MS, steadySurroundings, TENANT, uuidV7 } from '../helpers/ledger-fixtures.ts';
import { auditAll, createWriter } from '../helpers/recording-world.ts';

const at = (timeMs: number): string => new Date(timeMs).toISOString();
const event = (fields: EventJson = {}): EventJson => smallEvent({ time: at(START_MS), model: 'm-1', ...fields });
const tagsOf = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`tag-${n}`, 'x']));
const many = (count: number) => Array.from({ length: count }, (_, n) => event({ id: `call-${n}` }));
const nested = (levels: number) =>
  `{"deep":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)},${JSON.stringify(event()).slice(1)}`;
/** White space is no part of an event, so it is filled up in a field that nobody knows. */
const eventOf = (bytes: number) => {
  const bare = JSON.stringify(event({ filler: '' }));
  return bare.replace('"filler":""', `"filler":"${'x'.repeat(bytes - bare.length)}"`);
};
const inflating = (bytes: number) =>
  JSON.stringify({
    encoding: 'gzip',
    data: gzipSync(JSON.stringify(event()).padEnd(bytes), { level: 1 }).toString('base64'),
  });

/** What became of a message: `recorded` for every call counted, the reasons of what was refused. */
async function outcomesOf(body: string | EventJson, queue: 'usage' | 'import' = 'usage'): Promise<string[]> {
  const memory = new MemoryTable();
  await new TenantStore(memory, () => 0).create(TENANT);
  const counted: string[] = [];
  const write = createWriter(memory, steadySurroundings(), TENANT.tenant);
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const stamp = queue === 'import' ? { tenant: TENANT.tenant } : {};
  const message = { messageId: 'm', body: text, senderId: 'api', sentAtMs: START_MS, queue, stamp } as const;
  expect(await write([message])).toEqual([]);
  const { rejects } = await new RejectStore(memory).list(TENANT.tenant);
  const isRecorded = [...memory.items()].some(({ pk }) => pk.startsWith('C#'));
  if (isRecorded) counted.push('recorded');
  expect(await auditAll(memory, TENANT)).toEqual([]);
  return [...counted, ...rejects.map(({ reason }) => reason)];
}

type Make = (size: number) => string | EventJson;

describe('each limit of the contract, through the queue', () => {
  it.each<[string, number, string, Make]>([
    ['bytes of a text', MAX_TEXT_BYTES, 'too_long', (n) => event({ app: 'a'.repeat(n) })],
    [
      'bytes of a text beyond ASCII',
      MAX_TEXT_BYTES,
      'too_long',
      (n) => event({ team: 'é'.repeat(50) + 'a'.repeat(n - 100) }),
    ],
    ['bytes of a model', MAX_TEXT_BYTES, 'too_long', (n) => event({ model: 'm'.repeat(n) })],
    ['bytes of an id', MAX_ID_BYTES, 'too_long', (n) => event({ id: 'i'.repeat(n) })],
    ['bytes of a user', MAX_ID_BYTES, 'too_long', (n) => event({ user: 'u'.repeat(n) })],
    ['bytes of a session', MAX_ID_BYTES, 'too_long', (n) => event({ session: 's'.repeat(n) })],
    ['bytes of the name of a tag', MAX_TEXT_BYTES, 'too_long', (n) => event({ tags: { ['t'.repeat(n)]: 'x' } })],
    ['bytes of the name of a unit', MAX_TEXT_BYTES, 'too_long', (n) => event({ usage: { ['u'.repeat(n)]: 1 } })],
    ['tags', MAX_TAGS, 'too_many_tags', (n) => event({ tags: tagsOf(n) })],
    ['count of a unit', MAX_COUNT, 'impossible_usage', (n) => event({ usage: { input_tokens: n } })],
    ['bytes of an event', MAX_EVENT_BYTES, 'event_too_large', eventOf],
    ['events of a message', MAX_MESSAGE_EVENTS, 'too_many_events', (n) => JSON.stringify(many(n))],
    ['bytes of a message', MAX_MESSAGE_BYTES, 'message_too_large', (n) => JSON.stringify(event()).padEnd(n)],
    ['bytes of a message once inflated', MAX_INFLATED_BYTES, 'message_too_large', inflating],
    ['levels of nesting', MAX_NESTING_DEPTH, 'too_deep', nested],
  ])('%s: below and at %d recorded, one more refused as %s', async (_what, limit, reason, make) => {
    expect(await outcomesOf(make(limit - 1))).toEqual(['recorded']);
    expect(await outcomesOf(make(limit))).toEqual(['recorded']);
    expect(await outcomesOf(make(limit + 1))).toEqual([reason]);
  });

  it.each<[string, EventJson, EventJson, string]>([
    ['quality', { quality: 1 }, { quality: 1.0000001 }, 'out_of_range'],
    ['confidence', { route: { confidence: 1 } }, { route: { confidence: 1.0000001 } }, 'out_of_range'],
    ['whole of a reported cost', { reported_cost_usd: '999999999' }, { reported_cost_usd: '1000000000' }, 'bad_amount'],
    [
      'fraction of it',
      { reported_cost_usd: `0.${'1'.repeat(18)}` },
      { reported_cost_usd: `0.${'1'.repeat(19)}` },
      'bad_amount',
    ],
    ['count below zero', { usage: { input_tokens: 0 } }, { usage: { input_tokens: -1 } }, 'impossible_usage'],
    ['no usage', { usage: { requests: 0 } }, { usage: {} }, 'missing_field'],
    ['control characters', { app: ' ' }, { app: '\u001f' }, 'bad_text'],
  ])('%s: the last one allowed is recorded, the first one beyond refused', async (_what, allowed, beyond, reason) => {
    expect(await outcomesOf(event(allowed))).toEqual(['recorded']);
    expect(await outcomesOf(event(beyond))).toEqual([reason]);
  });

  it('names of unknown fields: twenty are told apart, the twenty-first is counted with the others', async () => {
    const memory = new MemoryTable();
    await new TenantStore(memory, () => 0).create(TENANT);
    const unknown = Object.fromEntries(
      Array.from({ length: MAX_UNKNOWN_FIELD_NAMES + 1 }, (_, n) => [`field-${n}`, 1]),
    );
    const body = JSON.stringify(event(unknown));
    const message = { messageId: 'm', body, senderId: 'x', sentAtMs: START_MS, queue: 'usage', stamp: {} } as const;
    await createWriter(memory, steadySurroundings(), TENANT.tenant)([message]);
    const names = await new UnknownFieldStore(memory).list(TENANT.tenant);
    expect(names.size).toBe(MAX_UNKNOWN_FIELD_NAMES + 1);
    expect(names.get('(other)')).toBe(1);
  });
});

describe('the oldest and newest times, and one millisecond beyond each', () => {
  const OLDEST_MS = START_MS - MAX_EVENT_AGE_MS;
  const NEWEST_MS = START_MS + MAX_EVENT_LEAD_MS;
  const timed = (timeMs: number) => event({ id: uuidV7(timeMs, 1) });

  it.each<[string, 'usage' | 'import', EventJson, string]>([
    ['the oldest time of the usage queue', 'usage', event({ time: at(OLDEST_MS) }), 'recorded'],
    ['one older', 'usage', event({ time: at(OLDEST_MS - 1) }), 'time_out_of_range'],
    ['what is too old for the usage queue', 'import', event({ time: at(OLDEST_MS - 1) }), 'recorded'],
    ['the first time of history', 'import', event({ time: at(HISTORY_START_MS) }), 'recorded'],
    ['one before it', 'import', event({ time: at(HISTORY_START_MS - 1) }), 'time_out_of_range'],
    ['the newest time', 'usage', event({ time: at(NEWEST_MS) }), 'recorded'],
    ['one newer', 'usage', event({ time: at(NEWEST_MS + 1) }), 'time_out_of_range'],
    ['the newest time', 'import', event({ time: at(NEWEST_MS) }), 'recorded'],
    ['one newer', 'import', event({ time: at(NEWEST_MS + 1) }), 'time_out_of_range'],
    ['an id of the newest time', 'usage', timed(NEWEST_MS), 'recorded'],
    ['an id of one newer', 'usage', timed(NEWEST_MS + 1), 'id_in_future'],
    ['an id of one newer', 'import', timed(NEWEST_MS + 1), 'id_in_future'],
    ['the first id that counts as timed', 'usage', timed(TIMED_ID_FROM_MS), 'recorded'],
    ['an id of one before, which counts as untimed', 'usage', timed(TIMED_ID_FROM_MS - 1), 'recorded'],
    ['the last id that counts as timed', 'usage', timed(TIMED_ID_UNTIL_MS - 1), 'id_in_future'],
    ['an id of one later, which counts as untimed', 'usage', timed(TIMED_ID_UNTIL_MS), 'recorded'],
  ])('%s, through the %s queue', async (_what, queue, body, outcome) => {
    expect(await outcomesOf(body, queue)).toEqual([outcome]);
  });
});
