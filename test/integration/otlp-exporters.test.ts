import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { generateText } from 'ai';
import { MockLanguageModelV3 } from 'ai/test';
import { describe, expect, it } from 'vitest';
import { startApiServer } from '../helpers/api-server.ts';
import { createApiWorld, readQueued } from '../helpers/api-world.ts';
import { readSpanCases } from '../helpers/spans.ts';

const CASES = readSpanCases();

/** Exporters of OpenTelemetry's own SDK, as services configure them. */
const EXPORTERS = [
  ['protobuf', ProtobufExporter, 'none'],
  ['protobuf, gzip', ProtobufExporter, 'gzip'],
  ['JSON', JsonExporter, 'none'],
  ['JSON, gzip', JsonExporter, 'gzip'],
] as const;

/** The same spans for every exporter: their ids are drawn once. */
async function recordSpans() {
  const memory = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'support-bot', 'deployment.environment.name': 'test' }),
    spanProcessors: [new SimpleSpanProcessor(memory)],
  });
  const tracer = provider.getTracer('test');
  for (const { draft } of CASES) {
    const span = tracer.startSpan(draft.name ?? 'chat', { kind: SpanKind.CLIENT, attributes: { ...draft.attributes } });
    if (draft.isFailed) span.setStatus({ code: SpanStatusCode.ERROR, message: 'CONTENT' });
    span.addEvent('gen_ai.content.prompt', { 'gen_ai.prompt': 'CONTENT' });
    span.end();
  }
  const agent = tracer.startSpan('agent', { attributes: { 'gen_ai.operation.name': 'invoke_agent' } });
  const inside = trace.setSpan(ROOT_CONTEXT, agent);
  for (const id of ['resp_inside000000000000000000000001', 'resp_inside000000000000000000000002']) {
    const attributes = {
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'gpt-4o',
      'gen_ai.response.id': id,
      'gen_ai.usage.input_tokens': 1,
    };
    tracer.startSpan('chat', { attributes }, inside).end();
  }
  agent.end();
  await provider.forceFlush();
  return memory.getFinishedSpans();
}

describe("OpenTelemetry's own exporters", () => {
  it('send the same events in every encoding, none of them with content', async () => {
    const world = createApiWorld(Date.now());
    const key = await world.enrol('acme', 'emitter');
    const server = await startApiServer(world);
    const spans = await recordSpans();
    const received: unknown[] = [];
    try {
      for (const [, Exporter, compression] of EXPORTERS) {
        const exporter = new Exporter({
          url: `${server.url}/v1/traces`,
          headers: { authorization: `Bearer ${key}` },
          compression: compression as never,
        });
        const result = await new Promise<{ code: number; error?: Error }>((resolve) => exporter.export(spans, resolve));
        expect(result).toEqual({ code: 0 });
        received.push(world.waiting.splice(0).flatMap(({ body }) => readQueued(body)));
        await exporter.shutdown();
      }
    } finally {
      await server.stop();
    }
    const [first] = received as unknown[][];
    // Every case that is an event, and the two calls of the agent.
    expect(first).toHaveLength(CASES.filter(({ is }) => is === 'event').length + 2);
    for (const events of received) expect(events).toEqual(first);
    expect(JSON.stringify(received)).not.toContain('CONTENT');
    expect(world.failures).toEqual([]);
  });

  it('send through a batch processor to a ledger that counts each call once, however often it is exported', async () => {
    const world = createApiWorld(Date.now());
    const key = await world.enrol('acme', 'admin');
    const server = await startApiServer(world);
    const exporter = new ProtobufExporter({
      url: `${server.url}/v1/traces`,
      headers: { authorization: `Bearer ${key}` },
    });
    const provider = new BasicTracerProvider({
      spanProcessors: [new BatchSpanProcessor(exporter, { maxExportBatchSize: 50 })],
    });
    const tracer = provider.getTracer('test');
    try {
      for (let index = 0; index < 500; index++) {
        const attributes = {
          'gen_ai.operation.name': 'chat',
          'gen_ai.request.model': 'm-1',
          'gen_ai.usage.input_tokens': 1,
        };
        tracer.startSpan('chat m-1', { attributes }).end();
      }
      await provider.forceFlush();
      world.waiting.push(...world.waiting.map((message) => ({ ...message, messageId: `${message.messageId}-again` })));
      await world.drain();
      const day = new Date().toISOString().slice(0, 10);
      const next = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
      const { json } = await world.ask('GET', `/v1/spend?from=${day}&to=${next}&granularity=day`, { key });
      expect(json.total).toMatchObject({ calls: 500, input_tokens: 500 });
    } finally {
      await provider.shutdown();
      await server.stop();
    }
  });

  it('send what the AI SDK itself records of a call as one event, though it puts a span of its own around it', async () => {
    const world = createApiWorld(Date.now());
    const key = await world.enrol('acme', 'emitter');
    const server = await startApiServer(world);
    const exporter = new JsonExporter({ url: `${server.url}/v1/traces`, headers: { authorization: `Bearer ${key}` } });
    const provider = new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] });
    const model = new MockLanguageModelV3({
      provider: 'anthropic.messages',
      modelId: 'claude-sonnet-4-5',
      doGenerate: async () => ({
        content: [{ type: 'text', text: 'CONTENT' }],
        finishReason: { unified: 'stop', raw: 'end_turn' },
        usage: {
          inputTokens: { total: 1_500, noCache: 700, cacheRead: 500, cacheWrite: 300 },
          outputTokens: { total: 60, text: 40, reasoning: 20 },
        },
        response: { id: 'msg_01AaBbCcDdEeFfGgHhJjKkLl', modelId: 'claude-sonnet-4-5-20250929' },
        warnings: [],
      }),
    });
    try {
      const experimental_telemetry = { isEnabled: true, functionId: 'triage', tracer: provider.getTracer('ai') };
      await generateText({ model, prompt: 'CONTENT', experimental_telemetry });
      await provider.forceFlush();
      const events = world.waiting.flatMap(({ body }) => readQueued(body));
      expect(events).toEqual([
        expect.objectContaining({
          id: 'anthropic:msg_01AaBbCcDdEeFfGgHhJjKkLl',
          provider: 'anthropic',
          model: 'claude-sonnet-4-5-20250929',
          operation: 'chat',
          feature: 'triage',
          usage: {
            input_tokens: 1_500,
            cache_read_tokens: 500,
            cache_write_tokens: 300,
            output_tokens: 60,
            reasoning_tokens: 20,
          },
        }),
      ]);
      expect(JSON.stringify(events)).not.toContain('CONTENT');
    } finally {
      await provider.shutdown();
      await server.stop();
    }
  });
});
