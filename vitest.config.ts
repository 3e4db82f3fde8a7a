import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const project = (name: string, testTimeout: number, extra: Record<string, unknown> = {}) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout, hookTimeout: testTimeout, ...extra },
});

// Unit and property tests are pure and quick; the others start real engines, so their files run one after another.
export default defineConfig({
  test: {
    // Left to itself it keeps a core free, which is half of what a small machine has.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      project('unit', 10_000),
      project('property', 120_000),
      project('contract', 60_000),
      project('integration', 120_000),
      project('infra', 60_000),
      project('e2e', 180_000),
      project('shapes', 180_000),
      project('simulation', 120_000),
      project('isolation', 120_000),
      project('docs', 120_000),
    ],
  },
});
