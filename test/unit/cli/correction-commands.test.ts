import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCommandLine } from '../../../lib/cli/commands.ts';
import { type ApiServer, runCli, startApiServer } from '../../helpers/api-server.ts';
import { type ApiWorld, createApiWorld, PRICES } from '../../helpers/api-world.ts';

/** Prices of `m-1`, twice as dear as {@link PRICES}. */
const DEARER = {
  overrides: PRICES.overrides.map((price) => ({ ...price, rates: { input_tokens: '2', output_tokens: '4' } })),
};

const WINDOW = ['--from', '2026-01', '--to', '2026-02'];

let world: ApiWorld;
let server: ApiServer;
let folder: string;
let env: Record<string, string>;
let key: string;

beforeEach(async () => {
  world = createApiWorld();
  server = await startApiServer(world);
  folder = await mkdtemp(join(tmpdir(), 'tokenledger-cli-'));
  key = await world.enrol('default');
  env = { TOKENLEDGER_URL: server.url, TOKENLEDGER_KEY: key };
  await world.ask('POST', '/v1/catalog/overrides', { key, body: PRICES });
  // 1,000 x $1/M + 100 x $2/M = $0.0012 each.
  const events = ['2026-01-05', '2026-01-06'].map((day, index) => ({
    id: `call-${index}`,
    time: `${day}T10:00:00Z`,
    model: 'm-1',
    usage: { input_tokens: 1_000, output_tokens: 100 },
  }));
  await world.ask('POST', '/v1/imports', { key, body: { events } });
  await world.drain();
});

afterEach(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

async function dearer(...flags: string[]) {
  const path = join(folder, 'dearer.json');
  await writeFile(path, JSON.stringify(DEARER));
  return runCli(['catalog', 'override', path, ...flags], env);
}

const orders = async () => (await world.ask('GET', '/v1/corrections', { key })).json.orders;

const cost = async () => (await world.ask('GET', '/v1/spend?from=2026-01&to=2026-02', { key })).json.total.cost_usd;

describe('tokenledger void', () => {
  it('voids an entry once; again it says that it is void', async () => {
    const first = await runCli(['void', 'call-0', '--reason', 'a test'], env);
    expect(first).toMatchObject({ code: 0, out: ['call-0: void'] });
    const again = await runCli(['void', 'call-0', '--reason', 'a test', '--json'], env);
    expect(again.code).toBe(0);
    expect(JSON.parse(again.out[0] ?? '')).toEqual({
      ...{ id: 'call-0', outcome: 'already_void', order: null },
      ...{ complete: true, incomplete_reasons: [], as_of: '2026-01-29T18:30:00.000Z' },
    });
    expect(await cost()).toBe('0.0012');
  });

  it('ends with 1 for an id that nobody knows and with 2 without a reason', async () => {
    expect(await runCli(['void', 'nobody', '--reason', 'r'], env)).toMatchObject({
      code: 1,
      err: ['The ledger holds no entry with this id.'],
    });
    expect(await runCli(['void', 'call-0'], env)).toMatchObject({
      code: 2,
      err: expect.arrayContaining(['--reason is missing']),
    });
    expect(await cost()).toBe('0.0024');
  });
});

describe('tokenledger reprice', () => {
  // Stored behind the order that would follow, so that there is something left to reprice.
  beforeEach(async () => {
    expect(await dearer('--no-wait')).toMatchObject({ code: 0 });
  });

  it('shows the difference by tenant, model and day with its total, and stops there with --dry-run', async () => {
    const { code, out } = await runCli(['reprice', ...WINDOW, '--dry-run'], env);
    expect(code).toBe(0);
    expect(out.map((line) => line.replaceAll(/ {2,}/g, ' | '))).toEqual([
      'tenant | model | day | entries | newly priced | cost before $ | cost after $ | list before $ | list after $ | difference $',
      expect.stringMatching(/^-+/),
      'default | m-1 | 2026-01-05 | 1 | 0 | 0.0012 | 0.0024 | 0.0012 | 0.0024 | +0.0012',
      'default | m-1 | 2026-01-06 | 1 | 0 | 0.0012 | 0.0024 | 0.0012 | 0.0024 | +0.0012',
      expect.stringMatching(/^-+/),
      'total | 2 | 0 | 0.0024 | 0.0048 | 0.0024 | 0.0048 | +0.0024',
      'incomplete: 1 period open; as of 2026-01-29T18:30:00.000Z',
    ]);
    expect(await cost()).toBe('0.0024');
  });

  it('corrects what it has shown, and nothing the second time', async () => {
    const first = await runCli(['reprice', ...WINDOW, '--yes'], env);
    expect(first.code).toBe(0);
    expect(first.out.at(-1)).toBe('order 2: 2 entries corrected, cost changed by +0.0024 USD');
    expect(await cost()).toBe('0.0048');
    expect(await runCli(['reprice', ...WINDOW, '--yes'], env)).toMatchObject({
      code: 0,
      out: ['nothing changes: 2 entries compared'],
    });
    expect((await orders()).length).toBe(2);
  });

  it('prints one JSON document with rows, total and order', async () => {
    const { out } = await runCli(['reprice', ...WINDOW, '--json', '--reason', 'why not'], env);
    expect(out).toHaveLength(1);
    const sums = { newly_priced: 0, cost_before_usd: '0.0012', cost_after_usd: '0.0024', difference_usd: '0.0012' };
    expect(JSON.parse(out[0] ?? '')).toMatchObject({
      rows: [{ tenant: 'default', model: 'm-1', day: '2026-01-05', entries: 1, ...sums }, { day: '2026-01-06' }],
      total: { entries: 2, cost_before_usd: '0.0024', cost_after_usd: '0.0048', difference_usd: '0.0024' },
      order: { number: 2, state: 'done', corrected: 2, reason: 'why not' },
    });
  });

  it('leaves the order to the ledger with --no-wait', async () => {
    const { out } = await runCli(['reprice', ...WINDOW, '--no-wait'], env);
    expect(out.at(-1)).toBe('order 2 is under way');
    expect(await cost()).toBe('0.0024');
    await world.settle();
    expect(await cost()).toBe('0.0048');
  });

  it('asks on a terminal, and changes nothing unless the answer is yes', async () => {
    const answer = async (text: string) => {
      const [out, err]: [string[], string[]] = [[], []];
      const code = await runCommandLine(['reprice', ...WINDOW], {
        stdin: (async function* () {
          yield text;
        })(),
        out: (line) => out.push(line),
        err: (line) => err.push(line),
        env,
        isTTY: true,
        now: () => 0,
      });
      return { code, last: err.at(-1) };
    };
    expect(await answer('no\n')).toEqual({ code: 0, last: 'nothing was changed' });
    expect(await answer('')).toEqual({ code: 0, last: 'nothing was changed' });
    expect(await cost()).toBe('0.0024');
    await answer('yes\n');
    expect(await cost()).toBe('0.0048');
  });

  it('says by field what is wrong', async () => {
    expect(await runCli(['reprice', '--from', '2026-01'], env)).toMatchObject({
      code: 2,
      err: expect.arrayContaining(['--from and --to are needed']),
    });
    expect(await runCli(['reprice', '--from', '2026-02', '--to', '2026-01'], env)).toMatchObject({
      code: 2,
      err: ['to: expected a time after from; it is excluded'],
    });
    expect(await runCli(['reprice', ...WINDOW, '--catalog', 'x'], env)).toMatchObject({
      code: 2,
      err: ['catalog_version: expected one of none'],
    });
  });
});

describe('tokenledger catalog override', () => {
  it('returns when the calls that it is about are repriced', async () => {
    const { code, out } = await dearer();
    expect(code).toBe(0);
    expect(out.at(-1)).toBe('order 1: 2 entries corrected, cost changed by +0.0024 USD');
    expect(await cost()).toBe('0.0048');
  });
});

describe('tokenledger corrections', () => {
  it('lists orders, newest first, and shows one by its number', async () => {
    await dearer();
    await runCli(['void', 'call-1', '--reason', 'a\u001b[2Jtest'], env);
    const { out } = await runCli(['corrections'], env);
    expect(out.slice(2).map((line) => line.trim().replaceAll(/ {2,}/g, ' | '))).toEqual([
      expect.stringMatching(/^2 \| .* \| void call-1 \| done \| 1 \| -0.0024 \| key_\w+ \| a\?\[2Jtest$/),
      expect.stringMatching(
        /^1 \| .* \| price change 2 \(tenant\) \| done \| 2 \| \+0.0024 \| key_\w+ \| price change 2$/,
      ),
      'complete, as of 2026-01-29T18:30:00.000Z',
    ]);
    const one = await runCli(['corrections', '2', '--json'], env);
    expect(JSON.parse(one.out[0] ?? '')).toMatchObject((await orders())[0]);
    expect((await runCli(['corrections', '3'], env)).code).toBe(1);
    expect((await runCli(['corrections', 'x'], env)).code).toBe(2);
  });
});
