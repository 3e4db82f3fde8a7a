import Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeTimedId } from '../../lib/client/responses/response-event-id.ts';
import type { UsageEventMessage } from '../../lib/client/responses/to-usage-event.ts';
import { observeAnthropic } from '../../lib/client/wrappers/observe-anthropic.ts';
import { type FakeProvider, namedEvents, readAll, startFakeProvider } from '../helpers/fake-provider.ts';

// The body tells no time, so the `date` header of the answer does.
const DATE_MS = Date.parse('2026-11-21T09:30:00Z');
const MESSAGE = {
  id: 'msg_01',
  type: 'message',
  role: 'assistant',
  model: 'claude-sonnet-4-5-20250929',
  content: [{ type: 'text', text: 'Secret answer.' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: {
    input_tokens: 100,
    cache_read_input_tokens: 900,
    cache_creation_input_tokens: 200,
    cache_creation: { ephemeral_5m_input_tokens: 50, ephemeral_1h_input_tokens: 150 },
    output_tokens: 40,
    service_tier: 'standard',
  },
};
const REQUEST = {
  model: 'claude-sonnet-5-5',
  max_tokens: 100,
  messages: [{ role: 'user' as const, content: 'Secret question?' }],
};
const STARTED = { ...MESSAGE, content: [], stop_reason: null, usage: { ...MESSAGE.usage, output_tokens: 1 } };
const EVENTS = [
  { type: 'message_start', message: STARTED },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Secret answer.' } },
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 40 } },
  { type: 'message_stop' },
];
// Input counts what was cached: 100 + 900 + 50 + 150 = 1,200.
const USAGE = {
  input_tokens: 1200,
  cache_read_tokens: 900,
  cache_write_5m_tokens: 50,
  cache_write_1h_tokens: 150,
  output_tokens: 40,
};

let provider: FakeProvider;
let events: UsageEventMessage[];
const sink = { emit: (event: UsageEventMessage) => events.push(event) > 0 };
const createClient = () => new Anthropic({ apiKey: 'none', baseURL: provider.url, maxRetries: 0 });

beforeAll(async () => {
  provider = await startFakeProvider();
});
afterAll(() => provider.stop());
beforeEach(() => {
  events = [];
});

describe('a message', () => {
  it('is reported with the cached part in its input', async () => {
    provider.answer('/messages', { body: MESSAGE });
    const client = observeAnthropic(createClient(), sink, { team: 'cx' });
    expect(await client.messages.create(REQUEST)).toEqual(MESSAGE);
    expect(events).toMatchObject([
      {
        id: makeTimedId(DATE_MS, 'anthropic', 'msg_01'),
        time: '2026-11-21T09:30:00.000Z',
        provider: 'anthropic',
        model: 'claude-sonnet-4-5-20250929',
        team: 'cx',
        usage: USAGE,
      },
    ]);
    expect(JSON.stringify(events)).not.toContain('Secret');
  });

  it('answers withResponse as the client itself does', async () => {
    provider.answer('/messages', { body: MESSAGE, headers: { 'request-id': 'req_a' } });
    const { data, request_id } = await observeAnthropic(createClient(), sink).messages.create(REQUEST).withResponse();
    expect([data, request_id]).toEqual([MESSAGE, 'req_a']);
    expect(events).toHaveLength(1);
  });

  it('of the beta endpoint is reported as well', async () => {
    provider.answer('/messages', { body: MESSAGE });
    await observeAnthropic(createClient(), sink).beta.messages.create(REQUEST);
    expect(events).toHaveLength(1);
  });

  it('that the provider is too busy for is a failed call', async () => {
    provider.answer('/messages', {
      status: 529,
      body: { type: 'error', error: { type: 'overloaded_error', message: 'Secret' } },
    });
    await expect(observeAnthropic(createClient(), sink).messages.create(REQUEST)).rejects.toBeInstanceOf(
      Anthropic.APIError,
    );
    expect(events).toMatchObject([
      { status: 'error', error: 'overloaded_error', model: 'claude-sonnet-5-5', usage: { input_tokens: 0 } },
    ]);
  });
});

describe('a stream of a message', () => {
  it('is reported by its last counts, and hands on every event', async () => {
    provider.answer('/messages', { events: namedEvents(EVENTS) });
    const stream = await observeAnthropic(createClient(), sink).messages.create({ ...REQUEST, stream: true });
    expect(await readAll(stream)).toEqual(EVENTS);
    expect(events).toMatchObject([{ id: makeTimedId(DATE_MS, 'anthropic', 'msg_01'), usage: USAGE }]);
    expect(events[0]?.ttft_ms).toBeGreaterThanOrEqual(0);
  });

  it('is reported once when the helper reads it', async () => {
    provider.answer('/messages', { events: namedEvents(EVENTS) });
    const stream = observeAnthropic(createClient(), sink).messages.stream(REQUEST);
    expect(await stream.finalText()).toBe('Secret answer.');
    expect(events).toMatchObject([{ usage: USAGE }]);
    expect(events[0]?.status).toBeUndefined();
  });

  it('that the host leaves is aborted at what it had told', async () => {
    provider.answer('/messages', { events: namedEvents(EVENTS.slice(0, 3)), after: 'hang' });
    const stream = await observeAnthropic(createClient(), sink).messages.create({ ...REQUEST, stream: true });
    for await (const event of stream) if (event.type === 'content_block_delta') break;
    expect(events).toMatchObject([{ status: 'aborted', usage: { ...USAGE, output_tokens: 1 } }]);
  });

  it('that the host aborts in the helper is aborted at what it had told', async () => {
    provider.answer('/messages', { events: namedEvents(EVENTS.slice(0, 3)), after: 'hang' });
    const stream = observeAnthropic(createClient(), sink).messages.stream(REQUEST);
    stream.on('text', () => stream.abort());
    await expect(stream.done()).rejects.toBeInstanceOf(Anthropic.APIUserAbortError);
    expect(events).toMatchObject([{ status: 'aborted', usage: { input_tokens: 1200 } }]);
  });

  it('that breaks off is a failed call at what it had told', async () => {
    provider.answer('/messages', { events: namedEvents(EVENTS.slice(0, 3)), after: 'break' });
    const stream = await observeAnthropic(createClient(), sink).messages.create({ ...REQUEST, stream: true });
    await expect(readAll(stream)).rejects.toThrow();
    expect(events).toMatchObject([{ status: 'error', usage: { ...USAGE, output_tokens: 1 } }]);
  });
});
