import { describe, expect, it } from 'vitest';
import { canonicaliseEvent } from '../../../lib/domain/events/canonical-event.ts';
import { parseUsageEvent } from '../../../lib/domain/events/parse-usage-event.ts';
import { type EventJson, fullEvent, smallEvent } from '../../helpers/contract-events.ts';

function canonical(json: EventJson): string {
  const parsed = parseUsageEvent(json);
  if ('reason' in parsed) throw new Error(parsed.message);
  return canonicaliseEvent(parsed.event);
}

describe('canonicaliseEvent', () => {
  it('writes this text for the smallest event, in all versions to come', () => {
    // 2026-11-21T09:30:00Z is 1,795,253,400 s after 1970.
    expect(canonical(smallEvent())).toBe('id=6:call-1;model=11:gpt-4o-mini;timeMs=1795253400000;input_tokens=10;');
  });

  it('writes this text for an event with every field, in all versions to come', () => {
    expect(canonical(fullEvent())).toMatchInlineSnapshot(
      `"id=36:0199f3c2-6d2b-7abc-8def-0123456789ab;model=22:gpt-4o-mini-2024-07-18;app=11:support-bot;environment=4:prod;team=2:cx;feature=6:triage;user=4:u-42;session=3:s-9;provider=6:openai;operation=4:chat;service_tier=7:default;region=2:eu;billing_account=8:org-main;error=12:rate_limited;deployment=5:ptu-1;timeMs=1795253400123;latency_ms=840;ttft_ms=210;quality=0.95;quota_used_ratio=0.4;input_tokens=1200;cache_read_tokens=800;cache_write_tokens=10;cache_write_5m_tokens=20;cache_write_1h_tokens=30;output_tokens=350;reasoning_tokens=120;input_audio_tokens=100;cache_audio_read_tokens=40;output_audio_tokens=50;input_image_tokens=80;output_image_tokens=60;input_characters=5000;output_characters=1400;audio_seconds=12.5;images=2;web_searches=3;pages=4;training_tokens=9000;requests=1;part.system=300;part.tools=200;part.history=400;part.retrieved=50;part.memory=30;part.user=120;part.tool_results=100;tag=11:cost_center;=4:4711;tag=6:stream;=1:1;route.complexity=6:simple;route.confidence=0.9;route.fallback_of=6:gpt-4o;route.attempt=2;status=5:error;response_cache_hit;reported_cost_usd=10:0.00012345;"`,
    );
  });

  it('changes with every field but emitter and tenant', () => {
    const full = fullEvent();
    const changed: Record<string, unknown> = {
      ...{ id: 'x', time: '2026-11-21T09:30:00.124Z', tags: { cost_center: '4712', stream: '1' }, status: 'aborted' },
      ...{ response_cache_hit: false, quality: 0.9, quota_used_ratio: 0.5, latency_ms: 841, ttft_ms: 211 },
      ...{
        reported_cost_usd: '0.000123451',
        route: { attempt: 3 },
        input_parts: { user: 121 },
        usage: { requests: 1 },
      },
    };
    for (const field of Object.keys(full)) {
      const { [field]: _left, ...without } = full;
      const isContent = field !== 'emitter' && field !== 'tenant';
      const value = changed[field] ?? 'another text';
      // A prompt of other counts cannot keep its parts.
      const around = field === 'usage' ? { input_parts: null } : {};
      const other = { ...full, ...around, [field]: isContent ? value : null };
      expect([field, canonical(other) === canonical({ ...full, ...around })]).toEqual([field, !isContent]);
      const isRequired = ['id', 'time', 'model', 'usage'].includes(field);
      if (!isRequired) expect([field, canonical(without) === canonical(full)]).toEqual([field, !isContent]);
    }
  });

  it('changes with every unit, part, tag and field of a route', () => {
    const parsed = parseUsageEvent(fullEvent());
    if ('reason' in parsed) throw new Error(parsed.message);
    const { event } = parsed;
    let bent = 0;
    for (const field of ['usage', 'input_parts', 'route', 'tags'] as const) {
      for (const [name, value] of Object.entries(event[field] ?? {})) {
        const other = {
          ...event,
          [field]: { ...event[field], [name]: typeof value === 'number' ? value / 2 : 'other' },
        };
        expect([name, canonicaliseEvent(other) === canonicaliseEvent(event)]).toEqual([name, false]);
        bent++;
      }
    }
    // 20 units, 7 parts, 4 fields of a route, 2 tags.
    expect(bent).toBe(33);
  });

  it('does not tell an absent field from its default', () => {
    const plain = canonical(smallEvent({ usage: { input_tokens: 10 }, reported_cost_usd: '1.5' }));
    const spelled = smallEvent({
      ...{ status: 'ok', response_cache_hit: false, reported_cost_usd: '1.500', app: null, tags: {}, route: {} },
      ...{
        usage: { output_tokens: 0, input_tokens: 10, new_unit: 0 },
        input_parts: { user: 0 },
        tenant: 'acme',
        unknown: 1,
      },
      ...{ time: '2026-11-21T10:30:00.000+01:00', emitter: { id: 'pod-8', seq: 9 } },
    });
    expect(canonical(spelled)).toBe(plain);
  });

  it('tells a reported zero from nothing reported', () => {
    const plain = canonical(smallEvent());
    for (const field of [{ latency_ms: 0 }, { quality: 0 }, { reported_cost_usd: '0.00' }, { route: { attempt: 0 } }]) {
      expect(canonical(smallEvent(field))).not.toBe(plain);
    }
    expect(canonical(smallEvent({ reported_cost_usd: '0.00' }))).toBe(
      canonical(smallEvent({ reported_cost_usd: '0' })),
    );
    expect(canonical(smallEvent({ reported_cost_usd: '10' }))).not.toBe(
      canonical(smallEvent({ reported_cost_usd: '1' })),
    );
  });

  it('lets no text imitate a field', () => {
    expect(canonical(smallEvent({ app: 'a;team=1:b' }))).not.toBe(canonical(smallEvent({ app: 'a', team: 'b' })));
    expect(canonical(smallEvent({ tags: { a: 'b', c: 'd' } }))).not.toBe(
      canonical(smallEvent({ tags: { a: 'b;tag=1:c;=1:d' } })),
    );
  });
});
