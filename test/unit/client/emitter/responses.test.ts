import { describe, expect, it } from 'vitest';
import { type EmitterOptions, makeTimedId, makeUntimedId, type ResponseReport } from '../../../../lib/client/index.ts';
import { describeCall } from '../../../../lib/client/wrappers/describe-call.ts';
import { classifyId } from '../../../../lib/domain/events/event-id.ts';
import { ACCEPTED, EmitterWorld, eventsOf, START_MS } from '../../../helpers/emitter-world.ts';

const CREATED_S = Date.UTC(2026, 10, 21, 9, 29) / 1000;
const chat = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: CREATED_S,
  model: 'gpt-4o-mini-2024-07-18',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'SECRET' } }],
  usage: { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 },
};
const message = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-sonnet-4-5',
  content: [{ type: 'text', text: 'SECRET' }],
  usage: { input_tokens: 100, output_tokens: 20 },
};
const embedding = {
  object: 'list',
  model: 'text-embedding-3-small',
  data: [{ object: 'embedding', index: 0, embedding: [0.1] }],
  usage: { prompt_tokens: 8, total_tokens: 8 },
};

async function report(response: unknown, hints?: ResponseReport, options: Partial<EmitterOptions> = {}) {
  const world = new EmitterWorld(() => ({ outcome: ACCEPTED }), options);
  const taken = world.emitter.emitResponse(response, hints);
  await world.pass(1_000);
  const text = world.wire[0]?.text ?? '{"events":[]}';
  return { taken, text, event: eventsOf(text)[0], refusals: world.refusals };
}

describe('events of responses', () => {
  it("carry the provider's time and a timed id of it, and nothing of the content", async () => {
    const context = { latency_ms: 840, feature: 'triage' };
    const { event, text } = await report(chat, { provider: 'openai', context });
    expect(event).toMatchObject({
      id: makeTimedId(CREATED_S * 1000, 'openai', 'chatcmpl-1'),
      time: '2026-11-21T09:29:00.000Z',
      provider: 'openai',
      usage: { input_tokens: 100, output_tokens: 20 },
      ...context,
    });
    expect(text).not.toContain('SECRET');
  });

  it('carry an id of provider and response alone where spans report the same calls', async () => {
    const { event } = await report(chat, { provider: 'openai' }, { ids: 'response' });
    expect(event?.id).toBe(makeUntimedId('openai', 'chatcmpl-1'));
  });

  it('spell the provider in one way, whoever names it', async () => {
    const spelled = await report(chat, { context: { provider: 'azure.ai.openai' } });
    expect(spelled.event?.id).toBe(makeTimedId(CREATED_S * 1000, 'azure', 'chatcmpl-1'));
  });

  it('take the time of the report where the response has none', async () => {
    const { event } = await report(message);
    expect(event).toMatchObject({ id: makeUntimedId('anthropic', 'msg_1'), time: new Date(START_MS).toISOString() });
  });

  it('get an id of their own where the provider gives none, another one each', async () => {
    const [one, two] = [await report(embedding), await report(embedding, {}, { name: 'other' })];
    expect(classifyId(one.event?.id ?? '')).toMatchObject({ timed: true, timeMs: START_MS });
    expect(one.event?.id).not.toBe(two.event?.id);
  });

  it.each([
    ['plain', { 'X-Request-Id': 'req_1', Date: 'Sat, 21 Nov 2026 09:29:30 GMT' }],
    ["fetch's", new Headers({ 'x-request-id': 'req_1', date: 'Sat, 21 Nov 2026 09:29:30 GMT' })],
  ])("are named by the request where the provider's headers (%s) do, as wrappers name them", async (_, given) => {
    const headers = given as Record<string, string>;
    const { event } = await report(embedding, { provider: 'openai', headers });
    const call = { provider: 'openai', region: null, model: null, operation: null, context: {} } as const;
    const plain = Object.fromEntries(new Headers(headers));
    const wrapped = describeCall({ ...call, ids: 'timed', startMs: 1, response: embedding, headers: plain });
    expect(event?.id).toBe(makeTimedId(Date.UTC(2026, 10, 21, 9, 29, 30), 'openai', 'req_1'));
    expect(wrapped.id).toBe(event?.id);
  });

  it.each([
    ['of no known form', { hello: 'world' }, 'unknown_response'],
    ['without usage', { ...chat, usage: undefined }, 'unusable_response'],
    ['that is nothing at all', undefined, 'unknown_response'],
    [
      'that throws when it is read',
      new Proxy(
        {},
        {
          get: () => {
            throw new Error('no');
          },
        },
      ),
      'unusable_response',
    ],
  ])('are refused without harm for a response %s', async (_, response, reason) => {
    const { taken, refusals } = await report(response);
    expect(taken).toBe(false);
    expect(refusals).toEqual([reason]);
  });
});
