import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canonicaliseEvent } from '../../lib/domain/events/canonical-event.ts';
import type { UsageEvent } from '../../lib/domain/events/usage-event.ts';

const text = fc.oneof(
  fc.constantFrom('a', 'b', ';', 'a;team=1:b', '=1:', '1:a;'),
  fc.string({ minLength: 1, maxLength: 6 }),
);
const count = fc.nat({ max: 2 });
const events = fc.record(
  {
    id: text,
    timeMs: count,
    model: text,
    usage: fc.dictionary(fc.constantFrom('input_tokens', 'output_tokens', 'new_unit', 'other;unit'), count),
    app: text,
    team: text,
    error: text,
    tags: fc.dictionary(text, text, { maxKeys: 3 }),
    input_parts: fc.record({ system: count, user: count }, { requiredKeys: [] }),
    route: fc.record({ complexity: text, attempt: count }, { requiredKeys: [] }),
    latency_ms: count,
    status: fc.constantFrom('ok', 'error', 'aborted'),
    response_cache_hit: fc.boolean(),
  },
  { requiredKeys: ['id', 'timeMs', 'model', 'usage'] },
);

/** The same content as plain data, sorted and without defaults: what the text must tell apart, written another way. */
function contentOf(event: UsageEvent): string {
  const sorted = (object: object | undefined, isLeft: (value: unknown) => boolean) =>
    Object.entries(object ?? {})
      .filter(([, value]) => !isLeft(value))
      .sort(([a], [b]) => (a < b ? -1 : 1));
  const { usage, tags, input_parts: parts, route, ...rest } = event;
  const isZero = (value: unknown) => value === 0;
  return JSON.stringify([
    sorted(rest, (value) => value === 'ok' || value === false),
    sorted(usage, isZero),
    sorted(parts, isZero),
    sorted(tags, () => false),
    sorted(route, () => false),
  ]);
}

it('writes two events alike exactly when their contents are equal', () => {
  let equal = 0;
  // Few changes among few values, so that equal and nearly equal contents are both common.
  const changes = fc.oneof(
    fc.record({ app: text }),
    fc.record({ latency_ms: count }),
    fc.record({ response_cache_hit: fc.boolean() }),
    fc.constant({}),
  );
  fc.assert(
    fc.property(events, changes, (one, change) => {
      const bent = { ...one, ...change };
      const other: UsageEvent = Object.assign(Object.fromEntries(Object.entries(bent).reverse()), bent);
      const isEqual = contentOf(one) === contentOf(other);
      if (isEqual) equal++;
      expect(canonicaliseEvent(one) === canonicaliseEvent(other)).toBe(isEqual);
    }),
    { numRuns: 10_000 },
  );
  fc.assert(
    fc.property(events, events, (one, other) => {
      expect(canonicaliseEvent(one) === canonicaliseEvent(other)).toBe(contentOf(one) === contentOf(other));
    }),
    { numRuns: 10_000 },
  );
  expect(equal).toBeGreaterThan(1000);
});
