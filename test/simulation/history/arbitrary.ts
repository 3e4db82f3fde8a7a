import fc from 'fast-check';
import type { Flaw, GarbageDeed, History, PullDeed, RequestFate, SendDeed } from './history.ts';
import { atMs, disputeOf, other, plannedFault, queue, tenant } from './other-deeds.ts';

/** Consumers that may be at work at once. */
export const WORKER_COUNT = 50;

/** Faults that every history of full size meets, whatever was planned. */
export const LEAST_FAULTS = 20;

/** Longer than the longest time-out of a function, by 30 s: as the stack sets it. */
export const LEASE_MS = 90_000;

/** Shorter than functions live, so that only what they check themselves keeps two from publishing the same. */
const SHORT_LEASE_MS = 11_000;

const fate = fc.constantFrom<RequestFate>('fine', 'fine', 'fine', 'lost-request', 'lost-answer', 'lost-answer');
const flaw = fc.constantFrom<Flaw>(
  'unknown-fields',
  'other-tenant',
  'impossible-usage',
  'no-model',
  'too-old',
  'in-future',
  'torn-text',
);

const VIAS = [
  ...(['sqs', 'sqs', 'sqs', 'sqs', 'sqs', 'sqs', 'api', 'api', 'api', 'api', 'api'] as const),
  ...(['import', 'import', 'import', 'forger', 'stranger'] as const),
];

/** Sizes between which a history is drawn. Small ones are for shrinking. */
interface Scale {
  readonly sends: readonly [number, number];
  readonly fresh: readonly [number, number];
  readonly pulls: readonly [number, number];
  readonly others: readonly [number, number];
  readonly leastFaults: readonly [number, number];
  readonly dispute: readonly [number, number];
}

/** At least 10 x 20 = 200 calls. */
const FULL: Scale = {
  sends: [10, 12],
  fresh: [20, 24],
  pulls: [12, 22],
  others: [4, 8],
  leastFaults: [20, 20],
  dispute: [6, 12],
};
const ANY: Scale = {
  sends: [0, 14],
  fresh: [0, 26],
  pulls: [0, 24],
  others: [0, 12],
  leastFaults: [0, 20],
  dispute: [0, 12],
};

function historyOf(scale: Scale): fc.Arbitrary<History> {
  return fc.record<History>({
    setting: fc.record({
      seed: fc.nat(),
      latencyMs: fc.constantFrom(1, 4, 20, 20, 60),
      isForgetful: fc.constantFrom(false, false, true),
      // A small one makes a history of many more transactions, so it is seldom.
      largestTransaction: fc.constantFrom(...Array.from({ length: 15 }, () => 100), 30, 12),
      topic: fc.array(fate, { maxLength: 8 }),
      leaseMs: fc.constantFrom(LEASE_MS, LEASE_MS, SHORT_LEASE_MS),
      disputesLate: fc.boolean(),
      leastFaults: fc.integer({ min: scale.leastFaults[0], max: scale.leastFaults[1] }),
    }),
    sends: fc.array(sendOf(scale), { minLength: scale.sends[0], maxLength: scale.sends[1], size: 'max' }),
    garbage: fc.array(garbage, { maxLength: 2 }),
    pulls: fc.array(pull, { minLength: scale.pulls[0], maxLength: scale.pulls[1], size: 'max' }),
    others: fc.array(other, { minLength: scale.others[0], maxLength: scale.others[1], size: 'max' }),
    dispute: disputeOf(scale.dispute),
  });
}

const sendOf = (scale: Scale): fc.Arbitrary<SendDeed> =>
  fc.record({
    kind: fc.constant('send' as const),
    atMs,
    tenant,
    via: fc.constantFrom<SendDeed['via']>(...VIAS),
    fresh: fc.integer({ min: scale.fresh[0], max: scale.fresh[1] }),
    repeats: fc.array(fc.nat(120), { maxLength: 8 }),
    altersRepeats: fc.constantFrom(false, false, false, true),
    flaws: fc.array(flaw, { maxLength: 2, size: 'xsmall' }),
    form: fc.constantFrom<SendDeed['form']>('array', 'object', 'gzip', 'cloud-events'),
    fate,
  });

const garbage: fc.Arbitrary<GarbageDeed> = fc.record({
  kind: fc.constant('garbage' as const),
  atMs,
  tenant,
  body: fc.constantFrom<GarbageDeed['body']>('text', 'cut-json', 'bad-gzip'),
});

const pull: fc.Arbitrary<PullDeed> = fc.record({
  kind: fc.constant('pull' as const),
  atMs,
  // Half of the work goes to a few consumers, which know much by then; the other half mostly to cold ones.
  worker: fc.oneof(fc.nat(4), fc.nat(WORKER_COUNT - 1)),
  queue,
  most: fc.integer({ min: 1, max: 6 }),
  // The reserve of 5 s taken off: half of the consumers have time, the others 2 s or next to nothing.
  lifeMs: fc.constantFrom(60_000, 60_000, 7_000, 5_030),
  faults: fc.array(plannedFault, { maxLength: 5 }),
  failsBack: fc.constantFrom<PullDeed['failsBack']>('at once', 'later'),
  losesAnswer: fc.constantFrom(false, false, false, true),
});

/** Draws histories of full size; a failing one shrinks to any size at all. */
class FullHistories extends fc.Arbitrary<History> {
  readonly #full = historyOf(FULL);
  readonly #any = historyOf(ANY);

  override generate(random: fc.Random, biasFactor: number | undefined): fc.Value<History> {
    return new fc.Value(this.#full.generate(random, biasFactor).value_, undefined);
  }

  override canShrinkWithoutContext(value: unknown): value is History {
    return this.#any.canShrinkWithoutContext(value);
  }

  override shrink(value: History, context: unknown): fc.Stream<fc.Value<History>> {
    return this.#any.shrink(value, context);
  }
}

/** Histories of at least 200 calls; see {@link LEAST_FAULTS} for their faults. */
export const histories: fc.Arbitrary<History> = new FullHistories();
