import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiServer, runCli, startApiServer } from '../../helpers/api-server.ts';
import { type ApiWorld, createApiWorld, PRICES } from '../../helpers/api-world.ts';

let world: ApiWorld;
let server: ApiServer;
let folder: string;
let env: Record<string, string>;

beforeEach(async () => {
  world = createApiWorld();
  server = await startApiServer(world);
  folder = await mkdtemp(join(tmpdir(), 'tokenledger-catalog-'));
  env = { TOKENLEDGER_URL: server.url, TOKENLEDGER_KEY: await world.enrol('default') };
});

afterEach(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

async function file(content: object): Promise<string> {
  const path = join(folder, 'prices.json');
  await writeFile(path, JSON.stringify(content));
  return path;
}

const scheduled = { overrides: [{ model: 'm-1', rates: { input_tokens: '9' }, effective_from: '2027-01-01' }] };

describe('tokenledger catalog override', () => {
  it('returns when recorded calls are repriced, unless it is told not to wait', async () => {
    const event = { id: 'a', time: '2026-01-29T10:00:00Z', model: 'm-1', usage: { input_tokens: 10 } };
    await runCli(['catalog', 'override', await file(PRICES)], env);
    await world.ask('POST', '/v1/events', { key: env['TOKENLEDGER_KEY'] ?? '', body: event });
    await world.drain();
    const past = { overrides: [{ model: 'm-1', rates: { input_tokens: '7' } }] };
    const { code, out } = await runCli(['catalog', 'override', await file(past)], env);
    // 10 x 7/M - 10 x 1/M
    expect([code, out[0], out[1]]).toEqual([
      0,
      expect.stringMatching(/^stored: change 2, overrides are at version [0-9a-f]{16}$/),
      'order 1: 1 entry corrected, cost changed by +0.00006 USD',
    ]);
    const again = { overrides: [{ model: 'm-1', rates: { input_tokens: '8' } }] };
    const left = await runCli(['catalog', 'override', await file(again), '--no-wait', '--json'], env);
    expect(JSON.parse(left.out[0] ?? '')).toMatchObject({ outcome: 'stored', orders: [2] });
    expect(server.requests.filter((it) => it === 'POST /v1/corrections/2/run')).toEqual([]);
  });

  it('is listed, and withdrawn before it takes effect', async () => {
    await runCli(['catalog', 'override', await file(PRICES), '--global'], env);
    await runCli(['catalog', 'override', await file(scheduled)], env);
    const withdrawn = await runCli(['catalog', 'withdraw', '1'], env);
    expect([withdrawn.code, withdrawn.out[0]]).toEqual([0, expect.stringContaining('withdrawn: change 2')]);
    const late = await runCli(['catalog', 'withdraw', '1', '--global'], env);
    expect([late.code, late.err.join(' ')]).toEqual([1, expect.stringContaining('is in effect since')]);
    const { out } = await runCli(['catalog', 'overrides'], env);
    const rows = out.slice(2).map((line) => line.split(/ {2,}/));
    expect(rows.map(([scope, number, state, , , says]) => [scope, number, state, says])).toEqual([
      ['global', '1', 'in_effect', 'm-1'],
      ['tenant', '1', 'withdrawn', 'm-1'],
      ['tenant', '2', 'in_effect', 'withdraws 1'],
    ]);
  });

  it('refuses what it does not understand', async () => {
    for (const args of [
      ['prices'],
      [],
      ['withdraw', 'two'],
      ['withdraw'],
      ['overrides', 'x'],
      ['overrides', '--global'],
    ]) {
      const { code } = await runCli(['catalog', ...args], env);
      expect([args, code]).toEqual([args, 2]);
    }
    const { code, err } = await runCli(
      ['catalog', 'override', await file({ aliases: [{ name: 'a', provider: 'p' }] })],
      env,
    );
    expect([code, err[0]]).toEqual([2, expect.stringContaining('aliases[0].model')]);
  });
});

describe('tokenledger catalog show', () => {
  it('needs no ledger, and shows each price with its period and source', async () => {
    const { code, out } = await runCli(['catalog', 'show', 'openai', 'gpt-4o', '--at', '2024-06-01'], {});
    expect([code, out[0]]).toEqual([0, expect.stringMatching(/^openai gpt-4o \(exact\)/)]);
    const input = out.find((line) => /^input_tokens .* default /.test(line));
    // OpenAI's first price of gpt-4o was 5 USD per million input tokens.
    expect(input?.split(/ +/).slice(0, 4)).toEqual(['input_tokens', '5', '1000000', 'default']);
    expect(out.at(-1)).toMatch(/^\[\d+\] .* \(checked \d{4}-\d{2}-\d{2}\)$/);
  });

  it('prints one JSON document with --json', async () => {
    const { out } = await runCli(['catalog', 'show', 'claude-sonnet-4-5', '--json'], {});
    const { model } = JSON.parse(out[0] ?? '');
    expect([out.length, model.provider, model.model]).toEqual([1, 'anthropic', 'claude-sonnet-4-5']);
    expect(model.rows).toContainEqual(
      expect.objectContaining({ unit: 'output_tokens', service_tier: 'default', rate_usd: '15' }),
    );
  });

  it('says what is wrong', async () => {
    const shown = async (...args: string[]) => {
      const { code, err } = await runCli(['catalog', 'show', ...args], {});
      return [code, err[0]];
    };
    expect(await shown('gpt-nine')).toEqual([1, 'the catalog has no model "gpt-nine" without a provider']);
    expect(await shown('azure', 'nothing')).toEqual([1, 'the catalog has no model "nothing" of azure']);
    expect(await shown()).toEqual([2, 'catalog show takes one model, and its provider']);
    expect(await shown('gpt-4o', '--at', 'soon')).toEqual([2, '--at: expected a date or an RFC 3339 time, got "soon"']);
    expect(await shown('gpt-4o', '--when')).toEqual([2, expect.stringContaining("'--when'")]);
  });
});

describe('tokenledger catalog list', () => {
  const list = (...args: string[]) => runCli(['catalog', 'list', ...args], {});

  it('needs no ledger, and shows machines with price, standing and source', async () => {
    const { code, out } = await list('hardware', '--gpu', 'H100', '--provider', 'lambda');
    expect([code, out[2]?.split(/ {2,}/)]).toEqual([
      0,
      ['Lambda gpu_1x_h100_sxm5', 'H100', '1', '80', '3.29 an hour', 'stated', '[1]'],
    ]);
    expect(out.at(-1)).toMatch(/^\[1\] skypilot-org\/skypilot-catalog .*checked 2026-11-21\)$/);
  });

  it('shows what is not known as a question mark, and as null in JSON', async () => {
    const { out } = await list('throughput', '--model', 'mistral-7b', '--gpu', 'L4');
    expect(out[2]?.split(/ {2,}/).slice(0, 7)).toEqual(['Mistral-7B', 'L4', '1', 'int4-awq', '?', '?', '?']);
    const { out: json } = await list('throughput', '--model', 'mistral-7b', '--gpu', 'L4', '--json');
    expect(JSON.parse(json[0] ?? '')).toMatchObject({
      reference_version: expect.stringMatching(/^[0-9a-f]{16}$/),
      kind: 'throughput',
      rows: [{ input_tokens: null, output_tokens_per_s: 452.3, as_of: '2026-04-05' }],
    });
  });

  it('shows each kind, and superseded figures only when asked', async () => {
    for (const kind of ['hardware', 'throughput', 'quality', 'training', 'hosting', 'models']) {
      expect([kind, (await list(kind)).code]).toEqual([kind, 0]);
    }
    const superseded = async (...flags: string[]) =>
      (await list('training', ...flags)).out.join('\n').includes('legacy');
    expect([await superseded(), await superseded('--legacy')]).toEqual([false, true]);
    expect((await list('models', '--model', 'BAAI/bge-m3')).out[2]).toMatch(/^bge-m3 +embedding /);
  });

  it('says what is wrong', async () => {
    const fault = async (...args: string[]) => {
      const { code, err } = await list(...args);
      return [code, err[0]];
    };
    expect(await fault()).toEqual([2, 'no kind ""']);
    expect(await fault('gpus')).toEqual([2, 'no kind "gpus"']);
    expect(await fault('quality', '--gpu', 'H100')).toEqual([2, '--gpu says nothing about quality']);
    expect(await fault('models', 'bge-m3')).toEqual([2, 'catalog list takes one KIND']);
    expect(await fault('models', '--size', '1')).toEqual([2, expect.stringContaining("'--size'")]);
    expect(await fault('models', '--model', 'gpt-9')).toEqual([1, 'there is no such row of models']);
  });
});

describe('tokenledger catalog add', () => {
  const row = { model: 'm-1', score: 7, scale: 'own evaluation /10', source: 'us', as_of: '2026-01-02' };

  it('stores a row that is listed until it is removed', async () => {
    const added = await runCli(['catalog', 'add', 'quality', await file(row)], env);
    expect([added.code, added.out]).toEqual([0, [expect.stringMatching(/^own_[0-9a-f]{12}: stored$/)]]);
    const id = added.out[0]?.split(':')[0] ?? '';
    const listed = await runCli(['catalog', 'rows', 'quality'], env);
    expect(listed.out[2]?.split(/ {2,}/).slice(0, 4)).toEqual([id, 'm-1 own evaluation /10', '2026-01-02', 'us']);
    expect((await runCli(['catalog', 'remove', id], env)).out).toEqual([`${id}: removed`]);
    expect((await runCli(['catalog', 'rows', 'quality'], env)).out).toEqual(['no own rows of quality']);
  });

  it('says what is wrong', async () => {
    const kind = await runCli(['catalog', 'add', 'models', await file(row)], env);
    expect([kind.code, kind.err[0]]).toEqual([2, 'KIND: expected hardware, throughput, quality, got "models"']);
    const field = await runCli(['catalog', 'add', 'quality', await file({ ...row, score: -1 })], env);
    expect([field.code, field.err.join(' ')]).toEqual([expect.any(Number), expect.stringContaining('row.score')]);
    expect((await runCli(['catalog', 'rows', 'quality', '--global'], env)).code).toBe(2);
  });
});
