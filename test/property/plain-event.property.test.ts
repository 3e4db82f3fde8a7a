import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../lib/client/emitter/byte-writer.ts';
import { PLAIN_EVENT_BYTES, putPlainEvent } from '../../lib/client/emitter/plain-event.ts';
import { USAGE_UNITS } from '../../lib/contracts/usage-units.ts';
import { parseUsageEvent } from '../../lib/domain/events/parse-usage-event.ts';

const text = fc.string({ minLength: 1, maxLength: 20 });
const time = fc
  .date({ min: new Date('1999-12-01'), max: new Date('2100-02-01'), noInvalidDate: true })
  .map((date) => date.toISOString());
const count = fc.nat({ max: 9 });
const sound = fc.record(
  {
    id: text,
    time,
    model: text,
    usage: fc.record({
      input_tokens: fc.integer({ min: 9, max: 99 }),
      cache_read_tokens: count,
      audio_seconds: fc.double({ min: 0, max: 99 }),
    }),
    app: text,
    session: text,
    error: text,
    status: fc.constantFrom('ok', 'error', 'aborted'),
    latency_ms: fc.double({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  },
  { requiredKeys: ['id', 'time', 'model', 'usage'], noNullPrototype: true },
);

const oddText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.integer({ min: 126, max: 130 }).map((length) => 'x'.repeat(length)),
  fc.constantFrom('', '"', '\\', '\u001f', '\u007f', 'é', '\ud800', 'late'),
);
const oddNumber = fc.constantFrom(-0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 1e21, 1e-7, 10 ** 10);
const odd = fc.oneof(oddText, oddNumber, fc.constantFrom(null, undefined, true, {}, []), fc.jsonValue());
const oddTime = fc
  .tuple(fc.nat({ max: 14 }), fc.nat({ max: 33 }), fc.nat({ max: 25 }), fc.nat({ max: 61 }))
  .map((parts) => parts.map((part) => String(part).padStart(2, '0')))
  .map(([month, day, hour, minute]) => ({ time: `2026-${month}-${day}T${hour}:${minute}:00Z` }));
const unit = fc.constantFrom('input_tokens', 'cache_read_tokens', 'output_tokens', 'reasoning_tokens', 'pages', 'own');
const bend = fc.oneof(
  oddTime,
  fc.dictionary(unit, fc.oneof({ weight: 4, arbitrary: count }, odd)).map((usage) => ({ usage })),
  fc.tuple(fc.constantFrom('id', 'time', 'model', 'usage', 'app', 'session', 'error', 'status'), odd).map(asField),
  fc.tuple(fc.constantFrom('latency_ms', 'tags', 'prompt', 'tenant', 'quality', 'emitter'), odd).map(asField),
);
/** A sound event in which at most two things are odd. */
const event = fc
  .tuple(sound, fc.array(bend, { maxLength: 2 }))
  .map(([base, bends]) => Object.assign({}, base, ...bends) as object);

function asField([name, value]: readonly [string, unknown]): object {
  return { [name]: value };
}

/** @returns undefined when the quick road does not take the event */
function writePlainEvent(candidate: object): string | undefined {
  const room = Buffer.alloc(PLAIN_EVENT_BYTES);
  const out = new ByteWriter(room);
  if (!putPlainEvent(out, candidate)) return undefined;
  // Written within the room that was promised, or it would have been lost.
  expect(out.read().buffer).toBe(room.buffer);
  return `${out.read()}}`;
}

describe('the quick road of writing events', () => {
  it('writes only what the ledger takes, and writes what the ledger would read from the object', () => {
    let written = 0;
    fc.assert(
      fc.property(event, (candidate) => {
        const json = writePlainEvent(candidate);
        if (json === undefined) return;
        written += 1;
        expect(parseUsageEvent(candidate)).not.toHaveProperty('reason');
        // Fields that are undefined are in the object and not in its JSON.
        expect(parseUsageEvent(JSON.parse(json))).toEqual(parseUsageEvent(JSON.parse(JSON.stringify(candidate))));
      }),
      { numRuns: 3_000 },
    );
    // The law must not hold for want of cases.
    expect(written).toBeGreaterThan(300);
  });

  it('has room for the largest event that it takes', () => {
    const longest = 'x'.repeat(128);
    const texts = ['id', 'model', 'app', 'environment', 'team', 'feature', 'user', 'session', 'provider', 'operation'];
    const others = ['service_tier', 'region', 'billing_account', 'deployment', 'error'];
    const fields = Object.fromEntries([...texts, ...others].map((name) => [name, longest]));
    const counts = Object.fromEntries(USAGE_UNITS.map((unit) => [unit, 0]));
    const most = Number.MAX_SAFE_INTEGER;
    const usage = {
      ...counts,
      input_tokens: most,
      cache_read_tokens: most,
      output_tokens: most,
      input_characters: most,
    };
    const numbers = { status: 'aborted', latency_ms: 2 ** 52 + 0.5, ttft_ms: 1e-7 };
    const largest = { ...fields, time: '2026-11-21T09:30:00.123456789Z', usage, ...numbers };
    expect(writePlainEvent(largest)).toBe(JSON.stringify(largest));
  });

  it('leaves to others what inherits fields or writes itself', () => {
    const plain = { id: 'a', time: '2026-11-21T09:30:00Z', model: 'm', usage: { requests: 1 } };
    expect(writePlainEvent(plain)).toBe(JSON.stringify(plain));
    expect(writePlainEvent(Object.create(plain))).toBeUndefined();
    expect(writePlainEvent({ ...plain, toJSON: () => ({}) })).toBeUndefined();
  });
});
