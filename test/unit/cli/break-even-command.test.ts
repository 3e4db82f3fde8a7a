import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiServer, runCli, startApiServer } from '../../helpers/api-server.ts';
import { type ApiWorld, createApiWorld, PRICES } from '../../helpers/api-world.ts';

let world: ApiWorld;
let server: ApiServer;
let env: Record<string, string>;

/** A call of $0.0012 on each of the first 28 days of January 2026. */
beforeEach(async () => {
  world = createApiWorld();
  server = await startApiServer(world);
  const key = await world.enrol('default');
  env = { TOKENLEDGER_URL: server.url, TOKENLEDGER_KEY: key };
  await world.ask('POST', '/v1/catalog/overrides', { key, body: PRICES });
  const events = Array.from({ length: 28 }, (_, index) => ({
    ...{ id: `call-${index}`, time: `2026-01-${String(index + 1).padStart(2, '0')}T10:00:00Z`, model: 'm-1' },
    usage: { input_tokens: 1_000, output_tokens: 100 },
  }));
  await world.ask('POST', '/v1/imports', { key, body: { events } });
  await world.drain();
});

afterEach(() => server.stop());

const run = (...args: string[]) => runCli(['break-even', ...args], env);

/** A profile of 6 million calls against a model at $2.50 and $10, in a file. */
function writeProfile(more: Record<string, unknown> = {}): string {
  const path = join(mkdtempSync(join(tmpdir(), 'break-even-')), 'profile.json');
  const calls = { requests_per_month: 6_000_000, input_tokens: 500, output_tokens: 300 };
  writeFileSync(path, JSON.stringify({ ...calls, input_usd: 2.5, output_usd: 10, ...more }));
  return path;
}

describe('tokenledger break-even', () => {
  it('prints every offer best first, then the best one with what decides it', async () => {
    const { code, out } = await run('--target', 'Llama-3.3-70B', '--limit', '3');
    expect(code).toBe(0);
    const text = out.join('\n');
    expect(out[0]).toBe('27 calls of 27 complete days from 2026-01-01 to before 2026-01-29, $0.0324 in all;');
    expect(text).toMatch(/^model +machines +paid +API +own +hybrid +stays +best +pays from +p +quality +trust$/m);
    expect(text).toContain('more cost more (--limit)');
    expect(text).toContain('All of it self-hosted does not pay now.');
    expect(text).toMatch(/^what decides .+saves at low +saves at high/m);
    expect(text).toMatch(/^Stay on the API: none of \d+ offers is cheaper\. Nearest is Llama-3\.3-70B/m);
    expect(text).toContain('Assumed:');
    expect(text).toMatch(/^(in)?complete/m);
  });

  it('answers one JSON document on one line', async () => {
    const { out } = await run('--json', '--limit', '1');
    expect(out).toHaveLength(1);
    expect(JSON.parse(out[0] ?? '')).toMatchObject({ recorded_days: 27, calls: 27 });
  });

  it('goes on until every day is measured', async () => {
    let requests = 0;
    // The first two requests have no time to read a page.
    const now = (): number => world.ports.now() + (requests <= 2 ? 60_000 : 0);
    const { ownRows, workloads } = world.ports;
    const list = (tenant: string) => {
      requests++;
      return ownRows.list(tenant);
    };
    Object.assign(world.ports, { workloads: { ...workloads, now }, ownRows: { list } });
    const { code, out } = await run('--json', '--limit', '1');
    expect(code).toBe(0);
    expect(JSON.parse(out[0] ?? '')).toMatchObject({ recorded_days: 27 });
    expect(requests).toBe(3);
  });

  it('takes a typed profile from a file, with settings and a machine of the command line', async () => {
    const machine = ['--target', 'Llama-3.3-70B', '--hardware', 'lambda/gpu_2x_h100_sxm5'];
    const { code, out } = await run('--profile', writeProfile(), ...machine, '--set', 'min_replicas=3', '--json');
    expect(code).toBe(0);
    const { rows, api_monthly_usd: api } = JSON.parse(out[0] ?? '');
    // 6 million calls of 500 x $2.50/M + 300 x $10/M
    expect(api).toBeCloseTo(25_500, 6);
    expect(rows.map((row: { replicas: number }) => row.replicas)).toEqual(rows.map(() => 3));
    const shown = await run('--profile', writeProfile(), ...machine);
    expect(shown.out[0]).toBe('Typed calls: the API charges 25,500 a month.');
    expect(shown.out.join('\n')).toMatch(/No longer pays below [\d.]+ M calls a month or below \$[\d.,]+/);
    // 25,500 less two machines of 4,657.40 with 500, 2 x 200 and 140 for operations and the rest
    expect(shown.out[2]).toBe(
      'Self-hosting Llama-3.3-70B on 2 x lambda/gpu_2x_h100_sxm5, on demand saves 15,145 USD a month, 59 % of the 25,500 ' +
        'that the API charges for the calls that it can serve;',
    );
  });

  it('sets apart what is much worse than the model of today on the same scale', async () => {
    // MMLU of 68.4 beside 88.7 and others; of Llama-3.3-70B and GPT-4o no scale has both.
    const { out } = await run('--profile', writeProfile({ model: 'gpt-4o' }), '--limit', '50');
    const text = out.join('\n');
    const [good = '', bad = ''] = text.split('Not good enough (');
    expect(good).toContain('Llama-3.3-70B fp8');
    expect(good).not.toContain('Llama-3.1-8B');
    // MATH of 28.5 over 76.6 is the lowest
    expect(bad).toMatch(/^Llama-3\.1-8B fp8 .+ 37 % {2}low$/m);
  });

  it.each([
    [['--set', 'rho'], '--set'],
    [['--set', 'rho=2'], 'rho'],
    [['--set', 'colour=red'], 'colour'],
    [['--from', 'yesterday'], 'from'],
    [['something'], 'something'],
    [['--profile', 'nowhere.json'], 'nowhere.json'],
    [['--profile', 'nowhere.json', '--from', '2026-01-01'], '--profile'],
  ])('ends with 2 and names what is wrong with %j', async (args, named) => {
    const { code, err } = await run(...args);
    expect({ code, isNamed: err.join('\n').includes(named) }).toEqual({ code: 2, isNamed: true });
  });

  it('names the field of a profile that is not known', async () => {
    const { code, err } = await run('--profile', writeProfile({ requests: 5 }));
    expect(code).toBe(2);
    expect(err.join('\n')).toContain('requests');
  });
});
