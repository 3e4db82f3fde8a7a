import { describe, expect, it } from 'vitest';
import { runCli, startApiServer } from '../../helpers/api-server.ts';
import { createApiWorld, PRICES } from '../../helpers/api-world.ts';

const call = (id: string, time: string, fields: Record<string, unknown>) => ({
  id,
  time,
  usage: { input_tokens: 1_000 },
  ...fields,
});

/** One call without a price in December and January each, one priced in part, one priced in full. */
async function createWorld() {
  const world = createApiWorld();
  const key = await world.enrol('default');
  await world.ask('POST', '/v1/catalog/overrides', { key, body: PRICES });
  const events = [
    call('old', '2025-12-05T10:00:00Z', { model: 'm-2', team: 'cx' }),
    call('none', '2026-01-05T10:00:00Z', { model: 'm-2', team: 'cx' }),
    call('part', '2026-01-05T10:00:00Z', { model: 'm-1', team: 'ml', usage: { input_tokens: 1_000, images: 1 } }),
    call('unit', '2026-01-05T10:00:00Z', { model: 'm-1', team: 'ml', usage: { images: 1 } }),
    call('full', '2026-01-05T10:00:00Z', { model: 'm-1', team: 'cx' }),
  ];
  await world.ask('POST', '/v1/imports', { key, body: { events } });
  await world.drain();
  for (const [name, filter] of [
    ['all', {}],
    ['cx', { team: 'cx' }],
  ] as const) {
    await world.ask('POST', '/v1/budgets', { key, body: { name, amount_usd: '1', filter } });
  }
  const lacking = async (path: string, at: (json: never) => unknown = (json) => json) => {
    const { json } = await world.ask('GET', path, { key });
    const reasons = (at(json as never) as { incomplete_reasons: { reason: string; count: number }[] })
      .incomplete_reasons;
    const count = (name: string) => reasons.find(({ reason }) => reason === name)?.count ?? 0;
    return [count('unpriced'), count('partially_priced')];
  };
  const budget = (index: number) => lacking('/v1/budgets', (json) => json['budgets'][index]['current']);
  const status = async () => {
    const { json } = await world.ask('GET', '/v1/status', { key });
    return [json.unpriced_calls, json.partially_priced_calls];
  };
  return { world, key, lacking, budget, status };
}

describe('calls without a full price', () => {
  it('are counted in every answer that they touch', async () => {
    const { world, key, lacking, budget, status } = await createWorld();
    // January: "none" and "unit" have no price, "part" has one for its tokens alone.
    expect(await lacking('/v1/spend')).toEqual([2, 1]);
    expect(await lacking('/v1/spend?from=2025-12&to=2026-02')).toEqual([3, 1]);
    expect(await lacking('/v1/spend?filter=team=cx')).toEqual([1, 0]);
    // The forecast is of January, and says of December apart from it that a call there has no price.
    expect(await lacking('/v1/forecast')).toEqual([2, 1]);
    const { history } = (await world.ask('GET', '/v1/forecast', { key })).json;
    expect(history).toMatchObject({ unpriced_calls: 1, partially_priced_calls: 0 });
    expect(await budget(0)).toEqual([2, 1]);
    expect(await budget(1)).toEqual([1, 0]);
    // December is known to the status once the ledger has looked for prices there.
    expect(await status()).toEqual([2, 1]);
    await world.settle();
    expect(await status()).toEqual([3, 1]);
  });

  it('are no longer when their price has come', async () => {
    const { world, key, lacking, budget, status } = await createWorld();
    const [price] = PRICES.overrides;
    const overrides = [
      { ...price, model: 'm-2' },
      { model: 'm-1', provider: '*', rates: { images: '0.04' }, per: 1 },
    ];
    await world.ask('POST', '/v1/catalog/overrides', { key, body: { overrides } });
    await world.settle();
    for (const answer of [lacking('/v1/spend'), lacking('/v1/forecast'), budget(0), budget(1), status()]) {
      expect(await answer).toEqual([0, 0]);
    }
    expect(world.failures).toEqual([]);
  });

  it('are told of by the command line, beside a CSV as well', async () => {
    const { world, key } = await createWorld();
    const server = await startApiServer(world);
    const env = { TOKENLEDGER_URL: server.url, TOKENLEDGER_KEY: key };
    const lines = async (...args: string[]) => (await runCli(args, env)).out.join('\n');
    expect(await lines('spend')).toContain('2 unpriced, 1 partially priced');
    expect(await lines('forecast')).toMatch(/before the period 1 unpriced\n.* 2 unpriced, 1 partially priced/);
    expect(await lines('status')).toMatch(/^unpriced +2 calls, and 1 priced in part$/m);
    expect(await lines('budgets', 'list')).toMatch(/^all .* 3$/m);
    const csv = await runCli(['spend', '--csv'], env);
    expect(csv.err.join('\n')).toContain('2 unpriced, 1 partially priced');
    expect(csv.out.join('\n')).not.toContain('partially priced');
    await server.stop();
  });
});
