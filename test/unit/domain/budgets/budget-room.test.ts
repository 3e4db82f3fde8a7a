import { describe, expect, it } from 'vitest';
import { compareUse, findUsedPercent, hasRoom } from '../../../../lib/domain/budgets/budget-room.ts';

describe('the room of a budget', () => {
  it.each([
    ['is left one unit below the amount', 99n, 100, 0n, true],
    ['is gone exactly at the amount', 100n, 100, 0n, false],
    ['is enough for a call that ends exactly at the amount', 90n, 100, 10n, true],
    ['is not enough for a call that ends above it', 90n, 100, 11n, false],
    // 79 < 80 % of 100, and 79 + 1 = 80 is not above it.
    ['ends at another percent where one is given', 79n, 80, 1n, true],
    ['is gone at that percent', 80n, 80, 0n, false],
    // A credit took the spend below zero: -5 + 105 = 100.
    ['grows by what was given back', -5n, 100, 105n, true],
  ])('%s', (_, spent, limitPercent, estimate, isLeft) => {
    expect(hasRoom({ spent, amount: 100n }, limitPercent, estimate)).toBe(isLeft);
  });

  it('is 100 % used only when all of it is', () => {
    expect(findUsedPercent({ spent: 999_999n, amount: 1_000_000n })).toBe(99.99);
    expect(findUsedPercent({ spent: 1_000_000n, amount: 1_000_000n })).toBe(100);
    expect(findUsedPercent({ spent: 1n, amount: 3n })).toBe(33.33);
  });

  it('is ordered by the part that is used, not by what was spent', () => {
    // 9 of 10 is more than 50 of 100.
    const [large, small] = [
      { spent: 50n, amount: 100n },
      { spent: 9n, amount: 10n },
    ];
    expect([large, small].sort(compareUse)).toEqual([small, large]);
    expect(compareUse(large, { spent: 5n, amount: 10n })).toBe(0);
  });
});
