import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { makeDataFolder, type Product, startProduct } from '../helpers/running-product.ts';
import { describeWithSharedData } from '../helpers/shared-data.ts';
import {
  type CallLines,
  listReplayOverrides,
  readCallLines,
  replayStraight,
  shuffledWithDuplicates,
} from '../helpers/straight-line-replay.ts';

/**
 * The whole trace takes minutes on two cores, so each history takes every so-manieth call of it, which meets every model
 * and month. `TOKENLEDGER_FULL_REPLAY=1 npx vitest run --project e2e test/e2e/replay.test.ts` takes them all.
 */
const isFull = process.env['TOKENLEDGER_FULL_REPLAY'] === '1';
const PLAIN_STEP = isFull ? 1 : 48;
const ROUGH_STEP = isFull ? 1 : 72;
const TIMEOUT_MS = isFull ? 1_500_000 : 180_000;
const MESSAGE_EVENTS = 100;

describeWithSharedData('calls.csv.gz', 'the recorded calls', (path) => {
  const folders: string[] = [];
  const products: Product[] = [];
  const open = async (folder = makeDataFolder()) => {
    folders.push(folder);
    const product = await startProduct(folder, '--empty', '--window', '200');
    products.push(product);
    return product;
  };
  afterEach(async () => {
    for (const product of products.splice(0)) await product.end('SIGTERM');
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });

  it('come out to the picodollar as a straight-line program has them, and stay so when imported again', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const product = await open();
    await setPrices(product, folders[0] ?? '');
    const calls = everyCall(readCallLines(path), PLAIN_STEP);
    const file = writeCalls(folders[0] ?? '', calls);
    const first = await json(product, 'import', file, '--json', '--wait');
    expect(first).toMatchObject({ read: calls.lines.length, recorded: calls.lines.length, rejected: 0, conflicts: 0 });
    expect(await totals(product)).toEqual(expected(calls));
    const audit = await json(product, 'audit', '--json');
    expect(audit).toMatchObject({ ok: true, entries: calls.lines.length, differences: [] });
    const again = await json(product, 'import', file, '--json', '--wait');
    expect(again).toMatchObject({ read: calls.lines.length, recorded: 0, duplicates: calls.lines.length });
    expect(await totals(product)).toEqual(expected(calls));
    expect(await json(product, 'audit', '--json')).toEqual(audit);
  });

  it('come out the same shuffled, with 30 % of the messages sent twice', { timeout: TIMEOUT_MS }, async () => {
    const product = await open();
    const folder = folders[0] ?? '';
    await setPrices(product, folder);
    const part = everyCall(readCallLines(path), ROUGH_STEP);
    const shuffled = shuffledWithDuplicates(part.lines, 7, 0);
    const messages = Array.from({ length: Math.ceil(shuffled.length / MESSAGE_EVENTS) }, (_, i) =>
      shuffled.slice(i * MESSAGE_EVENTS, (i + 1) * MESSAGE_EVENTS),
    );
    const repeated = shuffledWithDuplicates(messages, 11, 0.3);
    expect(repeated.length).toBeGreaterThan(messages.length);
    const file = writeCalls(folder, { header: part.header, lines: repeated.flat() });
    await json(product, 'import', file, '--json', '--wait');
    expect(await totals(product)).toEqual(expected(part));
    expect(await json(product, 'audit', '--json')).toMatchObject({ ok: true, entries: part.lines.length });
  });

  it('come out the same when the host is killed in the middle of their import', { timeout: TIMEOUT_MS }, async () => {
    const product = await open();
    const folder = folders[0] ?? '';
    await setPrices(product, folder);
    const part = everyCall(readCallLines(path), ROUGH_STEP);
    const file = writeCalls(folder, part);
    const importing = product.run('import', file, '--json');
    const recorded = await untilRecorded(product, part.lines.length * 0.2);
    await product.end('SIGKILL');
    expect(recorded).toBeLessThan(part.lines.length);
    await importing;
    const next = await open(folder);
    await json(next, 'import', file, '--json', '--wait');
    expect(await totals(next)).toEqual(expected(part));
    expect(await json(next, 'audit', '--json')).toMatchObject({ ok: true, entries: part.lines.length });
  });
});

async function setPrices(product: Product, folder: string): Promise<void> {
  const file = join(folder, 'prices.json');
  writeFileSync(file, JSON.stringify(listReplayOverrides()));
  await json(product, 'catalog', 'override', file, '--json');
}

/** Runs a command with --json. @returns its one document @throws with what it said when it did not end with 0 */
async function json(product: Product, ...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await product.run(...args);
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${stderr}`);
  expect(stdout.trimEnd().split('\n').length).toBe(1);
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** Calls, tokens and picoUSD per month and model as the product has them. */
async function totals(product: Product): Promise<string[]> {
  const window = ['--from', '2026-01-01', '--to', '2026-03-01', '--granularity', 'month', '--group-by', 'model'];
  const { rows } = await json(product, 'spend', ...window, '--json');
  return (rows as Record<string, string | number>[])
    .map(
      (row) =>
        `${row['period']} ${row['model']} ${row['calls']} ${row['input_tokens']} ${row['output_tokens']} ${row['cost_pico_usd']}`,
    )
    .sort();
}

function expected(calls: CallLines): string[] {
  return replayStraight(calls)
    .map(
      (total) =>
        `${total.month} ${total.model} ${total.calls} ${total.inputTokens} ${total.outputTokens} ${total.costPicoUsd}`,
    )
    .sort();
}

const everyCall = ({ header, lines }: CallLines, step: number): CallLines => ({
  header,
  lines: lines.filter((_, index) => index % step === 0),
});

function writeCalls(folder: string, { header, lines }: CallLines): string {
  const file = join(folder, 'calls.csv');
  writeFileSync(file, [header, ...lines, ''].join('\n'));
  return file;
}

/**
 * Waits until so many calls are recorded. Asked without a process of its own, so that the product has the processors to
 * itself and the answer is of now.
 * @returns how many they were then
 */
async function untilRecorded({ url, apiKey }: Product, calls: number): Promise<number> {
  const window = new URLSearchParams({ from: '2026-01-01', to: '2026-03-01', granularity: 'month' });
  for (;;) {
    const answer = await fetch(`${url}/v1/spend?${window}`, { headers: { authorization: `Bearer ${apiKey}` } });
    const { total } = (await answer.json()) as { total: { calls: number } };
    if (Number(total.calls) >= calls) return Number(total.calls);
    await sleep(20);
  }
}
