import { describe, expect, it } from 'vitest';
import { createApi } from '../../../lib/adapters/http/serve.ts';
import { runCli, startApiServer } from '../../helpers/api-server.ts';
import { type ApiWorld, createApiWorld, PRICES } from '../../helpers/api-world.ts';

const call = (id: string, fields: Record<string, unknown> = {}) => ({
  id,
  time: '2026-01-05T10:00:00Z',
  model: 'm-1',
  usage: { input_tokens: 1_000, cache_read_tokens: 400, output_tokens: 100 },
  ...fields,
});

async function record(world: ApiWorld, ...events: readonly unknown[]): Promise<string> {
  const key = await world.enrol('default');
  await world.ask('POST', '/v1/catalog/overrides', { key, body: PRICES });
  const { json } = await world.ask('POST', '/v1/imports', { key, body: { events } });
  expect(json.rejected).toEqual([]);
  await world.drain();
  return key;
}

const entryOf = async (world: ApiWorld, key: string, id: string) =>
  (await world.ask('GET', `/v1/entries/${id}`, { key })).json;
const explain = async (world: ApiWorld, key: string, id: string) =>
  (await world.ask('GET', `/v1/entries/${id}/explain`, { key })).json;
const voidEntry = (world: ApiWorld, key: string, id: string) =>
  world.ask('POST', '/v1/corrections', { key, body: { kind: 'void', id, reason: 'sent by mistake' } });

describe('GET /v1/entries/{id}/explain', () => {
  it('shows event, model, versions, lines that sum to the entry and amounts computed anew', async () => {
    const world = createApiWorld();
    const key = await record(world, call('a', { provider: 'acme' }));
    const json = await explain(world, key, 'a');
    // 600 x $1/M + 400 x $0.10/M + 100 x $2/M = 0.0006 + 0.00004 + 0.0002 = $0.00084
    expect(json).toMatchObject({
      id: 'a',
      status: 'priced',
      is_void: false,
      model: { provider_sent: 'acme', model_sent: 'm-1', model_id: 'm-1', method: 'override' },
      versions: { catalog: 'none', catalog_found: true },
      service_tier: { sent: null, rated_as: 'default' },
      usage: { input_tokens: 600, cache_read_tokens: 400, output_tokens: 100 },
      cost_usd: '0.00084',
      list_cost_usd: '0.00084',
      discount_usd: '0',
      rebuilt: { cost_usd: '0.00084', cost_difference_usd: '0', list_cost_difference_usd: '0', exact: true },
      corrections: [],
      credit: null,
    });
    expect(json.lines.map((line: Record<string, unknown>) => [line['unit'], line['amount_usd']])).toEqual([
      ['input_tokens', '0.0006'],
      ['cache_read_tokens', '0.00004'],
      ['output_tokens', '0.0002'],
    ]);
    expect(json.rates[0]).toMatchObject({ row: null, row_missing: 'model_not_in_catalog' });
  });

  it('finds ids that hold slashes, also one that ends as its own address does', async () => {
    const world = createApiWorld();
    const key = await record(world, call('a/b'), call('a/explain'));
    expect((await explain(world, key, 'a/b')).id).toBe('a/b');
    expect((await explain(world, key, 'a/explain')).id).toBe('a/explain');
    expect((await entryOf(world, key, 'a/b')).id).toBe('a/b');
  });

  it('is a 404 for an id that the ledger does not hold, and for another tenant', async () => {
    const world = createApiWorld();
    await record(world, call('a'));
    const other = await world.enrol('other', 'reader');
    for (const id of ['a', 'nothing']) {
      expect((await world.ask('GET', `/v1/entries/${id}/explain`, { key: other })).status).toBe(404);
    }
  });

  it('shows repricing and void with who, when and why, and says that a void entry counts for nothing', async () => {
    const world = createApiWorld();
    const key = await record(world, call('a'), call('b', { model: 'm-2' }));
    expect(await explain(world, key, 'b')).toMatchObject({
      status: 'unpriced',
      cost_usd: null,
      lines: [],
      size_tier: null,
    });
    const [price] = PRICES.overrides;
    await world.ask('POST', '/v1/catalog/overrides', { key, body: { overrides: [{ ...price, model: 'm-2' }] } });
    await world.settle();
    expect(await entryOf(world, key, 'b')).toMatchObject({
      is_void: false,
      corrections: 1,
      rating: { status: 'priced', cost_usd: '0.00084' },
      recorded: { status: 'unpriced', cost_usd: null, list_cost_usd: null },
    });
    expect((await voidEntry(world, key, 'b')).status).toBe(200);
    const json = await explain(world, key, 'b');
    expect(json).toMatchObject({ is_void: true, status: 'priced', recorded: { status: 'unpriced' } });
    expect(json.corrections).toMatchObject([
      { kind: 'reprice', by: 'ledger', before: { cost_usd: null }, after: { cost_usd: '0.00084' } },
      { kind: 'void', reason: 'sent by mistake', before: { cost_usd: '0.00084' }, after: null },
    ]);
    expect(await entryOf(world, key, 'a')).toMatchObject({ corrections: 0, recorded: null, credit: null });
    expect(world.failures).toEqual([]);
  });
});

describe('POST /v1/entries/status', () => {
  it('says of an id that was voided that it is recorded and void', async () => {
    const world = createApiWorld();
    const key = await record(world, call('a'), call('b'));
    await voidEntry(world, key, 'b');
    const { json } = await world.ask('POST', '/v1/entries/status', { key, body: { ids: ['a', 'b', 'c'] } });
    expect(json.entries).toEqual([
      { id: 'a', commit: 1, status: 'recorded' },
      { id: 'b', commit: 1, status: 'recorded', void: true },
      { id: 'c', commit: null, status: 'unknown' },
    ]);
  });
});

describe('tokenledger explain', () => {
  const ESCAPE = String.fromCharCode(0x9b);

  it('prints the lines with their sum, for people and as one JSON document, and lets nothing steer the terminal', async () => {
    const world = createApiWorld();
    const key = await record(world, call('a', { provider: `ev${ESCAPE}2Jil` }));
    const server = await startApiServer(world);
    const env = { TOKENLEDGER_URL: server.url, TOKENLEDGER_KEY: key };
    const shown = await runCli(['explain', 'a'], env);
    expect([shown.code, shown.err]).toEqual([0, []]);
    const text = shown.out.join('\n');
    expect(text).toMatch(/^sum +0\.00084 +0\.00084$/m);
    expect(text).toContain('computed anew from the rates above: 0.00084, no difference');
    expect(text).toContain('never corrected');
    expect(text).toContain('[1] a price of your own: the catalog does not know the model');
    expect(text).toContain('provider ev?2Jil');
    expect(text).not.toContain(ESCAPE);
    const { code, out } = await runCli(['explain', 'a', '--json'], env);
    expect([code, out.length, JSON.parse(out[0] ?? '').cost_usd]).toEqual([0, 1, '0.00084']);
    expect((await runCli(['explain', 'nothing'], env)).code).toBe(1);
    expect((await runCli(['explain'], env)).code).toBe(2);
    await voidEntry(world, key, 'a');
    const voided = (await runCli(['explain', 'a'], env)).out.join('\n');
    expect(voided).toContain('VOID, counts for nothing; it was priced');
    expect(voided).toMatch(/^void .* 0\.00084 +void +sent by mistake$/m);
    await server.stop();
  });

  it('shows the rates by which a response-cache hit saved what it did', async () => {
    const world = createApiWorld();
    const key = await record(world, call('hit', { response_cache_hit: true }));
    const server = await startApiServer(world);
    const { out } = await runCli(['explain', 'hit'], { TOKENLEDGER_URL: server.url, TOKENLEDGER_KEY: key });
    expect(out.join('\n')).toMatch(/^output_tokens +2 /m);
    expect(out).toContain('answered from a response cache, which saved 0.00084');
    await server.stop();
  });

  it('exits with 1 and says so when the amounts computed anew differ', async () => {
    const world = createApiWorld();
    const key = await record(world, call('a'));
    const { reader } = world.ports;
    // A damaged entry, one picodollar off.
    const findEntries: typeof reader.findEntries = async (tenant, ids) =>
      (await reader.findEntries(tenant, ids)).map((found) => {
        if (found.status !== 'recorded') return found;
        const rating = { ...found.entry.rating, costPicoUsd: (found.entry.rating.costPicoUsd ?? 0n) + 1n };
        return { ...found, entry: { ...found.entry, rating } };
      });
    const damaged: typeof reader = Object.assign(Object.create(reader), { findEntries });
    const serve = createApi({ ...world.ports, reader: damaged });
    const server = await startApiServer({ ...world, serve });
    const { code, out } = await runCli(['explain', 'a'], { TOKENLEDGER_URL: server.url, TOKENLEDGER_KEY: key });
    expect(code).toBe(1);
    expect(out.join('\n')).toContain('WRONG: computed anew it is 0.00084; difference 0.000000000001');
    await server.stop();
  });
});
