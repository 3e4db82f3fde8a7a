// Runs the proof suites against a tree with one bug in it: one file after the other, up to the first test that fails.
// biome-ignore lint/style/noDefaultExport: Vitest reads the default export of its configuration.
export default {
  cacheDir: '.vitest-cache',
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/planted/one-seed.ts'],
    fileParallelism: false,
    bail: 1,
    testTimeout: 600_000,
    hookTimeout: 600_000,
    reporters: ['json'],
    silent: true,
    // The simulation tells a whole story where it expected none; the path to it is in its last line.
    chaiConfig: { truncateThreshold: 0 },
  },
};
