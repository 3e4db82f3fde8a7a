import { followDecisionTree } from '../calculators/decision-tree.ts';
import { chooseFineTuning } from '../calculators/fine-tuning-choice.ts';
import { lookUpLegacyGpus } from '../calculators/gpu-presets.ts';
import { recommendForScenario } from '../calculators/scenario.ts';
import { recommendPlace } from '../calculators/use-case.ts';
import { averageWeighted, sumWeighted } from '../calculators/weighted-scores.ts';
import type { Decision } from './decide.ts';
import { SCORING_FACTORS, SCORING_MATRIX, TRADE_OFF_CRITERIA, TRADE_OFF_SCORES } from './guide-scores.ts';
import { computeFleetBill } from './own-fleets.ts';
import type { AdviceProfile, ProfileFieldName } from './profile-fields.ts';

/** What a system of the source guides says of a profile, in the fields of answers. It is shown beside the advice. */
export interface GuideAnswer {
  readonly system: string;
  readonly source: string;
  /** What it answers by name; empty where it cannot. */
  readonly says: Readonly<Record<string, string | number | null>>;
  /** Fields of the profile that it would need. */
  readonly missing: readonly ProfileFieldName[];
  /** What the system leaves out. */
  readonly note: string;
}

/** Asks every system of the guides. None of them knows prices but the comparison report, which gets ours. */
export function askGuides(profile: AdviceProfile, decision: Decision): readonly GuideAnswer[] {
  return [
    askTree(profile, decision),
    askFineTuningMatrix(profile, decision),
    askScoringMatrix(profile),
    askTradeOffs(profile),
    askComparison(profile, decision),
    askScenarios(profile),
    askGpuTables(profile),
  ];
}

function askTree(profile: AdviceProfile, { requestsPerMonth }: Decision): GuideAnswer {
  const { mandatory, branches } = followDecisionTree({
    isPrivacyCritical: profile.privacy_required ?? false,
    queriesPerMonth: requestsPerMonth ?? 0,
    timelineMonths: profile.timeline_months ?? 0,
    quality: profile.quality_need ?? 'good_enough',
    expertise: profile.team_expertise ?? 'none',
    budget: profile.budget_kind ?? 'limited_upfront',
  });
  const needs: readonly (readonly [keyof typeof branches, ProfileFieldName])[] = [
    ['volume', 'requests_per_month'],
    ['timeline', 'timeline_months'],
    ['quality', 'quality_need'],
    ['expertise', 'team_expertise'],
    ['budget', 'budget_kind'],
  ];
  const isKnown = (field: ProfileFieldName): boolean =>
    field === 'requests_per_month' ? requestsPerMonth !== null : profile[field] !== null;
  const known = needs.filter(([, field]) => isKnown(field));
  return {
    system: 'decision_tree',
    source: 'guide S4, lines 529-560',
    says: { mandatory, ...Object.fromEntries(known.map(([branch]) => [branch, branches[branch]])) },
    missing: [
      ...(profile.privacy_required === null ? (['privacy_required'] as const) : []),
      ...needs.flatMap(([, field]) => (isKnown(field) ? [] : [field])),
    ],
    note: 'Its branches contradict each other, and none looks at prices, lengths or peaks.',
  };
}

function askFineTuningMatrix(profile: AdviceProfile, { requestsPerMonth }: Decision): GuideAnswer {
  const missing = findMissing(profile, ['privacy_required']);
  const approach = chooseFineTuning({
    requestsPerMonth: requestsPerMonth ?? 0,
    baseAccuracyRatio: profile.base_accuracy_ratio ?? 1,
    formatComplianceRatio: profile.format_compliance_ratio ?? 1,
    isDomainTask: profile.is_domain_task ?? false,
    needsConsistentFormat: profile.needs_consistent_format ?? false,
    isPrivacyRequired: profile.privacy_required ?? false,
  });
  return {
    system: 'fine_tuning_matrix',
    source: 'guide S2, lines 975-1001',
    says: requestsPerMonth === null && approach === 'api' ? {} : { approach },
    missing: requestsPerMonth === null ? [...missing, 'requests_per_month'] : missing,
    note: 'Lacks that are not stated count as none. Above a million calls it says self-hosted whatever they cost.',
  };
}

function askScoringMatrix({ weights }: AdviceProfile): GuideAnswer {
  const pairs = SCORING_FACTORS.map((factor) => ({ scores: SCORING_MATRIX[factor], weight: weights?.[factor] ?? 0 }));
  const [openSource, api] = averageWeighted(pairs);
  const answer = openSource === null || api === null ? null : compare(openSource, api, 'open_source', 'api');
  return {
    system: 'scoring_matrix',
    source: 'guide S4, lines 562-583',
    says: answer === null ? {} : { answer, open_source: openSource, api },
    missing: answer === null ? ['weights'] : [],
    note: 'The scores are the opinion of the guide, the same for every workload.',
  };
}

function askTradeOffs({ priorities }: AdviceProfile): GuideAnswer {
  const pairs = TRADE_OFF_CRITERIA.map((criterion) => {
    const { local, cloud } = TRADE_OFF_SCORES[criterion];
    return { scores: [local, cloud] as const, weight: priorities?.includes(criterion) ? 2 : 1 };
  });
  const [local, cloud] = sumWeighted(pairs);
  return {
    system: 'trade_off_matrix',
    source: 'guide S1, lines 851-913',
    says: priorities === null ? {} : { answer: compare(local, cloud, 'local', 'cloud'), local, cloud },
    missing: priorities === null ? ['priorities'] : [],
    note: 'The scores are the opinion of the guide; a priority counts twice.',
  };
}

function askComparison(profile: AdviceProfile, decision: Decision): GuideAnswer {
  const { use_case: useCase, local_ttft_ms: localMs, api_ttft_ms: apiMs } = profile;
  const { fleet, perCall, requestsPerMonth: requests } = decision;
  const apiUsd = requests === null || perCall === null || perCall.unitUsd === null ? null : requests * perCall.unitUsd;
  const isTimed = useCase === 'latency_critical';
  const missing: readonly ProfileFieldName[] = [
    ...findMissing(profile, ['use_case']),
    ...(isTimed ? findMissing(profile, ['local_ttft_ms', 'api_ttft_ms']) : []),
    ...(apiUsd === null && !isTimed && requests === null ? (['requests_per_month'] as const) : []),
  ];
  const base = { system: 'comparison_report', source: 'guide S1, lines 1183-1226' };
  const note = 'Costs are ours, not those of the guide; legacy is what the code of the guide answers on them.';
  if (useCase === null || missing.length > 0 || (apiUsd === null && !isTimed))
    return { ...base, says: {}, missing, note };
  const ownUsd = fleet && computeFleetBill(fleet, requests).monthlyUsd;
  const own = ownUsd === null ? null : { ttftMs: localMs ?? 0, monthlyUsd: ownUsd };
  const answer = recommendPlace(useCase, own, { ttftMs: apiMs ?? 0, monthlyUsd: apiUsd ?? 0 });
  return { ...base, says: { ...answer, own_usd: ownUsd, api_usd: apiUsd }, missing, note };
}

function askScenarios({ scenario }: AdviceProfile): GuideAnswer {
  return {
    system: 'scenario_table',
    source: 'guide S0, lines 3-49',
    says: scenario === null ? {} : { answer: recommendForScenario(scenario) },
    missing: scenario === null ? ['scenario'] : [],
    note: 'A name for each of four situations, whatever they cost.',
  };
}

function askGpuTables({ users }: AdviceProfile): GuideAnswer {
  const { calculator, horizontal } = lookUpLegacyGpus(users ?? 0);
  const span = typeof horizontal === 'number' || horizontal === null ? horizontal : horizontal.join(' to ');
  return {
    system: 'gpus_by_users',
    source: 'guide S4, lines 343-350 and 445-449',
    says: users === null ? {} : { calculator_gpus: calculator, horizontal_gpus: span },
    missing: users === null ? ['users'] : [],
    note: 'Legacy: the two tables contradict each other; machines are sized by the peak here, never by users.',
  };
}

function findMissing(profile: AdviceProfile, fields: readonly ProfileFieldName[]): readonly ProfileFieldName[] {
  return fields.filter((field) => profile[field] === null);
}

function compare(first: number, second: number, firstName: string, secondName: string): string {
  if (first === second) return 'tie';
  return first > second ? firstName : secondName;
}
