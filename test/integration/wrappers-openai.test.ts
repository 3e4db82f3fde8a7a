import OpenAI, { AzureOpenAI } from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeTimedId } from '../../lib/client/responses/response-event-id.ts';
import type { UsageEventMessage } from '../../lib/client/responses/to-usage-event.ts';
import { observeOpenAI } from '../../lib/client/wrappers/observe-openai.ts';
import { dataEvents, type FakeProvider, namedEvents, readAll, startFakeProvider } from '../helpers/fake-provider.ts';

const CREATED_S = 1_795_253_400; // 2026-11-21T09:30:00Z
const COMPLETION = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: CREATED_S,
  model: 'gpt-4o-mini-2024-07-18',
  service_tier: 'default',
  choices: [
    { index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Secret answer.', refusal: null } },
  ],
  usage: {
    prompt_tokens: 1200,
    completion_tokens: 350,
    total_tokens: 1550,
    prompt_tokens_details: { cached_tokens: 800 },
    completion_tokens_details: { reasoning_tokens: 0 },
  },
};
const REQUEST = { model: 'gpt-4o-mini', messages: [{ role: 'user' as const, content: 'Secret question?' }] };

let provider: FakeProvider;
let events: UsageEventMessage[];
const sink = { emit: (event: UsageEventMessage) => events.push(event) > 0 };

beforeAll(async () => {
  provider = await startFakeProvider();
});
afterAll(() => provider.stop());
beforeEach(() => {
  events = [];
});

function createClient(): OpenAI {
  return new OpenAI({ apiKey: 'none', baseURL: `${provider.url}/v1`, maxRetries: 0 });
}

/** The only event so far, without what a clock measured. */
function onlyEvent() {
  expect(events).toHaveLength(1);
  const { latency_ms, ttft_ms, ...event } = events[0] ?? ({} as UsageEventMessage);
  expect(latency_ms).toBeGreaterThanOrEqual(ttft_ms ?? 0);
  return { event, wasStreamed: ttft_ms !== undefined };
}

const chunk = (choices: readonly unknown[], extra: object = {}) => ({
  id: 'chatcmpl-2',
  object: 'chat.completion.chunk',
  created: CREATED_S,
  model: 'gpt-4o-mini-2024-07-18',
  choices,
  ...extra,
});
const delta = (content: string, finish: string | null = null) => ({
  index: 0,
  delta: finish === null ? { content } : {},
  finish_reason: finish,
});
const CONTENT_CHUNKS = [
  chunk([{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }]),
  chunk([delta('Secret ')]),
  chunk([delta('answer.')]),
];
const USAGE_CHUNK = chunk([], { usage: { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 } });

describe('a chat completion', () => {
  it('is reported as whoever reports the response would', async () => {
    provider.answer('/chat/completions', { body: COMPLETION });
    const client = observeOpenAI(createClient(), sink, { app: 'support-bot' });
    const completion = await client.chat.completions.create(REQUEST);
    expect(completion).toEqual(COMPLETION);
    expect(onlyEvent()).toEqual({
      event: {
        id: makeTimedId(CREATED_S * 1000, 'openai', 'chatcmpl-1'),
        time: '2026-11-21T09:30:00.000Z',
        provider: 'openai',
        model: 'gpt-4o-mini-2024-07-18',
        operation: 'chat',
        service_tier: 'default',
        app: 'support-bot',
        usage: { input_tokens: 1200, cache_read_tokens: 800, output_tokens: 350 },
      },
      wasStreamed: false,
    });
    expect(JSON.stringify(events)).not.toContain('Secret');
  });

  it('answers withResponse and asResponse as the client itself does', async () => {
    provider.answer('/chat/completions', { body: COMPLETION });
    const client = observeOpenAI(createClient(), sink);
    const { data, response, request_id } = await client.chat.completions.create(REQUEST).withResponse();
    expect([data, response.status, request_id]).toEqual([COMPLETION, 200, 'req_1']);
    expect(events).toHaveLength(1);
    const raw = await client.chat.completions.create(REQUEST).asResponse();
    // The host reads the body itself; had the wrapper read it, this would throw.
    expect(await raw.json()).toEqual(COMPLETION);
    expect(events).toHaveLength(1);
  });

  it('is reported once however often its promise is awaited, and by how many wrappers', async () => {
    provider.answer('/chat/completions', { body: COMPLETION });
    const client = observeOpenAI(observeOpenAI(createClient(), sink), sink);
    const promise = client.chat.completions.create(REQUEST);
    expect(await promise).toBe(await promise);
    expect(events).toHaveLength(1);
  });

  it('is reported when a helper or a copy of the client makes it', async () => {
    provider.answer('/chat/completions', { body: COMPLETION });
    const client = observeOpenAI(createClient(), sink);
    const parsed = await client.chat.completions.parse(REQUEST);
    expect(parsed.choices[0]?.message.parsed).toBeNull();
    await client.withOptions({ timeout: 5_000 }).chat.completions.create(REQUEST);
    expect(events.map(({ id }) => id)).toEqual(Array(2).fill(makeTimedId(CREATED_S * 1000, 'openai', 'chatcmpl-1')));
  });

  it('gets its context from the request where the host says how', async () => {
    provider.answer('/chat/completions', { body: COMPLETION });
    const client = observeOpenAI(createClient(), sink, ({ user }) => ({ user: String(user) }));
    await client.chat.completions.create({ ...REQUEST, user: 'u-42' });
    expect(onlyEvent().event).toMatchObject({ user: 'u-42' });
  });

  it('loses a context that cannot be used, never its usage', async () => {
    provider.answer('/chat/completions', { body: COMPLETION });
    const failing = observeOpenAI(createClient(), sink, () => {
      throw new Error('no context today');
    });
    await failing.chat.completions.create(REQUEST);
    await observeOpenAI(createClient(), sink, { app: 'x'.repeat(129) }).chat.completions.create(REQUEST);
    expect(events.map(({ app, usage }) => [app, usage['input_tokens']])).toEqual([
      [undefined, 1200],
      [undefined, 1200],
    ]);
  });

  it('reaches the host although the emitter throws', async () => {
    provider.answer('/chat/completions', { body: COMPLETION });
    const broken = { emit: () => Boolean(JSON.parse('no json')) };
    expect(await observeOpenAI(createClient(), broken).chat.completions.create(REQUEST)).toEqual(COMPLETION);
  });

  it('has the id that a span of it has where the emitter is told to make those', async () => {
    provider.answer('/chat/completions', { body: COMPLETION });
    await observeOpenAI(createClient(), { ...sink, ids: 'response' as const }).chat.completions.create(REQUEST);
    expect(onlyEvent().event.id).toBe('openai:chatcmpl-1');
  });

  it('that was refused is a failed call at no cost, and the host gets the error of the client', async () => {
    provider.answer('/chat/completions', {
      status: 429,
      body: { error: { message: 'Secret: too many requests', type: 'requests', code: 'rate_limit_exceeded' } },
    });
    const client = observeOpenAI(createClient(), sink);
    await expect(client.chat.completions.create(REQUEST)).rejects.toBeInstanceOf(OpenAI.RateLimitError);
    expect(onlyEvent().event).toEqual({
      // No response has an id here, so the request's is taken, at the time that the server's clock says.
      id: makeTimedId(CREATED_S * 1000, null, 'req_1'),
      time: '2026-11-21T09:30:00.000Z',
      model: 'gpt-4o-mini',
      operation: 'chat',
      usage: { input_tokens: 0 },
      status: 'error',
      error: 'rate_limit_exceeded',
    });
  });

  it('that nobody answers is a failed call', async () => {
    const client = new OpenAI({ apiKey: 'none', baseURL: 'http://127.0.0.1:1/v1', maxRetries: 0 });
    const call = observeOpenAI(client, sink).chat.completions.create(REQUEST);
    await expect(call).rejects.toBeInstanceOf(OpenAI.APIConnectionError);
    expect(onlyEvent().event).toMatchObject({
      status: 'error',
      error: 'APIConnectionError',
      usage: { input_tokens: 0 },
    });
  });

  it('at Azure is a call of Azure', async () => {
    provider.answer('/chat/completions', { body: { ...COMPLETION, prompt_filter_results: [] } });
    const options = { apiKey: 'none', apiVersion: '2024-10-21', endpoint: provider.url, deployment: 'our-mini' };
    const client = observeOpenAI(new AzureOpenAI({ ...options, maxRetries: 0 }), sink);
    await client.chat.completions.create(REQUEST);
    expect(onlyEvent().event).toMatchObject({
      id: makeTimedId(CREATED_S * 1000, 'azure', 'chatcmpl-1'),
      provider: 'azure',
      model: 'gpt-4o-mini-2024-07-18',
    });
  });
});

describe('a stream of a chat completion', () => {
  const streamed = { ...REQUEST, stream: true as const, stream_options: { include_usage: true } };

  it('is priced by its last chunk, and hands on every chunk', async () => {
    const chunks = [...CONTENT_CHUNKS, chunk([delta('', 'stop')]), USAGE_CHUNK];
    provider.answer('/chat/completions', { events: dataEvents(chunks) });
    const stream = await observeOpenAI(createClient(), sink).chat.completions.create(streamed);
    const seen: unknown[] = [];
    for await (const part of stream) seen.push(part);
    expect(seen).toEqual(chunks);
    expect(onlyEvent()).toMatchObject({
      event: {
        id: makeTimedId(CREATED_S * 1000, 'openai', 'chatcmpl-2'),
        usage: { input_tokens: 100, output_tokens: 20 },
      },
      wasStreamed: true,
    });
    expect(events[0]?.status).toBeUndefined();
  });

  it('of a server that repeats the usage in every chunk is priced by its last sum, and known from its first token', async () => {
    const sums = [1, 2, 3].map((count) =>
      chunk([delta('word ')], { usage: { prompt_tokens: 100, completion_tokens: count, total_tokens: 100 + count } }),
    );
    provider.answer('/chat/completions', {
      events: dataEvents([...CONTENT_CHUNKS.slice(0, 1), ...sums]),
      after: 'hang',
    });
    const stream = await observeOpenAI(createClient(), sink).chat.completions.create(streamed);
    let count = 0;
    for await (const _ of stream) if (++count === 4) break;
    expect(onlyEvent()).toMatchObject({
      event: { status: 'aborted', usage: { input_tokens: 100, output_tokens: 3 } },
      wasStreamed: true,
    });
  });

  it('can still be split and turned into a web stream', async () => {
    const chunks = [...CONTENT_CHUNKS, chunk([delta('', 'stop')]), USAGE_CHUNK];
    provider.answer('/chat/completions', { events: dataEvents(chunks) });
    const client = observeOpenAI(createClient(), sink);
    const [left, right] = (await client.chat.completions.create(streamed)).tee();
    const counts = await Promise.all([left, right].map(async (half) => (await readAll(half)).length));
    expect(counts).toEqual([5, 5]);
    const web = (await client.chat.completions.create(streamed)).toReadableStream();
    expect((await new Response(web as ReadableStream<Uint8Array>).text()).split('\n').filter(Boolean)).toHaveLength(5);
    expect(events).toHaveLength(2);
  });

  it('is reported when the stream helper reads it', async () => {
    provider.answer('/chat/completions', {
      events: dataEvents([...CONTENT_CHUNKS, chunk([delta('', 'stop')]), USAGE_CHUNK]),
    });
    const final = await observeOpenAI(createClient(), sink).chat.completions.stream(streamed).finalChatCompletion();
    expect(final.choices[0]?.message.content).toBe('Secret answer.');
    expect(onlyEvent().event.usage).toEqual({ input_tokens: 100, output_tokens: 20 });
  });

  it('without usage is unpriced, never free', async () => {
    provider.answer('/chat/completions', { events: dataEvents([...CONTENT_CHUNKS, chunk([delta('', 'stop')])]) });
    const stream = await observeOpenAI(createClient(), sink).chat.completions.create({ ...REQUEST, stream: true });
    for await (const _ of stream);
    // One request has no price for this model, so the ledger shows the call as unpriced.
    expect(onlyEvent().event).toMatchObject({
      id: makeTimedId(CREATED_S * 1000, 'openai', 'chatcmpl-2'),
      usage: { requests: 1 },
    });
  });

  it('that the host leaves is aborted, and what was used is not known', async () => {
    provider.answer('/chat/completions', { events: dataEvents(CONTENT_CHUNKS).slice(0, -1), after: 'hang' });
    const stream = await observeOpenAI(createClient(), sink).chat.completions.create(streamed);
    for await (const part of stream) if (part.choices[0]?.delta.content === 'answer.') break;
    expect(onlyEvent()).toMatchObject({
      event: { id: makeTimedId(CREATED_S * 1000, 'openai', 'chatcmpl-2'), status: 'aborted', usage: { requests: 1 } },
      wasStreamed: true,
    });
  });

  it('that the host aborts by its controller is aborted', async () => {
    provider.answer('/chat/completions', { events: dataEvents(CONTENT_CHUNKS).slice(0, -1), after: 'hang' });
    const stream = await observeOpenAI(createClient(), sink).chat.completions.create(streamed);
    for await (const part of stream) if (part.choices[0]?.delta.content === 'answer.') stream.controller.abort();
    expect(onlyEvent().event).toMatchObject({ status: 'aborted' });
  });

  it('that breaks off is a failed call, and the host gets the error', async () => {
    provider.answer('/chat/completions', { events: dataEvents(CONTENT_CHUNKS).slice(0, -1), after: 'break' });
    const stream = await observeOpenAI(createClient(), sink).chat.completions.create(streamed);
    await expect(readAll(stream)).rejects.toThrow();
    expect(onlyEvent().event).toMatchObject({ status: 'error', usage: { requests: 1 } });
  });
});

describe('other endpoints', () => {
  const response = {
    id: 'resp_1',
    object: 'response',
    created_at: CREATED_S,
    status: 'completed',
    model: 'gpt-5-mini-2025-08-07',
    service_tier: 'default',
    output: [{ id: 'msg_1', type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Secret.' }] }],
    usage: {
      input_tokens: 80,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 40,
      output_tokens_details: { reasoning_tokens: 30 },
      total_tokens: 120,
    },
  };

  it('reports a response, and keeps what the client adds to it', async () => {
    provider.answer('/responses', { body: response });
    const result = await observeOpenAI(createClient(), sink).responses.create({
      model: 'gpt-5-mini',
      input: 'Secret?',
    });
    expect(result.output_text).toBe('Secret.');
    expect(onlyEvent().event).toMatchObject({
      id: makeTimedId(CREATED_S * 1000, 'openai', 'resp_1'),
      usage: { input_tokens: 80, output_tokens: 40, reasoning_tokens: 30 },
    });
  });

  it('reports a streamed response', async () => {
    const started = { ...response, status: 'in_progress', usage: null, output: [] };
    const text = { type: 'response.output_text.delta', item_id: 'msg_1', output_index: 0, content_index: 0 };
    provider.answer('/responses', {
      events: namedEvents([
        { type: 'response.created', response: started, sequence_number: 0 } as { type: string },
        { ...text, delta: 'Secret.', sequence_number: 1 } as { type: string },
        { type: 'response.completed', response, sequence_number: 2 } as { type: string },
      ]),
    });
    const stream = await observeOpenAI(createClient(), sink).responses.create({
      model: 'gpt-5-mini',
      input: 'Secret?',
      stream: true,
    });
    expect(await readAll(stream)).toHaveLength(3);
    expect(onlyEvent()).toMatchObject({
      event: { id: makeTimedId(CREATED_S * 1000, 'openai', 'resp_1'), usage: { output_tokens: 40 } },
      wasStreamed: true,
    });
  });

  it('reports a response made in the background when it is fetched, once it has ended, and never its order', async () => {
    const client = observeOpenAI(createClient(), sink, { app: 'research' });
    const ordered = { ...response, background: true, status: 'queued', usage: null, output: [] };
    provider.answer('/responses', { body: ordered });
    await client.responses.create({ model: 'gpt-5-mini', input: 'Secret?', background: true });
    provider.answer('/responses/resp_1', { body: { ...ordered, status: 'in_progress' } });
    await client.responses.retrieve('resp_1');
    expect(events).toEqual([]);
    provider.answer('/responses/resp_1', { body: { ...response, background: true } });
    for (let time = 0; time < 2; time++) await client.responses.retrieve('resp_1');
    const event = {
      id: makeTimedId(CREATED_S * 1000, 'openai', 'resp_1'),
      time: '2026-11-21T09:30:00.000Z',
      provider: 'openai',
      model: 'gpt-5-mini-2025-08-07',
      operation: 'chat',
      service_tier: 'default',
      app: 'research',
      usage: { input_tokens: 80, output_tokens: 40, reasoning_tokens: 30 },
    };
    // Byte for byte the same, so that the second is a duplicate and no conflict.
    expect(events).toEqual([event, event]);
  });

  it('does not report a second time what was made at once and is fetched later', async () => {
    const client = observeOpenAI(createClient(), sink);
    provider.answer('/responses/resp_1', { body: response });
    await client.responses.retrieve('resp_1');
    provider.answer('/responses/resp_2', { status: 404, body: { error: { message: 'no such response' } } });
    await expect(client.responses.retrieve('resp_2')).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    expect(events).toEqual([]);
  });

  it('reports embeddings, which have no id, by the id of their request', async () => {
    const data = [{ object: 'embedding', index: 0, embedding: [0.1, 0.2] }];
    const usage = { prompt_tokens: 8, total_tokens: 8 };
    provider.answer('/embeddings', { body: { object: 'list', data, model: 'text-embedding-3-small', usage } });
    const client = observeOpenAI(createClient(), sink, { provider: 'openai' });
    await client.embeddings.create({ model: 'text-embedding-3-small', input: 'Secret', encoding_format: 'float' });
    expect(onlyEvent().event).toMatchObject({
      id: makeTimedId(CREATED_S * 1000, 'openai', 'req_1'),
      operation: 'embeddings',
      model: 'text-embedding-3-small',
      usage: { input_tokens: 8 },
    });
  });

  it('reports images, whose answer does not name the model', async () => {
    const usage = {
      input_tokens: 50,
      output_tokens: 4160,
      total_tokens: 4210,
      input_tokens_details: { text_tokens: 50, image_tokens: 0 },
    };
    provider.answer('/images/generations', { body: { created: CREATED_S, data: [{ b64_json: 'AA==' }], usage } });
    await observeOpenAI(createClient(), sink).images.generate({ model: 'gpt-image-1', prompt: 'Secret' });
    expect(onlyEvent().event).toMatchObject({
      model: 'gpt-image-1',
      operation: 'image_generation',
      usage: { input_tokens: 50, output_tokens: 4160, output_image_tokens: 4160 },
    });
  });
});
