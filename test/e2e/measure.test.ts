import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ModelEndpoint, startModelEndpoint, streamTokens } from '../helpers/model-endpoint.ts';
import { type CommandResult, makeDataFolder, type Product, startProduct } from '../helpers/running-product.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const KEY = 'sk-test-0123456789abcdef';
const MODEL = 'Llama 3.1 8B';

/** The command line as a user runs it, measuring an endpoint on this machine, before the whole product. */
describe('measuring an endpoint', () => {
  const folder = makeDataFolder();
  let product: Product;
  let endpoint: ModelEndpoint;
  /** Calls from this one on never end. */
  let hangsFrom = Number.POSITIVE_INFINITY;
  beforeAll(async () => {
    product = await startProduct(folder, '--empty', '--window', '200');
    endpoint = await startModelEndpoint(async (_request, number) => {
      // The first calls of each level of the first test are answered when all that go at once have come.
      const last = number === 7 ? 8 : number >= 13 && number < 16 ? 16 : number;
      while (endpoint.requests.length <= last) await sleep(5);
      const usage = { prompt_tokens: 1_000, completion_tokens: 4, total_tokens: 1_004 };
      const created = Math.floor(Date.now() / 1_000);
      const answer = streamTokens({
        id: `chatcmpl-${number}`,
        model: MODEL,
        created,
        tokensAfterMs: [1, 1, 1, 1],
        usage,
      });
      return number < hangsFrom ? answer : { ...answer, pieces: answer.pieces?.slice(0, 2) ?? [], after: 'hang' };
    });
  });
  afterAll(async () => {
    await endpoint.stop();
    await product.end('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  });

  /** @param whenHung - sends Ctrl-C when the endpoint has begun to hang */
  function measure(args: readonly string[], whenHung = false): Promise<CommandResult> {
    const env = { ...process.env, OPENAI_API_KEY: KEY, TOKENLEDGER_URL: product.url, TOKENLEDGER_KEY: product.apiKey };
    const child = spawn(
      process.execPath,
      [join(ROOT, 'bin/tokenledger.ts'), 'measure', '--url', endpoint.url, '--model', MODEL, ...args],
      { env, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    if (whenHung) {
      const watch = setInterval(() => {
        if (endpoint.requests.length <= hangsFrom) return;
        clearInterval(watch);
        child.kill('SIGINT');
      }, 20);
      child.on('close', () => clearInterval(watch));
    }
    return new Promise((resolve) => {
      child.on('close', (code) => {
        expect(`${stdout}${stderr}`).not.toContain(KEY);
        resolve({ code: code ?? -1, stdout, stderr });
      });
    });
  }

  const performance = async (): Promise<Record<string, unknown>> => {
    const answer = await product.ask('/v1/performance?filter=app%3Dtokenledger-measure');
    return answer['total'] as Record<string, unknown>;
  };

  it('times calls one after another and side by side, never more at once than asked for', async () => {
    const { code, stdout, stderr } = await measure(['--requests', '6', '--concurrency', '4', '--json']);
    expect(code, stderr).toBe(0);
    const [measured] = JSON.parse(stdout).measurements;
    // A cold call, and 6 at each of 1, 2 and 4.
    expect(measured).toMatchObject({ calls: 19, ok: 19, cold: { ok: true, usage_from: 'response' } });
    expect(measured.levels.map(({ concurrency }: { concurrency: number }) => concurrency)).toEqual([1, 2, 4]);
    expect(endpoint.maxInFlight()).toBe(4);
    for (const { throughput, ttft_ms, total_ms } of measured.levels) {
      expect(ttft_ms.count).toBe(6);
      expect(total_ms.min).toBeGreaterThanOrEqual(ttft_ms.min);
      // 6 calls of 1,000 tokens in and 4 out.
      expect(throughput.input_tokens_per_s / throughput.output_tokens_per_s).toBeCloseTo(250, 2);
    }
    expect(JSON.parse(stdout).recorded).toMatchObject({ sent: 19, refused: 0, undelivered: 0 });
  });

  it('shows in the ledger as the key metrics of its calls: latency, first token, speed, availability', async () => {
    await expect.poll(performance, { timeout: 60_000, interval: 500 }).toMatchObject({ calls: 19, errors: 0 });
    const { stdout } = await product.run('performance', '--filter', 'app=tokenledger-measure', '--json');
    const { total } = JSON.parse(stdout) as { total: Record<string, unknown> };
    expect(total).toMatchObject({ availability_ratio: 1, latency: { calls: 19 }, ttft: { calls: 19 } });
    expect(total['output_tokens_per_second']).toMatchObject({ calls: 19 });
  });

  it('gives a throughput of its own, from which capacity is sized', async () => {
    const machine = ['--gpu', 'L40S', '--gpu-count', '1', '--precision', 'fp8', '--save-row'];
    const { code, stdout, stderr } = await measure([
      '--requests',
      '4',
      '--concurrency',
      '4',
      ...machine,
      '--no-record',
    ]);
    expect(code, stderr).toBe(0);
    const id = /throughput stored as row (own_[0-9a-f]+)/.exec(stdout)?.[1];
    const { stdout: rows } = await product.run('catalog', 'rows', 'throughput', '--json');
    const { added } = JSON.parse(rows) as { added: { id: string; row: Record<string, unknown> }[] };
    expect(added.map((it) => it.id)).toEqual([id]);
    expect(added[0]?.row).toMatchObject({ model: MODEL, gpu: 'L40S', standing: 'stated', input_tokens: 1_000 });
  });

  it('compares endpoints in one report with a recommendation and what decided it', async () => {
    const { code, stdout, stderr } = await measure([
      '--model',
      'gpt-4o-mini',
      '--requests',
      '2',
      '--report',
      '--hourly-usd',
      '1.8',
      '--no-record',
    ]);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^Recommended: .+, compared by .*cost of measured calls, latency/m);
    expect(stdout).toMatch(/^ {2}decided by: latency of /m);
  });

  it('ends at Ctrl-C with what was measured so far, and still delivers it', async () => {
    const before = Number((await performance())['calls']);
    hangsFrom = endpoint.requests.length + 3;
    const { code, stdout, stderr } = await measure(['--requests', '50', '--json'], true);
    expect(code, stderr).toBe(1);
    const answer = JSON.parse(stdout);
    expect(answer.interrupted).toBe(true);
    expect(answer.measurements[0]).toMatchObject({ calls: 3, ok: 3, stopped: 'interrupted' });
    // Three that ended, and the one that was left.
    const calls = async (): Promise<number> => Number((await performance())['calls']);
    await expect.poll(calls, { timeout: 60_000, interval: 500 }).toBe(before + 4);
  });
});
