import { describe, expect, it } from 'vitest';
import { describeMeasured } from '../../../../lib/client/measure/describe-measured.ts';
import type { Endpoint, MeasuredCall } from '../../../../lib/client/measure/measure-call.ts';
import { readResponse } from '../../../../lib/client/responses/read-response.ts';
import { toUsageEvent } from '../../../../lib/client/responses/to-usage-event.ts';

const START = 1_785_000_000_000;
const ENDPOINT: Endpoint = { url: 'http://h', model: 'asked', provider: 'openai', region: null, key: 'sk-1' };
const BODY = {
  ...{ id: 'chatcmpl-9', object: 'chat.completion', created: START / 1000 + 1, model: 'gpt-4o-mini-2024-07-18' },
  choices: [{ index: 0, finish_reason: 'stop', message: { content: 'secret' } }],
  usage: { prompt_tokens: 20, completion_tokens: 4, total_tokens: 24 },
};
const call = (body: object | undefined, over: Partial<MeasuredCall> = {}): MeasuredCall => ({
  ...{ isStreaming: true, startEpochMs: START, startMs: 50, endMs: 2_050, connection: null },
  ...{ ttftMs: 500.4, totalMs: 2_000.6, failure: null, tokens: null, headers: {} },
  reading: body === undefined ? undefined : readResponse(body, { provider: 'openai', model: 'asked' }),
  ...over,
});
const making = (): Parameters<typeof describeMeasured>[2] => ({
  context: { app: 'measuring', session: 'measure-1' },
  runId: 'run-1',
  knownIds: new Set<string>(),
});

describe('the event of a measured call', () => {
  it('is the one that any other reporter makes of the response, with its times', () => {
    const event = describeMeasured(call(BODY), ENDPOINT, making());
    const reading = readResponse(BODY, { provider: 'openai' });
    expect(event.id).toBe(reading && toUsageEvent(reading).id);
    expect(event).toMatchObject({
      ...{ app: 'measuring', session: 'measure-1', provider: 'openai', model: 'gpt-4o-mini-2024-07-18' },
      ...{ latency_ms: 2_001, ttft_ms: 500, operation: 'chat', usage: { input_tokens: 20, output_tokens: 4 } },
    });
    expect(event).not.toHaveProperty('status');
    expect(JSON.stringify(event)).not.toMatch(/secret|sk-1/);
  });

  it('has an id of its own where the server answers with one id for ever', () => {
    const same = making();
    const events = [1, 2, 3].map((n) => describeMeasured(call(BODY, { startEpochMs: START + n }), ENDPOINT, same));
    expect(new Set(events.map(({ id }) => id)).size).toBe(3);
    expect(events[2]).toMatchObject({ time: new Date(START + 3).toISOString(), usage: { input_tokens: 20 } });
  });

  it('has the time of the call, and an id of its own, where the server answers with a time long past', () => {
    const event = describeMeasured(call({ ...BODY, created: 1_677_652_288 }), ENDPOINT, making());
    expect(event.time).toBe(new Date(START).toISOString());
    const late = describeMeasured(
      call(undefined, { headers: { date: 'Wed, 01 Jan 2020 00:00:00 GMT' } }),
      ENDPOINT,
      making(),
    );
    expect(late.time).toBe(new Date(START).toISOString());
  });

  it('has the model that was asked for where the endpoint names one that is no name', () => {
    for (const model of ['\u001b[2Jm', '', 'm'.repeat(129), '\ud800']) {
      const event = describeMeasured(call({ ...BODY, model }), ENDPOINT, making());
      expect(event).toMatchObject({ model: 'asked', app: 'measuring', usage: { input_tokens: 20, output_tokens: 4 } });
    }
  });

  it('counts a request without a price where the endpoint does not tell its usage, never estimated tokens', () => {
    const tokens = { inputTokens: 100, outputTokens: 5, source: 'estimated' } as const;
    const event = describeMeasured(call({ ...BODY, usage: undefined }, { tokens }), ENDPOINT, making());
    expect(event.usage).toEqual({ requests: 1 });
  });

  it('is that of a failed call, which used nothing, with the kind of its failure', () => {
    const failure = { kind: 'http_429', detail: 'rate_limit_exceeded' } as const;
    const event = describeMeasured(
      call({ error: { message: 'secret' } }, { failure, ttftMs: null }),
      ENDPOINT,
      making(),
    );
    expect(event).toMatchObject({ model: 'asked', status: 'error', error: 'http_429', usage: { input_tokens: 0 } });
    expect(event).not.toHaveProperty('ttft_ms');
    const gone = describeMeasured(call(undefined, { failure: { kind: 'refused', detail: null } }), ENDPOINT, making());
    expect(gone).toMatchObject({ model: 'asked', status: 'error', error: 'refused', usage: { input_tokens: 0 } });
  });

  it('is that of a call that was left, of which nobody knows what it used', () => {
    const event = describeMeasured(
      call(undefined, { failure: { kind: 'interrupted', detail: null } }),
      ENDPOINT,
      making(),
    );
    expect(event).toMatchObject({ status: 'aborted', usage: { requests: 1 } });
  });

  it('went well although the stream named no reason for its end, when its mark came', () => {
    const chunks = [
      { ...BODY, object: 'chat.completion.chunk', choices: [{ index: 0, delta: {}, finish_reason: null }] },
    ];
    const event = describeMeasured(call(chunks), ENDPOINT, making());
    expect(event).not.toHaveProperty('status');
  });
});
