import { describe, expect, it } from 'vitest';
import { decide } from '../../../../lib/domain/advice/decide.ts';
import { completeProfile, parseProfile } from '../../../../lib/domain/advice/parse-profile.ts';
import type { AdviceProfile } from '../../../../lib/domain/advice/profile-fields.ts';
import { marketOfRelease } from '../../../helpers/advice-market.ts';

const market = marketOfRelease();
const CALL = { input_tokens_per_request: 500, output_tokens_per_request: 300 };
const READY = { team_expertise: 'strong', timeline_months: 36 } as const;
const ask = (given: Partial<AdviceProfile>, on = market) => decide(completeProfile(given).profile, on);

/** A machine for 1,000 USD that serves 1M calls, one of which runs at least. */
const MACHINE = {
  ...{ self_host_monthly_usd: 1_000, self_host_requests_per_month: 1_000_000, min_replicas: 1 },
} as const;

describe('a decision', () => {
  it('takes the cheapest model by the call that is good enough', () => {
    const { perCall, approach } = ask({ ...CALL, requests_per_month: 1_000_000, quality_need: 'very_good' });
    // 500 x 0.09 + 300 x 0.45 = 180 millionths; gpt-oss-120B: 500 x 0.15 + 300 x 0.6 = 255
    expect([approach, perCall?.offer.model]).toEqual(['managed_open', 'Qwen3-30B']);
    expect(perCall?.unitUsd).toBeCloseTo(0.00018, 12);
  });

  it('charges the cached part of the input at its own price', () => {
    const { perCall } = ask({ ...CALL, quality_need: 'best', cached_input_ratio: 0.8 });
    // GPT-5: 100 x 1.25 + 400 x 0.125 + 300 x 10 = 3,175 millionths
    expect(perCall?.unitUsd).toBeCloseTo(0.003175, 12);
  });

  it('charges long prompts at the price of their size class', () => {
    const { perCall } = ask({
      input_tokens_per_request: 500_000,
      output_tokens_per_request: 1_000,
      quality_need: 'best',
    });
    // Of the best only Gemini 2.5 Pro holds so much, at 2.5 and 15 above 200,000 tokens: 1.25 + 0.015
    expect([perCall?.offer.model, perCall?.unitUsd]).toEqual(['Gemini-2.5-Pro', expect.closeTo(1.265, 9)]);
  });

  it('moves to own machines at the volume from which they save both margins for good', () => {
    // GPT-5: 3,625 USD per 1M calls. n machines: 1,000 n. 20 % saved from 1,000 / (0.8 x 0.003625) = 344,828 calls on;
    // 500 USD from 1,500 / 0.003625 = 413,793 on. With the second machine, above 1M calls, both hold still: 2,500 / 0.003625
    // = 689,655.
    const profile = { ...CALL, ...READY, ...MACHINE, quality_need: 'best' } as const;
    const { paysFromRequests } = ask(profile);
    expect(paysFromRequests).toBeCloseTo(413_793.1, 1);
    expect(ask({ ...profile, requests_per_month: 413_794 }).approach).toBe('self_hosted');
    expect(ask({ ...profile, requests_per_month: 413_793 }).approach).toBe('api_premium');
  });

  it('does not count on a volume that pays only until the next machine is needed', () => {
    // 3,625 USD per 1M calls against 4,000 a machine that serves them: a full machine loses, so no volume pays for good.
    const profile = { ...CALL, ...READY, ...MACHINE, self_host_monthly_usd: 4_000, quality_need: 'best' } as const;
    expect(ask({ ...profile, requests_per_month: 1e9 })).toMatchObject({
      paysFromRequests: null,
      approach: 'api_premium',
    });
  });

  it.each([
    ['stage', { stage: 'development' }],
    ['expertise', { team_expertise: 'none' }],
    ['timeline', { timeline_months: 5 }],
    ['budget', { budget_usd_per_month: 999 }],
    ['upfront', { one_time_usd: 10, upfront_budget_usd: 9 }],
  ] as const)('stays with the API when the gate %s fails', (name, change) => {
    const profile = { ...CALL, ...READY, ...MACHINE, quality_need: 'best', requests_per_month: 900_000 } as const;
    expect(ask(profile).approach).toBe('self_hosted');
    const { approach, gates } = ask({ ...profile, ...change });
    expect(approach).toBe('api_premium');
    expect(gates.filter(({ outcome }) => outcome === 'fail').map((gate) => gate.name)).toEqual([name]);
  });

  it('asks for a plan that outlasts the payback by three months', () => {
    // Saves 900,000 x 0.003625 - 1,000 = 2,262.50 a month, so 22,625 are back after 10 months.
    const profile = { ...CALL, ...READY, ...MACHINE, quality_need: 'best', one_time_usd: 22_625 } as const;
    const at = (months: number) => ask({ ...profile, requests_per_month: 900_000, timeline_months: months });
    expect(at(13)).toMatchObject({ paybackMonths: 10, approach: 'self_hosted' });
    expect(at(12.9).approach).toBe('api_premium');
  });

  it('does not take unknown expertise or an unknown plan for a passed gate', () => {
    const profile = { ...CALL, ...MACHINE, quality_need: 'best', requests_per_month: 900_000 } as const;
    expect(ask(profile).approach).toBe('api_premium');
    expect(ask({ ...profile, team_expertise: 'some' }).approach).toBe('api_premium');
  });

  it('keeps data that must stay on own machines, whatever it costs and also below the quality asked for', () => {
    const { approach, fleet } = ask({ ...CALL, privacy_required: true, quality_need: 'best', requests_per_month: 10 });
    expect([approach, fleet?.offer?.hosting.target.model.id]).toEqual(['self_hosted', 'Qwen3-30B-A3B']);
  });

  it('answers nothing where no machine holds what must stay', () => {
    const calls = { input_tokens_per_request: 400_000, output_tokens_per_request: 100 };
    expect(ask({ ...calls, privacy_required: true }).approach).toBe('none');
  });

  it('lets a measured first token decide only where it is critical, and ties go to the API', () => {
    const times = { ...CALL, ...MACHINE, local_ttft_ms: 100, api_ttft_ms: 101 };
    expect(ask(times).approach).toBe('managed_open');
    expect(ask({ ...times, latency_critical: true }).approach).toBe('self_hosted');
    expect(ask({ ...times, api_ttft_ms: 100, latency_critical: true }).approach).toBe('managed_open');
  });

  it('routes simple calls elsewhere from the share and volume that save enough', () => {
    // Against GPT-5 a simple call saves 0.003625 - 0.00018 = 0.003445: 20 % of the bill from a share of 0.21045 on.
    const profile = { ...CALL, quality_need: 'best', requests_per_month: 1_000_000 } as const;
    expect(ask({ ...profile, simple_share_ratio: 0.2105 }).approach).toBe('hybrid');
    expect(ask({ ...profile, simple_share_ratio: 0.2104 }).approach).toBe('api_premium');
    // 0.5 x 0.003445 x 290,276 = 500.00 USD a month
    expect(ask({ ...profile, simple_share_ratio: 0.5, requests_per_month: 290_276 }).approach).toBe('hybrid');
    expect(ask({ ...profile, simple_share_ratio: 0.5, requests_per_month: 290_275 }).approach).toBe('api_premium');
  });

  it('takes a named model without a score for good enough, but never for the best', () => {
    const named = marketOfRelease('gpt-4o-mini');
    const calls = { input_tokens_per_request: 100_000, output_tokens_per_request: 10, api_model: 'gpt-4o-mini' };
    const open = ask({ ...calls, quality_need: 'very_good' }, named);
    // 100,000 x 0.13 against 0.15: GLM-4.5-Air, whose window holds it, is cheaper yet.
    expect(open.perCall?.offer.model).toBe('GLM-4.5-Air');
    expect(ask({ ...calls, quality_need: 'best' }, named).perCall?.offer.isNamed).toBe(false);
  });

  it('asks for fine-tuning by a measured lack alone, at the bounds of guide S2', () => {
    const isTuned = (given: Partial<AdviceProfile>) => ask(given).isFineTuned;
    expect(isTuned({ is_domain_task: true, base_accuracy_ratio: 0.79 })).toBe(true);
    expect(isTuned({ is_domain_task: true, base_accuracy_ratio: 0.8 })).toBe(false);
    expect(isTuned({ is_domain_task: true })).toBe(false);
    expect(isTuned({ needs_consistent_format: true, format_compliance_ratio: 0.94 })).toBe(true);
    expect(isTuned({ base_accuracy_ratio: 0.1 })).toBe(false);
  });

  it('reckons users with 30 days, as the guide does', () => {
    expect(ask({ users: 100, queries_per_user_per_day: 20 }).requestsPerMonth).toBe(60_000);
    expect(ask({ users: 100 }).requestsPerMonth).toBeNull();
  });
});

describe('a profile as JSON', () => {
  it.each([
    [null, '', 'an object'],
    [{ users: -1 }, 'users', 'a whole number of 0 to'],
    [{ users: Number.NaN }, 'users', 'a whole number of 0 to'],
    [{ peak_factor: 0.5 }, 'peak_factor', 'a number of 1 to 10000'],
    [{ privacy_required: 'true' }, 'privacy_required', 'true or false'],
    [{ stage: 'toString' }, 'stage', 'one of development, production'],
    [{ name: 'x'.repeat(129) }, 'name', 'text of 1 to 128 characters'],
    [JSON.parse('{"__proto__": 1}'), '__proto__', 'no such field'],
    [JSON.parse('{"weights": {"__proto__": 1}}'), 'weights.__proto__', 'one of data_privacy'],
    [{ toString: 1 }, 'toString', 'no such field'],
  ])('%j is refused by field', (json, field, expected) => {
    const [issue] = parseProfile(json).issues;
    expect(issue?.field).toBe(field);
    expect(issue?.expected).toContain(expected);
  });
});
