import { describe, expect, it } from 'vitest';
import { USAGE_UNITS } from '../../../lib/contracts/usage-units.ts';
import { smallEvent } from '../../helpers/contract-events.ts';
import { accepted, faultOf, withValue } from '../../helpers/parsing.ts';

const MAX_COUNT = 9_007_199_254_740_991;

describe('parseUsageEvent on numbers', () => {
  it.each(USAGE_UNITS)('takes usage.%s from 0 to 2^53-1', (unit) => {
    const path = `usage.${unit}`;
    for (const count of [0, 1, MAX_COUNT]) expect(faultOf(withValue(path, count))).toEqual(['accepted', null]);
    for (const count of [-1, -0, MAX_COUNT + 1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(faultOf(withValue(path, count))).toEqual(['impossible_usage', path]);
    }
    for (const count of ['1200', true, [], {}]) expect(faultOf(withValue(path, count))).toEqual(['wrong_type', path]);
    expect(faultOf(withValue(path, 0.5))[0]).toBe(unit === 'audio_seconds' ? 'accepted' : 'impossible_usage');
  });

  it('holds unknown units to the rules of counts', () => {
    expect(accepted(withValue('usage.new_tokens', MAX_COUNT)).event.usage['new_tokens']).toBe(MAX_COUNT);
    expect(faultOf(withValue('usage.new_tokens', 1.5))).toEqual(['impossible_usage', 'usage.new_tokens']);
    expect(faultOf(withValue('usage.new_tokens', '5'))).toEqual(['wrong_type', 'usage.new_tokens']);
    expect(faultOf(withValue('usage.new_tokens', {}))).toEqual(['wrong_type', 'usage.new_tokens']);
  });

  it('wants one unit at least, zero being one', () => {
    expect(faultOf(smallEvent({ usage: {} }))).toEqual(['missing_field', 'usage']);
    expect(faultOf(smallEvent({ usage: { input_tokens: null, x: null } }))).toEqual(['missing_field', 'usage']);
    expect(accepted(smallEvent({ usage: { input_tokens: 0 } })).event.usage).toEqual({ input_tokens: 0 });
    expect(faultOf(smallEvent({ usage: [] }))).toEqual(['wrong_type', 'usage']);
  });

  it.each([
    ['latency_ms', MAX_COUNT, 'fraction'],
    ['ttft_ms', MAX_COUNT, 'fraction'],
    ['quota_used_ratio', MAX_COUNT, 'fraction'],
    ['quality', 1, 'fraction'],
    ['route.confidence', 1, 'fraction'],
    ['route.attempt', MAX_COUNT, 'whole'],
    ['emitter.seq', MAX_COUNT, 'whole'],
  ])('takes %s from 0 to %d (%s)', (path, maximum, kind) => {
    for (const value of [0, 1, maximum]) expect(faultOf(withValue(path, value))[0]).toBe('accepted');
    expect(faultOf(withValue(path, 0.25))[0]).toBe(kind === 'whole' ? 'out_of_range' : 'accepted');
    for (const value of [-1, -0, maximum * 1.000001, Number.NaN]) {
      expect(faultOf(withValue(path, value))).toEqual(['out_of_range', path]);
    }
    expect(faultOf(withValue(path, '1'))).toEqual(['wrong_type', path]);
  });

  it('takes input parts as whole counts within the prompt', () => {
    // 6 + 4 = 10 of 10 tokens; 6 + 5 = 11 is one too many.
    expect(faultOf(smallEvent({ input_parts: { system: 6, user: 4 } }))[0]).toBe('accepted');
    expect(faultOf(smallEvent({ input_parts: { system: 6, user: 5 } }))).toEqual(['impossible_usage', 'input_parts']);
    expect(faultOf(smallEvent({ input_parts: { user: 0.5 } }))).toEqual(['impossible_usage', 'input_parts.user']);
    expect(faultOf(smallEvent({ input_parts: { user: '1' } }))).toEqual(['wrong_type', 'input_parts.user']);
    expect(faultOf(smallEvent({ input_parts: 5 }))).toEqual(['wrong_type', 'input_parts']);
  });
});

describe('parseUsageEvent on counts that contradict each other', () => {
  const impossible: readonly (readonly [string, Record<string, number>, string])[] = [
    ['cache reads above the prompt', { input_tokens: 9, cache_read_tokens: 10 }, 'usage.cache_read_tokens'],
    ['a cache read without a prompt', { cache_read_tokens: 1 }, 'usage.cache_read_tokens'],
    [
      'cached audio above the cache',
      { input_tokens: 9, cache_read_tokens: 1, cache_audio_read_tokens: 2 },
      'usage.cache_audio_read_tokens',
    ],
    ['audio above the prompt', { input_tokens: 9, input_audio_tokens: 10 }, 'usage.input_tokens'],
    ['images above the prompt', { input_tokens: 9, input_image_tokens: 10 }, 'usage.input_tokens'],
    [
      'cache reads and the three writes above the prompt',
      {
        input_tokens: 9,
        cache_read_tokens: 4,
        cache_write_tokens: 2,
        cache_write_5m_tokens: 2,
        cache_write_1h_tokens: 2,
      },
      'usage.input_tokens',
    ],
    [
      'audio beside a cache that leaves no room for it',
      { input_tokens: 9, cache_read_tokens: 5, input_audio_tokens: 5 },
      'usage.input_tokens',
    ],
    ['reasoning above the answer', { output_tokens: 9, reasoning_tokens: 10 }, 'usage.output_tokens'],
    [
      'reasoning, audio and images above the answer',
      { output_tokens: 9, reasoning_tokens: 4, output_audio_tokens: 3, output_image_tokens: 3 },
      'usage.output_tokens',
    ],
  ];
  it.each(impossible)('refuses %s', (_name, usage, field) => {
    expect(faultOf(smallEvent({ usage }))).toEqual(['impossible_usage', field]);
  });

  it('takes parts that fill the prompt and the answer exactly', () => {
    // 4 + 1 + 1 + 1 + 1 + 2 = 10, the cached audio being part of the 4; 5 + 3 + 2 = 10.
    const input = {
      input_tokens: 10,
      cache_read_tokens: 4,
      cache_write_tokens: 1,
      cache_write_5m_tokens: 1,
      cache_write_1h_tokens: 1,
      input_audio_tokens: 1,
      cache_audio_read_tokens: 2,
      input_image_tokens: 2,
    };
    const output = { output_tokens: 10, reasoning_tokens: 5, output_audio_tokens: 3, output_image_tokens: 2 };
    expect(accepted(smallEvent({ usage: { ...input, ...output } })).event.usage).toEqual({ ...input, ...output });
  });
});
