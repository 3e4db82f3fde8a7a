import { describe, expect, it } from 'vitest';
import { decide } from '../../../../lib/domain/advice/decide.ts';
import { completeProfile } from '../../../../lib/domain/advice/parse-profile.ts';
import { probeInputs, toAnswer } from '../../../../lib/domain/advice/probe-inputs.ts';
import type { AdviceProfile } from '../../../../lib/domain/advice/profile-fields.ts';
import { marketOfRelease } from '../../../helpers/advice-market.ts';

function probe(given: Partial<AdviceProfile>) {
  const { profile, origins } = completeProfile(given);
  const market = marketOfRelease(profile.api_model);
  const decision = decide(profile, market);
  const ask = (values: Partial<AdviceProfile>) => toAnswer(decide({ ...profile, ...values }, market)).approach;
  return { ...probeInputs(profile, origins, market, decision), answer: decision.approach, ask };
}

describe('what an answer depends on', () => {
  it('is found where an answer turns and turns back within a step', () => {
    // From 128,000 - 113 tokens on gpt-4o-mini does not hold such a call, gpt-oss-120B does up to 131,072 - 113, GPT-5 beyond.
    const { decidedBy, answer, ask } = probe({
      requests_per_month: 2_037_432_720,
      input_tokens_per_request: 113,
      output_tokens_per_request: 68_583,
      privacy_required: false,
      api_model: 'gpt-4o-mini',
    });
    const outputs = decidedBy.find(({ input }) => input === 'output_tokens_per_request');
    const above = outputs?.otherSides.find(({ value }) => Number(value) > 68_583);
    expect([answer, above?.leadsTo.approach]).toEqual(['api_budget', 'managed_open']);
    expect(ask({ output_tokens_per_request: Number(above?.value) })).toBe('managed_open');
    expect(ask({ output_tokens_per_request: Number(above?.value) - 0.001 })).toBe('api_budget');
  });

  it('asks for an unknown number when all its values lead to one answer, but to another than not knowing it', () => {
    const { unknown, answer } = probe({
      requests_per_month: 5_000_000,
      input_tokens_per_request: 163,
      quality_need: 'best',
      simple_share_ratio: 1,
      api_model: 'gpt-4.1-mini',
    });
    // Without lengths nobody can say what routing saves; at any length it saves most of GPT-5.
    const outputs = unknown.find(({ input }) => input === 'output_tokens_per_request');
    expect(answer).toBe('api_premium');
    expect(outputs?.togetherWith).toEqual([]);
    expect(outputs?.answers).toEqual([{ value: 0, leadsTo: { approach: 'hybrid', isFineTuned: false } }]);
  });

  it('tells of an unknown number also what only its last values lead to', () => {
    const { unknown } = probe({ latency_critical: true, local_ttft_ms: 990_000 });
    const api = unknown.find(({ input }) => input === 'api_ttft_ms');
    expect(api?.togetherWith).toEqual([]);
    expect(api?.answers.map(({ leadsTo }) => leadsTo.approach)).toEqual(['managed_open', 'self_hosted']);
    expect(Number(api?.answers[1]?.value)).toBeCloseTo(990_000, 6);
  });
});
