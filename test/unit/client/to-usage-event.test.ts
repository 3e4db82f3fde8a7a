import { describe, expect, it } from 'vitest';
import type { ResponseReading } from '../../../lib/client/responses/response-adapter.ts';
import { emptyReading } from '../../../lib/client/responses/response-fields.ts';
import { toUsageEvent } from '../../../lib/client/responses/to-usage-event.ts';
import { classifyId } from '../../../lib/domain/events/event-id.ts';
import { counts } from '../../helpers/pricing.ts';

const MADE_MS = Date.parse('2026-11-21T09:30:00.123Z');

function reading(changed: Partial<ResponseReading> = {}): ResponseReading {
  return {
    ...emptyReading(),
    usage: {
      ok: true,
      usage: counts({ input_tokens: 400, cache_read_tokens: 800, output_tokens: 230, reasoning_tokens: 120 }),
    },
    model: 'gpt-4o-mini',
    provider: 'openai',
    responseId: 'chatcmpl-1',
    createdMs: MADE_MS,
    operation: 'chat',
    ...changed,
  };
}

describe('an event of a response', () => {
  it('holds the inclusive counts, the time of the response and what the caller adds', () => {
    const context = { app: 'support-bot', team: 'cx', tags: { cost_center: '4711' }, latency_ms: 840 };
    expect(toUsageEvent(reading({ serviceTier: 'flex', region: 'eu' }), context)).toEqual({
      id: expect.any(String),
      time: '2026-11-21T09:30:00.123Z',
      model: 'gpt-4o-mini',
      provider: 'openai',
      operation: 'chat',
      service_tier: 'flex',
      region: 'eu',
      // 400 + 800 and 230 + 120
      usage: { input_tokens: 1200, cache_read_tokens: 800, output_tokens: 350, reasoning_tokens: 120 },
      ...context,
    });
  });

  it('has a timed id that every sender of the response makes alike, and no other response has', () => {
    const { id } = toUsageEvent(reading(), { app: 'a' });
    expect(classifyId(id)).toMatchObject({ timed: true, timeMs: MADE_MS });
    expect(toUsageEvent(reading(), { app: 'b', timeMs: MADE_MS + 5000 })).toMatchObject({
      id,
      time: '2026-11-21T09:30:00.123Z',
    });
    const others = [{ responseId: 'chatcmpl-2' }, { provider: 'azure' }, { createdMs: MADE_MS + 1 }];
    const ids = others.map((other) => toUsageEvent(reading(other)).id);
    expect(new Set([id, ...ids]).size).toBe(4);
  });

  it('has the same id however a sender spells the provider', () => {
    const { id } = toUsageEvent(reading({ provider: 'azure' }));
    for (const provider of ['azure.ai.openai', 'Azure', 'azure_openai']) {
      expect(toUsageEvent(reading({ provider: null }), { provider })).toMatchObject({ id, provider: 'azure' });
    }
  });

  it('has an id without a time where the response tells none, and the time of the caller', () => {
    const event = toUsageEvent(reading({ createdMs: null }), { timeMs: MADE_MS });
    expect(event).toMatchObject({ id: 'openai:chatcmpl-1', time: '2026-11-21T09:30:00.123Z' });
    expect(toUsageEvent(reading({ createdMs: null, provider: null }), { timeMs: MADE_MS }).id).toBe(
      'unknown:chatcmpl-1',
    );
    // A clock that was never set, or that counted in another unit, tells no time.
    for (const createdMs of [0, 1.7e15]) {
      expect(() => toUsageEvent(reading({ createdMs }))).toThrow('the response tells no time');
      expect(toUsageEvent(reading({ createdMs }), { timeMs: MADE_MS })).toEqual(event);
    }
    // History that no timed id may carry.
    expect(toUsageEvent(reading({ createdMs: Date.parse('2016-01-01T00:00:00Z') })).id).toBe('openai:chatcmpl-1');
  });

  it('keeps its id short and plain whatever the response calls itself', () => {
    const strange = toUsageEvent(reading({ createdMs: null, responseId: `é\n${'x'.repeat(500)}` }), {
      timeMs: MADE_MS,
    }).id;
    expect(strange).toMatch(/^response:[0-9a-f]{64}$/);
  });

  it('takes an id, a model and terms of the caller before those of the response', () => {
    const context = { id: 'call-1', model: 'm', provider: 'azure', service_tier: 'batch', region: 'us' };
    expect(toUsageEvent(reading({ serviceTier: 'flex', region: 'eu' }), context)).toMatchObject(context);
  });

  it('reports a failed call without usage as zero tokens', () => {
    const failed = reading({ usage: emptyReading().usage, status: 'error' });
    expect(toUsageEvent(failed, { error: 'rate_limited' })).toMatchObject({
      status: 'error',
      error: 'rate_limited',
      usage: { input_tokens: 0 },
    });
  });

  it("names the provider's charge in whole picodollars", () => {
    // 1.1165000000000002e-05 in floating point
    const charged = reading({ reportedCostUsd: '0.000011165000000000002' });
    expect(toUsageEvent(charged).reported_cost_usd).toBe('0.000011165');
  });

  it('keeps seconds of audio as they are', () => {
    const audioSeconds = { digits: 125n, scale: 1 };
    const spoken = reading({ usage: { ok: true, usage: { counts: new Map(), audioSeconds } } });
    expect(toUsageEvent(spoken).usage).toEqual({ audio_seconds: 12.5 });
  });
});

describe('no event', () => {
  it.each<[string, Partial<ResponseReading>]>([
    ['model: the response names none', { model: null }],
    ['timeMs: the response tells no time', { createdMs: null }],
    ['id: the response has no id', { responseId: null }],
    ['usage: lost', { usage: { ok: false, issues: ['usage: lost'] } }],
    [
      'input_tokens 9007199254740992 is more than an event can hold',
      { usage: { ok: true, usage: counts({ input_tokens: 2n ** 53n }) } },
    ],
  ])('is made where something is missing, and the error says it: %s', (message, changed) => {
    expect(() => toUsageEvent(reading(changed))).toThrow(message);
    expect(() => toUsageEvent(reading(changed))).toThrow(expect.objectContaining({ code: 'client/unusable-response' }));
  });

  it.each<[string, Partial<ResponseReading>]>([
    ['model: ', { model: 'm'.repeat(129) }],
    ['reported_cost_usd: ', { reportedCostUsd: '1000000000' }],
    [
      'usage.audio_seconds: ',
      { usage: { ok: true, usage: { counts: new Map(), audioSeconds: { digits: 10n ** 30n, scale: 0 } } } },
    ],
  ])('is made that the ledger would refuse: %s', (field, changed) => {
    expect(() => toUsageEvent(reading(changed))).toThrow(field);
  });

  it('is made with a label that the ledger would refuse, and the error does not quote it', () => {
    const make = () => toUsageEvent(reading(), { app: `secret ${'x'.repeat(200)}` });
    expect(make).toThrow('app: ');
    expect(make).not.toThrow('secret');
  });

  it('names everything that is missing at once', () => {
    const nothing = reading({ model: null, createdMs: null, responseId: null });
    expect(() => toUsageEvent(nothing)).toThrow(/model: .*; timeMs: .*; id: /);
  });
});
