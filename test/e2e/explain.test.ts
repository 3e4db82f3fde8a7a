import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeDataFolder, type Product, startProduct } from '../helpers/running-product.ts';

describe('the running product', () => {
  const folder = makeDataFolder();
  const day = new Date().toISOString().slice(0, 10);
  const nextDay = new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);
  let product: Product;
  beforeAll(async () => {
    product = await startProduct(folder, '--empty', '--minute', '5000', '--window', '200');
  });
  afterAll(async () => {
    await product.end('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  });

  const json = async (...args: string[]): Promise<Record<string, unknown>> => {
    const { code, stdout, stderr } = await product.run(...args, '--json');
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout) as Record<string, unknown>;
  };

  it('tells subscribers of an unknown model within a minute, prices it when told how, and explains it', async () => {
    const model = 'house-model-1';
    const sender = { app: 'bot', emitter: { id: 'pod-7', seq: 0, version: 'own/1' } };
    const event = {
      id: 'mine/1',
      time: new Date().toISOString(),
      model,
      usage: { input_tokens: 2_000_000 },
      ...sender,
    };
    await fetch(`${product.url}/v1/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${product.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(event),
    });
    await expect
      .poll(() => product.notes(), { timeout: 60_000, interval: 250 })
      .toContain(`No full price for ${model}: 1 call`);
    expect(await json('explain', 'mine/1')).toMatchObject({ status: 'unpriced', cost_usd: null, lines: [] });
    const file = join(folder, 'prices.json');
    writeFileSync(file, JSON.stringify({ overrides: [{ model, provider: '*', rates: { input_tokens: '0.5' } }] }));
    await json('catalog', 'override', file);
    const explain = () => product.ask(`/v1/entries/${encodeURIComponent('mine/1')}/explain`);
    // 2 million tokens at $0.50 a million.
    const explained = {
      cost_usd: '1',
      rebuilt: { exact: true },
      corrections: [{ kind: 'reprice', before: { cost_usd: null }, after: { cost_usd: '1' } }],
    };
    await expect.poll(explain, { timeout: 90_000, interval: 500 }).toMatchObject(explained);
    expect(await json('explain', 'mine/1')).toMatchObject(explained);
  });

  it('knows who reported it from the sweep that priced it, or the next one', async () => {
    const known = {
      missing_calls: 0,
      apps: [{ app: 'bot', emitter_versions: [{ version: 'own/1' }], silent_since: null, unpriced_ratio: 0 }],
    };
    await expect.poll(() => product.ask('/v1/status'), { timeout: 90_000, interval: 500 }).toMatchObject(known);
    expect(await json('status')).toMatchObject(known);
  });

  it('takes a credit once, shows it in spend, and audits clean', async () => {
    const give = ['credit', '--amount', '0.25', '--from', day, '--to', nextDay, '--reason', 'a slow day'];
    expect(await json(...give)).toMatchObject({ outcome: 'recorded', day });
    expect(await json(...give)).toMatchObject({ outcome: 'duplicate' });
    expect((await json('spend', '--from', day, '--to', nextDay, '--granularity', 'day'))['total']).toMatchObject({
      cost_usd: '0.75',
      list_cost_usd: '1',
      calls: 1,
    });
    expect(await json('audit')).toMatchObject({ ok: true, entries: 2 });
  });
});
