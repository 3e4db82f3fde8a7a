import { describe, expect, it } from 'vitest';
import { readResponse } from '../../../lib/client/responses/read-response.ts';
import { toUsageEvent, UnusableResponseError } from '../../../lib/client/responses/to-usage-event.ts';
import { readEventUsage } from '../../../lib/domain/events/usage-shapes.ts';
import { accepted } from '../../helpers/parsing.ts';
import { loadResponses, type ResponseFixture, readFixture } from './all-responses.ts';

const fixtures = loadResponses();
const CANARY = 'canary-5d1f';

/** Fields that say what a response is or whose it is. Every other text may be somebody's words. */
const STRUCTURAL = new Set([
  ...['object', 'type', 'event_type', 'status', 'code', 'role', 'id', 'model', 'custom_id', 'key', 'ttl', 'date'],
  ...['modelVersion', 'responseId', 'createTime', 'created_at', 'RequestId', 'requestId', 'invokedModelId'],
  ...['generation_id', 'response_id', 'finish_reason', 'finishReason', 'native_finish_reason', 'stop_reason'],
  ...['stopReason', 'done_reason', 'reason', 'blockReason', 'completionReason', 'modality', 'service_tier'],
  ...['serviceTier', 'trafficType', 'inference_geo', 'speed', 'latency', 'provider', 'system_fingerprint', '__type'],
  ...['response_type', 'cost', 'statusCode', 'fault'],
]);

/** The same response with the canary in the place of every text that could be content. */
function plant(value: unknown, planted: { count: number }): unknown {
  if (Array.isArray(value)) return value.map((item) => plantAt('', item, planted));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([field, item]) => [field, plantAt(field, item, planted)]));
}

function plantAt(field: string, item: unknown, planted: { count: number }): unknown {
  if (typeof item !== 'string') return plant(item, planted);
  if (STRUCTURAL.has(field)) return item;
  planted.count += 1;
  return CANARY;
}

/** Everything in a reading as text, counts and issues included. */
function textOf(value: unknown): string {
  return JSON.stringify(value, (_, inner) => {
    if (inner instanceof Map) return [...inner];
    return typeof inner === 'bigint' ? String(inner) : inner;
  });
}

function eventOf(fixture: ResponseFixture, chunks = fixture.chunks) {
  const reading = readFixture(fixture, chunks, fixture.adapter);
  // A fallback for the responses that name neither; where they do, it changes nothing.
  return toUsageEvent(reading, {
    timeMs: Date.parse(fixture.timestamp),
    ...(reading.responseId ? {} : { id: 'call-1' }),
  });
}

/** The response with canaries, and how many there are. */
function withCanaries({ chunks }: ResponseFixture): { chunks: readonly unknown[]; count: number } {
  const planted = { count: 0 };
  return { chunks: chunks.map((chunk) => plant(chunk, planted)), count: planted.count };
}

const isReadable = ({ expected }: ResponseFixture): boolean => expected.usage !== null;

it.each(fixtures)('$name reads the same whatever its texts say, and repeats none of them', (fixture) => {
  const told = readFixture(fixture, withCanaries(fixture).chunks, fixture.adapter);
  expect(told).toEqual(readFixture(fixture, fixture.chunks, fixture.adapter));
  expect(textOf(told)).not.toContain(CANARY);
});

it.each(fixtures.filter(isReadable))('$name makes an event that the ledger accepts with the same counts', (fixture) => {
  const event = eventOf(fixture, withCanaries(fixture).chunks);
  expect(textOf(event)).not.toContain(CANARY);
  const { event: parsed, unknownFields } = accepted(event);
  expect(unknownFields).toEqual([]);
  expect(readEventUsage(parsed.usage)).toEqual(readFixture(fixture, fixture.chunks, fixture.adapter).usage);
  expect(parsed.status ?? 'ok').toBe(fixture.expected.call);
});

it.each(fixtures.filter((it) => !isReadable(it)))('$name makes no event, and the error says why', (fixture) => {
  const make = () => eventOf(fixture, withCanaries(fixture).chunks);
  expect(make).toThrow(UnusableResponseError);
  expect(make).toThrow(fixture.expected.issue ?? 'no issue');
  expect(make).not.toThrow(CANARY);
});

const ERRORS: ReadonlyArray<readonly [adapter: string, body: object]> = [
  ...['openai_chat', 'openai_responses', 'azure_openai', 'openrouter_chat', 'mistral', 'vllm', 'ollama'].map(
    (adapter) =>
      [adapter, { error: { message: CANARY, code: CANARY, type: CANARY, param: CANARY, metadata: CANARY } }] as const,
  ),
  ['vllm', { object: 'error', message: CANARY, type: CANARY, param: CANARY, code: 400 }],
  ['azure_openai', { statusCode: 401, message: CANARY }],
  ['ollama', { error: CANARY }],
  ['anthropic', { type: 'error', error: { type: CANARY, message: CANARY }, request_id: CANARY }],
  ['gemini', { error: { code: 400, status: CANARY, message: CANARY, details: [{ reason: CANARY }] } }],
  ['bedrock_converse', { __type: CANARY, message: CANARY }],
  ['cohere', { message: CANARY }],
];

it.each(ERRORS)('an error of %s repeats nothing of what it says, %j', (adapter, body) => {
  for (const hints of [{ adapter }, {}]) {
    const reading = readResponse(body, hints);
    expect(reading?.status).toBe('error');
    expect(textOf(reading)).not.toContain(CANARY);
  }
});

it('headers give their counts, id and date, and nothing else', () => {
  const headers = {
    authorization: CANARY,
    'x-amzn-bedrock-input-token-count': '3',
    'x-amzn-bedrock-cache-read-input-token-count': CANARY,
    'x-amzn-errormessage': CANARY,
    'set-cookie': [CANARY],
    date: CANARY,
  };
  const body = { outputs: [{ text: CANARY, stop_reason: CANARY }] };
  const reading = readResponse(body, { adapter: 'bedrock_invoke', model: 'mistral.mistral-7b', headers });
  expect(reading?.createdMs).toBeNull();
  // A count that is none is an issue, which says so shortly; it is the one value that an issue quotes.
  expect(reading?.usage.ok).toBe(false);
  const counted = readResponse(body, {
    adapter: 'bedrock_invoke',
    headers: { ...headers, 'x-amzn-bedrock-cache-read-input-token-count': '0' },
  });
  expect(counted?.usage.ok).toBe(true);
  expect(textOf(counted)).not.toContain(CANARY);
});

it('the canary stood in most of the responses', () => {
  const counts = fixtures.map((fixture) => withCanaries(fixture).count);
  expect(counts.filter((count) => count > 0).length).toBeGreaterThan(fixtures.length / 2);
});

describe('the bodies', () => {
  const groups: Readonly<Record<string, (fixture: ResponseFixture) => boolean>> = {
    'OpenAI chat': ({ adapter }) => adapter === 'openai_chat',
    'OpenAI responses': ({ adapter }) => adapter === 'openai_responses',
    'OpenAI embeddings': ({ adapter }) => adapter === 'openai_embeddings',
    Azure: ({ adapter }) => adapter === 'azure_openai',
    Anthropic: ({ adapter }) => adapter === 'anthropic',
    Gemini: ({ adapter }) => adapter === 'gemini',
    'Bedrock Converse': ({ adapter }) => adapter === 'bedrock_converse',
    OpenRouter: ({ adapter }) => adapter === 'openrouter_chat',
    Ollama: ({ adapter }) => adapter === 'ollama',
    vLLM: ({ adapter }) => adapter === 'vllm',
  };

  it.each(Object.entries(groups))('of %s are four at least', (_, isOfGroup) => {
    expect(fixtures.filter(isOfGroup).length).toBeGreaterThanOrEqual(4);
  });

  it('of Bedrock InvokeModel and Cohere are three at least', () => {
    for (const name of ['bedrock_invoke', 'cohere'])
      expect(fixtures.filter(({ adapter }) => adapter === name).length).toBeGreaterThanOrEqual(3);
  });

  it('are sixty at least, fewer than half of them made up, and each names its source', () => {
    const rows = [...Map.groupBy(fixtures, ({ adapter }) => adapter)].map(([adapter, found]) => {
      const invented = found.filter((fixture) => fixture.invented).length;
      return `${adapter.padEnd(22)} ${String(found.length).padStart(3)} ${String(invented).padStart(3)} made up`;
    });
    console.log([`${fixtures.length} response bodies`, ...rows].join('\n'));
    expect(fixtures.length).toBeGreaterThanOrEqual(60);
    expect(fixtures.filter((fixture) => fixture.invented).length * 2).toBeLessThan(fixtures.length);
    for (const { name, source, invented } of fixtures) {
      expect(source.startsWith('made up'), name).toBe(invented);
      expect(source.length, name).toBeGreaterThan(10);
    }
  });
});
