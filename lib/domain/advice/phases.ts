import type { Decision } from './decide.ts';
import type { AdviceProfile } from './profile-fields.ts';

/** A phase of a project: what is done in it, and what ends it. */
export interface Phase {
  readonly phase: 'start' | 'evaluate' | 'optimise';
  readonly does: string;
  readonly ends_when: string;
  readonly source: string;
}

/** The three phases of guide S4, ended by what is known instead of by the month. */
export const PHASES: readonly Phase[] = [
  {
    phase: 'start',
    does: 'Pay by the call; record every call with app, feature and quality.',
    ends_when: 'It is in production, and calls, lengths and the quality that is needed are known.',
    source: 'guide S4, lines 860-864',
  },
  {
    phase: 'evaluate',
    does: 'Compare models on one scale or an own test; watch break-even and the migrate-now gates.',
    ends_when: 'A change saves enough for good and every gate passes.',
    source: 'guide S4, lines 866-870',
  },
  {
    phase: 'optimise',
    does: 'Make the change for part of the calls first; then cache, route and fine-tune where measurements ask for it.',
    ends_when: 'Never: prices and models change, so it is reckoned anew every day.',
    source: 'guide S4, lines 872-876',
  },
];

/** The phase that a workload is in. */
export function findPhase(profile: AdviceProfile, decision: Decision): Phase['phase'] {
  const { input_tokens_per_request: inputTokens, output_tokens_per_request: outputTokens } = profile;
  const isMeasured = decision.requestsPerMonth !== null && inputTokens !== null && outputTokens !== null;
  if (profile.stage === 'development' || !isMeasured || profile.quality_need === null) return 'start';
  const isChange = decision.approach === 'self_hosted' || decision.approach === 'hybrid' || decision.isFineTuned;
  return isChange ? 'optimise' : 'evaluate';
}
