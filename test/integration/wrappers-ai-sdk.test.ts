import { generateText, simulateReadableStream, streamText, wrapLanguageModel } from 'ai';
import { beforeEach, describe, expect, it } from 'vitest';
import { makeTimedId } from '../../lib/client/responses/response-event-id.ts';
import type { UsageEventMessage } from '../../lib/client/responses/to-usage-event.ts';
import { createAiSdkMiddleware } from '../../lib/client/wrappers/ai-sdk-middleware.ts';

const CREATED_MS = Date.parse('2026-11-21T09:30:00Z');
const USAGE = {
  inputTokens: { total: 1200, noCache: 400, cacheRead: 800, cacheWrite: undefined },
  outputTokens: { total: 350, text: 230, reasoning: 120 },
};
const FINISH = { unified: 'stop' as const, raw: 'stop' };
const METADATA = { id: 'chatcmpl-1', timestamp: new Date(CREATED_MS), modelId: 'gpt-5-mini-2025-08-07' };
const CONTENT = [{ type: 'text' as const, text: 'Secret.' }];

let events: UsageEventMessage[];
const emitter = { emit: (event: UsageEventMessage) => events.push(event) > 0 };
const middleware = createAiSdkMiddleware(emitter, { app: 'support-bot' });

beforeEach(() => {
  events = [];
});

type Model = Parameters<typeof wrapLanguageModel>[0]['model'];

/** A model of the SDK that answers as told, as a provider's package would, behind the middleware. */
function wrap(provider: string, modelId: string, does: Partial<Pick<Model, 'doGenerate' | 'doStream'>>): Model {
  const unexpected = () => Promise.reject(new Error('not expected'));
  const model: Model = {
    specificationVersion: 'v3',
    provider,
    modelId,
    supportedUrls: {},
    doGenerate: unexpected,
    doStream: unexpected,
    ...does,
  };
  return wrapLanguageModel({ model, middleware });
}

const EXPECTED = {
  id: makeTimedId(CREATED_MS, 'openai', 'chatcmpl-1'),
  time: '2026-11-21T09:30:00.000Z',
  provider: 'openai',
  model: 'gpt-5-mini-2025-08-07',
  operation: 'chat',
  app: 'support-bot',
  usage: { input_tokens: 1200, cache_read_tokens: 800, output_tokens: 350, reasoning_tokens: 120 },
};

/** The parts of a stream, in the form in which a provider of the SDK gives them. */
const PARTS = [
  { type: 'stream-start' as const, warnings: [] },
  { type: 'response-metadata' as const, ...METADATA },
  { type: 'text-start' as const, id: '1' },
  { type: 'text-delta' as const, id: '1', delta: 'Secret.' },
  { type: 'text-end' as const, id: '1' },
  { type: 'finish' as const, usage: USAGE, finishReason: FINISH },
];

describe('a generated text', () => {
  it('is reported by the counts of the SDK', async () => {
    const model = wrap('openai.chat', 'gpt-5-mini', {
      doGenerate: async () => ({
        content: CONTENT,
        finishReason: FINISH,
        usage: USAGE,
        warnings: [],
        response: METADATA,
      }),
    });
    const { text } = await generateText({ model, prompt: 'Secret?' });
    expect(text).toBe('Secret.');
    expect(events).toMatchObject([EXPECTED]);
    expect(JSON.stringify(events)).not.toContain('Secret');
  });

  it("is the provider's although its name is a getter of a class, as in the SDK's own packages", async () => {
    class OwnModel {
      readonly modelId = 'gpt-5-mini';
      get provider() {
        return 'openai.chat';
      }
    }
    const result = { finishReason: FINISH, usage: USAGE, response: METADATA };
    await middleware.wrapGenerate({ doGenerate: async () => result, model: new OwnModel() });
    expect(events).toMatchObject([EXPECTED]);
  });

  it('is reported by the body of the provider where it is there', async () => {
    const body = {
      id: 'msg_01',
      type: 'message',
      model: 'claude-sonnet-4-5-20250929',
      content: CONTENT,
      usage: { input_tokens: 10, cache_creation_input_tokens: 90, output_tokens: 5 },
    };
    const headers = { date: 'Sat, 21 Nov 2026 09:30:00 GMT' };
    const model = wrap('anthropic.messages', 'claude-sonnet-4-5', {
      doGenerate: async () => ({
        content: CONTENT,
        finishReason: FINISH,
        usage: USAGE,
        warnings: [],
        response: { body, headers },
      }),
    });
    await generateText({ model, prompt: 'Secret?' });
    // 10 plain and 90 written to the cache for five minutes.
    expect(events).toMatchObject([
      {
        id: makeTimedId(CREATED_MS, 'anthropic', 'msg_01'),
        model: 'claude-sonnet-4-5-20250929',
        usage: { input_tokens: 100, cache_write_5m_tokens: 90, output_tokens: 5 },
      },
    ]);
  });

  it('that failed is a failed call', async () => {
    const model = wrap('openai.chat', 'gpt-5-mini', {
      doGenerate: () => Promise.reject(Object.assign(new TypeError('Secret'), { statusCode: 503 })),
    });
    await expect(generateText({ model, prompt: 'Secret?', maxRetries: 0 })).rejects.toThrow('Secret');
    expect(events).toMatchObject([
      { model: 'gpt-5-mini', status: 'error', error: 'http_503', usage: { input_tokens: 0 } },
    ]);
    expect(JSON.stringify(events)).not.toContain('Secret');
  });
});

describe('a streamed text', () => {
  it('is reported when it is over', async () => {
    const model = wrap('openai.chat', 'gpt-5-mini', {
      doStream: async () => ({ stream: simulateReadableStream({ chunks: PARTS }) }),
    });
    expect(await streamText({ model, prompt: 'Secret?' }).text).toBe('Secret.');
    expect(events).toMatchObject([EXPECTED]);
    expect(events[0]?.ttft_ms).toBeGreaterThanOrEqual(0);
  });

  it("is reported by the provider's own usage where the SDK hands it on", async () => {
    const raw = { input_tokens: 400, cache_creation: { ephemeral_1h_input_tokens: 800 }, output_tokens: 350 };
    const finish = { ...PARTS[5], type: 'finish' as const, usage: { ...USAGE, raw }, finishReason: FINISH };
    const model = wrap('anthropic.messages', 'claude-sonnet-4-5', {
      doStream: async () => ({ stream: simulateReadableStream({ chunks: [...PARTS.slice(0, 5), finish] }) }),
    });
    await streamText({ model, prompt: 'Secret?' }).text;
    expect(events).toMatchObject([{ usage: { input_tokens: 1200, cache_write_1h_tokens: 800, output_tokens: 350 } }]);
  });

  it('that the host cancels is aborted', async () => {
    const model = wrap('openai.chat', 'gpt-5-mini', {
      doStream: async () => ({ stream: simulateReadableStream({ chunks: PARTS }) }),
    });
    const { stream } = await model.doStream({ prompt: [] });
    const reader = stream.getReader();
    for (let part = 0; part < 4; part++) await reader.read();
    await reader.cancel();
    expect(events).toMatchObject([{ id: EXPECTED.id, status: 'aborted', usage: { requests: 1 } }]);
  });

  it('that breaks off is a failed call of which nothing is known', async () => {
    const broken = new ReadableStream({
      start(controller) {
        controller.enqueue(PARTS[1]);
        controller.error(new TypeError('Secret'));
      },
    });
    const model = wrap('openai.chat', 'gpt-5-mini', { doStream: async () => ({ stream: broken }) });
    const { stream } = await model.doStream({ prompt: [] });
    const reader = stream.getReader();
    await expect(reader.read().then(() => reader.read())).rejects.toThrow('Secret');
    expect(events).toMatchObject([{ status: 'error', error: 'TypeError', usage: { requests: 1 } }]);
  });
});

describe('what a provider of the SDK leaves out', () => {
  it('is known from the headers: a streamed message has the id that a whole one has', async () => {
    const parts = [
      { type: 'response-metadata' as const, id: 'msg_01', modelId: 'claude-sonnet-4-5' },
      ...PARTS.slice(2),
    ];
    const headers = { date: 'Sat, 21 Nov 2026 09:30:00 GMT' };
    const model = wrap('anthropic.messages', 'claude-sonnet-4-5', {
      doStream: async () => ({ stream: simulateReadableStream({ chunks: parts }), response: { headers } }),
    });
    expect(await streamText({ model, prompt: 'Secret?' }).text).toBe('Secret.');
    expect(events).toMatchObject([{ id: makeTimedId(CREATED_MS, 'anthropic', 'msg_01') }]);
  });

  it('costs the host nothing, even its name', async () => {
    const result = { content: CONTENT, finishReason: FINISH, usage: USAGE, response: METADATA };
    const model = { provider: undefined as unknown as string, modelId: 'own-model' };
    expect(await middleware.wrapGenerate({ doGenerate: async () => result, model })).toBe(result);
    const doStream = async () => ({ stream: simulateReadableStream({ chunks: PARTS }) });
    const { stream } = await middleware.wrapStream({ doStream, model });
    const seen: unknown[] = [];
    for await (const part of stream) seen.push(part);
    expect(seen).toEqual(PARTS);
    // The answer's own model is known, whose it is stays open.
    expect(events.map(({ model: name, provider }) => [name, provider])).toEqual(
      Array(2).fill(['gpt-5-mini-2025-08-07', undefined]),
    );
  });
});

describe('the counts of version 5 of the SDK', () => {
  // Numbers of their own, where version 6 has parts: openai's include what was cached, as the contract's do.
  const flat = {
    inputTokens: 1200,
    cachedInputTokens: 800,
    outputTokens: 350,
    reasoningTokens: 120,
    totalTokens: 1550,
  };
  const read = async (provider: string, modelId: string) => {
    const result = { finishReason: 'stop', usage: flat, response: { ...METADATA, modelId } };
    await middleware.wrapGenerate({ doGenerate: async () => result, model: { provider, modelId } });
    return events.at(-1)?.usage;
  };

  it('are read where the provider is known to include what was cached', async () => {
    expect(await read('openai.chat', 'gpt-5-mini')).toEqual(EXPECTED.usage);
    expect(await read('azure.responses', 'gpt-5-mini')).toEqual(EXPECTED.usage);
  });

  it('are left unpriced where the SDK counts otherwise, rather than be priced wrong', async () => {
    expect(await read('anthropic.messages', 'claude-sonnet-4-5')).toEqual({ requests: 1 });
    expect(await read('google.generative-ai', 'gemini-3-flash')).toEqual({ requests: 1 });
    // The same model behind version 6, which gives its counts another form and does not know more.
    const usage = {
      inputTokens: { total: 1200, noCache: undefined, cacheRead: 800, cacheWrite: undefined },
      outputTokens: { total: 350, text: undefined, reasoning: undefined },
    };
    const doGenerate = async () => ({ finishReason: FINISH, usage, response: METADATA });
    const model = { provider: 'anthropic.messages', modelId: 'claude-sonnet-4-5' };
    await middleware.wrapGenerate({ doGenerate, model });
    expect(events.at(-1)?.usage).toEqual({ requests: 1 });
  });
});
