import { dataEvents, namedEvents, startFakeProvider } from '../helpers/fake-provider.ts';

/** Stands for the providers that the pages call. */
export interface ModelServer {
  /** What leads the SDKs of OpenAI and Anthropic to it. */
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

const MODEL = 'gpt-4o-mini-2024-07-18';

/** Starts it: every model says hello, now. */
export async function startModelServer(): Promise<ModelServer> {
  const provider = await startFakeProvider();
  const created = Math.floor(Date.now() / 1000);
  const headers = { date: new Date().toUTCString() };
  const usage = { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 };
  const chunk = { id: 'chatcmpl-streamed', object: 'chat.completion.chunk', created, model: MODEL };
  provider.answer(
    '/chat/completions',
    {
      headers,
      body: {
        id: 'chatcmpl-whole',
        object: 'chat.completion',
        created,
        model: MODEL,
        choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Hello!' } }],
        usage,
      },
    },
    {
      headers,
      events: dataEvents([
        { ...chunk, choices: [{ index: 0, delta: { role: 'assistant', content: 'Hello!' }, finish_reason: null }] },
        { ...chunk, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
        { ...chunk, choices: [], usage },
      ]),
    },
  );
  const message = {
    id: 'msg_streamed',
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet-4-5-20250929',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 9, output_tokens: 1 },
  };
  const events = [
    { type: 'message_start', message },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hello!' } },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 2 } },
    { type: 'message_stop' },
  ];
  provider.answer('/messages', { headers, events: namedEvents(events) });
  return {
    environment: {
      OPENAI_BASE_URL: `${provider.url}/v1`,
      OPENAI_API_KEY: 'none',
      ANTHROPIC_BASE_URL: provider.url,
      ANTHROPIC_API_KEY: 'none',
    },
    stop: () => provider.stop(),
  };
}
