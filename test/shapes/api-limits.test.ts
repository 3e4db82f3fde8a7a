import { describe, expect, it } from 'vitest';
import { createTenant } from '../../lib/app/access/manage-tenants.ts';
import { MAX_ANOMALY_DAYS } from '../../lib/app/anomalies/query-anomalies.ts';
import { MAX_REASON_BYTES } from '../../lib/app/corrections/request-reprice.ts';
import { MAX_STATUS_IDS } from '../../lib/app/recording/entry-status.ts';
import { InvalidRequestError } from '../../lib/app/request-errors.ts';
import { MAX_DAYS, MAX_GROUP_BY } from '../../lib/app/spend/query-spend-plan.ts';
import { MAX_EVENT_LEAD_MS, MAX_MESSAGE_EVENTS } from '../../lib/contracts/limits.ts';
import { createApiWorld } from '../helpers/api-world.ts';
import { smallEvent } from '../helpers/contract-events.ts';
import { START_MS } from '../helpers/ledger-fixtures.ts';

/** Status and, where it was refused, the fields named. */
async function ask(method: string, target: string, body?: unknown): Promise<readonly [number, readonly string[]]> {
  const world = createApiWorld();
  const key = await world.enrol('acme');
  const { status, json } = await world.ask(method, target, { key, ...(body === undefined ? {} : { body }) });
  return [status, status < 400 ? [] : json.errors.map(({ field }: { field: string }) => field)];
}

const spend = (query: string) => ask('GET', `/v1/spend?from=2026-01&to=2026-02&${query}`);
const budget = (fields: object) => ask('POST', '/v1/budgets', { name: 'b', amount_usd: '1', ...fields });
const credit = (fields: object) =>
  ask('POST', '/v1/credits', {
    id: 'c',
    amount_usd: '1',
    from: '2026-01-01',
    to: '2026-01-02',
    reason: 'why',
    ...fields,
  });
const reprice = (reason: string) =>
  ask('POST', '/v1/corrections', { kind: 'reprice', from: '2026-01-01', to: '2026-01-02', reason });
const submit = (count: number) =>
  ask(
    'POST',
    '/v1/events',
    Array.from({ length: count }, (_, n) => smallEvent({ id: `e-${n}`, time: '2026-01-29T18:30:00Z' })),
  );
const percents = (count: number) => Array.from({ length: count }, (_, n) => n + 1);
const daysAfter = (count: number) => new Date(Date.UTC(2020, 0, 1) + count * 86_400_000).toISOString().slice(0, 10);
const span = (granularity: string, days: number) =>
  ask('GET', `/v1/spend?from=2020-01-01&to=${daysAfter(days)}&granularity=${granularity}`);
const status = (ids: readonly string[]) => ask('POST', '/v1/entries/status', { ids });
const DIMENSIONS = ['app', 'team', 'model', 'user'];

describe('each limit of the API', () => {
  it.each<[string, number, readonly [number, string], (size: number) => ReturnType<typeof ask>]>([
    ['ids of one question about entries', MAX_STATUS_IDS, [400, 'ids'], (n) => status(percents(n).map(String))],
    ['characters of such an id', 256, [400, 'ids[0]'], (n) => status(['i'.repeat(n)])],
    ['events of one request', MAX_MESSAGE_EVENTS, [413, 'body'], submit],
    ['dimensions to group by', MAX_GROUP_BY, [400, 'group_by'], (n) => spend(`group_by=${DIMENSIONS.slice(0, n)}`)],
    ['rows of a page', 2_000, [400, 'limit'], (n) => spend(`limit=${n}`)],
    [
      'filters of one question',
      50,
      [400, 'filter'],
      (n) =>
        spend(
          percents(n)
            .map((x) => `filter=app=${x}`)
            .join('&'),
        ),
    ],
    ['days by month', MAX_DAYS.month, [400, 'to'], (n) => span('month', n)],
    ['days by day', MAX_DAYS.day, [400, 'to'], (n) => span('day', n)],
    [
      'days of anomalies',
      MAX_ANOMALY_DAYS,
      [400, 'to'],
      (n) => ask('GET', `/v1/anomalies?from=2020-01-01&to=${daysAfter(n)}`),
    ],
    ['days by hour', MAX_DAYS.hour, [400, 'to'], (n) => span('hour', n)],
    ['bytes of the name of a budget', 128, [400, 'name'], (n) => budget({ name: 'b'.repeat(n) })],
    ['thresholds of a budget', 20, [400, 'thresholds'], (n) => budget({ thresholds: percents(n) })],
    ['percents of a threshold', 1_000, [400, 'thresholds[0]'], (n) => budget({ thresholds: [n] })],
    [
      'bytes of a value that a budget is for',
      256,
      [400, 'filter.app'],
      (n) => budget({ filter: { app: 'a'.repeat(n) } }),
    ],
    ['digits of the amount of a budget', 12, [400, 'amount_usd'], (n) => budget({ amount_usd: '1'.repeat(n) })],
    ['decimals of it', 12, [400, 'amount_usd'], (n) => budget({ amount_usd: `0.${'1'.repeat(n)}` })],
    ['bytes of the reason of a credit', MAX_REASON_BYTES, [400, 'reason'], (n) => credit({ reason: 'r'.repeat(n) })],
    ['bytes of the id of a credit', 256, [400, 'id'], (n) => credit({ id: 'i'.repeat(n) })],
    ['bytes of the reason of a correction', MAX_REASON_BYTES, [400, 'reason'], (n) => reprice('r'.repeat(n))],
  ])('%s: below and at %d taken, one more refused by its field', async (_what, limit, [refusal, field], make) => {
    expect((await make(limit - 1))[0]).toBeLessThan(300);
    expect((await make(limit))[0]).toBeLessThan(300);
    expect(await make(limit + 1)).toEqual([refusal, [field]]);
  });

  it('takes a cursor of up to 4,096 characters for one, and refuses a longer one as too long', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme');
    const expectedOf = async (length: number): Promise<string> => {
      const { status: refused, json } = await world.ask('GET', `/v1/rejects?cursor=${'c'.repeat(length)}`, { key });
      expect([refused, json.errors[0].field]).toEqual([400, 'cursor']);
      return json.errors[0].expected;
    };
    expect(await expectedOf(4_096)).toBe('the "next" of a page of the same list');
    expect(await expectedOf(4_097)).toBe('at most 4096 characters');
  });

  it('takes a body of 6,000,000 bytes and refuses one more before it is read', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme');
    const send = (bytes: number) => world.ask('POST', '/v1/budgets', { key, bytes: Buffer.alloc(bytes, 0x20) });
    expect((await send(6_000_000)).status).toBe(400);
    expect((await send(6_000_001)).status).toBe(413);
  });

  it('answers an event that is too new by its reason, as the queue would keep it', async () => {
    const world = createApiWorld();
    const key = await world.enrol('acme');
    const events = [0, 1].map((late) =>
      smallEvent({ id: `e-${late}`, time: new Date(START_MS + MAX_EVENT_LEAD_MS + late).toISOString() }),
    );
    const { json } = await world.ask('POST', '/v1/events', { key, body: events });
    expect(json.accepted).toBe(1);
    expect(json.rejected).toMatchObject([{ index: 1, reason: 'time_out_of_range', field: 'time' }]);
  });
});

describe('each limit of a tenant', () => {
  it.each<[string, number, string, (size: number) => Parameters<typeof createTenant>[1]]>([
    ['characters of its name', 63, 'name', (n) => ({ tenant: 't'.repeat(n) })],
    ['tags kept as dimensions', 3, 'tag_dimensions', (n) => ({ tenant: 't', tagDimensions: percents(n).map(String) })],
  ])('%s: below and at %d taken, one more refused', async (_what, limit, field, make) => {
    const create = (size: number) => createTenant(createApiWorld().ports, make(size));
    expect(await create(limit - 1)).toBe('created');
    expect(await create(limit)).toBe('created');
    const refusal = await create(limit + 1).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(InvalidRequestError);
    expect((refusal as InvalidRequestError).issues.map((issue) => issue.field)).toEqual([field]);
  });
});
