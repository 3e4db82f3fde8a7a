import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { PAYLOAD_LIMIT_BYTES } from '../../lib/local/http-front.ts';
import type { BigBatchOrder, BigBatchReport } from './big-batch-worker.ts';

/** Of the 1,769 MB that the function has; the thread ends with an error where it needs more. */
const HEAP_MEGABYTES = 700;

describe('66 gzip messages in one invocation', () => {
  it('of 1,000 events are recorded by it, in as few transactions as there is room for, within the memory of the function', async () => {
    const report = await record({ eventsPerMessage: 1_000, msPerCall: 1 });
    // The largest batch that an invocation may be handed: 66 messages of this kind nearly fill 6 MB.
    expect(report.bodyBytes).toBeLessThan(PAYLOAD_LIMIT_BYTES);
    expect(report).toMatchObject({ wentBack: [0], differences: 0 });
    // 66,000 events, at most 2,000 a transaction.
    expect(report.transactions).toBeLessThanOrEqual(2 * 33);
  });

  it('of 100 events go back as far as they are not settled in time, and are counted once when they come again', async () => {
    const report = await record({ eventsPerMessage: 100, msPerCall: 4_000 });
    expect(report.wentBack[0]).toBeGreaterThan(0);
    expect(report.wentBack.at(-1)).toBe(0);
    // A message is handed out ten times before it is given up.
    expect(report.wentBack.length).toBeLessThan(10);
    expect(report.differences).toBe(0);
  });
});

async function record(order: BigBatchOrder): Promise<BigBatchReport> {
  const thread = new Worker(new URL('./big-batch-worker.ts', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MEGABYTES },
  });
  const answered = once(thread, 'message');
  thread.postMessage(order);
  const [report] = (await answered) as [BigBatchReport];
  return report;
}
