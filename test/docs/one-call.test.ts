import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { SpanKind } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEmitter, httpTransport, makeTimedId, makeUntimedId } from '../../lib/client/index.ts';
import { observeOpenAI } from '../../lib/client/wrappers/observe-openai.ts';
import { makeDataFolder, type Product, startProduct } from '../helpers/running-product.ts';
import { readBlocks } from './markdown-blocks.ts';
import { createWorkspace, missingPython, type ReaderWorkspace } from './reader-workspace.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const CREATED_S = Math.floor(Date.now() / 1000);
const pythonMisses = await missingPython();
if (pythonMisses !== undefined) console.warn(`Reports from Python are skipped: ${pythonMisses}`);

/** What OpenAI would answer, at this very second. */
const completion = (id: string) => ({
  id,
  object: 'chat.completion',
  created: CREATED_S,
  model: 'gpt-4o-mini-2024-07-18',
  service_tier: 'default',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Hello' } }],
  usage: {
    prompt_tokens: 1200,
    completion_tokens: 350,
    total_tokens: 1550,
    prompt_tokens_details: { cached_tokens: 800, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
  },
});

const folder = makeDataFolder();
let product: Product;
let workspace: ReaderWorkspace;
beforeAll(async () => {
  product = await startProduct(folder, '--empty', '--window', '200');
  workspace = await createWorkspace(product);
  // The modules that the pages tell their readers to save.
  for (const name of readdirSync(join(ROOT, 'docs')).filter((it) => it.startsWith('send-'))) {
    for (const { marks, code } of readBlocks(name, readFileSync(join(ROOT, 'docs', name), 'utf8'))) {
      if (marks.get('file')?.endsWith('.py')) workspace.save(marks.get('file') ?? '', code);
    }
  }
});
afterAll(async () => {
  workspace.remove();
  await product.end('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
});

async function run(fileName: string, code: string, input = ''): Promise<string> {
  const { code: exit, stdout, stderr } = await workspace.run(fileName, code, input);
  expect(exit, stderr).toBe(0);
  return stdout;
}

const reportByEmitter = async (response: unknown, ids: 'timed' | 'response'): Promise<void> => {
  const emitter = createEmitter({
    transport: httpTransport({ url: product.url, key: product.apiKey }),
    ids,
    flushOnExit: false,
  });
  expect(emitter.emitResponse(response)).toBe(true);
  expect(await emitter.close()).toMatchObject({ complete: true, sent: 1, refused: 0 });
};

const reportByRequests = (response: unknown) =>
  run(
    'report.py',
    `
import json, os, sys, requests
from tokenledger_events import chat_event
answer = requests.post(os.environ["TOKENLEDGER_URL"] + "/v1/events", json=chat_event(json.load(sys.stdin), "openai"),
                       headers={"Authorization": "Bearer " + os.environ["TOKENLEDGER_KEY"]}, timeout=10)
assert answer.json()["accepted"] == 1, answer.text
`,
    JSON.stringify(response),
  );

const reportByLitellm = (response: unknown) =>
  run(
    'gateway.py',
    `
import asyncio, json, sys, litellm
from tokenledger_callback import TokenledgerCallback
litellm.next_answer = json.load(sys.stdin)
tokenledger = TokenledgerCallback()
litellm.callbacks = [tokenledger]
litellm.completion("openai/gpt-4o-mini", [])
asyncio.run(litellm.acompletion("openai/gpt-4o-mini", []))
tokenledger.flush()
`,
    JSON.stringify(response),
  );

const reportByCurl = (event: unknown) => {
  workspace.save('event.json', JSON.stringify(event));
  const send = '-H "Authorization: Bearer $TOKENLEDGER_KEY" -H "Content-Type: application/json" -d @event.json';
  return run('report.sh', `curl -sS "$TOKENLEDGER_URL/v1/events" ${send} | grep '"accepted":1'`);
};

/** The span that an instrumentation of the same call would export. */
async function reportBySpan(responseId: string): Promise<void> {
  const headers = { authorization: `Bearer ${product.apiKey}` };
  const exporter = new OTLPTraceExporter({ url: `${product.url}/v1/traces`, headers });
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'support-bot' }),
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  });
  const attributes = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'gpt-4o-mini',
    'gen_ai.response.model': 'gpt-4o-mini-2024-07-18',
    'gen_ai.response.id': responseId,
    'gen_ai.usage.input_tokens': 1200,
    'gen_ai.usage.output_tokens': 350,
  };
  provider.getTracer('test').startSpan('chat gpt-4o-mini', { kind: SpanKind.CLIENT, attributes }).end();
  await provider.shutdown();
}

/** What the ledger says of an id, once it knows it, and how many calls it counts in all. */
async function ask(id: string) {
  const headers = { authorization: `Bearer ${product.apiKey}`, 'content-type': 'application/json' };
  const get = async (path: string) => (await fetch(product.url + path, { headers })).json();
  const isQuiet = async () => {
    const { queued } = (await get('/v1/status')) as { queued: { usage: number } };
    return queued.usage === 0;
  };
  await expect.poll(isQuiet, { timeout: 60_000, interval: 250 }).toBe(true);
  const body = JSON.stringify({ ids: [id] });
  const answer = await fetch(`${product.url}/v1/entries/status`, { method: 'POST', headers, body });
  const { entries } = (await answer.json()) as { entries: { status: string }[] };
  const { total } = (await get('/v1/spend')) as { total: { calls: number } };
  return { status: entries[0]?.status, calls: total.calls };
}

describe('one call', () => {
  it.skipIf(pythonMisses !== undefined)(
    'reported by the emitter, from Python, by a LiteLLM callback and by curl counts once, without a conflict',
    async () => {
      const response = completion('chatcmpl-everybody');
      const before = await ask('none');
      const id = makeTimedId(CREATED_S * 1000, 'openai', response.id);
      await reportByEmitter(response, 'timed');
      await reportByRequests(response);
      await reportByLitellm(response);
      await reportByCurl({
        id,
        time: new Date(CREATED_S * 1000).toISOString(),
        provider: 'openai',
        model: response.model,
        operation: 'chat',
        service_tier: 'default',
        usage: { input_tokens: 1200, cache_read_tokens: 800, output_tokens: 350 },
      });
      // Five reports, one by each and two by the callback.
      expect(await ask(id)).toEqual({ status: 'recorded', calls: before.calls + 1 });
    },
  );

  it('reported by a wrapper as well, which knows how long it took, counts once and is shown as a conflict', async () => {
    const response = completion('chatcmpl-wrapped');
    const before = await ask('none');
    await reportByEmitter(response, 'timed');
    const emitter = createEmitter({
      transport: httpTransport({ url: product.url, key: product.apiKey }),
      flushOnExit: false,
    });
    const client = { chat: { completions: { create: async () => response } } };
    await observeOpenAI(client, emitter).chat.completions.create();
    expect(await emitter.close()).toMatchObject({ complete: true, sent: 1 });
    const id = makeTimedId(CREATED_S * 1000, 'openai', response.id);
    expect(await ask(id)).toEqual({ status: 'conflict', calls: before.calls + 1 });
  });

  it('reported by a span counts once where the emitter makes ids of responses alone', async () => {
    const response = completion('chatcmpl-traced');
    const before = await ask('none');
    await reportByEmitter(response, 'response');
    await reportBySpan(response.id);
    await reportBySpan(response.id);
    // A span has another start, a duration and an app, so its content is another.
    const id = makeUntimedId('openai', response.id);
    expect(await ask(id)).toEqual({ status: 'conflict', calls: before.calls + 1 });
  });
});

describe('the LiteLLM callback', () => {
  it.skipIf(pythonMisses !== undefined)('reports a call that failed, its code and none of its words', async () => {
    const printed = await run(
      'failing.py',
      `
import litellm
from tokenledger_callback import TokenledgerCallback
class Printing(TokenledgerCallback):
    def _post(self, body):
        print(body.decode())
tokenledger = Printing(app="gateway")
litellm.callbacks = [tokenledger]
litellm.next_answer = TimeoutError("Secret")
try:
    litellm.completion("bedrock/amazon.nova-lite-v1:0", [{"role": "user", "content": "Secret"}])
except TimeoutError:
    tokenledger.flush()
`,
    );
    expect(JSON.parse(printed)).toMatchObject({
      events: [
        {
          app: 'gateway',
          provider: 'aws',
          model: 'amazon.nova-lite-v1:0',
          status: 'error',
          error: 'TimeoutError',
          usage: { input_tokens: 0 },
        },
      ],
    });
    expect(printed).not.toContain('Secret');
  });
});

describe('what the LiteLLM callback does not know', () => {
  it.skipIf(pythonMisses !== undefined)('is reported as a request, which has no price, and never as free', async () => {
    const printed = await run(
      'unknown-usage.py',
      `
import litellm
from tokenledger_callback import TokenledgerCallback
class Printing(TokenledgerCallback):
    def _post(self, body):
        print(body.decode())
tokenledger = Printing()
litellm.callbacks = [tokenledger]
litellm.next_answer = {"created": 1795253400, "model": "gpt-image-1", "data": [{"b64_json": "Secret"}]}
litellm.completion("openai/gpt-image-1", [])
tokenledger.flush()
`,
    );
    expect(JSON.parse(printed)).toMatchObject({ events: [{ model: 'gpt-image-1', usage: { requests: 1 } }] });
  });
});

describe('the id that the Python page makes', () => {
  it.skipIf(pythonMisses !== undefined)('is the one that the emitter makes, for any name of any response', async () => {
    const anyText = fc.string({ unit: 'grapheme', maxLength: 300 });
    const cases = fc.sample(
      fc.tuple(fc.integer({ min: 1_672_531_200, max: 4_102_444_799 }), fc.option(anyText), anyText),
      2_000,
    );
    const made = await run(
      'ids.py',
      `
import json, sys
from tokenledger_ids import timed_id
print(json.dumps([timed_id(*case) for case in json.load(sys.stdin)]))
`,
      JSON.stringify(cases),
    );
    expect(JSON.parse(made)).toEqual(
      cases.map(([createdS, provider, responseId]) => makeTimedId(createdS * 1000, provider, responseId)),
    );
  });
});
