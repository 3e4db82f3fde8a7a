import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMeasureCommand } from '../../../lib/cli/measure.ts';
import { type ApiServer, runCli, startApiServer } from '../../helpers/api-server.ts';
import { type ApiWorld, createApiWorld } from '../../helpers/api-world.ts';
import { START_MS } from '../../helpers/ledger-fixtures.ts';
import {
  answerWhole,
  createSteppedClock,
  type ModelEndpoint,
  type ScriptedAnswer,
  type SeenRequest,
  type SteppedClock,
  startModelEndpoint,
  streamTokens,
} from '../../helpers/model-endpoint.ts';
import type { CommandRun } from '../../helpers/run-command.ts';

const KEY = 'sk-test-0123456789abcdef';
const USAGE = { prompt_tokens: 1_000, completion_tokens: 5, total_tokens: 1_005 };

const opened: { stop(): Promise<void> }[] = [];
let clock: SteppedClock;
beforeEach(() => {
  clock = createSteppedClock({ epochMs: START_MS });
});
afterEach(async () => {
  for (const it of opened.splice(0)) await it.stop();
});

/** An endpoint of which each answer has an id of its own. */
async function openEndpoint(
  answer: (number: number, request: SeenRequest) => ScriptedAnswer = () => ({}),
): Promise<ModelEndpoint> {
  const endpoint = await startModelEndpoint((request, number) => answer(number, request), { clock });
  opened.push(endpoint);
  return endpoint;
}

const stream = (model: string, tokensAfterMs: readonly number[], number: number): ScriptedAnswer =>
  streamTokens({ id: `${model}-${number}`, model, created: START_MS / 1000, tokensAfterMs, usage: USAGE });

interface Setting {
  readonly env?: Record<string, string>;
  readonly interrupt?: (end: () => void) => void;
}

/** Runs the command with the stepped clock. */
async function measure(args: readonly string[], { env = {}, interrupt = () => {} }: Setting = {}): Promise<CommandRun> {
  const [out, err]: [string[], string[]] = [[], []];
  const onInterrupt = (end: () => void): (() => void) => {
    interrupt(end);
    return () => {};
  };
  const code = await createMeasureCommand({ clock, onInterrupt }).run([...args], {
    stdin: (async function* () {})(),
    out: (line) => out.push(line),
    err: (line) => err.push(line),
    env: { OPENAI_API_KEY: KEY, ...env },
    isTTY: false,
    now: () => START_MS,
  });
  expect([...out, ...err].join('\n')).not.toContain(KEY);
  return { code, out, err };
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into the document and let assertions judge it.
const json = ({ out }: CommandRun): any => {
  expect(out).toHaveLength(1);
  return JSON.parse(out[0] ?? '');
};

const cells = (line = ''): string[] => line.trim().split(/ {2,}/);

describe('tokenledger measure', () => {
  it('tells the cold call apart, and each concurrency with its times and tokens', async () => {
    // The cold call has its first token after 900 ms, others after 100 ms; then 4 tokens at 25 ms each.
    const endpoint = await openEndpoint((number) =>
      stream('gpt-4o-mini', [number === 0 ? 900 : 100, 25, 25, 25, 25], number),
    );
    const run = await measure(['--url', endpoint.url, '--model', 'gpt-4o-mini', '--requests', '2', '--json']);
    expect(run.code).toBe(0);
    const [measured] = json(run).measurements;
    expect(measured).toMatchObject({
      ...{ target: 'gpt-4o-mini', mode: 'streaming', calls: 3, ok: 3, failures: [], stopped: null },
      usage: { calls_reported: 3, calls_estimated: 0, input_tokens: 3_000, output_tokens: 15 },
      // 5 tokens in 1 s, 4 of them in the last 100 ms.
      cold: { ok: true, ttft_ms: 900, total_ms: 1_000, tokens_per_s: 5, decode_tokens_per_s: 40 },
    });
    expect(measured.levels).toEqual([
      expect.objectContaining({
        ...{ concurrency: 1, max_in_flight: 1, calls: 2, ok: 2 },
        ttft_ms: { count: 2, min: 100, mean: 100, p50: 100, p90: null, p95: null, p99: null, max: 100 },
        total_ms: { count: 2, min: 200, mean: 200, p50: 200, p90: null, p95: null, p99: null, max: 200 },
        connection_ms: null,
        // 2 calls of 1,000 and 5 tokens in 400 ms.
        throughput: { calls_per_s: 5, input_tokens_per_s: 5_000, output_tokens_per_s: 25 },
      }),
    ]);
  });

  it('makes as many calls at once as each level says', async () => {
    const endpoint = await openEndpoint((number) => stream('m', [1], number));
    const run = await measure([
      '--url',
      endpoint.url,
      '--model',
      'm',
      '--requests',
      '3',
      '--concurrency',
      '6',
      '--json',
    ]);
    const [{ levels }] = json(run).measurements;
    const shape = levels.map((it: Record<string, number>) => [it['concurrency'], it['calls'], it['max_in_flight']]);
    // At least as many calls as go at once.
    expect(shape).toEqual([
      [1, 3, 1],
      [2, 3, 2],
      [4, 4, 4],
      [6, 6, 6],
    ]);
    expect(endpoint.requests).toHaveLength(1 + 3 + 3 + 4 + 6);
    expect(endpoint.maxInFlight()).toBeLessThanOrEqual(6);
  });

  it('measures streams and whole answers apart, with one cold call', async () => {
    const endpoint = await openEndpoint((number, { body }) =>
      body['stream'] === true ? stream('m', [10, 10], number) : answerWhole(20, { id: `w-${number}` }),
    );
    const run = await measure(['--url', endpoint.url, '--model', 'm', '--requests', '1', '--mode', 'both', '--json']);
    const [streamed, whole] = json(run).measurements;
    expect([streamed.mode, streamed.cold.ttft_ms, streamed.levels[0].ttft_ms.max]).toEqual(['streaming', 10, 10]);
    expect([whole.mode, whole.cold, whole.levels[0].ttft_ms, whole.levels[0].total_ms.max]).toEqual([
      'whole',
      null,
      null,
      20,
    ]);
  });

  it('prints for people what was measured, and what failed by kind', async () => {
    const endpoint = await openEndpoint((number) =>
      number % 2 === 0
        ? streamTokens({ tokensAfterMs: [100, 100] })
        : { status: 429, pieces: [[5, '{"error":{"code":"rate_limit_exceeded"}}']] },
    );
    const { code, out } = await measure(['--url', endpoint.url, '--model', 'm', '--requests', '4']);
    expect(code).toBe(0);
    expect(out[0]).toBe(`m  ${endpoint.url}/v1/chat/completions  streaming`);
    expect(out[1]).toMatch(/^cold call: connection .* ms, first token after 100 ms, whole after 200 ms$/);
    // 2 of 4 calls took 200 ms, 2 failed after 5; "wordword" is 2 tokens: 4 in 410 ms, 10 a second each.
    expect(cells(out[4])).toEqual(['1', '4', '2', '100', '-', '200', '-', '10', '9.756', '4.878']);
    expect(out.slice(5, 7)).toEqual([
      'failed: 2 of 5 calls, http_429 (rate_limit_exceeded)',
      'tokens of 3 calls are estimated: the endpoint does not tell them',
    ]);
  });

  it('names targets apart that are alike', async () => {
    const endpoint = await openEndpoint((number) => stream('m', [1], number));
    const run = await measure(['--url', endpoint.url, '--model', 'm', '--model', 'm', '--requests', '1', '--json']);
    const { host } = new URL(endpoint.url);
    const names = json(run).measurements.map(({ target }: { target: string }) => target);
    expect(names).toEqual([`m @ ${host}`, `m @ ${host} #2`]);
  });

  it('ends early where every call would fail alike, with exit code 1', async () => {
    const endpoint = await openEndpoint(() => ({
      status: 401,
      pieces: [[1, `{"error":{"message":"bad key ${KEY}"}}`]],
    }));
    const { code, out } = await measure(['--url', endpoint.url, '--model', 'm', '--concurrency', '8']);
    expect([code, endpoint.requests.length]).toEqual([1, 1]);
    expect(out).toContain('ended early: every call would fail alike');
  });

  it('that is interrupted prints what was measured until then', async () => {
    let end = (): void => {};
    const endpoint = await openEndpoint((number) => {
      const answer = stream('m', [10], number);
      return number < 3
        ? answer
        : { ...answer, pieces: answer.pieces?.slice(0, 1) ?? [], after: 'hang', onSent: () => end() };
    });
    const run = await measure(['--url', endpoint.url, '--model', 'm', '--requests', '9', '--json'], {
      interrupt: (callback) => {
        end = callback;
      },
    });
    expect(run.code).toBe(1);
    const answer = json(run);
    expect(answer.interrupted).toBe(true);
    expect(answer.measurements[0]).toMatchObject({ calls: 3, ok: 3, stopped: 'interrupted', failures: [] });
    expect(answer.measurements[0].levels[0]).toMatchObject({ calls: 2, ok: 2 });
  });

  it.each([
    [[], /--url is missing/],
    [['--url', 'http://h'], /--model is missing/],
    [['--url', 'ftp://h', '--model', 'm'], /--url: expected an http or https URL/],
    [
      ['--url', 'http://a', '--url', 'http://b', '--model', 'm', '--model', 'n', '--model', 'o'],
      /come in pairs: 2 and 3/,
    ],
    [['--url', 'http://h', '--model', 'm', '--concurrency', '0'], /--concurrency: expected a number from 1 to 256/],
    [['--url', 'http://h', '--model', 'm', '--requests', '1.5'], /--requests: expected a whole number/],
    [['--url', 'http://h', '--model', 'm'.repeat(129)], /--model: expected 1 to 128 bytes/],
    [['--url', 'http://h', '--model', 'm', '--app', ''], /--app: expected 1 to 128 bytes/],
    [['--url', 'http://h', '--model', 'm', '--deployment', 'a\u0000'], /--deployment: expected 1 to 128 bytes/],
    [['--url', 'http://h', '--model', 'm', '--mode', 'x'], /--mode: expected streaming, whole, both/],
    [['--url', 'http://h', '--model', 'm', '--weights', 'speed=1'], /--weights: expected such as/],
    [['--url', 'http://h', '--model', 'm', '--weights', 'cost=0'], /--weights: expected one above 0/],
    [['--url', 'http://h', '--model', 'm', '--key-env', KEY], /--key-env: the variable it names is not set/],
    [['--url', 'http://h', '--model', 'm', '--save-row'], /--save-row: TOKENLEDGER_URL names no ledger/],
    [['--url', `http://${KEY}@h`, '--model', 'm'], /without user name and password/],
  ])('%j is wrong use, in one sentence without a key', async (args, message) => {
    const { code, err } = await measure(args);
    expect(code).toBe(2);
    expect(err[0]).toMatch(message);
  });
});

describe('keys', () => {
  it('of OpenAI go to one host alone; with several each target names its own', async () => {
    const [a, b] = [await openEndpoint((n) => stream('m', [1], n)), await openEndpoint((n) => stream('m', [1], n))];
    const folder = mkdtempSync(join(tmpdir(), 'measure-'));
    const file = join(folder, 'targets.json');
    writeFileSync(
      file,
      JSON.stringify({
        targets: [
          { url: a.url, model: 'm', key_env: 'MY_KEY' },
          { url: b.url, model: 'm' },
        ],
      }),
    );
    const { code, err } = await measure(['--targets', file, '--requests', '1'], { env: { MY_KEY: 'key-of-a' } });
    rmSync(folder, { recursive: true });
    expect(code).toBe(0);
    expect(a.requests[0]?.headers.authorization).toBe('Bearer key-of-a');
    expect(b.requests[0]?.headers).not.toHaveProperty('authorization');
    expect(err).toEqual([expect.stringMatching(/no key is sent; name one by key_env/)]);
    expect(err.join()).not.toContain('key-of-a');
  });

  it('that stand in the file in place of their variable are refused, and not shown', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'measure-'));
    const file = join(folder, 'targets.json');
    for (const field of ['key_env', KEY]) {
      writeFileSync(file, JSON.stringify({ targets: [{ url: 'http://h', model: 'm', [field]: KEY }] }));
      expect((await measure(['--targets', file])).code).toBe(2);
    }
    rmSync(folder, { recursive: true });
  });
});

describe('with a ledger', () => {
  let world: ApiWorld;
  let server: ApiServer;
  let env: Record<string, string>;
  beforeEach(async () => {
    world = createApiWorld();
    server = await startApiServer(world);
    opened.push(server);
    env = { TOKENLEDGER_URL: server.url, TOKENLEDGER_KEY: await world.enrol('default') };
  });
  const MEASURED = ['--from', '2026-01-29', '--to', '2026-01-30', '--filter', 'app=tokenledger-measure', '--json'];

  it('records each call once, failed ones too, with its times', async () => {
    const endpoint = await openEndpoint((number) =>
      number === 2 ? { status: 500 } : stream('gpt-4o-mini', [300, 100], number),
    );
    const run = await measure(['--url', endpoint.url, '--model', 'gpt-4o-mini', '--requests', '3', '--json'], { env });
    expect([run.code, json(run).recorded]).toEqual([0, { sent: 4, refused: 0, refused_by_reason: {}, undelivered: 0 }]);
    await world.drain();
    const { rows, total } = JSON.parse((await runCli(['performance', ...MEASURED], env)).out[0] ?? '');
    expect(rows[0]).toMatchObject({ model: 'gpt-4o-mini', app: 'tokenledger-measure', calls: 4, errors: 1 });
    // 300 ms lie between the bounds 282.842 and 400.
    expect(total.ttft.calls).toBe(3);
    expect(total.ttft.p50).toEqual({ at_least_ms: 282.842, below_ms: 400 });
  });

  it('records nothing with --no-record, and keeps nothing of what was said', async () => {
    const endpoint = await openEndpoint((number) => stream('gpt-4o-mini', [1], number));
    const args = ['--url', endpoint.url, '--model', 'gpt-4o-mini', '--requests', '2', '--json'];
    expect(json(await measure([...args, '--no-record'], { env })).recorded).toBeNull();
    expect(server.requests).toEqual([]);
    await measure(args, { env });
    await world.drain();
    const { out } = await runCli(['entries', '--day', '2026-01-29', '--json'], env);
    expect(out.join()).toContain('tokenledger-measure');
    expect(out.join()).not.toMatch(/Count upwards|wordword|sk-test/);
  });

  it('records in the tenant that a key of the organisation acts in, and names the deployment', async () => {
    await world.enrol('acme');
    const key = await world.enrol('default', 'org-admin');
    const endpoint = await openEndpoint((number) => stream('gpt-4o-mini', [1], number));
    const args = ['--url', endpoint.url, '--model', 'gpt-4o-mini', '--requests', '1', '--deployment', 'llama-prod'];
    const { code, err } = await measure([...args, '--tenant', 'acme'], { env: { ...env, TOKENLEDGER_KEY: key } });
    expect(code, err.join()).toBe(0);
    await world.drain();
    const acting = { ...env, TOKENLEDGER_KEY: key };
    const { out } = await runCli(['entries', '--day', '2026-01-29', '--tenant', 'acme', '--json'], acting);
    expect(out.join()).toContain('llama-prod');
  });

  it('stores the best throughput as a row that break-even sizes with', async () => {
    const endpoint = await openEndpoint((number) => stream('Llama 3.1 8B', [10, 10, 10, 10, 10], number));
    const run = await measure(
      [
        '--url',
        endpoint.url,
        '--model',
        'Llama 3.1 8B',
        '--requests',
        '4',
        '--concurrency',
        '2',
        '--save-row',
        '--json',
      ].concat(['--gpu', 'L40S', '--gpu-count', '1', '--engine', 'vllm', '--precision', 'fp8', '--no-record']),
      { env },
    );
    expect(run.code).toBe(0);
    const [saved] = json(run).saved_rows;
    const { out } = await runCli(['catalog', 'rows', 'throughput', '--json'], env);
    const [added] = JSON.parse(out[0] ?? '').added;
    expect(added.id).toBe(saved.id);
    expect(added.row).toMatchObject({
      ...{ model: 'Llama 3.1 8B', gpu: 'L40S', gpu_count: 1, engine: 'vllm', precision: 'fp8', standing: 'stated' },
      ...{ input_tokens: 1_000, output_tokens: 5, as_of: '2026-01-29' },
      source: expect.stringMatching(/^measured by tokenledger measure at 127\.0\.0\.1:/),
      note: expect.stringMatching(/^measured calls: 4, at once: /),
    });
    const level = json(run).measurements[0].levels.find(
      ({ concurrency }: { concurrency: number }) => concurrency === json(run).measurements[0].best_concurrency,
    );
    expect(added.row.output_tokens_per_s).toBeCloseTo(level.throughput.output_tokens_per_s, 1);
  });

  it('stores the better mode of a target, and says of each target what became of its row', async () => {
    const endpoint = await openEndpoint((number, { body }) =>
      body['stream'] === true
        ? stream('Llama 3.1 8B', [20, 20], number)
        : answerWhole(10, { id: `whole-${number}`, usage: USAGE }),
    );
    const targets = [
      { name: 'half', url: endpoint.url, model: 'Llama 3.1 8B', gpu: 'L40S', gpu_count: 0.5 },
      { name: 'one', url: endpoint.url, model: 'Llama 3.1 8B', gpu: 'L40S', gpu_count: 1 },
    ];
    const folder = mkdtempSync(join(tmpdir(), 'tokenledger-'));
    opened.push({ stop: async () => rmSync(folder, { recursive: true }) });
    const file = join(folder, 'targets.json');
    writeFileSync(file, JSON.stringify({ targets }));
    const args = ['--targets', file, '--requests', '2', '--mode', 'both', '--save-row', '--no-record', '--json'];
    const run = await measure(args, { env });
    expect(run.code).toBe(1);
    const { saved_rows: saved } = json(run);
    expect(saved).toEqual([
      { target: 'half', reason: 'row: expected a sound row, but gpuCount is 0.5; unknown is null' },
      { target: 'one', id: expect.any(String) },
    ]);
    const { out } = await runCli(['catalog', 'rows', 'throughput', '--json'], env);
    const { added } = JSON.parse(out[0] ?? '');
    // Whole answers took 10 ms for 5 tokens, streams 40.
    expect(added).toMatchObject([{ id: saved[1].id, row: { output_tokens_per_s: 500 } }]);
  });

  it('stores no row of tokens that were estimated, or of an unknown machine, and says why', async () => {
    const endpoint = await openEndpoint(() => streamTokens({ tokensAfterMs: [10, 10] }));
    const args = ['--url', endpoint.url, '--model', 'm', '--requests', '1', '--save-row', '--no-record'];
    const unknown = await measure(args, { env });
    expect([unknown.code, unknown.out.at(-1)]).toEqual([
      1,
      expect.stringMatching(/no row stored, the machine is not known/),
    ]);
    const guessed = await measure([...args, '--gpu', 'L40S', '--gpu-count', '1'], { env });
    expect(guessed.out.at(-1)).toMatch(/no row stored, the endpoint does not tell how many tokens/);
  });

  it('out of reach costs the record and what it would have known, not what was measured', async () => {
    const endpoint = await openEndpoint((number) => stream('gpt-4o-mini', [1], number));
    const args = [
      '--url',
      endpoint.url,
      '--model',
      'gpt-4o-mini',
      '--requests',
      '2',
      '--report',
      '--no-record',
      '--json',
    ];
    const run = await measure(args, { env: { ...env, TOKENLEDGER_URL: 'http://127.0.0.1:9' } });
    expect(run.code).toBe(3);
    expect(json(run).measurements[0].ok).toBe(3);
    expect(run.err.at(-1)).toMatch(/the report goes without the ledger/);
  });

  it('whose key may only send still records, and the report does without', async () => {
    const endpoint = await openEndpoint((number) => stream('gpt-4o-mini', [1], number));
    const emitter = await world.enrol('default', 'emitter');
    const args = ['--url', endpoint.url, '--model', 'gpt-4o-mini', '--requests', '2', '--report', '--json'];
    const run = await measure(args, { env: { ...env, TOKENLEDGER_KEY: emitter } });
    expect([run.code, json(run).recorded.sent]).toEqual([1, 3]);
    expect(json(run).report.recommendation.target).toBe('gpt-4o-mini');
  });
});

describe('the report', () => {
  it('sets time, cost and quality side by side, and recommends what they decide', async () => {
    const [quick, slow] = [
      await openEndpoint((n) => stream('gpt-4o', [50, 50], n)),
      await openEndpoint((n) => stream('gpt-3.5-turbo', [100, 100], n)),
    ];
    const run = await measure(
      [
        '--url',
        quick.url,
        '--model',
        'gpt-4o',
        '--url',
        slow.url,
        '--model',
        'gpt-3.5-turbo',
        '--requests',
        '2',
      ].concat(['--report', '--weights', 'cost=1,latency=1', '--json']),
    );
    const { rows, recommendation } = json(run).report;
    // gpt-4o: 1,000 x $2.50 and 5 x $10 a million = $0.00255; gpt-3.5-turbo: $0.50 and $1.50 = $0.0005075.
    expect(rows).toMatchObject([
      {
        target: 'gpt-4o',
        ok_ratio: 1,
        ttft_ms: 50,
        latency_ms: 100,
        cost_basis: 'price',
        cost_per_1000_calls_usd: '2.55',
      },
      {
        target: 'gpt-3.5-turbo',
        latency_ms: 200,
        cost_per_1000_calls_usd: '0.5075',
        cost_per_1000_recorded_calls_usd: null,
      },
    ]);
    // Twice the time, a fifth of the cost.
    expect(recommendation).toMatchObject({
      target: 'gpt-3.5-turbo',
      runner_up: 'gpt-4o',
      compared_by: ['cost', 'latency'],
    });
    const cost = recommendation.decided_by.find(({ input }: { input: string }) => input === 'cost');
    // Its cost may rise to 2.55 x 100 / 200.
    expect([cost.target, cost.value, cost.then]).toEqual(['gpt-3.5-turbo', 0.5075, 'gpt-4o']);
    expect(cost.changes_above).toBeCloseTo(1.275, 6);
  });

  it('prices an endpoint by the hour of its machine, at the most that it did', async () => {
    const endpoint = await openEndpoint((n) => stream('own-model', [250, 250], n));
    const args = ['--url', endpoint.url, '--model', 'own-model', '--requests', '4', '--report', '--hourly-usd', '3.6'];
    const [row] = json(await measure([...args, '--json'])).report.rows;
    // 2 calls a second are 7,200 an hour: $3.60 / 7.2 for a thousand.
    expect(row).toMatchObject({ cost_basis: 'machine', cost_per_1000_calls_usd: '0.500000', quality: null });
  });

  it('leaves out what is unknown, and says so', async () => {
    const endpoint = await openEndpoint((n) => stream(n < 3 ? 'own-model' : 'gpt-4o-mini', [10], n));
    const args = [
      '--url',
      endpoint.url,
      '--model',
      'own-model',
      '--model',
      'gpt-4o-mini',
      '--requests',
      '2',
      '--report',
    ];
    const { code, out } = await measure(args);
    expect(code).toBe(0);
    expect(out).toContain('Recommended: own-model, compared by latency');
    expect(out).toContain('  left out: cost, unknown of own-model');
    expect(out).toContain('  left out: quality, unknown of own-model');
  });

  it('of a ledger compares the cost of its mean recorded call, measured calls left out, and its own scores', async () => {
    const world = createApiWorld();
    const server = await startApiServer(world);
    opened.push(server);
    const key = await world.enrol('default');
    const env = { TOKENLEDGER_URL: server.url, TOKENLEDGER_KEY: key };
    const usage = (input_tokens: number, cache_read_tokens: number, output_tokens: number): object => ({
      ...{ time: '2026-01-29T10:00:00Z', model: 'gpt-4o', app: 'chat' },
      usage: { input_tokens, cache_read_tokens, output_tokens },
    });
    const events = [
      { id: 'a', ...usage(3_000, 1_000, 100) },
      { id: 'b', ...usage(1_000, 0, 300) },
      { id: 'c', ...usage(900_000, 0, 0), app: 'tokenledger-measure' },
      { id: 'd', ...usage(900_000, 0, 0), app: 'load-test' },
    ];
    await world.ask('POST', '/v1/imports', { key, body: { events } });
    await world.drain();
    for (const [model, score] of [
      ['gpt-4o-mini', 71],
      ['gpt-4o', 90],
    ] as const) {
      const row = { model, score, scale: 'ours /100', source: 'our evaluation', as_of: '2026-01-20' };
      await world.ask('POST', '/v1/reference-rows', { key, body: { kind: 'quality', row } });
    }
    const endpoint = await openEndpoint((n) => stream(n < 3 ? 'gpt-4o' : 'gpt-4o-mini', [10], n));
    const args = ['--url', endpoint.url, '--model', 'gpt-4o', '--model', 'gpt-4o-mini', '--requests', '2', '--report'];
    const { report } = json(
      await measure([...args, '--app', 'load-test', '--scale', 'ours /100', '--no-record', '--json'], { env }),
    );
    expect(report).toMatchObject({
      ...{ quality_scale: 'ours /100', cost_of: 'recorded' },
      recorded_call: { calls: 2, input_tokens: 2_000, cache_read_tokens: 500, output_tokens: 200 },
      // gpt-4o: 1,500 x $2.50 + 500 x $1.25 + 200 x $10 a million = $0.006375.
      rows: [
        { quality: 90, cost_per_1000_recorded_calls_usd: '6.375' },
        // gpt-4o-mini: 1,500 x $0.15 + 500 x $0.075 + 200 x $0.60 a million = $0.0003825.
        { quality: 71, cost_per_1000_recorded_calls_usd: '0.3825' },
      ],
      recommendation: { target: 'gpt-4o-mini', compared_by: ['cost', 'latency', 'quality'] },
    });
  });

  it('recommends nothing that does not keep to a limit', async () => {
    const endpoint = await openEndpoint((n) => stream('gpt-4o', [200, 100], n));
    const args = ['--url', endpoint.url, '--model', 'gpt-4o', '--requests', '2', '--report', '--max-latency-ms', '250'];
    const { out } = await measure(args);
    expect(out).toContain('Recommended: none');
    expect(out).toContain('  excluded: gpt-4o, its latency is 300 ms, at most 250 ms are asked for');
  });
});
