import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rateCommand } from '../../../lib/cli/rate.ts';
import { runCommand } from '../../helpers/run-command.ts';
import { describeWithSharedData } from '../../helpers/shared-data.ts';

type Answer = Readonly<Record<string, unknown>>;

async function rate(lines: readonly unknown[], args: string[] = []): Promise<readonly Answer[]> {
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
  const { code, out } = await runCommand(rateCommand, [text], args);
  expect(code).toBe(0);
  return out.map((line) => JSON.parse(line));
}

const call = {
  id: 'a',
  provider: 'openai',
  model: 'gpt-4o-mini',
  timestamp: '2026-01-20T00:00:00Z',
  usage_shape: 'canonical',
  usage: { input_tokens: 1000, output_tokens: 100 },
};

describe('tokenledger rate', () => {
  it('answers with the amount, its lines and what they were taken from', async () => {
    const [answer] = await rate([call]);
    // 1,000 x 0.15/M + 100 x 0.6/M = 0.00015 + 0.00006
    expect(answer).toEqual({
      id: 'a',
      status: 'priced',
      cost_usd: '0.00021',
      cost_pico_usd: '210000000',
      lines: [
        { unit: 'input_tokens', count: 1000, rate_usd: '0.15', per: 1_000_000, amount_usd: '0.00015' },
        { unit: 'output_tokens', count: 100, rate_usd: '0.6', per: 1_000_000, amount_usd: '0.00006' },
      ],
      catalog_version: expect.stringMatching(/^[0-9a-f]{16}$/),
      model_id: 'gpt-4o-mini',
      method: 'exact',
    });
  });

  it('answers every line in order, whatever is wrong with its neighbours', async () => {
    const answers = await rate([
      'not json',
      { ...call, id: 2, model: 'gpt-6' },
      { ...call, id: 3, usage: { input_tokens: -1 } },
      { ...call, id: 4, usage_shape: 'morse' },
      { ...call, id: 5, model: null },
      { ...call, id: 6, timestamp: '2026-02-30T00:00:00Z' },
      { ...call, id: 7, usage: { images: 1 } },
      { ...call, id: 8, usage: { input_tokens: 1, images: 1 } },
      { ...call, id: 9, usage: {} },
    ]);
    const short = answers.map(({ id, status, cost_usd, error }) => [id, status ?? (error as Answer)['code'], cost_usd]);
    expect(short).toEqual([
      [null, 'invalid_json', undefined],
      [2, 'unpriced', null],
      [3, 'invalid_usage', null],
      [4, 'unsupported_shape', undefined],
      [5, 'invalid_request', undefined],
      [6, 'invalid_request', undefined],
      [7, 'unpriced_unit', null],
      [8, 'partially_priced', '0.00000015'],
      [9, 'priced', '0'],
    ]);
    expect(answers[7]?.['unpriced_units']).toEqual(['images']);
  });

  it('keeps counts and amounts beyond 2^53 exact', async () => {
    const [answer] = await rate([{ ...call, usage: { input_tokens: '9007199254740993000000' } }]);
    // 9007199254740993 million tokens x 0.15
    expect(answer?.['cost_usd']).toBe('1351079888211148.95');
    expect(answer?.['lines']).toMatchObject([{ count: '9007199254740993000000' }]);
  });

  it.each([
    ['a whole usage', (deep: string) => `{"id":1,"model":"gpt-4o","usage_shape":"canonical","usage":${deep}}`],
    ['a count', (deep: string) => `{"id":1,"model":"gpt-4o","usage_shape":"canonical","usage":{"images":${deep}}}`],
    ['a model', (deep: string) => `{"id":1,"model":${deep}}`],
    ['an id', (deep: string) => `{"id":${deep},"model":"gpt-4o"}`],
    ['a response', (deep: string) => `{"id":1,"response":{"cost":1,"candidates":${deep}}}`],
  ])('answers shortly when %s is nested deeper than anything can be written', async (_, lineOf) => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    const [answer, next] = await rate([lineOf(deep), call]);
    expect(JSON.stringify(answer).length).toBeLessThan(400);
    expect(next?.['status']).toBe('priced');
  });

  it('reads times as strictly as events do, and dates', async () => {
    const answers = await rate(
      ['2026-11-21', '2026-11-21t09:00:00z', '2026-11-21T24:00:00Z', '2026-11-21T09:00Z', '2026-11-21T09:00:00'].map(
        (timestamp) => ({ ...call, timestamp }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(['priced', 'priced', undefined, undefined, undefined]);
  });

  it('takes a raw response for its usage, model and service tier', async () => {
    const response = { model: 'gpt-4o-mini', usage: { prompt_tokens: 1000, completion_tokens: 100 } };
    const line = { id: 1, provider: 'openai', timestamp: call.timestamp, usage_shape: 'openai_chat', response };
    const answers = await rate([
      line,
      { ...line, response: { ...response, service_tier: 'default' } },
      { ...line, response: { ...response, service_tier: 'flex' } },
      { ...line, service_tier: 'batch', response: { ...response, service_tier: 'default' } },
    ]);
    // There is no flex price of this model; batch is half the price, whoever names it.
    expect(answers.map(({ cost_usd }) => cost_usd)).toEqual(['0.00021', '0.00021', null, '0.000105']);
  });

  it('takes provider, model, time and terms from the response where the line does not give them', async () => {
    const usage = { input_tokens: 14, output_tokens: 65, service_tier: 'standard', inference_geo: 'not_available' };
    const message = { type: 'message', id: 'msg_01', model: 'claude-sonnet-4-5-20250929', usage };
    const answers = await rate([
      // 14 x 3 + 65 x 15 = 1,017 millionths, by name of the adapter and without
      { id: 1, timestamp: call.timestamp, usage_shape: 'anthropic', response: message },
      { id: 2, timestamp: call.timestamp, response: message },
      // A response of before the price cut of o3, at 10 and 40: 1,000 x 10 + 100 x 40 = 14,000 millionths
      {
        id: 3,
        response: {
          object: 'chat.completion',
          created: Date.parse('2025-06-09T12:00:00Z') / 1000,
          model: 'o3',
          choices: [],
          usage: { prompt_tokens: 1000, completion_tokens: 100 },
        },
      },
      { id: 4, response: { hello: 'world' } },
      { id: 5, usage_shape: 'morse', response: message },
      { id: 6, usage_shape: 'anthropic', response: message, usage: { input_tokens: 7 }, timestamp: call.timestamp },
    ]);
    expect(answers.map(({ cost_usd, error }) => cost_usd ?? (error as Answer)['code'])).toEqual([
      '0.001017',
      '0.001017',
      '0.014',
      'invalid_request',
      'unsupported_shape',
      '0.000021', // 7 x 3: counts on the line win over those of the response
    ]);
  });

  it("takes the provider's own charge digit by digit, and rounds it once", async () => {
    const line = (cost: string, usage = '') =>
      `{"provider":"openrouter","model":"a/b","usage_shape":"openrouter_chat","usage":{"prompt_tokens":1,"cost":${cost}${usage}}}`;
    const answers = await rate([
      line('0.00013'),
      line('1.25e-05'),
      line('1E2'),
      line('123456789012345.123456789012'), // a double would keep 17 of these digits
      line('0.0000000000005'), // half a picodollar, to the even neighbour
      line('0.0000000000015'),
      line('"0.5"'),
      line('0'),
      line('null'),
      line('-1'),
      line('1e999'),
      line('0.25,"cost_details":{"upstream_inference_cost":123456789012345.123456789012}', ',"is_byok":true'),
    ]);
    expect(answers.map(({ status, cost_usd }) => [status, cost_usd])).toEqual([
      ['reported', '0.00013'],
      ['reported', '0.0000125'],
      ['reported', '100'],
      ['reported', '123456789012345.123456789012'],
      ['reported', '0'],
      ['reported', '0.000000000002'],
      ['reported', '0.5'],
      ['reported', '0'],
      ['unpriced', null],
      ['invalid_usage', null],
      ['invalid_usage', null],
      ['reported', '123456789012345.373456789012'],
    ]);
  });

  it("reads usage by its vendor's shape", async () => {
    const line = { timestamp: call.timestamp };
    const answers = await rate([
      {
        ...line,
        provider: 'aws',
        model: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
        usage_shape: 'bedrock_converse',
        usage: { inputTokens: 7, cacheWriteInputTokens: 1069, cacheReadInputTokens: 0, outputTokens: 60 },
      },
      {
        ...line,
        provider: 'google',
        model: 'gemini-2.5-pro',
        usage_shape: 'gemini',
        usage: { promptTokenCount: 1106, candidatesTokenCount: 778, thoughtsTokenCount: 1089, totalTokenCount: 2973 },
      },
      {
        ...line,
        provider: 'openai',
        model: 'gpt-5',
        usage_shape: 'openai_responses',
        usage: { input_tokens: 100, input_tokens_details: { cached_tokens: 40 }, output_tokens: 10 },
      },
    ]);
    expect(answers.map(({ cost_usd }) => cost_usd)).toEqual([
      '0.005422725', // 7 x 3.3 + 1,069 x 4.125 + 60 x 16.5: the profile's region costs a tenth more
      '0.0200525', // 1,106 x 1.25 + (778 + 1,089) x 10: thoughts are beside the candidates
      '0.00018', // 60 x 1.25 + 40 x 0.125 + 10 x 10
    ]);
  });

  it('rates a call without a timestamp at the time of the run', async () => {
    // The test's clock stands at the epoch, when gpt-3.5-turbo had no price yet.
    const { timestamp: _, ...undated } = { ...call, model: 'gpt-3.5-turbo' };
    expect((await rate([undated]))[0]?.['status']).toBe('unpriced');
  });

  it('takes another catalog from a file of rows', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'rate-')), 'rows.json');
    const row = { provider: 'openai', model: 'gpt-4o-mini', unit: 'input_tokens', rate: '7' };
    writeFileSync(file, JSON.stringify({ rows: [row, { ...row, unit: 'output_tokens' }] }));
    const [answer] = await rate([call], ['--catalog', file]);
    expect(answer?.['cost_usd']).toBe('0.0077');
  });

  it.each([[['--catalog']], [['--help-me']], [['--catalog', '/nowhere/rows.json']]])('refuses %j', async (args) => {
    const { code, out, err } = await runCommand(rateCommand, [''], args);
    expect([code, out, err.length]).toEqual([2, [], 1]);
  });
});

interface WorkedCase extends Answer {
  readonly id: string;
  readonly expected_usd: string | null;
  readonly expected_status?: string;
}

describeWithSharedData('pricing-cases.json', 'the worked pricing cases', (path) => {
  const file: { readonly cases: readonly WorkedCase[]; readonly no_price_or_invalid: readonly WorkedCase[] } =
    JSON.parse(readFileSync(path, 'utf8'));
  // The command's clock stands at the epoch here, and a case without a time means today.
  it.each([...file.cases, ...file.no_price_or_invalid])('$id comes out exactly', async (worked) => {
    const [answer] = await rate([{ timestamp: '2026-11-21T00:00:00Z', ...worked }]);
    expect(answer?.['cost_usd']).toBe(worked.expected_usd);
    expect(answer?.['status']).toBe(worked.expected_status ?? 'priced');
  });
});
