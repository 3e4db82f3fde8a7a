import { rmSync } from 'node:fs';
import { SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEmitter, type Emitter, httpTransport, sqsTransport } from '../../lib/client/index.ts';
import { makeDataFolder, type Product, startProduct } from '../helpers/running-product.ts';

const EVENTS = 2_500;

// The provider's own time: the same in every report of a call.
const created = Math.floor(Date.now() / 1000) - 60;

describe('an emitter before the whole product', () => {
  const folder = makeDataFolder();
  let product: Product;
  beforeAll(async () => {
    product = await startProduct(folder, '--empty', '--window', '200');
  });
  afterAll(async () => {
    await product.end('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  });

  const spent = async (app: string): Promise<unknown> => {
    const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
    return (await product.ask(`/v1/spend?from=${day(-2)}&to=${day(2)}&filter=${encodeURIComponent(`app=${app}`)}`))[
      'total'
    ];
  };
  const emitAll = (emitter: Emitter): void => {
    for (let n = 0; n < EVENTS; n++) {
      const usage = { prompt_tokens: 1_000, completion_tokens: 0, total_tokens: 1_000 };
      const response = {
        id: `chatcmpl-${n}`,
        object: 'chat.completion',
        created,
        model: 'gpt-4o-mini',
        choices: [],
        usage,
      };
      emitter.emitResponse(response, { provider: 'openai', context: { session: `s-${n % 7}` } });
    }
  };

  it('has every call recorded over HTTP, and tells which the ledger refused', async () => {
    const transport = httpTransport({ url: product.url, key: product.apiKey });
    const emitter = createEmitter({ transport, context: { app: 'by-http' }, flushOnExit: false });
    emitAll(emitter);
    const time = new Date(Date.now() + 3_600_000).toISOString();
    emitter.emit({ id: 'tomorrow', time, model: 'gpt-4o-mini', usage: { input_tokens: 1 } });
    expect(await emitter.close({ timeoutMs: 60_000 })).toMatchObject({ complete: true, sent: EVENTS, refused: 1 });
    expect(emitter.counters().refusedByReason).toEqual({ time_out_of_range: 1 });
    // 2,500 calls x 1,000 tokens at $0.15 a million = $0.375
    await expect
      .poll(() => spent('by-http'), { timeout: 90_000, interval: 500 })
      .toMatchObject({ calls: EVENTS, cost_usd: '0.375' });
  });

  it('has the same calls, reported once more through the queue by another process, counted once', async () => {
    const client = new SQSClient({
      endpoint: product.sqsEndpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    });
    const transport = sqsTransport({ queueUrl: product.queueUrl, client });
    const emitter = createEmitter({ transport, context: { app: 'by-http' }, flushOnExit: false });
    emitAll(emitter);
    emitter.emit({
      id: 'new',
      time: new Date().toISOString(),
      app: 'by-sqs',
      model: 'gpt-4o-mini',
      usage: { input_tokens: 1 },
    });
    expect(await emitter.close({ timeoutMs: 60_000 })).toMatchObject({ complete: true, sent: EVENTS + 1 });
    await expect.poll(() => spent('by-sqs'), { timeout: 90_000, interval: 500 }).toMatchObject({ calls: 1 });
    expect(await spent('by-http')).toMatchObject({ calls: EVENTS, cost_usd: '0.375' });
    client.destroy();
  });
});
