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
      adapter: 'openai_chat',
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
