import { describe, expect, it } from 'vitest';
import { inputSizeTokens, readEventUsage } from '../../../lib/domain/events/usage-shapes.ts';

describe('the usage of an event', () => {
  it('splits totals into parts that do not overlap', () => {
    const reading = readEventUsage({
      input_tokens: 1000,
      cache_read_tokens: 300,
      cache_audio_read_tokens: 50,
      cache_write_tokens: 10,
      cache_write_5m_tokens: 20,
      cache_write_1h_tokens: 30,
      input_audio_tokens: 100,
      input_image_tokens: 40,
      output_tokens: 500,
      reasoning_tokens: 200,
      output_audio_tokens: 100,
      audio_seconds: 1.5,
      requests: 1,
    });
    expect(reading.ok && Object.fromEntries(reading.usage.counts)).toEqual({
      input_tokens: 500n, // 1000 - 300 - 10 - 20 - 30 - 100 - 40
      cache_read_tokens: 250n, // 300 - 50
      cache_audio_read_tokens: 50n,
      cache_write_tokens: 10n,
      cache_write_5m_tokens: 20n,
      cache_write_1h_tokens: 30n,
      input_audio_tokens: 100n,
      input_image_tokens: 40n,
      output_tokens: 200n, // 500 - 200 - 100
      reasoning_tokens: 200n,
      output_audio_tokens: 100n,
      requests: 1n,
    });
    expect(reading.ok && reading.usage.audioSeconds).toEqual({ digits: 15n, scale: 1 });
    expect(reading.ok && inputSizeTokens(reading.usage)).toBe(1000n);
  });

  it.each([
    [{ input_tokens: 10, cache_read_tokens: 11 }, 'input_tokens 10'],
    [{ cache_read_tokens: 1 }, 'input_tokens 0'],
    [{ input_tokens: 10, cache_read_tokens: 5, cache_audio_read_tokens: 6 }, 'cache_read_tokens 5'],
    [{ output_tokens: 1, reasoning_tokens: 2 }, 'output_tokens 1'],
    [{ input_tokens: -1 }, 'input_tokens -1'],
    [{ input_tokens: 1.5 }, 'input_tokens 1.5'],
    [{ input_tokens: 2 ** 53 }, 'input_tokens 9007199254740992'],
    [{ audio_seconds: -1 }, 'audio_seconds -1'],
  ])('%j is impossible and says why', (usage, issue) => {
    const reading = readEventUsage(usage);
    expect(!reading.ok && reading.issues.join()).toContain(issue);
  });
});
