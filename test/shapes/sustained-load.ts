import { setTimeout as sleep } from 'node:timers/promises';
import { events } from '../perf/bench-events.ts';
import { packMessages } from '../perf/send-messages.ts';
import type { KillableProduct, Victim } from './killable-product.ts';

/** How long and how fast to send, and what dies when. */
export interface LoadPlan {
  readonly seconds: number;
  readonly eventsPerSecond: number;
  /** Seconds after the first send, in order. */
  readonly kills: readonly { readonly atSeconds: number; readonly victim: Victim }[];
  readonly progress: (line: string) => void;
}

/** What came of a load; every figure but the last two is a count. */
export interface LoadOutcome {
  /** Events of messages that the queue accepted. */
  readonly accepted: number;
  /** Calls in the answered total once nothing was left. */
  readonly recorded: number;
  /** Batches that were sent more than once because no answer came. */
  readonly batchesSentAgain: number;
  readonly deadLetters: number;
  readonly rejects: number;
  readonly conflicts: number;
  readonly audit: { readonly ok: boolean; readonly entries: number; readonly differences: number };
  /** Calls counted when the last message was accepted. */
  readonly recordedWhenSent: number;
  readonly sendSeconds: number;
  /** From the last accepted message until every call was counted. */
  readonly drainSeconds: number;
}

const EVENTS_PER_MESSAGE = 100;
const MESSAGES_PER_BATCH = 10;
/** Events of one batch of messages. */
export const BATCH_EVENTS = EVENTS_PER_MESSAGE * MESSAGES_PER_BATCH;
const CEILING_RATIO = 0.75;
const CONCURRENT_SENDS = 4;

/** What failed in a consumer comes back when its visibility time-out of 360 s ends, and must have come by then. */
const LONGEST_STANDSTILL_MS = 400_000;

/**
 * Sends at a rate, or as fast as the queue takes it, while processes are killed; then waits until nothing is left and
 * has the ledger audited.
 */
export async function runLoad(product: KillableProduct, plan: LoadPlan): Promise<LoadOutcome> {
  const startedMs = performance.now();
  const killing = killAll(product, plan, startedMs);
  const { accepted, batchesSentAgain } = await sendAll(product, plan, startedMs);
  const sendSeconds = (performance.now() - startedMs) / 1000;
  await killing;
  const recordedWhenSent = await readCalls(product);
  const drainStartedMs = performance.now();
  const recorded = await waitForCalls(product, accepted, plan.progress);
  const drainSeconds = (performance.now() - drainStartedMs) / 1000;
  plan.progress('audit');
  const { stdout } = await product.current().run('audit', '--json');
  const audit = JSON.parse(stdout) as { ok: boolean; entries: number; differences: readonly unknown[] };
  const status = await product.ask('/v1/status');
  return {
    accepted,
    recorded,
    batchesSentAgain,
    deadLetters: Number(status['dead_letters']),
    rejects: Number(status['rejects']),
    conflicts: Number(status['conflicts']),
    audit: { ok: audit.ok, entries: audit.entries, differences: audit.differences.length },
    recordedWhenSent,
    sendSeconds,
    drainSeconds,
  };
}

/**
 * The rate at which the product records while it is sent to as fast as the queue takes it: events a second from the
 * first send until most of them are counted. The rest only waits for the batching window to end.
 *
 * @param count - events, a multiple of {@link BATCH_EVENTS}
 */
export async function measureCeiling(product: KillableProduct, count: number): Promise<number> {
  const before = await readCalls(product);
  const startedMs = performance.now();
  const batches = batchesFrom(before, count);
  const sending = Promise.all(
    Array.from({ length: CONCURRENT_SENDS }, async () => {
      for (const batch of batches) await product.send(batch);
    }),
  );
  const most = await waitForCalls(product, before + Math.ceil(count * CEILING_RATIO), () => {});
  const seconds = (performance.now() - startedMs) / 1000;
  await sending;
  const all = await waitForCalls(product, before + count, () => {});
  if (all !== before + count) throw new Error(`${all - before} of ${count} calls are counted`);
  return (most - before) / seconds;
}

async function killAll(product: KillableProduct, { kills, progress }: LoadPlan, startedMs: number): Promise<void> {
  for (const { atSeconds, victim } of kills) {
    await sleep(Math.max(0, startedMs + atSeconds * 1000 - performance.now()));
    const fromMs = performance.now();
    await product.kill(victim);
    progress(`killed: ${victim}; answered again after ${((performance.now() - fromMs) / 1000).toFixed(1)} s`);
  }
}

async function sendAll(product: KillableProduct, { seconds, eventsPerSecond }: LoadPlan, startedMs: number) {
  const untilMs = startedMs + seconds * 1000;
  const base = await readCalls(product);
  let begun = 0;
  let accepted = base;
  let batchesSentAgain = 0;
  const send = async (): Promise<void> => {
    for (;;) {
      const number = begun++;
      const dueMs = startedMs + (number * BATCH_EVENTS * 1000) / eventsPerSecond;
      if (Math.max(dueMs, performance.now()) >= untilMs) return;
      await sleep(Math.max(0, dueMs - performance.now()));
      const [batch = []] = batchesFrom(base + number * BATCH_EVENTS, BATCH_EVENTS);
      if ((await product.send(batch)) > 1) batchesSentAgain++;
      accepted += BATCH_EVENTS;
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT_SENDS }, send));
  return { accepted, batchesSentAgain };
}

/** Batches of messages of bench events, timed ids, 20 leaves, two minutes old at the most. */
function* batchesFrom(firstNumber: number, count: number): Generator<readonly string[], undefined> {
  for (let at = 0; at < count; at += BATCH_EVENTS) {
    const startMs = Date.now() - 60_000;
    const settings = { leaves: 20, timed: true, startMs, ratePerSecond: BATCH_EVENTS, firstNumber: firstNumber + at };
    yield packMessages([...events(BATCH_EVENTS, settings)], EVENTS_PER_MESSAGE);
  }
}

/** Asks for the total until it is what was accepted; less for ever is a loss, more a doubled call. */
async function waitForCalls(
  product: KillableProduct,
  calls: number,
  progress: (line: string) => void,
): Promise<number> {
  let seen = -1;
  let seenMs = performance.now();
  for (;;) {
    const now = await readCalls(product);
    if (now >= calls) return now;
    if (now !== seen) {
      seen = now;
      seenMs = performance.now();
      progress(`${now} of ${calls} recorded`);
    }
    if (performance.now() - seenMs > LONGEST_STANDSTILL_MS) return now;
    await sleep(Math.min(1_000, Math.max(100, (calls - now) / 100)));
  }
}

async function readCalls(product: KillableProduct): Promise<number> {
  const day = (offset: number): string => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
  const { total } = await product.ask(`/v1/spend?from=${day(-1)}&to=${day(2)}&granularity=day`);
  return Number((total as { readonly calls: unknown }).calls);
}
