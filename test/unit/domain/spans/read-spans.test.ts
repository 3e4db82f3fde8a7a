import { describe, expect, it } from 'vitest';
import { decodeProtobufTraces } from '../../../../lib/adapters/otlp/decode-protobuf.ts';
import { classifyId } from '../../../../lib/domain/events/event-id.ts';
import { parseUsageEvent } from '../../../../lib/domain/events/parse-usage-event.ts';
import { readSpans, type SpanReading } from '../../../../lib/domain/spans/read-spans.ts';
import { CONVENTIONS, SPAN_ATTRIBUTES } from '../../../../lib/domain/spans/span-attributes.ts';
import { START_MS } from '../../../helpers/ledger-fixtures.ts';
import {
  type Attributes,
  readSpanCases,
  type SpanDraft,
  sha256,
  toOtlpProtobuf,
  toSpans,
} from '../../../helpers/spans.ts';

const CASES = readSpanCases();
const read = (drafts: readonly SpanDraft[]) => readSpans(toSpans(drafts), sha256);
const only = (draft: SpanDraft): SpanReading => read([draft])[0] ?? { is: 'other' };
const eventOf = (draft: SpanDraft): Record<string, unknown> => {
  const reading = only(draft);
  return reading.is === 'event' ? { ...reading.event } : {};
};

const counted = (fields: Attributes = {}): Attributes => ({
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'openai',
  'gen_ai.request.model': 'gpt-4o',
  'gen_ai.usage.input_tokens': 10,
  'gen_ai.usage.output_tokens': 2,
  ...fields,
});

describe('a span by the conventions of its instrumentation', () => {
  it.each(CASES.map((one) => [one.name, one] as const))(
    '%s',
    (_name, { draft, is, event, absent, cacheAdded, timedId }) => {
      const reading = only(draft);
      expect(reading.is).toBe(is);
      if (reading.is !== 'event') return;
      expect(reading.event).toMatchObject(event);
      expect(reading.event['usage']).toEqual(event['usage']);
      for (const field of absent) expect(reading.event).not.toHaveProperty(field);
      expect(reading.isCacheAdded).toBe(cacheAdded);
      if (timedId) expect(classifyId(String(reading.event['id']))).toMatchObject({ timed: true, timeMs: START_MS });
      expect(parseUsageEvent(JSON.parse(JSON.stringify(reading.event)))).toMatchObject({ unknownFields: [] });
    },
  );

  it.each(CASES.map((one) => [one.name, one] as const))('says the same in protobuf: %s', (_name, { draft }) => {
    expect(readSpans(decodeProtobufTraces(toOtlpProtobuf([draft])), sha256)).toEqual([only(draft)]);
  });

  it('is tried for every convention of the table, and reads no name twice', () => {
    const tried = new Set(CASES.flatMap(({ draft }) => Object.keys(draft.attributes ?? {})));
    for (const convention of Object.keys(CONVENTIONS)) {
      const names = SPAN_ATTRIBUTES.filter((row) => row.convention === convention).map(({ attribute }) => attribute);
      expect(names.some((name) => tried.has(name) || name === 'service.name')).toBe(true);
    }
    const names = SPAN_ATTRIBUTES.map(({ attribute }) => attribute);
    expect(new Set(names).size).toBe(names.length);
  });

  it('never carries content', () => {
    for (const { draft } of CASES) expect(JSON.stringify(only(draft))).not.toContain('CONTENT');
  });
});

describe('the event of a span', () => {
  it('is of the time at which the call began, took as long as the span, and is of the service that its resource names', () => {
    expect(eventOf({ attributes: counted(), startMs: START_MS, durationMs: 840 })).toMatchObject({
      time: '2026-01-29T18:30:00.000Z',
      latency_ms: 840,
      app: 'support-bot',
      environment: 'prod',
      emitter: { version: 'otel/nodejs' },
    });
  });

  it('is of a user and a session that are numbers', () => {
    const event = eventOf({ attributes: counted({ 'user.id': 42, 'session.id': 0 }) });
    expect(event).toMatchObject({ user: '42', session: '0' });
    expect(eventOf({ attributes: counted({ 'user.id': 4.2, 'service.name': 42 }) })).toEqual(
      eventOf({ attributes: counted({ 'service.name': 42 }) }),
    );
  });

  it('has no app where the SDK says that the service has no name', () => {
    expect(eventOf({ attributes: counted({ 'service.name': 'unknown_service:node' }) })).not.toHaveProperty('app');
  });

  it('says nothing of latency where a clock was set back', () => {
    expect(eventOf({ attributes: counted(), durationMs: -5 })).not.toHaveProperty('latency_ms');
  });

  it('lacks usage where a call succeeded and counts nothing, so that the contract refuses it rather than make it free', () => {
    const { 'gen_ai.usage.input_tokens': _input, 'gen_ai.usage.output_tokens': _output, ...rest } = counted();
    expect(parseUsageEvent(eventOf({ attributes: rest }))).toMatchObject({ reason: 'missing_field', field: 'usage' });
  });

  it('is refused, not passed over, where LiteLLM says by its function alone that a model was called', () => {
    // A stream without usage: https://github.com/BerriAI/litellm/issues/31583
    for (const operation of ['acompletion', 'aresponses', 'responses', 'anthropic_messages', 'aembedding', 'arerank'])
      expect(only({ attributes: { 'gen_ai.operation.name': operation } }).is).toBe('event');
  });

  it('keeps counts that cannot be, for the contract to refuse', () => {
    const negative = eventOf({ attributes: counted({ 'gen_ai.usage.input_tokens': -1 }) });
    expect(parseUsageEvent(negative)).toMatchObject({ reason: 'impossible_usage' });
    const text = eventOf({ attributes: counted({ 'gen_ai.usage.input_tokens': 'many' }) });
    expect(parseUsageEvent(text)).toMatchObject({ reason: 'wrong_type', field: 'usage.input_tokens' });
    const declared = { 'tokenledger.cache_tokens': 'included', 'gen_ai.usage.cache_read.input_tokens': 11 };
    expect(parseUsageEvent(eventOf({ attributes: counted(declared) }))).toMatchObject({ reason: 'impossible_usage' });
  });

  it('has the id of the response where the span names one, whoever reports it, and one of the span elsewhere', () => {
    const named = counted({ 'gen_ai.response.id': 'resp_68a5c0ffee0123456789abcdef012345' });
    const id = eventOf({ attributes: named })['id'];
    expect(id).toBe('openai:resp_68a5c0ffee0123456789abcdef012345');
    expect(eventOf({ attributes: named, spanId: 'ff'.repeat(8), startMs: START_MS + 1 })['id']).toBe(id);
    const unnamed = eventOf({ attributes: counted() })['id'];
    expect(classifyId(String(unnamed))).toMatchObject({ timed: true, timeMs: START_MS });
    expect(eventOf({ attributes: counted() })['id']).toBe(unnamed);
    expect(eventOf({ attributes: counted(), spanId: 'ff'.repeat(8) })['id']).not.toBe(unnamed);
  });

  it('has no id where neither span nor response has one', () => {
    expect(eventOf({ attributes: counted(), spanId: '0'.repeat(16) })['id']).toBeUndefined();
  });
});

describe('spans of one request together', () => {
  const agent = {
    'gen_ai.operation.name': 'invoke_agent',
    'gen_ai.usage.input_tokens': 20,
    'gen_ai.request.model': 'gpt-4o',
  };
  const OTHER: Attributes = { 'http.request.method': 'POST' };
  const spanId = (number: number): string => number.toString(16).padStart(16, '0');
  const inside = (parent: number, attributes: Attributes): SpanDraft => ({
    attributes,
    parentSpanId: spanId(parent),
  });

  it('count the calls of an agent and not the agent', () => {
    const readings = read([{ attributes: agent }, inside(1, counted()), inside(1, counted())]);
    expect(readings.map(({ is }) => is)).toEqual(['wrapper', 'event', 'event']);
  });

  it('count a call once that two instrumentations report, one inside the other', () => {
    // 1: a framework's span; 2: between; 3: the client's span of the same call.
    const readings = read([
      { attributes: counted() },
      inside(1, { 'http.request.method': 'POST' }),
      inside(2, counted({ 'gen_ai.response.id': 'resp_68a5c0ffee0123456789abcdef012345' })),
    ]);
    expect(readings.map(({ is }) => is)).toEqual(['wrapper', 'other', 'event']);
  });

  it('count a call once that two instrumentations report side by side, by the id of its response', () => {
    const attributes = counted({ 'gen_ai.response.id': 'resp_68a5c0ffee0123456789abcdef012345' });
    expect(read([{ attributes }, { attributes }]).map(({ is }) => is)).toEqual(['event', 'repeated']);
  });

  it('count a loop that sums its calls as its calls, in whatever order they come', () => {
    const sum = counted({ 'gen_ai.usage.input_tokens': 30 });
    const drafts = [inside(3, counted()), inside(3, counted()), { attributes: sum }];
    expect(read(drafts).map(({ is }) => is)).toEqual(['event', 'event', 'wrapper']);
  });

  it('count both a call and the calls of an agent that it ran as a tool', () => {
    const tool = { 'gen_ai.operation.name': 'execute_tool' };
    const readings = read([{ attributes: counted() }, inside(1, tool), inside(2, counted())]);
    expect(readings.map(({ is }) => is)).toEqual(['event', 'wrapper', 'event']);
  });

  it('keep a call that failed inside another one, which counts what it counts', () => {
    const failed = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-4o', 'error.type': 'timeout' };
    const readings = read([{ attributes: counted() }, { ...inside(1, failed), isFailed: true }]);
    expect(readings.map(({ is }) => is)).toEqual(['event', 'event']);
  });

  const kinds = (drafts: readonly SpanDraft[]) => read(drafts).map(({ is }) => is);
  const silent: Attributes = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-4o' };
  const failing = (draft: SpanDraft): SpanDraft => ({ ...draft, isFailed: true });
  const embeddings = counted({ 'gen_ai.operation.name': 'embeddings', 'gen_ai.usage.output_tokens': 0 });

  it('count a call once by its outer span where the inner one counts nothing, zeros or nonsense', () => {
    const zeros = counted({ 'gen_ai.usage.input_tokens': 0, 'gen_ai.usage.output_tokens': 0 });
    const nonsense = counted({ 'gen_ai.usage.input_tokens': Number.NaN });
    const nameless = counted({ 'gen_ai.request.model': '' });
    for (const inner of [silent, zeros, nonsense, nameless])
      expect(kinds([{ attributes: counted() }, inside(1, inner)])).toEqual(['event', 'repeated']);
  });

  it('refuse a call of a loop that counts nothing, for the sums of the loop are not taken', () => {
    expect(kinds([{ attributes: counted() }, inside(1, counted()), inside(1, silent)])).toEqual([
      'wrapper',
      'event',
      'event',
    ]);
  });

  it('count a failure once that two instrumentations report, and each attempt that failed', () => {
    expect(kinds([failing({ attributes: silent }), failing(inside(1, silent))])).toEqual(['wrapper', 'event']);
    const attempts = [failing(inside(1, silent)), failing(inside(1, silent)), inside(1, counted())];
    expect(kinds([{ attributes: counted() }, ...attempts])).toEqual(['wrapper', 'event', 'event', 'event']);
  });

  it('keep a call that counts nothing where only an attempt that failed is inside it', () => {
    expect(kinds([{ attributes: silent }, failing(inside(1, silent))])).toEqual(['event', 'event']);
    expect(kinds([{ attributes: silent }, inside(1, silent)])).toEqual(['wrapper', 'event']);
  });

  it('count both a chat and the embedding that it looked something up by', () => {
    expect(kinds([{ attributes: counted() }, inside(1, embeddings)])).toEqual(['event', 'event']);
    expect(kinds([{ attributes: embeddings }, inside(1, embeddings)])).toEqual(['wrapper', 'event']);
    const lookup = { ...silent, 'gen_ai.operation.name': 'rerank' };
    expect(kinds([{ attributes: counted() }, inside(1, lookup)])).toEqual(['event', 'event']);
  });

  it('take of two spans of one response the one that counts, in either order', () => {
    const id = { 'gen_ai.response.id': 'resp_68a5c0ffee0123456789abcdef012345', 'gen_ai.provider.name': 'openai' };
    const [first, second] = [{ attributes: { ...silent, ...id } }, { attributes: counted(id) }];
    expect(kinds([first, second])).toEqual(['repeated', 'event']);
    expect(kinds([second, first])).toEqual(['event', 'repeated']);
  });

  it('make the same events in two requests, in either order, of calls that name their responses', () => {
    const id = { 'gen_ai.response.id': 'resp_68a5c0ffee0123456789abcdef012345' };
    const ids = [counted(id), counted(id)].map((attributes) => eventOf({ attributes })['id']);
    expect(new Set(ids).size).toBe(1);
    // Wrappers say so themselves, with or without what is inside them.
    for (const operation of ['invoke_agent', 'agent_step', 'step', 'execute_tool', 'invoke_workflow'])
      expect(kinds([{ attributes: counted({ 'gen_ai.operation.name': operation }) }])).toEqual(['wrapper']);
  });

  it('tell spans of different traces apart, though their ids are the same', () => {
    const readings = read([
      { attributes: counted(), spanId: spanId(1), traceId: 'a'.repeat(32) },
      { attributes: counted(), parentSpanId: spanId(1), traceId: 'b'.repeat(32) },
    ]);
    expect(readings.map(({ is }) => is)).toEqual(['event', 'event']);
  });

  it('are all kept where spans name themselves or their own inside as their parents', () => {
    expect(read([inside(1, counted())]).map(({ is }) => is)).toEqual(['event']);
    expect(read([inside(2, counted()), inside(1, counted())]).map(({ is }) => is)).toEqual(['event', 'event']);
    expect(read([inside(2, counted()), inside(3, OTHER), inside(2, OTHER)]).map(({ is }) => is)).toContain('event');
  });
});
