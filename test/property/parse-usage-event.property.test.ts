import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { USAGE_UNITS } from '../../lib/contracts/usage-units.ts';
import { parseGpuSample } from '../../lib/domain/events/gpu-sample.ts';
import { EVENT_FIELDS, parseUsageEvent } from '../../lib/domain/events/parse-usage-event.ts';
import { readEventUsage } from '../../lib/domain/events/usage-shapes.ts';
import { isRawObject } from '../../lib/domain/field-reading.ts';
import { parseInstant } from '../../lib/domain/instant.ts';
import { type EventJson, fullEvent } from '../helpers/contract-events.ts';
import { isEventBySchema, isSampleBySchema } from '../helpers/schema-oracle.ts';

/** Values at and around every bound of the contract, and of every JSON type. */
const edgeValues: readonly unknown[] = [
  ...[null, '', 'x', 'ok', 'aborted', 'x'.repeat(128), 'x'.repeat(129), 'x'.repeat(256), 'x'.repeat(257)],
  ...[
    'é'.repeat(64),
    'é'.repeat(65),
    '😀'.repeat(32),
    '😀'.repeat(33),
    '\ud800',
    '\udc00x',
    'a\u0000',
    'a\u001fb',
    '\u007f',
  ],
  ...[0, -0, 1, -1, 0.5, 1.5, 10, 40, 100, 800, 1200, 1201, 9_007_199_254_740_991, 9_007_199_254_740_992, 1e300],
  ...[
    '1200',
    '0',
    '0.5',
    '-1',
    '1e3',
    '999999999.9',
    '1000000000',
    '0.1234567890123456789',
    true,
    false,
    [],
    {},
    ['x'],
  ],
  ...[{ system: 1 }, { id: 'x' }, { a: 'b' }, { a: null }, { input_tokens: 1 }, { input_tokens: null }, { x: 1 }],
  ...[
    '2026-11-21T09:30:00Z',
    '2026-02-29T00:00:00Z',
    '2024-02-29T00:00:00.1+23:59',
    '2026-12-31T23:59:60Z',
    '2026-11-21',
  ],
  JSON.parse('{"__proto__":1}'),
  Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`t${index}`, 'v'])),
];

const names = [...EVENT_FIELDS, 'unknown', 'type'];
const innerNames = [
  ...USAGE_UNITS,
  ...['new_unit', 'x'.repeat(129), 'a\u0001', '', 'cost_center', 'system', 'user', 'complexity', 'confidence'],
  ...['fallback_of', 'attempt', 'id', 'seq', 'version'],
];
const value = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...edgeValues) }, fc.jsonValue());

type Change = (event: EventJson) => EventJson;

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(fc.constantFrom(...names), value).map(([name, set]) => (event: EventJson) => ({ ...event, [name]: set })),
  fc.constantFrom(...names).map((name) => (event: EventJson) => {
    const { [name]: _left, ...rest } = event;
    return rest;
  }),
  fc
    .tuple(
      fc.constantFrom('usage', 'usage', 'usage', 'tags', 'input_parts', 'route', 'emitter'),
      fc.constantFrom(...innerNames),
      value,
    )
    .map(([name, inner, set]) => (event: EventJson) => {
      const around = event[name];
      return { ...event, [name]: { ...(isRawObject(around) ? around : {}), [inner]: set } };
    }),
);

const bentEvents = fc
  .array(change, { maxLength: 4 })
  .map((changes) => changes.reduce((event, apply) => apply(event), fullEvent()));

describe('parseUsageEvent', () => {
  it('accepts exactly what the schema and its stated laws accept', () => {
    let accepted = 0;
    let refused = 0;
    fc.assert(
      fc.property(bentEvents, (json) => {
        const isAccepted = 'event' in parseUsageEvent(json);
        if (isAccepted) accepted++;
        else refused++;
        expect(isAccepted).toBe(isEventBySchema(json));
      }),
      { numRuns: 20_000 },
    );
    // Both sides of the border were walked, or agreement says nothing.
    expect(Math.min(accepted, refused)).toBeGreaterThan(2000);
  });

  it('accepts only usage that rating can split into parts that do not overlap', () => {
    fc.assert(
      fc.property(bentEvents, (json) => {
        const parsed = parseUsageEvent(json);
        if ('event' in parsed) expect(readEventUsage(parsed.event.usage).ok).toBe(true);
      }),
      { numRuns: 5000 },
    );
  });

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true }), (json) => {
        const result = parseUsageEvent(json);
        return 'event' in result || result.message.length > 0;
      }),
      { numRuns: 5000 },
    );
  });

  it('answers the same for any order of keys', () => {
    fc.assert(
      fc.property(bentEvents, fc.infiniteStream(fc.nat()), (json, ranks) => {
        const shuffled = Object.entries(json)
          .map((entry) => ({ entry, rank: ranks.next().value }))
          .sort((a, b) => a.rank - b.rank)
          .map(({ entry }) => entry);
        const [one, other] = [parseUsageEvent(json), parseUsageEvent(Object.fromEntries(shuffled))];
        if ('event' in one && 'event' in other) expect(other.event).toEqual(one.event);
        else expect(other).toEqual(one);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('parseGpuSample', () => {
  it('accepts exactly what the schema accepts', () => {
    const valid = { type: 'gpu_sample', deployment: 'llama', time: '2026-11-21T09:30:00Z', gpu_utilisation_ratio: 0.5 };
    const fields = [...Object.keys(valid).slice(1), 'tenant', 'gpu_memory_used_ratio', 'gpus', 'unknown'];
    const changes = fc.dictionary(fc.constantFrom(...fields), value, { maxKeys: 3 });
    fc.assert(
      fc.property(changes, (change) => {
        const json = { ...valid, ...change };
        const hasMinusZero = Object.values(json).some((field) => Object.is(field, -0));
        fc.pre(!hasMinusZero);
        expect('sample' in parseGpuSample(json)).toBe(isSampleBySchema(json));
      }),
      { numRuns: 5000 },
    );
  });
});

describe('parseInstant', () => {
  it('reads every instant as written in any offset', () => {
    const instants = fc.integer({ min: -62_000_000_000_000, max: 253_000_000_000_000 });
    const offsets = fc.integer({ min: -1439, max: 1439 });
    fc.assert(
      fc.property(instants, offsets, (timeMs, offsetMinutes) => {
        const [hours, minutes] = [Math.floor(Math.abs(offsetMinutes) / 60), Math.abs(offsetMinutes) % 60];
        const two = (number: number) => String(number).padStart(2, '0');
        const local = new Date(timeMs + offsetMinutes * 60_000).toISOString().slice(0, -1);
        expect(parseInstant(`${local}${offsetMinutes < 0 ? '-' : '+'}${two(hours)}:${two(minutes)}`)).toBe(timeMs);
      }),
      { numRuns: 5000 },
    );
  });
});
