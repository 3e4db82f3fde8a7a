import fc from 'fast-check';

/** Hundredths from 0 on, 0 itself often. */
export const usd = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 0, max: 10_000_000 }).map((cents) => cents / 100),
);
/** Above 0. */
export const someUsd = fc.integer({ min: 1, max: 10_000_000 }).map((cents) => cents / 100);
/** 0 to 1 in hundredths, both ends often. */
export const share = fc.oneof(
  fc.constantFrom(0, 1),
  fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100),
);
/** Above 0 and at most 1. */
export const someShare = fc.integer({ min: 1, max: 100 }).map((percent) => percent / 100);
/** A count from 0 on, 0 itself often. */
export const count = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 5_000_000 }));
/** Tokens of a call. */
export const tokens = fc.integer({ min: 0, max: 8000 });
/** USD per 1M tokens or an hour, in cents. */
export const price = fc.integer({ min: 0, max: 6000 }).map((cents) => cents / 100);
/** USD a call, in millionths. */
export const unit = fc.integer({ min: 0, max: 50_000 }).map((millionths) => millionths / 1e6);
/** A few machines, one at least. */
export const replicas = fc.integer({ min: 1, max: 6 });
/** Either. */
export const flag = fc.boolean();
/** A whole number of either sign. */
export const signed = fc.integer({ min: -1000, max: 1000 });
const names = fc.uniqueArray(fc.constantFrom('cost', 'latency', 'quality', 'privacy', 'scale'), { minLength: 1 });
/** Simulated amounts. */
export const paths = fc.array(usd, { minLength: 1, maxLength: 30 });

/** What a call asks of a replica; it always takes some time. */
export const load = {
  tin: fc.integer({ min: 1, max: 8000 }),
  tout: tokens,
  a: fc.integer({ min: 1, max: 100 }).map((value) => value * 1e-6),
  b: fc.integer({ min: 0, max: 100 }).map((value) => value * 1e-6),
  c: fc.integer({ min: 0, max: 100 }).map((value) => value * 1e-9),
  peak_factor: fc.integer({ min: 1, max: 10 }),
};
/** Operations of some instances. */
export const ops = { instances: fc.integer({ min: 0, max: 20 }), ops_base: usd, ops_per_instance: usd };
/** The parts of a self-hosted bill. */
export const parts = { gpu: usd, other: usd, ops: usd };
/** Names of criteria, and a pair of scores for each. */
export const pairs = names.chain((known) =>
  fc.tuple(
    fc.constant(known),
    fc.array(fc.tuple(signed, signed), { minLength: known.length, maxLength: known.length }),
  ),
);
/** An object of names and their values. */
export const toMap = <Value>(known: readonly string[], values: readonly Value[]) =>
  Object.fromEntries(known.map((name, index) => [name, values[index]]));

/** A model to take apart. */
export const tornadoBase = fc.record({
  ...load,
  requests: count,
  cached: fc.constant(0),
  pcached: price,
  pin: price,
  pout: price,
  api_fixed: usd,
  rho: someShare,
  min_replicas: replicas,
  usd_per_hour: price,
  reserved_discount: share,
  ops_base: usd,
  ops_per_replica: usd,
  other: usd,
});

/** Ranges of some of its parameters. */
export const tornadoRanges = fc
  .uniqueArray(
    fc.record({
      name: fc.constantFrom('requests', 'pin', 'pout', 'tout', 'peak_factor', 'usd_per_hour', 'ops_base', 'other'),
      low: fc.integer({ min: 1, max: 100 }),
      high: fc.integer({ min: 1, max: 9000 }),
    }),
    { selector: ({ name }) => name },
  )
  .map((ranges) => Object.fromEntries(ranges.map(({ name, low, high }) => [name, [low, high]])));

/** Lengths that tell the three terms apart, each with the throughput that the terms give it and some noise. */
export const fitRows = fc
  .record({
    ...load,
    noise: fc.array(fc.integer({ min: -10, max: 10 }), { minLength: 6, maxLength: 6 }),
  })
  .map(({ a, b, c, noise }) =>
    [
      [128, 128],
      [128, 2048],
      [1000, 1000],
      [2048, 128],
      [5000, 500],
      [20_000, 2000],
    ].map(([input = 0, output = 0], row) => {
      const timeS = a * input + b * output + c * output * (input + output / 2);
      return [input, output, (output / timeS) * (1 + (noise[row] ?? 0) / 100)];
    }),
  );

/** What was measured of one way. */
export const measured = fc.record({ ttft_ms: usd, monthly_usd: usd });

/** A day on or beside each threshold. */
export const migrateDay = fc.record({
  history_days: fc.constantFrom(27, 28, 40),
  pct: fc.constantFrom(-0.1, 0.05, 0.1, 0.15, 0.2, 0.3),
  usd: fc.constantFrom(100, 250, 400, 500, 3000),
  prob: fc.constantFrom(0.4, 0.5, 0.6, 0.8, 0.9),
  payback: fc.constantFrom(null, 5, 12, 13),
  gates: fc.integer({ min: 0, max: 9 }).map((die) => die > 0),
  complete: fc.integer({ min: 0, max: 5 }).map((die) => die > 0),
});
/** A day that qualifies, to make runs of them likely. */
export const goodDay = fc.constant({
  history_days: 40,
  pct: 0.3,
  usd: 3000,
  prob: 0.9,
  payback: 5,
  gates: true,
  complete: true,
});

/** Thresholds, with short runs. */
export const migrateParams = fc.record({
  on_pct: fc.constant(0.2),
  on_usd: fc.constant(500),
  on_prob: fc.constant(0.8),
  n_on: fc.integer({ min: 1, max: 4 }),
  off_pct: fc.constant(0.1),
  off_usd: fc.constant(250),
  off_prob: fc.constant(0.5),
  n_off: fc.integer({ min: 1, max: 4 }),
  max_payback: fc.constant(12),
  min_history: fc.constant(28),
  max_missing: fc.integer({ min: 0, max: 3 }),
});
