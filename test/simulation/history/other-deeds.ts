import fc from 'fast-check';
import { DISASTERS, FAULTS, type Fault } from '../../helpers/faulty-table.ts';
import { BUDGETS } from '../oracle/budgets.ts';
import type { OtherDeed, PlannedFault } from './history.ts';

/** Tenants of every history, two in zones apart and one whose clocks change. */
const TENANT_COUNT = 3;

/** An outage longer than a queue is patient: messages go to the dead letters. */
const LONG_OUTAGE_MS = 5_400_000;

const DAY_MS = 86_400_000;

/** When something happens: mostly within a second or two, so that deeds meet; else when caches are old, leases over. */
export const atMs = fc.oneof(
  { weight: 12, arbitrary: fc.nat(1_500) },
  { weight: 3, arbitrary: fc.nat(200_000) },
  { weight: 1, arbitrary: fc.nat(3 * DAY_MS) },
);

/** Which tenant. */
export const tenant = fc.nat(TENANT_COUNT - 1);

/** Which queue. */
export const queue = fc.constantFrom<'usage' | 'import'>('usage', 'usage', 'usage', 'import');

const fault = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<Fault>(...FAULTS) },
  { weight: 1, arbitrary: fc.constantFrom<Fault>(...DISASTERS) },
  { weight: 2, arbitrary: fc.constant('stall' as const) },
);

/** What happens to a table call. Most calls read, and what matters most happens to the few that write. */
export const plannedFault: fc.Arbitrary<PlannedFault> = fc.oneof(
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

const timed = { atMs, faults: fc.array(plannedFault, { maxLength: 2 }) };
const kind = <Kind extends OtherDeed['kind']>(name: Kind) => fc.constant(name);
const budget = fc.nat(BUDGETS.length - 1);
const rate = fc.constantFrom('0', '1', '4', '0.0000015');
const READS = ['hour', 'day', 'month', 'spend', 'spend', 'audit', 'budgets'] as const;

/** Anything that somebody does beside sending and consuming. */
export const other: fc.Arbitrary<OtherDeed> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ ...timed, kind: kind('echo'), queue, message: fc.nat(20) }) },
  { weight: 3, arbitrary: fc.record({ ...timed, kind: kind('sweep'), sweeper: fc.nat(1) }) },
  {
    weight: 2,
    arbitrary: fc.record({ ...timed, kind: kind('budget'), tenant, name: budget, mills: fc.constantFrom(2, 5, 9) }),
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
  { weight: 3, arbitrary: fc.record({ ...timed, kind: kind('read'), tenant, what: fc.constantFrom(...READS) }) },
  {
    weight: 1,
    arbitrary: fc.record({ ...timed, kind: kind('outage'), forMs: fc.constantFrom(500, 90_000, LONG_OUTAGE_MS) }),
  },
  { weight: 1, arbitrary: fc.record({ ...timed, kind: kind('release') }) },
);

// Within a few seconds, as long as a stall takes, so that what was decided before it is old news behind it.
const soon: { atMs: fc.Arbitrary<number>; faults: fc.Arbitrary<readonly PlannedFault[]> } = {
  atMs: fc.nat(4_000),
  faults: fc.array(plannedFault, { maxLength: 3 }),
};
const disputed = fc.constantFrom(0, 0, 0, 1);
const sweeper = fc.nat(3);

const between = (min: number, max: number) => ({
  atMs: fc.integer({ min, max }),
  faults: fc.array(plannedFault, { maxLength: 1 }),
});

/** The price of one model for one tenant; 1 is what the list says, so that an order may find nothing left to do. */
const changeOf = (when: typeof soon, inputRate: fc.Arbitrary<string>, scope: fc.Arbitrary<'global' | number>) =>
  fc.record({
    ...when,
    kind: kind('override'),
    scope,
    model: fc.constant('plain' as const),
    inputRate,
    outputRate: fc.constant(null),
    window: fc.constant('always' as const),
    replaces: fc.constant(false),
  });

const voidOf = (when: typeof soon, tenantOf: fc.Arbitrary<number>) =>
  fc.record({ ...when, kind: kind('void'), tenant: tenantOf, call: fc.nat(80) });

const sweepOf = (when: typeof soon) => fc.record({ ...when, kind: kind('sweep'), sweeper });

/** Prices of one model go up and back; others void its calls, reprice, and carry out what was ordered, several at once. */
const aboutPrices: fc.Arbitrary<OtherDeed> = fc.oneof(
  {
    weight: 4,
    arbitrary: changeOf(
      soon,
      fc.constantFrom('1', '1', '4'),
      fc.oneof({ weight: 3, arbitrary: disputed }, { weight: 1, arbitrary: fc.constant('global' as const) }),
    ),
  },
  { weight: 5, arbitrary: sweepOf(soon) },
  { weight: 2, arbitrary: voidOf(soon, disputed) },
  {
    weight: 2,
    arbitrary: fc.record({
      ...soon,
      kind: kind('reprice'),
      tenant: disputed,
      window: fc.constantFrom('all' as const, 'march' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ ...soon, kind: kind('read'), tenant: disputed, what: fc.constantFrom(...READS) }),
  },
);

const first = fc.constant(0);
const stallOn = (on: PlannedFault['on']) =>
  fc.record({ on: fc.constant(on), at: fc.nat(4), fault: fc.constant('stall' as const) });
const stalled = (on: PlannedFault['on'], min: number, max: number) => ({
  atMs: fc.integer({ min, max }),
  faults: fc.tuple(stallOn(on), stallOn(on)),
});

/**
 * A price is changed; whoever carries it out stalls; meanwhile it is changed back, or calls that it is about are voided,
 * or others carry it out while consumers still have the price before.
 */
const aboutOneChange: fc.Arbitrary<readonly OtherDeed[]> = fc.oneof(
  fc.tuple(
    changeOf(between(0, 100), fc.constant('4'), first),
    sweepOf(stalled('transact', 1_000, 1_800)),
    changeOf(between(1_800, 2_600), fc.constant('1'), first),
    sweepOf(between(2_600, 4_000)),
    sweepOf(between(3_000, 6_000)),
  ),
  fc.tuple(
    changeOf(between(0, 100), fc.constant('4'), first),
    sweepOf(stalled('transact', 400, 1_200)),
    ...Array.from({ length: 6 }, () => voidOf(between(700, 3_000), first)),
    sweepOf(between(1_300, 4_500)),
  ),
  fc.tuple(
    changeOf(between(300, 1_200), fc.constant('4'), first),
    ...Array.from({ length: 4 }, () => sweepOf(between(1_200, 6_000))),
  ),
);

/** A total is stored; one sweep stalls before it stores the next; another one is quicker. */
const aboutOneTotal: fc.Arbitrary<readonly OtherDeed[]> = fc.tuple(
  fc.record({
    ...between(0, 10),
    kind: kind('budget'),
    tenant: first,
    name: budget,
    mills: fc.constantFrom(1, 2, 5),
  }),
  sweepOf(between(500, 800)),
  voidOf(between(1_500, 1_800), first),
  sweepOf(stalled('put', 2_500, 3_000)),
  voidOf(between(3_300, 3_600), first),
  sweepOf(between(4_000, 5_000)),
);

/** Budgets are set, reached and raised while several sweeps look at them and the topic is slow. */
const aboutAlerts: fc.Arbitrary<OtherDeed> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      ...soon,
      kind: kind('budget'),
      tenant: disputed,
      name: budget,
      mills: fc.constantFrom(1, 2, 5),
    }),
  },
  { weight: 5, arbitrary: sweepOf(soon) },
  { weight: 1, arbitrary: voidOf(soon, disputed) },
  { weight: 1, arbitrary: fc.record({ ...soon, kind: kind('read'), tenant: disputed, what: fc.constant('budgets') }) },
);

/**
 * Deeds that have to do with each other, of one kind of quarrel.
 * @param size - fewest and most
 */
export function disputeOf([minLength, maxLength]: readonly [number, number]): fc.Arbitrary<readonly OtherDeed[]> {
  const length = { minLength, maxLength, size: 'max' } as const;
  return fc.oneof(
    fc.array(aboutPrices, length),
    fc.array(aboutAlerts, length),
    aboutOneChange,
    aboutOneTotal,
    fc.constant([]),
  );
}
