import { describe, expect, it } from 'vitest';
import { QUOTA_BUCKETS, quotaBucket } from '../../../lib/contracts/measures.ts';

describe('the bucket of a used quota', () => {
  it('is its whole percent for every ratio of two decimals', () => {
    for (let percent = 0; percent < QUOTA_BUCKETS - 1; percent++) expect(quotaBucket(percent / 100)).toBe(percent);
  });

  it('is the percent below where the ratio falls short of the next', () => {
    expect(quotaBucket(0.289_999_999)).toBe(28);
    expect(quotaBucket(0.299_9)).toBe(29);
  });

  it('is the last one for everything from 128 % on', () => {
    expect([1.28, 5, 1e300].map(quotaBucket)).toEqual([128, 128, 128]);
  });
});
