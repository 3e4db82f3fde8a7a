import { describe, expect, it } from 'vitest';
import { ADAPTER_NAMES, readResponse } from '../../../lib/client/responses/read-response.ts';
import { showUsage } from './all-responses.ts';

const message = {
  type: 'message',
  id: 'msg_01',
  model: 'claude-sonnet-4-5-20250929',
  usage: { input_tokens: 7, output_tokens: 9 },
};
const completion = {
  object: 'chat.completion',
  id: 'chatcmpl-1',
  model: 'some-model',
  choices: [],
  usage: { prompt_tokens: 1, completion_tokens: 2 },
};

describe('a response', () => {
  it.each([
    ['text', 'hello'],
    ['nothing', null],
    ['a list of nothing', []],
    ['fields of nobody', { hello: 'world' }],
    ['a count of tokens, which is no call', { totalTokens: 31, promptTokensDetails: [] }],
    ['a count of tokens at Anthropic', { input_tokens: 14 }],
    [
      'a stored cache',
      { name: 'cachedContents/1', createTime: '2026-05-28T14:45:17Z', usageMetadata: { totalTokenCount: 3512 } },
    ],
  ])('of %s is not read', (_, response) => {
    expect(readResponse(response)).toBeUndefined();
  });

  it('is read by the adapter that the caller names, or not at all', () => {
    expect(readResponse(message, { adapter: 'anthropic' })?.adapter).toBe('anthropic');
    expect(readResponse(message, { adapter: 'gemini' })).toBeUndefined();
    expect(() => readResponse(message, { adapter: 'morse' })).toThrow('adapter "morse": expected one of');
    expect(new Set(ADAPTER_NAMES).size).toBe(ADAPTER_NAMES.length);
  });

  it('is read by the provider that the caller names, in any spelling', () => {
    expect(readResponse(completion, { provider: 'mistral_ai' })).toMatchObject({
      adapter: 'mistral',
      provider: 'mistral',
    });
    expect(readResponse(completion, { provider: 'azure.ai.openai' })).toMatchObject({
      adapter: 'azure_openai',
      provider: 'azure',
    });
    expect(readResponse(completion, { provider: 'self-hosted' })).toMatchObject({ provider: 'self-hosted' });
    expect(readResponse(completion)).toMatchObject({ adapter: 'openai_chat', provider: null });
  });

  it('is read as what it is where the provider offers several shapes', () => {
    expect(readResponse(message, { provider: 'aws', model: 'us.anthropic.claude' })).toMatchObject({
      adapter: 'bedrock_invoke',
      provider: 'aws',
      model: 'us.anthropic.claude', // Bedrock's name for it, which has the price
    });
    expect(readResponse(message, { provider: 'vertex_ai', model: 'claude' })).toMatchObject({
      adapter: 'anthropic',
      provider: 'google',
      model: 'claude-sonnet-4-5-20250929',
    });
    expect(readResponse(completion, { provider: 'google' })).toMatchObject({
      adapter: 'gemini_openai',
      provider: 'google',
    });
  });

  it('that is only an error is a failed call of whomever it was sent to', () => {
    for (const body of [{ message: 'no' }, { id: 'a', message: 'no' }, { Message: 'no', code: 'x' }]) {
      const reading = readResponse(body, { provider: 'cohere', model: 'command' });
      expect(reading).toMatchObject({ status: 'error', provider: 'cohere', model: 'command', adapter: 'none' });
      expect(readResponse(body)?.provider).toBeNull();
    }
  });

  it('takes request id and time from the headers where the body has none', () => {
    const headers = { 'X-Amzn-RequestId': 'req-1', Date: 'Sat, 21 Nov 2026 09:30:00 GMT' };
    const body = { output: { message: {} }, stopReason: 'end_turn', usage: { inputTokens: 1, outputTokens: 2 } };
    const found = { responseId: 'req-1', createdMs: Date.parse('2026-11-21T09:30:00Z') };
    expect(readResponse(body, { headers })).toMatchObject(found);
    expect(readResponse({ ...body, $metadata: { requestId: 'req-2' } }, { headers })?.responseId).toBe('req-2');
    expect(readResponse(body, { headers: { date: 'yesterday' } })?.createdMs).toBeNull();
  });

  it('is counted by the headers alone where Bedrock hands on something unknown', () => {
    const headers = {
      'x-amzn-bedrock-input-token-count': '5',
      'x-amzn-bedrock-output-token-count': '6',
      'x-amzn-bedrock-cache-read-input-token-count': '7',
      'x-amzn-bedrock-cache-write-input-token-count': '8',
    };
    const reading = readResponse({ predictions: 'x' }, { headers, model: 'new.model' });
    expect(reading).toMatchObject({ provider: 'aws', model: 'new.model' });
    expect(reading === undefined ? undefined : showUsage(reading.usage)).toEqual({
      input_tokens: 5,
      cache_read_tokens: 7,
      cache_write_5m_tokens: 8,
      output_tokens: 6,
    });
    expect(readResponse(message, { headers: { ...headers, 'x-amzn-bedrock-input-token-count': '99' } })).toMatchObject({
      usage: readResponse(message)?.usage, // what the body says in detail stands
    });
  });
});

describe('a response that resembles another', () => {
  const ollama = { model: 'gemini-3-flash-preview', created_at: '2026-01-01T00:00:00Z', message: { content: '' } };
  const response = {
    object: 'response',
    id: 'resp_1',
    model: 'openai.gpt-oss-120b-1:0',
    status: 'completed',
    usage: { input_tokens: 10, input_tokens_details: { cached_tokens: 6 }, output_tokens: 5 },
  };

  it("is Ollama's stream, whose chunks hold a message as Anthropic's first event does", () => {
    const chunks = [
      { ...ollama, done: false },
      { ...ollama, done: true, prompt_eval_count: 3, eval_count: 4 },
    ];
    const reading = readResponse(chunks);
    expect(reading).toMatchObject({ adapter: 'ollama', provider: 'ollama', status: 'ok' });
    expect(reading === undefined ? undefined : showUsage(reading.usage)).toEqual({ input_tokens: 3, output_tokens: 4 });
    expect(readResponse(chunks, { provider: 'mistral' })?.adapter).toBe('ollama');
  });

  it("is OpenAI's response on Bedrock, whose cached tokens are part of its input", () => {
    for (const hints of [{ provider: 'aws' }, { adapter: 'bedrock_invoke' }]) {
      const reading = readResponse(response, { ...hints, model: 'openai.gpt-oss-120b-1:0' });
      expect(reading).toMatchObject({ provider: 'aws', adapter: 'bedrock_invoke', responseId: 'resp_1' });
      expect(reading === undefined ? undefined : showUsage(reading.usage)).toEqual({
        input_tokens: 4, // 10 - 6
        cache_read_tokens: 6,
        output_tokens: 5,
      });
    }
  });

  it("is OpenAI's stream on Bedrock, which has no metrics of Bedrock's", () => {
    const chunk = { object: 'chat.completion.chunk', id: 'chatcmpl-x', model: 'openai.gpt-oss-20b-1:0' };
    const chunks = [
      { ...chunk, choices: [{ finish_reason: 'stop' }] },
      { ...chunk, choices: [], usage: { prompt_tokens: 2, completion_tokens: 3 } },
    ];
    expect(readResponse(chunks, { provider: 'aws' })).toMatchObject({
      provider: 'aws',
      status: 'ok',
      usage: { ok: true },
    });
  });

  it("is an error of OpenAI's responses or realtime, of the same type as Anthropic's", () => {
    const created = { type: 'response.created', response: { id: 'resp_1', model: 'gpt-5', status: 'in_progress' } };
    for (const mark of [{ sequence_number: 3 }, { event_id: 'event_1' }]) {
      const failed = { type: 'error', error: { type: 'server_error', message: '...' }, ...mark };
      expect(readResponse([created, failed])).toMatchObject({
        provider: 'openai',
        status: 'error',
        responseId: 'resp_1',
      });
      expect(readResponse([failed])?.provider).toBeNull();
    }
    const overloaded = { type: 'error', error: { type: 'overloaded_error', message: '...' }, request_id: 'req_1' };
    expect(readResponse([overloaded])).toMatchObject({ provider: 'anthropic', status: 'error' });
  });

  it('is several lines of a batch, each a call of its own, and is not read as one', () => {
    const line = { custom_id: 'a', response: { body: completion } };
    expect(readResponse([line])).toMatchObject({ adapter: 'openai_batch', serviceTier: 'batch' });
    expect(readResponse([line, { ...line, custom_id: 'b' }])).toBeUndefined();
  });
});

describe('the model of a response on Bedrock', () => {
  it('is the one that a prompt router chose, not the router that was asked', () => {
    const body = {
      output: { message: {} },
      stopReason: 'end_turn',
      usage: { inputTokens: 1, outputTokens: 2 },
      trace: { promptRouter: { invokedModelId: 'arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0' } },
    };
    const asked = { provider: 'aws', model: 'arn:aws:bedrock:us-east-1:1:default-prompt-router/amazon.nova:1' };
    expect(readResponse(body, asked)?.model).toContain('amazon.nova-lite-v1:0');
    expect(readResponse({ ...body, trace: {} }, asked)?.model).toBe(asked.model);
  });
});

describe('usage of nothing but null', () => {
  it.each<[string, object]>([
    ['openai_chat', { ...completion, usage: { prompt_tokens: null, completion_tokens: null } }],
    ['openai_responses', { object: 'response', usage: { input_tokens: null, output_tokens: null } }],
    ['anthropic', { ...message, usage: { input_tokens: null, output_tokens: null } }],
    ['gemini', { candidates: [], usageMetadata: { promptTokenCount: null } }],
    ['gemini', { candidates: [], usageMetadata: {} }],
    ['bedrock_converse', { output: { message: {} }, stopReason: 'end_turn', usage: {} }],
    ['bedrock_converse', { output: { message: {} }, stopReason: 'end_turn', usage: { inputTokens: null } }],
    ['bedrock_invoke', { inputTextTokenCount: null, results: [] }],
    ['bedrock_invoke', { prompt_token_count: null, generation_token_count: null }],
    ['cohere', { message: {}, finish_reason: 'COMPLETE', usage: { billed_units: {} } }],
    ['cohere', { message: {}, finish_reason: 'COMPLETE', usage: { billed_units: { input_tokens: null } } }],
  ])('is none, not a free call: %s %j', (adapter, body) => {
    expect(readResponse(body, { adapter })?.usage.ok).toBe(false);
  });
});

describe('half of a usage', () => {
  it('of an older stream, whose last event counts only the answer, is none', () => {
    const end = { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 15 } };
    const start = { type: 'message_start', message: { ...message, usage: { input_tokens: 25, output_tokens: 1 } } };
    expect(readResponse([end])?.usage.ok).toBe(false);
    const whole = readResponse([start, end]);
    expect(whole === undefined ? undefined : showUsage(whole.usage)).toEqual({ input_tokens: 25, output_tokens: 15 });
  });

  it('of empty metrics is none', () => {
    const end = { type: 'message_stop', 'amazon-bedrock-invocationMetrics': {} };
    expect(readResponse([end], { provider: 'aws' })?.usage.ok).toBe(false);
    const counted = { ...end, 'amazon-bedrock-invocationMetrics': { inputTokenCount: 3, outputTokenCount: 4 } };
    expect(readResponse([counted])).toMatchObject({ provider: 'aws', status: 'ok', usage: { ok: true } });
  });
});
