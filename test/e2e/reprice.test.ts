import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeDataFolder, type Product, startProduct } from '../helpers/running-product.ts';
import { describeWithSharedData } from '../helpers/shared-data.ts';
import {
  type CallLines,
  listReplayOverrides,
  type PriceList,
  readCallLines,
  replayStraight,
  SECOND_PRICES,
} from '../helpers/straight-line-replay.ts';

/**
 * The whole trace takes minutes on two cores, so the tests take every 24th call of it, which meets every model and month.
 * `TOKENLEDGER_FULL_REPLAY=1 npx vitest run --project e2e test/e2e/reprice.test.ts` takes them all.
 */
const isFull = process.env['TOKENLEDGER_FULL_REPLAY'] === '1';
const STEP = isFull ? 1 : 24;
const TIMEOUT_MS = isFull ? 1_500_000 : 300_000;
const WINDOW = ['--from', '2026-01-01', '--to', '2026-03-01'];

// The second test goes on with the ledger of the first: importing it is what takes long.
describeWithSharedData('calls.csv.gz', 'the recorded calls under another price list', (path) => {
  const folder = makeDataFolder();
  let calls: CallLines;
  let product: Product;
  beforeAll(async () => {
    calls = everyCall(readCallLines(path), STEP);
    product = await startProduct(folder, '--empty', '--minute', '5000', '--window', '200');
    await importAll(product, folder, calls);
  }, TIMEOUT_MS);
  afterAll(async () => {
    await product.end('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  });

  it('come out to the picodollar as a straight-line program has them, repriced once or twice', {
    timeout: TIMEOUT_MS,
  }, async () => {
    expect(await totals(product)).toEqual(expected(calls));
    const stored = await setPrices(product, folder, SECOND_PRICES, '--no-wait');
    const [number] = stored['orders'] as number[];
    const preview = await json(product, 'reprice', ...WINDOW, '--dry-run', '--json');
    expect(preview['total']).toMatchObject({ cost_after_usd: usd(changing(calls, SECOND_PRICES)) });
    await json(product, 'reprice', ...WINDOW, '--json');
    expect(await totals(product)).toEqual(expected(calls, SECOND_PRICES));
    const head = (await json(product, 'status', '--json'))['commit'];
    const again = await json(product, 'reprice', ...WINDOW, '--json');
    expect(again).toMatchObject({ rows: [], total: { entries: 0 }, order: null });
    await carryOut(product, number ?? 0);
    expect(await totals(product)).toEqual(expected(calls, SECOND_PRICES));
    expect((await json(product, 'status', '--json'))['commit']).toBe(head);
    const audit = await json(product, 'audit', '--json');
    expect(audit).toMatchObject({ ok: true, entries: calls.lines.length, differences: [] });
  });

  it('come out the same when the host is killed in the middle of repricing; its sweep finishes the order', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const before = (await readOrders(product)).length;
    await setPrices(product, folder, undefined, '--no-wait');
    const preview = await json(product, 'reprice', ...WINDOW, '--dry-run', '--json');
    const running = product.run('reprice', ...WINDOW, '--yes', '--json');
    await untilCorrected(product, before, calls.lines.length * 0.1);
    await product.end('SIGKILL');
    await running;
    product = await startProduct(folder, '--empty', '--minute', '5000', '--window', '200');
    const left = await readOrders(product, before);
    expect(left.map(({ state }) => state)).toContain('running');
    for (const order of left) await untilDone(product, order.number);
    expect(await totals(product)).toEqual(expected(calls));
    expect(await json(product, 'audit', '--json')).toMatchObject({ ok: true, entries: calls.lines.length });
    // Whatever was left to whom: every entry whose price changed was corrected once, by one order or the other.
    const corrected = (await readOrders(product, before)).reduce((sum, order) => sum + order.corrected, 0);
    expect(preview['total']).toMatchObject({ entries: corrected });
  });
});

async function importAll(product: Product, folder: string, { header, lines }: CallLines): Promise<void> {
  await setPrices(product, folder);
  const file = join(folder, 'calls.csv');
  writeFileSync(file, [header, ...lines, ''].join('\n'));
  const report = await json(product, 'import', file, '--json', '--wait');
  expect(report).toMatchObject({ recorded: lines.length, rejected: 0, conflicts: 0 });
}

async function setPrices(
  product: Product,
  folder: string,
  prices?: PriceList,
  ...flags: string[]
): Promise<Record<string, unknown>> {
  const file = join(folder, 'prices.json');
  writeFileSync(file, JSON.stringify(listReplayOverrides(prices)));
  return json(product, 'catalog', 'override', file, '--json', ...flags);
}

/** Waits until the ledger has carried out an order; the sweep does so within minutes, with nobody asking. */
async function untilDone(product: Product, number: number): Promise<void> {
  while ((await readOrders(product)).find((order) => order.number === number)?.state !== 'done') await sleep(1_000);
}

/** Has the ledger carry out an order now, as the command line does. */
async function carryOut({ url, apiKey }: Product, number: number): Promise<void> {
  const request = { method: 'POST', headers: { authorization: `Bearer ${apiKey}` } };
  for (let state = 'running'; state !== 'done'; ) {
    const answer = await fetch(`${url}/v1/corrections/${number}/run`, request);
    ({ state } = (await answer.json()) as OrderState);
  }
}

/** Waits until orders above a number have corrected so many entries. */
async function untilCorrected(product: Product, above: number, entries: number): Promise<void> {
  const count = async () => (await readOrders(product, above)).reduce((sum, { corrected }) => sum + corrected, 0);
  while ((await count()) < entries) await sleep(10);
}

interface OrderState {
  readonly number: number;
  readonly state: string;
  readonly corrected: number;
}

/**
 * The orders above a number, all few of them. Asked without a process of its own, so that the product has the
 * processors to itself.
 */
async function readOrders({ url, apiKey }: Product, above = 0): Promise<readonly OrderState[]> {
  const answer = await fetch(`${url}/v1/corrections`, { headers: { authorization: `Bearer ${apiKey}` } });
  return ((await answer.json()) as { orders: OrderState[] }).orders.filter(({ number }) => number > above);
}

/** Runs a command with --json. @returns its one document @throws with what it said when it did not end with 0 */
async function json(product: Product, ...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await product.run(...args);
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** Calls, tokens and picoUSD per month and model as the product has them. */
async function totals(product: Product): Promise<string[]> {
  const asked = [...WINDOW, '--granularity', 'month', '--group-by', 'model'];
  const { rows } = await json(product, 'spend', ...asked, '--json');
  return (rows as Record<string, string | number>[])
    .map(
      (row) =>
        `${row['period']} ${row['model']} ${row['calls']} ${row['input_tokens']} ${row['output_tokens']} ${row['cost_pico_usd']}`,
    )
    .sort();
}

function expected(calls: CallLines, prices?: PriceList): string[] {
  return replayStraight(calls, prices)
    .map(
      (total) =>
        `${total.month} ${total.model} ${total.calls} ${total.inputTokens} ${total.outputTokens} ${total.costPicoUsd}`,
    )
    .sort();
}

/** What the calls cost afterwards that cost something else before, picoUSD; in this trace that is whole models. */
function changing(calls: CallLines, prices: PriceList): bigint {
  const before = new Map(replayStraight(calls).map((total) => [`${total.month} ${total.model}`, total.costPicoUsd]));
  return replayStraight(calls, prices)
    .filter(({ month, model, costPicoUsd }) => before.get(`${month} ${model}`) !== costPicoUsd)
    .reduce((sum, { costPicoUsd }) => sum + costPicoUsd, 0n);
}

function usd(picoUsd: bigint): string {
  const digits = String(picoUsd).padStart(13, '0');
  return `${digits.slice(0, -12)}.${digits.slice(-12)}`.replace(/\.?0+$/, '');
}

const everyCall = ({ header, lines }: CallLines, step: number): CallLines => ({
  header,
  lines: lines.filter((_, index) => index % step === 0),
});
