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
      { ...call, id: 4, usage_shape: 'gemini' },
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
    expect(answers.map(({ cost_usd }) => cost_usd)).toEqual(['0.00021', '0.00021', null, null]);
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
  readonly usage_shape: string;
  readonly tags?: readonly string[];
  readonly expected_usd: string | null;
  readonly expected_status?: string;
}

const SHAPES = ['canonical', 'canonical_inclusive', 'openai_chat', 'anthropic'];
const LATER = ['service-tier', 'batch', 'fine-tuned', 'training', 'regional', 'time-of-day', 'weekday'];

describeWithSharedData('pricing-cases.json', 'the worked pricing cases', (path) => {
  it('come out exactly, and those of a later depth unpriced or exactly, never wrong', async () => {
    const file = JSON.parse(readFileSync(path, 'utf8'));
    const cases: readonly WorkedCase[] = [...file.cases, ...file.no_price_or_invalid];
    // The command's clock stands at the epoch here, and a case without a time means today.
    const answers = await rate(cases.map((worked) => ({ timestamp: '2026-11-21T00:00:00Z', ...worked })));
    let exact = 0;
    for (const [index, worked] of cases.entries()) {
      const { status, cost_usd: usd = null } = answers[index] ?? {};
      const isDue = SHAPES.includes(worked.usage_shape) && !worked.tags?.some((tag) => LATER.includes(tag));
      if (isDue || usd !== null) expect([worked.id, usd]).toEqual([worked.id, worked.expected_usd]);
      if (worked.expected_status !== undefined)
        expect([worked.id, status]).toEqual([worked.id, worked.expected_status]);
      if (isDue) exact += 1;
    }
    expect(exact).toBeGreaterThan(10);
  });
});
