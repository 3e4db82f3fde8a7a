import { afterEach, describe, expect, it } from 'vitest';
import { toEndpointUrl } from '../../../../lib/client/measure/endpoint-url.ts';
import {
  type CallShape,
  describeRequest,
  type Endpoint,
  type MeasuredCall,
  measureCall,
} from '../../../../lib/client/measure/measure-call.ts';
import { openConnections } from '../../../../lib/client/measure/post-call.ts';
import { AnswerReader } from '../../../../lib/client/measure/read-answer.ts';
import {
  answerWhole,
  createSteppedClock,
  type ModelEndpoint,
  type ScriptedAnswer,
  type SteppedClock,
  startModelEndpoint,
  streamTokens,
} from '../../../helpers/model-endpoint.ts';
import { makeCertificate } from '../../../helpers/self-signed.ts';

const KEY = 'sk-test-0123456789abcdef';
const SHAPE: CallShape = { promptTokens: 100, maxTokens: 5, isStreaming: true, asksForUsage: true, timeoutMs: 1_000 };
const WHOLE: CallShape = { ...SHAPE, isStreaming: false };
const USAGE = { prompt_tokens: 103, completion_tokens: 5, total_tokens: 108 };

let open: ModelEndpoint | undefined;
afterEach(() => open?.stop());

interface Setting {
  readonly shape?: CallShape;
  readonly clock?: SteppedClock;
  readonly signal?: AbortSignal;
  readonly endpoint?: Partial<Endpoint>;
}

/** Measures calls of a scripted endpoint, one after another over the same connections. */
async function measure(answers: readonly ScriptedAnswer[], setting: Setting = {}): Promise<readonly MeasuredCall[]> {
  const { shape = SHAPE, clock = createSteppedClock(), signal = new AbortController().signal } = setting;
  open = await startModelEndpoint((_request, number) => answers[number] ?? {}, { clock });
  const url = toEndpointUrl(open.url) ?? '';
  const endpoint = { url, model: 'test-model', provider: null, region: null, key: KEY, ...setting.endpoint };
  const connections = openConnections(url);
  const calls: MeasuredCall[] = [];
  for (const [index] of answers.entries())
    calls.push(await measureCall(endpoint, shape, `n${index}`, { connections, clock, signal }));
  connections.close();
  return calls;
}

const measureOne = async (answer: ScriptedAnswer, setting: Setting = {}): Promise<MeasuredCall> => {
  const [call] = await measure([answer], setting);
  if (call === undefined) throw new Error('nothing was measured');
  return call;
};

describe('a streamed call', () => {
  it('takes from its start to the first content, and to its end', async () => {
    // The first token after 200 ms, three more at 10 ms each, one after 70 ms: 300 ms in all.
    const call = await measureOne(streamTokens({ tokensAfterMs: [200, 10, 10, 10, 70], usage: USAGE }));
    expect(call).toMatchObject({ ttftMs: 200, totalMs: 300, failure: null });
    expect(call.tokens).toEqual({ inputTokens: 103, outputTokens: 5, source: 'response' });
  });

  it('asks for a prompt of its own, the most tokens, and its usage', async () => {
    await measure([streamTokens({ tokensAfterMs: [1] }), streamTokens({ tokensAfterMs: [1] })]);
    const [first, second] = open?.requests ?? [];
    expect(first).toMatchObject({
      path: '/v1/chat/completions',
      headers: { authorization: `Bearer ${KEY}` },
      body: { model: 'test-model', max_tokens: 5, stream: true, stream_options: { include_usage: true } },
    });
    expect(JSON.stringify(first?.body['messages']).slice(0, 40)).not.toBe(
      JSON.stringify(second?.body['messages']).slice(0, 40),
    );
  });

  it.each([
    ['https://api.openai.com/v1/chat/completions', 'max_completion_tokens'],
    ['https://eu.api.openai.com/v1/chat/completions', 'max_completion_tokens'],
    ['https://acme.openai.azure.com/openai/v1/chat/completions', 'max_completion_tokens'],
    ['https://api.openai.com.example/v1/chat/completions', 'max_tokens'],
    ['http://10.0.0.5:8000/v1/chat/completions', 'max_tokens'],
  ])('at %s bounds its answer by %s', (url, field) => {
    const endpoint = { url, model: 'm', provider: null, region: null, key: null };
    const request = describeRequest(endpoint, SHAPE, 'n') as Record<string, unknown>;
    expect(Object.keys(request).filter((name) => name.startsWith('max_'))).toEqual([field]);
    expect(request[field]).toBe(5);
  });

  it('carries a key in the header that its provider reads', async () => {
    await measure([streamTokens({ tokensAfterMs: [1] })]);
    expect(open?.requests[0]?.headers).not.toHaveProperty('api-key');
    await open?.stop();
    await measure([streamTokens({ tokensAfterMs: [1] })], { endpoint: { provider: 'azure' } });
    expect(open?.requests[0]?.headers).toMatchObject({ 'api-key': KEY });
  });

  it('leaves no timer behind', async () => {
    const clock = createSteppedClock();
    await measure([streamTokens({ tokensAfterMs: [1] }), { status: 500 }], { clock });
    expect(clock.timers()).toBe(0);
  });

  it('does not ask for usage where the server would refuse it', async () => {
    await measureOne(streamTokens({ tokensAfterMs: [1] }), { shape: { ...SHAPE, asksForUsage: false } });
    expect(open?.requests[0]?.body).not.toHaveProperty('stream_options');
  });

  it('opens its connection once, for all calls one after another', async () => {
    const answer = streamTokens({ tokensAfterMs: [1], usage: USAGE });
    const [cold, warm] = await measure([answer, answer]);
    expect(cold?.connection).not.toBeNull();
    expect(warm?.connection).toBeNull();
    expect(open?.connections()).toBe(1);
  });

  it('has its tokens estimated where the endpoint does not tell: a quarter of its characters', async () => {
    // 5 x "word" are 20 characters.
    const call = await measureOne(streamTokens({ tokensAfterMs: [1, 1, 1, 1, 1] }));
    expect(call).toMatchObject({ failure: null, tokens: { inputTokens: 100, outputTokens: 5, source: 'estimated' } });
  });

  it('counts what a model says to itself, and the calls of tools, as the first content', async () => {
    const chunk = (delta: object): string =>
      `data: ${JSON.stringify({ id: 'a', choices: [{ index: 0, delta, finish_reason: null }] })}\r\n\r\n`;
    const end = `data: ${JSON.stringify({ id: 'a', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}\r\n\r\n`;
    for (const delta of [{ reasoning_content: 'hm' }, { tool_calls: [{ function: { arguments: '{}' } }] }]) {
      const pieces = [
        [5, chunk({ role: 'assistant', content: '' })],
        [20, chunk(delta)],
        [30, end],
      ] as const;
      expect(await measureOne({ pieces })).toMatchObject({ ttftMs: 25, totalMs: 55, failure: null });
      await open?.stop();
    }
  });

  it('is read from pieces that cut events and letters in two, with comments between', async () => {
    const whole = new TextEncoder().encode(
      `: wait\r\n\r\ndata: ${JSON.stringify({ id: 'a', choices: [{ index: 0, delta: { content: 'é' }, finish_reason: 'stop' }] })}\r\n\r\ndata: [DONE]\r\n\r\n`,
    );
    const cut = whole.indexOf(0xc3) + 1;
    const pieces = [
      [10, whole.subarray(0, cut)],
      [10, whole.subarray(cut, cut + 4)],
      [10, whole.subarray(cut + 4)],
    ] as const;
    const headers = { 'content-type': 'text/event-stream; charset=utf-8' };
    expect(await measureOne({ pieces, headers })).toMatchObject({ ttftMs: 30, totalMs: 30, failure: null });
  });

  it('that ends with its mark needs no reason for the end', async () => {
    const call = await measureOne(streamTokens({ tokensAfterMs: [1], finish: null, usage: USAGE }));
    expect(call).toMatchObject({ failure: null, tokens: { source: 'response' } });
  });

  it('is known for one without the header that says so', async () => {
    const answer = {
      ...streamTokens({ tokensAfterMs: [40, 10], usage: USAGE }),
      headers: { 'content-type': 'text/plain' },
    };
    expect(await measureOne(answer)).toMatchObject({ ttftMs: 40, totalMs: 50, failure: null });
  });

  it('may hold events without data, which keep the connection open', async () => {
    const { pieces = [], ...answer } = streamTokens({ tokensAfterMs: [40, 10], usage: USAGE });
    const call = await measureOne({ ...answer, pieces: [[5, 'data:\n\n'], [5, 'data: \n\n'], ...pieces] });
    expect(call).toMatchObject({ ttftMs: 50, totalMs: 60, failure: null, tokens: { source: 'response' } });
  });

  it('may be answered whole by a server that cannot stream', async () => {
    const call = await measureOne(answerWhole(40));
    expect(call).toMatchObject({ ttftMs: null, totalMs: 40, failure: null, tokens: { outputTokens: 4 } });
  });
});

describe('a call for a whole answer', () => {
  it('has a time in all, and none to the first token', async () => {
    const call = await measureOne(answerWhole(250), { shape: WHOLE });
    expect(call).toMatchObject({ ttftMs: null, totalMs: 250, failure: null });
    expect(call.tokens).toEqual({ inputTokens: 20, outputTokens: 4, source: 'response' });
    expect(open?.requests[0]?.body).toMatchObject({ stream: false });
  });

  it('has its tokens estimated where the endpoint does not tell', async () => {
    // "one two three four" has 18 characters, of which a quarter is 4.5.
    const call = await measureOne(answerWhole(1, { usage: undefined }), { shape: WHOLE });
    expect(call.tokens).toEqual({ inputTokens: 100, outputTokens: 5, source: 'estimated' });
  });
});

describe('an answer', () => {
  it('that is nested without end ends no run', async () => {
    const nested = `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`;
    const call = await measureOne({ pieces: [[1, `{"choices":[{"message":${nested}}]}`]] }, { shape: WHOLE });
    expect(call).toMatchObject({ failure: null, tokens: { outputTokens: 0, source: 'estimated' } });
  });
});

describe('a call that fails is told by kind', () => {
  const failing: ReadonlyArray<readonly [string, ScriptedAnswer, object]> = [
    [
      'too many requests, with the code of the provider',
      { status: 429, pieces: [[30, '{"error":{"code":"rate_limit_exceeded","message":"secret"}}']] },
      { kind: 'http_429', detail: 'rate_limit_exceeded' },
    ],
    ['an error of the server', { status: 500, pieces: [[30, '<html>']] }, { kind: 'http_500', detail: null }],
    ['an answer without a body', { status: 503 }, { kind: 'http_503', detail: null }],
    ['a redirection, which is not followed', { status: 302, headers: { location: 'http://x/' } }, { kind: 'http_302' }],
    ['a stream of what is not JSON', { pieces: [[1, 'data: {"a"\n\n']] }, { kind: 'not_json' }],
    ['a body that is not JSON', { pieces: [[1, 'hello']] }, { kind: 'not_json' }],
    ['an empty answer', {}, { kind: 'not_json' }],
    ['JSON of something else', { pieces: [[1, '{"hello":"world"}']] }, { kind: 'not_completion' }],
    [
      'an error within a stream',
      { pieces: [[1, 'data: {"error":{"type":"overloaded","message":"secret"}}\n\n']] },
      { kind: 'provider_error', detail: 'overloaded' },
    ],
    [
      'a stream that ends without saying why',
      streamTokens({ tokensAfterMs: [1, 1], finish: null, hasEndMark: false }),
      { kind: 'stream_broken' },
    ],
    ['a connection that breaks in the midst', streamTokens({ tokensAfterMs: [1], after: 'break' }), { kind: 'reset' }],
    ['a filter of content', streamTokens({ tokensAfterMs: [1], finish: 'content_filter' }), { kind: 'content_filter' }],
  ];
  it.each(failing)('%s', async (_name, answer, failure) => {
    const call = await measureOne(answer);
    expect(call).toMatchObject({ failure, tokens: null });
    expect(JSON.stringify(call)).not.toMatch(/secret|sk-test/);
  });

  it('without the code of a provider that quotes the key', async () => {
    const body = JSON.stringify({ error: { code: KEY.replaceAll('-', '_'), type: `bad.${KEY}` } });
    const call = await measureOne(
      { status: 401, pieces: [[1, body]] },
      { endpoint: { key: KEY.replaceAll('-', '_') } },
    );
    expect(call.failure).toEqual({ kind: 'http_401', detail: null });
  });

  it('without the code of a provider that is a part of the key', async () => {
    const body = JSON.stringify({ error: { code: 'test-0123456789abcdef' } });
    const call = await measureOne({ status: 401, pieces: [[1, body]] });
    expect(call.failure).toEqual({ kind: 'http_401', detail: null });
  });

  it('and leaves no connection on which an answer may still come', async () => {
    const clock = createSteppedClock();
    const hung = { after: 'hang', onSent: () => setImmediate(clock.runOut) } as const;
    const answer = streamTokens({ tokensAfterMs: [1], usage: USAGE });
    const [, , third] = await measure([answer, hung, answer], { clock });
    expect(third).toMatchObject({ failure: null, tokens: { source: 'response' } });
    expect({ opened: open?.connections(), atOnce: open?.maxInFlight() }).toEqual({ opened: 2, atOnce: 1 });
  });

  it('a server that is not there', async () => {
    const gone = await startModelEndpoint(() => ({}));
    await gone.stop();
    const call = await measureOne({}, { endpoint: { url: `${gone.url}/v1/chat/completions` } });
    expect(call).toMatchObject({ failure: { kind: 'refused', detail: 'ECONNREFUSED' }, connection: null });
  });

  it('a server that says nothing, one that stops in the midst, each when its time is up', async () => {
    const silent = createSteppedClock();
    const first = measureOne({ after: 'hang', onSent: () => setImmediate(silent.runOut) }, { clock: silent });
    expect(await first).toMatchObject({ failure: { kind: 'timeout_first_byte' } });
    await open?.stop();
    const stuck = createSteppedClock();
    const half = { ...streamTokens({ tokensAfterMs: [1], finish: null, hasEndMark: false, after: 'hang' }) };
    const second = measureOne({ ...half, onSent: () => stuck.runOut() }, { clock: stuck });
    expect(await second).toMatchObject({ failure: { kind: 'timeout_answer' }, ttftMs: 1 });
  });

  it('a server that says nothing over an open connection', async () => {
    const clock = createSteppedClock();
    const hung = { after: 'hang', onSent: () => setImmediate(clock.runOut) } as const;
    const [, second] = await measure([streamTokens({ tokensAfterMs: [1] }), hung], { clock });
    expect(second).toMatchObject({ connection: null, failure: { kind: 'timeout_first_byte' } });
  });

  it('an answer that has no end', () => {
    const reader = new AnswerReader(true);
    const ends = Array.from({ length: 33 }, () => reader.push(new Uint8Array(1024 * 1024), 0));
    expect(ends.findIndex((end) => end !== undefined)).toBe(32);
    expect(ends[32]).toEqual({ kind: 'too_large', detail: null });
  });

  it('an end by whoever measures', async () => {
    const ending = new AbortController();
    const half = streamTokens({ tokensAfterMs: [1], finish: null, hasEndMark: false, after: 'hang' });
    const call = await measureOne({ ...half, onSent: () => ending.abort() }, { signal: ending.signal });
    expect(call.failure).toEqual({ kind: 'interrupted', detail: null });
  });
});

describe('a connection', () => {
  // Each look at the clock is a millisecond, so every step of a connection takes one.
  const connect = async (url: string, ca?: string): Promise<MeasuredCall> => {
    const connections = openConnections(url, ca === undefined ? {} : { ca });
    const endpoint = { url: `${url}/v1/chat/completions`, model: 'm', provider: null, region: null, key: null };
    const surroundings = {
      connections,
      clock: createSteppedClock({ tickMs: 1 }),
      signal: new AbortController().signal,
    };
    try {
      return await measureCall(endpoint, SHAPE, 'n', surroundings);
    } finally {
      connections.close();
    }
  };

  it('to an address in numbers is TCP alone', async () => {
    open = await startModelEndpoint(() => answerWhole(0));
    expect((await connect(open.url)).connection).toEqual({ dnsMs: null, tcpMs: 1, tlsMs: null, totalMs: 1 });
    expect(open.requests[0]?.headers).not.toHaveProperty('authorization');
  });

  it('over HTTPS has TLS as a step of its own', async () => {
    const { key, cert } = makeCertificate('127.0.0.1');
    open = await startModelEndpoint(() => answerWhole(0), { tls: { key, cert } });
    const call = await connect(open.url, cert);
    expect(call).toMatchObject({ failure: null, connection: { dnsMs: null, tcpMs: 1, tlsMs: 1, totalMs: 2 } });
  });

  it('to a server whose certificate nobody knows fails', async () => {
    open = await startModelEndpoint(() => answerWhole(0), { tls: makeCertificate('127.0.0.1') });
    expect(await connect(open.url)).toMatchObject({ failure: { kind: 'tls' } });
    expect(open.requests).toEqual([]);
  });

  it('over TLS to a server that speaks plain HTTP fails, and the other way round', async () => {
    open = await startModelEndpoint(() => answerWhole(0));
    expect(await connect(open.url.replace('http:', 'https:'))).toMatchObject({ failure: { kind: 'tls' } });
  });
});

describe('the address of chat completions', () => {
  it.each([
    ['http://h:8000', 'http://h:8000/v1/chat/completions'],
    ['http://h:8000/', 'http://h:8000/v1/chat/completions'],
    ['https://h/v1', 'https://h/v1/chat/completions'],
    ['https://h/openai/v1/', 'https://h/openai/v1/chat/completions'],
    ['https://h/v1/chat/completions', 'https://h/v1/chat/completions'],
    ['https://h/x?api-version=1', 'https://h/x/chat/completions?api-version=1'],
  ])('of %s is %s', (base, url) => {
    expect(toEndpointUrl(base)).toBe(url);
  });

  it.each(['', 'h:8000', 'ftp://h', 'http://user:secret@h', 'http://user@h'])('is none of %s', (text) => {
    expect(toEndpointUrl(text)).toBeUndefined();
  });
});
