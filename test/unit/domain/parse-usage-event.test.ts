import { describe, expect, it } from 'vitest';
import { parseUsageEvent } from '../../../lib/domain/events/parse-usage-event.ts';
import { OTHER_FIELDS } from '../../../lib/domain/field-reading.ts';
import { fullEvent, smallEvent } from '../../helpers/contract-events.ts';
import { accepted, faultOf, withValue } from '../../helpers/parsing.ts';

describe('parseUsageEvent on a whole event', () => {
  it('reads every field of the contract back as it was sent', () => {
    const { tenant, time, ...fields } = fullEvent();
    const parsed = accepted(fullEvent());
    expect(parsed.event).toEqual({ ...fields, timeMs: Date.parse('2026-11-21T09:30:00.123Z') });
    expect(parsed.tenantClaim).toBe(tenant);
    expect(parsed.unknownFields).toEqual([]);
    expect(time).toBe('2026-11-21T09:30:00.123Z');
  });

  it('takes an event of the four required fields and adds nothing', () => {
    const event = {
      id: 'call-1',
      timeMs: Date.UTC(2026, 10, 21, 9, 30),
      model: 'gpt-4o-mini',
      usage: { input_tokens: 10 },
    };
    expect(accepted(smallEvent())).toEqual({ event, unknownFields: [] });
  });

  it('reads null, the empty text and empty objects in optional fields as absent', () => {
    const { id, time, model, usage, ...optional } = fullEvent();
    const empty = Object.fromEntries(Object.keys(optional).map((field) => [field, null]));
    expect(accepted({ id, time, model, usage, ...empty })).toEqual(accepted({ id, time, model, usage }));
    const blank = { app: '', status: '', reported_cost_usd: '', tags: { a: '' }, route: {}, emitter: { id: null } };
    expect(accepted(smallEvent({ ...blank, input_parts: { user: null } }))).toEqual(accepted(smallEvent()));
  });

  it.each(['id', 'time', 'model', 'usage'])('misses %s when it is absent, null or empty', (field) => {
    const { [field]: _left, ...rest } = smallEvent();
    expect(faultOf(rest)).toEqual(['missing_field', field]);
    expect(faultOf({ ...rest, [field]: null })).toEqual(['missing_field', field]);
    expect(faultOf({ ...rest, [field]: '' })).toEqual(['missing_field', field]);
  });

  it.each([null, 'text', 7, true, [], undefined])('takes %j for no event at all', (json) => {
    expect(faultOf(json)).toEqual(['wrong_type', null]);
  });

  it('keeps the tenant a body names as a claim only', () => {
    expect(accepted(smallEvent({ tenant: 'globex' })).tenantClaim).toBe('globex');
    expect(accepted(smallEvent({ tenant: 'globex' })).event).not.toHaveProperty('tenant');
    expect(faultOf(smallEvent({ tenant: 7 }))).toEqual(['wrong_type', 'tenant']);
  });
});

describe('parseUsageEvent on unknown fields', () => {
  it('leaves them out and names each with its path', () => {
    const json = smallEvent({
      prompt: 'secret',
      route: { attempt: 1, why: 'x' },
      emitter: { host: 'h' },
      input_parts: { rag: 1 },
    });
    const { event, unknownFields } = accepted(json);
    expect(unknownFields).toEqual(['input_parts.rag', 'route.why', 'emitter.host', 'prompt']);
    expect(event).toEqual({ ...accepted(smallEvent()).event, route: { attempt: 1 } });
  });

  it('counts names that are too many, too long or unprintable under one name', () => {
    const many = Object.fromEntries(Array.from({ length: 25 }, (_, index) => [`x${index}`, 1]));
    expect(accepted(smallEvent(many)).unknownFields).toEqual([...Object.keys(many).slice(0, 20), OTHER_FIELDS]);
    expect(accepted(smallEvent({ ['y'.repeat(129)]: 1, 'a\nb': 1, '': 1 })).unknownFields).toEqual([OTHER_FIELDS]);
    expect(accepted(smallEvent({ ['y'.repeat(128)]: 1 })).unknownFields).toEqual(['y'.repeat(128)]);
  });

  it('keeps an unknown usage unit', () => {
    const usage = { input_tokens: 1, quantum_tokens: 5 };
    expect(accepted(smallEvent({ usage })).event.usage).toEqual(usage);
    expect(accepted(smallEvent({ usage: { quantum_tokens: 5 } })).event.usage).toEqual({ quantum_tokens: 5 });
  });

  it('takes names that mean something to JavaScript for names like any other, or refuses them', () => {
    const json = JSON.parse(
      '{"usage":{"constructor":3,"toString":4},"tags":{"constructor":"a"},"__proto__":{"app":"x"}}',
    );
    const { event, unknownFields } = accepted({ ...smallEvent(), ...json });
    expect(Object.entries(event.usage)).toEqual([
      ['constructor', 3],
      ['toString', 4],
    ]);
    expect(Object.entries(event.tags ?? {})).toEqual([['constructor', 'a']]);
    expect(event.app).toBeUndefined();
    expect(unknownFields).toEqual(['__proto__']);
    expect(faultOf(smallEvent({ tags: JSON.parse('{"__proto__":"x"}') }))).toEqual(['bad_text', 'tags']);
    expect(faultOf(smallEvent({ usage: JSON.parse('{"__proto__":1}') }))).toEqual(['bad_text', 'usage']);
  });
});

describe('parseUsageEvent on texts', () => {
  const limits: readonly (readonly [string, number])[] = [
    ...['id', 'user', 'session'].map((field) => [field, 256] as const),
    ...['model', 'tenant', 'app', 'environment', 'team', 'feature', 'provider', 'operation'].map(
      (f) => [f, 128] as const,
    ),
    ...['service_tier', 'region', 'billing_account', 'error', 'deployment'].map((field) => [field, 128] as const),
    ...['route.complexity', 'route.fallback_of', 'emitter.id', 'emitter.version'].map((field) => [field, 128] as const),
    ['tags.cost_center', 128],
  ];

  it.each(limits)('limits %s to %i UTF-8 bytes', (path, maxBytes) => {
    expect(faultOf(withValue(path, 'x'.repeat(maxBytes - 1)))[0]).toBe('accepted');
    expect(faultOf(withValue(path, 'x'.repeat(maxBytes)))[0]).toBe('accepted');
    expect(faultOf(withValue(path, 'x'.repeat(maxBytes + 1)))).toEqual(['too_long', path]);
    // Two bytes, three bytes and, as a pair of UTF-16 units, four bytes a character; 256 = 85 x 3 + 1.
    expect(faultOf(withValue(path, 'é'.repeat(maxBytes / 2)))[0]).toBe('accepted');
    expect(faultOf(withValue(path, `${'é'.repeat(maxBytes / 2)}x`))).toEqual(['too_long', path]);
    expect(faultOf(withValue(path, '€'.repeat(Math.ceil(maxBytes / 3))))).toEqual(['too_long', path]);
    expect(faultOf(withValue(path, '😀'.repeat(maxBytes / 4)))[0]).toBe('accepted');
    expect(faultOf(withValue(path, `${'😀'.repeat(maxBytes / 4)}x`))).toEqual(['too_long', path]);
  });

  it.each(limits)('refuses %s with control characters, unpaired surrogates or another type', (path) => {
    for (const text of ['a\u0000', '\u001fb', 'a\nb', '\ud800', 'a\udc00', '\udc00\ud800', '\ud83dx']) {
      expect(faultOf(withValue(path, text))).toEqual(['bad_text', path]);
    }
    for (const value of [7, true, {}, ['x']]) expect(faultOf(withValue(path, value))).toEqual(['wrong_type', path]);
  });

  it('takes 16 tags and refuses the seventeenth', () => {
    const tags = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`t${index}`, 'v']));
    expect(Object.keys(accepted(smallEvent({ tags: tags(16) })).event.tags ?? {})).toHaveLength(16);
    expect(faultOf(smallEvent({ tags: tags(15) }))[0]).toBe('accepted');
    expect(faultOf(smallEvent({ tags: tags(17) }))).toEqual(['too_many_tags', 'tags']);
  });

  it('limits names of tags and units to 128 bytes and does not repeat a bad one', () => {
    for (const field of ['tags', 'usage'] as const) {
      const value = field === 'tags' ? 'v' : 1;
      expect(faultOf(smallEvent({ [field]: { ['n'.repeat(128)]: value } }))[0]).toBe('accepted');
      expect(faultOf(smallEvent({ [field]: { ['n'.repeat(129)]: value } }))).toEqual(['too_long', field]);
      expect(faultOf(smallEvent({ [field]: { '': value } }))).toEqual(['bad_text', field]);
      expect(faultOf(smallEvent({ [field]: { 'a\tb': value } }))).toEqual(['bad_text', field]);
    }
  });

  it('never repeats a text it refuses', () => {
    const secret = 'my secret prompt';
    for (const path of ['id', 'time', 'status', 'reported_cost_usd', 'app', 'usage.input_tokens', 'latency_ms']) {
      const result = parseUsageEvent(withValue(path, path === 'app' ? `${secret}\u0000` : { secret }));
      expect('reason' in result).toBe(true);
      expect(JSON.stringify(result)).not.toContain('secret');
    }
    expect(JSON.stringify(parseUsageEvent(withValue('status', secret)))).not.toContain('secret');
    expect(JSON.stringify(parseUsageEvent(withValue('time', secret)))).not.toContain('secret');
  });
});

describe('parseUsageEvent on words and amounts', () => {
  it('takes the three states and refuses others', () => {
    for (const status of ['ok', 'error', 'aborted']) expect(accepted(smallEvent({ status })).event.status).toBe(status);
    expect(faultOf(smallEvent({ status: 'failed' }))).toEqual(['unknown_value', 'status']);
    expect(faultOf(smallEvent({ status: 1 }))).toEqual(['wrong_type', 'status']);
  });

  it('takes a cache hit as true or false only', () => {
    expect(accepted(smallEvent({ response_cache_hit: false })).event.response_cache_hit).toBe(false);
    expect(faultOf(smallEvent({ response_cache_hit: 1 }))).toEqual(['wrong_type', 'response_cache_hit']);
  });

  it.each(['0', '0.000000000000000001', '12', '999999999.999999999999999999'])('takes %s as an amount', (amount) => {
    expect(accepted(smallEvent({ reported_cost_usd: amount })).event.reported_cost_usd).toBe(amount);
  });

  it.each(['-1', '+1', '1e-5', '.5', '1.', '01', '1,5', '1000000000', '0.0000000000000000001', ' 1', '1\n', 'NaN'])(
    'refuses %j as an amount',
    (amount) => {
      expect(faultOf(smallEvent({ reported_cost_usd: amount }))).toEqual(['bad_amount', 'reported_cost_usd']);
    },
  );

  it('refuses an amount that is a number', () => {
    expect(faultOf(smallEvent({ reported_cost_usd: 0.5 }))).toEqual(['wrong_type', 'reported_cost_usd']);
  });

  it('refuses a time that is no instant', () => {
    expect(faultOf(smallEvent({ time: '2026-11-21T09:30:00' }))).toEqual(['bad_time', 'time']);
    expect(faultOf(smallEvent({ time: 1_790_000_000_000 }))).toEqual(['wrong_type', 'time']);
  });
});
