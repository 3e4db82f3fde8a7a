import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { joinWhatIf } from '../../../lib/cli/what-if-join.ts';
import { type ApiServer, runCli, startApiServer } from '../../helpers/api-server.ts';
import { createApiWorld } from '../../helpers/api-world.ts';

let server: ApiServer;
let env: Record<string, string>;
let ask: (body: Record<string, unknown>) => Promise<{ readonly json: Record<string, unknown> }>;

const price = (model: string, input: string, cached: string, output: string) => ({
  ...{ model, provider: '*', per: 1_000_000, replace: true },
  rates: { input_tokens: input, cache_read_tokens: cached, output_tokens: output },
});

/** Ten calls of one minute with a prefix of 1,200 tokens, one simple call without parts, and one without a price. */
beforeEach(async () => {
  const world = createApiWorld();
  server = await startApiServer(world);
  const key = await world.enrol('default');
  env = { TOKENLEDGER_URL: server.url, TOKENLEDGER_KEY: key };
  const body = { overrides: [price('large', '10', '1', '30'), price('small', '1', '0.5', '4')] };
  await world.ask('POST', '/v1/catalog/overrides', { key, body });
  const call = (id: string, fields: Record<string, unknown>) => ({
    ...{ id, time: '2026-01-29T10:00:00Z', model: 'large', app: 'chat' },
    usage: { input_tokens: 2_000, output_tokens: 100 },
    ...fields,
  });
  const events = [
    ...Array.from({ length: 10 }, (_, index) =>
      call(`chat-${index}`, { input_parts: { system: 800, tools: 400, history: 500 } }),
    ),
    call('simple', { app: 'code', route: { complexity: 'simple' } }),
    call('unknown', { model: 'nobody-knows' }),
  ];
  await world.ask('POST', '/v1/imports', { key, body: { events } });
  await world.drain();
  ask = (question) => world.ask('POST', '/v1/what-if', { key, body: question });
});

afterEach(() => server.stop());

const run = (...args: string[]) => runCli(['what-if', '--from', '2026-01', '--to', '2026-02', ...args], env);

/** The cells of the line that begins so. */
const cellsOf = (out: readonly string[], start: string) =>
  (out.find((line) => line.startsWith(start)) ?? '').trim().split(/ {2,}/);

describe('tokenledger what-if', () => {
  it('prints a waterfall, the difference by model, what was left, and what the answer rests on', async () => {
    const { code, out } = await run('--model', 'small', '--response-cache', '0.5');
    expect(code).toBe(0);
    // 11 calls of 2,000 x $10/M + 100 x $30/M = $0.023; half are hits, the others 2,000 x $1/M + $0.0004 = $0.0024
    expect(cellsOf(out, 'as recorded')).toEqual(['as recorded, 12 calls', '0.253', '#'.repeat(24)]);
    expect(cellsOf(out, 'response cache')).toEqual([
      'response cache, share 0.5',
      '11',
      '-0.127',
      '-50.0 %',
      '-'.repeat(12),
    ]);
    expect(cellsOf(out, 'model small')).toEqual(['model small', '11', '-0.113', '-44.8 %', '-'.repeat(11)]);
    expect(cellsOf(out, 'with the changes')).toEqual(['with the changes', '11', '0.0132', '#']);
    expect(cellsOf(out, 'large')).toEqual(['large', '11', '11', '0.253', '0.0132', '-0.24', '-94.8 %']);
    expect(out).toContain('left as recorded:');
    expect(cellsOf(out, 'nobody-knows')).toEqual(['nobody-knows', '1', '0', 'unknown', 'unknown', 'unknown', '-']);
    expect(out).toContain('  every change: 1 call, unpriced before (cost unknown)');
    expect((await run('--model', 'small')).out).toContain('  model small: 1 call, unpriced before (cost unknown)');
    expect(out).toContain('decided by: response cache share, model');
    expect(out.at(-1)).toBe('incomplete: 1 unpriced, 1 period open; as of 2026-01-29T18:30:00.000Z');
  });

  it('prints what parts of prompts cost and which prefix should be cached', async () => {
    const { out } = await run('--audit');
    // 10 x 800 tokens at $10/M; all 11 priced calls cost $0.253
    expect(cellsOf(out, 'system')).toEqual(['system', '8,000', '0.08', '31.6 %']);
    expect(cellsOf(out, 'output')).toEqual(['output', '1,200', '0.033', '13.0 %']);
    expect(out).toContain('10 of 12 calls told the parts of their prompt; what the others sent is other input');
    // 10 x 1,200 x $9/M less one write: it is billed as plain input, $0.0108 more than reading
    expect(cellsOf(out, 'chat')).toEqual(['chat', '-', 'large', '1,200', '10', '0.0 %', '0.0972', 'cache the prefix']);
  });

  it('takes every change by flag, and sends them as the API takes them', async () => {
    const { code, out } = await run(
      ...['--route', 'simple:0.1=openai/small', '--route', 'hard:0.2=small', '--batch', '--self-hosted', '100:0.5'],
      ...['--trim', 'system=0.2', '--lazy-tools', '0.3', '--compress', '0.7:10', '--cache-share', '0.6'],
      ...['--assume-part', 'history=0.5', '--filter', 'app=chat', '--group-by', 'app,model', '--json'],
    );
    expect(code).toBe(0);
    expect(out).toHaveLength(1);
    const { steps, rows } = JSON.parse(out[0] ?? '');
    expect(steps.map(({ kind }: { kind: string }) => kind)).toEqual([
      'rerated',
      'self_host',
      'model',
      'model',
      'tier',
      'trim',
      'lazy_tools',
      'compress',
      'prompt_cache',
    ]);
    expect(rows[0]).toMatchObject({ app: 'chat', model: 'large', calls: 10 });
  });

  it('routes the simple calls to one model and all others to another one', async () => {
    const { out } = await run('--route', 'simple=small', '--route', 'rest=small', '--json');
    // simple: $0.023 -> $0.0024, and so do the ten others; nobody-knows has no price and stays.
    const { steps } = JSON.parse(out[0] ?? '');
    expect(steps.slice(1).map((step: Record<string, unknown>) => [step['change'], step['changed_calls']])).toEqual([
      [0, 1],
      [1, 10],
    ]);
  });

  it('takes changes from a file, and more by flag', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'what-if-')), 'changes.json');
    await writeFile(path, JSON.stringify({ changes: [{ kind: 'model', model: 'small' }], filter: ['app=code'] }));
    const { out } = await run('--file', path, '--response-cache', '0.5', '--json');
    expect(JSON.parse(out[0] ?? '').total).toMatchObject({ calls: 1, cost_after_usd: '0.0012' });
    await writeFile(path, JSON.stringify({ changes: [], audit: true, group_by: ['app'] }));
    const told = JSON.parse((await run('--file', path, '--json')).out[0] ?? '');
    expect(told.rows.map(({ app }: { app: string }) => app)).toEqual(['chat', 'code']);
    const { json } = await ask({ from: '2026-01', to: '2026-02', changes: [], audit: true });
    expect(told.advice).toEqual(json['advice']);
    await writeFile(path, JSON.stringify({ changes: [], cursor: 'x' }));
    expect((await run('--file', path)).err[0]).toContain('leave out "cursor"');
    await writeFile(path, '"nothing"');
    const wrong = await run('--file', path);
    expect([wrong.code, wrong.err[0]]).toEqual([2, expect.stringContaining('expected a list of changes')]);
  });

  it.each([
    [[], 'nothing is changed'],
    [['--compress', '0.7'], '--compress: expected two values'],
    [['--route', 'simple'], '--route: expected two values'],
    [['--batch', '--tier', 'flex'], '--batch is --tier batch'],
    [['--model', 'large', '--route', 'simple=small'], 'write --route rest=large'],
    [['--provider', 'azure', '--route', 'simple=small'], 'write --route rest=azure/MODEL'],
    [['--response-cache', '2'], 'changes[0].share: expected a share'],
    [['--self-hosted', 'nobodys'], 'changes[0].capacity: expected the name of a registered capacity'],
    [['--model', 'small', '--group-by', 'colour'], 'group_by: expected one of'],
    [['--model', 'small', 'again'], 'unexpected "again"'],
  ])('is wrong use, exit code 2: %j', async (args, message) => {
    const { code, err } = await run(...args);
    expect([code, err[0]]).toEqual([2, expect.stringContaining(message)]);
  });
});

describe('parts of an answer', () => {
  it('join to the answer of the whole', async () => {
    const question = { from: '2026-01', to: '2026-02', group_by: ['app'], audit: true };
    const changes = [{ kind: 'model', model: 'small', share: '0.3' }];
    const whole = (await ask({ ...question, changes })).json;
    const parts = await Promise.all(
      ['app=chat', 'app=code'].map(async (app) => (await ask({ ...question, changes, filter: [app] })).json),
    );
    const { answer, advice } = joinWhatIf(parts, ['app']);
    const noted = (cost: string | null) => ({ app: null, calls: 1, difference_usd: cost });
    const joined = (...costs: (string | null)[]) =>
      joinWhatIf(
        costs.map((cost) => ({ rows: [noted(cost)], total: {}, steps: [], audit: null, prefixes: null })),
        ['app'],
      ).answer['rows'];
    // Known of some is the sum of those, known of none is not known.
    expect(joined(null, '2', '3')).toEqual([{ app: null, calls: 3, difference_usd: '5' }]);
    expect(joined(null, null)).toEqual([{ app: null, calls: 2, difference_usd: null }]);
    const { prefixes: _prefixes, advice: told, ...rest } = whole;
    const audit = rest['audit'] as { parts: { tokens: unknown }[] };
    const asText = { ...audit, parts: audit.parts.map((part) => ({ ...part, tokens: String(part.tokens) })) };
    expect(answer).toEqual({ ...rest, audit: asText });
    expect(advice?.map(({ verdict, savingPicoUsd }) => [verdict, savingPicoUsd])).toEqual([
      ['advised', 97_200_000_000n],
    ]);
    expect(told).toMatchObject([{ advice: 'prompt_caching', saving_usd: '0.0972' }]);
  });
});
