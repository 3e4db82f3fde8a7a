import fc from 'fast-check';
import { DISASTERS, FAULTS, type Fault } from '../../helpers/faulty-table.ts';
import type {
  Flaw,
  GarbageDeed,
  History,
  OtherDeed,
  PlannedFault,
  PullDeed,
  RequestFate,
  SendDeed,
} from './history.ts';

/** Tenants of every history, two in zones apart and one whose clocks change. */
export const TENANT_COUNT = 3;

/** Consumers that may be at work at once. */
export const WORKER_COUNT = 50;

/** Faults that every history of full size meets, whatever was planned. */
export const LEAST_FAULTS = 20;

/** An outage longer than a queue is patient: messages go to the dead letters. */
export const LONG_OUTAGE_MS = 5_400_000;

const DAY_MS = 86_400_000;

// Most things happen within a second or two, so that they meet; some when caches are old, leases over, messages back.
const atMs = fc.oneof(
  { weight: 12, arbitrary: fc.nat(1_500) },
  { weight: 3, arbitrary: fc.nat(200_000) },
  { weight: 1, arbitrary: fc.nat(3 * DAY_MS) },
);
const tenant = fc.nat(TENANT_COUNT - 1);
const queue = fc.constantFrom<'usage' | 'import'>('usage', 'usage', 'usage', 'import');
const fault = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<Fault>(...FAULTS) },
  { weight: 1, arbitrary: fc.constantFrom<Fault>(...DISASTERS) },
);
// Most calls read, and what matters most happens to the few that write.
const plannedFault: fc.Arbitrary<PlannedFault> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ on: fc.constant('call' as const), at: fc.nat(16), fault }) },
  {
    weight: 3,
    arbitrary: fc.record({
      on: fc.constantFrom<PlannedFault['on']>('transact', 'transact', 'put', 'addToSet'),
      at: fc.nat(2),
      fault,
    }),
  },
);
const fate = fc.constantFrom<RequestFate>('fine', 'fine', 'fine', 'lost-request', 'lost-answer', 'lost-answer');
const flaw = fc.constantFrom<Flaw>(
  'unknown-fields',
  'other-tenant',
  'impossible-usage',
  'no-model',
  'too-old',
  'in-future',
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
}

/** At least 10 x 20 = 200 calls. */
const FULL: Scale = { sends: [10, 12], fresh: [20, 24], pulls: [12, 22], others: [5, 12], leastFaults: [20, 20] };
const ANY: Scale = { sends: [0, 14], fresh: [0, 26], pulls: [0, 24], others: [0, 12], leastFaults: [0, 20] };

function historyOf(scale: Scale): fc.Arbitrary<History> {
  return fc.record<History>({
    setting: fc.record({
      seed: fc.nat(),
      latencyMs: fc.constantFrom(1, 4, 20, 20, 60),
      isForgetful: fc.constantFrom(false, false, true),
      // A small one makes a history of many more transactions, so it is seldom.
      largestTransaction: fc.constantFrom(...Array.from({ length: 15 }, () => 100), 30, 12),
      topic: fc.array(fate, { maxLength: 8 }),
      leastFaults: fc.integer({ min: scale.leastFaults[0], max: scale.leastFaults[1] }),
    }),
    sends: fc.array(sendOf(scale), { minLength: scale.sends[0], maxLength: scale.sends[1], size: 'max' }),
    garbage: fc.array(garbage, { maxLength: 2 }),
    pulls: fc.array(pull, { minLength: scale.pulls[0], maxLength: scale.pulls[1], size: 'max' }),
    others: fc.array(other, { minLength: scale.others[0], maxLength: scale.others[1], size: 'max' }),
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
  lifeMs: fc.constantFrom(60_000, 60_000, 60_000, 5_030),
  faults: fc.array(plannedFault, { maxLength: 5 }),
  failsBack: fc.constantFrom<PullDeed['failsBack']>('at once', 'later'),
  losesAnswer: fc.constantFrom(false, false, false, true),
});

const rate = fc.constantFrom('0', '1', '4', '0.0000015');
const timed = { atMs, faults: fc.array(plannedFault, { maxLength: 2 }) };
const READS = ['hour', 'day', 'month', 'spend', 'spend', 'audit', 'budgets'] as const;
const kind = <Kind extends OtherDeed['kind']>(name: Kind) => fc.constant(name);
const other: fc.Arbitrary<OtherDeed> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ ...timed, kind: kind('echo'), queue, message: fc.nat(20) }),
  },
  { weight: 3, arbitrary: fc.record({ ...timed, kind: kind('sweep'), sweeper: fc.nat(1) }) },
  {
    weight: 2,
    arbitrary: fc.record({ ...timed, kind: kind('budget'), tenant, name: fc.nat(1), cents: fc.constantFrom(1, 3, 8) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      ...timed,
      kind: kind('override'),
      scope: fc.oneof(fc.constant('global' as const), tenant),
      model: fc.constantFrom<'plain' | 'dated' | 'partly' | 'late'>('plain', 'dated', 'partly', 'late', 'late'),
      inputRate: rate,
      outputRate: fc.option(rate),
      window: fc.constantFrom<'always' | 'february' | 'from-march' | 'next-year'>(
        'always',
        'february',
        'from-march',
        'next-year',
      ),
      replaces: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ ...timed, kind: kind('void'), tenant, call: fc.nat(200) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      ...timed,
      kind: kind('reprice'),
      tenant,
      window: fc.constantFrom<'all' | 'march' | 'one-day'>('all', 'march', 'one-day'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ ...timed, kind: kind('credit'), tenant, number: fc.nat(2), cents: fc.constantFrom(1, 2) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      ...timed,
      kind: kind('read'),
      tenant,
      what: fc.constantFrom(...READS),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ ...timed, kind: kind('outage'), forMs: fc.constantFrom(500, 90_000, LONG_OUTAGE_MS) }),
  },
);

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
