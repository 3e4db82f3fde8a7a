import { describe, expect, it } from 'vitest';
import { usdOf } from '../../helpers/catalog-prices.ts';

// Prices per million tokens of input are the amounts of these calls.
const MILLION = { input_tokens: 1_000_000 };

describe('DeepSeek by dates, hours and weekdays', () => {
  it.each([
    ['deepseek-chat', '2024-12-25T23:59:59Z', 'unpriced'],
    ['deepseek-chat', '2024-12-26T00:00:00Z', '0.14'],
    ['deepseek-chat', '2025-02-08T15:59:59Z', '0.14'],
    ['deepseek-chat', '2025-02-08T16:00:00Z', '0.27'],
    // The nights before the first one that was discounted.
    ['deepseek-chat', '2025-02-25T20:00:00Z', '0.27'],
    ['deepseek-chat', '2025-02-26T16:29:59Z', '0.27'],
    ['deepseek-chat', '2025-02-26T16:30:00Z', '0.135'],
    ['deepseek-chat', '2025-02-27T00:29:59Z', '0.135'],
    ['deepseek-chat', '2025-02-27T00:30:00Z', '0.27'],
    ['deepseek-reasoner', '2025-06-01T16:29:59Z', '0.55'],
    ['deepseek-reasoner', '2025-06-01T16:30:00Z', '0.135'],
    // At weekends too: a Saturday and the Sunday after it.
    ['deepseek-chat', '2025-03-01T23:59:59Z', '0.135'],
    ['deepseek-chat', '2025-03-02T00:29:59Z', '0.135'],
    // The last night was that of the 4th; the 5th ended before the next.
    ['deepseek-chat', '2025-09-05T00:29:59Z', '0.135'],
    ['deepseek-chat', '2025-09-05T15:59:59Z', '0.27'],
    ['deepseek-chat', '2025-09-05T16:00:00Z', '0.56'],
    ['deepseek-chat', '2025-09-05T20:00:00Z', '0.56'],
    ['deepseek-chat', '2025-09-30T00:00:00Z', '0.28'],
    ['deepseek-chat', '2026-04-23T23:59:59Z', '0.28'],
    ['deepseek-chat', '2026-04-25T00:00:00Z', '0.14'],
    ['deepseek-chat', '2026-07-24T15:58:59Z', '0.14'],
    ['deepseek-chat', '2026-07-24T15:59:00Z', 'unpriced'],
  ])('%s at %s', (model, on, expected) => {
    expect(usdOf('deepseek', model, MILLION, { on })).toBe(expected);
  });

  it.each([
    // Before there were peaks, the hours of later ones cost the same as all others.
    ['2026-08-14T02:00:00Z', '0.14'],
    ['2026-08-16T15:59:59Z', '0.14'],
    ['2026-08-16T16:00:00Z', '0.22'],
    // Both windows of a Monday, their last seconds before and first seconds of.
    ['2026-08-17T00:59:59Z', '0.22'],
    ['2026-08-17T01:00:00Z', '0.44'],
    ['2026-08-17T03:59:59Z', '0.44'],
    ['2026-08-17T04:00:00Z', '0.22'],
    ['2026-08-17T05:59:59Z', '0.22'],
    ['2026-08-17T06:00:00Z', '0.44'],
    ['2026-08-17T09:59:59Z', '0.44'],
    ['2026-08-17T10:00:00Z', '0.22'],
    // The first Saturday still had a peak, the Sunday after it no longer.
    ['2026-08-22T02:00:00Z', '0.44'],
    ['2026-08-23T02:00:00Z', '0.22'],
    ['2026-08-28T09:59:59Z', '0.44'], // a Friday
    ['2026-08-29T09:59:59Z', '0.22'], // a Saturday
    ['2026-08-31T02:00:00Z', '0.44'], // a Monday
    // V4.1 answers under the name at its own price, in the middle of a working day.
    ['2026-09-10T03:59:59Z', '0.44'],
    ['2026-09-10T04:00:00Z', '0.15'],
    ['2026-09-10T06:00:00Z', '0.3'],
    ['2026-09-12T06:00:00Z', '0.15'], // a Saturday
  ])('deepseek-v4-flash at %s', (on, expected) => {
    expect(usdOf('deepseek', 'deepseek-v4-flash', MILLION, { on })).toBe(expected);
  });

  it('cut cached tokens of V4 on the minute', () => {
    const cached = (on: string) => usdOf('deepseek', 'deepseek-v4-flash', { cache_read_tokens: 1_000_000 }, { on });
    expect(cached('2026-04-26T12:14:59Z')).toBe('0.028');
    expect(cached('2026-04-26T12:15:00Z')).toBe('0.0028');
  });
});
