import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recommendCommand } from '../../../lib/cli/recommend.ts';
import { runCli, startApiServer } from '../../helpers/api-server.ts';
import { createApiWorld, PRICES } from '../../helpers/api-world.ts';
import { runCommand } from '../../helpers/run-command.ts';

let folder: string;
let file: string;
const PROFILE = {
  ...{ name: 'support', users: 1_000, queries_per_user_per_day: 20, quality_need: 'best', simple_share_ratio: 0.8 },
  ...{ input_tokens_per_request: 500, output_tokens_per_request: 300, training_tokens: 5_000_000 },
  ...{ error_cost_usd: 0.5, drift_ratio_per_month: 0.01 },
};
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tokenledger-advice-'));
  file = join(folder, 'profile.json');
  await writeFile(file, JSON.stringify(PROFILE));
});
afterAll(() => rm(folder, { recursive: true }));

const DAY = ['--at', '2026-11-21'];
const run = (...args: string[]) => runCommand(recommendCommand, [], args);

describe('tokenledger recommend without a ledger', () => {
  it('says first what to do, what it costs against today, and what decides, on one screen', async () => {
    const { code, out, err } = await run('--file', file, ...DAY, '--set', 'current_monthly_usd=2000');
    expect([code, err]).toEqual([0, []]);
    // 600,000 x (0.2 x (500 x 1.25 + 300 x 10) + 0.8 x (500 x 0.09 + 300 x 0.45)) / 1e6 = 435 + 86.4
    expect(out.slice(0, 4)).toEqual([
      'support:',
      'hybrid: send simple calls to a lesser model and the rest to a better one',
      '  80 % of the calls to huggingface_novita Qwen/Qwen3-30B-A3B, the rest to openai gpt-5',
      '  521 USD a month; today 2,000 (given)',
    ]);
    expect(out.indexOf('Decided by (the nearest first)')).toBeLessThan(12);
    const text = out.join('\n');
    expect(text).toContain('quality_need is best; with very_good: managed_open; with good_enough: managed_open');
    expect(text).toContain('privacy_required: true self_hosted, false hybrid');
    expect(text).toMatch(/api_premium +2,175 +100 % +- +It costs more\./);
    expect(text).not.toContain('together with');
    expect(out.at(-1)).toBe('Why, the models and machines, training, scaling and what the guides say: --details');
    expect(out.length).toBeLessThan(40);
    expect(Math.max(...out.map((line) => line.length))).toBeLessThanOrEqual(160);
  });

  it('says what is lacking where the bill is not known', async () => {
    const { out } = await run(
      '--offline',
      ...DAY,
      '--set',
      'requests_per_month=5',
      '--set',
      'input_tokens_per_request=9',
    );
    expect(out[2]).toBe('  bill not known without output_tokens_per_request: --set output_tokens_per_request=...');
    const nothing = await run('--offline', ...DAY);
    expect(nothing.out[2]).toContain(
      'not known without requests_per_month, input_tokens_per_request, output_tokens_per_request: --set requests',
    );
    const byUsers = await run('--offline', ...DAY, '--set', 'users=5');
    expect(byUsers.out[2]).toContain('not known without queries_per_user_per_day, input_tokens');
  });

  it('tells the rest with --details', async () => {
    const { out } = await run('--file', file, ...DAY, '--details');
    const text = out.join('\n');
    expect(text).toContain('Of those paid by the call openai gpt-5 is cheapest');
    expect(text).toContain('is_domain_task (together with base_accuracy_ratio)');
    // 5M tokens x 3 epochs x 3 USD per 1M; sqrt(2 x 45 / (600,000 x 0.5 x 0.01)) = 0.173 months
    expect(text).toMatch(/supervised +45\.00/);
    expect(text).toContain('training anew costs least every 0.2 months');
    expect(text).toContain('decision_tree (guide S4, lines 529-560)');
    expect(text).toContain('Phase optimise');
    expect(text).not.toContain('--details');
  });

  it('answers one JSON document, in which values given on the line go before those of the file', async () => {
    const { code, out } = await run(
      '--file',
      file,
      ...DAY,
      '--set',
      'privacy_required=true',
      '--set',
      'weights=scale:2',
      '--json',
    );
    expect([code, out.length]).toEqual([0, 1]);
    const answer = JSON.parse(out[0] ?? '');
    expect(answer).toMatchObject({ name: 'support', answer: { approach: 'self_hosted', fine_tune: false } });
    expect(answer.inputs).toContainEqual({ input: 'privacy_required', value: true, origin: 'given' });
    expect(answer.inputs).toContainEqual({ input: 'weights', value: { scale: 2 }, origin: 'given' });
    expect(answer.market.prices_at).toBe('2026-11-21T00:00:00.000Z');
  });

  it('gives the same answer to the same profile', async () => {
    const [first, second] = [await run('--file', file, ...DAY, '--json'), await run('--file', file, ...DAY, '--json')];
    expect(first.out).toEqual(second.out);
  });

  it.each([
    ['a field that does not exist', ['--set', 'usres=5'], 'usres: expected no such field'],
    ['text in the place of a number', ['--set', 'users=many'], 'users: expected a whole number'],
    ['an empty value', ['--set', 'users='], 'users: expected a whole number'],
    ['a number out of bounds', ['--set', 'simple_share_ratio=2'], 'simple_share_ratio: expected a number of 0 to 1'],
    ['calls stated twice', ['--set', 'requests_per_month=5'], 'users: expected either'],
    ['half a machine', ['--set', 'self_host_monthly_usd=5'], 'self_host_monthly_usd: expected both'],
    ['a weight of no factor', ['--set', 'weights=beauty:1'], 'weights.beauty: expected one of'],
    ['a setting without a name', ['--set', '=1'], '--set: expected FIELD=VALUE'],
    ['a time that is none', ['--at', 'soon'], '--at: expected a date'],
    ['a flag that does not exist', ['--fast'], "Unknown option '--fast'"],
    ['a word', ['please'], 'unexpected "please"'],
    ['a scale without a task', ['--scale', 'MMLU %'], '--scale and --self-hosted-only need --task'],
  ])('refuses %s and says what was expected', async (_, args, message) => {
    const { code, out, err } = await run('--file', file, ...args);
    expect([code, out]).toEqual([2, []]);
    expect(err[0]).toContain(message);
  });

  it('refuses a file that is no JSON object', async () => {
    const list = join(folder, 'list.json');
    await writeFile(list, '[]');
    expect((await run('--file', list)).err[0]).toContain('expected a JSON object');
    expect((await run('--file', join(folder, 'none.json'))).err[0]).toContain('cannot read');
  });

  it('does not let a profile steer the terminal', async () => {
    const { out } = await run('--file', file, '--set', 'name=\u001b[2Jclear');
    expect(out[0]).toBe('?[2Jclear:');
  });
});

describe('tokenledger recommend --task', () => {
  it('ranks models with open weights for coding on one scale, best first', async () => {
    const { code, out } = await run('--task', 'coding', '--self-hosted-only', '--json');
    expect(code).toBe(0);
    const { scale, models } = JSON.parse(out[0] ?? '');
    expect(scale).toBe('LiveCodeBench %');
    expect(models.map(({ model }: { model: string }) => model).slice(0, 3)).toEqual([
      'Qwen3-235B',
      'EXAONE-4.0-32B',
      'GLM-4.5',
    ]);
    expect(models.every((it: { has_open_weights: boolean }) => it.has_open_weights)).toBe(true);
  });

  it('keeps equal scores in the order of the guide, under one rank', async () => {
    const { out } = await run('--task', 'coding', '--scale', 'guide coding /10');
    const rows = out.slice(3).map((line) => line.trim().split(/ {2,}/).slice(0, 3));
    // METHODS 4.1: Llama 3.1 70B before CodeLlama, both 8.
    expect(rows.slice(0, 4)).toEqual([
      ['1', 'Claude 3.5 Sonnet', '10'],
      ['2', 'GPT-4o', '9'],
      ['3', 'Llama 3.1 70B', '8'],
      ['3', 'CodeLlama 7B', '8'],
    ]);
  });

  it('says that nothing is scored on a scale, and refuses a task that it does not know', async () => {
    expect(await run('--task', 'coding', '--scale', 'beauty /10')).toMatchObject({ code: 1 });
    expect((await run('--task', 'cooking')).err[0]).toContain('--task: expected one of general, reasoning, coding');
  });
});

describe('tokenledger recommend with a ledger', () => {
  it('sends file, settings and filters, and prints of what calls the answer is', async () => {
    const world = createApiWorld();
    const server = await startApiServer(world);
    const key = await world.enrol('default');
    await world.ask('POST', '/v1/catalog/overrides', { key, body: PRICES });
    const event = { model: 'm-1', app: 'chat', usage: { input_tokens: 1_000, output_tokens: 100 } };
    const events = ['2026-01-26', '2026-01-28'].map((day) => ({ ...event, id: day, time: `${day}T10:00:00Z` }));
    await world.ask('POST', '/v1/imports', { key, body: { events } });
    await world.drain();
    const env = { TOKENLEDGER_URL: server.url, TOKENLEDGER_KEY: key };
    const { code, out } = await runCli(['recommend', '--filter', 'app=chat', '--set', 'quality_need=good_enough'], env);
    expect(code).toBe(0);
    expect(out[0]).toMatch(/^of 1 calls recorded on \d+ days from 2026-01-01 on$/);
    expect(out.at(-2)).toContain('tokenledger what-if --audit');
    expect(out[1]).toBe('api_budget: pay by the call for a cheap model of a vendor');
    expect(out.join('\n')).toMatch(/self_hosted .*The calls are fewer than it takes to save enough for good\./);
    await server.stop();
  });
});
