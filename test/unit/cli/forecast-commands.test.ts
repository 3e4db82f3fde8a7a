import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiServer, runCli, startApiServer } from '../../helpers/api-server.ts';
import { type ApiWorld, createApiWorld, PRICES } from '../../helpers/api-world.ts';

let world: ApiWorld;
let server: ApiServer;
let env: Record<string, string>;

/** A million input tokens at $1 on each of the first 28 days of January 2026; today is the 29th. */
beforeEach(async () => {
  world = createApiWorld();
  server = await startApiServer(world);
  const key = await world.enrol('default');
  env = { TOKENLEDGER_URL: server.url, TOKENLEDGER_KEY: key };
  await world.ask('POST', '/v1/catalog/overrides', { key, body: PRICES });
  const events = Array.from({ length: 28 }, (_, index) => ({
    id: `call-${index}`,
    time: `2026-01-${String(index + 1).padStart(2, '0')}T10:00:00Z`,
    team: 'cx',
    model: 'm-1',
    usage: { input_tokens: 1_000_000 },
  }));
  await world.ask('POST', '/v1/imports', { key, body: { events } });
  await world.drain();
});

afterEach(() => server.stop());

const run = (...args: string[]) => runCli(args, env);

describe('tokenledger forecast', () => {
  it('tells where the month ends, and on what it is based', async () => {
    const { code, out } = await run('forecast');
    expect(code).toBe(0);
    expect(out[0]).toBe('2026-01: $28 so far');
    expect(out[1]).toMatch(/^at its end: \$31\.00, with 80 % between \$3\d\.\d\d and \$3\d\.\d\d$/);
    expect(out[2]).toBe('ready: weighted_replay on 28 days since 2026-01-01');
  });

  it('is of any scope, period and unit, split by a dimension', async () => {
    const { out } = await run(
      ...['forecast', '--filter', 'team=cx', '--period', 'quarter', '--unit', 'tokens', '--group-by', 'team'],
    );
    expect(out[0]).toBe('2026-Q1: 28,000,000 tokens so far');
    const cells = (line: string | undefined) => line?.trim().split(/ {2,}/);
    expect(cells(out[3])).toEqual(['team', 'so far', 'at its end']);
    expect(cells(out[5])).toEqual(['cx', '28,000,000 tokens', '90,000,000 tokens']);
  });

  it('shows all parts of a budget that keeps a total for each', async () => {
    expect((await run('budgets', 'set', 'teams', '--amount', '30', '--each', 'team')).code).toBe(0);
    const { code, out } = await run('forecast', '--budget', 'teams');
    expect(code).toBe(0);
    expect(out.slice(1, 3).at(-1)).toBe('budget teams: all parts together');
    const cells = (line: string | undefined) => line?.trim().split(/ {2,}/);
    expect(cells(out[4])).toEqual(['part', 'so far', 'at its end', 'amount', 'p(exceed)', 'used up', 'state']);
    // $28 by the 28th and $1 a day: $30 are reached with the 30th.
    expect(cells(out[6])).toEqual([
      'cx',
      '$28',
      '$31.00',
      '$30',
      expect.stringMatching(/^[01]\.\d\d$/),
      '2026-01-31',
      'ready',
    ]);
    const one = await run('forecast', '--budget', 'teams', '--part', 'cx');
    expect(one.out[2]).toMatch(/^budget teams for cx: \$30, exceeded with a probability of .*, used up on 2026-01-31$/);
  });

  it('names the flag that is wrong', async () => {
    const { code, err } = await run('forecast', '--period', 'fortnight');
    expect(code).toBe(2);
    expect(err[0]).toMatch(/^period: expected one of/);
  });
});

describe('tokenledger plan', () => {
  it('adds, lists and removes what forecasts are told of', async () => {
    const added = await run(
      ...['plan', 'add', '--date', '2026-01-30', '--factor', '2.0', '--filter', 'team=cx', '--note', 'launch'],
    );
    expect(added.code).toBe(0);
    const id = /^(plan_[0-9a-f]{12}): planned$/.exec(added.out[0] ?? '')?.[1] ?? '';
    const listed = await run('plan', 'list');
    expect(listed.out.at(-1)?.trim().split(/ {2,}/)).toEqual([id, '2026-01-30', '2', 'team=cx', 'launch']);
    // The 29th brings $1, the last two days $2 each.
    expect((await run('forecast')).out[1]).toContain('at its end: $33.00');
    expect(await run('plan', 'remove', id)).toMatchObject({ code: 0, out: [`${id}: removed`] });
    expect((await run('plan', 'remove', id)).code).toBe(1);
    expect((await run('forecast')).out[1]).toContain('at its end: $31.00');
  });

  it.each([
    [['plan', 'add', '--factor', '2'], '--date is missing'],
    [['plan', 'add', '--date', '2026-02-01'], '--factor is missing'],
    [
      ['plan', 'add', '--date', '2026-02-01', '--factor', '2', '--filter', 'team'],
      '--filter: expected dimension=value',
    ],
    [
      ['plan', 'add', '--date', '2026-02-01', '--factor', '2', '--filter', 'team=cx', '--filter', 'team=qa'],
      '--filter: team is given twice',
    ],
    [['plan', 'add', '--date', '2026-02-30', '--factor', '2'], 'date: expected a local day'],
    [['plan', 'add', '--date', '2026-02-01', '--factor', '1e9'], 'factor: expected a number from 0 to 1000'],
    [['plan', 'remove'], 'ID is missing'],
    [['plan', 'move'], 'plan takes add, list or remove'],
  ])('refuses %j', async (args, message) => {
    const { code, err } = await run(...args);
    expect(code).toBe(2);
    expect(err[0]).toContain(message);
  });
});
