import { describe, expect, it } from 'vitest';
import { emitterMiddleware, type FlushOptions, withEmitter } from '../../../../lib/client/emitter/index.ts';

function recorder() {
  const waits: (number | undefined)[] = [];
  const report = { complete: true, pending: 0, sent: 0, refused: 0, dropped: 0, failed: 0 };
  return {
    waits,
    emitter: {
      flush: async ({ timeoutMs }: FlushOptions = {}) => {
        waits.push(timeoutMs);
        return report;
      },
    },
  };
}
const left = (ms: number) => ({ getRemainingTimeInMillis: () => ms });

describe('a wrapped handler', () => {
  it('answers as before, after a flush', async () => {
    const { emitter, waits } = recorder();
    const handler = withEmitter(async (event: { n: number }) => event.n + 1, emitter);
    expect(await handler({ n: 1 }, left(30_000))).toBe(2);
    expect(waits).toEqual([2_000]);
  });

  it('flushes and throws the same error when the handler fails, at once or later', async () => {
    const { emitter, waits } = recorder();
    const error = new Error('mine');
    const fails = withEmitter(() => Promise.reject(error), emitter);
    await expect(fails({}, left(30_000))).rejects.toBe(error);
    const throws = withEmitter((): string => {
      throw error;
    }, emitter);
    await expect(throws({}, left(30_000))).rejects.toBe(error);
    expect(waits).toHaveLength(2);
  });

  it('never waits longer than the invocation has left, but for the reserve', async () => {
    const { emitter, waits } = recorder();
    const handler = withEmitter(() => 'done', emitter, { maxWaitMs: 5_000, reserveMs: 300 });
    // 1,000 - 300 = 700; 200 - 300 is no time at all
    await handler({}, left(1_000));
    await handler({}, left(200));
    await handler({}, {});
    expect(waits).toEqual([700, 0, 5_000]);
  });
});

describe('the middleware', () => {
  it('flushes after the handler and after its error, and answers neither', async () => {
    const { emitter, waits } = recorder();
    const { after, onError } = emitterMiddleware(emitter);
    expect(await after({ context: left(30_000) })).toBeUndefined();
    expect(await onError({ context: left(900) })).toBeUndefined();
    expect(waits).toEqual([2_000, 650]);
  });
});
