import { beforeEach, expect, it } from 'vitest';
import type { UsageEventMessage } from '../../../../lib/client/responses/to-usage-event.ts';
import { createAiSdkMiddleware } from '../../../../lib/client/wrappers/ai-sdk-middleware.ts';
import { observeAnthropic } from '../../../../lib/client/wrappers/observe-anthropic.ts';
import { observeOpenAI } from '../../../../lib/client/wrappers/observe-openai.ts';

let events: UsageEventMessage[];
const sink = { emit: (event: UsageEventMessage) => events.push(event) > 0 };
beforeEach(() => {
  events = [];
});

const COMPLETION = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1_795_253_400,
  model: 'gpt-4o-mini-2024-07-18',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Hello' } }],
  usage: { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 },
};
type Create = (request?: object, options?: object) => Promise<unknown>;
const clientOf = (create: Create, extra: object = {}) => ({ chat: { completions: { create } }, ...extra });
const answer: Create = async () => COMPLETION;

it('a failure is told by a code alone: words that could quote a prompt are left out', async () => {
  const failure = Object.assign(new Error('Secret'), { code: 'Secret words of a prompt', type: 'rate_limit' });
  const client = observeOpenAI(
    clientOf(() => Promise.reject(failure)),
    sink,
  );
  await expect(client.chat.completions.create({ model: 'gpt-4o-mini' })).rejects.toBe(failure);
  expect(events).toMatchObject([{ status: 'error', error: 'rate_limit' }]);
});

it('a failure after the host has aborted is the abort, whatever the error is called', async () => {
  const aborted = AbortSignal.abort();
  const client = observeOpenAI(
    clientOf(() => Promise.reject(new Error('socket closed'))),
    sink,
  );
  await expect(client.chat.completions.create({ model: 'gpt-4o-mini' }, { signal: aborted })).rejects.toThrow();
  expect(events).toMatchObject([{ status: 'aborted' }]);
});

it('a stream that is left after its last word and before its usage is aborted', async () => {
  async function* stream() {
    const { usage: _, choices: __, ...head } = COMPLETION;
    const choice = { index: 0, delta: {}, finish_reason: 'stop' };
    yield { ...head, object: 'chat.completion.chunk', choices: [choice] };
    yield { ...head, object: 'chat.completion.chunk', choices: [], usage: COMPLETION.usage };
  }
  const chunks = (await observeOpenAI(
    clientOf(async () => stream()),
    sink,
  ).chat.completions.create()) as AsyncIterable<unknown>;
  for await (const _ of chunks) break;
  expect(events).toMatchObject([{ status: 'aborted', usage: { requests: 1 } }]);
});

it('a stream that is begun twice is reported once', async () => {
  const stream = {
    [Symbol.asyncIterator]: async function* () {
      yield COMPLETION;
    },
  };
  await observeOpenAI(
    clientOf(async () => stream),
    sink,
  ).chat.completions.create();
  for (let time = 0; time < 2; time++) for await (const _ of stream);
  expect(events).toHaveLength(1);
});

it('a stream of the AI SDK that tells an error and then ends is one failed call', async () => {
  const parts = [{ type: 'error', error: Object.assign(new Error('Secret'), { statusCode: 503 }) }, { type: 'finish' }];
  const doStream = async () => ({ stream: ReadableStream.from(parts) });
  const model = { provider: 'openai.chat', modelId: 'gpt-4o-mini' };
  const { stream } = await createAiSdkMiddleware(sink).wrapStream({ doStream, model });
  for await (const _ of stream);
  expect(events).toMatchObject([{ status: 'error', error: 'http_503' }]);
});

it('a client of Azure behind a gateway is known by its shape', async () => {
  const azure = { baseURL: 'https://gateway.example.com', apiVersion: '2024-10-21', deploymentName: 'ours' };
  await observeOpenAI(clientOf(answer, azure), sink).chat.completions.create();
  expect(events).toMatchObject([{ provider: 'azure' }]);
});

it('the provider that the context names decides how its answer is read', async () => {
  // Bedrock answers with the vendor's name of the model; the one asked for is bound to a region and costs more.
  const body = {
    id: 'msg_1',
    type: 'message',
    model: 'claude-sonnet-4-5-20250929',
    content: [],
    usage: { input_tokens: 1, output_tokens: 1 },
  };
  const model = 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0';
  const client = { messages: { create: async (_request: object) => body } };
  await observeAnthropic(client, sink, { provider: 'aws' }).messages.create({ model });
  expect(events).toMatchObject([{ provider: 'aws', model }]);
});

it('a copy of an Anthropic client is watched like the client', async () => {
  const body = {
    id: 'msg_1',
    type: 'message',
    model: 'claude-sonnet-4-5',
    content: [],
    usage: { input_tokens: 1, output_tokens: 1 },
  };
  const copy = { messages: { create: async () => body } };
  const client = observeAnthropic({ withOptions: () => copy }, sink);
  await client.withOptions().messages.create();
  expect(events).toHaveLength(1);
});

it('a client that its host has frozen works on, unwatched', async () => {
  const client = clientOf(answer);
  Object.freeze(client.chat.completions);
  expect(await observeOpenAI(client, sink).chat.completions.create()).toBe(COMPLETION);
  expect(events).toEqual([]);
});
