import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

const project = (name: string, testTimeout: number, extra: Record<string, unknown> = {}) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout, hookTimeout: testTimeout, ...extra },
});

/** Files that put another module in the place of ours; whoever shares their modules would get it too, or they ours. */
const MOCKING = ['test/property/recording.property.test.ts'];

/**
 * For files that keep nothing outside of their tests: those of one worker share the modules that they load, which
 * takes less than half of the time. A spy ends with its test, so that it is not seen by the next file.
 */
const SHARING = { isolate: false, restoreMocks: true, unstubEnvs: true, unstubGlobals: true };

/** For files that start commands and hosts: what one has compiled the next takes from there, half of a command's time. */
const STARTING = { env: { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/node-compile') } };

// Time-outs are for what hangs, not for what is slow: a busy machine takes ten times as long.
export default defineConfig({
  test: {
    // Left to itself it keeps a core free, which is half of what a small machine has.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      project('unit', 60_000, SHARING),
      project('property', 300_000, { ...SHARING, exclude: MOCKING }),
      project('mocked', 300_000, { include: MOCKING }),
      project('contract', 60_000),
      project('integration', 120_000, STARTING),
      project('infra', 60_000, SHARING),
      project('e2e', 180_000, STARTING),
      project('shapes', 180_000, STARTING),
      project('simulation', 120_000),
      project('isolation', 120_000, STARTING),
      project('docs', 120_000, STARTING),
    ],
  },
});
