import { describe, expect, it } from 'vitest';
import { createApiWorld } from '../../helpers/api-world.ts';

const MODELS = {
  overrides: [
    ['large', { input_tokens: '10', cache_read_tokens: '1', output_tokens: '30' }],
    ['small', { input_tokens: '1', cache_read_tokens: '0.5', output_tokens: '4' }],
    ['seeing', { input_tokens: '1', input_image_tokens: '1', output_tokens: '4' }],
  ].map(([model, rates]) => ({ model, provider: '*', rates, per: 1_000_000, replace: true })),
};

const call = (id: string, fields: Record<string, unknown> = {}) => ({
  ...{ id, time: '2026-01-29T10:00:00Z', model: 'large', app: 'chat' },
  usage: { input_tokens: 1_000, output_tokens: 100 },
  ...fields,
});

async function createWorld(events: readonly unknown[]) {
  const world = createApiWorld();
  const key = await world.enrol('default');
  await world.ask('POST', '/v1/catalog/overrides', { key, body: MODELS });
  for (let at = 0; at < events.length; at += 500) {
    const sent = await world.ask('POST', '/v1/imports', { key, body: { events: events.slice(at, at + 500) } });
    expect(sent.json.rejected).toEqual([]);
    await world.drain();
  }
  const ask = (body: Record<string, unknown>) =>
    world.ask('POST', '/v1/what-if', { key, body: { from: '2026-01', to: '2026-02', changes: [], ...body } });
  return { world, key, ask };
}

const toSmall = { kind: 'model', model: 'small' };

describe('POST /v1/what-if', () => {
  it('tells by dimension and by change what calls would have cost', async () => {
    const { ask, world } = await createWorld([
      call('a'),
      call('b', { app: 'code', usage: { input_tokens: 2_000, output_tokens: 100 } }),
      call('c', { app: 'code', model: 'small' }),
    ]);
    const { json } = await ask({
      group_by: ['app'],
      changes: [toSmall, { kind: 'response_cache', share: '0.25', filter: ['app=chat'] }],
    });
    // a: 1,000 x $10/M + 100 x $30/M = $0.013; a quarter is a hit, the rest 0.75 x (0.001 + 0.0004) = $0.00105
    // b: $0.023 -> 2,000 x $1/M + 0.0004 = $0.0024; c: small already, $0.0014
    expect(json.rows).toEqual([
      {
        ...{ app: 'code', calls: 2, unpriced_calls: 0, changed_calls: 1 },
        ...{ cost_before_usd: '0.0244', cost_after_usd: '0.0038', difference_usd: '-0.0206' },
      },
      {
        ...{ app: 'chat', calls: 1, unpriced_calls: 0, changed_calls: 1 },
        ...{ cost_before_usd: '0.013', cost_after_usd: '0.00105', difference_usd: '-0.01195' },
      },
    ]);
    expect(json.total).toEqual({
      ...{ calls: 3, unpriced_calls: 0, changed_calls: 2, cost_before_usd: '0.0374', cost_after_usd: '0.00485' },
      ...{ difference_usd: '-0.03255', fixed_cost_usd: '0' },
    });
    // The hits come first: 0.25 x $0.013; then 0.75 x (0.013 - 0.0014) + 0.0206.
    expect(json.steps).toMatchObject([
      { change: null, kind: 'rerated', difference_usd: '0' },
      { change: 1, kind: 'response_cache', calls: 1, changed_calls: 1, difference_usd: '-0.00325', left: [] },
      { change: 0, kind: 'model', calls: 3, changed_calls: 2, difference_usd: '-0.0293', left: [] },
    ]);
    expect(json.decided_by).toEqual([
      { input: 'changes[0].model', difference_usd: '-0.0293' },
      { input: 'changes[1].share', difference_usd: '-0.00325' },
    ]);
    expect(json.assumed.map(({ text }: { text: string }) => text).join(' ')).toMatch(/no quality is compared/);
    expect(json).toMatchObject({ complete: false, progress_ratio: 1, audit: null, prefixes: null, advice: null });
    expect(json.incomplete_reasons).toEqual([{ reason: 'period_open', count: 1 }]);
    expect(world.failures).toEqual([]);
  });

  it('counts calls that would lose their price and leaves them as they were: never $0', async () => {
    const { ask } = await createWorld([call('a'), call('b', { model: 'nobody-knows' })]);
    const { json } = await ask({ group_by: ['model'], changes: [{ kind: 'model', model: 'unheard-of' }] });
    expect(json.total).toMatchObject({ cost_before_usd: '0.013', cost_after_usd: '0.013', changed_calls: 0 });
    expect(json.total.unpriced_calls).toBe(1);
    expect(json.steps[1].left).toEqual([
      { reason: 'unpriced', calls: 1, unpriced_calls: 0, cost_usd: '0.013' },
      { reason: 'unpriced_before', calls: 1, unpriced_calls: 1, cost_usd: null },
    ]);
    // What is known of no call of a row is not known: null, not $0.
    const unknown = { unpriced_calls: 1, cost_before_usd: null, cost_after_usd: null, difference_usd: null };
    expect(json.rows.find(({ model }: { model: string }) => model === 'nobody-knows')).toMatchObject(unknown);
    expect(json.incomplete_reasons).toContainEqual({ reason: 'unpriced', count: 1 });
  });

  it('is of the calls asked for: by time, by filter, without voids and credits, and of no other tenant', async () => {
    const { world, key, ask } = await createWorld([
      call('a'),
      call('b', { time: '2026-01-29T11:00:00Z' }),
      call('c', { app: 'code' }),
      call('d'),
    ]);
    const credit = { id: 'credit', amount_usd: '1', from: '2026-01-29', to: '2026-01-30', reason: 'service' };
    expect((await world.ask('POST', '/v1/credits', { key, body: credit })).status).toBe(201);
    await world.ask('POST', '/v1/corrections', { key, body: { kind: 'void', id: 'd', reason: 'a mistake' } });
    await world.drain();
    const all = await ask({ changes: [toSmall] });
    expect(all.json.total).toMatchObject({ calls: 3, cost_before_usd: '0.039' });
    const hour = { from: '2026-01-29T10:00:00Z', to: '2026-01-29T11:00:00Z', filter: ['app=chat'] };
    expect((await ask({ ...hour, changes: [toSmall] })).json.total).toMatchObject({ calls: 1, changed_calls: 1 });
    const starting = await ask({ changes: [{ ...toSmall, from: '2026-01-29T10:30:00Z' }] });
    expect(starting.json.total).toMatchObject({ calls: 3, changed_calls: 1 });
    const atOnce = await ask({ changes: [{ ...toSmall, from: '2026-01-29T11:00:00Z' }] });
    expect(atOnce.json.total.changed_calls).toBe(1);
    const other = await world.enrol('other');
    const body = { from: '2026-01', to: '2026-02', changes: [toSmall] };
    const ofOther = await world.ask('POST', '/v1/what-if', { key: other, body });
    expect(ofOther.json).toMatchObject({ rows: [], total: { calls: 0, cost_before_usd: '0' } });
  });

  it('puts the fixed cost of own machines beside the calls that leave the bill', async () => {
    const { ask } = await createWorld([call('a'), call('b', { usage: { input_tokens: 9_000, output_tokens: 100 } })]);
    const { json } = await ask({
      from: '2026-01-29',
      to: '2026-01-30',
      changes: [{ kind: 'self_host', monthly_cost_usd: '31', context_tokens: 2_000 }],
    });
    // It is 18:30 of that day: 18.5 of 744 hours of January at $31 a month = $0.770833333333.
    expect(json.total).toMatchObject({ fixed_cost_usd: '0.770833333333', cost_before_usd: '0.106' });
    // b does not fit and stays at 9,000 x $10/M + $0.003 = $0.093.
    expect(json.total.cost_after_usd).toBe('0.863833333333');
    expect(json.steps[1]).toMatchObject({
      ...{ difference_usd: '0.757833333333', changed_calls: 1 },
      left: [{ reason: 'context_window', calls: 1, unpriced_calls: 0, cost_usd: '0.093' }],
    });
  });

  it('leaves with the provider what a known open model does not take: its window, its kind, and what is no text', async () => {
    const { ask } = await createWorld([
      call('a'),
      call('long', { usage: { input_tokens: 131_000, output_tokens: 73 } }),
      call('embedding', { operation: 'embeddings' }),
      call('picture', { model: 'seeing', usage: { input_tokens: 500, input_image_tokens: 100, output_tokens: 10 } }),
    ]);
    const { json } = await ask({ changes: [{ kind: 'self_host', monthly_cost_usd: '1', model: 'Llama-3.3-70B' }] });
    expect(json.total).toMatchObject({ calls: 4, changed_calls: 1 });
    const left = json.steps[1].left.map(({ reason, calls }: { reason: string; calls: number }) => [reason, calls]);
    expect(new Map(left)).toEqual(
      new Map([
        ['context_window', 1],
        ['kind', 1],
        ['modality', 1],
      ]),
    );
  });

  it('adds nothing for a capacity on the days on which it is booked already', async () => {
    const { world, key, ask } = await createWorld([call('a')]);
    const own = {
      kind: 'self_hosted',
      from: '2026-01-29',
      price_usd: '31',
      per: 'month',
      covers: { deployment: 'own' },
    };
    expect((await world.ask('PUT', '/v1/capacities/own', { key, body: own })).status).toBeLessThan(300);
    const changes = [{ kind: 'self_host', capacity: 'own' }];
    const of = async (from: string) => (await ask({ from, to: '2026-01-30', changes })).json.total;
    expect(await of('2026-01-29')).toMatchObject({ fixed_cost_usd: '0', cost_after_usd: '0' });
    // Two days before it is there, at $1 each.
    expect(await of('2026-01-27')).toMatchObject({ fixed_cost_usd: '2', cost_after_usd: '2' });
    const decided = await ask({ from: '2026-01-29', to: '2026-01-30', changes });
    expect(decided.json.decided_by[0].input).toBe('changes[0].capacity');
    const both = await ask({ changes: [{ kind: 'self_host', capacity: 'own', monthly_cost_usd: '1' }] });
    expect(both.json.errors[0].field).toBe('changes[0].monthly_cost_usd');
    const unknown = await ask({ changes: [{ kind: 'self_host', capacity: 'nobodys' }] });
    expect(unknown.json.errors[0].field).toBe('changes[0].capacity');
  });

  it('says what comes of prices that changed since as a step of its own', async () => {
    const { world, key, ask } = await createWorld([call('a')]);
    const dearer = { model: 'large', provider: '*', rates: { input_tokens: '20' }, per: 1_000_000 };
    await world.ask('POST', '/v1/catalog/overrides', { key, body: { overrides: [dearer] } });
    const { json } = await ask({ changes: [toSmall] });
    // Recorded $0.013; at today's prices 0.02 + 0.003 = $0.023, and $0.0014 with the other model.
    expect(json.steps.map((step: { difference_usd: string }) => step.difference_usd)).toEqual(['0.01', '-0.0216']);
    expect(json.total).toMatchObject({ cost_before_usd: '0.013', cost_after_usd: '0.0014' });
  });

  it('answers a long period in parts that add up exactly', async () => {
    const events = Array.from({ length: 23_000 }, (_, index) =>
      call(`call-${index}`, { usage: { input_tokens: 1_000 + index, output_tokens: index % 7 } }),
    );
    const { world, key, ask } = await createWorld(events);
    const question = { changes: [{ ...toSmall, share: '0.333333' }], group_by: ['app'] };
    const parts = [await ask(question)];
    while (parts.at(-1)?.json.next) parts.push(await ask({ ...question, cursor: parts.at(-1)?.json.next }));
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.reduce((sum, { json }) => sum + json.total.calls, 0)).toBe(23_000);
    const picos = (text: string) => BigInt(Math.round(Number(text) * 1e12));
    let expected = 0n;
    for (let index = 0; index < 23_000; index++) {
      const [input, output] = [BigInt(1_000 + index), BigInt(index % 7)];
      const [large, small] = [input * 10_000_000n + output * 30_000_000n, input * 1_000_000n + output * 4_000_000n];
      // Whole millions of picoUSD: no share of a millionth is ever rounded.
      expected += (large * 666_667n + small * 333_333n) / 1_000_000n;
    }
    expect(parts.reduce((sum, { json }) => sum + picos(json.total.cost_after_usd), 0n)).toBe(expected);
    const cursor = parts[0]?.json.next;
    const stale = await ask({ ...question, group_by: [], cursor });
    expect([stale.status, stale.json.errors[0].field]).toEqual([400, 'cursor']);
    const body = { from: '2026-01', to: '2026-02', ...question, cursor };
    const other = await world.ask('POST', '/v1/what-if', { key: await world.enrol('other'), body });
    expect([other.status, other.json.errors[0].field]).toEqual([400, 'cursor']);
    // What is recorded between two parts is in neither: every part is of the commits that the first one found.
    await world.ask('POST', '/v1/imports', { key, body: { events: [call('late')] } });
    await world.drain();
    expect((await ask({ ...question, cursor })).json.total).toEqual(parts[1]?.json.total);
    // Rated at other prices it would not add up with the first part.
    const dearer = { model: 'small', provider: '*', rates: { input_tokens: '2' }, per: 1_000_000 };
    await world.ask('POST', '/v1/catalog/overrides', { key, body: { overrides: [dearer] } });
    const changed = await ask({ ...question, cursor });
    expect([changed.status, changed.json.detail]).toEqual([409, expect.stringContaining('ask again from the start')]);
  }, 60_000);
});

describe('a large answer', () => {
  it('comes in parts of some 2,500 rows that leave none out, and audits come in parts of 10,000 calls', async () => {
    const events = Array.from({ length: 10_100 }, (_, index) =>
      call(`call-${index}`, {
        feature: `f-${index % 5_001}`,
        usage: { input_tokens: index % 5_001 === 7 ? 1 : 1_000, output_tokens: 0 },
      }),
    );
    const { ask } = await createWorld(events);
    const question = { group_by: ['feature'], changes: [toSmall] };
    const parts = [(await ask(question)).json];
    while (parts.at(-1).next) parts.push((await ask({ ...question, cursor: parts.at(-1).next })).json);
    for (const { rows, total } of parts) {
      // A part looks up after every hundred calls.
      expect(rows.length).toBeLessThanOrEqual(2_600);
      expect(rows.reduce((sum: number, { calls }: { calls: number }) => sum + calls, 0)).toBe(total.calls);
    }
    expect(parts.reduce((sum, { total }) => sum + total.calls, 0)).toBe(10_100);
    const names = parts.flatMap(({ rows }) => rows.map(({ feature }: { feature: string }) => feature));
    expect(new Set(names).size).toBe(5_001);
    const audit = await ask({ audit: true });
    expect([audit.json.audit.calls, audit.json.advice]).toEqual([10_000, null]);
    const rest = await ask({ audit: true, cursor: audit.json.next });
    expect([rest.json.audit.calls, rest.json.next]).toEqual([100, undefined]);
  }, 60_000);
});

describe('a question that cannot be answered as asked', () => {
  it.each([
    ['a share above 1', { changes: [{ kind: 'response_cache', share: '1.1' }] }, 'changes[0].share'],
    ['a share that is no decimal text', { changes: [{ kind: 'response_cache', share: '-0.5' }] }, 'changes[0].share'],
    ['a share with an exponent', { changes: [{ kind: 'response_cache', share: '1e-3' }] }, 'changes[0].share'],
    ['a share as a number', { changes: [{ kind: 'response_cache', share: 0.5 }] }, 'changes[0].share'],
    [
      'a share with seven digits',
      { changes: [{ kind: 'lazy_tools', needed_share: '0.1234567' }] },
      'changes[0].needed_share',
    ],
    ['neither model nor provider', { changes: [{ kind: 'model' }] }, 'changes[0].model'],
    ['a ratio below 1', { changes: [{ kind: 'compress', compressed_share: '1', ratio: '0.5' }] }, 'changes[0].ratio'],
    [
      'no reads a write',
      { changes: [{ kind: 'prompt_cache', share: '1', reads_per_write: '0' }] },
      'changes[0].reads_per_write',
    ],
    [
      'more reads a write than a share has room for',
      { changes: [{ kind: 'prompt_cache', share: '0.95', reads_per_write: '18.9' }] },
      'changes[0].reads_per_write',
    ],
    ['a kind that is none', { changes: [{ kind: 'magic' }] }, 'changes[0].kind'],
    ['a field that is none', { changes: [{ ...toSmall, colour: 'red' }] }, 'changes[0].colour'],
    ['a dimension that is none', { changes: [{ ...toSmall, filter: ['colour=red'] }] }, 'changes[0].filter'],
    ['a start that is no time', { changes: [{ ...toSmall, from: 'yesterday' }] }, 'changes[0].from'],
    [
      'an unknown open model',
      { changes: [{ kind: 'self_host', monthly_cost_usd: '1', model: 'nobody' }] },
      'changes[0].model',
    ],
    ['a negative cost', { changes: [{ kind: 'self_host', monthly_cost_usd: '-1' }] }, 'changes[0].monthly_cost_usd'],
    ['parts beyond all of a prompt', { assumed_parts: { system: '0.6', history: '0.5' } }, 'assumed_parts'],
    ['a part that is none', { assumed_parts: { soul: '0.6' } }, 'assumed_parts.soul'],
    ['eleven changes', { changes: Array.from({ length: 11 }, () => toSmall) }, 'changes'],
    ['four dimensions', { group_by: ['app', 'model', 'team', 'feature'] }, 'group_by'],
    ['an end before the start', { from: '2026-02', to: '2026-01' }, 'to'],
    ['more than 400 days', { from: '2024-01', to: '2026-01' }, 'to'],
    ['a cursor that is none', { cursor: 'eyJ' }, 'cursor'],
  ])('is refused with the name of the field: %s', async (_, body, field) => {
    const { ask } = await createWorld([]);
    const { status, json } = await ask(body);
    expect([status, json.errors.map((issue: { field: string }) => issue.field)]).toEqual([400, [field]]);
  });

  it('is refused where changes of one kind take more than all of some calls, and not where they cannot meet', async () => {
    const { ask } = await createWorld([call('a')]);
    const half = { ...toSmall, share: '0.6' };
    const both = await ask({ changes: [half, { ...half, model: 'large' }] });
    expect(both.json.errors.map((issue: { field: string }) => issue.field)).toEqual(['changes[0]', 'changes[1]']);
    const apart = await ask({
      changes: [
        { ...half, filter: ['app=a'] },
        { ...half, model: 'large', filter: ['app=b'] },
      ],
    });
    expect(apart.status).toBe(200);
    const complexities = await ask({
      changes: [
        { ...toSmall, complexity: 'simple' },
        { ...toSmall, model: 'large', complexity: 'hard' },
      ],
    });
    expect(complexities.status).toBe(200);
    const rest = { ...toSmall, share: 'rest' };
    const one = await ask({ changes: [{ ...toSmall, model: 'large', share: '0.9' }, rest] });
    expect([one.status, one.json.steps[2]?.changed_calls]).toEqual([200, 1]);
    expect((await ask({ changes: [rest, { ...rest, model: 'large' }] })).json.errors).toHaveLength(2);
    expect((await ask({ changes: [{ ...rest, complexity: 'simple' }] })).json.errors[0].field).toBe('changes[0].share');
    const caches = [0, 1].map((index) => ({ kind: 'prompt_cache', share: `0.${index}` }));
    expect((await ask({ changes: caches })).status).toBe(400);
  });
});
