import { describe, expect, it } from 'vitest';
import { describeWithSharedData } from '../../helpers/shared-data.ts';
import {
  listReplayOverrides,
  readCallLines,
  replayStraight,
  shuffledWithDuplicates,
} from '../../helpers/straight-line-replay.ts';

const header = 'ts,call_id,app,session,model,input_tokens,cached_input_tokens,output_tokens,stream';

describe('the straight-line replay', () => {
  it('prices cached input apart from the rest of the prompt and keeps months and models apart', () => {
    const lines = [
      '2026-01-31T23:59:59.999Z,a,app,,gpt-4o-mini,1000,200,50,1',
      '2026-02-01T00:00:00.000Z,b,app,,gpt-4o-mini,10,0,1,1',
      '2026-01-16T04:00:00.000Z,c,app,,claude-opus-4-6,3,1,0,0',
      '2026-01-17T04:00:00.000Z,d,app,,gpt-4o-mini,1,1,1,0',
    ];
    expect(replayStraight({ header, lines })).toEqual([
      // 2 x $5/M + 1 x $0.50/M = $0.0000105
      {
        month: '2026-01',
        model: 'claude-opus-4-6',
        calls: 1n,
        inputTokens: 3n,
        cachedInputTokens: 1n,
        outputTokens: 0n,
        costPicoUsd: 10_500_000n,
      },
      // 800 x $0.15/M + 201 x $0.075/M + 51 x $0.60/M = $0.00012 + $0.000015075 + $0.0000306
      {
        month: '2026-01',
        model: 'gpt-4o-mini',
        calls: 2n,
        inputTokens: 1001n,
        cachedInputTokens: 201n,
        outputTokens: 51n,
        costPicoUsd: 165_675_000n,
      },
      // 10 x $0.15/M + 1 x $0.60/M = $0.0000021
      {
        month: '2026-02',
        model: 'gpt-4o-mini',
        calls: 1n,
        inputTokens: 10n,
        cachedInputTokens: 0n,
        outputTokens: 1n,
        costPicoUsd: 2_100_000n,
      },
    ]);
  });

  it('refuses a model that its list does not price', () => {
    const lines = ['2026-01-16T04:00:00.000Z,c,app,,gpt-9,3,1,0,0'];
    expect(() => replayStraight({ header, lines })).toThrow('no price for gpt-9');
  });

  it('writes its price list as an override file', () => {
    expect(listReplayOverrides().overrides[0]).toEqual({
      model: 'gpt-4o-mini',
      provider: '*',
      rates: { input_tokens: '0.150000', cache_read_tokens: '0.075000', output_tokens: '0.600000' },
      per: 1_000_000,
      replace: true,
    });
  });
});

describe('shuffling with duplicates', () => {
  const items = Array.from({ length: 100 }, (_, index) => index);

  it('keeps every item and repeats the share asked for, each at most once more', () => {
    const shuffled = shuffledWithDuplicates(items, 7, 0.3);
    expect(shuffled).toHaveLength(130);
    expect(new Set(shuffled).size).toBe(100);
    for (const item of items) expect(shuffled.filter((other) => other === item).length).toBeLessThanOrEqual(2);
  });

  it('depends on its seed and on nothing else', () => {
    expect(shuffledWithDuplicates(items, 7, 0.3)).toEqual(shuffledWithDuplicates(items, 7, 0.3));
    expect(shuffledWithDuplicates(items, 7, 0)).not.toEqual(shuffledWithDuplicates(items, 8, 0));
  });
});

describeWithSharedData('calls.csv.gz', 'the recorded calls', (path) => {
  it('are 117,752 calls of 8 models, whose totals do not depend on their order', () => {
    const calls = readCallLines(path);
    const totals = replayStraight(calls);
    expect(totals.reduce((sum, total) => sum + total.calls, 0n)).toBe(117_752n);
    expect(new Set(totals.map((total) => total.model)).size).toBe(8);
    expect(replayStraight({ ...calls, lines: shuffledWithDuplicates(calls.lines, 1, 0) })).toEqual(totals);
  });
});
