import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { UsageEventMessage } from '../../lib/client/index.ts';
import { USAGE_UNITS } from '../../lib/contracts/usage-units.ts';
import { EVENT_FIELDS, parseUsageEvent } from '../../lib/domain/events/parse-usage-event.ts';
import { ACCEPTED, EmitterWorld, eventsOf, usageEvent } from '../helpers/emitter-world.ts';

/** Values that JSON, the quick writer or a careless check may take for something else. */
const strange = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 140 }) },
  { weight: 3, arbitrary: fc.double({ min: 0 }) },
  { weight: 2, arbitrary: fc.nat() },
  fc.constantFrom<unknown[]>(-0, 1e21, 1e-7, 0.1, 5e-324, 2 ** 53 - 1, 2 ** 53, 1e10, 9_999_999_999, Number.NaN, 1n),
  fc.constantFrom<unknown[]>('', ' ', 'é', '€', '"', '\\', '\u007f', '\u2028', '\ud800', '\udc00x', '__proto__', '💰'),
  fc.constantFrom<unknown[]>(null, undefined, true, false, 'ok', 'aborted', Infinity, Symbol('s'), () => 1),
  fc.constantFrom<unknown[]>(new Date(0), [], ['a'], {}, new Map(), { toJSON: () => 'SECRET' }, Object.create(null)),
);
const times = fc.constantFrom(
  ...['2026-11-21T09:30:00Z', '2026-02-28T23:59:59.123456789Z', '2026-02-30T00:00:00Z', '2026-11-21T24:00:00Z'],
  ...['2026-11-21t09:30:00z', '2026-11-21T09:30:60Z', '2026-11-21T09:30:00+02:00', '1999-01-01T00:00:00Z', 'yesterday'],
);
const units = fc.dictionary(fc.constantFrom<string[]>(...USAGE_UNITS, 'my_unit'), fc.oneof(fc.nat(), strange), {
  minKeys: 1,
  maxKeys: 4,
});
const fields = fc.dictionary(fc.constantFrom(...EVENT_FIELDS, 'toJSON', 'prompt'), fc.oneof(strange, fc.string()), {
  maxKeys: 2,
});
const tags = fc.oneof(strange, fc.dictionary(fc.string(), fc.oneof(fc.string(), strange), { maxKeys: 3 }));
const parts = fc.dictionary(fc.constantFrom('system', 'history', 'prompt'), fc.oneof(fc.nat(9), fc.constant('SECRET')));
const route = fc.dictionary(fc.constantFrom('complexity', 'why', 'toString'), fc.constant('SECRET'.slice(1)));
const nested = fc.oneof(
  fc.constant({}),
  ...[fc.record({ time: times }), fc.record({ usage: units }), fc.record({ tags }), fc.record({ route })],
  fc.record({ input_parts: parts }),
  fc.record({ time: times, usage: fc.oneof(units, strange), tags, route }, { requiredKeys: [] }),
);

/** The ways in which an object may hold its fields. */
const forms = fc.constantFrom<((plain: object) => unknown)[]>(
  (plain) => plain,
  (plain) => Object.assign(Object.create(null), plain),
  (plain) => Object.create(plain),
  (plain) => Object.assign(new (class Call {})(), plain),
  (plain) => Object.assign(Object.create({ toJSON: () => 'text' }), plain),
  (plain) => Object.assign(Object.create({ toJSON: () => ({}) }), plain),
  (plain) =>
    Object.assign(Object.create(Object.defineProperty({}, 'deployment', { value: 'eu-1', writable: true })), plain),
  (plain) => new Proxy(plain, {}),
  (plain) => Object.defineProperties({}, Object.fromEntries(Object.entries(plain).map(toGetter))),
);

function toGetter([name, value]: [string, unknown]): [string, PropertyDescriptor] {
  return [name, { enumerable: true, get: () => value }];
}

describe('the bytes of an emitted event', () => {
  it('are what the contract reads in the object itself, however it is made, or nothing', async () => {
    await fc.assert(
      fc.asyncProperty(fields, nested, forms, async (some, others, form) => {
        const event = form({ ...usageEvent('a'), ...some, ...others }) as UsageEventMessage;
        const expected = parseUsageEvent(event);
        const world = new EmitterWorld(() => ({ outcome: ACCEPTED }), { context: { region: 'eu' } });
        world.emitter.emit(usageEvent('before'));
        const taken = world.emitter.emit(event);
        world.emitter.emit(usageEvent('after'));
        await world.pass(1_000);
        const sent = eventsOf(world.wire[0]?.text ?? '');
        expect(taken).toBe(!('reason' in expected));
        expect(sent.map(({ id }) => id).filter((id) => id === 'before' || id === 'after')).toEqual(['before', 'after']);
        if ('reason' in expected) expect(world.refusals).toEqual([expected.reason]);
        else {
          const emitter = { id: world.emitter.id, seq: 1, version: expect.any(String) };
          const read = parseUsageEvent(sent.find(({ emitter }) => emitter?.seq === 1));
          expect(read).toMatchObject({ event: { region: 'eu', ...expected.event, emitter } });
          expect(Object.keys('event' in read ? read.event : {}).sort()).toEqual(
            Object.keys({ ...expected.event, region: '', emitter }).sort(),
          );
        }
        expect(world.wire[0]?.text).not.toContain('SECRET');
      }),
      { numRuns: 1_500 },
    );
  });
});
