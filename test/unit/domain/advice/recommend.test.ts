import { describe, expect, it } from 'vitest';
import { bundledReference } from '../../../../lib/catalog/reference.ts';
import { listFleets } from '../../../../lib/domain/advice/own-fleets.ts';
import { completeProfile } from '../../../../lib/domain/advice/parse-profile.ts';
import type { AdviceProfile } from '../../../../lib/domain/advice/profile-fields.ts';
import { rankModels } from '../../../../lib/domain/advice/rank-models.ts';
import { recommend } from '../../../../lib/domain/advice/recommend.ts';
import { marketOfRelease } from '../../../helpers/advice-market.ts';

const market = marketOfRelease();
const CALL = { input_tokens_per_request: 500, output_tokens_per_request: 300 };
const ask = (given: Partial<AdviceProfile>) => recommend(completeProfile(given), market, bundledReference());

describe('a recommendation', () => {
  it('has the advised way first, however cheap the others are', () => {
    const { options } = ask({ ...CALL, requests_per_month: 10, privacy_required: true });
    // 10 calls of 180 millionths are 0.0018 USD by the call.
    expect(options.map(({ approach }) => approach).slice(0, 2)).toEqual(['self_hosted', 'managed_open']);
    expect(options[1]?.monthly_usd).toBeCloseTo(0.0018, 9);
  });

  it('says on which side of an input the answer turns', () => {
    const { decided_by: decidedBy } = ask({
      ...CALL,
      requests_per_month: 1_000_000,
      quality_need: 'best',
      simple_share_ratio: 0.8,
    });
    const textOf = (name: string) => decidedBy.find(({ input }) => input === name)?.text;
    expect(textOf('simple_share_ratio')).toBe('simple_share_ratio is 0.8; down to 0.2104: api_premium');
    // 0.8 x 0.003445 of 0.003625 are saved.
    expect(textOf('min_savings_ratio')).toBe('min_savings_ratio is 0.2 (assumed); from 0.7603: api_premium');
  });

  it('warns that weights of 4 bits are not the model that was scored', () => {
    const { answer, warnings } = ask({ ...CALL, requests_per_month: 10, privacy_required: true });
    expect(answer.what).toContain('/fp4/');
    expect(warnings.map(({ code }) => code)).toContain('low_precision');
  });

  it('does not join calls that were recorded with users that are typed in', () => {
    const typed = { users: 5, queries_per_user_per_day: 2 };
    const { profile, origins } = completeProfile(typed, { requests_per_month: 9, peak_factor: 3 });
    expect([profile.requests_per_month, origins.requests_per_month]).toEqual([null, 'unknown']);
    expect([profile.peak_factor, origins.peak_factor]).toEqual([3, 'recorded']);
  });
});

describe('own machines of an advice', () => {
  it('are without a commitment', () => {
    const purchases = new Set(market.own.map(({ hosting }) => hosting.purchase));
    expect(market.own.length).toBeGreaterThan(0);
    expect([...purchases]).not.toContain('reserved');
  });

  it('hold input and output of a call together', () => {
    const windowOf = (outputTokens: number) => {
      const { profile } = completeProfile({
        input_tokens_per_request: 32_000,
        output_tokens_per_request: outputTokens,
      });
      return new Set(listFleets(profile, market, 0.9).map(({ offer }) => offer?.hosting.target.model.contextTokens));
    };
    expect([...windowOf(768)]).toContain(32_768);
    expect([...windowOf(769)]).not.toContain(32_768);
  });
});

describe('a ranking of models', () => {
  it('takes the first of two rows of a model, which is that of the tenant', () => {
    const { quality, models } = bundledReference();
    const [row] = quality.filter(({ scale, model }) => scale === 'LiveCodeBench %' && model === 'GLM-4.5');
    if (row === undefined) throw new Error('no row of GLM-4.5');
    const { models: ranked } = rankModels({ models, quality: [{ ...row, score: 99 }, ...quality] }, row.scale, true);
    expect(ranked[0]).toMatchObject({ rank: 1, model: 'GLM-4.5', score: 99 });
    expect(ranked.filter(({ model }) => model === 'GLM-4.5')).toHaveLength(1);
  });
});
