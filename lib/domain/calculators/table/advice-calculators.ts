import {
  allowNull,
  takeChoice,
  takeFields,
  takeFlag,
  takeList,
  takeMap,
  takeNumber,
  takeShare,
  takeSigned,
  takeText,
  takeTuple,
} from '../../inputs/inputs.ts';
import { showName, showNames } from '../../shown-value.ts';
import { findExceeding, GUIDE_THRESHOLDS } from '../alert-thresholds.ts';
import { refuseInput } from '../calculation-error.ts';
import { defineCalculator } from '../calculator.ts';
import { rankByCapability } from '../capability-ranking.ts';
import { DECISION_WORDS, followDecisionTree } from '../decision-tree.ts';
import { chooseFineTuning } from '../fine-tuning-choice.ts';
import { lookUpLegacyGpus } from '../gpu-presets.ts';
import { recommendForScenario, SCENARIOS } from '../scenario.ts';
import { recommendPlace, USE_CASES } from '../use-case.ts';
import { averageWeighted, sumWeighted, type WeightedPair } from '../weighted-scores.ts';

const WHOLE = { min: 1, whole: true } as const;

const decisionTree = defineCalculator(
  {
    name: 'decision_tree',
    summary: "Where each question of the guide's decision tree leads",
    inputs: {
      privacy_critical: takeFlag('whether data must not leave'),
      queries_per_month: takeNumber('queries'),
      timeline_months: takeNumber('months'),
      quality: takeChoice(DECISION_WORDS.quality.join(', '), DECISION_WORDS.quality),
      expertise: takeChoice(DECISION_WORDS.expertise.join(', '), DECISION_WORDS.expertise),
      budget: takeChoice(DECISION_WORDS.budget.join(', '), DECISION_WORDS.budget),
    },
    result: {
      mandatory: '`open_source` where privacy demands it, else null',
      branches: 'by `volume`, `timeline`, `quality`, `expertise`, `budget`',
    },
    source: 'METHODS 5.4; guide S4 lines 529 to 568',
  },
  (inputs) =>
    followDecisionTree({
      isPrivacyCritical: inputs.privacy_critical,
      queriesPerMonth: inputs.queries_per_month,
      timelineMonths: inputs.timeline_months,
      quality: inputs.quality,
      expertise: inputs.expertise,
      budget: inputs.budget,
    }),
);

const finetuneDecision = defineCalculator(
  {
    name: 'finetune_decision',
    summary: 'Whether to fine-tune: privacy, then a domain task, then a format, then the volume',
    inputs: {
      requests_per_month: takeNumber('calls'),
      base_accuracy: takeShare('share of right answers of the base model'),
      format_compliance: takeShare('share of its answers that keep the format'),
      domain_task: takeFlag('whether the task needs a domain'),
      consistent_format: takeFlag('whether a format must be kept'),
      privacy_required: takeFlag('whether data must not leave'),
    },
    result: { approach: 'api, api_optimised, api_or_fine_tuning, fine_tuning or self_hosted' },
    source: 'METHODS 5.4; guide S2 lines 975 to 1001',
  },
  (inputs) => ({
    approach: chooseFineTuning({
      requestsPerMonth: inputs.requests_per_month,
      baseAccuracyRatio: inputs.base_accuracy,
      formatComplianceRatio: inputs.format_compliance,
      isDomainTask: inputs.domain_task,
      needsConsistentFormat: inputs.consistent_format,
      isPrivacyRequired: inputs.privacy_required,
    }),
  }),
);

const MEASURED = { ttft_ms: takeNumber('ms to the first token'), monthly_usd: takeNumber('USD a month') };

const useCaseRecommendation = defineCalculator(
  {
    name: 'use_case_recommendation',
    summary: "Local or cloud for a use case, and what the guide's own code answers",
    inputs: {
      use_case: takeChoice(USE_CASES.join(', '), USE_CASES),
      local: allowNull(takeFields(MEASURED), 'no local model'),
      cloud: takeFields(MEASURED),
    },
    result: {
      recommendation: '`local` or `cloud`',
      legacy: "the guide's answer",
      warning: '`privacy` where the answer fails it, else null',
    },
    source: 'METHODS 5.4; guide S1 lines 1180 to 1228',
  },
  ({ use_case, local, cloud }) => {
    const toWay = (way: { readonly ttft_ms: number; readonly monthly_usd: number }) => ({
      ttftMs: way.ttft_ms,
      monthlyUsd: way.monthly_usd,
    });
    return recommendPlace(use_case, local === null ? null : toWay(local), toWay(cloud));
  },
);

const scenario = defineCalculator(
  {
    name: 'scenario',
    summary: "What the guide's scenario table names",
    inputs: { scenario: takeChoice(SCENARIOS.join(', '), SCENARIOS) },
    result: { recommended: 'text' },
    source: 'METHODS 5.4; guide S0',
  },
  (inputs) => ({ recommended: recommendForScenario(inputs.scenario) }),
);

const tradeoffMatrix = defineCalculator(
  {
    name: 'tradeoff_matrix',
    summary: 'Weighted sums of local and cloud over criteria, some of which have priority',
    inputs: {
      scores: takeMap(takeTuple([takeSigned('local'), takeSigned('cloud')])),
      priorities: takeList(takeText('a criterion of `scores`')),
      priority_weight: takeNumber('weight'),
      other_weight: takeNumber('weight'),
      tie: takeChoice('what equal sums recommend: cloud, local or tie', ['cloud', 'local', 'tie']),
    },
    result: {
      local: 'points',
      cloud: 'points',
      margin: 'points between them',
      recommendation: '`local`, `cloud`, or what `tie` says',
    },
    source: 'METHODS 4.1 and 5.4; guide S1 lines 846 to 949',
  },
  ({ scores, priorities, priority_weight, other_weight, tie }) => {
    for (const [index, name] of priorities.entries()) {
      if (!scores.has(name))
        refuseInput(`priorities[${index}]`, `a criterion of \`scores\`: ${showNames([...scores.keys()])}`);
    }
    const preferred = new Set(priorities);
    const [local, cloud] = sumWeighted(
      [...scores].map(([name, pair]) => weigh(pair, preferred.has(name) ? priority_weight : other_weight)),
    );
    const recommendation = local === cloud ? tie : local > cloud ? 'local' : 'cloud';
    return { local, cloud, margin: Math.abs(local - cloud), recommendation };
  },
);

const scoringMatrix = defineCalculator(
  {
    name: 'scoring_matrix',
    summary: 'Weighted means of both ways over factors; weights need not sum to 100',
    inputs: {
      factors: takeMap(takeTuple([takeSigned('open_source'), takeSigned('api')])),
      weights: takeMap(takeNumber('weight, one for each factor')),
    },
    result: { open_source: 'points; null where nothing weighs anything', api: 'points; null likewise' },
    source: 'METHODS 5.4; guide S4 lines 570 to 592',
  },
  ({ factors, weights }) => {
    for (const name of weights.keys()) {
      if (!factors.has(name))
        refuseInput(`weights.${showName(name)}`, `the name of a factor: ${showNames([...factors.keys()])}`);
    }
    const pairs = [...factors].map(([name, pair]) =>
      weigh(
        pair,
        weights.get(name) ?? refuseInput(`weights.${showName(name)}`, 'the weight of this factor, but it is missing'),
      ),
    );
    const [openSource, api] = averageWeighted(pairs);
    return { open_source: openSource, api };
  },
);

function weigh([first = 0, second = 0]: readonly number[], weight: number): WeightedPair {
  return { scores: [first, second], weight };
}

const capabilityRank = defineCalculator(
  {
    name: 'capability_rank',
    summary: 'Models by score, best first; equal scores keep their order',
    inputs: {
      models: takeList(
        takeFields({
          name: takeText('model'),
          provider: takeText('`local`, or any other word'),
          score: takeSigned('points, all on one scale'),
        }),
      ),
      local_only: takeFlag('whether only `local` ones count'),
    },
    result: { order: 'names' },
    source: 'METHODS 4.1 and 5.4; guide S1 lines 300 to 347',
  },
  ({ models, local_only }) => ({ order: rankByCapability(models, local_only) }),
);

const gpuCountByUsersLegacy = defineCalculator(
  {
    name: 'gpu_count_by_users_legacy',
    summary: "Legacy: GPUs by users as the guide's two tables have them; nothing is sized by them",
    inputs: { users: takeList(takeNumber('users', WHOLE)) },
    result: {
      calculator: 'list: GPUs; null for users that the table does not name',
      horizontal: 'list: GPUs or [from, to]; null beyond the table',
    },
    source: 'METHODS 4.2 and 5.4; guide S4 lines 343 to 350 and 445 to 449',
  },
  ({ users }) => {
    const counts = users.map(lookUpLegacyGpus);
    return {
      calculator: counts.map(({ calculator }) => calculator),
      horizontal: counts.map(({ horizontal }) => horizontal),
    };
  },
);

const OVER = 'list: whether strictly above';

const alertThresholds = defineCalculator(
  {
    name: 'alert_thresholds',
    summary: "Which values the guide's alert thresholds tell of",
    inputs: {
      cost_per_query: takeList(takeNumber('USD a query')),
      gpu_util: takeList(takeNumber('share')),
      error_rate: takeList(takeNumber('share')),
      rate_limit: takeList(takeNumber('share')),
    },
    result: {
      'cost_per_query_over_0.05': OVER,
      'gpu_over_0.85': OVER,
      'gpu_over_0.75': OVER,
      'error_over_0.01': OVER,
      'rate_limit_over_0.80': OVER,
    },
    source: 'METHODS 2 and 4.2; guide S4 lines 745 and 804 to 809',
  },
  (inputs) => ({
    'cost_per_query_over_0.05': findExceeding(inputs.cost_per_query, GUIDE_THRESHOLDS.costPerQueryUsd),
    'gpu_over_0.85': findExceeding(inputs.gpu_util, GUIDE_THRESHOLDS.gpuScaleUpRatio),
    'gpu_over_0.75': findExceeding(inputs.gpu_util, GUIDE_THRESHOLDS.gpuScaleUpEarlyRatio),
    'error_over_0.01': findExceeding(inputs.error_rate, GUIDE_THRESHOLDS.errorRatio),
    'rate_limit_over_0.80': findExceeding(inputs.rate_limit, GUIDE_THRESHOLDS.rateLimitRatio),
  }),
);

/** The guides' trees, matrices and tables as they answer one question each. */
export const ADVICE_CALCULATORS = [
  decisionTree,
  finetuneDecision,
  useCaseRecommendation,
  scenario,
  tradeoffMatrix,
  scoringMatrix,
  capabilityRank,
  gpuCountByUsersLegacy,
  alertThresholds,
];
