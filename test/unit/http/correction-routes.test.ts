import { describe, expect, it } from 'vitest';
import { createApiWorld, PRICES } from '../../helpers/api-world.ts';

const JANUARY = { from: '2026-01', to: '2026-02' };

/** Prices of `m-1`, twice as dear as {@link PRICES}. */
const DEARER = {
  overrides: PRICES.overrides.map((price) => ({ ...price, rates: { input_tokens: '2', output_tokens: '4' } })),
};

const call = (id: string, time: string, model = 'm-1') => ({
  id,
  time,
  model,
  usage: { input_tokens: 1_000, output_tokens: 100 },
});

/** Two calls of January at 1,000 x $1/M + 100 x $2/M = $0.0012 each, and one of a model that nobody knows. */
async function withCalls() {
  const world = createApiWorld();
  const key = await world.enrol('default');
  await world.ask('POST', '/v1/catalog/overrides', { key, body: PRICES });
  const events = [
    call('a', '2026-01-05T10:00:00Z'),
    call('b', '2026-01-06T10:00:00Z'),
    call('c/1', '2026-01-06T11:00:00Z', 'm-9'),
  ];
  await world.ask('POST', '/v1/imports', { key, body: { events } });
  await world.drain();
  const spend = async () => (await world.ask('GET', '/v1/spend?from=2026-01&to=2026-02', { key })).json;
  return { ...world, key, spend };
}

describe('POST /v1/corrections', () => {
  it('voids an entry at once, and says so when it is asked again', async () => {
    const { ask, key, spend } = await withCalls();
    const body = { kind: 'void', id: 'c/1', reason: 'a test' };
    const first = await ask('POST', '/v1/corrections', { key, body });
    expect(first).toMatchObject({
      status: 200,
      json: {
        outcome: 'voided',
        order: { number: 1, kind: 'void', id: 'c/1', state: 'done', corrected: 1, reason: 'a test' },
      },
    });
    expect((await spend()).total).toMatchObject({ calls: 2, unpriced_calls: 0, cost_usd: '0.0024' });
    expect(await ask('POST', '/v1/corrections', { key, body })).toMatchObject({
      status: 200,
      json: { outcome: 'already_void', order: null },
    });
  });

  it('answers an id that the ledger does not hold with 404', async () => {
    const { ask, key } = await withCalls();
    const { status } = await ask('POST', '/v1/corrections', { key, body: { kind: 'void', id: 'x', reason: 'r' } });
    expect(status).toBe(404);
  });

  it('names the field that is wrong', async () => {
    const { ask, key } = await withCalls();
    const fields = async (body: Readonly<Record<string, unknown>>) => {
      const { status, json } = await ask('POST', '/v1/corrections', { key, body });
      return [status, ...json.errors.map(({ field, expected }: Record<string, string>) => `${field}: ${expected}`)];
    };
    const reprice = { kind: 'reprice', ...JANUARY, reason: 'r' };
    expect(await fields({ ...reprice, from: '2026-02' })).toEqual([400, 'to: a time after from; it is excluded']);
    expect(await fields({ ...reprice, from: '31.1.' })).toEqual([400, expect.stringMatching(/^from: a local day/)]);
    expect(await fields({ ...reprice, catalog_version: 'x' })).toEqual([400, 'catalog_version: one of none']);
    expect(await fields({ ...reprice, reason: 'x'.repeat(501) })).toEqual([400, 'reason: 1 to 500 bytes of text']);
    expect(await fields({ ...reprice, model: '' })).toEqual([400, expect.stringMatching(/^model: /)]);
    expect(await fields({ ...reprice, until: 'x' })).toEqual([400, 'until: no such field or parameter']);
    expect(await fields({ kind: 'void', id: 'a' })).toEqual([400, expect.stringMatching(/^reason: /)]);
    expect(await fields({ kind: 'undo' })).toEqual([400, 'kind: one of void, reprice']);
  });

  it('gives no order where the window holds no calls', async () => {
    const { ask, key } = await withCalls();
    const body = { kind: 'reprice', from: '2025-01', to: '2025-02', reason: 'r' };
    const answer = await ask('POST', '/v1/corrections', { key, body });
    expect(answer).toMatchObject({ status: 200, json: { outcome: 'nothing_to_do', order: null } });
  });
});

describe('the way of a repricing', () => {
  it('is not about credits, which have no price', async () => {
    const { ask, key } = await withCalls();
    const credit = { id: 'credit-1', amount_usd: '5', from: '2026-01-01', to: '2026-02-01', reason: 'a promise' };
    await ask('POST', '/v1/credits', { key, body: { ...credit, allocation: 'proportional' } });
    const before = await ask('POST', '/v1/corrections/preview', { key, body: JANUARY });
    // The two priced calls and the one that nobody knows, which keep what they have.
    expect(before.json).toEqual({
      ...{ rows: [], examined: 3, complete: false, as_of: '2026-01-29T18:30:00.000Z' },
      incomplete_reasons: [
        { reason: 'unpriced', count: 1 },
        { reason: 'period_open', count: 1 },
      ],
    });
  });

  it('is preview, order, run, list: and afterwards the preview is empty', async () => {
    const { ask, key, table, spend, failures } = await withCalls();
    // The price changes behind the ledger's back, so that no order follows from it.
    const [change] = await table.query({ pk: 'OVERRIDE#default' });
    if (!change) throw new Error('no override');
    const other = createApiWorld();
    const otherKey = await other.enrol('default');
    await other.ask('POST', '/v1/catalog/overrides', { key: otherKey, body: DEARER });
    const [dearer] = await other.table.query({ pk: 'OVERRIDE#default' });
    await table.put({ ...change, ...dearer, sk: change.sk.replace(/1$/, '2'), version: 'v2' });
    const preview = await ask('POST', '/v1/corrections/preview', { key, body: JANUARY });
    // Twice as dear: 0.0024 instead of 0.0012 each; the model that nobody knows stays so.
    const row = {
      tenant: 'default',
      model: 'm-1',
      entries: 1,
      newly_priced: 0,
      cost_before_usd: '0.0012',
      cost_after_usd: '0.0024',
    };
    expect(preview.json).toMatchObject({
      rows: ['2026-01-05', '2026-01-06'].map((day) => ({
        ...row,
        day,
        list_cost_before_usd: '0.0012',
        list_cost_after_usd: '0.0024',
        difference_usd: '0.0012',
      })),
      examined: 3,
    });
    const body = { kind: 'reprice', ...JANUARY, model: 'm-1', reason: 'new contract' };
    const ordered = await ask('POST', '/v1/corrections', { key, body });
    expect(ordered).toMatchObject({
      status: 202,
      json: {
        outcome: 'ordered',
        order: { number: 1, state: 'running', progress_ratio: 0, corrected: 0, model: 'm-1' },
        incomplete_reasons: [{ reason: 'order_running', count: 1 }],
      },
    });
    const done = await ask('POST', '/v1/corrections/1/run', { key });
    expect(done.json).toMatchObject({
      state: 'done',
      progress_ratio: 1,
      examined: 2,
      corrected: 2,
      cost_difference_usd: '0.0024',
      complete: true,
    });
    expect((await spend()).total).toMatchObject({ calls: 3, cost_usd: '0.0048', unpriced_calls: 1 });
    expect((await ask('POST', '/v1/corrections/preview', { key, body: JANUARY })).json.rows).toEqual([]);
    const { json } = await ask('GET', '/v1/corrections', { key });
    expect(done.json).toMatchObject(json.orders[0]);
    expect(json).toMatchObject({ complete: true, orders: [{ number: 1 }] });
    expect((await ask('GET', '/v1/corrections/1', { key })).json).toEqual(done.json);
    expect((await ask('POST', '/v1/corrections/1/run', { key })).json).toEqual(done.json);
    for (const path of ['/v1/corrections/2', '/v1/corrections/x', '/v1/corrections/1/2']) {
      expect((await ask('GET', path, { key })).status).toBe(404);
    }
    expect(failures).toEqual([]);
  });

  it('looks through every page, and takes back its own cursors only', async () => {
    const { ask, drain, key } = await withCalls();
    const more = Array.from({ length: 12 }, (_, index) => call(`m${index}`, '2026-01-07T10:00:00Z'));
    for (const event of more) {
      await ask('POST', '/v1/imports', { key, body: { events: [event] } });
      await drain();
    }
    const { json } = await ask('POST', '/v1/corrections/preview', { key, body: { ...JANUARY, cursor: 'made-up' } });
    expect(json.errors).toEqual([{ field: 'cursor', expected: 'the "next" of a page of the same list' }]);
    const all = await ask('POST', '/v1/corrections/preview', { key, body: JANUARY });
    expect(all.json).toMatchObject({ rows: [], examined: 15 });
  });
});

describe('an override that reaches recorded calls', () => {
  it('answers with the order that reprices them', async () => {
    const { ask, key, spend } = await withCalls();
    const stored = await ask('POST', '/v1/catalog/overrides', { key, body: DEARER });
    expect(stored.json).toMatchObject({ outcome: 'stored', orders: [1] });
    await ask('POST', '/v1/corrections/1/run', { key });
    const { json } = await ask('GET', '/v1/corrections', { key });
    expect(json.orders).toMatchObject([
      { kind: 'override', override: { scope: 'tenant', number: 2 }, corrected: 2, state: 'done' },
    ]);
    expect((await spend()).total).toMatchObject({ cost_usd: '0.0048' });
  });

  it('makes answers complete that were not, without anyone asking', async () => {
    const { ask, drain, settle, key, spend } = await withCalls();
    const unknown = Array.from({ length: 1_000 }, (_, index) => call(`u${index}`, '2026-01-08T10:00:00Z', 'm-9'));
    await ask('POST', '/v1/imports', { key, body: { events: unknown } });
    await drain();
    await settle();
    expect(await spend()).toMatchObject({
      complete: false,
      incomplete_reasons: expect.arrayContaining([{ reason: 'unpriced', count: 1_001 }]),
    });
    const row = { model: 'm-9', provider: '*', rates: { input_tokens: '1', output_tokens: '2' }, per: 1_000_000 };
    await ask('POST', '/v1/catalog/overrides', { key, body: { overrides: [row] } });
    await settle();
    const after = await spend();
    // 1,003 calls at $0.0012.
    expect(after.total).toMatchObject({ calls: 1_003, unpriced_calls: 0, cost_usd: '1.2036' });
    expect(after.incomplete_reasons.map(({ reason }: { reason: string }) => reason)).not.toContain('unpriced');
  });
});
