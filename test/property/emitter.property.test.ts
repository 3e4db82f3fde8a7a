import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SendOutcome } from '../../lib/client/emitter/index.ts';
import { ACCEPTED, EmitterWorld, eventsOf, type Reaction, seqsOf, usageEvent } from '../helpers/emitter-world.ts';

const error = new Error('planned');
const afterMs = fc.nat({ max: 3_000 });
const kind = fc.constantFrom('accept', 'refuse', 'away', 'busy', 'throw', 'denied', 'unacceptable');
const reactions = fc.array(fc.record({ kind, afterMs }), { maxLength: 60 });
const deeds = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ emit: fc.integer({ min: 1, max: 120 }), bytes: fc.nat({ max: 100 }) }) },
    { weight: 2, arbitrary: fc.record({ pass: fc.nat({ max: 30_000 }) }) },
    { weight: 1, arbitrary: fc.record({ flush: fc.nat({ max: 5_000 }) }) },
    { weight: 1, arbitrary: fc.constant({ invalid: true }) },
  ),
  { maxLength: 40 },
);
const settings = fc.record({
  overflow: fc.constantFrom('drop-newest' as const, 'drop-oldest' as const),
  maxBufferBytes: fc.integer({ min: 128 * 1024, max: 300 * 1024 }),
  batchEvents: fc.integer({ min: 1, max: 200 }),
  maxInFlight: fc.integer({ min: 1, max: 5 }),
  retryBaseMs: fc.integer({ min: 1, max: 1_000 }),
});

function react(step: { readonly kind: string; readonly afterMs: number } | undefined, text: string): Reaction {
  if (step === undefined) return { outcome: ACCEPTED };
  const refused = eventsOf(text)
    .filter((_, index) => index % 3 === 0)
    .map(({ id }) => ({ id, reason: 'time_out_of_range', field: 'time', message: '' }));
  const outcomes: Record<string, SendOutcome | Error> = {
    accept: ACCEPTED,
    refuse: { status: 'accepted', refused },
    away: { status: 'unavailable', error },
    busy: { status: 'unavailable', error, retryAfterMs: 2 * step.afterMs },
    throw: error,
    denied: { status: 'denied', error },
    unacceptable: { status: 'unacceptable', error },
  };
  return { outcome: outcomes[step.kind] ?? error, afterMs: step.afterMs };
}

describe('an emitter before another end that fails in every way', () => {
  it('accounts for every event, sends in order, repeats the same bytes, and stays within its memory', async () => {
    await fc.assert(
      fc.asyncProperty(settings, reactions, deeds, fc.nat(), async (options, planned, plan, seed) => {
        const steps = [...planned];
        let chance = seed;
        const random = () => {
          chance = (chance * 1_103_515_245 + 12_345) % 2_147_483_648;
          return chance / 2_147_483_648;
        };
        const world = new EmitterWorld((text) => react(steps.shift(), text), options, random);
        let offered = 0;
        const flushes: Promise<unknown>[] = [];
        for (const deed of plan) {
          if ('emit' in deed) {
            for (let n = 0; n < deed.emit; n++) {
              world.emitter.emit(usageEvent(`e${offered++}`, { session: 's'.repeat(1 + deed.bytes) }));
            }
          } else if ('pass' in deed) await world.pass(deed.pass);
          else if ('flush' in deed) flushes.push(world.emitter.flush({ timeoutMs: deed.flush }));
          else world.emitter.emit(usageEvent(''));
          expect(expectBalance(world).bufferedBytes).toBeLessThanOrEqual(options.maxBufferBytes);
        }
        await world.pass(24 * 3_600_000);
        await Promise.all(flushes);
        const counters = expectBalance(world);
        expect(counters).toMatchObject({ emitted: offered, pending: 0, dropped: world.drops - counters.failed });
        expect(counters.invalid).toBe(plan.filter((deed) => 'invalid' in deed).length);
        expectWire(world, counters);
      }),
      { numRuns: 150 },
    );
  });
});

function expectBalance({ emitter }: EmitterWorld) {
  const counters = emitter.counters();
  const { emitted, sent, refused, dropped, failed, pending } = counters;
  expect(sent + refused + dropped + failed + pending).toBe(emitted);
  expect(pending).toBeGreaterThanOrEqual(0);
  return counters;
}

function expectWire({ wire }: EmitterWorld, counters: ReturnType<typeof expectBalance>): void {
  // First attempts go out in the order of emitting.
  const firsts = [...new Set(wire.map(({ text }) => text))].flatMap(seqsOf);
  expect(firsts).toEqual(firsts.toSorted((a, b) => a - b));
  // A number never travels in two different messages: what is sent again is the same bytes.
  expect(new Set(firsts).size).toBe(firsts.length);
  // What counts as sent was taken, exactly once.
  const taken = wire.filter(({ outcome }) => 'status' in outcome && outcome.status === 'accepted');
  expect(new Set(taken.map(({ text }) => text)).size).toBe(taken.length);
  const takenEvents = taken.reduce((sum, { text }) => sum + seqsOf(text).length, 0);
  expect(takenEvents).toBe(counters.sent + counters.refused);
}
