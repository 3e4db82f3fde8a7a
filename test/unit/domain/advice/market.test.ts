import { describe, expect, it } from 'vitest';
import { bundledReference } from '../../../../lib/catalog/reference.ts';
import { decide } from '../../../../lib/domain/advice/decide.ts';
import { completeProfile } from '../../../../lib/domain/advice/parse-profile.ts';
import { PER_CALL_MODELS } from '../../../../lib/domain/advice/per-call-models.ts';
import { recommend } from '../../../../lib/domain/advice/recommend.ts';
import { marketOfRelease } from '../../../helpers/advice-market.ts';

const CALLS = { requests_per_month: 100_000, input_tokens_per_request: 500, output_tokens_per_request: 200 };

describe('what can be had', () => {
  it('has a price of every model that is listed', () => {
    expect(marketOfRelease().perCall.map(({ model }) => model)).toEqual(PER_CALL_MODELS.map(({ model }) => model));
  });

  it('knows the window of every model that is listed, so that none is advised for calls that it cannot hold', () => {
    expect(marketOfRelease().perCall.filter(({ contextTokens }) => contextTokens === null)).toEqual([]);
    // 200,000 tokens: of those that are good enough only GPT-5, Gemini 2.5 Pro and Grok 4 hold them; Llama 3.3 does not.
    const long = {
      input_tokens_per_request: 200_000,
      output_tokens_per_request: 100,
      quality_need: 'good_enough',
    } as const;
    const { perCall } = decide(completeProfile(long).profile, marketOfRelease());
    expect(perCall?.offer.model).toBe('GPT-5');
  });

  it('never holds an embedding model for chat, though it has a price of output and is asked for by name', () => {
    const market = marketOfRelease('mistral/mistral-embed');
    expect(market.perCall.filter(({ isNamed }) => isNamed)).toEqual([]);
    const asked = completeProfile({ ...CALLS, api_model: 'mistral/mistral-embed', quality_need: 'good_enough' });
    const { answer, options, warnings } = recommend(asked, market, bundledReference());
    expect(answer.what).not.toContain('embed');
    expect(options.some(({ what }) => what?.includes('embed'))).toBe(false);
    expect(warnings).toContainEqual({
      code: 'not_chat',
      text: 'mistral/mistral-embed does not chat: the catalog has it for embedding, so it is left out.',
    });
    expect(warnings.map(({ code }) => code)).not.toContain('unpriced_model');
  });

  it('says that nobody scored what runs on a machine that was typed in', () => {
    const machine = { self_host_monthly_usd: 1, self_host_requests_per_month: 1e6, min_replicas: 1 };
    const codesOf = (given: Parameters<typeof completeProfile>[0]) =>
      recommend(completeProfile(given), marketOfRelease(), bundledReference()).warnings.map(({ code }) => code);
    expect(codesOf({ ...CALLS, ...machine, privacy_required: true, quality_need: 'best' })).toContain(
      'unscored_machine',
    );
    expect(codesOf({ ...CALLS, privacy_required: true })).not.toContain('unscored_machine');
  });

  it('takes a named model of chat, and tells of one whose price nobody knows', () => {
    expect(marketOfRelease('gpt-4o-mini').perCall[0]).toMatchObject({ model: 'gpt-4o-mini', isNamed: true });
    const unknown = completeProfile({ ...CALLS, api_model: 'no-such-model' });
    const { warnings } = recommend(unknown, marketOfRelease('no-such-model'), bundledReference());
    expect(warnings.map(({ code }) => code)).toContain('unpriced_model');
  });
});
