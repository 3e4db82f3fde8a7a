import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';

/** Memory of a thread for all that lives longer than a moment; decoded, 200,000 entries are several times as much. */
const HEAP_MB = 128;

describe('an audit of 200,000 entries', () => {
  it('and a rebuild after it take no more memory than a part of them needs', async () => {
    const script = new URL('../helpers/audit-heap-worker.ts', import.meta.url);
    const resourceLimits = { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: 32 };
    const worker = new Worker(script, { workerData: 200_000, resourceLimits });
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    worker.on('message', resolve);
    // A thread that outgrows its heap ends with an error.
    worker.on('error', reject);
    const { longestCursor, ...found } = (await promise) as Readonly<Record<string, number>>;
    expect(found).toEqual({ entries: 200_000, differences: 0, rebuilt: 0 });
    // All the state there is between two parts.
    expect(longestCursor).toBeLessThan(300);
    await worker.terminate();
  });
});
