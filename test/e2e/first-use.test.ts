import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeDataFolder, type Product, startProduct } from '../helpers/running-product.ts';

const SAMPLE_SIZE = 4_000;

describe('a newcomer', () => {
  const folder = makeDataFolder();
  let product: Product;
  beforeAll(async () => {
    product = await startProduct(folder, '--size', String(SAMPLE_SIZE));
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
  const total = async (granularity: string): Promise<unknown> => {
    const window = ['--from', '2025-01-01', '--to', '2034-01-01'];
    return (await json('spend', ...(granularity === 'month' ? window : recent()), '--granularity', granularity))[
      'total'
    ];
  };

  it('finds the sample recorded, each call once, the unpriced model named as incomplete', async () => {
    expect(await total('month')).toMatchObject({ calls: SAMPLE_SIZE });
    const { complete, incomplete_reasons: reasons } = await json('spend', '--from', '2025-01-01', '--to', '2034-01-01');
    expect(complete).toBe(false);
    expect((reasons as { reason: string }[]).map(({ reason }) => reason)).toContain('unpriced');
    expect(await json('audit')).toMatchObject({ ok: true, entries: SAMPLE_SIZE, differences: [] });
  });

  it('reads the same sum by hours, by days and by months', async () => {
    const [hours, days] = [await total('hour'), await total('day')];
    expect(hours).toEqual(days);
    expect(Number((days as { calls: number }).calls)).toBeGreaterThan(0);
  });

  it('sets a budget, sends an event over HTTP and one by SQS, sees both, and is alerted in the words of a subscriber', async () => {
    const set = await product.run('budgets', 'set', 'mine', '--amount', '0.20', '--filter', 'app=mine');
    expect(set.code, set.stderr).toBe(0);
    const event = (id: string) => ({
      id,
      time: new Date().toISOString(),
      app: 'mine',
      model: 'gpt-4o-mini',
      usage: { input_tokens: 1_000_000 },
    });
    const headers = { authorization: `Bearer ${product.apiKey}`, 'content-type': 'application/json' };
    const body = JSON.stringify(event('by-http'));
    const answer = await fetch(`${product.url}/v1/events`, { method: 'POST', headers, body });
    expect(answer.status).toBe(202);
    const sqs = new SQSClient({
      endpoint: product.sqsEndpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    });
    await sqs.send(
      new SendMessageCommand({ QueueUrl: product.queueUrl, MessageBody: JSON.stringify(event('by-sqs')) }),
    );
    const mine = ['spend', ...recent(), '--group-by', 'app', '--filter', 'app=mine'];
    // 2 x 1 million tokens at $0.15 per million, of $0.20
    const patience = { timeout: 90_000, interval: 500 };
    const spend = `/v1/spend?from=${recent()[1]}&to=${recent()[3]}&filter=app%3Dmine`;
    await expect.poll(async () => (await product.ask(spend))['total'], patience).toMatchObject({ calls: 2 });
    expect((await json(...mine))['total']).toMatchObject({ calls: 2, cost_usd: '0.3' });
    await expect.poll(() => product.notes(), patience).toContain('Budget mine: 150.0% of $0.20 spent');
    const { alerts } = await json('alerts');
    expect(JSON.stringify(alerts)).toContain('"mine"');
  });

  it('stops cleanly, and goes on with its data under the same key', async () => {
    const before = await total('month');
    expect(await product.end('SIGTERM')).toBe(0);
    const key = product.apiKey;
    product = await startProduct(folder);
    expect(product.apiKey).toBe(key);
    expect(await total('month')).toEqual(before);
  });
});

describe('starting with something wrong', () => {
  const folder = makeDataFolder();
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    [['--port', 'abc'], /--port: expected a whole number/],
    [['--no-such-flag'], /no-such-flag/],
  ])('%s is one clear sentence', async (args, message) => {
    await expect(startProduct(folder, ...args)).rejects.toThrow(message);
  });

  it('a port that is taken is one clear sentence', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    await expect(startProduct(folder, '--empty', '--port', String(port))).rejects.toThrow(/port .*taken|in use/i);
    server.close();
  });

  it('a data folder of a newer format is one clear sentence', async () => {
    writeFileSync(join(folder, 'format.json'), '{"format":99}');
    await expect(startProduct(folder, '--empty')).rejects.toThrow(/has format 99/);
  });
});

/** The last three local days and the next. */
function recent(): string[] {
  const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
  return ['--from', day(-3), '--to', day(2)];
}
