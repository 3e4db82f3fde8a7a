import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiServer, runCli, startApiServer } from '../../helpers/api-server.ts';
import { type ApiWorld, createApiWorld, PRICES } from '../../helpers/api-world.ts';

let server: ApiServer;
let env: Record<string, string>;
let world: ApiWorld;

/** Four calls on 29 January 2026: three of one app, of which one is slow and failed, and one without a price. */
beforeEach(async () => {
  world = createApiWorld();
  server = await startApiServer(world);
  const key = await world.enrol('default');
  env = { TOKENLEDGER_URL: server.url, TOKENLEDGER_KEY: key };
  await world.ask('POST', '/v1/catalog/overrides', { key, body: PRICES });
  const call = (id: string, fields: Record<string, unknown>) => ({
    ...{ id, time: '2026-01-29T10:00:00Z', model: 'm-1', app: 'chat' },
    usage: { input_tokens: 1_000, output_tokens: 100 },
    ...fields,
  });
  const events = [
    call('a', { latency_ms: 120, ttft_ms: 30, quality: 0.5 }),
    call('b', { latency_ms: 130 }),
    call('c', { latency_ms: 200_000, status: 'error' }),
    call('d', { model: 'nobody-knows' }),
  ];
  await world.ask('POST', '/v1/imports', { key, body: { events } });
  await world.drain();
});

afterEach(() => server.stop());

const run = (...args: string[]) => runCli(['performance', ...args], env);

/** The cells of a line of the table. */
const cells = (line = '') => line.trim().split(/ {2,}/);

describe('tokenledger performance', () => {
  it('prints a line for each model and app, with the bounds of times and what is not known', async () => {
    const { code, out } = await run();
    expect(code).toBe(0);
    expect(cells(out[0])).toEqual([
      ...['model', 'app', 'calls', 'ok', 'errors', 'p50 ms', 'p95 ms', 'ttft p50 ms', 'ttft p95 ms', 'tokens/s'],
      ...['hits', 'cached', 'quality', '$ a call', '$ per 1,000', '$ a point'],
    ]);
    // 100 to 141.422 ms twice, from 102.4 s on once: 300 tokens over at least 102.6 s are at most 2.93 a second.
    expect(cells(out[2])).toEqual([
      ...['m-1', 'chat', '3', '66.7 %', '1', '100-142', '102,400+', '0-50', '0-50', '0-3'],
      ...['-', '-', '0.500', '0.0012', '1.2', '0.0024'],
    ]);
    expect(cells(out[3])).toEqual([
      ...['nobody-knows', 'chat', '1', '100.0 %', '0', '-', '-', '-', '-', '-'],
      ...['-', '-', '-', 'unknown', 'unknown', '-'],
    ]);
    expect(cells(out[5]).slice(0, 3)).toEqual(['total', '4', '75.0 %']);
    expect(out.at(-1)).toBe('incomplete: 1 unpriced, 1 period open; as of 2026-01-29T18:30:00.000Z');
  });

  it('prints all calls together as the total alone', async () => {
    const { out } = await run('--group-by', '', '--filter', 'model=m-1');
    expect(out.map((line) => cells(line)[0]).filter((first) => first === 'total')).toHaveLength(1);
    expect(out.find((line) => line.startsWith('total'))).toMatch(/^total +3 +66\.7 %/);
    expect(out).toHaveLength(4);
  });

  it('shows hits of a response cache and input from a prompt cache each in a column of its own', async () => {
    const usage = { input_tokens: 1_000, cache_read_tokens: 750, output_tokens: 0 };
    const at = { time: '2026-01-29T11:00:00Z', model: 'm-1', app: 'cached' };
    const events = [
      { ...at, id: 'x', usage },
      { ...at, id: 'y', usage, response_cache_hit: true },
    ];
    await world.ask('POST', '/v1/imports', { key: env['TOKENLEDGER_KEY'] ?? '', body: { events } });
    await world.drain();
    const { out } = await run('--filter', 'app=cached');
    // One of two calls; 1,500 of 2,000 tokens.
    expect(cells(out[2]).slice(10, 12)).toEqual(['50.0 %', '75.0 %']);
  });

  it('prints one JSON document', async () => {
    const { out } = await run('--json', '--group-by', 'app', '--from', '2026-01', '--to', '2026-02');
    expect(out).toHaveLength(1);
    expect(JSON.parse(out[0] ?? '')).toMatchObject({ rows: [{ app: 'chat', calls: 4 }], total: { calls: 4 } });
  });

  it('names the parameter that is refused, with exit code 2', async () => {
    const { code, err } = await run('--group-by', 'colour');
    expect([code, err[0]]).toEqual([2, expect.stringMatching(/^group_by: expected /)]);
  });
});
