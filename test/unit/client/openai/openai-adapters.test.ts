import { describe, expect, it } from 'vitest';
import { chooseOpenaiAdapter, OPENAI_ADAPTERS } from '../../../../lib/client/responses/openai-adapters.ts';
import type { ResponseReading } from '../../../../lib/client/responses/response-adapter.ts';
import { loadOpenaiFixtures } from './response-fixtures.ts';

const CHAT = { object: 'chat.completion', model: 'm', choices: [{ index: 0, finish_reason: 'stop' }] };
const COUNTS = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };

function read(name: string, ...chunks: readonly unknown[]): ResponseReading | undefined {
  return OPENAI_ADAPTERS.find((it) => it.name === name)?.readStream(chunks);
}

function issuesOf(reading: ResponseReading | undefined): readonly string[] | undefined {
  return reading?.usage.ok === false ? reading.usage.issues : undefined;
}

describe('an adapter', () => {
  it.each(OPENAI_ADAPTERS)('$name leaves what is no answer of its protocol alone', (adapter) => {
    const others = [null, 'text', 7, [], {}, { type: 'message', role: 'assistant' }, { candidates: [] }];
    for (const body of others) expect(adapter.readBody(body)).toBeUndefined();
    expect(adapter.readStream([])).toBeUndefined();
  });

  it.each(OPENAI_ADAPTERS.filter(({ name }) => name !== 'openai_batch'))('$name reads an error', ({ name }) => {
    for (const error of [{ error: { message: '...' } }, { error: '...' }, { object: 'error', message: '...' }]) {
      expect(read(name, error)).toMatchObject({ status: 'error', usage: { ok: true, usage: { audioSeconds: null } } });
    }
  });

  it('of one endpoint leaves the answers of another alone', () => {
    for (const { adapter, chunks, name } of loadOpenaiFixtures()) {
      if (!adapter.startsWith('openai_') || name.endsWith('-error')) continue;
      const takers = OPENAI_ADAPTERS.filter((it) => it.name.startsWith('openai_') && it.readStream(chunks));
      expect(takers.map((it) => it.name)).toEqual([adapter]);
    }
  });

  it('keeps nothing of what was said', () => {
    const body = { ...CHAT, usage: COUNTS, choices: [{ message: { content: 'secret', refusal: 'secret' } }] };
    const failed = { error: { message: 'secret', code: 'secret' } };
    for (const { name } of OPENAI_ADAPTERS) {
      const readings = JSON.stringify([read(name, body), read(name, failed)], (_, it) => String(it));
      expect(readings).not.toContain('secret');
    }
  });
});

describe('a failed call', () => {
  it.each([
    ['openai_chat', { ...CHAT, usage: COUNTS, error: { message: '...' } }],
    ['openrouter_chat', { ...CHAT, usage: COUNTS, choices: [{ finish_reason: 'error', error: { code: 502 } }] }],
    ['groq', { ...CHAT, usage: COUNTS, x_groq: { id: 'req_1', error: 'over capacity' } }],
  ])('of %s is billed for the usage that it names', (name, body) => {
    const counts = new Map([
      ['input_tokens', 3n],
      ['output_tokens', 2n],
    ]);
    expect(read(name, body)).toMatchObject({ status: 'error', usage: { ok: true, usage: { counts } } });
  });
});

describe('usage that says nothing', () => {
  it.each([undefined, null, {}])('such as %j is missing, not zero', (usage) => {
    expect(issuesOf(read('openai_chat', { ...CHAT, usage }))).toEqual([expect.stringContaining('does not say')]);
  });

  it('of another form is not taken for none', () => {
    const anthropic = { input_tokens: 3, output_tokens: 2 };
    expect(issuesOf(read('openai_chat', { ...CHAT, usage: anthropic }))).toEqual([expect.stringContaining('got none')]);
  });
});

describe('the charge that an answer names', () => {
  const charged = (usage: object) => read('openrouter_chat', { ...CHAT, usage: { ...COUNTS, ...usage } });

  it('is none where the caller pays the provider an unknown amount', () => {
    expect(charged({ cost: 0.01, is_byok: true })?.reportedCostUsd).toBeNull();
    expect(charged({ cost: 0.01, is_byok: false })?.reportedCostUsd).toBe('0.01');
  });

  it('adds the fee to what the provider charges the caller', () => {
    const usage = { cost: 0.00001, is_byok: true, cost_details: { upstream_inference_cost: 0.0002 } };
    expect(charged(usage)?.reportedCostUsd).toBe('0.00021');
  });

  it('loses no digit of a small number to its notation', () => {
    expect(charged({ cost: 1.2345e-7 })?.reportedCostUsd).toBe('0.00000012345');
    expect(charged({ cost: '1.23456789012345678901e-7' })?.reportedCostUsd).toBe('0.000000123456789012345678901');
    expect(charged({ cost: '1.5E+2' })?.reportedCostUsd).toBe('150');
  });

  it.each([-1, 'free', '-1e-7', '1e', true, {}])('is refused when it is %j', (cost) => {
    expect(issuesOf(charged({ cost }))).toEqual([expect.stringContaining('cost: expected an amount')]);
  });

  it('counts in ticks at xAI and stands in an object at Perplexity', () => {
    const ticks = { ...CHAT, usage: { ...COUNTS, cost_in_usd_ticks: 37_756_000 } };
    expect(read('xai', ticks)?.reportedCostUsd).toBe('0.0037756'); // 37,756,000 / 10^10
    const total = { ...CHAT, usage: { ...COUNTS, cost: { total_cost: 0.006 } } };
    expect(read('perplexity', total)?.reportedCostUsd).toBe('0.006');
    expect(read('openai_chat', total)?.reportedCostUsd).toBeNull();
  });
});

describe('an id that identifies nothing', () => {
  it("is no id: Ollama's are one of a thousand, and Groq ends its streams with a stub", () => {
    const body = { ...CHAT, id: 'chatcmpl-395', usage: COUNTS };
    expect(read('ollama', body)?.responseId).toBeNull();
    expect(read('openai_chat', body)?.responseId).toBe('chatcmpl-395');
    expect(read('groq', { ...body, id: 'stub' })?.responseId).toBeNull();
    expect(read('groq', body, { ...body, id: 'stub' })?.responseId).toBe('chatcmpl-395');
  });
});

describe('a time that is none', () => {
  it.each([0, -1, 1_700_000_000_000, 1e300, Number.POSITIVE_INFINITY, 'soon', null])(
    'such as %j is left out',
    (created) => {
      expect(read('openai_chat', { ...CHAT, usage: COUNTS, created })?.createdMs).toBeNull();
    },
  );
});

describe("Gemini's answer in OpenAI's protocol", () => {
  const thought = { prompt_tokens: 20, completion_tokens: 198, total_tokens: 623 };

  it('has thoughts that only its total counts', () => {
    // mozilla-ai/any-llm, issue 1290: 623 - 20 - 198
    const counts = new Map([
      ['input_tokens', 20n],
      ['output_tokens', 198n],
      ['reasoning_tokens', 405n],
    ]);
    const body = { ...CHAT, model: 'gemini-2.5-flash', usage: thought };
    expect(chooseOpenaiAdapter([body])?.name).toBe('gemini_openai');
    expect(read('gemini_openai', body)).toMatchObject({ provider: 'google', usage: { ok: true, usage: { counts } } });
    const named = { ...thought, completion_tokens_details: { reasoning_tokens: 405 } };
    expect(read('gemini_openai', { ...body, usage: named })).toMatchObject({ usage: { usage: { counts } } });
  });

  it('may count them in the completion, and then adds nothing', () => {
    const usage = { prompt_tokens: 20, completion_tokens: 603, total_tokens: 623 };
    const counts = new Map([
      ['input_tokens', 20n],
      ['output_tokens', 603n],
    ]);
    expect(read('gemini_openai', { ...CHAT, usage })).toMatchObject({ usage: { usage: { counts } } });
  });
});

describe('the choice of an adapter', () => {
  it('follows the provider before the fields of the answer', () => {
    const body = { ...CHAT, usage: COUNTS };
    expect(chooseOpenaiAdapter([body], 'mistral')?.name).toBe('mistral');
    expect(chooseOpenaiAdapter([{ ...body, x_groq: { id: 'req_1' } }], 'azure')?.name).toBe('azure_openai');
    expect(chooseOpenaiAdapter([body], 'openai')?.name).toBe('openai_chat');
    expect(chooseOpenaiAdapter([body])?.name).toBe('openai_chat');
  });

  it('falls on nothing where no protocol fits', () => {
    expect(chooseOpenaiAdapter([{ candidates: [] }])).toBeUndefined();
    expect(chooseOpenaiAdapter([])).toBeUndefined();
  });

  it('leaves the provider open for models that anybody may serve', () => {
    expect(read('openai_chat', { ...CHAT, model: 'gpt-oss-120b', usage: COUNTS })?.provider).toBeNull();
    expect(read('openai_chat', { ...CHAT, model: 'gpt-4o-mini', usage: COUNTS })?.provider).toBe('openai');
  });
});

describe('a line of a batch', () => {
  it('that failed is a failed call at the price of a batch', () => {
    const line = { custom_id: 'request-1', response: null, error: { code: 'batch_expired', message: '...' } };
    expect(read('openai_batch', line)).toMatchObject({ status: 'error', serviceTier: 'batch' });
  });
});

describe('a model that Ollama only loads', () => {
  it('used nothing', () => {
    const body = { model: 'llama3.2', created_at: '2024-09-12T21:17:29.110811Z', response: '', done: true };
    const counts = new Map();
    expect(read('ollama', { ...body, done_reason: 'load' })).toMatchObject({ usage: { ok: true, usage: { counts } } });
    expect(issuesOf(read('ollama', body))).toEqual([expect.stringContaining('does not say')]);
  });
});
